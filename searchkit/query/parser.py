"""Query string -> query tree.

The grammar, white space between tokens left out (``name``, ``word``, ``modifiers`` have none
before what follows them; ``+ - ~ ^`` stand directly at their clause)::

    query       = { run } ;                         (* the group that needs no parentheses *)
    run         = best , { "OR" , best } ;
    best        = conjunction , { "|" , conjunction } ;
    conjunction = clause , { "AND" , clause } ;
    clause      = { "NOT" } , [ "+" | "-" ] , near ;
    near        = operand , { ( "NEAR/" | "ONEAR/" ) digits , operand } ;
    operand     = [ fields , ":" ] , primary , [ boost ]
                | "LIKE/" , digits , [ fields , ":" ] , phrase , [ boost ] ;
    fields      = name , [ "^" , number ] , { "," , name , [ "^" , number ] } ;
    primary     = word , [ "~" , [ "0" | "1" | "2" ] ]        (* fuzzy *)
                | phrase , [ "~" , digits ]                   (* slop *)
                | "(" , query , ")" , [ "~" , number ]        (* minimum, or tie of a best *)
                | wildcard | regex | "*:*"
                | range | "*" ;                               (* these two after a field *)
    boost       = "^" , [ "=" ] , number ;                    (* times; or constant score *)
    phrase      = '"' , { character | escape | slot } , '"' ;
    slot        = "(" , alternative , { "|" , alternative } , ")" | wildcard ;
    word        = character , { character | escape } ;   (* up to white space ( ) or a quote *)
    wildcard    = { character | escape | "*" | "?" } ;   (* with a letter or digit *)
    regex       = "/" , { character | escape } , "/" ;   (* its syntax: see regex.py *)
    range       = ( "[" | "{" ) , bound , "TO" , bound , ( "]" | "}" )
                | ( ">" | ">=" | "<" | "<=" ) , bound ;
    bound       = "*" | character , { character } | phrase ;
    escape      = "\\" , character that is no letter or digit ;

- AND, OR, NOT are operators in upper case only; NOT binds before AND, AND before ``|``, that
  before OR. NEAR/n and ONEAR/n bind before all of them, from left to right.
- LIKE/n looks for the n most characteristic words of the text between the quotes, all of it plain.
- A run of a single clause belongs to its group: with + it must match, with - or NOT it
  must not, otherwise it should (with ``operator="and"``: must). ``a NOT b`` is ``a -b``.
- Beside AND, OR or ``|``, on either side, NOT and - are operands: all documents but those. In
  an OR, + still marks a clause of the group. Longer runs count as one unmarked clause.
- A field before a group holds for all in it that name no other. Only the first colon of
  a word is syntax. A name with odd characters is written with backslashes, as any word:
  ``content\\ type:x``; a backslash before a letter or digit is plain, but ``\\AND`` is AND.
- A final ? is punctuation, unless a star or another ? stands inside the word.
- The typographic quotes “ ” (and „) work as quotes.

============================  ===========================================================
``a b``                       ``Boolean(should=(a, b))``, with operator="and" ``must=(a, b)``
``a OR b AND NOT c``          ``Boolean(should=(a, Boolean(must=(b,), must_not=(c,))))``
``a OR -b``                   ``Boolean(should=(a, Boolean(must_not=(b,))))``
``+a b -c``                   ``Boolean(must=(a,), should=(b,), must_not=(c,))``
``a NOT (b c)``               ``Boolean(should=(a,), must_not=(Boolean(should=(b, c)),))``
``-a``                        ``Boolean(must_not=(a,))``: all documents but those with a
``(a b c d)~2``               ``Boolean(should=(a, b, c, d), minimum=2)``
``a | b``                     ``DisMax((a, b))``
``(a | b)~0.3``               ``DisMax((a, b), 0.3)``
``a^2 b^=1``                  ``Boolean(should=(Boost(a, 2.0), Constant(b, 1.0)))``
``title:(a body:b)``          ``Boolean(should=(Word('title', 'a'), Word('body', 'b')))``
``title^3,body:(a b)``        ``Across(Boolean(should=(a, b)), {'title': 3.0, 'body': None})``
``title:"a b"~2``             ``Phrase('title', 'a b', 2)``
``"a (b|c*)"``                ``SlotPhrase(None, ((a,), (b, Prefix(None, 'c'))))``
``a NEAR/5 (b OR c)``         ``Near(a, Boolean(should=(b, c)), 5)``
``a ONEAR/5 b``               ``Near(a, b, 5, ordered=True)``
``LIKE/9 title:"a text"``     ``MoreLike('title', 'a text', 9)``
``par*``                      ``Prefix(None, 'par')``
``w?th*``                     ``Wildcard(None, 'w?th*')``
``/w.th/``                    ``Regex(None, 'w.th')``
``withdrawl~``                ``Fuzzy(None, 'withdrawl', 2)``
``stars:[3 TO 5}``            ``Range('stars', '3', '5', True, False)``
``stars:>=4``                 ``Range('stars', '4')``
``stars:*``                   ``Exists('stars')``
``((a))``                     ``Word(None, 'a')``: a group of one clause is that clause
``*:*``                       ``All()``
``-*:*``                      ``Nothing()``
============================  ===========================================================

Strict mode raises QuerySyntaxError for all else. Lenient mode searches for what it says,
and adds a Diagnostic: unknown fields and operators without operands are words, quotes
and parentheses without partner are left out.
"""

from __future__ import annotations

__all__ = ["Parsed", "parse"]

from ..errors import QuerySyntaxError
from . import lexer as lex
from .combine import Runs, all_but, combine, group, with_minimum
from .compounds import Across, Near
from .diagnostics import Diagnostic, Reporter, shorten
from .escapes import KEYWORDS, check_surrogates
from .leaves import Nothing, Word
from .nodes import Query
from .reading import Reader, is_positional
from .shortcuts import read_plain, read_single

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    _Fields = str | tuple[tuple[str, float | None], ...]

# Kinds of token before which an operator has no operand.
_NO_OPERAND = frozenset((lex.END, lex.CLOSE, lex.AND, lex.OR, lex.PIPE))
_LEAVES = frozenset((lex.WORD, lex.PHRASE, lex.ALL, lex.RANGE, lex.EXISTS, lex.WILDCARD, lex.REGEX))
_BEGINS_OPERAND = _LEAVES | {lex.OPEN, lex.FIELD, lex.LIKE}


class Parsed:
    """What :func:`parse` gives: ``query``, the tree, and ``diagnostics``, in order."""

    __slots__ = ("diagnostics", "query")

    def __init__(self, query: Query, diagnostics: list[Diagnostic]) -> None:
        self.query = query
        self.diagnostics = diagnostics

    def __iter__(self) -> Iterator[Query | list[Diagnostic]]:
        return iter((self.query, self.diagnostics))

    def __repr__(self) -> str:
        return f"Parsed({self.query!r}, {self.diagnostics!r})"


def parse(
    text: str,
    fields: Container[str] | None,
    *,
    operator: str = "or",
    strict: bool = False,
) -> Parsed:
    """The tree that ``text`` says, and what there is to say about the reading.

    ``fields`` are the names before a colon that are fields; None: all are. ``operator``,
    "or" or "and", is what clauses without mark or operator between them get.
    Raises QuerySyntaxError, with the span at fault, for lone surrogates and an unknown
    ``operator``, and with ``strict`` for whatever isn't plainly in the language, unknown
    fields and empty queries included. Takes time linear in the length, at any depth.
    """
    if operator not in ("or", "and"):
        raise QuerySyntaxError(f"there is no operator {operator!r}", hint="it is 'or' or 'and'")
    plain = read_plain(text, operator)
    if plain is None:
        plain = read_single(text, fields)
    if plain is not None:
        return Parsed(plain, [])
    check_surrogates(text)
    report = Reporter(text, strict)
    query = _Parser(text, fields, operator, report).parse()
    if query is None:
        query = Nothing()
        report(
            "the query is empty",
            (0, len(text)),
            reading="nothing matches",
            hint="*:* is the query for all documents",
        )
    return Parsed(query, sorted(report.diagnostics, key=lambda found: found.span))


class _Frame:
    """A group that is being read.

    ``runs`` are its runs so far (see combine.py); ``pending`` is the operator (AND, OR, ``|`` or
    "") before the next clause; ``negations`` is how many NOT and - it has, ``sign`` its + or -,
    ``mark_span`` where the last of them is, ``named`` its field or fields and where they are,
    ``near`` the proximity operator before it, ``like`` the n of a LIKE/n, or 0.
    """

    __slots__ = (
        "field", "like", "mark_span", "named", "near", "negations", "pending", "runs", "sign",
        "span",
    )  # fmt: skip

    def __init__(self, field: str | None, span: tuple[int, int]) -> None:
        self.field = field
        self.span = span
        self.runs: Runs = []
        self.pending = ""
        self.negations = 0
        self.sign = ""
        self.mark_span = span
        self.named: tuple[_Fields, int, int] | None = None
        self.near: tuple[int, bool, int, int] | None = None
        self.like = 0

    def leaf_field(self) -> str | None:
        """The field of the next leaf; None where it has none, or several."""
        if self.named is None:
            return self.field
        return self.named[0] if isinstance(self.named[0], str) else None

    def add(self, query: Query | None) -> None:
        """Add a clause, under its marks; None is one that says nothing, such as ()."""
        mark = "-" if self.negations else self.sign
        if query is not None:
            for _ in range(self.negations - 1):
                query = all_but([query])
        self.negations, self.sign, self.named = 0, "", None
        if self.pending == lex.AND:
            self.runs[-1][-1][-1].append((mark, query))
        elif self.pending == lex.PIPE:
            self.runs[-1][-1].append([(mark, query)])
        elif self.pending == lex.OR:
            self.runs[-1].append([[(mark, query)]])
        else:
            self.runs.append([[[(mark, query)]]])
        self.pending = ""


class _Parser:
    """Reads one string; the open groups are a stack of frames."""

    def __init__(
        self, text: str, fields: Container[str] | None, operator: str, report: Reporter
    ) -> None:
        self.text = text
        self.operator = operator
        self.report = report
        self.reader = Reader(text, lex.Lexer(text, fields, report), report)
        self.frame = _Frame(None, (0, 0))
        self.outer: list[_Frame] = []

    def parse(self) -> Query | None:
        """The whole string's tree, or None if it says nothing."""
        reader = self.reader
        while True:
            token = reader.token
            kind, start, end, value = token
            frame = self.frame
            if kind == lex.END:
                break
            reader.advance()
            if kind in _LEAVES:
                self.clause(self.leaf(token))
            elif kind in KEYWORDS or kind == lex.PIPE:
                self.keyword(token)
            elif kind == lex.OPEN:
                self.drop_like(start, end)
                self.outer.append(frame)
                self.frame = _Frame(None if _several(frame) else frame.leaf_field(), (start, end))
            elif kind == lex.CLOSE:
                self.close(start, end)
            elif kind == lex.FIELD:
                frame.named = (value, start, end)
            elif kind == lex.NEAR:
                self.near(start, end)
            elif kind == lex.LIKE:
                self.like(start, end)
            elif kind in (lex.PLUS, lex.MINUS):
                self.mark(kind, start, end)
            else:
                self.stray(token)
        while self.outer:
            self.report(
                "'(' without its ')'",
                self.frame.span,
                reading="closed at the end",
                hint="close it, or write \\( for the character",
            )
            self.clause(self.close_frame(self.operator))
        self.drop_marks()
        return combine(self.frame.runs, self.operator)

    def leaf(self, token: lex._Token) -> Query | None:
        """A leaf's token, and what stands behind it."""
        frame, reader = self.frame, self.reader
        if frame.like and token[0] == lex.PHRASE:
            terms, frame.like = frame.like, 0
            return reader.like(frame.leaf_field(), token, terms)
        self.drop_like(token[1], token[2])
        return reader.leaf(frame.leaf_field(), token, _several(frame))

    def like(self, start: int, end: int) -> None:
        """LIKE/n: before a phrase, or a field and one."""
        digits = self.text[start:end].partition("/")[2]
        if self.reader.token[0] not in (lex.PHRASE, lex.FIELD) or self.frame.named is not None:
            self.report(
                f"{shorten(self.text[start:end])} without a text in quotes behind it",
                (start, end),
                reading="left out",
                hint='LIKE/25 "a text"; for the word, write LIKE\\/25',
            )
            return
        terms = int(digits) if len(digits) < 10 else 10**9
        if not terms:
            self.report("LIKE/0", (start, end), reading="read as LIKE/1", hint="one word at least")
        self.frame.like = max(terms, 1)

    def drop_like(self, start: int, end: int) -> None:
        """Where a LIKE/n came before something else than a text in quotes."""
        if self.frame.like:
            self.frame.like = 0
            self.report(
                "LIKE/n before what is no text in quotes", (start, end), reading="LIKE is left out"
            )

    def clause(self, query: Query | None) -> None:
        """An operand, read with its modifiers: what its fields and NEAR make of it."""
        frame = self.frame
        several = _several(frame)
        if several and query is not None:
            query = Across(query, several)
        near, frame.near = frame.near, None
        if near is None:
            frame.add(query)
            return
        frame.named = None
        distance, ordered, start, end = near
        clauses = frame.runs[-1][-1][-1]
        mark, left = clauses[-1]
        if left is None or query is None:
            clauses[-1] = (mark, query if left is None else left)
        elif is_positional(left) and is_positional(query):
            clauses[-1] = (mark, Near(left, query, distance, ordered))
        else:
            self.report(
                f"{self.text[start:end]} beside what has no place in a text",
                (start, end),
                reading="read as AND",
                hint="on both sides belong words, phrases, patterns, or a group of alternatives",
            )
            clauses[-1] = (mark, group([left, query], [], []))

    def keyword(self, token: lex._Token) -> None:
        """AND, OR, NOT or |: an operator if it has its operands, otherwise a word."""
        kind, start, end, _ = token
        frame = self.frame
        operand_follows = self.reader.token[0] not in _NO_OPERAND
        if operand_follows and not frame.sign and frame.named is None:
            if kind == lex.NOT:
                frame.negations += 1
                frame.mark_span = (start, end)
                return
            if frame.runs and not frame.pending and not frame.negations:
                frame.pending = kind
                return
        what = "what it negates" if kind == lex.NOT else "a clause on each side"
        self.report(
            f"{kind} without {what}",
            (start, end),
            reading="read as a word" if kind != lex.PIPE else "left out",
            hint=f"for the word, write \\{kind} or {kind.lower()}" if kind != lex.PIPE else "",
        )
        if kind != lex.PIPE:
            self.clause(Word(frame.leaf_field(), kind, (start, end)))

    def mark(self, sign: str, start: int, end: int) -> None:
        frame = self.frame
        if sign == lex.MINUS:
            frame.negations += 1
        elif frame.negations:
            self.report("+ after NOT", (start, end), reading="left out", hint="write one of them")
        frame.sign = sign
        frame.mark_span = (start, end)

    def near(self, start: int, end: int) -> None:
        """NEAR/n or ONEAR/n: between two operands."""
        frame = self.frame
        before = frame.runs and not frame.pending and not frame.negations and not frame.sign
        name, _, digits = self.text[start:end].partition("/")
        if (
            not before
            or frame.named is not None
            or frame.near is not None
            or (self.reader.token[0] not in _BEGINS_OPERAND)
        ):
            self.report(
                f"{shorten(self.text[start:end])} without a word or phrase on each side",
                (start, end),
                reading="left out",
                hint="a NEAR/5 b; for the word, write NEAR\\/5",
            )
            return
        distance = int(digits) if len(digits) < 19 else 10**18
        if not distance:
            self.report(
                f"{name}/0", (start, end), reading=f"read as {name}/1",
                hint="neighbours are 1 apart",
            )  # fmt: skip
        frame.near = max(distance, 1), name == "ONEAR", start, end

    def close(self, start: int, end: int) -> None:
        reader = self.reader
        if not self.outer:
            self.report(
                "')' without its '('",
                (start, end),
                reading="left out",
                hint="write \\) for the character",
            )
            reader.modified(None, "'~' without a group before it")
            return
        counts = reader.token[0] == lex.TILDE
        query = self.close_frame("or" if counts else self.operator)
        if counts:
            _, start, end, number = reader.token
            reader.advance()
            found = with_minimum(query, number)
            if isinstance(found, Query):
                query = found
            else:
                what = shorten(self.text[start:end])
                self.report(found, (start, end), reading=f"{what} is left out")
        self.clause(reader.modified(query, "'~' twice"))

    def close_frame(self, operator: str) -> Query | None:
        """What the group says that ends here; the one around it goes on."""
        self.drop_marks()
        frame = self.frame
        query = combine(frame.runs, operator)
        if query is None:
            self.report(
                "a group without clauses",
                frame.span,
                reading="left out",
                hint="write \\( and \\) for the characters",
            )
        self.frame = self.outer.pop()
        return query

    def drop_marks(self) -> None:
        """At a group's end: what should have been before a clause is before none."""
        frame = self.frame
        if frame.named is not None:
            _, start, end = frame.named
            name = shorten(self.text[start : end - 1])
            self.report(f"no value after '{name}:'", (start, end), reading="read as text")
            frame.named = None
            self.drop_like(start, end)
            self.clause(Word(frame.field, self.text[start:end], (start, end)))
        elif frame.sign or frame.negations:
            self.report("an operator without its clause", frame.mark_span, reading="left out")

    def stray(self, token: lex._Token) -> None:
        """A modifier whose clause was left out."""
        kind, start, end, _ = token
        self.report(f"{kind} without a clause before it", (start, end), reading="left out")


def _several(frame: _Frame) -> tuple[tuple[str, float | None], ...]:
    """The fields of the next operand, where they are several or have weights."""
    if frame.named is None or isinstance(frame.named[0], str):
        return ()
    return frame.named[0]

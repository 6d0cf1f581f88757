"""Query string -> query tree.

The grammar, white space between tokens left out (``name``, ``word``, ``slop`` have none
before what follows them; ``+ - ~`` stand directly at their clause)::

    query       = { run } ;                         (* the group that needs no parentheses *)
    run         = conjunction , { "OR" , conjunction } ;
    conjunction = clause , { "AND" , clause } ;
    clause      = { "NOT" } , [ "+" | "-" ] , [ name , ":" ] , primary ;
    primary     = word | phrase | "(" , query , ")" | "*:*" ;
    phrase      = '"' , { character | escape } , '"' , [ "~" , digits ] ;
    word        = character , { character | escape } ;   (* up to white space ( ) or a quote *)
    escape      = "\\" , character that is no letter or digit ;

- AND, OR, NOT are operators in upper case only; NOT binds before AND, AND before OR.
- A run of a single clause belongs to its group: with + it must match, with - or NOT it
  must not, otherwise it should (with ``operator="and"``: must). ``a NOT b`` is ``a -b``.
- Beside AND or OR, on either side, NOT and - are operands: all documents but those. In
  an OR, + still marks a clause of the group. Longer runs count as one unmarked clause.
- A field before a group holds for all in it that name no other. Only the first colon of
  a word is syntax. A name with odd characters is written with backslashes, as any word:
  ``content\\ type:x``; a backslash before a letter or digit is plain, but ``\\AND`` is AND.
- The typographic quotes “ ” (and „) work as quotes.

======================  =================================================================
``a b``                 ``Boolean(should=(a, b))``, with operator="and" ``must=(a, b)``
``a OR b AND NOT c``    ``Boolean(should=(a, Boolean(must=(b,), must_not=(c,))))``
``a OR -b``             ``Boolean(should=(a, Boolean(must_not=(b,))))``
``+a b -c``             ``Boolean(must=(a,), should=(b,), must_not=(c,))``
``a NOT (b c)``         ``Boolean(should=(a,), must_not=(Boolean(should=(b, c)),))``
``-a``                  ``Boolean(must_not=(a,))``: all documents but those with a
``title:(a body:b)``    ``Boolean(should=(Word('title', 'a'), Word('body', 'b')))``
``title:"a b"~2``       ``Phrase('title', 'a b', 2)``
``((a))``               ``Word(None, 'a')``: a group of one clause is that clause
``*:*``                 ``All()``
``-*:*``                ``Nothing()``
======================  =================================================================

Strict mode raises QuerySyntaxError for all else. Lenient mode searches for what it says,
and adds a Diagnostic: unknown fields and operators without operands are words, quotes
and parentheses without partner are left out. Recognised, but not searched yet, are
wildcards (``par*``), regular expressions (``/…/``), ``word~1``, ``^2``, ``(a b)~2`` and
``NEAR/5``, in lenient mode read as the words in them, and ranges (``f:[a TO b]``,
``f:>=a``) and ``f:*``, which match nothing.
"""

from __future__ import annotations

__all__ = ["Parsed", "parse"]

from ..errors import QuerySyntaxError
from . import lexer as lex
from .diagnostics import Diagnostic, Reporter, shorten
from .escapes import KEYWORDS, check_surrogates
from .nodes import All, Boolean, Nothing, Phrase, Query, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    # What a clause is in its group: "" nothing in particular, "+" or "-".
    _Clause = tuple[str, Query | None]

# Kinds of token before which an operator has no operand.
_NO_OPERAND = frozenset((lex.END, lex.CLOSE, lex.AND, lex.OR))
_LEAVES = frozenset((lex.WORD, lex.PHRASE, lex.ALL, lex.RANGE, lex.EXISTS, lex.WILDCARD, lex.REGEX))
_UNBUILT = {
    lex.WILDCARD: ("wildcards", "write \\* and \\? for the characters"),
    lex.REGEX: ("regular expressions", "put it in quotes, or write \\/ for the slash"),
    lex.RANGE: ("ranges", "to search for the text itself, put it in quotes"),
    lex.EXISTS: ("searches for any value of a field", "write \\* for the character"),
}


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
    plain = _parse_plain(text, operator)
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


def _parse_plain(text: str, operator: str) -> Query | None:
    """The tree of a string of plain words, marked or not, or of one phrase; None for others.

    Most queries are of this kind, and this takes a third of the full parser's time.
    """
    if text[:1] == '"':
        inside = text[1:-1]
        if text[-1] != '"' or "\\" in inside or not inside or not inside.isascii():
            return None
        if inside.isspace() or '"' in inside:
            return None
        return Phrase(None, inside, 0, (0, len(text)))
    must: list[Query] = []
    should: list[Query] = []
    must_not: list[Query] = []
    unmarked = must if operator == "and" else should
    position = 0
    for word in text.split():
        start = text.index(word, position)
        position = start + len(word)
        clauses = unmarked
        if not word.isalnum():
            if word[0] not in "+-" or not word[1:].isalnum():
                return None
            clauses = must if word[0] == "+" else must_not
            word = word[1:]
            start += 1
        if word in KEYWORDS:
            return None
        clauses.append(Word(None, word, (start, position)))
    return _group(must, should, must_not) if position else None


class _Frame:
    """A group that is being read.

    ``runs`` are its runs so far, each a list of conjunctions, each a list of clauses;
    ``pending`` is the operator (AND, OR or "") before the next clause; ``negations`` is
    how many NOT and - it has, ``sign`` its + or -, ``mark_span`` where the last of them
    is, ``named`` its field and where that is.
    """

    __slots__ = (
        "field", "mark_span", "named", "negations", "pending", "runs", "sign", "span"
    )  # fmt: skip

    def __init__(self, field: str | None, span: tuple[int, int]) -> None:
        self.field = field
        self.span = span
        self.runs: list[list[list[_Clause]]] = []
        self.pending = ""
        self.negations = 0
        self.sign = ""
        self.mark_span = span
        self.named: tuple[str, int, int] | None = None

    def add(self, query: Query | None) -> None:
        """Add a clause, under its marks; None is one that says nothing, such as ()."""
        mark = "-" if self.negations else self.sign
        if query is not None:
            for _ in range(self.negations - 1):
                query = _all_but([query])
        self.negations, self.sign, self.named = 0, "", None
        if self.pending == lex.AND:
            self.runs[-1][-1].append((mark, query))
        elif self.pending == lex.OR:
            self.runs[-1].append([(mark, query)])
        else:
            self.runs.append([[(mark, query)]])
        self.pending = ""


class _Parser:
    """Reads one string; the open groups are a stack of frames."""

    def __init__(
        self, text: str, fields: Container[str] | None, operator: str, report: Reporter
    ) -> None:
        self.text = text
        self.operator = operator
        self.report = report
        self.tokens = iter(lex.Lexer(text, fields, report))
        self.token = next(self.tokens)
        self.frame = _Frame(None, (0, 0))
        self.outer: list[_Frame] = []

    def parse(self) -> Query | None:
        """The whole string's tree, or None if it says nothing."""
        while True:
            token = self.token
            kind, start, end, value = token
            frame = self.frame
            if kind == lex.END:
                break
            self.token = next(self.tokens)
            if kind in _LEAVES:
                self.leaf(token)
            elif kind in KEYWORDS:
                self.keyword(token)
            elif kind == lex.OPEN:
                self.outer.append(frame)
                field = frame.named[0] if frame.named else frame.field
                self.frame = _Frame(field, (start, end))
            elif kind == lex.CLOSE:
                self.close(start, end)
            elif kind == lex.FIELD:
                frame.named = (value, start, end)
            elif kind == lex.NEAR:
                self.near(start, end)
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
            self.close_frame()
        self.drop_marks()
        return self.combine(self.frame.runs)

    def leaf(self, token: lex._Token) -> None:
        """A word, a phrase or another leaf, with the modifiers after it."""
        kind, start, end, value = token
        frame = self.frame
        field = frame.named[0] if frame.named else frame.field
        query: Query | None
        if kind == lex.WORD:
            query = Word(field, value, (start, end))
            self.modifiers("fuzzy search (word~) isn't supported yet")
        elif kind == lex.PHRASE:
            query = self.phrase(field, token)
        elif kind == lex.ALL:
            query = All()
            self.modifiers("'~' can't follow *:*")
        else:
            query = self.unbuilt(field, token)
        frame.add(query)

    def phrase(self, field: str | None, token: lex._Token) -> Query | None:
        _, start, end, value = token
        slop = 0
        digits = self.token[3]
        if self.token[0] == lex.TILDE and digits.isdecimal():
            # Python refuses to read thousands of digits, and no slop needs them.
            slop = int(digits) if len(digits) < 20 else 10**19
            end = self.token[2]
            self.token = next(self.tokens)
        self.modifiers("a phrase's slop has to be a whole number")
        if not value or value.isspace():
            self.report(
                "a phrase without words", (start, end), reading="left out", hint='write \\" for "'
            )
            return None
        return Phrase(field, value, slop, (start, end))

    def unbuilt(self, field: str | None, token: lex._Token) -> Query:
        """A leaf that later versions will search for."""
        kind, start, end, value = token
        what, hint = _UNBUILT[kind]
        matches = kind in (lex.WILDCARD, lex.REGEX)
        self.report(
            f"{what} aren't supported yet: {shorten(self.text[start:end])}",
            (start, end),
            reading="read as plain text" if matches else "it matches nothing",
            hint=hint,
        )
        self.modifiers(f"'~' can't follow {what}")
        return Word(field, value, (start, end)) if matches else Nothing()

    def modifiers(self, tilde: str) -> None:
        """Pass over the ~n and ^n after a clause; ``tilde`` is what is wrong with a ~ there."""
        while self.token[0] in (lex.TILDE, lex.CARET):
            kind, start, end, _ = self.token
            self.token = next(self.tokens)
            self.report(
                tilde if kind == lex.TILDE else "boosts (^) aren't supported yet",
                (start, end),
                reading=f"{shorten(self.text[start:end])} is left out",
                hint=f"write \\{kind} for the character",
            )

    def keyword(self, token: lex._Token) -> None:
        """AND, OR or NOT: an operator if it has its operands, otherwise a word."""
        kind, start, end, _ = token
        frame = self.frame
        operand_follows = self.token[0] not in _NO_OPERAND
        if operand_follows and not frame.sign and frame.named is None:
            if kind == lex.NOT:
                frame.negations += 1
                frame.mark_span = (start, end)
                return
            if frame.runs and not frame.pending and not frame.negations:
                frame.pending = kind
                return
        self.report(
            f"{kind} without {'what it negates' if kind == lex.NOT else 'a clause on each side'}",
            (start, end),
            reading="read as a word",
            hint=f"for the word, write \\{kind} or {kind.lower()}",
        )
        frame.add(Word(frame.field, kind, (start, end)))

    def mark(self, sign: str, start: int, end: int) -> None:
        frame = self.frame
        if sign == lex.MINUS:
            frame.negations += 1
        elif frame.negations:
            self.report("+ after NOT", (start, end), reading="left out", hint="write one of them")
        frame.sign = sign
        frame.mark_span = (start, end)

    def near(self, start: int, end: int) -> None:
        self.report(
            f"proximity operators aren't supported yet: {shorten(self.text[start:end])}",
            (start, end),
            reading="left out",
            hint='a phrase with slop is near to it: "a b"~5',
        )

    def close(self, start: int, end: int) -> None:
        if self.outer:
            self.close_frame()
            self.modifiers("the minimum of a group, (…)~, isn't supported yet")
        else:
            self.report(
                "')' without its '('",
                (start, end),
                reading="left out",
                hint="write \\) for the character",
            )
            self.modifiers("'~' without a group before it")

    def close_frame(self) -> None:
        self.drop_marks()
        frame = self.frame
        query = self.combine(frame.runs)
        if query is None:
            self.report(
                "a group without clauses",
                frame.span,
                reading="left out",
                hint="write \\( and \\) for the characters",
            )
        self.frame = self.outer.pop()
        self.frame.add(query)

    def drop_marks(self) -> None:
        """At a group's end: what should have been before a clause is before none."""
        frame = self.frame
        if frame.named is not None:
            name, start, end = frame.named
            self.report(f"no value after '{shorten(name)}:'", (start, end), reading="read as text")
            frame.add(Word(frame.field, self.text[start:end], (start, end)))
        elif frame.sign or frame.negations:
            self.report("an operator without its clause", frame.mark_span, reading="left out")

    def stray(self, token: lex._Token) -> None:
        """A modifier whose clause was left out."""
        kind, start, end, _ = token
        self.report(f"{kind} without a clause before it", (start, end), reading="left out")

    def combine(self, runs: list[list[list[_Clause]]]) -> Query | None:
        """The tree of a group, or None if nothing is in it."""
        must: list[Query] = []
        should: list[Query] = []
        must_not: list[Query] = []
        unmarked = must if self.operator == "and" else should
        alone = sum(1 for run in runs if len(run) > 1 or len(run[0]) > 1 or run[0][0][0] != "-") < 2
        for run in runs:
            if len(run) == 1 and len(run[0]) == 1:
                mark, query = run[0][0]
                if query is not None:
                    (must if mark == "+" else must_not if mark else unmarked).append(query)
                continue
            required, alternatives = _alternatives(run)
            must += required
            if self.operator == "or" or required or alone or len(run) == 1:
                target = unmarked if len(run) == 1 else should
                target += alternatives
            elif alternatives:
                joined = _group([], alternatives, [])
                if joined is not None:
                    must.append(joined)
        return _group(must, should, must_not)


def _alternatives(run: list[list[_Clause]]) -> tuple[list[Query], list[Query]]:
    """The clauses of a run joined by OR: those with a + by themselves, and the others."""
    required: list[Query] = []
    others: list[Query] = []
    for conjunction in run:
        if len(conjunction) == 1 and len(run) > 1:
            mark, query = conjunction[0]
            if query is not None:
                if mark == "-":
                    query = _all_but([query])
                (required if mark == "+" else others).append(query)
            continue
        joined = _group(
            [query for mark, query in conjunction if query is not None and mark != "-"],
            [],
            [query for mark, query in conjunction if query is not None and mark == "-"],
        )
        if joined is not None:
            others.append(joined)
    return required, others


def _group(must: list[Query], should: list[Query], must_not: list[Query]) -> Query | None:
    """A Boolean of the clauses, a single clause itself, None for none."""
    if not must_not:
        if not should:
            if not must:
                return None
            if len(must) == 1:
                return must[0]
        elif not must and len(should) == 1:
            return should[0]
    elif not must and not should:
        return _all_but(must_not)
    return Boolean(must, should, must_not)


def _all_but(queries: list[Query]) -> Query:
    """All documents but those of ``queries``; all but all is how Nothing is written."""
    if len(queries) == 1 and isinstance(queries[0], All):
        return Nothing()
    return Boolean(must_not=queries)

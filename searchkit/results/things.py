"""A query tree -> what is to be looked for in one text.

Words are analysed and patterns looked up among the terms that the text has, by the same code
as plans a search (places.py): so what is marked is what was searched for.
"""

from __future__ import annotations

from searchkit.query import (
    Across,
    Boolean,
    Match,
    MoreLike,
    Near,
    Phrase,
    Query,
    SlotPhrase,
    Term,
    Word,
)
from searchkit.query.patterns import PATTERNS
from searchkit.search.expand import Expanded
from searchkit.search.lexicon import Lexicon
from searchkit.search.places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from searchkit.analysis import Analyzer
    from searchkit.results.tokens import Tokens

    #: A place relative to the first, and the terms any of which may stand there.
    _Slot = tuple[int, frozenset[str]]
    _Like = Callable[[MoreLike], Iterable[str]]

__all__ = ["Spans", "Thing", "things"]


class Thing:
    """A term, or a phrase: slots at most ``slop`` out of place. One slot is a single term."""

    __slots__ = ("slop", "slots")

    def __init__(self, slots: tuple[_Slot, ...], slop: int) -> None:
        self.slots = slots
        self.slop = slop

    def terms(self) -> Iterator[frozenset[str]]:
        return (terms for _, terms in self.slots)


class Spans:
    """Things near each other: a postfix list of Things, ``("or", count)`` and ``("near",
    distance, ordered)``."""

    __slots__ = ("operations",)

    def __init__(self, operations: list[Any]) -> None:
        self.operations = operations

    def terms(self) -> Iterator[frozenset[str]]:
        for one in self.operations:
            if isinstance(one, Thing):
                yield from one.terms()


def things(
    query: Query, analyzer: Analyzer, field: str, tokens: Tokens, like: _Like | None
) -> list[Thing | Spans]:
    """What ``query`` looks for in ``field``, each thing once; ``like`` gives the terms that are
    characteristic of a text to be like (None: all of them)."""
    reader = _Reader(analyzer, field, tokens)
    made: dict[object, Thing | Spans] = {}
    for leaf, searched in _leaves(query, field):
        if isinstance(leaf, Near):
            if leaf not in made and reader.concerns(leaf, searched):
                made[leaf] = reader.near(leaf)
            continue
        own = getattr(leaf, "field", None)
        if own != field and not (own is None and searched):
            continue
        if isinstance(leaf, MoreLike):
            terms = {term for term, _ in analyzer.terms(leaf.text)} if like is None else like(leaf)
            found = [Thing(((0, frozenset((term,))),), 0) for term in terms]
        else:
            found = reader.leaf(leaf)
        for thing in found:
            made.setdefault((thing.slots, thing.slop), thing)
    return list(made.values())


def _leaves(query: Query, field: str) -> Iterator[tuple[Query, bool]]:
    """The leaves, and Near nodes, that aren't below a must_not, from left to right; and whether
    they look for words without a field in ``field``."""
    stack: list[tuple[Query, bool]] = [(query, True)]
    seen: set[tuple[int, bool]] = set()  # a subtree may hang in several places
    while stack:
        node, searched = stack.pop()
        clauses = node._clauses()
        if isinstance(node, Near) or not clauses:
            yield node, searched
        elif (id(node), searched) not in seen:
            seen.add((id(node), searched))
            if isinstance(node, Across):
                searched = any(name == field for name, _ in node.fields)
            elif isinstance(node, Boolean):
                clauses = node.must + node.should
            stack.extend((clause, searched) for clause in reversed(clauses))


class _Scope:
    """What Places asks of a field, of one text: words are terms by their numbers."""

    docs = 1

    def __init__(self, analyzer: Analyzer, name: str) -> None:
        self.name = name
        self.analyzer = analyzer
        self.field = self.model = self
        self.words: list[str] = []
        self._numbers: dict[str, int] = {}

    def idf(self, df: int, docs: int) -> float:
        return 0.0

    def look_up(self, term: str) -> tuple[list[int], int]:
        number = self._numbers.setdefault(term, len(self.words))
        if number == len(self.words):
            self.words.append(term)
        return [number], 1


class _Reader:
    """Reads leaves as things."""

    def __init__(self, analyzer: Analyzer, field: str, tokens: Tokens) -> None:
        self._scope = _Scope(analyzer, field)
        self._places = Places(self._scope, self._expanded, _ignore)  # type: ignore[arg-type]
        self._analyzer = analyzer
        self._tokens = tokens
        self._lexicon: Lexicon | None = None

    def leaf(self, node: Query) -> list[Thing]:
        """The things any of which a leaf stands for; none for values, ranges and the like."""
        if isinstance(node, Match):
            return [thing for word in node.text.split() for thing in self.leaf(Word(None, word))]
        if isinstance(node, Term):
            return [self._thing([(0, [self._scope.look_up(node.value)[0]])], 0)] if isinstance(
                node.value, str
            ) else []  # fmt: skip
        if not isinstance(node, (Word, Phrase, SlotPhrase, *PATTERNS)):
            return []
        slop = node.slop if isinstance(node, (Phrase, SlotPhrase)) else 0
        return [self._thing(slots, slop) for slots, _ in self._places.variants(node) or ()]

    def _thing(self, slots: Sequence[tuple[int, Sequence[Sequence[int]]]], slop: int) -> Thing:
        words = self._scope.words
        made = tuple(
            (offset, frozenset([words[ordinals[0]] for ordinals in terms]))
            for offset, terms in slots
        )
        return Thing(made, slop if len(made) > 1 else 0)

    def concerns(self, node: Near, searched: bool) -> bool:
        """Whether a Near is searched in the field: in those that it names, or by default."""
        named: set[str] = set()
        stack: list[Query] = [node]
        while stack:
            one = stack.pop()
            stack.extend(one._clauses())
            named.update([own] if (own := getattr(one, "field", None)) else [])
        return self._scope.name in named if named else searched

    def near(self, node: Near) -> Spans:
        """A Near as things and what joins them."""
        operations, _ = self._places.operations(node) or ([], 0.0)
        made: list[Any] = []
        for one in operations:
            if one[0] == "terms":
                made.append(self._thing([(0, one[1])], 0))
            elif one[0] == "phrase":
                made.append(self._thing(one[1], one[2]))
            else:
                made.append(one)
        return Spans(made)

    def _expanded(self, scope: object, node: Query) -> list[Expanded]:
        """The terms of the text that a pattern stands for."""
        if self._lexicon is None:
            self._lexicon = Lexicon(self._tokens.terms())
        found = self._lexicon.find(node, self._analyzer.normalise)
        return [Expanded(self._scope.look_up(word)[0], 1, 0) for word in found]


def _ignore(message: str, node: Query) -> None:
    """What there is to say about a query was said when it was planned."""

"""A field's values -> the places of some of their terms, and which terms there are."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set

    from searchkit.analysis import Analyzer

    #: (position, start, end), in the values joined by two line breaks
    _Occurrence = tuple[int, int, int]

__all__ = ["Tokens"]

_BETWEEN_VALUES = 100  # positions between the values of a field with many


class Tokens:
    """The tokens of a field's values, which are read when they are asked for.

    Where the analyzer allows, its filters see each different raw token once, which makes this
    four times faster than ``analyzer.tokens``. SchemaError where a filter fails.
    """

    def __init__(self, analyzer: Analyzer, values: Sequence[str]) -> None:
        self._read = [(_Raw if analyzer.scannable else _Whole)(analyzer, value) for value in values]
        self._sizes = [len(value) for value in values]

    def terms(self) -> set[str]:
        """All terms."""
        return set().union(*(value.terms() for value in self._read))

    def occurrences(self, wanted: Set[str]) -> Iterator[tuple[str, _Occurrence]]:
        """The tokens that are ``wanted``, each with its place."""
        offset = base = 0
        for value, size in zip(self._read, self._sizes):
            last = -1
            for term, position, start, end in value.occurrences(wanted):
                yield term, (base + position, offset + start, offset + end)
                last = position
            offset += size + 2
            # Positions count only within a phrase: those between two values are never fewer.
            base += max(last, size) + 1 + _BETWEEN_VALUES


class _Whole:
    """The tokens of a text, from all stages of its analyzer."""

    def __init__(self, analyzer: Analyzer, text: str) -> None:
        self._analyzer = analyzer
        self._text = text
        self._tokens: Sequence[tuple[str, int, int, int]] | None = None

    def _all(self) -> Sequence[tuple[str, int, int, int]]:
        if self._tokens is None:
            self._tokens = self._analyzer.tokens(self._text)
        return self._tokens

    def terms(self) -> set[str]:
        return {token[0] for token in self._all()}

    def occurrences(self, wanted: Set[str]) -> Iterator[tuple[str, int, int, int]]:
        return (token for token in self._all() if token[0] in wanted)


class _Raw:
    """The tokens of a text, from its raw tokens and what the filters make of each."""

    def __init__(self, analyzer: Analyzer, text: str) -> None:
        self._analyzer = analyzer
        self._text = text
        self._raws: list[str] | None = None
        self._spans: Sequence[tuple[int, int]] = ()
        self._table: dict[str, Sequence[tuple[str, int]]] = {}

    def _all(self) -> list[str]:
        if self._raws is None:
            self._raws, self._spans = self._analyzer.tokenizer.spans(self._text)
            distinct = list(dict.fromkeys(self._raws))
            self._table = dict(zip(distinct, self._analyzer.expand(distinct)))
        return self._raws

    def terms(self) -> set[str]:
        self._all()
        return {term for expansion in self._table.values() for term, _ in expansion if term}

    def occurrences(self, wanted: Set[str]) -> Iterator[tuple[str, int, int, int]]:
        raws = self._all()
        # A plain token is one step forward and nothing wanted.
        special = {
            raw: expansion
            for raw, expansion in self._table.items()
            if sum(step for _, step in expansion) != bool(expansion)
            or any(term in wanted for term, _ in expansion)
        }
        shift = 0  # position of a token less its number
        for number, raw in enumerate(raws):
            if raw in special:
                position = number + shift - 1
                for term, step in special[raw]:
                    position += step
                    if term in wanted:
                        yield term, position, *self._spans[number]
                shift = position - number

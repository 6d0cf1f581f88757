"""What the oracle (tests/oracle.py) makes of patterns, ranges, proximity and the rest of the
language, by definition: every term compared, every value looked at, every span tried."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from itertools import product
from typing import Any

from helpers.spans import spans_of
from searchkit.query import (
    Boolean,
    DisMax,
    Fuzzy,
    Near,
    Phrase,
    Prefix,
    Query,
    Range,
    Regex,
    SlotPhrase,
    Term,
    Wildcard,
    Word,
)
from searchkit.schema import Boolean as BooleanField, Date, Field, Float, Integer, Keyword, Text

__all__ = ["accepts", "edits_between", "in_range", "parts_of", "span_of_date", "variants"]

Terms = list[tuple[int, list[str]]]  # a phrase's places, each with its terms


def edits_between(one: str, two: str) -> int:
    """Levenshtein's distance, by characters."""
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(two, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def accepts(node: Query, normalise: Callable[[str], str]) -> Callable[[str], bool]:
    """Whether a term is one that a pattern stands for."""
    if isinstance(node, Prefix):
        start = normalise(node.text)
        return lambda term: term.startswith(start)
    if isinstance(node, Fuzzy):
        word, edits = normalise(node.text), node.edits
        return lambda term: edits_between(word, term) <= edits
    if isinstance(node, Wildcard):
        pieces = re.findall(r"\\.|.", node.pattern, re.DOTALL)
        signs = {"*": "(?s:.*)", "?": "(?s:.)"}
        pattern = "".join(signs.get(p) or re.escape(normalise(p[-1])) for p in pieces)
    else:
        assert isinstance(node, Regex)
        pattern = normalise(node.pattern)  # of tests that write no upper-case escapes
    compiled = re.compile(pattern)
    return lambda term: compiled.fullmatch(term) is not None


def parts_of(node: Query, scannable: bool) -> list[Query]:
    """A pattern's parts where a tokenizer would cut it."""
    if not scannable or isinstance(node, Regex):
        return [node]
    if isinstance(node, Wildcard):
        parts = re.findall(r"(?:[^\W_]|[*?])+", node.pattern)
        if len(parts) < 2:
            return [Wildcard(None, part) for part in parts] or [node]
        return [Wildcard(None, p) if set("*?") & set(p) else Word(None, p) for p in parts]
    raws = re.findall(r"[^\W_]+", node.text)  # type: ignore[attr-defined]
    if isinstance(node, Fuzzy):
        return [Fuzzy(None, raw, node.edits) for raw in raws] or [node]
    words: list[Query] = [Word(None, raw) for raw in raws[:-1]]
    return [*words, *(Prefix(None, raw) for raw in raws[-1:])] or [node]


def variants(
    slots: Iterable[Iterable[Query]],
    tokens: Callable[[str], list[tuple[str, int]]],
    terms: Callable[[Query], list[str]],
    idf: Callable[[list[str]], float],
    of_pattern: Callable[[list[str]], float],
) -> list[tuple[Terms, float]] | None:
    """The phrases any of which a phrase with alternatives stands for, with their idfs; None where
    analysis leaves nothing.

    `tokens` are an analyzer's terms, `terms` those of a pattern; `idf` sums over terms (those
    that no document has aside), `of_pattern` is that of the commonest.
    """
    options = [_options(slot, tokens, terms, idf, of_pattern) for slot in slots]
    if all(option is None for option in options):
        return None
    found = []
    for choice in product(*([([], 0.0)] if option is None else option for option in options)):
        made: Terms = []
        total, position = 0.0, 0
        for part, own in choice:
            made += [(position + offset, words) for offset, words in part]
            position += part[-1][0] + 1 if part else 1
            total += own
        found.append(([(offset - made[0][0], words) for offset, words in made], total))
    return found


def _options(
    slot: Iterable[Query], tokens: Any, terms: Any, idf: Any, of_pattern: Any
) -> list[tuple[Terms, float]] | None:
    together: dict[str, None] = {}
    least, longer, said = float("inf"), [], False
    for node in slot:
        if isinstance(node, (Prefix, Wildcard, Regex, Fuzzy)):
            said = True
            words = terms(node)
            if words:
                together.update(dict.fromkeys(words))
                least = min(least, of_pattern(words))
            continue
        text = [(str(node.value), 0)] if isinstance(node, Term) else tokens(node.text)  # type: ignore[attr-defined]
        if not text:
            continue
        said = True
        places: dict[int, list[str]] = defaultdict(list)
        for word, position in text:
            places[position - text[0][1]].append(word)
        part = [(at, [w for w in words if idf([w])]) for at, words in sorted(places.items())]
        if not all(words for _, words in part):
            continue
        own = idf([word for word, _ in text])
        if len(part) > 1:
            longer.append((part, own))
        else:
            together.update(dict.fromkeys(part[0][1]))
            least = min(least, own)
    if not said:
        return None
    return ([([(0, list(together))], least)] if together else []) + longer


def near_frequency(
    node: Near,
    leaf: Callable[[Query], list[tuple[Terms, float]] | None],
    places: Callable[[str], set[int]],
) -> int:
    """How many spans a document has; `leaf` gives the phrases that a leaf stands for (None: it
    says nothing), `places` a term's positions."""
    operations = operations_of(node, leaf)
    return len(spans_of(operations, _Places(places))) if operations else 0


class _Places(dict[str, set[int]]):
    def __init__(self, places: Callable[[str], set[int]]) -> None:
        super().__init__()
        self._of = places

    def __missing__(self, term: str) -> set[int]:
        return self._of(term)


def operations_of(node: Query, leaf: Callable[[Query], Any]) -> list[tuple[Any, ...]]:
    """The postfix list of a tree of Near; [] where it says nothing."""
    clauses = node._clauses()
    if not clauses:
        phrases = leaf(node)
        if phrases is None:
            return []
        slop = node.slop if isinstance(node, (Phrase, SlotPhrase)) else 0
        made: list[tuple[Any, ...]] = [
            ("terms", slots[0][1]) if len(slots) == 1 else ("phrase", slots, slop)
            for slots, _ in phrases
        ]
        if not made:
            return [("terms", [])]
        return [*made, ("or", len(made))] if len(made) > 1 else made
    parts = [part for part in (operations_of(clause, leaf) for clause in clauses) if part]
    joined = [operation for part in parts for operation in part]
    if len(parts) < 2:
        return joined
    assert isinstance(node, (Near, Boolean, DisMax))
    if isinstance(node, Near):
        return [*joined, ("near", node.distance, node.ordered)]
    return [*joined, ("or", len(parts))]


def span_of_date(text: str) -> tuple[int, int]:
    """The first and last microsecond of a year, a month, a day or a moment."""
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)

    def since(moment: datetime) -> int:
        return (moment - epoch) // timedelta(microseconds=1)

    found = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text)
    if not found:
        field = Date()
        return field.parse(text), field.parse(text)
    year, month, day = (int(part) if part else 0 for part in found.groups())
    start = datetime(year, month or 1, day or 1, tzinfo=timezone.utc)
    if day:
        end = start + timedelta(days=1)
    else:
        months = year * 12 + (month or 1) - 1 + (1 if month else 12)
        end = start.replace(year=months // 12, month=months % 12 + 1)
    return since(start), since(end) - 1


def in_range(field: Field, query: Range) -> Callable[[Any], bool]:
    """Whether a normalised value lies in a range; ValueError for what bounds nothing."""
    low, high = (None if text is None else _bound(field, text) for text in (query.low, query.high))

    def holds(value: Any) -> bool:
        own = _value(field, value)
        if low is not None and (own < low[0] if query.include_low else own <= low[1]):
            return False
        return high is None or (own <= high[1] if query.include_high else own < high[0])

    return holds


def _bound(field: Field, text: str) -> tuple[Any, Any]:
    """The first and the last of what a bound says."""
    if isinstance(field, Date):
        return span_of_date(text)
    if isinstance(field, (Keyword, Text)):
        return (text.encode(),) * 2
    if isinstance(field, Integer):
        try:
            value: Any = int(text) if re.fullmatch(r"[+-]?\d+", text) else Fraction(text)
        except ValueError:
            value = float(Float().parse(text))
        return value, value
    value = field.parse(text)
    return int(value) if isinstance(field, BooleanField) else value, value


def _value(field: Field, value: Any) -> Any:
    return value.encode() if isinstance(field, (Keyword, Text)) else value


def characteristic(text: list[str], idf: Callable[[str], float], number: int) -> list[str]:
    """Those of a text's terms with the highest tf * idf; `idf` is 0 for a term in no document."""
    counted = Counter(text)
    known = [term for term in counted if idf(term)]
    return sorted(known, key=lambda term: (-counted[term] * idf(term), term))[:number]

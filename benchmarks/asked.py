"""Queries beyond words and phrases, as the benchmark says them to every engine.

One is a line: `@prefix par`, `@wildcard w?th*`, `@regex w.th` (all of a term), `@fuzzy constant 1
withdrawl` (at most so many edits, each a character; all documents score alike) or `@fuzzy blended
1 …` (a term's own score, nearer terms more), `@range share 0 499` (both included), `@filter share
0 99 some words` (a union, restricted), `@near 5 a b` and `@onear 5 a b` (neighbours are 1 apart).
Patterns are of terms as they are in the index: lower case, stemmed. Lucene's `Asked.java` reads the
same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """One such query."""

    kind: str
    text: str  # a pattern, or words
    number: int = 0  # edits, or a distance
    blended: bool = False
    field: str = ""
    low: int = 0
    high: int = 0

    @property
    def words(self) -> list[str]:
        """The words of a union, and those that are near each other."""
        return self.text.split()

    def expression(self) -> str:
        """A prefix, wildcard or regular expression as a regular expression."""
        if self.kind == "prefix":
            return f"{re.escape(self.text)}.*"
        if self.kind == "wildcard":
            return re.escape(self.text).replace(r"\?", ".").replace(r"\*", ".*")
        return self.text


def read(line: str) -> Asked:
    """The query that a line says; ValueError if it says none."""
    kind, _, rest = line.removeprefix("@").partition(" ")
    if kind in ("prefix", "wildcard", "regex"):
        return Asked(kind, rest)
    if kind == "fuzzy":
        scored, edits, word = rest.split()
        return Asked(kind, word, int(edits), blended=scored == "blended")
    if kind in ("range", "filter"):
        field, low, high, *words = rest.split()
        return Asked(kind, " ".join(words), field=field, low=int(low), high=int(high))
    if kind in ("near", "onear"):
        distance, words_near = rest.split(maxsplit=1)
        return Asked(kind, words_near, int(distance))
    raise ValueError(f"no query is {line!r}")

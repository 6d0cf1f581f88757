"""The syntax that all engines' queries are written in, read so far as to rewrite it.

Clauses are words or quoted phrases, required by `+`, excluded by `-`, with a slop by `~2`.
searchkit, tantivy and Lucene read that themselves; others get it rewritten, or can't be asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CLAUSE = re.compile(r'([+-]?)(?:"([^"]*)"(?:~(\d+))?|([^\s"]+))\s*')


@dataclass(frozen=True)
class Clause:
    """One word, or the words of a phrase."""

    mark: str  # "+", "-" or ""
    words: tuple[str, ...]
    slop: int = 0


def read(text: str) -> list[Clause]:
    """The clauses of a query."""
    clauses = []
    for mark, phrase, slop, word in _CLAUSE.findall(text):
        words = tuple(re.findall(r"\w+", phrase or word))
        clauses.append(Clause(mark, words, int(slop or 0)))
    return clauses


def kind(text: str) -> str:
    """`term`, `and`, `or`, `phrase`, `sloppy`, `negated` or `mixed`."""
    clauses = read(text)
    marks = {clause.mark for clause in clauses}
    if "-" in marks:
        return "negated"
    if any(len(clause.words) != 1 for clause in clauses):
        if len(clauses) > 1:
            return "mixed"
        return "sloppy" if clauses[0].slop else "phrase"
    if len(clauses) == 1:
        return "term"
    if len(marks) > 1:
        return "mixed"
    return "and" if marks == {"+"} else "or"

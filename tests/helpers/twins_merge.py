"""What merging does with documents' numbers and values, in plain Python."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

__all__ = ["kept_values", "new_numbers"]


def new_numbers(docs: int, deleted: Collection[int], base: int) -> list[int]:
    """For each document the number of those kept before it, from ``base`` on; -1 if deleted."""
    numbers = []
    for doc in range(docs):
        numbers.append(-1 if doc in deleted else base)
        base += doc not in deleted
    return numbers


def kept_values(rows: Sequence[list[Any]], deleted: Collection[int]) -> list[list[Any]]:
    """The values of each document that is kept."""
    return [row for doc, row in enumerate(rows) if doc not in deleted]

"""The general way of every query, plain ones too."""

from __future__ import annotations

from typing import Any

__all__ = ["NoAnswers"]


class NoAnswers:
    """In the place of a snapshot's ``answers``: nothing is plain to it."""

    def search(self, *options: Any) -> None:
        return None

    def count(self, *options: Any) -> None:
        return None

    def search_many(self, snapshot: Any, queries: list[Any], *options: Any) -> list[None]:
        return [None] * len(queries)

    def count_many(self, queries: list[Any], *options: Any) -> list[None]:
        return [None] * len(queries)

"""How a search reads what its query leaves open."""

from __future__ import annotations

from searchkit.errors import OptionError

__all__ = ["CHUNK", "MOST_SCORED", "MOST_TERMS", "SearchOptions"]

CHUNK = 64  # queries run by one call
MOST_TERMS = 1 << 17  # that a pattern may stand for where all score alike
MOST_SCORED = 1024  # where each is scored, or stands in a phrase


class SearchOptions:
    """``combine``: a word's scores in several fields are added up ("sum"), the best counts
    ("max"), or its frequencies are taken together ("bm25f"). ``expansions``: whether the terms that
    a pattern stands for all score alike ("constant") or each by itself ("blended"); None is
    "blended" for fuzzy words and "constant" for others. ``max_expansions``: how many terms a
    pattern may stand for (None: 131,072 where they score alike, else 1,024). OptionError.
    """

    __slots__ = ("combine", "expansions", "max_expansions")

    def __init__(
        self,
        combine: str = "sum",
        expansions: str | None = None,
        max_expansions: int | None = None,
    ) -> None:
        if combine not in ("sum", "max", "bm25f"):
            raise OptionError(f"combine={combine!r}", hint='"sum", "max" or "bm25f"')
        if expansions not in (None, "constant", "blended"):
            raise OptionError(f"expansions={expansions!r}", hint='"constant", "blended" or None')
        if max_expansions is not None and (type(max_expansions) is not int or max_expansions < 1):
            raise OptionError(f"max_expansions={max_expansions!r}", hint="a whole number from 1 up")
        self.combine = combine
        self.expansions = expansions
        self.max_expansions = max_expansions

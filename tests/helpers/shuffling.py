"""Reordering into any order, instead of the one that bisection gives."""

from __future__ import annotations

from array import array
from contextlib import AbstractContextManager
from random import Random
from typing import Any
from unittest.mock import patch

from searchkit.indexing import reorder

__all__ = ["shuffling"]


def shuffling(random: Random) -> AbstractContextManager[Any]:
    """Within it, whatever is reordered comes into an order by chance."""

    def order(readers: Any, docs: int, room: int) -> array[int]:
        return array("I", random.sample(range(docs), docs))

    return patch.object(reorder, "document_order", order)

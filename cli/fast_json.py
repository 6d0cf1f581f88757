"""orjson, where it may be imported: a free-threaded Python would have a GIL again after that."""

from __future__ import annotations

import sys
from functools import cache

from .leaving import AtOnce

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["fast_json"]


@cache
def fast_json() -> Any:
    """The module orjson; None where the standard library's ``json`` is to do."""
    gil_enabled = getattr(sys, "_is_gil_enabled", None)
    if gil_enabled is not None and not gil_enabled():
        return None
    try:
        with AtOnce():
            import orjson
    except ImportError:
        return None
    return orjson

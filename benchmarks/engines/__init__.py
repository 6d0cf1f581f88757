"""The engines that the benchmarks compare, each behind one small protocol."""

from __future__ import annotations

import importlib

from engines.protocol import Engine, OpenIndex

# A module is imported only when its engine is asked for: a peer that is not installed must not
# stop the others, and what an engine's import costs belongs to its own process.
_MODULES = {
    "reading": ("engines.reading", "Reading"),
    "searchkit": ("engines.with_searchkit", "Searchkit"),
    "tantivy": ("engines.with_tantivy", "Tantivy"),
    "tantivy-json": ("engines.with_tantivy", "TantivyJson"),
}

NAMES = tuple(_MODULES)


def load(name: str) -> Engine:
    """The engine called `name`; SystemExit with what to install where its package is missing."""
    try:
        module, attribute = _MODULES[name]
    except KeyError:
        raise SystemExit(f"no engine {name!r}; there are {', '.join(NAMES)}") from None
    try:
        engine: Engine = getattr(importlib.import_module(module), attribute)()
    except ImportError as error:
        raise SystemExit(
            f"engine {name!r} can't be imported ({error}): "
            "`pip install -e .` for searchkit, `pip install tantivy` for tantivy"
        ) from None
    return engine


__all__ = ["NAMES", "Engine", "OpenIndex", "load"]

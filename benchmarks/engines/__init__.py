"""The engines that the benchmarks compare, each behind one small protocol."""

from __future__ import annotations

import importlib
import os
import sys

from engines.protocol import Engine, OpenIndex

# A module is imported only when its engine is asked for: a peer that is not installed must not
# stop the others, and what an engine's import costs belongs to its own process.
_MODULES = {
    "reading": ("engines.reading", "Reading"),
    "searchkit": ("engines.with_searchkit", "Searchkit"),
    "searchkit-batch": ("engines.with_searchkit", "SearchkitBatch"),
    "searchkit-command": ("engines.with_searchkit", "SearchkitCommand"),
    "searchkit-asked": ("engines.with_searchkit", "SearchkitAsked"),
    "searchkit-asked-batch": ("engines.with_searchkit", "SearchkitAskedBatch"),
    "searchkit-live": ("engines.live_searchkit", "SearchkitLive"),
    "tantivy": ("engines.with_tantivy", "Tantivy"),
    "tantivy-json": ("engines.with_tantivy", "TantivyJson"),
    "tantivy-asked": ("engines.asked_tantivy", "TantivyAsked"),
    "tantivy-live": ("engines.live_tantivy", "TantivyLive"),
    "pisa": ("engines.with_pisa", "Pisa"),
    "pisa-wand": ("engines.with_pisa", "PisaWand"),
    "bm25s": ("engines.with_bm25s", "Bm25s"),
    "sqlite": ("engines.with_sqlite", "Sqlite"),
    "sqlite-asked": ("engines.asked_sqlite", "SqliteAsked"),
    "sqlite-live": ("engines.live_sqlite", "SqliteLive"),
    "lucene": ("engines.with_lucene", "Lucene"),
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
            f"engine {name!r} can't be imported ({error}): `pip install -e '.[bench]'`, "
            "or see benchmarks/README.md for what its environment variables name"
        ) from None
    return engine


def family(name: str) -> str:
    """The engine whose index `name` reads: `pisa-wand` is another way to ask `pisa`."""
    return name.partition("-")[0]


def interpreter(name: str) -> str:
    """The Python that has the engine's package: `BENCH_PISA_PYTHON` and so on, else this one."""
    return os.environ.get(f"BENCH_{family(name).upper()}_PYTHON") or sys.executable


__all__ = ["NAMES", "Engine", "OpenIndex", "family", "interpreter", "load"]

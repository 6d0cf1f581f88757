"""The folder that holds a prepared collection and an index of it for each engine."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import corpus
import measuring
from layout import Layout

# What folders were built with before an option was there.
_DEFAULTS = {"two_fields": False, "segments": None, "deleted": 0.0, "numbers": False}


def build_all(
    options: argparse.Namespace, names: list[str], folder: Path, layout: Layout
) -> corpus.Corpus:
    """Build each index that `folder` doesn't hold yet, from the same prepared collection."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {
        "source": str(Path(options.corpus).resolve()),
        "limit": options.limit,
        "ascii": options.ascii,
        "paragraphs": options.paragraphs,
        **layout.values(),
    }
    stamp, lines = folder / "built.json", folder / "corpus.jsonl"
    if stamp.exists():
        if {**_DEFAULTS, **json.loads(stamp.read_text())} != wanted:
            raise SystemExit(f"{folder} was built otherwise ({stamp}): delete it, or take another")
        prepared = corpus.load(lines)
    else:
        prepared = corpus.prepare(
            options.corpus,
            lines,
            limit=options.limit,
            ascii_only=options.ascii,
            paragraphs=options.paragraphs,
            two_fields=layout.two_fields,
            numbers=layout.numbers,
        )
        stamp.write_text(json.dumps(wanted))
    for name in names:
        # Written after the build: a folder without it holds an index that was broken off.
        done = folder / f"{name}.built.json"
        if not done.exists():
            print(f"building with {name} …", flush=True)
            result = measuring.build(name, str(lines), folder / name, one_core=True, layout=layout)
            done.write_text(json.dumps(result))
    return prepared

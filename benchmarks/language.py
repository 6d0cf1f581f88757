"""Latency of patterns, fuzzy words, ranges, filters and proximity: searchkit beside its peers.

The documents have two numbers more than `matching.py`'s: their length, and a share that spreads
them evenly by id. searchkit gets strings of its query language, tantivy and Lucene queries made of
their classes, SQLite statements; `engines/asked_*.py` and `lucene/Asked.java` say how. Lucene is
timed in its JVM, and compared with batches. Turns, passes and modes are those of `matching.py`.

Where documents score alike the ten best are the first in order of their adding, for all engines.
Fuzzy words are plain Levenshtein's: a transposition is two edits. They come twice: all documents
alike ("constant"), and by their terms ("blended", searchkit's and Lucene's default).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import answers
import corpus
import crew
import engines
import measuring
import patterns
import summary
from building import build_all
from engines import with_lucene
from layout import Layout

ENGINES = ("searchkit-asked", "searchkit-asked-batch", "tantivy-asked", "sqlite-asked")

Row = dict[str, Any]


def main() -> None:
    """Parse the options, build what is missing, measure, print."""
    options = _options()
    layout = Layout(one_segment=options.one_segment, segments=options.segments, numbers=True)
    names = options.engines.split(",") if options.engines else _there()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.index or temporary)
        families = [] if options.show else list(map(engines.family, names))
        prepared = build_all(options, families, folder, layout)
        queries = _queries(options, prepared)
        if options.show:
            print(json.dumps(queries, indent=1))
            return
        machine = measuring.machine()
        measuring.pin(measuring.last_core())
        print(f"{prepared.documents:,} documents, {layout}; {machine}", flush=True)
        workers = [crew.Worker(name, folder, queries) for name in names]
        try:
            for worker in workers:
                print(f"  {worker.name} {worker.version}, {worker.segments} segment(s)")
            report = _measure(workers, queries, options)
        finally:
            for worker in workers:
                worker.close()
    report.update(machine=machine, layout=layout.values(), documents=prepared.documents)
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help=".jsonl or .jsonl.xz with id, title, text")
    parser.add_argument("--index", help="build in this folder and keep it")
    parser.add_argument("--engines", help=f"of {', '.join((*ENGINES, 'lucene'))} (default: all)")
    parser.add_argument("--limit", type=int, help="only the first LIMIT documents")
    parser.add_argument("--ascii", action="store_true", help="only documents of plain ASCII")
    parser.add_argument("--one-segment", action="store_true", help="merge each index to a segment")
    parser.add_argument("--segments", type=int, help="exactly so many segments")
    parser.add_argument("--queries", type=int, default=40, help="a class (default: 40)")
    parser.add_argument("--classes", help="only those whose names begin so, parted by commas")
    parser.add_argument("--modes", default=",".join(crew.MODES), help="default: %(default)s")
    parser.add_argument("--passes", type=int, default=5, help="timed passes (default: 5)")
    parser.add_argument("--show", action="store_true", help="print the queries alone")
    parser.add_argument("--json", metavar="FILE", help="write everything measured there, too")
    options = parser.parse_args()
    if options.segments and options.one_segment:
        parser.error("--segments or --one-segment")
    options.paragraphs = False
    return options


def _there() -> list[str]:
    names = [name for name in ENGINES if crew.importable(name)]
    return [*names, "lucene"] if with_lucene.available() else names


def _queries(options: argparse.Namespace, prepared: corpus.Corpus) -> list[crew.Query]:
    """Class and line of every query."""
    import searchkit  # not by the engines' own interpreters, nor for --help

    analyzer = searchkit.analyzer("english")

    def stem(word: str) -> str:
        return "".join(term for term, _ in analyzer.terms(word))

    wanted = tuple(options.classes.split(",")) if options.classes else ("",)
    return [
        (name, line)
        for name, own in patterns.draw(prepared, options.queries, stem).items()
        if name.startswith(wanted)
        for line in own
    ]


def _measure(
    workers: list[crew.Worker], queries: list[crew.Query], options: argparse.Namespace
) -> dict[str, Any]:
    """Measure and print mode by mode; return all of it."""
    report: dict[str, Any] = {"engines": {w.name: w.version for w in workers}, "modes": {}}
    taken = {}
    for mode in options.modes.split(","):
        found = crew.measure(workers, mode, options.passes)
        found.medians = {_plain(name): own for name, own in found.medians.items()}
        found.answers = {_plain(name): own for name, own in found.answers.items()}
        taken[mode] = found
        rows = summary.rows(found, queries, mode)
        totals = summary.totals([(mode, row) for row in rows])
        print(f"\n{mode}: p50 in µs, means where it says so\n\n{summary.table(rows)}\n")
        print(summary.totals_text(totals), flush=True)
        report["modes"][mode] = {
            "classes": rows,
            "queries": [
                [*query, {name: medians.get(i) for name, medians in found.medians.items()}]
                for i, query in enumerate(queries)
            ],
        }
    report["answers"] = answers.compare(taken, queries)
    print(f"\n{answers.text(report['answers'], 6)}")
    return report


def _plain(name: str) -> str:
    """An engine's name in the tables."""
    return name.replace("-asked", "")


if __name__ == "__main__":
    main()

"""Latency by class of query: searchkit beside its peers called from Python, and Lucene in its JVM.

Three modes: the 10 best, the 100 best with the exact number of matches, the number alone. Single
calls from Python take the query as text and read the hits' ids and scores; batches are one call,
`search_many` or `count_many` with one thread, for a class's queries, and are compared with Lucene:
neither has a call from Python in it. Every engine is a process of its own on the same core, and all
take turns, pass by pass (`crew.py`). An engine is left out where it can't do what is asked: PISA
and bm25s count nothing and know no phrases, for one.

A query counts with its median over the passes, a class with the median, the 99th percentile and the
mean over its queries.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import answers
import classes
import corpus
import crew
import engines
import measuring
import summary
from building import build_all
from engines import with_lucene
from layout import Layout

ENGINES = ("searchkit", "searchkit-batch", "tantivy", "pisa", "pisa-wand", "bm25s", "sqlite")
ONE_FIELD_ONLY = ("pisa", "bm25s")  # nor can they delete
GAME = {
    "term": "game's term",
    "intersection": "game's and",
    "union": "game's or",
    "phrase": "game's phrase",
    "intersection_union": "game's required and optional",
    "negated": "game's negated",
    "two-phase-critic": "game's phrase and term",
}


def main() -> None:
    """Parse the options, build what is missing, measure, print."""
    options = _options()
    layout = Layout(
        options.two_fields, options.one_segment, options.segments, options.deleted or 0.0
    )
    names = [name for name in _names(options) if _fits(name, layout)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.index or temporary)
        families = list(dict.fromkeys(map(engines.family, names)))
        prepared = build_all(options, [] if options.show else families, folder, layout)
        queries = _queries(options, prepared)
        if options.show:
            print(json.dumps(queries, indent=1))
            return
        machine = measuring.machine()
        measuring.pin(measuring.last_core())
        print(f"{prepared.documents:,} documents, {layout}; {machine}", flush=True)
        workers = [crew.Worker(name, folder, queries) for name in names]
        try:
            _check_segments(workers, layout)
            report = _measure(workers, queries, options)
        finally:
            for worker in workers:
                worker.close()
    report.update(machine=machine, layout=layout.values(), documents=prepared.documents)
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n")
    if options.ascii and not report["same counts"]:
        raise SystemExit("counts differ over ASCII text, where they must not")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help=".jsonl or .jsonl.xz with id, title, text")
    parser.add_argument("--index", help="build in this folder and keep it (as queries.py does)")
    parser.add_argument("--engines", help=f"of {', '.join((*ENGINES, 'lucene'))} (default: all)")
    parser.add_argument("--limit", type=int, help="only the first LIMIT documents")
    parser.add_argument("--ascii", action="store_true", help="only documents of plain ASCII")
    parser.add_argument("--paragraphs", action="store_true", help="documents are paragraphs")
    parser.add_argument("--one-segment", action="store_true", help="merge each index to a segment")
    parser.add_argument("--two-fields", action="store_true", help="title and text apart")
    parser.add_argument("--segments", type=int, help="exactly so many segments")
    parser.add_argument("--deleted", type=float, help="share deleted afterwards (with --segments)")
    parser.add_argument("--queries", type=int, default=60, help="a class (default: 60)")
    parser.add_argument("--game", metavar="FILE", help="the game's queries, as further classes")
    parser.add_argument("--modes", default=",".join(crew.MODES), help="default: %(default)s")
    parser.add_argument("--passes", type=int, default=5, help="timed passes (default: 5)")
    parser.add_argument("--show", action="store_true", help="print the queries alone")
    parser.add_argument("--json", metavar="FILE", help="write everything measured there, too")
    options = parser.parse_args()
    if options.paragraphs and options.two_fields:
        parser.error("--paragraphs has no titles for --two-fields")
    if options.segments and options.one_segment:
        parser.error("--segments or --one-segment")
    if options.deleted and not options.segments:
        parser.error("--deleted goes with --segments")
    return options


def _names(options: argparse.Namespace) -> list[str]:
    """The engines asked for; all that are there, unless they are named."""
    if options.engines:
        return list(options.engines.split(","))
    names = [*ENGINES]
    for name in ENGINES:
        if not crew.importable(name):
            names.remove(name)
            print(f"{name} isn't there, and left out", file=sys.stderr)
    if with_lucene.available():
        names.append("lucene")
    else:
        print("Lucene isn't there (BENCH_JAVA_HOME, BENCH_LUCENE_JAR)", file=sys.stderr)
    return names


def _fits(name: str, layout: Layout) -> bool:
    return layout.plain or engines.family(name) not in ONE_FIELD_ONLY


def _queries(options: argparse.Namespace, prepared: corpus.Corpus) -> list[crew.Query]:
    """Class and text of every query, each once in its class."""
    queries = [
        (name, text)
        for name, own in classes.draw(prepared, options.queries).items()
        for text in own
    ]
    if options.game:
        queries += [(GAME.get(tag, tag), text) for tag, text in corpus.read_queries(options.game)]
    groups = list(dict.fromkeys(name for name, _ in queries))
    return sorted(dict.fromkeys(queries), key=lambda query: groups.index(query[0]))


def _check_segments(workers: list[crew.Worker], layout: Layout) -> None:
    for worker in workers:
        print(f"  {worker.name} {worker.version}, {worker.segments} segment(s)")
        wanted = 1 if layout.one_segment else layout.segments
        if wanted and worker.segments != wanted:
            raise SystemExit(f"{worker.name} has {worker.segments} segments, not {wanted}")


def _measure(
    workers: list[crew.Worker], queries: list[crew.Query], options: argparse.Namespace
) -> dict[str, Any]:
    """Measure and print mode by mode, then all together; return all of it."""
    report: dict[str, Any] = {"engines": {w.name: w.version for w in workers}, "modes": {}}
    taken, everything = {}, []
    for mode in options.modes.split(","):
        taken[mode] = crew.measure(workers, mode, options.passes)
        rows = summary.rows(taken[mode], queries, mode)
        everything += [(mode, row) for row in rows]
        totals = summary.totals([(mode, row) for row in rows])
        print(f"\n{mode}: p50 in µs, means where it says so\n")
        print(summary.table(rows))
        print()
        print(summary.totals_text(totals), flush=True)
        report["modes"][mode] = {
            "classes": rows,
            "totals": totals,
            "queries": [
                [*query, {name: medians.get(i) for name, medians in taken[mode].medians.items()}]
                for i, query in enumerate(queries)
            ],
        }
    report["totals"] = summary.totals(everything)
    print(f"\nall modes together\n\n{summary.totals_text(report['totals'])}\n")
    report["answers"] = answers.compare(taken, queries)
    report["same counts"] = answers.same(report["answers"])
    print(answers.text(report["answers"]))
    return report


if __name__ == "__main__":
    main()

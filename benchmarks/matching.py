"""Latency by class of query: searchkit beside tantivy from Python, and beside Lucene in its JVM.

Three modes: the 10 best, the 100 best with the exact number of matches, the number alone. Single
calls from Python take the query as text and read the hits' ids and scores; engines take turns, each
pass over all queries is newly shuffled. Batches are one call, `search_many` or `count_many`, with
one thread for a class's queries. Lucene runs first, in a process of its own on the same core (40
warm-up passes), and is compared with the batches: neither has a call from Python in it.

A query counts with its median over the passes. Ratios are of the medians over a class's queries;
a class is also compared by its 99th percentile.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import random
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import classes
import engines
import lucene
import measuring
import searchkit as sk
from queries import build_all

MODES = {"top10": 10, "top100count": 100, "count": 0}
Times = dict[str, dict[str, list[float]]]  # engine -> query -> µs a pass


def main() -> None:
    """Parse the options, build what is missing, measure, print."""
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.index or temporary)
        prepared = build_all(options, ["searchkit", "tantivy"], folder)
        drawn = classes.draw(prepared, options.queries)
        if options.show:
            print(json.dumps(drawn, indent=1))
            return
        machine = measuring.machine()
        measuring.pin(measuring.last_core())
        print(f"{prepared.documents:,} documents; {machine}", flush=True)
        java = {}
        if lucene.available():
            java = lucene.measure(prepared, folder / "lucene", drawn, options.passes)
        else:
            print("Lucene isn't there (BENCH_JAVA_HOME, BENCH_LUCENE_JAR)", file=sys.stderr)
        report: dict[str, Any] = {"machine": machine, "modes": {}}
        for mode in options.modes.split(","):
            times = _measure(folder, drawn, mode, options.passes)
            if java:
                times["lucene"] = {q: [ns / 1000] for q, ns in java[mode].items()}
            report["modes"][mode] = _report(times, drawn, mode)
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help=".jsonl or .jsonl.xz with id, title, text")
    parser.add_argument("--index", help="build in this folder and keep it (as queries.py does)")
    parser.add_argument("--limit", type=int, help="only the first LIMIT documents")
    parser.add_argument("--ascii", action="store_true", help="only documents of plain ASCII")
    parser.add_argument("--one-segment", action="store_true", help="merge each index to a segment")
    parser.add_argument("--paragraphs", action="store_true", help="documents are paragraphs")
    parser.add_argument("--queries", type=int, default=60, help="a class (default: 60)")
    parser.add_argument("--modes", default=",".join(MODES), help="default: %(default)s")
    parser.add_argument("--passes", type=int, default=5, help="timed passes (default: 5)")
    parser.add_argument("--show", action="store_true", help="print the queries alone")
    parser.add_argument("--json", metavar="FILE", help="write everything measured there, too")
    return parser.parse_args()


def _measure(folder: Path, drawn: classes.Classes, mode: str, passes: int) -> Times:
    """µs of every query in every pass: of both engines called from Python, and of batches, where
    a query has its class's mean."""
    index = sk.Index.open(str(folder / "searchkit"))
    peer = engines.load("tantivy").open(str(folder / "tantivy"))
    singles: dict[str, Callable[[str], object]] = {
        "searchkit": _single(index, mode),
        "tantivy": _peer(peer, mode),
    }
    texts = sorted({text for own in drawn.values() for text in own})
    times: Times = {name: {text: [] for text in texts} for name in (*singles, "batch")}
    shuffler = random.Random(1)
    for number in range(passes + 1):
        for name, call in singles.items():
            shuffler.shuffle(texts)
            taken = _pass(call, texts)
            if number:
                for text, one in zip(texts, taken, strict=True):
                    times[name][text].append(one)
        for own in drawn.values():
            begin = perf_counter_ns()
            _batch(index, own, mode)
            mean = (perf_counter_ns() - begin) / 1000 / len(own)
            if number:
                for text in own:
                    times["batch"][text].append(mean)
    return times


def _single(index: sk.Index, mode: str) -> Callable[[str], object]:
    if mode == "count":
        return index.count
    limit, total = MODES[mode], mode == "top100count"

    def call(text: str) -> object:
        hits = index.search(text, limit=limit, total=total)
        return hits.column("id"), hits.scores

    return call


def _peer(peer: Any, mode: str) -> Callable[[str], object]:
    if mode == "count":
        return peer.count  # type: ignore[no-any-return]
    limit = MODES[mode]
    if mode == "top10":
        return lambda text: peer.top(text, limit)
    return lambda text: peer.top_and_count(text, limit)


def _batch(index: sk.Index, texts: list[str], mode: str) -> None:
    if mode == "count":
        index.count_many(texts, threads=1)
        return
    total = mode == "top100count"
    for hits in index.search_many(texts, limit=MODES[mode], threads=1, total=total):
        hits.column("id")


def _pass(call: Callable[[str], object], texts: list[str]) -> list[float]:
    """µs of each query; the garbage collector waits, as its pauses are nobody's own."""
    taken = []
    gc.collect()
    gc.disable()
    try:
        for text in texts:
            begin = perf_counter_ns()
            call(text)
            taken.append((perf_counter_ns() - begin) / 1000)
    finally:
        gc.enable()
    return taken


def _report(times: Times, drawn: classes.Classes, mode: str) -> list[dict[str, Any]]:
    """Print a mode's table and its ratios, and return the rows."""
    rows = []
    for name, own in drawn.items():
        row: dict[str, Any] = {"class": name}
        for engine, samples in times.items():
            values = [statistics.median(samples[text]) for text in own]
            row[engine] = (
                statistics.fmean(values) if engine == "batch" else statistics.median(values)
            )
            row[f"{engine} p99"] = measuring.percentile(values, 0.99)
        if "lucene" in times:
            row["lucene mean"] = statistics.fmean(times["lucene"][text][0] for text in own)
        row["ratio"] = row["searchkit"] / row["tantivy"]
        row["ratio p99"] = row["searchkit p99"] / row["tantivy p99"]
        if "lucene" in times:
            row["batch ratio"] = row["batch"] / row["lucene mean"]
        rows.append(row)
    head = ["class", "searchkit", "p99", "tantivy", "p99", "ratio", "p99"]
    keys = ["class", "searchkit", "searchkit p99", "tantivy", "tantivy p99", "ratio", "ratio p99"]
    if "lucene" in times:
        head += ["batch, mean", "Lucene, mean", "ratio"]
        keys += ["batch", "lucene mean", "batch ratio"]
    print(f"\n{mode}, p50 in µs\n")
    print(measuring.table(head, [[row[key] for key in keys] for row in rows]))
    for key in ("ratio", "ratio p99", "batch ratio"):
        values = [row[key] for row in rows if key in row]
        if values:
            print(f"{key}: geometric mean {geometric_mean(values):.2f}, worst {max(values):.2f}")
    return rows


def geometric_mean(values: list[float]) -> float:
    """The n-th root of the product."""
    return math.exp(statistics.fmean(map(math.log, values)))


if __name__ == "__main__":
    main()

"""Query latency: the Search Benchmark Game's queries, top 10, engines side by side in one process.

What is timed is a call from Python with the query as text: parsing it, finding the 10 best hits,
reading their ids and scores. One thread on one core, warm: the first passes are thrown away. In
each pass every engine answers all queries in a newly shuffled order; the engines take turns in
going first. A query's latency is the median over the passes; a class's figures are the mean and
the percentiles over its queries, in microseconds.

The indexes are built over the same documents with one core's settings and left as they come
(`--one-segment`: as one segment each), and hit counts are compared.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import tempfile
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import corpus
import engines
import measuring
from building import build_all
from engines import OpenIndex
from layout import Layout

Latencies = dict[tuple[str, str], float]  # (engine, query) -> µs


def main() -> None:
    """Parse the options, build what is missing, measure, print."""
    options = _options()
    names = options.engines.split(",")
    classes = options.classes.split(",")
    chosen = [pair for pair in corpus.read_queries(options.queries) if pair[0] in classes]
    if not chosen:
        raise SystemExit(f"no query of {options.queries} has a class among {classes}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.index or temporary)
        loaded = {name: engines.load(name) for name in names}
        layout = Layout(one_segment=options.one_segment)
        prepared = build_all(options, names, folder, layout)
        machine = measuring.machine()
        measuring.pin(measuring.last_core())
        opened = {name: loaded[name].open(str(folder / name)) for name in names}
        print(f"{prepared.documents:,} documents; {machine}")
        print({name: f"{index.segments or '?'} segments" for name, index in opened.items()})
        counts = _counts(opened, chosen)
        latencies = _measure(opened, chosen, options)
    rows = _summarise(latencies, names, chosen)
    _print(rows)
    disagreements = _compare(counts, chosen, options.examples) if len(names) > 1 else []
    if options.json:
        report = {
            "machine": machine,
            "corpus": {"documents": prepared.documents, "text_bytes": prepared.text_bytes},
            "summary": rows,
            "disagreements": disagreements,
            "queries": [[*key, value] for key, value in latencies.items()],
        }
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help=".jsonl or .jsonl.xz with id, title, text")
    parser.add_argument("queries", help="the game's queries: .jsonl with query, tags")
    parser.add_argument("--engines", default="searchkit,tantivy", help="default: %(default)s")
    parser.add_argument("--classes", default=",".join(corpus.CLASSES), help="default: %(default)s")
    parser.add_argument(
        "--index", help="build in this folder and keep it; what is built there already is reused"
    )
    parser.add_argument("--limit", type=int, help="only the first LIMIT documents")
    parser.add_argument(
        "--ascii", action="store_true", help="only documents of plain ASCII: counts should agree"
    )
    parser.add_argument("--paragraphs", action="store_true", help="documents are paragraphs")
    parser.add_argument("--one-segment", action="store_true", help="merge each index to a segment")
    parser.add_argument("--top", type=int, default=10, help="hits a query (default: 10)")
    parser.add_argument("--passes", type=int, default=10, help="timed passes (default: 10)")
    parser.add_argument("--warm", type=int, default=2, help="passes before them (default: 2)")
    parser.add_argument("--examples", type=int, default=5, help="disagreements shown")
    parser.add_argument("--seed", type=int, default=1, help="of the shuffling")
    parser.add_argument("--json", metavar="FILE", help="write everything measured there, too")
    return parser.parse_args()


def _counts(
    opened: dict[str, OpenIndex], chosen: list[tuple[str, str]]
) -> dict[str, dict[str, int]]:
    return {
        query: {name: index.count(query) for name, index in opened.items()} for _, query in chosen
    }


def _measure(
    opened: dict[str, OpenIndex], chosen: list[tuple[str, str]], options: argparse.Namespace
) -> Latencies:
    shuffler = random.Random(options.seed)
    texts = sorted({query for _, query in chosen})
    samples: dict[tuple[str, str], list[int]] = {}
    order = list(opened)
    for number in range(options.warm + options.passes):
        order.append(order.pop(0))
        for name in order:
            shuffler.shuffle(texts)
            times = _pass(opened[name], texts, options.top)
            if number >= options.warm:
                for query, nanoseconds in zip(texts, times, strict=True):
                    samples.setdefault((name, query), []).append(nanoseconds)
    return {key: statistics.median(values) / 1000 for key, values in samples.items()}


def _pass(index: OpenIndex, texts: list[str], top: int) -> list[int]:
    """Nanoseconds of each query; the garbage collector waits, as its pauses are nobody's own."""
    times = []
    search = index.top
    gc.collect()
    gc.disable()
    try:
        for query in texts:
            begin = perf_counter_ns()
            search(query, top)
            times.append(perf_counter_ns() - begin)
    finally:
        gc.enable()
    return times


def _summarise(
    latencies: Latencies, names: list[str], chosen: list[tuple[str, str]]
) -> list[dict[str, Any]]:
    rows = []
    for group in dict.fromkeys(name for name, _ in chosen):
        texts = [query for name, query in chosen if name == group]
        for name in names:
            values = [latencies[name, query] for query in texts]
            row: dict[str, Any] = {
                "class": group,
                "queries": len(texts),
                "engine": name,
                "mean": statistics.fmean(values),
                "p50": statistics.median(values),
                "p99": measuring.percentile(values, 0.99),
            }
            rows.append(row)
    for row in rows:
        base = [r for r in rows if r["class"] == row["class"] and r["engine"] == "tantivy"]
        row["mean_to_tantivy"] = row["mean"] / base[0]["mean"] if base else None
    return rows


def _print(rows: list[dict[str, Any]]) -> None:
    head = ["class", "queries", "engine", "mean µs", "p50", "p99", "mean / tantivy's"]
    keys = ["class", "queries", "engine", "mean", "p50", "p99", "mean_to_tantivy"]
    print()
    print(measuring.table(head, [[row[key] for key in keys] for row in rows]))


def _compare(
    counts: dict[str, dict[str, int]], chosen: list[tuple[str, str]], examples: int
) -> list[dict[str, Any]]:
    """Print how many queries all engines count alike, and the first that they don't."""
    found = []
    for group, query in chosen:
        numbers = counts[query]
        if len(set(numbers.values())) > 1:
            found.append({"class": group, "query": query, "counts": numbers})
    print(f"\nhit counts: {len(chosen) - len(found)} of {len(chosen)} queries agree")
    for item in found[:examples]:
        print(f"  {item['query']}  {item['counts']}")
    if found:
        print("  (tokenizers differ beyond ASCII; with --ascii all should agree)")
    return found


if __name__ == "__main__":
    main()

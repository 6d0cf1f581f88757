"""Indexing speed: MB/s, peak memory and index size of several engines on one collection.

Each build is a process of its own; engines take turns; all read the same unpacked file, and the
reading and parsing of its JSON is inside every build's time (and shown by itself as `reading`).
MB are 1,000,000 bytes of UTF-8 text, of titles and texts alone. A build ends when the index is
committed, on disk, and background merges are done. With --ready, documents are dictionaries in
memory before a build's time begins: then memory is the documents', too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import corpus
import engines
import measuring
from layout import Layout
from measuring import MEGABYTE


def main() -> None:
    """Parse the options, run the builds, print the table."""
    options = _options()
    if options.work:
        os.makedirs(options.work, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        prepared = corpus.prepare(
            options.corpus,
            Path(work, "corpus.jsonl"),
            limit=options.limit,
            times=options.times,
            other_words=options.other_words,
        )
        print(f"{prepared.documents:,} documents, {prepared.text_bytes / MEGABYTE:.1f} MB of text")
        print(measuring.machine())
        runs = _run(options, prepared, Path(work))
    summary = _summarise(runs, prepared.text_bytes / MEGABYTE)
    _print(summary)
    if options.json:
        report = {
            "machine": measuring.machine(),
            "corpus": {"documents": prepared.documents, "text_bytes": prepared.text_bytes},
            "summary": summary,
            "runs": runs,
        }
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help=".jsonl or .jsonl.xz with id, title, text")
    parser.add_argument("--engines", default="searchkit,tantivy", help="default: %(default)s")
    parser.add_argument(
        "--threads",
        default="1,default",
        help="1 (one thread on one core), default (as the engine will, all cores), or both",
    )
    parser.add_argument("--limit", type=int, help="only the first LIMIT documents")
    parser.add_argument(
        "--times", type=int, default=1, help="each document TIMES times, for large collections"
    )
    parser.add_argument(
        "--other-words", action="store_true", help="… with words of its own, millions of terms"
    )
    parser.add_argument("--repeat", type=int, default=3, help="builds of each (default: 3)")
    parser.add_argument(
        "--memory", type=float, metavar="MB", default=256, help="to buffer (default: 256, for all)"
    )
    parser.add_argument(
        "--ready", action="store_true", help="documents parsed before the clock starts"
    )
    parser.add_argument("--no-stemming", action="store_true", help="words as they are")
    parser.add_argument("--work", help="where to build (default: the temporary folder)")
    parser.add_argument("--json", metavar="FILE", help="write everything measured there, too")
    options = parser.parse_args()
    options.threads = options.threads.split(",")
    options.engines = options.engines.split(",")
    if options.ready and {"searchkit-command", "tantivy-json"} & set(options.engines):
        parser.error("--ready is for engines that are given dictionaries")
    if unknown := set(options.engines) - set(engines.NAMES):
        parser.error(f"no engine {sorted(unknown)}; there are {', '.join(engines.NAMES)}")
    if set(options.threads) - {"1", "default"}:
        parser.error("--threads takes 1, default, or 1,default")
    return options


def _run(options: argparse.Namespace, prepared: corpus.Corpus, work: Path) -> list[dict[str, Any]]:
    runs = []
    layout = Layout(memory_mb=options.memory, stemming=not options.no_stemming)
    names = ["reading", *options.engines]
    for number in range(options.repeat):
        for threads in options.threads:
            for name in names:
                folder = work / "index"
                run = measuring.build(
                    name,
                    prepared.path,
                    folder,
                    one_core=threads == "1",
                    layout=layout,
                    ready=options.ready,
                )
                run.update(threads=threads, run=number)
                runs.append(run)
                print(f"  {name}, threads {threads}: {run['seconds']:.2f} s", flush=True)
    return runs


def _summarise(runs: list[dict[str, Any]], megabytes: float) -> list[dict[str, Any]]:
    """One row for each number of threads and engine, in the order they ran."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for run in runs:
        groups.setdefault((run["threads"], run["engine"]), []).append(run)
    rows = []
    for (threads, name), group in groups.items():
        seconds = [run["seconds"] for run in group]
        rows.append(
            {
                "threads": threads,
                "engine": name,
                "version": group[0]["version"],
                "mb_s_median": megabytes / statistics.median(seconds),
                "mb_s_best": megabytes / min(seconds),
                "seconds_median": statistics.median(seconds),
                "cpu_seconds": statistics.median(run["cpu_seconds"] for run in group),
                "anonymous_mb": max((run["anonymous_mb"] or 0) for run in group) or None,
                "high_water_mb": max((run["high_water_mb"] or 0) for run in group) or None,
                "index_mb": statistics.median(run["index_mb"] for run in group),
                "index_to_text": statistics.median(run["index_mb"] for run in group) / megabytes,
                "segments": group[-1]["segments"],
            }
        )
    seconds_of = {(row["threads"], row["engine"]): row["seconds_median"] for row in rows}
    for row in rows:
        reading = seconds_of[row["threads"], "reading"]
        base = seconds_of.get((row["threads"], "tantivy"))
        row["to_tantivy"] = row["net_to_tantivy"] = None
        if base and row["engine"] != "reading":
            row["to_tantivy"] = base / row["seconds_median"]
            row["net_to_tantivy"] = (base - reading) / (row["seconds_median"] - reading)
    return rows


def _print(summary: list[dict[str, Any]]) -> None:
    columns = {
        "threads": "threads",
        "engine": "engine",
        "version": "version",
        "mb_s_median": "MB/s median",
        "mb_s_best": "best",
        "to_tantivy": "x tantivy",
        "net_to_tantivy": "net x",
        "seconds_median": "s",
        "cpu_seconds": "CPU s",
        "anonymous_mb": "anonymous MB",
        "high_water_mb": "peak RSS MB",
        "index_mb": "index MB",
        "index_to_text": "index/text",
        "segments": "segments",
    }
    print()
    print(measuring.table(list(columns.values()), [[row[k] for k in columns] for row in summary]))


if __name__ == "__main__":
    main()

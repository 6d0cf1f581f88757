"""Small steps: commits of one document, documents replaced, writing and searching at once.

Each engine begins with a copy of the same index, and does each work in a process of its own, by
turns; a search runs in one more. A commit counts from its first document until it is durable: all
engines sync. Shown are the latencies of all rounds; bytes are those written by system calls, merges
included, and segments those at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import corpus
import engines
import measuring

ENGINES = "searchkit-live,tantivy-live,sqlite-live"
WORKS = {
    "commits": "new documents, one a commit",
    "batches": "documents replaced, {batch} a commit",
    "singly": "documents replaced, one a commit",
    "mixed": "documents replaced, {mixed_batch} a commit, every {every} s, while another searches",
}
HERE = Path(__file__).resolve().parent

Row = dict[str, Any]


def main() -> None:
    """Parse the options, build, measure, print."""
    options = _options()
    if options.work:
        os.makedirs(options.work, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.work) as temporary:
        work = Path(temporary)
        prepared = corpus.prepare(options.corpus, work / "corpus.jsonl", limit=options.limit)
        machine = {**measuring.machine(), "fsync_ms": _fsync_ms(work)}
        print(f"{prepared.documents:,} documents to begin with; {machine}", flush=True)
        if not prepared.numeric_ids:
            raise SystemExit("ids must be numbers: tantivy's documents are replaced by them")
        for name in options.engines:
            measuring.build(name, prepared.path, work / f"{name}.built", one_core=True)
        runs = _run(options, prepared, work)
    rows = [_summary(runs, kind, name) for kind in options.works for name in options.engines]
    _print(options, rows)
    if options.json:
        report = {"machine": machine, "summary": rows, "runs": runs}
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help=".jsonl or .jsonl.xz with id, title, text")
    parser.add_argument("--engines", default=ENGINES, help="default: %(default)s")
    parser.add_argument("--works", default=",".join(WORKS), help="default: %(default)s")
    parser.add_argument(
        "--limit", type=int, default=20_000, help="documents at the beginning (20,000)"
    )
    parser.add_argument(
        "--commits", type=int, default=1_000, help="commits of one document (1,000)"
    )
    parser.add_argument("--upserts", type=int, default=10_000, help="documents replaced (10,000)")
    parser.add_argument("--batch", type=int, default=100, help="of these, in a commit (100)")
    parser.add_argument("--mixed", type=int, default=200, help="commits beside searches (200)")
    parser.add_argument("--mixed-batch", type=int, default=10, help="documents in each (10)")
    parser.add_argument("--every", type=float, default=0.05, help="seconds between them (0.05)")
    parser.add_argument("--pause", type=float, default=0.001, help="between searches (0.001)")
    parser.add_argument("--repeat", type=int, default=2, help="rounds (2)")
    parser.add_argument("--work", help="where to write (default: the temporary folder)")
    parser.add_argument("--json", metavar="FILE", help="write everything measured there, too")
    options = parser.parse_args()
    options.engines, options.works = options.engines.split(","), options.works.split(",")
    if unknown := set(options.engines) - set(ENGINES.split(",")):
        parser.error(f"no engine {sorted(unknown)}; there are {ENGINES}")
    if unknown := set(options.works) - set(WORKS):
        parser.error(f"no work {sorted(unknown)}; there are {', '.join(WORKS)}")
    if max(options.batch, options.mixed_batch) > options.limit:
        parser.error("a batch can't be larger than --limit")
    return options


def _fsync_ms(folder: Path) -> float:
    """The median time that this disk takes to sync 4 KB appended to a file."""
    times = []
    with open(folder / "fsync", "wb", buffering=0) as file:
        for _ in range(100):
            begin = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            times.append((time.perf_counter() - begin) * 1000)
    return round(measuring.percentile(times, 0.5), 3)


def _run(options: argparse.Namespace, prepared: corpus.Corpus, work: Path) -> list[Row]:
    steps = {
        "commits": (options.commits, 1),
        "batches": (options.upserts // options.batch, options.batch),
        "singly": (options.commits, 1),
        "mixed": (options.mixed, options.mixed_batch),
    }
    runs = []
    for number in range(options.repeat):
        for kind in options.works:
            turn = number % len(options.engines)
            for name in options.engines[turn:] + options.engines[:turn]:
                folder = work / "index"
                shutil.rmtree(folder, ignore_errors=True)
                shutil.copytree(work / f"{name}.built", folder)
                task = {
                    "engine": name,
                    "folder": str(folder),
                    "corpus": prepared.path,
                    "work": kind,
                    "steps": steps[kind][0],
                    "batch": steps[kind][1],
                    "every": options.every,
                    "pause": options.pause,
                }
                run = {"engine": name, "work": kind, "round": number, **_one(task)}
                runs.append(run)
                middle = measuring.percentile(run["commit_ms"], 0.5)
                print(f"  {kind}, {name}: {middle:.2f} ms", flush=True)
    return runs


def _one(task: dict[str, Any]) -> Row:
    if hasattr(os, "sync"):
        os.sync()  # unwritten pages of the copy are not this work's
    done = subprocess.run(
        [engines.interpreter(task["engine"]), str(HERE / "live.py"), json.dumps(task)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{task['engine']} failed at {task['work']} (exit code {done.returncode})")
    result: Row = json.loads(done.stdout.splitlines()[-1])
    return result


def _summary(runs: list[Row], kind: str, name: str) -> Row:
    own = [run for run in runs if (run["work"], run["engine"]) == (kind, name)]
    times = [time for run in own for time in run["commit_ms"]]
    written = [run["written_mb"] for run in own]
    row = {
        "work": kind,
        "engine": engines.family(name),
        "version": own[0]["version"],
        "commits": len(own[0]["commit_ms"]),
        "p50_ms": measuring.percentile(times, 0.5),
        "p99_ms": measuring.percentile(times, 0.99),
        "max_ms": max(times),
        "seconds": sum(times) / 1000 / len(own),
        "closing_s": max(run["closing_s"] for run in own),
        "segments": own[-1]["segments"],
        "written_mb": None if None in written else sum(written) / len(own),
    }
    if kind == "mixed":
        for what in ("quiet_us", "search_us", "refresh_us"):
            found = [time for run in own for time in run["searches"][what]]
            row[f"{what}_p50"] = measuring.percentile(found, 0.5)
            row[f"{what}_p99"] = measuring.percentile(found, 0.99)
        row["searches"] = sum(len(run["searches"]["search_us"]) for run in own)
    return row


def _print(options: argparse.Namespace, rows: list[Row]) -> None:
    columns = {
        "engine": "engine",
        "version": "version",
        "commits": "commits",
        "p50_ms": "ms p50",
        "p99_ms": "p99",
        "max_ms": "max",
        "seconds": "s in all",
        "closing_s": "s to close",
        "segments": "segments",
        "written_mb": "MB written",
    }
    beside = {
        "engine": "engine",
        "searches": "searches",
        "quiet_us_p50": "alone, µs p50",
        "quiet_us_p99": "p99",
        "search_us_p50": "meanwhile, p50",
        "search_us_p99": "p99 ",
        "refresh_us_p50": "refresh, p50",
        "refresh_us_p99": "p99  ",
    }
    for kind in options.works:
        own = [row for row in rows if row["work"] == kind]
        print(f"\n{WORKS[kind].format(**vars(options))}:")
        print(measuring.table(list(columns.values()), [[row[k] for k in columns] for row in own]))
        if kind == "mixed":
            print(measuring.table(list(beside.values()), [[row[k] for k in beside] for row in own]))


if __name__ == "__main__":
    main()

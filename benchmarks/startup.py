"""Cold starts: whole processes, from the start of the program to its end.

Measures `python -c pass`, `import searchkit` beyond it, the command `searchkit search` on an
existing index and, from Python, the time to a first result, for tantivy as well where an index of
it is there. The commands take turns, each many times; shown are the median and the best wall time
in milliseconds, files cached.

Without `--index` the folder given by `--files` (default: the sample collection) is indexed first,
in a temporary folder, by `searchkit index`. `--index` takes the folder kept by
`queries.py --index`, which holds an index for each engine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import measuring

ROOT = Path(__file__).resolve().parent.parent

FIRST_RESULT = {
    "searchkit": (
        "import sys, searchkit; hits = searchkit.Index.open(sys.argv[1]).search(sys.argv[2]);"
        "print(hits.scores[0] if len(hits) else None)"
    ),
    "tantivy": (
        "import sys, tantivy; index = tantivy.Index.open(sys.argv[1]);"
        "print(index.searcher().search(index.parse_query(sys.argv[2], ['text']), 10).hits[:1])"
    ),
}


def main() -> None:
    """Parse the options, take the times, print the table."""
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        commands = _commands(options, Path(temporary))
        times = _measure(commands, options.repeat)
    rows = _summarise(times)
    print(measuring.machine())
    keys = ["command", "median_ms", "best_ms", "beyond_python_ms"]
    head = ["command", "median ms", "best", "beyond python"]
    print(measuring.table(head, [[row[key] for key in keys] for row in rows]))
    if options.json:
        report = {"machine": measuring.machine(), "summary": rows, "times": times}
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", help="the folder kept by queries.py --index")
    parser.add_argument("--files", default=str(ROOT / "seeds"), help="default: %(default)s")
    parser.add_argument("--query", default="partial withdrawal", help="default: %(default)s")
    parser.add_argument("--repeat", type=int, default=25, help="runs of each (default: 25)")
    parser.add_argument("--json", metavar="FILE", help="write everything measured there, too")
    return parser.parse_args()


def _commands(options: argparse.Namespace, temporary: Path) -> dict[str, list[str]]:
    """What is timed: a label, and the program with its arguments."""
    program = str(Path(sys.executable).parent / "searchkit")
    if not os.path.exists(program):
        raise SystemExit(f"no {program}: run `pip install -e .` with this Python first")
    if options.index:
        kept = Path(options.index)
        folders = {n: kept / n for n in FIRST_RESULT if (kept / f"{n}.built.json").exists()}
        if "searchkit" not in folders:
            raise SystemExit(f"{kept} holds no index of searchkit: queries.py --index makes one")
    else:
        folders = {"searchkit": temporary / "index"}
        _run([program, "index", "--index", str(folders["searchkit"]), options.files])
    search = [program, "search", "--index", str(folders["searchkit"])]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import searchkit": [sys.executable, "-c", "import searchkit"],
        "searchkit search": [*search, options.query],
    }
    for name, folder in folders.items():
        label = f"first result from Python, {name}"
        commands[label] = [sys.executable, "-c", FIRST_RESULT[name], str(folder), options.query]
    return commands


def _measure(commands: dict[str, list[str]], repeat: int) -> dict[str, list[float]]:
    """Milliseconds of each command, after one run of each that brings files into the cache."""
    for command in commands.values():
        _run(command)
    times: dict[str, list[float]] = {label: [] for label in commands}
    for _ in range(repeat):
        for label, command in commands.items():
            begin = perf_counter()
            _run(command)
            times[label].append((perf_counter() - begin) * 1000)
    return times


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        # 1 is grep's "nothing found": a search without a hit would time something else.
        message = done.stderr.strip() or "nothing found; try another --query"
        raise SystemExit(f"`{' '.join(command)}` gave {done.returncode}: {message}")


def _summarise(times: dict[str, list[float]]) -> list[dict[str, Any]]:
    base = statistics.median(times["python -c pass"])
    return [
        {
            "command": label,
            "median_ms": statistics.median(values),
            "best_ms": min(values),
            "beyond_python_ms": statistics.median(values) - base,
        }
        for label, values in times.items()
    ]


if __name__ == "__main__":
    main()

"""Indexing keeps to its budget of memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BUDGET = 16
BESIDE = 100  # megabytes: the interpreter, batches on their way, what a flush and a merge take

PROGRAM = """
import sys, threading
import searchkit as sk

def anonymous():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon")) / 1024

def documents():
    for number in range(1000):
        words = [f"w{(number * 7919 + n * n) % 300_000}" for n in range(700)]
        words += [f"{number}x{n}" for n in range(100)]
        yield {"id": str(number), "body": " ".join(words)}

peak, done = 0, threading.Event()

def watch():
    global peak
    while not done.wait(0.005):
        peak = max(peak, anonymous())

threading.Thread(target=watch).start()
schema = sk.Schema(id=sk.Keyword(key=True), body=sk.Text())
try:
    with sk.Index.create(sys.argv[1], schema) as index:
        with index.writer(threads=2, memory_mb=float(sys.argv[2])) as writer:
            writer.add_many(documents())
finally:
    done.set()
print(peak)
"""


@pytest.mark.memory
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_small_budget(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "index"), str(BUDGET)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert float(done.stdout) < BUDGET + BESIDE

"""The engines at work: a process each, one of them answering at a time, all on one core.

A pass is a turn of every engine: it answers all queries that it can, in an order newly shuffled for
it; engines take turns in going first. Passes to warm up come first and are thrown away, but for
their answers. A query counts with its median over the passes.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import engines
import measuring
from engines import with_lucene

HERE = Path(__file__).resolve().parent
MODES = {"top10": 10, "top100count": 100, "count": 0}  # and how many hits

WARM = {"lucene": 40, "sqlite": 1}  # passes to warm up; others have 2
MOST = {"sqlite": 2}  # timed passes: some of its queries take a tenth of a second

Query = tuple[str, str]  # class and text


@dataclass
class Taken:
    """What was measured in a mode: by engine, then by the query's number."""

    medians: dict[str, dict[int, float]] = field(default_factory=dict)  # µs
    answers: dict[str, dict[int, Any]] = field(default_factory=dict)


def importable(name: str) -> bool:
    """Whether the engine's own interpreter has its package."""
    program = f"import engines; engines.load({name!r})"
    command = [engines.interpreter(name), "-c", program]
    return not subprocess.run(command, cwd=HERE, capture_output=True, check=False).returncode


class Worker:
    """An engine's process."""

    def __init__(self, name: str, folder: Path, queries: list[Query]) -> None:
        self.name = name
        path = str(folder / engines.family(name))
        if name == "lucene":
            command = with_lucene.command("Serve", path)
        else:
            command = [engines.interpreter(name), str(HERE / "worker.py"), name, path]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if name == "lucene" else None,
            text=True,
        )
        hello = self._read()
        self.version: str = hello["version"]
        self.segments: int | None = hello["segments"]
        self._counts: bool = hello["counts"]
        can = self._ask({"queries": queries})["can"]
        # A class of which one query can't be said is left out: its figures would be of others.
        refused = {group for (group, _), yes in zip(queries, can, strict=True) if not yes}
        self._numbers = [i for i, (group, _) in enumerate(queries) if group not in refused]

    def numbers(self, mode: str) -> list[int]:
        """The queries that it answers in this mode."""
        return self._numbers if self._counts or mode == "top10" else []

    def run(self, mode: str, order: list[int], *, keep: bool = False) -> dict[str, Any]:
        """A pass over the queries in this order; on return the process has come to rest."""
        reply = self._ask({"mode": mode, "limit": MODES[mode], "order": order, "keep": keep})
        measuring.rest(self._process.pid)
        return reply

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended early (exit code {self._process.wait()})")
        reply: dict[str, Any] = json.loads(line)
        return reply


def measure(workers: list[Worker], mode: str, passes: int, seed: int = 1) -> Taken:
    """All passes of a mode."""
    shuffler = random.Random(seed)
    order = [worker for worker in workers if worker.numbers(mode)]
    taken = Taken()
    samples: dict[str, dict[int, list[float]]] = {}
    for worker in order:
        own = worker.numbers(mode)
        samples[worker.name] = {number: [] for number in own}
        for number in range(WARM.get(engines.family(worker.name), 2)):
            shuffled = shuffler.sample(own, len(own))
            reply = worker.run(mode, shuffled, keep=number == 0)
            if number == 0:
                taken.answers[worker.name] = dict(zip(shuffled, reply["answers"], strict=True))
    for number in range(passes):
        order.append(order.pop(0))
        for worker in order:
            if number >= MOST.get(engines.family(worker.name), passes):
                continue
            own = worker.numbers(mode)
            shuffled = shuffler.sample(own, len(own))
            for query, took in zip(shuffled, worker.run(mode, shuffled)["us"], strict=True):
                samples[worker.name][query].append(took)
    for name, found in samples.items():
        taken.medians[name] = {number: statistics.median(all_) for number, all_ in found.items()}
    return taken

"""One engine in a process of its own, asked by lines of JSON: what `crew.py` starts.

Arguments: the engine's name and its folder. First it says `{"version", "segments", "counts"}`. Then
it answers each line of standard input by one of its output:

- `{"queries": [[class, text], …]}`, once: `{"can": [true, …]}`, which of them it can answer;
- `{"mode", "limit", "order": [number, …], "keep": false}`, a pass: `{"us": [float, …]}`, the
  microseconds of each query, in that order; with `keep` also `answers`: the ids of the best hits,
  or the number of all where the mode counts.

An engine that takes many queries in a call gets a class's queries in one, classes in the order of
their first query, and each query has the mean of its class.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

import engines
from engines.protocol import Answer, OpenBatches, OpenIndex

Pass = tuple[list[float], list[Any]]  # µs and answers of each query
Asked = list[tuple[str, Any]]  # class and prepared query


def main() -> None:
    """Open the index, then answer until the input ends."""
    name, folder = sys.argv[1:]
    # What an engine prints must not come between the lines of the protocol.
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    engine = engines.load(name)
    index = engine.open(folder)
    many = hasattr(index, "top_many")
    hello = {
        "version": engine.version,
        "segments": index.segments,
        "counts": many or index.counts,
    }
    print(json.dumps(hello), file=out)
    asked: Asked = []
    for line in sys.stdin:
        request = json.loads(line)
        if "queries" in request:
            prepare = (lambda text: text) if many else index.prepare
            asked = [(group, prepare(text)) for group, text in request["queries"]]
            reply: dict[str, Any] = {"can": [query is not None for _, query in asked]}
        else:
            chosen = [asked[number] for number in request["order"]]
            run = _run_batches if many else _run
            times, answers = run(index, chosen, request["mode"], request["limit"])
            reply = {"us": times}
            if request["keep"]:
                reply["answers"] = [_kept(answer) for answer in answers]
        print(json.dumps(reply), file=out)


def _run(index: OpenIndex, chosen: Asked, mode: str, limit: int) -> Pass:
    """Each query by itself; the garbage collector waits, as its pauses are nobody's own."""
    call: Callable[[Any], Any]
    if mode == "count":
        call = index.count
    elif mode == "top100count":

        def call(query: Any) -> Any:
            return index.top_and_count(query, limit)

    else:

        def call(query: Any) -> Any:
            return index.top(query, limit)

    times, answers = [], []
    gc.collect()
    gc.disable()
    try:
        for _, query in chosen:
            begin = perf_counter_ns()
            answer = call(query)
            times.append((perf_counter_ns() - begin) / 1000)
            answers.append(answer)
    finally:
        gc.enable()
    return times, answers


def _run_batches(index: OpenBatches, chosen: Asked, mode: str, limit: int) -> Pass:
    """A call for the queries of each class."""
    places: dict[str, list[int]] = {}
    for place, (group, _) in enumerate(chosen):
        places.setdefault(group, []).append(place)
    times = [0.0] * len(chosen)
    answers: list[Any] = [None] * len(chosen)
    gc.collect()
    gc.disable()
    try:
        for own in places.values():
            texts = [chosen[place][1] for place in own]
            begin = perf_counter_ns()
            found: list[Any]
            if mode == "count":
                found = index.count_many(texts)
            elif mode == "top100count":
                found = index.top_and_count_many(texts, limit)
            else:
                found = index.top_many(texts, limit)
            mean = (perf_counter_ns() - begin) / 1000 / len(own)
            for place, answer in zip(own, found, strict=True):
                times[place], answers[place] = mean, answer
    finally:
        gc.enable()
    return times, answers


def _kept(answer: Any) -> int | list[str]:
    """The number of all hits where there is one, else the ids of those with a score."""
    if isinstance(answer, int):
        return answer
    if isinstance(answer[1], int):
        return answer[1]
    found: Answer = answer
    return [str(key) for key, score in zip(*found, strict=True) if score]


if __name__ == "__main__":
    main()

"""One build in this process, for `measuring.build`: its task as JSON in, its times as JSON out."""

from __future__ import annotations

import json
import sys
import time

import corpus
import engines
import measuring
from layout import Layout


def main() -> None:
    """Read the task from the first argument, build, and print one line of JSON."""
    task = json.loads(sys.argv[1])
    measuring.pin(task["core"])
    engine = engines.load(task["engine"])
    documents = corpus.load(task["corpus"])
    if task["ready"]:
        documents = corpus.Ready(documents)
    begin, begin_cpu = time.perf_counter(), time.process_time()
    engine.build(documents, task["folder"], task["threads"], Layout(**task["layout"]))
    seconds, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    high_water = measuring.memory_bytes("VmHWM")
    result = {
        "engine": engine.name,
        "version": engine.version,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "high_water_mb": high_water and high_water / measuring.MEGABYTE,
        "segments": None if engine.name == "reading" else engine.open(task["folder"]).segments,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

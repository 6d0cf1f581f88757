"""One engine written to in small steps, in this process: what `incremental.py` starts.

The first argument is the task as JSON: the engine, the folder of its index, the file of the
documents it was built from, and the work. One line of JSON comes out. Works are

- `commits`: new documents, one a commit;
- `batches`, `singly`: existing documents replaced, so many or one a commit;
- `mixed`: replaced in batches, one every so many seconds, while another process (this file, with a
  second argument) searches.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import corpus
import engines
from engines.protocol import Writing

NEW_IDS = 10**12  # above those of the collection
QUERIES = 200
QUIET_SEARCHES = 1_000

Document = dict[str, Any]
Step = list[tuple[Document, Document | None]]  # new documents, and what they replace


def main() -> None:
    """Do the task."""
    task = json.loads(sys.argv[1])
    if sys.argv[2:]:
        _search(task)
        return
    documents = list(corpus.load(task["corpus"]).read())
    engine: Any = engines.load(task["engine"])
    before = _bytes_written()
    writing: Writing = engine.write(task["folder"])
    if task["work"] == "mixed":
        with _reader(task) as reader:
            times = _write(writing, _steps(task, documents), task["every"])
            searches = json.loads(reader.communicate()[0])
    else:
        times, searches = _write(writing, _steps(task, documents), 0), None
    begin = time.perf_counter()
    writing.close()
    closing = time.perf_counter() - begin
    index = engine.open(task["folder"])
    new = task["steps"] if task["work"] == "commits" else 0
    if index.documents != len(documents) + new:
        raise SystemExit(f"{task['engine']} has {index.documents} documents, not {new} more")
    after = _bytes_written()
    result = {
        "version": engine.version,
        "commit_ms": times,
        "closing_s": closing,
        "segments": index.segments,
        "written_mb": None if after is None or before is None else (after - before) / 1e6,
        "searches": searches,
    }
    print(json.dumps(result))


def _steps(task: dict[str, Any], documents: list[Document]) -> Iterator[Step]:
    """The documents of each commit. A replaced one gets the text of the one behind it."""
    chosen = random.Random(1)
    texts = {document["id"]: document["text"] for document in documents}
    for step in range(task["steps"]):
        if task["work"] == "commits":
            text = documents[step % len(documents)]["text"]
            yield [({"id": str(NEW_IDS + step), "text": text}, None)]
            continue
        pairs: Step = []
        for place in chosen.sample(range(len(documents)), task["batch"]):
            key, text = (
                documents[place]["id"],
                documents[(place + step + 1) % len(documents)]["text"],
            )
            pairs.append(({"id": key, "text": text}, {"id": key, "text": texts[key]}))
            texts[key] = text
        yield pairs


def _write(writing: Writing, steps: Iterator[Step], every: float) -> list[float]:
    """The ms of each step, adding and commit together, which begin `every` seconds if they can."""
    times = []
    due = time.perf_counter()
    for step in steps:
        time.sleep(max(0.0, due - time.perf_counter()))
        due += every
        begin = time.perf_counter()
        for document, before in step:
            if before is None:
                writing.add(document)
            else:
                writing.replace(document, before)
        writing.commit()
        times.append((time.perf_counter() - begin) * 1000)
    return times


def _reader(task: dict[str, Any]) -> subprocess.Popen[str]:
    """The process that searches, once it is about to."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve()), sys.argv[1], "search"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    if process.stdout.readline() != "ready\n":
        raise SystemExit(f"the reader of {task['engine']} failed")
    return process


def _search(task: dict[str, Any]) -> None:
    """Search until the input ends; before that, while nothing is written."""
    import threading

    index: Any = engines.load(task["engine"]).open(task["folder"])
    texts = [document["text"] for document in corpus.load(task["corpus"]).read()]
    queries = cycle([index.prepare(text) for text in _queries(texts)])
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    times: dict[str, list[float]] = {"quiet_us": [], "search_us": [], "refresh_us": []}
    for _ in range(QUIET_SEARCHES):
        begin = time.perf_counter_ns()
        index.top(next(queries), 10)
        times["quiet_us"].append((time.perf_counter_ns() - begin) / 1000)
    print("ready", flush=True)
    while not ended.is_set():
        begin = time.perf_counter_ns()
        index.refresh()
        middle = time.perf_counter_ns()
        index.top(next(queries), 10)
        times["refresh_us"].append((middle - begin) / 1000)
        times["search_us"].append((time.perf_counter_ns() - middle) / 1000)
        time.sleep(task["pause"])
    print(json.dumps(times))


def _queries(texts: list[str]) -> list[str]:
    """Two words each, from the titles, which are the texts' first lines."""
    titles = [text.strip().partition("\n")[0].lower() for text in texts]
    words = [re.findall(r"\b[a-z]{4,}\b", title)[:2] for title in titles]
    pairs = [" ".join(two) for two in words if len(two) == 2]
    if not pairs:
        raise SystemExit("the documents' first lines have no words to search for")
    return random.Random(2).choices(pairs, k=QUERIES)


def _bytes_written() -> int | None:
    """What this process has written by system calls; None where /proc doesn't say it."""
    try:
        fields = Path("/proc/self/io").read_text().split()
    except OSError:
        return None
    return int(fields[fields.index("wchar:") + 1])


if __name__ == "__main__":
    main()

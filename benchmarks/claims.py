"""What surrounds matching, and how it grows: searchkit alone, on the index of a collection.

- What a search costs beside matching: ten short documents in memory, all of which match; searched,
  and the scores and ids of the ten hits read.
- The best of the collection's most frequent word, to reading its whole list: for counting it with
  a rare word (alone its count is known), for scoring and ordering every document.
- A union of 20 words to those of its first 10 and 5; unions of 1,000 and of 10,000 words.
- `search_many` with two threads to one, over many queries of all classes, before the process is
  pinned to a core for the rest.

Each time is the median of a number of calls; goals stand beside what has one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns

import classes
import measuring
import searchkit as sk
from building import build_all
from corpus import Corpus
from layout import Layout

SURROUNDING = ("a b", "+a +b", '"a b"')
Line = tuple[str, float, str, str]  # what, how much, of which unit, the goal


def main() -> None:
    """Parse the options, build what is missing, measure, print."""
    options = _options()
    layout = Layout(one_segment=options.one_segment)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.index or temporary)
        prepared = build_all(options, ["searchkit"], folder, layout)
        machine = measuring.machine()
        print(f"{prepared.documents:,} documents; {machine}", flush=True)
        drawn = classes.draw(prepared, options.queries)
        words = _words(prepared)
        with sk.Index.open(str(folder / "searchkit")) as index:
            threads = _threads(index, [text for own in drawn.values() for text in own])
            measuring.pin(measuring.last_core())
            lines = [
                *_surrounding(options.calls),
                *_frequent(index, words, options.calls),
                *_long(index, words, options.calls),
                *threads,
            ]
    print(measuring.table(["what", "measured", "unit", "goal"], lines))
    if options.json:
        report = {"machine": machine, "documents": prepared.documents, "lines": lines}
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help=".jsonl or .jsonl.xz with id, title, text")
    parser.add_argument("--index", help="build in this folder and keep it (as queries.py does)")
    parser.add_argument("--limit", type=int, help="only the first LIMIT documents")
    parser.add_argument("--ascii", action="store_true", help="only documents of plain ASCII")
    parser.add_argument("--paragraphs", action="store_true", help="documents are paragraphs")
    parser.add_argument("--one-segment", action="store_true", help="merge the index to a segment")
    parser.add_argument("--queries", type=int, default=60, help="a class, for the threads")
    parser.add_argument("--calls", type=int, default=200, help="of each (default: 200)")
    parser.add_argument("--json", metavar="FILE", help="write the table there, too")
    return parser.parse_args()


def _words(prepared: Corpus) -> list[str]:
    """Plain words of a sample of the collection, the most frequent first."""
    shares, _ = classes.sample(prepared)
    return [word for word, _ in shares.most_common() if classes.plain(word)]


def _surrounding(calls: int) -> list[Line]:
    schema = sk.Schema(id=sk.Keyword(key=True), text=sk.Text(analyzer="english", stored=False))
    with sk.Index.in_memory(schema) as index:
        with index.writer() as writer:
            writer.add_many({"id": str(number), "text": "a b"} for number in range(10))
            writer.commit()
        if index.count("a b") != 10:
            raise SystemExit("the ten documents don't all match")
        return [
            (f"ten documents: {text}", _microseconds(_whole(index, text), calls * 10), "µs", "≤ 6")
            for text in SURROUNDING
        ]


def _whole(index: sk.Index, text: str) -> Callable[[], object]:
    def call() -> object:
        hits = index.search(text)
        return hits.scores, hits.column("id")

    return call


def _frequent(index: sk.Index, words: list[str], calls: int) -> list[Line]:
    word, with_rare = words[0], f"{words[0]} {words[-1]}"
    best = _microseconds(lambda: index.search(word), calls)
    counted = _microseconds(lambda: index.count(with_rare), calls)
    every = _microseconds(lambda: index.search(word, limit=None), max(calls // 10, 3))
    return [
        (f"documents with {word!r}", float(index.count(word)), "", ""),
        ("its 10 best", best, "µs", ""),
        ("its list read and counted", counted, "µs", ""),
        ("its list scored and ordered", every, "µs", ""),
        ("its 10 best to counting", best / counted, "x", ""),
        ("its 10 best to scoring", best / every, "x", ""),
    ]


def _long(index: sk.Index, words: list[str], calls: int) -> list[Line]:
    """Unions of middling words: the most frequent hundred are left out."""
    rest = words[100:]
    times = {number: _microseconds(_union(index, rest[:number]), calls) for number in (5, 10, 20)}
    lines: list[Line] = [(f"{number} words", took, "µs", "") for number, took in times.items()]
    lines += [(f"20 words to {number}", times[20] / times[number], "x", "") for number in (10, 5)]
    for number in (1_000, 10_000):
        own = rest[:number]
        took = _microseconds(_union(index, own), max(calls // 50, 3)) / 1e6
        lines.append((f"{len(own):,} words", took, "s", "< 1"))
    return lines


def _union(index: sk.Index, words: list[str]) -> Callable[[], object]:
    text = " ".join(words)
    return lambda: index.search(text)


def _threads(index: sk.Index, texts: list[str], seconds: float = 1.0) -> list[Line]:
    """Turns of about ``seconds`` each, one thread and two."""
    begin = perf_counter_ns()
    index.search_many(texts, threads=1)
    many = texts * max(1, round(seconds * 1e9 / (perf_counter_ns() - begin)))
    rates: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(5):
        for threads, found in rates.items():
            begin = perf_counter_ns()
            index.search_many(many, threads=threads)
            found.append(len(many) * 1e9 / (perf_counter_ns() - begin))
    one, two = (statistics.median(rates[threads]) for threads in (1, 2))
    return [
        ("queries a second, 1 thread", one, "1/s", ""),
        (f"queries a second, 2 threads ({os.cpu_count()} cores)", two, "1/s", ""),
        ("2 threads to 1", two / one, "x", "≥ 1.8"),
    ]


def _microseconds(call: Callable[[], object], calls: int) -> float:
    """The median of a call, after two to warm up."""
    call()
    call()
    times = []
    for _ in range(calls):
        begin = perf_counter_ns()
        call()
        times.append(perf_counter_ns() - begin)
    return statistics.median(times) / 1000


if __name__ == "__main__":
    main()

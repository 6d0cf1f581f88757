"""What surrounds the matching: calls whose matching is next to nothing.

Queries over an index in memory of ten documents a segment, with one or two Text fields and one or
eight segments: `index.search` with the hits' ids and scores read, `index.count`, and a query's
share of `search_many` and `count_many` with one thread. With `--index`, the folder kept by
`queries.py --index`, also rare terms of that index, each once a pass. The best of several passes,
in µs; to compare two builds, let them take turns (PYTHONPATH names the other's folder).
"""

from __future__ import annotations

import argparse
import gc
import random
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns

import measuring
import searchkit as sk

QUERIES = ["alpha", "alpha beta", "+alpha +beta", '"alpha beta"']
CALLS = 1000


def main() -> None:
    """Parse the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", help="the folder kept by queries.py --index")
    parser.add_argument("--passes", type=int, default=9, help="passes (default: 9)")
    options = parser.parse_args()
    print(measuring.machine())
    measuring.pin(measuring.last_core())
    gc.disable()
    rows = []
    for fields, segments in ((1, 1), (2, 1), (1, 8)):
        index = _tiny(fields, segments)
        for query in QUERIES:
            name = f"{query}; fields: {fields}, segments: {segments}"
            rows.append([name, *_measure(index, [query] * CALLS, options.passes)])
    if options.index:
        index = sk.Index.open(str(Path(options.index) / "searchkit"))
        rows.append(["rare terms", *_measure(index, _rare(index), options.passes)])
    print(measuring.table(["query", "search", "count", "search_many", "count_many"], rows))


def _tiny(fields: int, segments: int) -> sk.Index:
    text = {f"text{number}": sk.Text(analyzer="english") for number in range(fields)}
    index = sk.Index.in_memory(sk.Schema(id=sk.Keyword(key=True), **text))
    with index.writer() as writer:
        for segment in range(segments):
            for number in range(10):
                values = dict.fromkeys(text, "alpha beta gamma " * (number % 3 + 1))
                writer.add({"id": f"{segment}-{number}", **values})
            writer.commit()
    return index


def _rare(index: sk.Index) -> list[str]:
    """Words that stand in 2 to 40 documents."""
    [segment, *_] = [view.segment for view in index.snapshot.segments]
    field = segment.field(index.schema.ids["text"])
    drawn: list[str] = []
    chance = random.Random(1)
    while field is not None and len(drawn) < CALLS:
        term = field.terms[chance.randrange(len(field.terms))]
        if term.isalpha() and term.isascii() and 2 <= index.count(term.decode()) <= 40:
            drawn.append(term.decode())
    return drawn


def _measure(index: sk.Index, texts: list[str], passes: int) -> list[float]:
    def search() -> None:
        for text in texts:
            hits = index.search(text, limit=10)
            hits.column("id")
            hits.scores  # noqa: B018

    def count() -> None:
        for text in texts:
            index.count(text)

    return [
        _best(call, passes) / len(texts)
        for call in (
            search,
            count,
            lambda: index.search_many(texts, threads=1),
            lambda: index.count_many(texts, threads=1),
        )
    ]


def _best(call: Callable[[], object], passes: int) -> float:
    taken = []
    for _ in range(passes):
        begin = perf_counter_ns()
        call()
        taken.append((perf_counter_ns() - begin) / 1000)
    return min(taken)


if __name__ == "__main__":
    main()

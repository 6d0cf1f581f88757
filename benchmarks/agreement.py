"""Agreement: every hit count, order and score beside the tests' naive engine (tests/oracle.py).

Over the first documents of a collection, with all queries of the game, the searchkit index is
built twice: as one segment, and as eight (a commit after every eighth). Each query is asked for
its count, its top 10 (which is pruned) and all of its hits (which is not); ids must come in the
oracle's order, and scores differ by at most 1e-5. Exit code 0 if everything agrees, 1 if not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter

import corpus
import searchkit as sk

ROOT = Path(__file__).resolve().parent.parent
TOLERANCE = 1e-5
TOP = 10

Document = dict[str, str]
Ranking = list[tuple[str, float]]  # (id, score), best first


def main() -> None:
    """Parse the options, ask both engines everything, say what differs."""
    options = _options()
    texts = [query for _, query in corpus.read_queries(options.queries)]
    documents = _documents(options)
    schema = _schema(options)
    print(f"{len(documents):,} documents, {len(texts)} queries, {schema}", flush=True)
    begin = perf_counter()
    expected = _ask_oracle(schema, documents, texts)
    print(f"oracle: {perf_counter() - begin:.0f} s", flush=True)
    wrong = 0
    for commits in (1, 8):
        with tempfile.TemporaryDirectory() as folder:
            _build(schema, documents, commits, folder)
            with sk.Index.open(folder) as index:
                found = [_difference(index, text, expected[text]) for text in expected]
        messages = [message for message in found if message]
        wrong += len(messages)
        print(f"{commits} commit(s): {len(found) - len(messages)} of {len(found)} queries agree")
        for message in messages[: options.examples]:
            print(f"  {message}")
    sys.exit(1 if wrong else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help=".jsonl or .jsonl.xz with id, title, text")
    parser.add_argument("queries", help="the game's queries: .jsonl with query, tags")
    parser.add_argument("--limit", type=int, default=10_000, help="documents (default: 10000)")
    parser.add_argument(
        "--two-fields",
        action="store_true",
        help="title (weight 2) and text as fields of their own, not joined into one",
    )
    parser.add_argument("--examples", type=int, default=10, help="differences shown")
    return parser.parse_args()


def _schema(options: argparse.Namespace) -> sk.Schema:
    text = sk.Text(analyzer="english", stored=False)
    if not options.two_fields:
        return sk.Schema(id=sk.Keyword(key=True), text=text)
    title = sk.Text(analyzer="english", stored=False, weight=2.0)
    return sk.Schema(id=sk.Keyword(key=True), title=title, text=text)


def _documents(options: argparse.Namespace) -> list[Document]:
    documents = []
    with corpus.open_lines(options.corpus) as lines:
        for line in islice(lines, options.limit):
            record = json.loads(line)
            if not options.two_fields:
                record["text"] = f"{record.pop('title')}\n{record['text']}"
            documents.append(record)
    return documents


def _build(schema: sk.Schema, documents: list[Document], commits: int, folder: str) -> None:
    """Index all documents, with a commit after each of `commits` equal parts."""
    rest = iter(documents)
    share = -(-len(documents) // commits)
    with sk.Index.create(folder, schema) as index, index.writer(threads=1) as writer:
        while part := list(islice(rest, share)):
            writer.add_many(part)
            writer.commit()


def _ask_oracle(
    schema: sk.Schema, documents: list[Document], texts: Sequence[str]
) -> dict[str, Ranking]:
    """Every query's whole ranking by the tests' oracle."""
    sys.path.insert(0, str(ROOT / "tests"))
    from oracle import Oracle

    oracle = Oracle(schema)
    for document in documents:
        oracle.add(document)
    return {text: oracle.search(text) for text in texts}


def _difference(index: sk.Index, text: str, expected: Ranking) -> str | None:
    """What differs first for the query `text`: its count, its top 10 or all of its hits."""
    count = index.count(text)
    if count != len(expected):
        return f"{text}  counts {count}, the oracle {len(expected)}"
    for limit in (TOP, max(1, count)):
        hits = index.search(text, limit=limit)
        if hits.total != len(expected):
            return f"{text}  total {hits.total}, the oracle {len(expected)}"
        ids, scores, wanted = hits.column("id"), hits.scores, expected[:limit]
        if len(ids) != len(wanted):
            return f"{text}  top {limit}: {len(ids)} hits, the oracle {len(wanted)}"
        for rank, (key, score, (right, best)) in enumerate(zip(ids, scores, wanted), 1):
            if key != right or abs(score - best) > TOLERANCE:
                got = f"{key} ({score:.7f}), the oracle {right} ({best:.7f})"
                return f"{text}  top {limit}, rank {rank}: {got}"
    return None


if __name__ == "__main__":
    main()

"""Makes the golden index of the current format: ``python tests/golden/make.py``.

It writes ``format-<version>/``, an index, and ``format-<version>.json``, what it is to answer.
Those of a released format are never made again: whatever later versions write, they open it.
Until format 0 is released, a change of the format is a reason to run this.
"""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import searchkit as sk
from searchkit.segment.container import FORMAT_VERSION

__all__ = ["QUERIES", "SCHEMA", "answers", "documents", "fill"]

HERE = Path(__file__).parent
SCHEMA = sk.Schema(
    id=sk.Keyword(key=True),
    title=sk.Text(weight=2.0),
    body=sk.Text(analyzer=sk.analyzer("standard") | sk.stop("english"), many=True),
    tags=sk.Keyword(many=True),
    stars=sk.Integer(),
    price=sk.Float(),
    draft=sk.Boolean(),
    day=sk.Date(),
)
QUERIES = [
    "crane",
    "title:swift",
    "body:tern OR body:heron OR stork",
    "+crane +wader -tags:north",
    '"crane wader"',
    '"wader the crane"~4',
    '"tern tern"',
    "tags:south stars:3",
    "stars:-2",
    "price:0.5",
    "draft:true AND tern",
    "day:2016-03-14",
    "*:*",
    "ibis",
    "nowhere",
]


def documents() -> list[dict[str, Any]]:
    """Short texts of few words, some long, some fields missing."""
    rng = random.Random(2016)
    birds = ["crane", "tern", "swift", "heron", "stork", "wader", "the", "godwit", "öre"]
    weights = [60, 30, 20, 10, 8, 30, 10, 3, 1]
    made = []
    for number in range(150):
        document: dict[str, Any] = {"id": f"b{number}"}
        if number % 10:
            document["title"] = " ".join(rng.choices(birds, weights, k=rng.randint(1, 3)))
        if number % 7:
            values = [" ".join(rng.choices(birds, weights, k=rng.randint(0, 5))) for _ in "ab"]
            document["body"] = values[: rng.randint(1, 2)]
        if number % 3 == 0:
            document["tags"] = rng.sample(["north", "south", ""], rng.randint(1, 2))
            document["stars"] = rng.randint(-2, 5)
        if number % 5 == 0:
            document |= {"price": number / 10, "draft": number % 2 == 0, "day": "2016-03-14"}
        made.append(document)
    made[40]["body"] = ["crane " * 300 + "ibis"]
    return made


def fill(index: Any) -> None:
    """A merged segment with gaps among its sequence numbers, two more, and deletions in two."""
    made = documents()
    with index.writer() as writer:
        writer.add_many(made[:140])
        writer.commit()
        for number in (3, 77, 139):
            writer.delete(f"b{number}")
    index.optimize()
    with index.writer() as writer:
        writer.add_many(made[140:])
        writer.flush()
        writer.upsert({"id": "b8", "title": "swift swift", "stars": 3})
        writer.delete("b100")
        writer.delete("b141")


def answers(index: Any) -> dict[str, Any]:
    """What the index says to every query: how many match, ids and scores of the first."""
    found: dict[str, Any] = {}
    for query in QUERIES:
        hits = index.search(query, limit=5)
        best = [[hit.id, hit.score] for hit in hits]
        found[query] = {"count": index.count(query), "best": best}
    return found


def main() -> None:
    """Makes the folder and its answers anew."""
    folder = HERE / f"format-{FORMAT_VERSION}"
    shutil.rmtree(folder, ignore_errors=True)
    with sk.Index.create(folder, SCHEMA) as index:
        fill(index)
    with sk.Index.open(folder) as index:
        used = {file for view in index.snapshot.segments for file in view.files}
        used.add(f"commit-{index.snapshot.generation}")
        said = {"documents": len(index), "b0": index.get("b0"), "queries": answers(index)}
    for path in folder.iterdir():
        if path.name not in used:
            path.unlink()
    text = json.dumps(said, indent=1, ensure_ascii=False, default=str)
    (HERE / f"format-{FORMAT_VERSION}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()

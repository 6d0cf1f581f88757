"""The sample collection, indexed by the command line and searched: its judgements hold."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import searchkit as sk

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parents[1] / "seeds"
QUERIES = [json.loads(line) for line in (HERE / "queries.jsonl").read_text("utf-8").splitlines()]
CUT = 10


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sk.Index]:
    folder = tmp_path_factory.mktemp("collection")
    shutil.copytree(SEEDS, folder / "seeds")
    command = Path(sys.executable).with_name("searchkit")
    where = ["--index", str(folder / ".searchkit")]
    subprocess.run([command, "index", *where, "seeds"], cwd=folder, check=True)
    with sk.Index.open(folder / ".searchkit") as opened:
        yield opened


@pytest.fixture(scope="module")
def judged() -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for line in (HERE / "judgements.tsv").read_text("utf-8").splitlines():
        query, path, grade = line.split("\t")
        if grade.isdigit():
            grades[query][path] = int(grade)
    return grades


def gain(grades: list[int]) -> float:
    """Discounted cumulated gain (Järvelin and Kekäläinen, 2002) of the first ten."""
    return sum((2**grade - 1) / math.log2(rank + 2) for rank, grade in enumerate(grades[:CUT]))


def ndcg(index: sk.Index, text: str, grades: dict[str, int]) -> float:
    found = [grades.get(str(path), 0) for path in index.search(text, limit=CUT).column("path")]
    return gain(found) / gain(sorted(grades.values(), reverse=True))


def test_all_documents_are_there(index: sk.Index) -> None:
    assert len(index) == index.count("*:*") >= 100


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query["id"])
def test_a_good_document_is_found(
    index: sk.Index, judged: dict[str, dict[str, int]], query: dict[str, str]
) -> None:
    hits = index.search(query["query"], limit=CUT)
    assert hits.diagnostics == []
    grades = judged[query["id"]]
    assert max(grades.get(path, 0) for path in hits.column("path")) >= 2


def test_ranking_is_good_on_the_whole(index: sk.Index, judged: dict[str, dict[str, int]]) -> None:
    values = [ndcg(index, query["query"], judged[query["id"]]) for query in QUERIES]
    assert sum(values) / len(values) > 0.85, dict(zip([q["id"] for q in QUERIES], values))

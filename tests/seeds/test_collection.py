"""The sample collection and its judgements, checked as data: no engine takes part."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
HERE = Path(__file__).resolve().parent
SUFFIXES = {".md", ".txt", ".html", ".jsonl"}


def seed_files() -> list[Path]:
    """Every file under seeds/, hidden files and folders left out, in a fixed order."""
    found = (path for path in SEEDS.rglob("*") if path.is_file())
    return sorted(p for p in found if not any(x[0] == "." for x in p.relative_to(SEEDS).parts))


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def title_of(path: Path) -> str:
    """The title of a file that is one document."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        found = re.search(r"<title>(.*?)</title>", text)
        assert found, f"{path} has no title"
        return html.unescape(found.group(1))
    first = text.split("\n", 1)[0]
    if path.suffix == ".md":
        assert first.startswith("# "), f"{path} does not begin with a heading"
        return first[2:].strip()
    return first.strip()


def titles() -> dict[str, str]:
    """Title of each document by its path from the root, `file#line` for a JSON Lines record."""
    out: dict[str, str] = {}
    for path in seed_files():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".jsonl":
            for number, record in enumerate(lines_of(path), 1):
                out[f"{name}#{number}"] = record["title"]
        else:
            out[name] = title_of(path)
    return out


def queries() -> list[dict[str, Any]]:
    """The records of queries.jsonl."""
    return lines_of(HERE / "queries.jsonl")


def judgements() -> list[tuple[str, str, int]]:
    """(query id, path of the document, grade) for each line of judgements.tsv."""
    rows = []
    for line in (HERE / "judgements.tsv").read_text(encoding="utf-8").splitlines():
        query, path, grade = line.split("\t")
        rows.append((query, path, int(grade)))
    return rows


def test_only_known_kinds_of_files() -> None:
    assert {path.suffix for path in seed_files()} == SUFFIXES


def test_at_least_a_hundred_documents() -> None:
    assert len(titles()) >= 100


def test_titles_are_there_and_differ() -> None:
    seen: dict[str, str] = {}
    for path, title in titles().items():
        assert title, f"{path} has an empty title"
        other = seen.setdefault(title.casefold(), path)
        assert other == path, f"{path} and {other} are both called {title!r}"


def test_json_lines_records_have_the_same_fields() -> None:
    fields = {"id", "title", "body", "tags", "published", "stars"}
    for path in (p for p in seed_files() if p.suffix == ".jsonl"):
        records = lines_of(path)
        assert len({record["id"] for record in records}) == len(records)
        for record in records:
            assert set(record) == fields
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", record["published"])
            assert 1 <= record["stars"] <= 5


def test_twenty_five_queries_with_ids_of_their_own() -> None:
    records = queries()
    assert len(records) == len({record["id"] for record in records}) == 25
    for record in records:
        assert set(record) == {"id", "query", "note"}
        assert record["query"].strip()


def test_a_dozen_queries_are_plain_words() -> None:
    plain = [
        record
        for record in queries()
        if re.fullmatch(r"[\w ]+", record["query"])
        and not {"AND", "OR", "NOT"} & set(record["query"].split())
    ]
    assert len(plain) >= 12


def test_judged_documents_exist_and_grades_are_in_range() -> None:
    known = titles()
    ids = {record["id"] for record in queries()}
    for query, path, grade in judgements():
        assert query in ids, query
        assert path in known, path
        assert 0 <= grade <= 3, (query, path, grade)


def test_no_document_is_judged_twice_for_a_query() -> None:
    pairs = [(query, path) for query, path, _ in judgements()]
    assert len(pairs) == len(set(pairs))


def test_every_query_has_a_relevant_document() -> None:
    good = {query for query, _, grade in judgements() if grade >= 2}
    assert good == {record["id"] for record in queries()}

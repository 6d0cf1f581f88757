"""The types of fields: by all records or, as far as that says the same, by the first."""

from __future__ import annotations

import io
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

import searchkit as sk
from searchkit_cli import index as command, spool
from searchkit_cli.main import run
from searchkit_cli.progress import Tally
from searchkit_cli.records import Reader
from searchkit_cli.sources import Source
from searchkit_cli.survey import LATE_FIELDS, MOST_FIELDS, Survey

Records = list[dict[str, Any]]


def test_types_of_fields() -> None:
    survey = Survey()
    first = {
        "i": 1, "f": 1, "big": 2**63, "b": True, "t": "x", "mix": 1, "n": None, "l": [1], "k": "a"
    }  # fmt: skip
    second = {"i": 2, "f": 1.5, "big": 1, "b": False, "mix": "x", "l": 2, "had": "x", "k": "b"}
    assert [survey.add(record) for record in (first, first, second, second)] == [1, 0, 1, 0]
    schema = sk.Schema(id=sk.Keyword(key=True), had=sk.Text())
    assert survey.fields(schema, "german", "k") == {
        "i": sk.Integer(), "f": sk.Float(), "big": sk.Float(), "b": sk.Boolean(),
        "t": sk.Text(analyzer="german"), "mix": sk.Text(analyzer="german"),
        "l": sk.Integer(many=True), "k": sk.Keyword(),
    }  # fmt: skip


@pytest.fixture
def first_records_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every file the first record is surveyed before it is indexed."""
    monkeypatch.setattr(command, "SURVEYED_BYTES", 1)
    monkeypatch.setattr(command, "LEAST_SURVEYED", 1)


def write(path: Path, records: Records) -> Source:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return Source(str(path), path.name, "records", path.stat().st_size, True)


def indexed(
    folder: Path, files: list[Records], key: str | None, commit_every: int
) -> tuple[sk.Schema, dict[Any, Any], list[int]]:
    """Schema, documents and counts of an index of such files."""
    sources = [write(folder / f"{n}.jsonl", records) for n, records in enumerate(files)]
    schema = sk.Schema(path=sk.Keyword(key=True), had=sk.Integer())
    tally = Tally()
    with sk.Index.in_memory(schema) as index:
        with index.writer(threads=1, memory_mb=16) as writer:
            command._index(index, writer, sources, key, None, commit_every, tally)
        found = {hit.id: hit.fields for hit in index.search("*:*", limit=None)}
        return index.schema, found, [tally.added, tally.failures, tally.bytes]


VALUES = st.one_of(
    st.none(), st.booleans(), st.sampled_from([0, 1, 2**63 - 1, 2**63, 2**64]),
    st.sampled_from([0.5, float("inf"), float("nan")]), st.sampled_from(["x", "7", "\ud800"]),
)  # fmt: skip
RECORDS = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "c.d", "had", "id", "path", "\udfff"]),
        VALUES | st.lists(VALUES, max_size=2) | st.dictionaries(st.just("d"), VALUES),
        max_size=4,
    ),
    max_size=8,
)


@given(files=st.lists(RECORDS, min_size=1, max_size=2), key=st.sampled_from([None, "id"]))
@example(files=[[{"a": None, "c.d": 0}, {"c.d": 1 << 63}]], key="id")  # refused, and yet noted
def test_the_first_records_decide_what_all_would(
    files: list[Records],
    key: str | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("files")
    whole = indexed(folder, files, key, 1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "SURVEYED_BYTES", 16)
        patch.setattr(command, "LEAST_SURVEYED", 8)
        assert indexed(folder, files, key, 0) == whole


def documents(folder: Path) -> dict[str, dict[str, object]]:
    with sk.Index.open(folder) as index:
        return {str(hit.id): hit.fields for hit in index.search("*:*", limit=None)}


def test_a_late_field_is_added_on_the_way(
    first_records_alone: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "r.jsonl", [{"a": 1}, {"a": 2, "b": "x"}, {"b": "y"}])
    assert run(["index", "--index", str(tmp_path / "ix"), "--key", "path", source.path]) == 2
    assert run(["index", "--index", str(tmp_path / "ix"), source.path]) == 0
    assert "indexed anew" not in capsys.readouterr().err
    found = documents(tmp_path / "ix")
    assert [{**found[key], "path": ""} for key in sorted(found)] == [
        {"path": "", "a": 1}, {"path": "", "a": 2, "b": "x"}, {"path": "", "b": "y"}
    ]  # fmt: skip


def test_a_late_type_begins_all_again(
    first_records_alone: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "r.jsonl", [{"a": 1}, {"a": "\ud800"}, {"a": 2}, {"a": 0.5}, {"a": 2**64}])
    (tmp_path / "a.txt").write_text("first")
    paths = [str(tmp_path / name) for name in ("missing", "a.txt", "r.jsonl")]
    assert run(["index", "--index", str(tmp_path / "ix"), *paths]) == 2
    said = capsys.readouterr().err
    assert said.count("'a' is no Integer throughout: all records are read") == 1
    assert said.count("skipped") == 2 + 1 and "2 skipped" in said  # the summary's among them
    assert "5 documents: 5 new" in said
    found = documents(tmp_path / "ix")
    values = [one.get("a") for one in found.values()]
    assert sorted(float(value) for value in values if value) == [0.5, 1, 2, 2**64]


def test_a_late_type_on_stdin(
    first_records_alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = b'{"a": 1}\n{"a": 2}\n{"a": "x"}'
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    monkeypatch.setattr(spool, "CHUNK", 5)
    assert run(["index", "--index", str(tmp_path), "-"]) == 0
    assert sorted(str(one["a"]) for one in documents(tmp_path).values()) == ["1", "2", "x"]


@given(pieces=st.lists(st.sampled_from([b"\n", b"a", b"bcd"])), stops=st.lists(st.integers(0, 9)))
def test_lines_can_be_read_again(
    pieces: list[bytes], stops: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = b"".join(pieces)
    path = tmp_path_factory.mktemp("spool") / "lines"
    with pytest.MonkeyPatch.context() as patch, spool.Spool(io.BytesIO(data), str(path)) as one:
        patch.setattr(spool, "CHUNK", 2)
        for stop in [*stops, len(data)]:
            assert list(islice(one.lines(), stop)) == data.splitlines(keepends=True)[:stop]


def test_commits_in_between_know_all_records(
    first_records_alone: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "r.jsonl", [{"a": 1}, {"a": 2}, {"a": 0.5}])
    folder = str(tmp_path / "ix")
    assert run(["index", "--index", folder, "--commit-every", "1", source.path]) == 0
    assert "indexed anew" not in capsys.readouterr().err
    found = documents(tmp_path / "ix")
    assert sorted(str(one["a"]) for one in found.values()) == ["0.5", "1.0", "2.0"]


def test_a_file_that_changes_between_its_readings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Reader, "look_at", lambda self, most: iter(()))
    source = write(tmp_path / "r.jsonl", [{"a": 1}, {}])
    folder = str(tmp_path / "ix")
    assert run(["index", "--index", folder, "--commit-every", "9", source.path]) == 2
    assert "line 1: document" in capsys.readouterr().err
    assert len(documents(tmp_path / "ix")) == 1


@pytest.mark.parametrize("fields", [LATE_FIELDS + 1, LATE_FIELDS + 2, MOST_FIELDS + 1])
def test_many_late_fields(
    first_records_alone: None, tmp_path: Path, fields: int, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "r.jsonl", [{f"f{n}": 1} for n in range(fields)])
    code = run(["index", "--index", str(tmp_path / "ix"), source.path])
    assert code == (2 if fields > MOST_FIELDS else 0)
    assert ("new fields keep coming: all" in capsys.readouterr().err) == (fields > LATE_FIELDS + 1)
    assert len(documents(tmp_path / "ix")) == (0 if fields > MOST_FIELDS else fields)

"""``search`` and ``count``: what they print, how queries are put together, exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.command import Run


def test_rank_title_path_and_marked_snippet(run: Run, indexed: Path) -> None:
    found = run("search", '"main part" AND rain', cwd=indexed)
    assert found.code == 0
    assert found.lines == [
        "1. Rain on the harbour",
        "   notes/rain.md",
        "   It **[rained]** on the harbour, and the [main part] of the fleet stayed in.",
    ]
    assert found.err == ""


def test_words_are_joined_and_a_minus_belongs_to_the_query(run: Run, indexed: Path) -> None:
    joined = run("search", "-rain", "harbour", "--format=paths", cwd=indexed)
    whole = run("search", "--format", "paths", "-rain harbour", cwd=indexed)
    assert joined.lines == whole.lines
    assert "notes/rain.md" not in joined.lines
    assert len(joined.lines) == 3


def test_minus_and_a_letter_of_an_option_is_text(run: Run, indexed: Path) -> None:
    assert run("count", "-0", "harbour", cwd=indexed).lines == ["4"]
    assert run("count", "harbour", "-h2o", cwd=indexed).lines == ["4"]


def test_after_two_dashes_everything_is_query(run: Run, indexed: Path) -> None:
    assert run("count", "--", "--format", cwd=indexed).lines == ["0"]


@pytest.mark.parametrize(("operator", "count"), [("or", "4"), ("and", "1")])
def test_operator(run: Run, indexed: Path, operator: str, count: str) -> None:
    assert run("count", "--operator", operator, "harbour", "fleet", cwd=indexed).lines == [count]


def test_limit_and_offset(run: Run, indexed: Path) -> None:
    paths = run("search", "harbour", "--format", "paths", cwd=indexed).lines
    page = run("search", "harbour", "--limit", "2", "--offset", "1", cwd=indexed)
    assert next(line for line in page.lines if line[:1].isdigit()).startswith("2. ")
    assert [line.strip() for line in page.lines if line.strip() in paths] == paths[1:3]


def test_json(run: Run, indexed: Path) -> None:
    answer = run("search", "--format", "json", "--limit", "1", "harbour", cwd=indexed).json()
    assert set(answer) == {"total", "took_ms", "hits"}
    assert answer["total"] == 4 and answer["took_ms"] > 0 and len(answer["hits"]) == 1
    (hit,) = run("search", "--format", "json", "stars:4", cwd=indexed).json()["hits"]
    assert hit == {
        "id": "data.jsonl#1",
        "score": 1.0,
        "fields": {
            "path": "data.jsonl#1",
            "title": "First record",
            "body": "A storm in the harbour.",
            "stars": 4,
            "tags": ["sea", "storm"],
        },
    }


def test_json_lines_is_one_hit_a_line(run: Run, indexed: Path) -> None:
    found = run("search", "--format", "jsonl", "harbour", cwd=indexed)
    assert len(found.lines) == 4
    assert all(line.startswith('{"id":') for line in found.lines)


def test_paths_ended_by_nul(run: Run, indexed: Path) -> None:
    found = run("search", "-0", "fleet", cwd=indexed)
    assert found.out == "notes/rain.md\0"
    assert run("search", "-0", "--format", "json", "fleet", cwd=indexed).code == 2


def test_nothing_found_is_1(run: Run, indexed: Path) -> None:
    for form in ("text", "jsonl", "paths"):
        found = run("search", "--format", form, "zebra", cwd=indexed)
        assert (found.code, found.out, found.err) == (1, "", "")
    empty = run("search", "--format", "json", "zebra", cwd=indexed)
    assert (empty.code, empty.json()["hits"]) == (1, [])
    count = run("count", "zebra", cwd=indexed)
    assert (count.code, count.out) == (1, "0\n")


def test_lenient_queries_say_on_stderr_how_they_were_read(run: Run, indexed: Path) -> None:
    found = run("search", "titel:rain", cwd=indexed)
    assert "there is no field 'titel'" in found.err
    assert "did you mean 'title'?" in found.err


def test_strict_queries_show_the_place(run: Run, indexed: Path) -> None:
    found = run("search", "--strict", "rain (sea", cwd=indexed)
    assert (found.code, found.out) == (2, "")
    assert found.err.splitlines()[1:3] == ["  rain (sea", "       ^"]
    wide = run("count", "--strict", "日本 (sea", cwd=indexed)
    assert wide.err.splitlines()[1:3] == ["  日本 (sea", "       ^"]
    long = run("count", "--strict", "x" * 5000 + " (sea", cwd=indexed)
    quoted, carets = long.err.splitlines()[1:3]
    assert len(quoted) < 200 and quoted[carets.index("^")] == "("


def test_snippet_of_another_field(run: Run, indexed: Path) -> None:
    found = run("search", "author.name:ann", cwd=indexed)
    assert found.lines == ["1. Second record", "   data.jsonl#3", "   [Ann]"]


def test_control_characters_stay_away_from_terminals(run: Run, tmp_path: Path) -> None:
    (tmp_path / "evil.txt").write_bytes(b"evil \x1b[31m red \x07 \xc2\x9b31m text\n")
    run("index", "evil.txt", cwd=tmp_path)
    found = run("search", "evil", cwd=tmp_path)
    assert found.code == 0 and "[evil]" in found.out
    assert all(c.isprintable() or c == "\n" for c in found.out)


def test_lenient_queries_show_the_places(run: Run, indexed: Path) -> None:
    found = run("search", "rain titel:rain (sea", cwd=indexed)
    assert found.code == 0
    assert found.err.splitlines() == [
        "searchkit: there is no field 'titel': searched as text",
        "  rain titel:rain (sea",
        "       ^^^^^",
        "  did you mean 'title'?",
        "searchkit: '(' without its ')': closed at the end",
        "  rain titel:rain (sea",
        "                  ^",
        "  close it, or write \\( for the character",
    ]


def test_queries_of_all_forms(run: Run, indexed: Path) -> None:
    found = run("search", "body:(rain* NEAR/3 harbo?r)", cwd=indexed)
    assert found.lines[-1].startswith("   It **[rained]** on the [harbour], and")
    assert run("count", "stars:>=4", cwd=indexed).lines == ["1"]
    assert run("search", "--format", "paths", "harbuor~", cwd=indexed).code == 0
    assert run("count", "stars:[4 TO", cwd=indexed).code in (0, 1)


def test_filter(run: Run, indexed: Path) -> None:
    assert run("count", "harbour", "--filter", "stars:4", cwd=indexed).lines == ["1"]
    found = run("search", "--filter=title:rain", "--format", "paths", "harbour", cwd=indexed)
    assert found.lines == ["notes/rain.md"]
    wrong = run("search", "harbour", "--filter", "(rain", cwd=indexed)
    assert wrong.code == 2 and wrong.err.splitlines()[1:3] == ["  (rain", "  ^"]


def test_fields_and_their_weights(run: Run, indexed: Path) -> None:
    def score(*options: str) -> float:
        hits = run("search", "--format", "json", "rain", *options, cwd=indexed).json()["hits"]
        return float(hits[0]["score"]) if hits else 0.0

    assert run("count", "rain", "--fields", "title", cwd=indexed).lines == ["1"]
    assert run("count", "storm", "--fields", "title", cwd=indexed).lines == ["0"]
    once = score("--fields", "title^1")
    assert score("--fields", "title^3") == pytest.approx(3 * once)
    assert score("--fields", "title^1,body") > once
    assert score("--combine", "max") < score()
    assert score("--combine", "bm25f", "--fields", "title, body") > 0
    for wrong in ("title^many", "nope", "stars", "title^-1", ""):
        found = run("search", "rain", "--fields", wrong, cwd=indexed)
        assert (found.code, found.out) == (2, ""), wrong


def test_expansions(run: Run, indexed: Path) -> None:
    alike = run("search", "--format", "json", "harb*", cwd=indexed).json()["hits"]
    assert {hit["score"] for hit in alike} <= {1.0, 2.0}
    blended = run("search", "--format", "json", "harb*", "--expansions", "blended", cwd=indexed)
    assert len({hit["score"] for hit in blended.json()["hits"]}) > 2

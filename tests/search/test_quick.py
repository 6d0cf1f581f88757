"""Plain queries by the quick way are answered as by the general one, to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

import searchkit as sk
from helpers.general import NoAnswers
from searchkit.search.quick import quick_plan

WORDS = ["alpha", "beta", "gamma", "Delta", "running", "runs", "the", "of", "missing", "a1"]


def documents(random: Random, number: int) -> Iterator[dict[str, Any]]:
    for at in range(number):
        values = {
            "id": str(at),
            "body": " ".join(random.choices(WORDS[:-2], k=random.randint(1, 30))),
        }
        if random.random() < 0.7:
            values["title"] = " ".join(random.choices(WORDS[:-2], k=random.randint(1, 4)))
        yield values


def schema(kind: str) -> sk.Schema:
    body: Any = {
        "english": "english",
        "standard": "standard",
        "stop": sk.analyzer("standard") | sk.stop("english"),
        "function": sk.analyzer("standard") | doubled,
        "stacked": sk.analyzer("standard") | stacked,
    }[kind]
    return sk.Schema(
        id=sk.Keyword(key=True), title=sk.Text(weight=2.0), body=sk.Text(analyzer=body)
    )


def doubled(word: str) -> str:
    return word + word


def stacked(word: str) -> Any:
    return [word, "also" + word] if word == "alpha" else word


def queries(random: Random) -> Iterator[str]:
    while True:
        parts = []
        for _ in range(random.randint(1, 4)):
            words = random.choices(WORDS, k=random.choice([1, 1, 1, 2, 3]))
            text = words[0]
            if len(words) > 1:
                text = f'"{" ".join(words)}"' + random.choice(["", "", "~1", "~4"])
            parts.append(random.choice(["", "", "", "+", "-"]) + text)
        yield " ".join(parts)


@pytest.mark.parametrize("kind", ["english", "standard", "stop", "function", "stacked"])
@pytest.mark.parametrize("segments", [1, 3])
def test_equals_the_general_way(kind: str, segments: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(kind + str(segments))
    index = sk.Index.in_memory(schema(kind))
    with index.writer() as writer:
        for _ in range(segments):
            writer.add_many(
                dict(one, id=f"{one['id']}-{random.random()}") for one in documents(random, 150)
            )
            writer.commit()
        writer.delete_by_query("title:gamma")
    asked = [text for text, _ in zip(queries(random), range(150))]
    options: list[dict[str, Any]] = [{}, {"operator": "and"}, {"total": True}]
    quick = [[index.search(text, **some) for some in options] for text in asked]
    counts = [index.count(text) for text in asked]
    many = [index.search_many(asked, 7, 1, **some) for some in options]
    assert index.count_many(asked, 1) == counts
    late = [index.search(text, timeout=100) for text in asked]
    ready = index.snapshot.prepared
    taken = sum(quick_plan(ready, text, "or") is not None for text in asked)
    assert taken > 50 or kind in ("stop", "stacked")
    monkeypatch.setattr(index.snapshot, "answers", NoAnswers())
    for text, found, count in zip(asked, quick, counts):
        for hits, some in zip(found, options):
            general = index.search(text, **some)
            assert hits._found == general._found, text
            assert hits.query == general.query
            assert [str(one) for one in hits.diagnostics] == [
                str(one) for one in general.diagnostics
            ]
            assert (
                hits.total
                == general.total
                == index.count(
                    text, **{key: value for key, value in some.items() if key == "operator"}
                )
            )
        assert count == index.count(text)
    for hits, text in zip(late, asked):
        assert hits._found == index.search(text)._found
    for own, some in zip(many, options):
        for hits, text in zip(own, asked):
            general = index.search(text, 7, **some)
            assert hits._found == general._found, text
            assert (hits.query, hits.total) == (general.query, general.total)


@pytest.mark.parametrize(
    "text",
    [
        " ".join(["alpha", "+beta"] * 100),
        '"' + " ".join(["alpha", "beta"] * 32) + '"',
        '"' + " ".join(["alpha", "beta"] * 33) + '"',
        '"alpha alpha beta alpha beta beta"',
        "alpha -" + " ".join(["missing"] * 200),
        "x" * 255,
    ],
)
def test_long_queries(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    index = sk.Index.in_memory(schema("english"))
    with index.writer() as writer:
        for at in range(40):
            body = ["alpha beta ", "alpha alpha beta alpha beta beta "][at % 2] * (at + 1)
            writer.add({"id": str(at), "title": "Alpha", "body": body})
    quick = index.search(text, total=True)
    count = index.count(text)
    monkeypatch.setattr(index.snapshot, "answers", NoAnswers())
    general = index.search(text, total=True)
    assert quick._found == general._found
    assert quick.total == general.total == count


def test_what_a_filter_raises_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(word: str) -> str:
        if word == "wrong":
            raise ValueError("no")
        return word

    index = sk.Index.in_memory(sk.Schema(body=sk.Text(analyzer=sk.analyzer("standard") | raises)))
    with index.writer() as writer:
        writer.add({"body": "right"})
    assert len(index.search("right wrong")) == 1
    assert index.search("right wrong").diagnostics
    with pytest.raises(sk.SchemaError):
        index.search("right wrong", strict=True)


def test_without_text_fields() -> None:
    index = sk.Index.in_memory(sk.Schema(id=sk.Keyword(key=True)))
    with index.writer() as writer:
        writer.add({"id": "a"})
    assert (len(index.search("a")), index.search("a").total, index.count("a")) == (0, 0, 0)
    assert index.count_many(["a", "id:a"]) == [0, 1]


def test_fields_alike_are_analysed_once() -> None:
    english = sk.Text(analyzer=sk.analyzer("english"))
    index = sk.Index.in_memory(sk.Schema(a=english, b=sk.Text(analyzer="english"), c=sk.Text()))
    with index.writer() as writer:
        writer.add({"a": "running", "b": "runs", "c": "run"})
    assert len(index.search("Running runs")) == 1
    assert index.count("running") == 1
    assert len(index.search('"running runs"')) == 0


def test_a_closed_index_is_let_go_of() -> None:
    index = sk.Index.from_dicts([{"id": str(at), "text": "a b"} for at in range(20)], key="id")
    snapshot = index.snapshot
    hits = index.search("a b", limit=5)
    index.close()
    assert snapshot.prepared is None
    assert len(hits.scores) == 5
    for call in (index.search, index.count):
        with pytest.raises(sk.IndexClosedError):
            call("a")

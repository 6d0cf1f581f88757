"""Single prefixes and ranges by the quick way are answered as by the general one."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

import searchkit as sk
from helpers.general import NoAnswers
from searchkit.search.quick import quick_plan

WORDS = ["par", "part", "Party", "partly", "pa1", "other", "fuß", "straße", "x", "running"]
BIG = 1 << 62


def upside_down(word: str) -> str:
    return word[::-1]


ANALYZERS: dict[str, Any] = {
    "english": "english",
    "folded": sk.analyzer("standard") | sk.fold,
    "function": sk.analyzer("standard") | upside_down,
}


def schema(analyzer: str, fields: int) -> sk.Schema:
    text = {name: sk.Text(analyzer=ANALYZERS[analyzer], weight=1.5) for name in ["body", "a_1"]}
    return sk.Schema(
        **dict(list(text.items())[:fields]),
        n=sk.Integer(),
        low=sk.Integer(),
        many=sk.Integer(many=True),
        real=sk.Float(),
        day=sk.Date(),
        yes=sk.Boolean(),
        tag=sk.Keyword(),
        never=sk.Integer(),
    )


def document(random: Random, fields: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {name: " ".join(random.choices(WORDS, k=9)) for name in fields}
    made["n"] = random.choice([random.randrange(200), random.randrange(-9, 9), BIG, -BIG])
    made["low"] = 10**15 + random.randrange(90)
    if random.random() < 0.7:
        made["many"] = random.choices(range(-3, 30), k=random.randrange(4))
        made["real"] = random.choice([random.uniform(-5, 50), 3.0, float("inf")])
        made["tag"] = random.choice(WORDS)
        made["yes"] = random.random() < 0.5
    return made


NAMES = ["n", "low", "many", "real", "tag", "yes", "day", "never", "body", "nowhere"]


def query(random: Random) -> str:
    if random.random() < 0.4:
        word = random.choice([*WORDS, "Zz", "partlyx"])
        prefix = word[: random.randint(1, len(word))] + "*"
        return random.choice(["", "", "body:", "a_1:", "tag:", "n:"]) + prefix
    name = random.choice(NAMES)
    few = [random.randrange(-9, 60), 3, 10**15 + random.randrange(90), -(10**17), 10**17]
    low, high = (random.choice([*few, "*"]) for _ in range(2))
    if random.random() < 0.3:
        return f"{name}:{random.choice(['>', '>=', '<', '<='])}{low}"
    return f"{name}:{random.choice('[{')}{low} TO {high}{random.choice(']}')}"


@pytest.mark.parametrize("fields", [1, 2])
@pytest.mark.parametrize("analyzer", list(ANALYZERS))
def test_equals_the_general_way(
    analyzer: str, fields: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(f"{analyzer} {fields}")
    index = sk.Index.in_memory(schema(analyzer, fields))
    names = ["body", "a_1"][:fields]
    with index.writer() as writer:
        for _ in range(3):
            writer.add_many(document(random, names) for _ in range(80))
            writer.commit()
        writer.delete_by_query("many:7 AND n:>3")
    asked = [query(random) for _ in range(150)]
    options: list[dict[str, Any]] = [{}, {"total": True, "limit": 3}, {"offset": 2, "limit": 0}]
    quick = [[index.search(text, **some) for some in options] for text in asked]
    counts = [index.count(text) for text in asked]
    many = [index.search_many(asked, 7, 1, total=total) for total in (False, True)]
    assert index.count_many(asked, 1) == counts
    ready = index.snapshot.prepared
    taken = sum(quick_plan(ready, text, "or") is not None for text in asked)
    assert taken > 40
    monkeypatch.setattr(index.snapshot, "answers", NoAnswers())
    for at, text in enumerate(asked):
        assert counts[at] == index.count(text), text
        for hits, some in zip(quick[at], options):
            same(hits, index.search(text, **some))
        for own in many:
            same(own[at], index.search(text, 7))
        blended = index.search(text, 50, expansions="blended")
        assert len(blended) == min(50, counts[at])


def same(hits: sk.Hits, general: sk.Hits) -> None:
    assert hits._found == general._found, general.query
    assert (hits.query, hits.total) == (general.query, general.total)
    assert list(map(str, hits.diagnostics)) == list(map(str, general.diagnostics))


def test_more_terms_than_are_searched() -> None:
    index = sk.Index.from_dicts([{"text": " ".join(f"a{at}" for at in range((1 << 17) + 1))}])
    hits = index.search("a*")
    assert (len(hits), len(hits.diagnostics)) == (1, 1)
    assert not index.search("a1*").diagnostics
    assert index.count("a*") == 1


def test_how_many_terms_are_searched() -> None:
    index = sk.Index.from_dicts([{"text": f"a{at}"} for at in range(9)])
    assert len(index.search("a*")) == index.count("a*") == 9
    assert len(index.search("a*", max_expansions=3)) == 3
    assert index.count("a*", max_expansions=3) == 3
    assert index.count_many(["a*", "b"], max_expansions=3) == [3, 0]
    assert [len(hits) for hits in index.search_many(["a*"], max_expansions=3)] == [3]


@pytest.mark.parametrize("fields", [1, 2])
def test_filters_equal_the_general_way(fields: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(fields)
    index = sk.Index.in_memory(schema("english", fields))
    names = ["body", "a_1"][:fields]
    with index.writer() as writer:
        for _ in range(3):
            writer.add_many(document(random, names) for _ in range(80))
            writer.commit()
        writer.delete_by_query("many:7 AND n:>3")
    queries = [
        "part",
        "part running",
        "+par -x",
        '"x x"',
        "tag:x",
        "par*",
        "n:>=3",
        "many:[* TO 5]",
    ]
    filters: list[Any] = [one for one in (query(random) for _ in range(60)) if right(index, one)]
    filters += ["part", "+x -running", "nowhere1", "n:>3 AND many:>3", sk.Range("n", 3)]
    asked = [(text, given) for given in filters for text in random.sample(queries, 3)]

    def all_ways() -> list[Any]:
        return [
            (
                (hits := index.search(text, total=True, filter=given))._found,
                hits.total,
                hits.query,
                index.search(text, 3, filter=given).total,
                index.search(text, 3, filter=given, timeout=100)._found,
                index.count(text, filter=given),
                index.count_many([text, "x"], filter=given),
                index.count_many([text], filter=given),
                [one._found for one in index.search_many([text, "x"], 5, filter=given)],
            )
            for text, given in asked
        ]

    quick = all_ways()
    monkeypatch.setattr(index.snapshot, "answers", NoAnswers())
    monkeypatch.setattr("searchkit.search.request.allow", lambda *rest: None)
    for one, two, found in zip(quick, all_ways(), asked):
        assert one == two, found


def right(index: sk.Index, text: str) -> bool:
    """Whether a string can be a filter."""
    try:
        index.count("x", filter=text)
    except (sk.QuerySyntaxError, sk.FieldNotFoundError):
        return False
    return True

"""No file of an index crashes a reader or a writer, whoever forged it and renewed its checksums.

What is done with a damaged index gives an answer or an error of searchkit: no crash, no hang,
no error of Python's own, no memory taken for what a damaged number claims.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from helpers import corrupt
from helpers.corrupt import Files
from helpers.twins_terms import TERM_ARRAYS, decode_terms, encode_terms
from searchkit import CorruptIndexError, Index
from searchkit.errors import SearchkitError

Change = Callable[[dict[str, Any]], object]

SMALL = corrupt.index_files()
SEGMENTS = sorted(
    (name for name in SMALL if name.endswith(".seg")), key=lambda name: -len(SMALL[name])
)
MAIN = SEGMENTS[0]
ARRAYS = {name: corrupt.arrays(SMALL[name]) for name in SEGMENTS}
TITLE, BODY, TAGS = "f1", "f2", "f3"


def with_main(changed: dict[str, tuple[str, bytes] | None]) -> Files:
    return {**SMALL, MAIN: corrupt.with_arrays(SMALL[MAIN], changed)}


def try_or_explain(contents: Files, what: str) -> int:
    """Tries everything; an error that isn't ours names the damage and the step."""
    step = ""

    def seen(name: str) -> None:
        nonlocal step
        step = name

    try:
        return corrupt.try_everything(contents, seen)
    except Exception as error:
        raise AssertionError(f"{what}, {step}: {type(error).__name__}: {error}") from error


def test_the_index_has_every_structure() -> None:
    assert corrupt.try_everything(SMALL) == 0
    main = ARRAYS[MAIN]
    assert len(main[f"{BODY}.blocks.kinds"][1]) >= 4
    assert set(main[f"{BODY}.blocks.kinds"][1]) >= {129, 130}  # and a last one, serial
    for name in ("positions", "impacts", "short", "blocks.impacts"):
        assert main[f"{BODY}.{name}"][1]
    terms = {name: corrupt.values_of(SMALL[MAIN], f"{BODY}.{name}") for name in TERM_ARRAYS}
    assert any(df >> 31 for _, df, _ in decode_terms(terms))
    assert any(name.endswith(".del") for name in SMALL)
    assert any("seq.offsets" in arrays for arrays in ARRAYS.values())
    assert {name.rpartition(".")[2] for name in main} >= {"present", "offsets", "values", "base"}


@pytest.mark.parametrize("name", sorted(ARRAYS[MAIN]))
def test_an_array_changed_at_random(name: str) -> None:
    random = Random(name)
    how, part = corrupt.damaged(random, *ARRAYS[MAIN][name])
    try_or_explain(with_main({name: part}), f"{name}: {how}")


def test_arrays_missing_or_of_another_type() -> None:
    for number, (name, (typecode, data)) in enumerate(ARRAYS[SEGMENTS[1]].items()):
        small = SMALL[SEGMENTS[1]]
        if number % 3:
            continue
        part = None if number % 2 else ("B" if typecode != "B" else "d", data[: len(data) // 8 * 8])
        forged = {**SMALL, SEGMENTS[1]: corrupt.with_arrays(small, {name: part})}
        try_or_explain(forged, f"{name}: {'missing' if part is None else part[0]}")


def test_two_arrays_changed_at_random() -> None:
    random = Random(3)
    for _ in range(30):
        segment = random.choice(SEGMENTS)
        changed: dict[str, tuple[str, bytes] | None] = {}
        for name in random.sample(sorted(ARRAYS[segment]), 2):
            changed[name] = corrupt.damaged(random, *ARRAYS[segment][name])[1]
        forged = {**SMALL, segment: corrupt.with_arrays(SMALL[segment], changed)}
        try_or_explain(forged, " and ".join(changed))


def test_frequencies_of_zero() -> None:
    # Zeros are the gap 0 and, its lowest bit being clear, a frequency, which is then 0.
    short = bytes(len(ARRAYS[MAIN][f"{BODY}.short"][1]))
    contents = with_main({f"{BODY}.short": ("B", short)})
    assert try_or_explain(contents, "frequencies of 0") > 0
    with Index.open(corrupt.placed_files(contents)) as index, pytest.raises(CorruptIndexError):
        index.optimize()


def test_frequencies_of_32_bits() -> None:
    # A packed block's second byte is the width of its frequencies less one: all ones wrap to 0.
    docs = bytearray(ARRAYS[MAIN][f"{BODY}.docs"][1])
    docs[1] = 32
    docs[2 + 16 * docs[0] :] = b"\xff" * max(600, len(docs))
    try_or_explain(with_main({f"{BODY}.docs": ("B", bytes(docs))}), "frequencies of 2**32")


class TestBlocksOutOfOrder:
    """Kernels put the documents of a block into a window's arrays at their distance from its
    start: a block that begins before the window must not get that far."""

    TALL = corrupt.tall_files()
    NAME = next(name for name in TALL if name.endswith(".seg"))
    PARTS = corrupt.arrays(TALL[NAME])
    QUERIES = ("+body:a +tags:red", "body:a AND body:b", "body:a NOT body:c", "body:a body:b",
               "body:a body:b body:c", "body:a", "+body:a body:b body:c", 'body:"a b"',
               'body:"b a"~3', "+body:c body:a")  # fmt: skip

    def forged(self, order: list[int]) -> Files:
        """The index whose body's blocks stand in another order, or several times."""
        changed: dict[str, tuple[str, bytes] | None] = {}
        for kind in ("kinds", "bases", "lasts", "docs", "positions"):
            name = f"{BODY}.blocks.{kind}"
            typecode, data = self.PARTS[name]
            items = memoryview(data).cast(typecode)  # type: ignore[call-overload]
            moved = array(typecode, [items[place] for place in order])
            changed[name] = (typecode, moved.tobytes())
        return {**self.TALL, self.NAME: corrupt.with_arrays(self.TALL[self.NAME], changed)}

    def test_they_are_answered_or_refused(self) -> None:
        random = Random(5)
        count = len(self.PARTS[f"{BODY}.blocks.kinds"][1])
        assert count > 70
        for _ in range(12):
            order = list(range(count))
            for _ in range(random.choice((1, 2, 5))):
                one, other = random.randrange(count), random.randrange(count)
                order[one], order[other] = order[other], order[random.choice((one, other))]
            self.ask(self.forged(order))

    def test_descending(self) -> None:
        count = len(self.PARTS[f"{BODY}.blocks.kinds"][1])
        self.ask(self.forged(list(range(count))[::-1]))
        self.ask(self.forged([0] * count))
        self.ask(self.forged([count // 2] * count))

    def ask(self, contents: Files) -> None:
        index = Index.open(corrupt.placed_files(contents))
        for query in self.QUERIES:
            for options in ({}, {"limit": 3000}, {"total": True}):
                try:
                    index.search(query, **options)
                    index.count(query)
                except SearchkitError:
                    pass
        writer = index.writer()
        for step in (writer.optimize, lambda: writer.delete_by_query("body:a"), writer.commit):
            try:
                step()
            except SearchkitError:
                pass
        writer.close()


ODD: list[Any] = [None, "x", -5, 10**30, 1.5, [], {}, [5], {"1": 5}, True, 0, 2**63]


def setting(key: str, value: Any) -> Change:
    return lambda entry: entry.update({key: value})


def leaving_out(key: str) -> Change:
    return lambda entry: entry.pop(key)


def test_meta_of_a_segment() -> None:
    for key in ("docs", "seq", "fields"):
        for value in ODD:
            try_meta(setting(key, value), f"{key}: {value!r}")
        try_meta(leaving_out(key), f"no {key}")
    for value in ODD:
        try_meta(setting("last", value), f"last: {value!r}")


@pytest.mark.parametrize("key", ["docs", "total", "terms", "positions"])
def test_meta_of_fields(key: str) -> None:
    for value in (*ODD, False):
        try_meta(all_fields(setting(key, value)), f"{key}: {value!r}")
    try_meta(all_fields(leaving_out(key)), f"no {key}")


def all_fields(change: Change) -> Change:
    return lambda meta: [change(field) for field in meta["fields"].values()]


def try_meta(change: Change, what: str) -> None:
    segment = SEGMENTS[1]
    contents = {**SMALL, segment: corrupt.with_meta(SMALL[segment], change)}
    try_or_explain(contents, what)


@pytest.mark.parametrize("key", ["segments", "schema", "next_seq"])
def test_commits(key: str) -> None:
    for value in ODD:
        try_commit(setting(key, value), f"{key}: {value!r}")
    try_commit(leaving_out(key), f"no {key}")


@pytest.mark.parametrize("key", ["name", "docs", "deletes"])
def test_segments_of_commits(key: str) -> None:
    for value in (*ODD, "../x", 2**31 - 1):
        try_commit(first_segment(setting(key, value)), f"{key}: {value!r}")
    try_commit(first_segment(leaving_out(key)), f"no {key}")


def first_segment(change: Change) -> Change:
    return lambda body: change(body["segments"][0])


def test_segments_twice_or_in_another_order() -> None:
    try_commit(lambda body: body["segments"].append(body["segments"][0]), "twice")
    try_commit(lambda body: body["segments"].reverse(), "reversed")


def try_commit(change: Change, what: str) -> None:
    try_or_explain(corrupt.with_commit(SMALL, change), what)


NAMES = ["id", "title", "body", "tags", "kind", "stars", "price", "draft", "day"]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_that_takes_one_field_for_another(name: str) -> None:
    for other in NAMES[NAMES.index(name) + 1 :]:

        def change(body: dict[str, Any], other: str = other) -> None:
            fields = body["schema"]["fields"]
            fields[name]["id"], fields[other]["id"] = fields[other]["id"], fields[name]["id"]

        try_commit(change, f"{name} for {other}")


STORED: list[bytes] = [
    *(
        b'{"id":%b,"title":%b,"body":%b,"day":%b,"price":%b,"tags":%b}' % ((value,) * 6)
        for value in (b"null", b"5", b'"x"', b"[]", b"{}", b"true", b"[null]", b"[[1]]", b"1e308",
                      b"9" * 30, b"9" * 5000, b"NaN", b'"\\ud800"', b'["\\ud800"]')
    ),
    b"[]", b"5", b"", b"{", b"[" * 20_000, b'{"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    b'{"title":"\xff"}', b'{"unknown":1,"":2}',
]  # fmt: skip


@pytest.mark.parametrize("document", STORED, ids=range(len(STORED)))
def test_stored_documents(document: bytes) -> None:
    import zstandard

    # The smallest segment, its documents in one block.
    segment = SEGMENTS[-1]
    docs = corrupt.values_of(SMALL[segment], "stored.first")[-1]
    block = zstandard.compress((document + b"\n") * docs)
    parts: dict[str, tuple[str, bytes] | None] = {
        "stored.blocks": ("B", block),
        "stored.offsets": ("Q", array("Q", (0, len(block))).tobytes()),
        "stored.first": ("I", array("I", (0, docs)).tobytes()),
    }
    contents = {**SMALL, segment: corrupt.with_arrays(SMALL[segment], parts)}
    try_or_explain(contents, repr(document[:60]))
    with Index.open(corrupt.placed_files(contents)) as index:
        try:
            index.get("bare")
        except SearchkitError:
            pass


def test_terms_that_are_not_utf_8() -> None:
    for field in ("f0", TAGS):
        names = {name: f"{field}.{name}" for name in TERM_ARRAYS}
        entries = decode_terms({n: corrupt.values_of(SMALL[MAIN], names[n]) for n in names})
        made = encode_terms(
            (b"\xff" + b"%03d" % at, df, pointer) for at, (_, df, pointer) in enumerate(entries)
        )
        parts = {names[n]: (code, made[n].tobytes()) for n, code in TERM_ARRAYS.items()}
        try_or_explain(with_main(parts), field)

from __future__ import annotations

import time
from array import array
from typing import Any

import pytest
from hypothesis import given, strategies as st

from helpers.containers import arrays, opened
from searchkit.errors import CorruptIndexError
from searchkit.segment.columns import (
    ManyColumn,
    SingleColumn,
    SingleColumnWriter,
    column_writer,
    open_column,
)
from searchkit.segment.container import ContainerWriter

KINDS = ["integer", "float", "boolean", "ordinal"]
INT64 = st.integers(-(2**63), 2**63 - 1)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    # Values near a start of their own, as dates are, or anywhere.
    "integer": st.one_of(INT64, st.integers(-3, 300), st.integers(10**15, 10**15 + 70_000)),
    "float": st.floats(allow_nan=False),
    "boolean": st.booleans(),
    "ordinal": st.one_of(st.integers(0, 20), st.integers(0, 2**32 - 1)),
}


def rows(kind: str, many: bool) -> st.SearchStrategy[list[Any]]:
    value = VALUES[kind]
    row = st.lists(value, min_size=1, max_size=4) if many else value
    return st.one_of(st.lists(row, max_size=80), st.lists(st.none() | row, max_size=80))


CASES = st.tuples(st.sampled_from(KINDS), st.booleans()).flatmap(
    lambda case: st.tuples(st.just(case[0]), st.just(case[1]), rows(*case), rows(*case))
)


def column(kind: Any, many: bool, values: list[Any]) -> SingleColumn | ManyColumn:
    writer = column_writer(kind, many)
    writer.extend(values)
    return reopened(writer, kind, many, len(values))


def reopened(writer: Any, kind: Any, many: bool, docs: int) -> SingleColumn | ManyColumn:
    assert len(writer) == docs
    container = opened(lambda w: writer.write(w, "f3.col"))
    container.verify()
    return open_column(container, "f3.col", docs, kind, many)


def read(reader: SingleColumn | ManyColumn) -> list[Any]:
    reader.check()
    values = [reader.value(doc) for doc in range(reader.docs)]
    assert [reader.present(doc) for doc in range(reader.docs)] == [v is not None for v in values]
    return values


@given(CASES)
def test_values_come_back_as_written(case: tuple[Any, bool, list[Any], list[Any]]) -> None:
    kind, many, values, more = case
    writer = column_writer(kind, many)
    writer.extend(values)
    for value in more:
        writer.append(value)
    reader = reopened(writer, kind, many, len(values + more))
    back = read(reader)
    assert back == values + more
    kept = [value for value in back if value is not None]
    assert reader.empty == (not kept)
    expected = {"integer": int, "float": float, "boolean": bool, "ordinal": int}[kind]
    for value in kept:
        assert {type(item) for item in (value if many else [value])} == {expected}
    for doc in (-1, reader.docs):
        with pytest.raises(IndexError):
            reader.value(doc)


@given(CASES, st.data())
def test_merging_takes_the_documents_asked_for(
    case: tuple[Any, bool, list[Any], list[Any]], data: Any
) -> None:
    kind, many, values, start = case
    source = column(kind, many, values)
    docs: Any = range(len(values))
    if not data.draw(st.booleans()):
        docs = data.draw(st.lists(st.sampled_from(docs), unique=True)) if docs else []
        docs = data.draw(st.sampled_from([docs, sorted(docs), array("I", docs)]))
    writer = column_writer(kind, many)
    writer.extend(start)
    writer.append_from(source, docs)
    writer.append_from(source, range(len(values)))
    merged = reopened(writer, kind, many, len(start) + len(docs) + len(values))
    assert read(merged) == start + [values[doc] for doc in docs] + values


@given(
    st.booleans().flatmap(
        lambda many: st.tuples(
            st.just(many),
            st.lists(
                st.none() | (st.lists(st.integers(0, 9), min_size=1) if many else st.integers(0, 9))
            ),
        )
    ),
    st.permutations(range(1000, 1010)),
    st.data(),
)
def test_merging_renumbers_ordinals(
    case: tuple[bool, list[Any]], renumbered: list[int], data: Any
) -> None:
    many, values = case
    docs = data.draw(st.lists(st.sampled_from(range(len(values))), unique=True)) if values else []
    docs = data.draw(st.sampled_from([docs, range(len(values))]))
    used = {old for doc in docs for old in (values[doc] if many else [values[doc]]) or []}
    mapping = [new if old in used else -1 for old, new in enumerate(renumbered)]
    writer = column_writer("ordinal", many)
    writer.append_from(column("ordinal", many, values), docs, mapping)
    expected = [
        None
        if values[doc] is None
        else [mapping[old] for old in values[doc]]
        if many
        else mapping[values[doc]]
        for doc in docs
    ]
    assert read(reopened(writer, "ordinal", many, len(docs))) == expected


@pytest.mark.parametrize(
    ("kind", "values", "typecode", "base"),
    [
        ("integer", [1, 5, None, 3], "B", 0),
        ("integer", [0, 255], "B", 0),
        ("integer", [200, 400], "B", 200),
        ("integer", [-1, 254], "B", -1),
        ("integer", [-1, 255], "H", -1),
        ("integer", [0, 65_535], "H", 0),
        ("integer", [10**15, None, 10**15 + 86_400], "I", 10**15),
        ("integer", [2**63 - 1, 2**63 - 200], "B", 2**63 - 200),
        ("integer", [-(2**63), -(2**63) + 2**32 - 1], "I", -(2**63)),
        ("integer", [0, 2**32], "q", 0),
        ("integer", [-(2**63), 2**63 - 1], "q", 0),
        ("ordinal", [200, 255], "B", 0),
        ("ordinal", [300, 310], "H", 0),
        ("ordinal", [70_000, 70_001], "I", 0),
        ("float", [1.5, None], "d", 0),
        ("boolean", [True, None, False], "B", 0),
    ],
)
def test_numbers_are_stored_narrow(kind: Any, values: Any, typecode: str, base: int) -> None:
    reader = column(kind, False, values)
    assert (reader.values.format, reader.base) == (typecode, base)
    assert read(reader) == values
    assert all(
        reader.base + raw == value
        for raw, value in zip(reader.values, values, strict=True)
        if value is not None
    )
    many = column(kind, True, [None if value is None else [value] for value in values])
    assert (many.values.format, many.base) == (typecode, base)


def test_presence_is_written_only_where_a_value_is_absent() -> None:
    full, gaps = column("integer", False, [1, 2]), column("integer", False, [1, None])
    assert isinstance(full, SingleColumn)
    assert isinstance(gaps, SingleColumn)
    assert full.present_bits is None
    assert gaps.present_bits is not None
    assert bytes(gaps.present_bits) == b"\1" + bytes(7)
    assert list(gaps.values) == [1, 0]


@pytest.mark.parametrize("many", [False, True])
def test_a_column_without_values_takes_no_room(many: bool) -> None:
    writer = column_writer("integer", many)
    writer.extend([None, None])
    container = opened(lambda w: writer.write(w, "f1.col"))
    assert container.names == []
    reader = open_column(container, "f1.col", 2, "integer", many)
    assert reader.empty
    assert read(reader) == [None, None]
    other = column_writer("integer", many)
    other.append_from(reader, range(2))
    other.append([7] if many else 7)
    assert read(reopened(other, "integer", many, 3)) == [None, None, [7] if many else 7]


def test_an_empty_list_is_no_value() -> None:
    assert read(column("integer", True, [[], [1]])) == [None, [1]]


def test_what_does_not_fit_is_refused_and_leaves_the_writer_whole() -> None:
    writer = SingleColumnWriter("integer")
    writer.append(1)
    for wrong in ([2**63], [None, 2**63], ["x"], [None, "x"]):
        with pytest.raises((OverflowError, TypeError)):
            writer.extend(wrong)
    assert read(reopened(writer, "integer", False, 1)) == [1]
    with pytest.raises(ValueError, match="can't take in"):
        writer.append_from(column("float", False, [1.0]), range(1))
    with pytest.raises(ValueError, match="can't take in"):
        writer.append_from(column("integer", True, [[1]]), range(1))


def bytes_(*values: int) -> array[int]:
    return array("B", values)


@pytest.mark.parametrize(
    ("kind", "many", "damage", "message"),
    [
        ("integer", False, {"c__values": bytes_(1, 2)}, "values: 2 for 3 documents"),
        ("integer", False, {"c__values": array("d", [1, 2, 3])}, "values: type d"),
        ("float", False, {"c__values": bytes_(1, 2, 3)}, "values: type B"),
        ("boolean", False, {"c__values": bytes_(0, 1, 2)}, "values: 2 is no truth value"),
        ("ordinal", False, {"c__values": bytes_(0, 9, 10)}, "values: ordinal 10 of 10"),
        ("ordinal", True, {"c__values": bytes_(10), "c__offsets": array("I", [0, 0, 0, 1])},
         "values: ordinal 10 of 10"),
        ("integer", False, {"c__values": bytes_(1, 2, 3), "c__present": bytes_(7)},
         "present: 1 items where 8 belong"),
        ("integer", False, {"c__values": bytes_(1, 2, 3), "c__base": array("q", [1, 2])},
         "base: 2 items where 1 belong"),
        ("integer", False, {"c__values": array("q", [1, 2, 3]), "c__base": array("q", [1])},
         "base: isn't for numbers of 64 bits"),
        ("integer", True, {"c__values": bytes_(1)}, "offsets: the array is missing"),
        ("integer", True, {"c__values": bytes_(1), "c__offsets": array("I", [0, 1])},
         "offsets: 2 items where 4 belong"),
        ("integer", True, {"c__values": bytes_(1), "c__offsets": array("I", [0, 0, 0, 2])},
         "offsets: don't span the values"),
        ("integer", True, {"c__values": bytes_(1, 2), "c__offsets": array("I", [1, 1, 1, 2])},
         "offsets: don't span the values"),
        ("integer", True, {"c__values": bytes_(1, 2), "c__offsets": array("I", [0, 2, 1, 2])},
         "offsets: those of document 1 aren't in order"),
        ("integer", True, {"c__values": bytes_(1, 2), "c__offsets": array("I", [0, 9, 1, 2])},
         "offsets: those of document 0 aren't in order"),
    ],
)  # fmt: skip
def test_damaged_columns(kind: Any, many: bool, damage: Any, message: str) -> None:
    with pytest.raises(CorruptIndexError, match=rf"s\.seg .*c\.{message}"):
        read_values(open_column(arrays(**damage), "c", 3, kind, many, ordinals=10))


def read_values(reader: SingleColumn | ManyColumn) -> list[Any]:
    return [reader.value(doc) for doc in range(reader.docs)]


@pytest.mark.parametrize(
    ("kind", "many", "damage", "message"),
    [
        ("boolean", False, {"c__values": bytes_(0, 1, 2)}, "values: 2 is no truth value"),
        ("ordinal", False, {"c__values": bytes_(0, 9, 10)}, "values: ordinal 10 of 10"),
        ("integer", False, {"c__values": bytes_(1, 2, 3), "c__present": bytes_(*b"\xff" * 8)},
         "present: bits of documents beyond the last"),
        ("integer", False, {"c__values": bytes_(1, 2, 3), "c__base": array("q", [2**63 - 2])},
         "values: numbers over 64 bits"),
        ("integer", True, {"c__values": bytes_(1, 2), "c__offsets": array("I", [0, 9, 1, 2])},
         "offsets: aren't in order"),
    ],
)  # fmt: skip
def test_merging_checks_what_it_takes(kind: Any, many: bool, damage: Any, message: str) -> None:
    reader = open_column(arrays(**damage), "c", 3, kind, many, ordinals=10)
    with pytest.raises(CorruptIndexError, match=rf"s\.seg .*c\.{message}"):
        column_writer(kind, many).append_from(reader, range(3))


@pytest.mark.parametrize("many", [False, True])
def test_ordinals_beyond_the_map(many: bool) -> None:
    reader = column("ordinal", many, [[4], [5]] if many else [4, 5])
    with pytest.raises(CorruptIndexError, match="ordinals beyond 5"):
        column_writer("ordinal", many).append_from(reader, range(2), [0] * 5)


def test_offsets_over_32_bits_are_read() -> None:
    reader = open_column(
        arrays(c__values=bytes_(5, 6), c__offsets=array("Q", [0, 0, 2])), "c", 2, "integer", True
    )
    assert read(reader) == [None, [5, 6]]


@pytest.mark.timing
def test_a_hundred_thousand_values_are_cheap() -> None:
    values: list[Any] = [1_700_000_000_000_000 + n * 1_000 for n in range(100_000)]

    def fill(container: ContainerWriter) -> None:
        writer = SingleColumnWriter("integer")
        writer.extend(values)
        writer.write(container, "c")

    best = 1.0
    for _ in range(3):
        start = time.process_time()
        opened(fill)
        best = min(best, time.process_time() - start)
    assert best < 0.1

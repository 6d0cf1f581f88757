"""No byte of a container can change without being noticed, and no container crashes a reader."""

from __future__ import annotations

from array import array
from struct import pack_into
from typing import Any

import pytest
from hypothesis import given, strategies as st

from helpers.containers import NAME, RECORD_BYTES, placed, resealed, written
from searchkit.errors import CorruptIndexError
from searchkit.segment.columns import ManyColumnWriter, SingleColumnWriter, open_column
from searchkit.segment.container import Container, ContainerWriter
from searchkit.segment.stored import StoredReader, StoredWriter

DOCS = 12
NUMBERS = [None, *range(1000, 1011)]
TAGS = [[n % 5] * (n % 3) or None for n in range(DOCS)]
DOCUMENTS = [b'{"id":"%d"}' % n for n in range(DOCS)]


def fill(writer: ContainerWriter) -> None:
    numbers = SingleColumnWriter("integer")
    numbers.extend(NUMBERS)
    numbers.write(writer, "n")
    tags = ManyColumnWriter("ordinal")
    tags.extend(TAGS)
    tags.write(writer, "t")
    stored = StoredWriter(writer)
    stored.extend(DOCUMENTS)
    stored.finish()
    writer.add("d", "d", array("d", [0.5, -1.0]))


META = {"docs": DOCS}
WHOLE = written(fill, META).read(NAME)


def read_all(container: Container) -> list[Any]:
    numbers = open_column(container, "n", DOCS, "integer", False)
    tags = open_column(container, "t", DOCS, "ordinal", True, ordinals=5)
    stored = StoredReader(container, DOCS)
    return [
        container.meta,
        {name: container.array(name).tobytes() for name in container.names},
        [numbers.value(doc) for doc in range(DOCS)],
        [tags.value(doc) for doc in range(DOCS)],
        [stored.raw(doc) for doc in range(DOCS)],
        [stored.get(doc) for doc in range(DOCS)],
        list(stored),
    ]


ANSWERS = read_all(Container(placed(WHOLE), NAME))


def test_the_whole_file_verifies() -> None:
    Container(placed(WHOLE), NAME).verify()
    assert ANSWERS[2:5] == [NUMBERS, TAGS, DOCUMENTS]


def test_every_changed_byte_is_found() -> None:
    for at in range(len(WHOLE)):
        for bits in (0x01, 0x80, 0xFF):
            data = bytearray(WHOLE)
            data[at] ^= bits
            with pytest.raises(CorruptIndexError, match=r"s\.seg"):
                Container(placed(bytes(data)), NAME).verify()


def test_every_length_but_the_whole_is_found() -> None:
    for size in range(len(WHOLE)):
        with pytest.raises(CorruptIndexError, match=r"s\.seg"):
            Container(placed(WHOLE[:size]), NAME)


DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "copy"]),
        st.integers(0, len(WHOLE)),
        st.binary(min_size=1, max_size=70),
    ),
    min_size=1,
    max_size=3,
)


def damaged(damage: list[tuple[str, int, bytes]]) -> bytes:
    data = bytearray(WHOLE)
    for how, at, piece in damage:
        if how == "flip":
            data[at : at + len(piece)] = bytes(
                old ^ new for old, new in zip(data[at:], piece, strict=False)
            )
        elif how == "cut":
            del data[at : at + len(piece)]
        elif how == "insert":
            data[at:at] = piece
        else:
            data[at : at + len(piece)] = data[: len(piece)]
    return bytes(data)


@given(DAMAGE)
def test_damage_is_found_or_changes_nothing(damage: list[tuple[str, int, bytes]]) -> None:
    try:
        container = Container(placed(damaged(damage)), NAME)
        container.verify()
    except CorruptIndexError:
        return
    assert read_all(container) == ANSWERS


@given(DAMAGE)
def test_reading_unverified_damage_raises_nothing_else(
    damage: list[tuple[str, int, bytes]],
) -> None:
    try:
        read_all(Container(placed(damaged(damage)), NAME))
    except CorruptIndexError:
        pass


EDGES = [0, 1, 63, 64, 65, 128, 2**31, 2**32 - 1, 2**63, 2**64 - 1]


@given(
    record=st.integers(0, 8),
    offset=st.none() | st.sampled_from(EDGES) | st.integers(0, 2**64 - 1),
    items=st.none() | st.sampled_from(EDGES) | st.integers(0, 2**64 - 1),
    typecode=st.none() | st.integers(0, 255),
)
def test_a_forged_record(
    record: int, offset: int | None, items: int | None, typecode: int | None
) -> None:
    def forge(table: bytearray) -> None:
        at = record * RECORD_BYTES
        if offset is not None:
            pack_into("<Q", table, at, offset)
        if items is not None:
            pack_into("<Q", table, at + 8, items)
        if typecode is not None:
            pack_into("<B", table, at + 20, typecode)

    container = Container(placed(resealed(WHOLE, forge)), NAME)
    try:
        read_all(container)
    except CorruptIndexError:
        pass
    try:
        container.verify()
        answers = read_all(container)
    except CorruptIndexError:
        return
    assert answers == ANSWERS


@given(st.integers(0, 2**16), st.binary(min_size=1, max_size=8))
def test_a_forged_table_of_contents(at: int, piece: bytes) -> None:
    def forge(table: bytearray) -> None:
        place = at % len(table)
        table[place : place + len(piece)] = piece[: len(table) - place]

    try:
        container = Container(placed(resealed(WHOLE, forge)), NAME)
        container.verify()
        read_all(container)
    except CorruptIndexError:
        pass


@pytest.mark.parametrize("meta", [b"[]", b"{", b"null", b"[" * 100_000, b"\xff", b"9" * 5000, b""])
def test_forged_meta(meta: bytes) -> None:
    from searchkit.segment.container import FOOTER, FOOTER_MAGIC, HEADER, HEADER_MAGIC, crc32

    footer = FOOTER.pack(64, len(meta), 0, 0, crc32(meta), 0, b"")[:28]
    footer += crc32(footer).to_bytes(4, "little") + FOOTER_MAGIC
    container = Container(placed(HEADER.pack(HEADER_MAGIC, 0) + meta + footer), NAME)
    with pytest.raises(CorruptIndexError, match="meta: no JSON object"):
        container.verify()
    with pytest.raises(CorruptIndexError, match="meta: no JSON object"):
        container.meta  # noqa: B018


def test_a_newer_format_says_so() -> None:
    data = bytearray(WHOLE)
    data[8] = 9
    with pytest.raises(CorruptIndexError, match=r"format 9, known is 0.*upgrade"):
        Container(placed(bytes(data)), NAME)


def test_names_given_twice() -> None:
    data = written(lambda w: [w.add("a", "B", b""), w.add("b", "B", b"")]).read(NAME)

    def forge(table: bytearray) -> None:
        table[2 * RECORD_BYTES : 2 * RECORD_BYTES + 4] = b"a\0a\0"

    with pytest.raises(CorruptIndexError, match="one name for each array"):
        Container(placed(resealed(data, forge)), NAME)


def test_arrays_that_overlap_are_found_by_verify() -> None:
    data = written(lambda w: [w.add("a", "B", b"x"), w.add("b", "B", b"x")]).read(NAME)

    def forge(table: bytearray) -> None:
        table[RECORD_BYTES : RECORD_BYTES + 8] = table[:8]

    container = Container(placed(resealed(data, forge)), NAME)
    with pytest.raises(CorruptIndexError, match="b: doesn't follow"):
        container.verify()

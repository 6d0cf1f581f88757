from __future__ import annotations

import json
import random
import threading
import tracemalloc
from array import array
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings, strategies as st

from helpers.containers import arrays, opened
from searchkit.errors import CorruptIndexError
from searchkit.segment.container import Container, ContainerWriter
from searchkit.segment.deletes import Deletes
from searchkit.segment.dictionaries import train
from searchkit.segment.renumbering import Renumbering
from searchkit.segment.stored import BLOCK_BYTES, LARGE, StoredReader, StoredWriter

SIZES = st.sampled_from([0, 1, 100, 3_000, BLOCK_BYTES - 20, BLOCK_BYTES, 3 * BLOCK_BYTES])


def document(number: int, size: int = 100) -> bytes:
    noise = random.Random(number).randbytes(size // 2).hex()
    return json.dumps({"id": str(number), "text": noise}).encode()


def stored_of(documents: list[bytes]) -> StoredReader:
    def fill(container: ContainerWriter) -> None:
        writer = StoredWriter(container)
        writer.extend(documents)
        assert writer.docs == len(documents)
        writer.finish()

    return StoredReader(opened(fill), len(documents))


def copied(reader: StoredReader, docs: Any, before: bytes | None = None) -> StoredReader:
    total = 0
    kept = None
    if docs is not None:
        deletes = Deletes(len(reader))
        deletes.update(set(range(len(reader))) - set(docs))
        kept = Renumbering(len(reader), deletes.bits, 0)

    def fill(container: ContainerWriter) -> None:
        nonlocal total
        writer = StoredWriter(container)
        if before is not None:
            writer.append(before)
        writer.copy_from(reader, kept)
        writer.finish()
        total = writer.docs

    container = opened(fill)
    container.verify()
    return StoredReader(container, total)


def blocks(reader: StoredReader) -> list[bytes]:
    numbers = sorted({reader.block_of(doc)[0] for doc in range(len(reader))})
    return [bytes(reader.compressed(number, number + 1)[0]) for number in numbers]


@given(st.lists(SIZES, max_size=40))
@settings(max_examples=40)
def test_documents_come_back_as_written(sizes: list[int]) -> None:
    documents = [document(number, size) for number, size in enumerate(sizes)]
    reader = stored_of(documents)
    assert len(reader) == len(documents)
    assert list(reader) == documents
    assert [reader.raw(doc) for doc in range(len(reader))] == documents
    assert [reader.get(doc) for doc in range(len(reader))] == [json.loads(d) for d in documents]
    reader.check()
    for doc in (-1, len(documents)):
        with pytest.raises(IndexError):
            reader.get(doc)


def test_a_block_is_16_kb_of_json_lines_or_one_document() -> None:
    documents = [document(n, 200) for n in range(500)] + [document(500, 100_000), document(501)]
    reader = stored_of(documents)
    raw = [zstandard.decompress(block) for block in blocks(reader)]
    assert b"".join(raw) == b"".join(line + b"\n" for line in documents)
    assert all(len(lines) <= BLOCK_BYTES or lines.count(b"\n") == 1 for lines in raw)
    assert min(len(lines) for lines in raw[:-3]) > BLOCK_BYTES - 300


@given(st.lists(SIZES, min_size=1, max_size=30), st.data())
@settings(max_examples=40)
def test_copying_takes_the_documents_asked_for(sizes: list[int], data: Any) -> None:
    documents = [document(number, size) for number, size in enumerate(sizes)]
    docs = data.draw(st.lists(st.sampled_from(range(len(documents))), unique=True))
    docs = data.draw(st.sampled_from([None, sorted(docs)]))
    before = data.draw(st.sampled_from([None, document(-1)]))
    reader = copied(stored_of(documents), docs, before)
    wanted = [before] if before is not None else []
    wanted += documents if docs is None else [documents[doc] for doc in docs]
    assert list(reader) == wanted
    reader.check()


def test_whole_blocks_are_copied_as_they_are() -> None:
    reader = stored_of([document(n, 200) for n in range(1000)])
    before = blocks(reader)
    assert len(before) > 10
    assert blocks(copied(reader, None))[:-1] == before[:-1]
    _, start, end = reader.block_of(300)
    without_one = [doc for doc in range(1000) if doc != start + 1]
    after = blocks(copied(reader, without_one))
    assert len(set(before) - set(after)) <= 2  # the one with the gap, and perhaps the last
    assert before[reader.block_of(start)[0]] not in after
    assert end > start + 1


def test_small_blocks_are_packed_anew() -> None:
    def fill(container: ContainerWriter) -> None:
        writer = StoredWriter(container)
        for number in range(100):
            writer.copy_from(stored_of([document(number)]))
        writer.finish()

    reader = StoredReader(opened(fill), 100)
    assert list(reader) == [document(number) for number in range(100)]
    assert len(blocks(reader)) == 1


@pytest.mark.parametrize("line", [b"", b"{}\n", b'{\n"a":1}'])
def test_only_single_lines_are_taken(line: bytes) -> None:
    with pytest.raises(ValueError, match="one line of JSON"):
        stored_of([line])


def test_infinities_and_big_numbers_are_read() -> None:
    reader = stored_of([b'{"a":Infinity,"b":-Infinity}', b'{"a":9223372036854775807}'])
    assert reader.get(0) == {"a": float("inf"), "b": float("-inf")}
    assert reader.get(1) == {"a": 2**63 - 1}


@pytest.mark.parametrize("line", [b"[1]", b"null", b"{", b"\xff", b"[" * 5000, b"7" * 5000])
def test_what_is_no_json_object(line: bytes) -> None:
    reader = stored_of([b"{}", line])
    assert reader.get(0) == {}
    with pytest.raises(CorruptIndexError, match=r"s\.seg .*stored\.blocks: document 1 is no JSON"):
        reader.get(1)
    with pytest.raises(CorruptIndexError, match="document 1 is no JSON"):
        reader.check()


def forged(
    frames: list[bytes], first: list[int] | None = None, offsets: list[int] | None = None
) -> Container:
    ends = [sum(map(len, frames[:n])) for n in range(len(frames) + 1)]
    return arrays(
        stored__blocks=array("B", b"".join(frames)),
        stored__offsets=array("Q", ends if offsets is None else offsets),
        stored__first=array("I", list(range(len(frames) + 1)) if first is None else first),
    )


def frame(lines: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(lines)


FRAME = frame(b'{"a":1}\n')
SIZELESS = zstandard.ZstdCompressor(write_content_size=False).compress(b"{}\n")
# A frame that claims 2**62 bytes: magic, descriptor "8-byte size, single segment", the size.
BOMB = b"\x28\xb5\x2f\xfd\xe0" + (2**62).to_bytes(8, "little") + b"\1\0\0"


@pytest.mark.parametrize(
    "broken",
    [
        b"x",
        FRAME[:-1],
        FRAME[:5],
        FRAME + b"x",
        FRAME + FRAME,
        SIZELESS,
        BOMB,
        frame(b""),
        frame(b"{}"),
        frame(b"{}\n{}\n"),
        frame(b"{}\nx"),
        FRAME[:-5] + bytes([FRAME[-5] ^ 1]) + FRAME[-4:],
    ],
)
def test_damaged_blocks(broken: bytes) -> None:
    container = forged([FRAME, broken, FRAME])
    reader = StoredReader(container, 3)
    assert reader.get(0) == reader.get(2) == {"a": 1}
    for use in (lambda: reader.get(1), reader.check, lambda: copied(reader, [0, 1])):
        with pytest.raises(CorruptIndexError, match=r"s\.seg .*stored\.blocks: block 1: "):
            use()


@pytest.mark.parametrize(
    ("first", "offsets", "message"),
    [
        ([0, 1, 2], [0, 9], "first: 3 items where 2 belong"),
        ([], [], "offsets: don't span"),
        ([0, 1, 2], [1, 9, len(FRAME) * 2], "offsets: don't span"),
        ([0, 1, 2], [0, 9, 10], "offsets: don't span"),
        ([1, 1, 2], None, "first: don't span 2 documents"),
        ([0, 1, 3], None, "first: don't span 2 documents"),
        ([0, 2, 2], None, "blocks: block 0: isn't 2 lines"),
        ([0, 9, 2], None, "first: aren't in order around document 0"),
        ([0, 0, 2], None, "blocks: block 1: isn't 2 lines"),
        ([0, 1, 2], [0, 2**64 - 1, len(FRAME) * 2], "offsets: aren't in order at block 0"),
        ([0, 1, 2], [0, 0, len(FRAME) * 2], "offsets: aren't in order at block 0"),
    ],
)
def test_damaged_places(first: list[int], offsets: list[int] | None, message: str) -> None:
    with pytest.raises(CorruptIndexError, match=rf"s\.seg .*stored\.{message}"):
        StoredReader(forged([FRAME, FRAME], first, offsets), 2).check()


@given(
    st.lists(st.integers(0, 6), min_size=5, max_size=5),
    st.lists(st.integers(0, 4 * len(FRAME)), min_size=5, max_size=5),
)
def test_forged_places_raise_nothing_else(first: list[int], offsets: list[int]) -> None:
    first[0], first[-1], offsets[0], offsets[-1] = 0, 4, 0, 4 * len(FRAME)
    reader = StoredReader(forged([FRAME] * 4, first, offsets), 4)
    for use in (*(lambda doc=doc: reader.get(doc) for doc in range(4)), reader.check):
        try:
            use()
        except CorruptIndexError:
            pass


def test_missing_arrays() -> None:
    with pytest.raises(CorruptIndexError, match=r"stored\.blocks: the array is missing"):
        StoredReader(arrays(), 0)


def test_threads_share_a_reader() -> None:
    reader = stored_of([document(n, 300) for n in range(400)])
    faults: list[int] = []

    def read(seed: int) -> None:
        for doc in random.Random(seed).choices(range(400), k=300):
            if reader.get(doc)["id"] != str(doc):
                faults.append(doc)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_large_documents_are_compressed_piece_by_piece() -> None:
    sizes = [9, LARGE - 1, LARGE, 10, 2 * LARGE, 2 * LARGE + 9, 9]
    documents = [b'{"a":"' + bytes([97 + n]) * (size - 8) + b'"}' for n, size in enumerate(sizes)]
    assert [len(one) for one in documents] == sizes
    reader = stored_of(documents)
    assert list(reader) == documents
    reader.check()


def test_training_copies_no_huge_document() -> None:
    huge = b'{"t":"' + b"all is said once more, " * 2_000_000 + b'"}'
    tracemalloc.start()
    try:
        train([b'{"t":"small"}', huge, huge], 3)
        assert tracemalloc.get_traced_memory()[1] < len(huge) // 2
    finally:
        tracemalloc.stop()

"""Stored documents with a dictionary: when there is one, what is copied, and damage."""

from __future__ import annotations

import json
import random
from array import array

import pytest

import searchkit as sk
from helpers.containers import arrays, opened
from searchkit.errors import CorruptIndexError
from searchkit.indexing import merge
from searchkit.segment import stored
from searchkit.segment.container import ContainerWriter
from searchkit.segment.deletes import Deletes
from searchkit.segment.dictionaries import compressor, train
from searchkit.segment.renumbering import Renumbering
from searchkit.segment.stored import StoredReader, StoredWriter, common_dictionary

LEAST = 1 << 19

WORDS = [random.Random(n).randbytes(6).hex() for n in range(4000)]


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "SAMPLE", LEAST)
    monkeypatch.setattr(merge, "SAMPLE", LEAST)


def document(number: int, words: list[str] = WORDS) -> bytes:
    rng = random.Random(number)
    return json.dumps({"id": str(number), "text": " ".join(rng.choices(words, k=60))}).encode()


DOCUMENTS = [document(number) for number in range(900)]
MANY = [document(number, WORDS[:3000]) for number in range(1000, 1900)]


def stored_of(
    documents: list[bytes], dictionary: bytes | None = None, *, wait: bool = True, level: int = 3
) -> StoredReader:
    def fill(container: ContainerWriter) -> None:
        writer = StoredWriter(container, dictionary, wait=wait, level=level)
        writer.extend(documents)
        assert writer.docs == len(documents)
        writer.finish()

    container = opened(fill)
    container.verify()
    return StoredReader(container, len(documents))


def blocks(reader: StoredReader) -> list[bytes]:
    return [bytes(reader.compressed(number, number + 1)[0]) for number in range(reader.blocks)]


def check(reader: StoredReader, documents: list[bytes]) -> None:
    assert list(reader) == documents
    for doc in (0, len(documents) // 2, len(documents) - 1):
        assert reader.get(doc) == json.loads(documents[doc])
    reader.check()


def test_many_documents_get_one() -> None:
    with_it, without = stored_of(DOCUMENTS), stored_of(DOCUMENTS, wait=False)
    assert without.dictionary is None
    assert with_it.dictionary is not None
    check(with_it, DOCUMENTS)
    check(without, DOCUMENTS)
    assert with_it.size + len(with_it.dictionary) < without.size
    assert stored_of(DOCUMENTS).dictionary == with_it.dictionary
    assert stored_of(DOCUMENTS, level=6).size < with_it.size


def test_few_get_none() -> None:
    dictionary = stored_of(DOCUMENTS).dictionary
    few = DOCUMENTS[:300]
    assert sum(map(len, few)) < LEAST
    for given in (None, dictionary):
        reader = stored_of(few, given)
        assert reader.dictionary is None
        check(reader, few)
    assert stored_of([]).dictionary is None


def test_that_of_others_is_taken() -> None:
    dictionary = stored_of(DOCUMENTS).dictionary
    reader = stored_of(MANY, dictionary)
    assert reader.dictionary == dictionary != stored_of(MANY).dictionary
    check(reader, MANY)
    check(stored_of(MANY[:3], dictionary, wait=False), MANY[:3])


@pytest.mark.parametrize("documents", [[b"{}"] * 300_000, [b'{"a":"' + b"a" * LEAST + b'"}']])
def test_what_a_dictionary_does_not_help(documents: list[bytes]) -> None:
    reader = stored_of(documents)
    assert reader.dictionary is None
    check(reader, documents)


def test_noise_gets_none() -> None:
    rng = random.Random(1)
    assert train([rng.randbytes(500).hex().encode() for _ in range(1000)], 3) is None


def test_copying() -> None:
    """Blocks of the same dictionary as they are; others, and such with gaps, are written anew."""
    one = stored_of(DOCUMENTS)
    same, other = stored_of(MANY, one.dictionary), stored_of(MANY)
    few = stored_of(DOCUMENTS[:5])
    gone = Deletes(len(MANY))
    gone.update([7])
    kept = Renumbering(len(MANY), gone.bits, 0)

    def fill(container: ContainerWriter) -> None:
        writer = StoredWriter(container, common_dictionary([few, same, other, one]))
        assert writer.dictionary == one.dictionary
        writer.copy_from(few)
        writer.copy_from(one)
        writer.copy_from(same, kept)
        writer.copy_from(other)
        writer.finish()

    wanted = [*DOCUMENTS[:5], *DOCUMENTS, *MANY[:7], *MANY[8:], *MANY]
    reader = StoredReader(opened(fill), len(wanted))
    assert reader.dictionary == one.dictionary
    check(reader, wanted)
    both = set(blocks(reader))
    assert len(set(blocks(one)) - both) <= 2
    assert len(set(blocks(same)) - both) <= 3
    assert not set(blocks(other)) & both


def test_segments_of_an_index_share_it() -> None:
    with sk.Index.in_memory(sk.Schema(id=sk.Keyword(key=True), text=sk.Text())) as index:
        with index.writer() as writer:
            for some in (DOCUMENTS, MANY, [document(5000)]):
                writer.add_many(map(json.loads, some))
                writer.flush()
        found = [view.segment.stored.dictionary for view in index.snapshot.segments]
        assert found[0] is not None
        assert found == [found[0], found[0], None]
        index.optimize()
        (view,) = index.snapshot.segments
        assert view.segment.stored.dictionary == found[0]
        view.segment.verify()
        view.segment.stored.check()
        size = view.segment.stored.size
        index.optimize(reorder=True)
        (view,) = index.snapshot.segments
        assert view.segment.stored.size < size
        assert index.get("1500") == json.loads(MANY[500])


def test_small_segments_together_get_one() -> None:
    with sk.Index.in_memory(sk.Schema(id=sk.Keyword(key=True), text=sk.Text())) as index:
        with index.writer() as writer:
            for start in range(0, 900, 300):
                writer.add_many(map(json.loads, DOCUMENTS[start : start + 300]))
                writer.flush()
        assert all(view.segment.stored.dictionary is None for view in index.snapshot.segments)
        index.optimize()
        (view,) = index.snapshot.segments
        assert view.segment.stored.dictionary is not None
        assert index.get("500") == json.loads(DOCUMENTS[500])


def test_damage() -> None:
    good, other = stored_of(DOCUMENTS), stored_of(MANY).dictionary
    assert good.dictionary is not None
    assert other is not None
    frame = compressor(3, good.dictionary).compress(b"{}\n")
    cut = good.dictionary[:-1] + b"\0"
    for dictionary, message in (
        (b"", "dictionary: is none"),
        (b"no dictionary at all", "dictionary: is none"),
        (good.dictionary[:100], "dictionary: is none"),
        (other, "blocks: block 0"),
        (cut, None),
    ):
        container = arrays(
            stored__blocks=array("B", frame),
            stored__offsets=array("Q", [0, len(frame)]),
            stored__first=array("I", [0, 1]),
            stored__dictionary=array("B", dictionary),
        )
        if message is None:  # a byte that no document needs
            assert StoredReader(container, 1).get(0) == {}
            continue
        with pytest.raises(CorruptIndexError, match=rf"s\.seg .*stored\.{message}"):
            StoredReader(container, 1).get(0)


def test_tiny_documents_have_none_and_wait_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "TINY", 300)
    tiny = [b'{"id":"%d"}' % number for number in range(299)]
    reader = stored_of([*tiny, b'{"id":"299"}', *DOCUMENTS])
    assert reader.dictionary is None
    check(reader, [*tiny, b'{"id":"299"}', *DOCUMENTS])
    assert stored_of([*tiny[:100], *DOCUMENTS]).dictionary is not None

"""The worked examples of FORMAT.md are what the code writes, and read by hand as it says."""

from __future__ import annotations

import json
import re
from array import array
from pathlib import Path
from struct import unpack_from
from zlib import crc32

import pytest

from helpers.containers import NAME, opened, placed, written
from helpers.twins_postings import decode_field
from searchkit.index import Index
from searchkit.indexing.buffer import DocumentBuffer
from searchkit.indexing.lanes import Lanes
from searchkit.schema import Keyword, Schema, Text
from searchkit.segment import container, postings, terms
from searchkit.segment.columns import ManyColumnWriter, SingleColumnWriter
from searchkit.segment.container import Container
from searchkit.segment.deletes import Deletes
from searchkit.storage.commits import Commit, commit_name, publish
from searchkit.storage.memory import MemoryDirectory

FORMAT = Path(container.__file__).with_name("FORMAT.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return re.split(r"^## ", FORMAT.split(f"\n## {title}\n")[1], flags=re.M)[0]


def dump(title: str) -> bytes:
    rows = re.findall(r"^[0-9a-f]{8}  ((?:[0-9a-f]{2}  ?)+) *\|", section(title), re.M)
    return bytes.fromhex("".join(rows))


def test_the_container_is_what_is_written() -> None:
    directory = written(
        lambda w: (w.add("a", "H", array("H", [1, 2, 258])), w.add("b", "q", array("q", [-2]))),
        {"docs": 3},
    )
    assert directory.read(NAME) == dump("Container")


def test_the_container_reads_by_the_tables() -> None:
    data = dump("Container")
    assert data[:8].hex(" ").upper() in section("Container")
    assert unpack_from("<I52x", data, 8) == (0,)
    table, meta, arrays, names, checksum, own, magic = unpack_from(
        "<QQIIII8s", data, len(data) - 40
    )
    assert magic == b"SKS end\n"
    assert own == crc32(data[-40:-12])
    assert checksum == crc32(data[table:-40])
    assert f"{checksum:#010x}" in section("Container")
    assert f"{own:#010x}" in section("Container")
    assert table + 24 * arrays + names + meta + 40 == len(data)
    assert table % 64 == 0
    assert data[-40 - meta : -40] == b'{"docs":3}'
    assert data[-40 - meta - names : -40 - meta] == b"a\0b\0"
    for number, (code, items) in enumerate([("H", [1, 2, 258]), ("q", [-2])]):
        offset, count, checksum, kind = unpack_from("<QQIB3x", data, table + 24 * number)
        assert chr(kind) == code
        assert offset == 64 + 64 * number
        raw = data[offset : offset + count * array(code).itemsize]
        assert checksum == crc32(raw)
        assert f"{checksum:#010x}" in section("Container")
        assert list(unpack_from(f"<{count}{code}", raw)) == items


def test_the_container_opens() -> None:
    example = Container(placed(dump("Container")), NAME)
    example.verify()
    assert example.array("a").tolist() == [1, 2, 258]
    assert example.array("b").tolist() == [-2]
    assert example.meta == {"docs": 3}


def test_columns_example() -> None:
    single, many = SingleColumnWriter("integer"), ManyColumnWriter("integer")
    single.extend([400, None, 410, 655])
    many.extend([[3, 1], None, [2]])
    written_arrays = opened(lambda w: (single.write(w, "f1.col"), many.write(w, "f2.col")))
    text = section("Columns").replace("\n", " ")
    for name, shown in {
        "f1.col.base": "[400]",
        "f1.col.values": "B [0, 0, 10, 255]",
        "f2.col.values": "B [3, 1, 2]",
        "f2.col.offsets": "I [0, 2, 2, 3]",
    }.items():
        view = written_arrays.array(name)
        assert shown in f"{view.format} {view.tolist()}"
        assert f"`{name[7:]}` = {shown}" in text
    assert f"`present` = `{written_arrays.array('f1.col.present').hex(' ')}`" in text


def test_deletes_example() -> None:
    directory = MemoryDirectory()
    deletes = Deletes(10)
    deletes.update([1, 9])
    deletes.write(directory, "s-1.del")
    data = directory.read("s-1.del")
    assert data == dump("Deletes")
    assert data[:8].hex(" ").upper() in section("Deletes")
    assert unpack_from("<8sIII", data)[1:] == (0, 10, 2)
    assert unpack_from("<I", data, 20) == (crc32(data[24:], crc32(data[:20])),)


def segment_arrays(texts: list[str | None]) -> Container:
    """A segment whose documents have these texts in the field with id 1."""
    schema = Schema(id=Keyword(), text=Text())
    directory = MemoryDirectory()
    buffer = DocumentBuffer(directory, Lanes(1, 1 << 20), 1 << 30, lambda doc, error: None)
    for at, text in enumerate(texts):
        buffer.add(schema, {} if text is None else {"text": text}, 7 + at, 9)
    buffer.flush()
    return Container(directory, buffer.name + ".seg")


def shown_arrays(table: int) -> dict[str, list[int] | bytes]:
    """The arrays in one of the tables of the worked example: numbers, or bytes in hex."""
    text = section("Lengths and presence").split("| array | items |")[1 + table].split("\n\n")[0]
    shown: dict[str, list[int] | bytes] = {}
    for name, items in re.findall(r"^\| `(f1\.[a-z.]+)` \| (.+) \|$", text, re.M):
        if items.startswith("`"):
            shown[name] = bytes.fromhex(items.strip("`"))
        else:
            shown[name] = [int(item, 0) for item in items.split(", ")]
    return shown


@pytest.mark.parametrize(
    ("table", "texts"),
    [
        (0, ["to be or not to be", "to do", None]),
        (1, [None if at % 32 else "a" for at in range(4065)]),
        (2, [None if at % 2 else "a" for at in range(255)]),
    ],
    ids=["short", "blocks", "dense"],
)
def test_posting_lists_example(table: int, texts: list[str | None]) -> None:
    example, shown = segment_arrays(texts), shown_arrays(table)
    assert len(shown) >= 7
    for name, items in shown.items():
        view = example.array(name)
        assert (view.tobytes() if isinstance(items, bytes) else view.tolist()) == items, name
    held = {name for name in example.names if name.startswith("f1.") and len(example.array(name))}
    described = {"f1.lengths", "f1.present"}
    assert held - described <= set(shown)
    # and the twin, which was written after this text, reads it so
    lists = decode_field(
        {name[3:]: example.array(name) for name in example.names}, example.array("f1.lengths")
    )
    places = {term: [(doc, at) for doc, _, at in postings] for term, postings in lists.items()}
    if table:
        step = 32 if table == 1 else 2
        assert places == {b"a": [(doc, [0]) for doc in range(0, 128 * step, step)]}
    else:
        assert places[b"be"] == [(0, [1, 5])]
        assert places[b"do"] == [(1, [1])]
        assert places[b"not"] == [(0, [3])]
        assert places[b"or"] == [(0, [2])]
        assert places[b"to"] == [(0, [0, 4]), (1, [0])]


def test_the_meta_of_the_example() -> None:
    example = segment_arrays(["to be or not to be", "to do", None])
    shown = re.search(
        r"^field, whose id is 1\. Meta is `(.*)`\.$", section("Lengths and presence"), re.M
    )
    assert shown is not None
    assert example.meta == json.loads(shown[1])


def test_every_array_is_named() -> None:
    """Every array that a segment of all kinds of fields has is in the text."""
    text = section("Segment") + section("Dictionary") + section("Posting lists")
    text += section("Lengths and presence")
    named = set(re.findall(r"`([a-z.]+)`", text))
    named |= {"terms" + end for end in named} | {"blocks" + end for end in named}
    assert {name for name, _ in postings.ARRAYS + terms.ARRAYS} <= named


def test_commit_example() -> None:
    data = dump("Commits")
    assert len(data) == 46
    directory = MemoryDirectory()
    publish(directory, Commit(1, {"segments": []}))
    assert directory.read(commit_name(1)) == data


def test_the_body_of_a_commit() -> None:
    with Index.in_memory(Schema(id=Keyword(key=True), text=Text())) as index:
        with index.writer() as writer:
            writer.add({"id": "a", "text": "one"})
            writer.flush()
            writer.add({"id": "b"})
        body = index.snapshot.to_json()
    named = set(re.findall(r"`([a-z_]+)`", section("Commits")))
    assert set(body) <= named
    assert set(body["segments"][0]) <= named

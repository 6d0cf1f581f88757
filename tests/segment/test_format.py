"""The worked examples of FORMAT.md are what the code writes, and read by hand as it says."""

from __future__ import annotations

import re
from array import array
from pathlib import Path
from struct import unpack_from
from zlib import crc32

from helpers.containers import NAME, opened, placed, written
from searchkit.segment import container
from searchkit.segment.columns import ManyColumnWriter, SingleColumnWriter
from searchkit.segment.container import Container
from searchkit.segment.deletes import Deletes
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

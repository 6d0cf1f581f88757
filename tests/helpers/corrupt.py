"""Damaged indexes: files changed by a forger who renews every checksum.

A small index with every structure of the format; its segments taken apart and put together
again with other arrays, another meta, another commit; and all that a user does with an index,
to be tried on the result. Whatever is done must give an answer or an error of searchkit.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from functools import partial
from random import Random
from struct import pack, pack_into
from typing import Any
from zlib import crc32

from searchkit import F, Index, Schema, analyzer
from searchkit.errors import SearchkitError
from searchkit.query import All, Boolean, Query, Term
from searchkit.results.hits import Hits
from searchkit.schema import Boolean as Truth, Date, Float, Integer, Keyword, Text
from searchkit.segment.container import WIDTHS, Container, ContainerWriter
from searchkit.storage.memory import MemoryDirectory

__all__ = [
    "Files",
    "arrays",
    "damaged",
    "files",
    "index_files",
    "placed_files",
    "tall_files",
    "try_everything",
    "values_of",
    "with_arrays",
    "with_commit",
    "with_meta",
]

Files = dict[str, bytes]
"""The files of an index by name."""

SCHEMA = Schema(
    id=Keyword(key=True),
    title=Text(weight=2.0),
    body=Text(analyzer=analyzer("standard"), many=True),
    tags=Keyword(many=True),
    kind=Keyword(),
    stars=Integer(),
    sizes=Integer(many=True),
    price=Float(),
    prices=Float(many=True),
    draft=Truth(),
    drafts=Truth(many=True),
    day=Date(),
    days=Date(many=True, stored=False),
)
DAYS = [datetime(1969 + n, 3, 14, tzinfo=timezone.utc) for n in range(4)]


def _document(random: Random, number: int) -> dict[str, Any]:
    """A document: words from "a", in nearly all documents, to "z", in few."""

    def text(longest: int) -> str:
        return " ".join(
            chr(97 + int(random.random() ** 3 * 26)) for _ in range(random.randint(1, longest))
        )

    document: dict[str, Any] = {
        "id": f"k{number}",
        "title": text(4),
        "body": [text(30), "a a b a once" + str(number)],
        "tags": random.sample(["red", "green", "blue", ""], random.randint(0, 3)),
        "kind": random.choice(["x", "y"]),
        "stars": random.choice([-5, 3, 400]),
        "sizes": [random.randint(0, 70_000) for _ in range(random.randint(0, 3))],
        "price": random.choice([0.5, -2.0, float("inf")]),
        "prices": [random.choice([1.0, 2.5])] * random.randint(0, 2),
        "draft": random.random() < 0.5,
        "drafts": [True, False][: random.randint(0, 2)],
        "day": random.choice(DAYS),
        "days": random.sample(DAYS, random.randint(0, 3)),
    }
    for name in list(document)[1:]:
        if random.random() < 0.1:
            del document[name]
    return document


def index_files(size: int = 400) -> Files:
    """The files of an index of three segments, the first of ``size`` documents (over 256: lists
    of three blocks) with empty ones between them, with deletions in two of them and gaps in the
    sequence numbers."""
    random = Random(1)
    directory = MemoryDirectory()
    index = Index.create(directory, SCHEMA)
    with index.writer() as writer:
        for number in range(size):
            writer.add(_document(random, number))
            writer.add_many({"id": f"e{number}-{more}"} for more in range(7))
        writer.flush()
        writer.delete_by_query("title:y")
        writer.optimize()
    with index.writer() as writer:
        writer.add_many(_document(random, size + number) for number in range(9))
        writer.delete("k3")
        writer.delete_by_query("title:z")
    with index.writer() as writer:
        writer.upsert(_document(random, 5))
        writer.add({"id": "bare"})
        writer.upsert({"id": f"k{size + 2}", "title": "a b"})
        writer.upsert({"id": "bare", "title": "a", "tags": ["red"]})
    return files(directory)


def tall_files(size: int = 9_000) -> Files:
    """The files of an index of one segment of many short documents: lists of many blocks over
    several windows of 4,096 documents, so that what comes first matters."""
    random = Random(2)
    directory = MemoryDirectory()
    index = Index.create(directory, SCHEMA)
    with index.writer() as writer:
        for number in range(size):
            words = random.choices("abcde", (60, 30, 10, 3, 1), k=random.randint(1, 4))
            document = {"id": f"k{number}", "body": " ".join(words)}
            if number % 2:
                document["tags"] = random.choice(["red", "green"])
            writer.upsert(document)
    return files(directory)


def files(directory: MemoryDirectory) -> Files:
    """The files of a directory."""
    return {name: directory.read(name) for name in directory.list()}


def placed_files(contents: Files) -> MemoryDirectory:
    """A directory of these files."""
    directory = MemoryDirectory()
    for name, data in contents.items():
        with directory.create(name) as file:
            file.write(data)
    return directory


def arrays(data: bytes) -> dict[str, tuple[str, bytes]]:
    """Typecode and bytes of every array of a segment's file."""
    container = Container(placed_files({"s.seg": data}), "s.seg")
    found = {}
    for name in container.names:
        view = container.array(name)
        found[name] = (view.format, view.tobytes())
    return found


def values_of(data: bytes, name: str) -> list[Any]:
    """The items of an array of a segment's file."""
    typecode, contents = arrays(data)[name]
    values: list[Any] = memoryview(contents).cast(typecode).tolist()  # type: ignore[call-overload]
    return values


def with_arrays(data: bytes, changed: dict[str, tuple[str, bytes] | None]) -> bytes:
    """The file with arrays replaced, or (None) left out; its checksums fit."""
    return _written({**arrays(data), **changed}, _meta(data))


def with_meta(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The file with its meta changed in place by ``change``; its checksums fit."""
    meta = _meta(data)
    change(meta)
    return _written(arrays(data), meta)


def with_commit(contents: Files, change: Callable[[dict[str, Any]], object]) -> Files:
    """The files with the newest commit's body changed, and no other commit."""
    commits = sorted(
        (name for name in contents if name.startswith("commit-")), key=lambda n: int(n[7:])
    )
    kept = {name: data for name, data in contents.items() if name not in commits}
    body = json.loads(contents[commits[-1]].partition(b"\n")[2])
    change(body)
    text = json.dumps(body).encode()
    line = b"searchkit commit 0 %08x %d\n" % (crc32(text), len(text))
    return {**kept, commits[-1]: line + text}


def _meta(data: bytes) -> dict[str, Any]:
    return Container(placed_files({"s.seg": data}), "s.seg").meta


def _written(parts: Mapping[str, tuple[str, bytes] | None], meta: dict[str, Any]) -> bytes:
    directory = MemoryDirectory()
    writer = ContainerWriter(directory, "s.seg")
    for name, part in parts.items():
        if part is not None:
            writer.add(name, *part)
    writer.finish(meta)
    return directory.read("s.seg")


_LIMITS = {1: "<B", 2: "<H", 4: "<I", 8: "<Q"}


def damaged(random: Random, typecode: str, contents: bytes) -> tuple[str, tuple[str, bytes]]:
    """An array changed at random: what was done, typecode and bytes."""
    width = WIDTHS[typecode]
    data = bytearray(contents)
    items = len(data) // width
    how = random.choice(
        ["item", "item", "item", "items", "bytes", "cut", "grow", "shuffle", "all", "copy"]
        if items
        else ["grow"]
    )
    if how in ("item", "items"):
        for _ in range(1 if how == "item" else random.randint(2, 6)):
            pack_into(_LIMITS[width], data, random.randrange(items) * width,
                      _extreme(random, 8 * width))  # fmt: skip
    elif how == "bytes":
        for _ in range(random.randint(1, 4)):
            data[random.randrange(len(data))] = random.choice((0, 1, 127, 128, 255))
    elif how == "cut":
        del data[random.randrange(items) * width :]
    elif how == "grow":
        for _ in range(random.randint(1, 3)):
            data += pack(_LIMITS[width], _extreme(random, 8 * width))
    elif how == "shuffle":
        pieces = [bytes(data[at : at + width]) for at in range(0, len(data), width)]
        random.shuffle(pieces)
        data = bytearray(b"".join(pieces))
    elif how == "all":
        data = bytearray(pack(_LIMITS[width], _extreme(random, 8 * width)) * items)
    else:
        source, target = random.randrange(items) * width, random.randrange(items) * width
        data[target : target + width] = data[source : source + width]
    return how, (typecode, bytes(data))


def _extreme(random: Random, bits: int) -> int:
    """A number that is likely to be on the edge of something."""
    top = 1 << bits
    value = random.choice(
        [
            0, 1, 2, 3, 127, 128, 129, 255, 256, 400, 409, 4096, top - 1, top - 2, top // 2,
            top // 2 - 1, 1 << 40, (3 << 40) | 1, (1 << 40) - 1, 1 << 31, 1 << 32,
            random.randrange(500), random.randrange(top),
        ]
    )  # fmt: skip
    return value % top


QUERIES: list[str | Query] = [
    "a", "z", "once7", "title:a", "body:(a b)", "a OR c OR z", "a AND b", "+a -b c", "a NOT z",
    '"a a b"', 'body:"a b"', 'body:"a b"~3', 'body:"a a"~2', '"b a once7"~9', 'title:"b a"~1',
    "tags:red", "tags:red kind:x", "id:k7", "stars:3", "stars:-5", "sizes:400", "price:0.5",
    "prices:1.0", "draft:true", "drafts:false", "day:1970-03-14", "days:1971-03-14", "*:*",
    "-a", "tags:blue AND body:a", "body:once401",
    Boolean(should=[Term("body", word) for word in "abcdef"], minimum=3),
    Boolean(must=[All()], should=[F.body.phrase("a b")], must_not=[F.tags.term("red")]),
    Boolean(must=[F.body.phrase("a b", slop=4), Term("stars", 3)]),
]  # fmt: skip


def try_everything(contents: Files, seen: Callable[[str], object] = lambda step: None) -> int:
    """Does all that one does with an index, each step on its own; how many failed as they may.

    What is raised by a step is an error of searchkit, or goes on to the caller. ``seen`` is
    told of every step before it is taken.
    """
    refused = 0
    for name, step in _steps(contents):
        seen(name)
        try:
            step()
        except SearchkitError:
            refused += 1
    return refused


def _steps(contents: Files) -> Iterator[tuple[str, Callable[[], object]]]:
    try:
        index = Index.open(placed_files(contents))
    except SearchkitError:
        yield "open", lambda: Index.open(placed_files(contents))
        return
    for query in QUERIES:
        yield f"search {query}", partial(_read, index, query)
    yield "all", lambda: index.search("a b", limit=None, total=True)
    yield "stats", index.stats
    for key in ("k7", "k3", "k401", "bare"):
        yield f"get {key}", partial(index.get, key)
        yield f"is {key} in", partial(index.__contains__, key)
    yield "len", lambda: len(index)
    yield "df", lambda: (index.snapshot.df("body", "a"), index.snapshot.field_total("body"))
    for number, steps in enumerate(WRITING):
        yield f"write {number}", partial(_write, contents, steps)


def _read(index: Index, query: str | Query) -> None:
    """A query, its answer and all there is to a few hits."""
    for options in ({"limit": 3}, {"limit": 500, "total": True}, {"offset": 5, "limit": 20}):
        try:
            hits = index.search(query, **options)  # type: ignore[arg-type]
        except SearchkitError:
            continue
        if options["limit"] != 3:
            continue
        for read in _reads(hits):
            try:
                read()
            except SearchkitError:
                pass
    index.count(query)


def _reads(hits: Hits) -> list[Callable[[], object]]:
    return [
        lambda: [hit.id for hit in hits],
        lambda: [hit.fields for hit in hits],
        lambda: [hit.snippet("body") for hit in hits if "body" in hit],
        lambda: hits.total,
        lambda: hits.scores,
        *(partial(hits.column, name) for name in SCHEMA.fields),
    ]


def _write(contents: Files, steps: list[Callable[[Any], object]]) -> None:
    """Steps of a writer, and what an index shows after them."""
    with Index.open(placed_files(contents)) as index:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of merges that can't read what is damaged
            with index.writer(memory_mb=16) as writer:
                for step in steps:
                    try:
                        step(writer)
                    except SearchkitError:
                        pass
            assert isinstance(writer.merge_error, SearchkitError | None)
        for query in QUERIES[:16:3]:
            try:
                _read(index, query)
            except SearchkitError:
                pass


WRITING: list[list[Callable[[Any], object]]] = [
    [lambda writer: writer.optimize()],
    [
        lambda writer: writer.add({"id": "k7", "title": "a"}),
        lambda writer: writer.upsert({"id": "k8", "title": "a b", "tags": ["red"]}),
        lambda writer: writer.delete("k9"),
        lambda writer: writer.delete_by_query('body:"a b" OR stars:3'),
        lambda writer: writer.commit(),
        lambda writer: writer.optimize(reorder=True),
    ],
    [lambda writer: writer.delete_by_query("*:*")],
]

"""The collection and the queries that every benchmark reads.

A collection is a `.jsonl` or `.jsonl.xz` file of `{"id", "title", "text"}` lines. Benchmarks do not
read it directly: `prepare` unpacks it once into `{"id", "text"}` lines (title, newline, text), so
that every engine reads the same uncompressed file and indexes one single field.
"""

from __future__ import annotations

import json
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

try:
    from orjson import loads
except ImportError:  # an engine's own interpreter may lack it
    from json import loads  # type: ignore[assignment]

CLASSES = ("union", "intersection", "phrase")
SHARES = 1_000  # `share`, a number of a document, is below this
READ_BYTES = 1 << 18  # at a time: what reading costs beside an engine should be little


@dataclass(frozen=True)
class Corpus:
    """A prepared collection: where its lines are, and what they hold.

    `text_bytes` counts the UTF-8 bytes of titles and texts; every MB/s and every size ratio is of
    it. `numeric_ids` says that every id is a decimal number of at most 18 digits.
    """

    path: str
    documents: int
    text_bytes: int
    numeric_ids: bool

    def lines(self) -> Iterator[bytes]:
        """The raw JSON lines."""
        with open(self.path, "rb", READ_BYTES) as file:
            yield from file

    def read(self) -> Iterator[dict[str, Any]]:
        """The documents: dictionaries with `id` and `text`, of two fields with `title`, too, with
        numbers `length` and `share`."""
        return map(loads, self.lines())

    def save(self) -> None:
        """Write the description beside the lines."""
        Path(self.path + ".meta").write_text(json.dumps(asdict(self)))


class Ready(Corpus):
    """A collection parsed beforehand, and kept: what is read are dictionaries, as they are."""

    def __init__(self, other: Corpus) -> None:
        super().__init__(**asdict(other))
        self._documents: list[dict[str, Any]]
        object.__setattr__(self, "_documents", list(other.read()))

    def read(self) -> Iterator[dict[str, Any]]:
        return iter(self._documents)


def load(path: str | Path) -> Corpus:
    """The collection that an earlier `prepare` wrote to `path`; FileNotFoundError if none did."""
    return Corpus(**json.loads(Path(f"{path}.meta").read_text()))


def prepare(
    source: str | Path,
    target: str | Path,
    *,
    limit: int | None = None,
    ascii_only: bool = False,
    times: int = 1,
    other_words: bool = False,
    paragraphs: bool = False,
    two_fields: bool = False,
    numbers: bool = False,
) -> Corpus:
    """Unpack the first `limit` documents of `source` (None: all) into the file `target`.

    `ascii_only` passes over documents with any other character: all tokenizers agree on the rest.
    `times` writes each document so often, in a row, with ids of its own, for larger collections;
    with `other_words` those that end in e, n or s end otherwise in each, for millions of terms.
    `paragraphs` makes a document of every line of at least 100 characters, without the title,
    numbered through: numeric ids are what tantivy reads back quickest. With `two_fields` lines keep
    the title apart: `{"id", "title", "text"}`. `numbers` adds to each document of a single field
    its `length`, in characters, and its `share`, spread evenly by its id.
    """
    count = size = 0
    numeric = True
    with open(target, "wb") as out:
        for raw in open_lines(source):
            if limit is not None and count >= limit * times:
                break
            record = loads(raw)
            name, title, text = str(record["id"]), record.get("title") or "", record["text"]
            if ascii_only and not (title.isascii() and text.isascii()):
                continue
            if paragraphs:
                for line in _paragraphs(text):
                    out.write(_line({"id": str(count), "text": line}))
                    count += 1
                    size += len(line.encode())
                continue
            for copy in range(times):
                key = f"{name}-{copy}" if copy else name
                if other_words and copy:
                    text = _with_endings(record["text"], copy)
                document = {"id": key, "title": title, "text": text}
                if not two_fields:
                    document = {"id": key, "text": f"{title}\n{text}"}
                if numbers:
                    share = zlib.crc32(key.encode()) % SHARES
                    document = {**document, "length": len(document["text"]), "share": share}
                out.write(_line(document))
                numeric = numeric and _is_plain_number(key)
                size += len(title.encode()) + len(text.encode())
            count += times
    corpus = Corpus(str(target), count, size, numeric)
    corpus.save()
    return corpus


def open_lines(source: str | Path) -> IO[bytes]:
    """The lines of a `.jsonl` or `.jsonl.xz` file, unpacked while reading."""
    if str(source).endswith(".xz"):
        return lzma.open(source, "rb")
    return open(source, "rb")


def read_queries(path: str | Path) -> list[tuple[str, str]]:
    """The Search Benchmark Game's queries as (class, query); the class is the first tag."""
    queries = []
    for line in open_lines(path):
        record: dict[str, Any] = loads(line)
        queries.append((record["tags"][0], record["query"]))
    return queries


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _with_endings(text: str, number: int) -> str:
    for letter in "ens":
        text = text.replace(f"{letter} ", f"{letter}q{number} ")
    return text


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.split("\n") if len(line) >= 100]


def _is_plain_number(text: str) -> bool:
    digits = text.isascii() and text.isdigit() and len(text) <= 18
    return digits and str(int(text)) == text

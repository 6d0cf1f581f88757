"""``searchkit index PATHS``: files and folders into the index, in place of what is there
of them; what hasn't changed stays as it is."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager

import click

import searchkit as sk

from .options import index_option
from .output import report
from .place import base_of, find_or_choose
from .progress import Tally
from .records import Reader, Refused, Survey, fitted, record_key
from .sources import STDIN, Source, find_sources, read_file, read_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["command"]

FAILED = 2
BYTES_A_STEP = 1 << 20  # of records, between updates of the bar


@click.command("index", short_help="Index files and folders.")
@index_option
@click.option(
    "--key",
    metavar="FIELD",
    help="The field of JSON Lines records that is their key, instead of FILE#LINE.",
)
@click.option(
    "--analyzer",
    metavar="NAME",
    help="How a new index analyses title and body: standard, or a language.  [default: english]",
)
@click.option(
    "--commit-every",
    type=click.IntRange(min=1),
    metavar="N",
    help="Commit after every N documents, which Ctrl-C then leaves.  [default: once, at the end]",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many threads analyse texts.  [default: one a processor, up to 8]",
)
@click.option(
    "--memory",
    type=click.FloatRange(min=1),
    default=256,
    show_default=True,
    metavar="MB",
    help="How much memory indexing may take; the largest document comes on top.",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATHS...", type=click.Path())
def command(
    paths: tuple[str, ...],
    place: str | None,
    key: str | None,
    analyzer: str | None,
    commit_every: int | None,
    threads: int | None,
    memory: float,
) -> int:
    """Index files and folders: text, Markdown, HTML, JSON Lines (.jsonl, or - for stdin).

    A file becomes a document with path (its key), title and body; a line of JSON Lines one
    with its own fields and the key FILE#LINE. Paths are relative to the folder that holds
    the index. Indexing again replaces what has changed. Hidden files, symbolic links and
    binary files in folders are passed over. What can't be indexed is named and skipped.
    Ctrl-C leaves the last commit, and says what that holds.
    """
    folder = find_or_choose(place)
    with Tally() as tally:
        found = find_sources(paths, base_of(folder), folder, tally.failed)
        if not found:
            report("nothing to index")
            return FAILED if tally.failures else 0
        with _open(folder, analyzer) as index:
            report(f"index {folder}")
            with (
                _stdin_spooled(found) as sources,
                index.writer(threads=threads, memory_mb=memory) as writer,
            ):
                _index(index, writer, sources, key, analyzer, commit_every or 0, tally)
        tally.close()
        report(tally.summary())
    return FAILED if tally.failures else 0


def _open(folder: str, analyzer: str | None) -> sk.Index:
    """The index in a folder, made if it isn't there."""
    wanted = sk.analyzer(analyzer or "english")
    try:
        index = sk.Index.open(folder)
    except sk.IndexNotFoundError:
        schema = sk.Schema(
            path=sk.Keyword(key=True), title=sk.Text(analyzer=wanted), body=sk.Text(analyzer=wanted)
        )
        _hide_from_git(folder)
        return sk.Index.create(folder, schema, exist_ok=True)
    body = index.schema.fields.get("body")
    if analyzer is not None and isinstance(body, sk.Text) and body.analyzer != wanted:
        raise sk.SchemaError(
            f"the index in {folder} analyses its texts with {body.analyzer!r}",
            hint="leave --analyzer out, or make a new index in another folder with --index",
        )
    if index.schema.key is None:
        raise sk.SchemaError(
            f"the documents of the index in {folder} have no keys, so files can't be updated in it",
            hint="make a new index in another folder with --index",
        )
    return index


def _hide_from_git(folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    try:
        with open(os.path.join(folder, ".gitignore"), "x", encoding="ascii") as file:
            file.write("*\n")
    except FileExistsError:
        return


@contextmanager
def _stdin_spooled(found: list[Source]) -> Iterator[list[Source]]:
    """The sources with stdin, which is read twice, replaced by a temporary file."""
    if not any(source.path == STDIN for source in found):
        yield found
        return
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "stdin")
        with open(path, "xb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
            size = file.tell()
        yield [
            source._replace(path=path, size=size) if source.path == STDIN else source
            for source in found
        ]


def _index(
    index: sk.Index,
    writer: sk.Writer,
    found: list[Source],
    key: str | None,
    analyzer: str | None,
    commit_every: int,
    tally: Tally,
) -> None:
    """Reads the sources and writes what has changed, in one commit or several."""
    index.refresh()  # what another writer did while this one waited
    body = index.schema.fields.get("body")
    text: str | sk.Analyzer = analyzer or "english"
    if isinstance(body, sk.Text):
        text = body.analyzer
    tally.begin(sum(source.size for source in found))
    updater = _Updater(index, writer, commit_every, tally)
    refused = _extend(writer, found, key, text, tally)
    for source in found:
        if source.kind != "records":
            _index_file(source, updater)
        elif source.key not in refused:
            _index_records(source, key, updater)
    updater.commit()


def _extend(
    writer: sk.Writer, found: list[Source], key: str | None, analyzer: str | sk.Analyzer,
    tally: Tally,
) -> set[str]:  # fmt: skip
    """Adds to the schema what the sources need; the keys of those that ask too much."""
    if any(source.kind != "records" for source in found):
        fields = {name: sk.Text(analyzer=analyzer) for name in ("title", "body")}
        writer.extend_schema({n: f for n, f in fields.items() if n not in writer.schema.fields})
    refused = set()
    survey = Survey()
    for source in found:
        if source.kind == "records":
            try:
                read = Reader(source.path).read
                for line in read_lines(source):
                    try:
                        survey.add(read(line) or {})
                    except Refused:
                        continue  # said when it is indexed
            except OverflowError as error:
                tally.failed(source.path, str(error))
                refused.add(source.key)
            except OSError:
                continue  # likewise
    writer.extend_schema(survey.fields(writer.schema, analyzer, key))
    return refused


class _Updater:
    """Puts documents into the index where they differ from what it has, and commits them."""

    def __init__(self, index: sk.Index, writer: sk.Writer, commit_every: int, tally: Tally) -> None:
        self.tally = tally
        self.writer = writer
        self.schema = writer.schema
        self._index = index
        self._compare = len(index) > 0
        self._touched: set[str | int] = set()  # since the last commit
        self._commit_every = commit_every
        self._waiting = 0  # documents since then

    @property
    def key_field(self) -> str:
        """The name of the field that holds the keys."""
        return self.writer.schema.key or ""

    def put(self, key: str | int, document: dict[str, Any]) -> None:
        """Takes a document; SchemaError if it can't be one."""
        before = None
        if self._compare and key not in self._touched:
            before = self._index.get(key)
            schema = self.writer.schema
            if before is not None and schema.normalise(before, 0) == schema.normalise(document, 0):
                self.tally.unchanged += 1
                return
        self.writer.upsert(document)
        if before is not None or key in self._touched:
            self.tally.changed += 1
        else:
            self.tally.added += 1
        if self._compare:
            self._touched.add(key)
        self._waiting += 1
        if self._waiting == self._commit_every:
            self.commit()

    def commit(self) -> None:
        """Commits what is there; what an analyzer's function failed on is named, and left out."""
        self.tally.writing()
        try:
            self.writer.commit()
        except sk.SchemaError as error:
            for one in error.errors:
                self.tally.left_out(one.message)
            self.writer.commit()
        self._touched.clear()
        self._waiting = 0


def _index_file(source: Source, updater: _Updater) -> None:
    """A file that is one document."""
    tally = updater.tally
    try:
        read = read_file(source)
    except OSError as error:
        tally.failed(source.path, error.strerror or str(error))
        return
    tally.advance(source.size)
    if read is None:
        if source.named:
            tally.failed(source.path, "it is binary, not text")
        else:
            tally.binary += 1
        return
    title, body = read
    try:
        updater.put(source.key, {updater.key_field: source.key, "title": title, "body": body})
    except sk.SchemaError as error:
        tally.failed(source.path, error.message)


def _index_records(source: Source, key: str | None, updater: _Updater) -> None:
    """A file of JSON Lines."""
    tally = updater.tally
    schema, key_field = updater.writer.schema, updater.key_field
    if key is None and key_field != "path":
        key = key_field  # an index that the library made, with keys of its own
    done = 0
    read = Reader(source.path).read
    try:
        for number, line in enumerate(read_lines(source), 1):
            done += len(line)
            if done >= BYTES_A_STEP:
                tally.advance(done)
                done = 0
            try:
                record = read(line)
                if record is None:
                    continue
                value = record_key(record, key, key_field, f"{source.key}#{number}")
                document = fitted({**record, key_field: value}, schema)
                updater.put(document[key_field], document)
            except Refused as error:
                tally.refused(source.path, number, str(error))
            except sk.SchemaError as error:
                tally.refused(source.path, number, error.message)
    except OSError as error:
        if isinstance(error, sk.SearchkitError):
            raise
        tally.failed(source.path, error.strerror or str(error))
    tally.advance(done)

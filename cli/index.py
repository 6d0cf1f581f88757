"""``searchkit index PATHS``: files and folders into the index, in place of what is there
of them; what hasn't changed stays as it is."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager

import click

import searchkit as sk

from .options import index_option
from .output import report
from .place import base_of, find_or_choose
from .progress import Tally
from .records import Reader, flat
from .sources import STDIN, Source, find_sources
from .spool import Spool
from .survey import Survey, Types, Undecided
from .updater import Updater

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["command"]

FAILED = 2
SURVEYED_BYTES = 4 << 20  # of records, before the first is indexed
LEAST_SURVEYED = 1 << 16  # of each file's


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

    A field of records that is new to the index gets the type that all its values have:
    numbers of both kinds Float, other mixtures Text. Records are read once if the first 20,000,
    or 4 MB of them, show the types; where a later value is of another one, all is begun again,
    after a reading of all records for the types. With --commit-every that comes first.
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
    """The sources with stdin, which may be read twice, kept in a temporary file."""
    if not any(source.path == STDIN for source in found):
        yield found
        return
    import tempfile  # 4 ms

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "stdin")
        with Spool(sys.stdin.buffer, path) as spool:
            yield [
                source._replace(path=path, spool=spool) if source.path == STDIN else source
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
    """Reads the sources and writes what has changed, in one commit or several.

    Fields get their types by the beginnings of the files, and if a record shows later that one
    was wrong, nothing was committed yet and all is done once more, after all were read.
    """
    index.refresh()  # what another writer did while this one waited
    body = index.schema.fields.get("body")
    text: str | sk.Analyzer = analyzer or "english"
    if isinstance(body, sk.Text):
        text = body.analyzer
    known = all(source.spool is None for source in found)
    tally.begin(sum(source.size for source in found) if known else None)
    for most in (None,) if commit_every else (SURVEYED_BYTES, None):
        readers: dict[str, Reader | None] = {}  # those of the time before end here
        try:
            types, refused, readers = _decide(writer, found, key, text, most, tally)
            updater = Updater(index, writer, types, key, commit_every, tally)
            for source in found:
                if source.kind != "records":
                    updater.put_file(source)
                elif source.key not in refused:
                    updater.put_records(source, readers.pop(source.key, None))
            updater.commit()
            return
        except Undecided as undecided:
            writer.rollback()
            tally.again(str(undecided))


def _decide(
    writer: sk.Writer,
    found: list[Source],
    key: str | None,
    analyzer: str | sk.Analyzer,
    most: int | None,
    tally: Tally,
) -> tuple[Types, set[str], dict[str, Reader | None]]:
    """The types of the sources' fields, by so many bytes of their records; the keys of the
    sources that ask too much; and what the first of them are read on with, by their keys. Adds
    the fields to the schema."""
    records = [source for source in found if source.kind == "records"]
    if len(records) < len(found):
        fields = {name: sk.Text(analyzer=analyzer) for name in ("title", "body")}
        writer.extend_schema({n: f for n, f in fields.items() if n not in writer.schema.fields})
    refused = set()
    survey = Survey()
    share = None if most is None else max(most // max(len(records), 1), LEAST_SURVEYED)
    readers: dict[str, Reader | None] = {}
    for source in records:
        one = survey.copy()
        reader = Reader(source)
        try:
            for record in reader.look_at(share):
                one.add(flat(record))
        except OverflowError as error:
            if most is not None:
                raise Undecided(str(error)) from None
            tally.failed(source.path, str(error))
            refused.add(source.key)
            continue
        except OSError:
            pass  # said when it is indexed
        else:
            if reader.again and len(readers) < SURVEYED_BYTES // LEAST_SURVEYED:
                readers[source.key] = reader
        survey = one
    return Types(survey, writer, analyzer, key, final=most is None), refused, readers

"""What a source holds into the index, where it differs from what is there."""

from __future__ import annotations

import searchkit as sk

from .records import Reader, Refused, fitted, flat, record_key
from .sources import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .progress import Tally
    from .sources import Source
    from .survey import Types

__all__ = ["Updater"]

BYTES_A_STEP = 1 << 20  # of records, between updates of the bar


class Updater:
    """Puts documents into the index where they differ from what it has, and commits them."""

    def __init__(
        self,
        index: sk.Index,
        writer: sk.Writer,
        types: Types,
        key: str | None,
        commit_every: int,
        tally: Tally,
    ) -> None:
        self._index = index
        self._writer = writer
        self._types = types
        self._key_field = writer.schema.key or ""
        # an index that the library made has keys of its own
        self._key = self._key_field if key is None and self._key_field != "path" else key
        self._tally = tally
        self._compare = len(index) > 0
        self._touched: set[str | int] = set()  # since the last commit
        self._commit_every = commit_every
        self._waiting = 0  # documents since then

    def put(self, document: dict[str, Any]) -> None:
        """Takes a document; SchemaError if it can't be one."""
        key: Any = None
        replaces = False
        if self._compare:
            key = document[self._key_field]
            replaces = key in self._touched
            before = None if replaces else self._index.get(key)
            if before is not None:
                normalise = self._writer.schema.normalise
                if normalise(before, 0) == normalise(document, 0):
                    self._tally.unchanged += 1
                    return
                replaces = True
                before = None
        self._writer.upsert(document)
        if replaces:
            self._tally.changed += 1
        else:
            self._tally.added += 1
        if self._compare:
            self._touched.add(key)
        self._waiting += 1
        if self._waiting == self._commit_every:
            self.commit()

    def commit(self) -> None:
        """Commits what is there; what an analyzer's function failed on is named, and left out."""
        self._tally.writing()
        try:
            self._writer.commit()
        except sk.SchemaError as error:
            for one in error.errors:
                self._tally.left_out(one.message)
            self._writer.commit()
        self._touched.clear()
        self._waiting = 0

    def put_file(self, source: Source) -> None:
        """A file that is one document."""
        tally = self._tally
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
            self.put({self._key_field: source.key, "title": title, "body": body})
        except sk.SchemaError as error:
            tally.failed(source.path, error.message)

    def put_records(self, source: Source, reader: Reader | None) -> None:
        """A file of JSON Lines, by a reader that has looked at the first, if there is one."""
        tally = self._tally
        reader = reader or Reader(source)
        done = 0
        try:
            while not reader.done:
                try:
                    self._put_next(reader, source.key)
                except Refused as error:
                    tally.refused(source.path, reader.line, str(error))
                except sk.SchemaError as error:
                    tally.refused(source.path, reader.line, error.message)
                if reader.bytes - done >= BYTES_A_STEP:
                    tally.advance(reader.bytes - done)
                    done = reader.bytes
        except OSError as error:
            if isinstance(error, sk.SearchkitError):
                raise
            tally.failed(source.path, error.strerror or str(error))
        tally.advance(reader.bytes - done)

    def _put_next(self, reader: Reader, file: str) -> None:
        record = reader.read()
        if record is None:
            return
        types, field = self._types, self._key_field
        document = record
        if not types.takes(record):
            record = flat(record)
            document = types.fit(record)
        key = record.get(self._key) if self._key is not None else None
        try:
            if type(key) is not str:
                key = record_key(record, self._key, field, f"{file}#{reader.line}")
            if document.get(field) is not key:
                document = {**document, **fitted({field: key}, types.schema)}
            self.put(document)
        except (Refused, sk.SchemaError):
            types.note(record)  # a number may be too great for its field
            raise

"""Index: create, open, search, count, get; the door to everything else."""

from __future__ import annotations

from searchkit.errors import (
    IndexClosedError,
    IndexExistsError,
    IndexNotFoundError,
    OptionError,
)
from searchkit.query import Query
from searchkit.schema import Schema, infer
from searchkit.search.options import CHUNK
from searchkit.search.scoring import Scoring
from searchkit.segment.keys import key_bytes
from searchkit.segment.snapshot import Snapshot
from searchkit.storage import (
    Commit,
    Directory,
    LocalDirectory,
    MemoryDirectory,
    next_generation,
    publish,
    read_latest,
)
from searchkit.storage.interrupts import Uninterrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType, TracebackType
    from typing import Any, TypeGuard

    from searchkit.results.explain import Plan
    from searchkit.results.hits import Hits
    from searchkit.search.answers import Answers
    from searchkit.writer import Writer

    _Filter = Any  # a query, a NumPy array of bool, a set of keys, or None
    _Path = str | os.PathLike[str] | Directory
    _Function = Callable[..., Any]

__all__ = ["Index"]

_NO_FUNCTIONS = ()
_imported: tuple[ModuleType, ...] = ()  # what searches


class Index:
    """An index open for searching; ``writer()`` opens it for writing too.

    Made by ``create``, ``open``, ``in_memory`` or ``from_dicts``. It searches the state of
    one commit: of its own writers' last, or of the last ``refresh()``. Threads may share it.
    """

    def __init__(self, directory: Directory, snapshot: Snapshot) -> None:
        self._directory = directory
        self._snapshot: Snapshot | None = snapshot

    @classmethod
    def create(cls, path: _Path, schema: Schema, *, exist_ok: bool = False) -> Index:
        """A new, empty index in a folder, which is made if it isn't there.

        IndexExistsError if there is one: with ``exist_ok`` only if its schema differs, else
        it is opened. SchemaError for an analyzer that can't be kept.
        """
        schema.to_json()
        directory = _directory(path, create=True)
        with directory.lock(30):
            if read_latest(directory) is None:
                snapshot = Snapshot(schema, [], next_generation(directory), 0)
                publish(directory, Commit(snapshot.generation, snapshot.to_json()))
                return cls(directory, snapshot)
        index = cls.open(path)
        if not exist_ok or index.schema != schema:
            index.close()
            raise IndexExistsError(
                f"there is an index in {directory.description} already"
                + (", with another schema" if exist_ok else ""),
                hint="open it with Index.open(path); with the same schema exist_ok=True does both",
            )
        return index

    @classmethod
    def open(cls, path: _Path) -> Index:
        """Opens the index in a folder.

        IndexNotFoundError if there is none, CorruptIndexError if it can't be read. Analyzers
        name the functions they use, and opening imports them: open indexes you trust.
        """
        directory = _directory(path)
        snapshot = Snapshot.latest(directory)
        if snapshot is None:
            raise IndexNotFoundError(
                f"there is no index in {directory.description}",
                hint="create one with Index.create(path, schema), or `searchkit index FILES`",
            )
        return cls(directory, snapshot)

    @classmethod
    def in_memory(cls, schema: Schema) -> Index:
        """A new index in memory alone; its analyzers may use any function."""
        directory = MemoryDirectory()
        snapshot = Snapshot(schema, [], next_generation(directory), 0)
        snapshot.persistent = False
        publish(directory, Commit(snapshot.generation, snapshot.to_json()))
        return cls(directory, snapshot)

    @classmethod
    def from_dicts(
        cls,
        documents: Iterable[Mapping[str, Any]],
        *,
        key: str | None = None,
        path: _Path | None = None,
    ) -> Index:
        """An index of ``documents``, in memory or in the folder ``path``.

        The schema is inferred from the values of all documents: str becomes Text (the key
        Keyword), int Integer, float Float, bool Boolean, dates Date, lists ``many``.
        """
        documents = list(documents)
        schema = infer(documents, key)
        index = cls.in_memory(schema) if path is None else cls.create(path, schema)
        with index.writer() as writer:
            writer.add_many(documents)
        return index

    @property
    def snapshot(self) -> Snapshot:
        """The state searched: its segments, and statistics over them."""
        snapshot = self._snapshot
        if snapshot is None:
            raise IndexClosedError("the index is closed", hint="open it again: Index.open(path)")
        return snapshot

    @property
    def schema(self) -> Schema:
        """The fields."""
        return self.snapshot.schema

    def writer(
        self,
        threads: int | None = None,
        memory_mb: float = 256,
        timeout: float | None = 30,
    ) -> Writer:
        """The writer, once no other has the index: waits up to ``timeout`` seconds (None:
        for ever), then raises LockTimeoutError, which says who has it.

        ``memory_mb`` bounds what waits in memory for its segment; writing that takes up to 100 MB
        more, and the merges in the background, two at most, about 10 MB each. ``threads`` is how
        many invert texts, the caller's included; None: one a processor, up to 8. Answers are the
        same whatever their number, though where segments end may differ. Filters of your own are
        called in all.
        """
        with Uninterrupted():  # as in _import_searching; who only searches needs no writer
            from searchkit.writer import Writer

        return Writer(
            self._directory,
            self.snapshot,
            threads=threads,
            memory_mb=memory_mb,
            timeout=timeout,
            on_commit=self._see,
        )

    def _see(self, snapshot: Snapshot) -> None:
        if self._snapshot is not None:
            self._snapshot = snapshot

    def search(
        self,
        query: str | Query,
        limit: int | None = 10,
        offset: int = 0,
        *,
        fields: Mapping[str, float] | Iterable[str] | None = None,
        operator: str = "or",
        strict: bool = False,
        total: bool = False,
        filter: _Filter = None,
        combine: str = "sum",
        expansions: str | None = None,
        max_expansions: int | None = None,
        scoring: Scoring | _Function | None = None,
        functions: _Function | Iterable[_Function] = _NO_FUNCTIONS,
        timeout: float | None = None,
    ) -> Hits:
        """The best hits of a query, ``limit`` of them (None: all) from ``offset`` on.

        A string is read leniently: whatever it is, it is answered, and ``hits.diagnostics``
        says how it was read; ``strict`` raises QuerySyntaxError instead. Words without a
        field are searched in all Text fields, or in ``fields``; a mapping there sets
        weights. ``operator`` joins bare words: "or" or "and". ``total`` counts all matches
        in the same pass. Equal scores are ordered by when the documents were added.

        ``filter`` restricts the hits without scoring: a query (a string is read strictly, over
        all Text fields, whatever ``fields`` and ``operator`` are), a NumPy array of bool with an
        item a document (see ``column``), or a set of keys. ``combine`` says what a word scores
        that stands in several fields: the "sum", the "max" of its scores, or "bm25f", its
        frequencies taken together. ``expansions`` says whether the terms that a prefix,
        wildcard, expression or fuzzy word stands for score alike ("constant", 1) or each by
        itself ("blended"; so do fuzzy words by default); ``max_expansions`` bounds them
        (131,072 that score alike, 1,024 otherwise), and a diagnostic says where it did.

        ``scoring`` is the model, ``BM25()`` unless another is given; or a function
        ``(frequencies, lengths, statistics)`` that returns a term's or phrase's scores: NumPy
        arrays, an item a document, lengths in tokens, and what the index knows of the term
        (:class:`Statistics`). ``functions`` change the scores: each a function ``(scores,
        columns)`` that returns the new ones, such as :class:`Recency` and :class:`Popularity`;
        ``columns["stars"]`` is the array of a field's numbers. With functions of either kind
        every match is scored, a part of a segment a call; OptionError for what they may not
        return.

        After ``timeout`` seconds the search ends with what it has found by then, and
        ``hits.partial`` is True.
        """
        snapshot = self._snapshot
        if (
            snapshot is not None
            and fields is None
            and scoring is None
            and functions is _NO_FUNCTIONS
            and timeout is None
            and combine == "sum"
            and expansions is None
            and max_expansions is None
        ):
            answers: Answers[Hits] = snapshot.answers or _answers(snapshot)
            hits = answers.search(
                snapshot, query, limit, offset, operator, 1 if total else 0, 0, filter
            )
            if hits is not None:
                return hits
        # Plain queries don't come here, nor pay for it.
        _import_searching()
        from searchkit.results.answer import Page, answer
        from searchkit.search.request import Request

        deadline = _deadline(timeout)
        model, by = _by_arrays(scoring, functions)
        page = Page(_limit(limit), total, deadline, by, _number("offset", offset))
        request = Request(
            fields, operator, strict, model, filter, combine, expansions, max_expansions
        )
        return answer(self.snapshot, query, request, page)

    def count(
        self,
        query: str | Query,
        *,
        fields: Mapping[str, float] | Iterable[str] | None = None,
        operator: str = "or",
        strict: bool = False,
        filter: _Filter = None,
        max_expansions: int | None = None,
    ) -> int:
        """How many documents match; the options are those of ``search``."""
        snapshot = self._snapshot
        if snapshot is not None and fields is None and max_expansions is None:
            answers: Answers[Hits] = snapshot.answers or _answers(snapshot)
            number = answers.count(query, operator, filter)
            if number is not None:
                return number
        _import_searching()
        from searchkit.results.answer import number_of
        from searchkit.search.request import Request

        request = Request(fields, operator, strict, filter=filter, max_expansions=max_expansions)
        return number_of(self.snapshot, query, request)

    def search_many(
        self,
        queries: Iterable[str | Query],
        limit: int = 10,
        threads: int | None = None,
        *,
        fields: Mapping[str, float] | Iterable[str] | None = None,
        operator: str = "or",
        strict: bool = False,
        total: bool = False,
        filter: _Filter = None,
        combine: str = "sum",
        expansions: str | None = None,
        max_expansions: int | None = None,
        scoring: Scoring | _Function | None = None,
        functions: _Function | Iterable[_Function] = _NO_FUNCTIONS,
        timeout: float | None = None,
    ) -> list[Hits]:
        """``search`` for many queries: their Hits, in the order of the queries.

        They run without the GIL, a chunk of queries a call, by ``threads`` threads (None: one
        a core). The options hold for all queries, ``timeout`` for the whole call; an error says
        which query raised it.
        """
        snapshot = self._snapshot
        if (
            snapshot is not None
            and fields is None
            and scoring is None
            and functions is _NO_FUNCTIONS
            and timeout is None
            and combine == "sum"
            and expansions is None
            and max_expansions is None
            and type(limit) is int
            and limit >= 0
            and _is_chunk(queries, threads)
        ):
            answers: Answers[Hits] = snapshot.answers or _answers(snapshot)
            k = min(limit, snapshot.docs)
            found = answers.search_many(
                snapshot, queries, k, operator, 1 if total else 0, 0, filter
            )
            if None not in found:
                return found  # type: ignore[return-value]
        _import_searching()
        from searchkit.results.answer import Page
        from searchkit.results.many import answer_many
        from searchkit.search.request import Request

        deadline = _deadline(timeout)
        model, by = _by_arrays(scoring, functions)
        page = Page(_number("limit", limit), total, deadline, by)
        request = Request(
            fields, operator, strict, model, filter, combine, expansions, max_expansions
        )
        return answer_many(self.snapshot, queries, threads, request, page)

    def count_many(
        self,
        queries: Iterable[str | Query],
        threads: int | None = None,
        *,
        fields: Mapping[str, float] | Iterable[str] | None = None,
        operator: str = "or",
        strict: bool = False,
        filter: _Filter = None,
        max_expansions: int | None = None,
    ) -> list[int]:
        """``count`` for many queries, as ``search_many`` runs them."""
        snapshot = self._snapshot
        if (
            snapshot is not None
            and fields is None
            and max_expansions is None
            and _is_chunk(queries, threads)
        ):
            answers: Answers[Hits] = snapshot.answers or _answers(snapshot)
            counts = answers.count_many(queries, operator, filter)
            if None not in counts:
                return counts  # type: ignore[return-value]
        _import_searching()
        from searchkit.results.many import answer_many
        from searchkit.search.request import Request

        request = Request(fields, operator, strict, filter=filter, max_expansions=max_expansions)
        return answer_many(self.snapshot, queries, threads, request, None)

    def plan(
        self,
        query: str | Query,
        limit: int | None = 10,
        offset: int = 0,
        *,
        fields: Mapping[str, float] | Iterable[str] | None = None,
        operator: str = "or",
        strict: bool = False,
        total: bool = False,
        filter: _Filter = None,
        combine: str = "sum",
        expansions: str | None = None,
        max_expansions: int | None = None,
        scoring: Scoring | _Function | None = None,
        functions: _Function | Iterable[_Function] = _NO_FUNCTIONS,
    ) -> Plan:
        """How ``search`` goes about a query with the same options: the terms, phrases and ranges
        it looks for, with their weights, and the kernel that runs it in each segment. ``print`` it.
        """
        with Uninterrupted():
            from searchkit.results.answer import Page
            from searchkit.results.explain import explain
            from searchkit.search.request import Request

        model, by = _by_arrays(scoring, functions)
        page = Page(_limit(limit), total, 0, by, _number("offset", offset))
        request = Request(
            fields, operator, strict, model, filter, combine, expansions, max_expansions
        )
        return explain(self.snapshot, query, request, page)

    def more_like(
        self,
        key: str | int,
        fields: Iterable[str] | None = None,
        *,
        terms: int = 25,
    ) -> Query:
        """The query for documents like the one with this key, itself left out: of each Text
        field's stored text (of ``fields``; None: all) the ``terms`` most characteristic terms.

        KeyError if there is no such document; SchemaError where no text of it is stored.
        """
        with Uninterrupted():
            from searchkit.results.like import more_like_document

        return more_like_document(self.snapshot, key, fields, terms)

    def column(self, name: str) -> Any:
        """A NumPy array of a field's values with an item a document of the snapshot, deleted ones
        included: float64 for numbers and booleans (NaN: none), datetime64 for dates (NaT), objects
        (None) for Keywords; of several values the first. What masks for ``filter`` are made of.
        """
        with Uninterrupted():
            from searchkit.results.columns import whole_column

        return whole_column(self.snapshot, name)

    def get(self, key: str | int) -> dict[str, Any] | None:
        """The stored fields of the document with this key; None if there is none."""
        from searchkit.results.documents import document

        snapshot = self.snapshot
        found = snapshot.find_key(key_bytes(snapshot.schema.normalise_key(key)))
        return None if found is None else document(snapshot, *found)

    def __contains__(self, key: str | int) -> bool:
        snapshot = self.snapshot
        return snapshot.find_key(key_bytes(snapshot.schema.normalise_key(key))) is not None

    def __len__(self) -> int:
        return len(self.snapshot)

    def refresh(self) -> bool:
        """Sees the last commit of any process; whether it is a newer one."""
        snapshot = self.snapshot
        if not snapshot.persistent:
            return False
        latest = Snapshot.latest(self._directory, snapshot)
        if latest is None or latest is snapshot:
            return False
        self._snapshot = latest
        return True

    def optimize(self, *, reorder: bool = False, reorder_mb: float = 256) -> None:
        """Merges all segments into one, without deleted documents, and commits. With ``reorder``
        it gets smaller and faster, see :meth:`Writer.optimize`.
        """
        with self.writer() as writer:
            writer.optimize(reorder=reorder, reorder_mb=reorder_mb)

    def stats(self) -> dict[str, Any]:
        """Documents, segments, bytes, bytes written, and for each field its documents, terms and
        tokens: see :func:`searchkit.maintenance.stats.statistics`."""
        from searchkit.maintenance.stats import statistics

        return statistics(self.snapshot, self._directory)

    def close(self) -> None:
        """Lets go of the files. Hits that haven't read their documents can't any more."""
        snapshot, self._snapshot = self._snapshot, None
        if snapshot is not None:
            for view in snapshot.segments:
                view.segment.close()
            snapshot.prepared = snapshot.answers = None
            snapshot.gatherers.clear()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._snapshot is None:
            return "<Index closed>"
        return f"<Index of {len(self):,} documents in {self._directory.description}>"


def _directory(path: _Path, *, create: bool = False) -> Directory:
    return path if isinstance(path, Directory) else LocalDirectory(path, create=create)


def _answers(snapshot: Snapshot) -> Answers[Hits]:
    """What answers plain queries; once a snapshot."""
    _import_searching()
    from searchkit.results.hits import answers_of

    return answers_of(snapshot)


def _import_searching() -> None:
    """Imports what searches, for the first who does: who only indexes needs none of it. That takes
    20 ms, and a module that Ctrl-C came into may stay half imported for good: so it waits."""
    global _imported
    if not _imported:
        with Uninterrupted():
            from searchkit.results import answer, many
            from searchkit.search import request

            _imported = (answer, many, request)


def _deadline(timeout: float | None) -> int:
    """When a search has to end that begins now; 0: whenever it is done."""
    if timeout is None:
        return 0
    from searchkit.search.searcher import deadline_of

    return deadline_of(timeout)


def _is_chunk(queries: Any, threads: Any) -> TypeGuard[list[Any]]:
    """Whether queries are run by one thread in one call."""
    right = threads is None or (type(threads) is int and threads > 0)
    return right and type(queries) is list and len(queries) <= CHUNK


def _by_arrays(
    scoring: Scoring | _Function | None, functions: _Function | Iterable[_Function]
) -> tuple[Scoring | None, list[_Function] | None]:
    """The model, and the functions of a search by arrays; None where it isn't one."""
    if functions is _NO_FUNCTIONS and (scoring is None or isinstance(scoring, Scoring)):
        return scoring, None
    from searchkit.search.arrays import by_arrays  # only such searches pay for it

    return by_arrays(scoring, functions)


def _limit(limit: int | None) -> int | None:
    return None if limit is None else _number("limit", limit)


def _number(name: str, value: int) -> int:
    if type(value) is not int or value < 0:
        raise OptionError(f"{name}={value!r}", hint="give a whole number from 0 up")
    return value

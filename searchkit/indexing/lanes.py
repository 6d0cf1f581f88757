"""Threads that invert: each has a lane, memory and memos of its own, and shares no list.

In go batches of texts, in the order of their documents' numbers; a batch is one lane's. What the
lanes hold together is the same whichever lane took which batch (``encode.pyx`` merges them).
"""

from __future__ import annotations

import threading
from collections import deque

from searchkit.analysis.scan import Vocabulary, cut
from searchkit.analysis.turn import Turn
from searchkit.analysis.words import native
from searchkit.errors import SchemaError
from searchkit.indexing.chains import Slabs
from searchkit.indexing.invert import FieldBuffer
from searchkit.indexing.pages import trim
from searchkit.storage.interrupts import Uninterrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Sequence

    from searchkit.analysis import Analyzer

    _Texts = tuple[int, Analyzer, array[int], list[str]]
    """A field's number and analyzer; its values, and the document of each."""
    _Failure = tuple[int, SchemaError]
    """A document that an analyzer failed on, and how."""

__all__ = ["Lane", "Lanes"]

AHEAD = 3  # batches that wait for each thread


class Lane:
    """One thread's memos of analyzers, slabs of memory and, by a field's number, its lists."""

    def __init__(self, memo_limit: int, turn: Turn) -> None:
        self._turn = turn
        self.slabs = Slabs()
        self.fields: dict[int, FieldBuffer] = {}
        self._vocabularies: dict[Analyzer, Vocabulary] = {}
        self._memo_limit = memo_limit

    @property
    def nbytes(self) -> int:
        """Memory in use, memos included."""
        lists = sum(lists.nbytes for lists in [*self.fields.values()])
        memos = sum(vocabulary.nbytes for vocabulary in [*self._vocabularies.values()])
        return self.slabs.nbytes + lists + memos

    def reset(self, limit: int) -> None:
        """Empty, for the next segment; memos are kept, and of the lists' memory as much as was
        used, and makes ``limit`` bytes with them."""
        used = self.slabs.nbytes
        for lists in self.fields.values():
            lists.reset()
        self.slabs.reset()
        self.slabs.keep(min(used, max(limit - self.nbytes, 0)))

    def invert(self, batch: Iterable[_Texts]) -> list[_Failure]:
        """Scans and inverts values; tells of documents that an analyzer failed on."""
        self._trim()
        failures: list[_Failure] = []
        for number, analyzer, docs, values in batch:
            lists = self.fields.get(number)
            if lists is None:
                lists = self.fields[number] = FieldBuffer(self.slabs, True)
            if analyzer.scannable:
                failures += self._scan(lists, analyzer, docs, values)
            else:
                failures += _analyse(lists, analyzer, docs, values)
        return failures

    def _trim(self) -> None:
        vocabularies = self._vocabularies.values()
        if sum(vocabulary.nbytes for vocabulary in vocabularies) > self._memo_limit:
            for vocabulary in vocabularies:
                vocabulary.clear()

    def _scan(
        self, lists: FieldBuffer, analyzer: Analyzer, docs: array[int], values: list[str]
    ) -> list[_Failure]:
        """The compiled way: raw ids, whose terms the memo knows or learns."""
        vocabulary = self._vocabularies.get(analyzer)
        if vocabulary is None:
            vocabulary = Vocabulary(analyzer.folds, self._turn, *native(analyzer))
            self._vocabularies[analyzer] = vocabulary
        failed: dict[str, SchemaError] = {}

        def expand(raws: list[str]) -> Iterable[Sequence[tuple[str, int]]]:
            try:
                return analyzer.expand(raws)
            except SchemaError:
                return [_expand_one(analyzer, raw, failed) for raw in raws]

        vocabulary.begin(values)
        lists.begin(vocabulary)
        while vocabulary.step(expand):
            lists.add_step(vocabulary, docs)
        if not failed:
            return []
        vocabulary.clear()  # or the next document with such a token would go unnoticed
        found = ((doc, _failure(analyzer, value, failed)) for doc, value in zip(docs, values))
        return [(doc, error) for doc, error in found if error is not None]


def _expand_one(
    analyzer: Analyzer, raw: str, failed: dict[str, SchemaError]
) -> Sequence[tuple[str, int]]:
    try:
        return analyzer.expand([raw])[0]
    except SchemaError as error:
        failed[raw] = error
        return ()


def _failure(analyzer: Analyzer, value: str, failed: dict[str, SchemaError]) -> SchemaError | None:
    """What failed on a token of ``value``, if anything did."""
    data = value.encode()
    spans = cut(data)
    for start, end in zip(spans[::2], spans[1::2]):
        raw = data[start:end].decode()
        error = failed.get(raw) or (failed.get(_fold(raw)) if analyzer.folds else None)
        if error is not None:
            return error
    return None


def _fold(raw: str) -> str:
    """A raw token as the scanner spells it when it lower-cases ASCII."""
    return "".join(c.lower() if c < "\x80" else c for c in raw)


def _analyse(
    lists: FieldBuffer, analyzer: Analyzer, docs: array[int], values: list[str]
) -> list[_Failure]:
    """The way of analyzers with a tokenizer or a stream filter in Python."""
    failures: list[_Failure] = []
    for doc, value in zip(docs, values):
        try:
            tokens = analyzer.terms(value)
        except SchemaError as error:
            failures.append((doc, error))
            continue
        lists.add_tokens(doc, [term for term, _ in tokens], [at for _, at in tokens])
    return failures


class Lanes:
    """``threads`` lanes: the caller's own, and a thread for each of the others.

    ``give_way`` is to be called between documents, so that the threads get the GIL when they want
    it. The threads begin with the first batch that is handed over, and end with ``close``. A
    thread's error comes up in the caller's next ``submit`` or ``drain``. Ctrl-C waits while the
    caller has the lock, which it would else never release; that is a batch's time at most.
    """

    def __init__(self, threads: int, memo_limit: int) -> None:
        turn = Turn()
        self.give_way = turn.give_way
        self.all = [Lane(memo_limit // threads, turn) for _ in range(threads)]
        self._waiting: deque[list[_Texts]] = deque()
        self._changed = threading.Condition()
        self._running = 0
        self._closed = False
        self._threads: list[threading.Thread] = []
        self._failures: list[_Failure] = []
        self._error: BaseException | None = None

    @property
    def nbytes(self) -> int:
        """Memory in use, memos included."""
        return sum(lane.nbytes for lane in self.all)

    def submit(self, batch: list[_Texts], *, last: bool = False) -> None:
        """Hands a batch over; with enough of them waiting, the caller inverts one. The ``last``
        wakes no thread that hasn't begun."""
        others = self.all[1:]
        if others and not self._threads and not last:
            self._threads = [
                threading.Thread(target=self._run, args=(lane,), daemon=True) for lane in others
            ]
            for thread in self._threads:
                thread.start()
        with Uninterrupted(), self._changed:
            self._raise()
            self._waiting.append(batch)
            self._changed.notify()
            many = len(self._waiting) > AHEAD * len(others)
        if many:
            self._invert_one()

    def _invert_one(self) -> bool:
        """Inverts the batch that has waited longest, in the caller's lane; whether there was one.
        A lane's documents ascend, because the batches are taken in their order."""
        with Uninterrupted(), self._changed:
            if not self._waiting:
                return False
            batch = self._waiting.popleft()
        failures = self.all[0].invert(batch)
        with Uninterrupted(), self._changed:
            self._failures += failures
        return True

    def drain(self) -> list[_Failure]:
        """Waits until all batches are inverted; what analyzers have failed on since the last
        time, in the order of the documents."""
        while self._invert_one():
            pass
        with Uninterrupted(), self._changed:
            while self._running:
                self._changed.wait()
            self._raise()
            failures, self._failures = self._failures, []
        return sorted(failures, key=lambda failure: failure[0])

    def reset(self, limit: int) -> None:
        """Forgets all batches and lists; waits for the threads to let go of them. What is kept
        for the next segment takes ``limit`` bytes at most, as far as it isn't memos."""
        with Uninterrupted(), self._changed:
            self._waiting.clear()
            while self._running:
                self._changed.wait()
            self._failures.clear()
            self._error = None
        for lane in self.all:
            lane.reset(limit // len(self.all))
        trim()

    def close(self) -> None:
        """Ends the threads; batches that wait are forgotten."""
        with Uninterrupted(), self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self, lane: Lane) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                batch = self._waiting.popleft()
                self._running += 1
            failures: list[_Failure] = []
            error: BaseException | None = None
            try:
                failures = lane.invert(batch)
            except BaseException as raised:
                error = raised
            with self._changed:
                self._running -= 1
                self._failures += failures
                self._error = self._error or error
                self._changed.notify_all()

"""Threads that invert texts: what each is to do next.

In go batches of texts, in the order of their documents' numbers; a batch is one lane's. With one
thread, the caller inverts them. With two or more, a lane has a batch noted by one thread while
another appends the one before, for there is as much to do in either: two threads share one lane's
lists and memos, and only four need two lanes. What the lanes hold together is the same whichever
lane took which batch (``encode.pyx`` merges them).
"""

from __future__ import annotations

import threading
from collections import deque

from searchkit.analysis.turn import Turn
from searchkit.indexing.lane import NOTED, Lane, Part
from searchkit.indexing.occurrences import Occurrences
from searchkit.indexing.pages import trim
from searchkit.storage.interrupts import Uninterrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from searchkit.indexing.lane import _Failure, _Texts

__all__ = ["Lanes"]

AHEAD = 3  # batches that wait for each thread, before the caller helps; twice as many, it must
PARTS = 4  # of a lane, noted or to be noted
ENOUGH = 2  # parts that are noted: time to append


class _Place:
    """A lane's state: who works there, what is noted, and what is free to be noted in."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.noting = False
        self.appending = False
        self.parts: deque[Part] = deque()
        self._free: list[Occurrences] = []
        self._taken = 0

    def take(self) -> Occurrences | None:
        """Something to note in; None while there are PARTS in use."""
        if self._taken == PARTS:
            return None
        noted = self._free.pop() if self._free else Occurrences(NOTED)
        self._taken += 1
        return noted

    def restart(self) -> None:
        """Nobody works here, and nothing is noted: all is free, what was lost is left to others."""
        self._taken = 0

    def give_back(self, noted: Occurrences | None) -> None:
        """What was noted isn't needed any more, or was lost."""
        self._taken -= 1
        if noted is not None:
            noted.clear()
            self._free.append(noted)


class _Job:
    """A batch to be noted in a lane, or a part to be appended to its lists."""

    def __init__(self, place: _Place, batch: list[_Texts] | None, part: Part) -> None:
        self.place = place
        self.batch = batch
        self.part: Part | None = part
        """What is to be appended, or, when it is done, was noted; None where that failed."""
        self.failures: list[_Failure] = []

    def run(self, exchange: Callable[[_Place, Part], Occurrences]) -> None:
        """Does it. ``exchange`` is given parts that are full before the batch is at its end."""
        part, self.part = self.part, None
        assert part is not None
        if self.batch is None:
            self.place.lane.append(part)
        else:
            part, self.failures = self.place.lane.note(
                self.batch, part.noted, lambda full: exchange(self.place, full)
            )
        self.part = part

    def end(self) -> None:
        """Makes way for others, whether it is done or not."""
        if self.batch is None:
            self.place.appending = False
            self.place.give_back(self.part.noted if self.part else None)
            return
        self.place.noting = False
        if self.part:
            self.place.parts.append(self.part)
        else:
            self.place.give_back(None)


class Lanes:
    """A lane for each two of ``threads`` threads, the caller's own among these.

    ``give_way`` is to be called between documents, so that the threads get the GIL when they want
    it. The threads begin with the first batch that is handed over, and end with ``close``. A
    thread's error comes up in the caller's next ``submit`` or ``drain``. Ctrl-C waits while the
    caller has the lock, which it would else never release; that is a batch's time at most.
    """

    def __init__(self, threads: int, memo_limit: int) -> None:
        turn = Turn()
        self.give_way = turn.give_way
        self.threads = threads
        count = max(1, threads // 2)
        self.all = [Lane(memo_limit // count, turn) for _ in range(count)]
        self._places = [_Place(lane) for lane in self.all]
        self._waiting: deque[list[_Texts]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._threads: list[threading.Thread] = []
        self._failures: list[_Failure] = []
        self._error: BaseException | None = None
        self._own: list[_Job] = []  # what the caller is at, or was when Ctrl-C came

    @property
    def nbytes(self) -> int:
        """Memory in use, memos included."""
        return sum(lane.nbytes for lane in self.all)

    @property
    def behind(self) -> int:
        """How many batches aren't in the lists yet, those left out that a thread is at."""
        return len(self._waiting) + sum(len(place.parts) for place in self._places)

    def submit(self, batch: list[_Texts], *, last: bool = False) -> None:
        """Hands a batch over; with enough of them waiting, the caller helps. The ``last`` wakes no
        thread that hasn't begun."""
        if not self._threads:
            if last or self.threads == 1:
                self._failures += self.all[0].invert(batch)
                return
            self._start_threads()
            if not self._threads:
                self._failures += self.all[0].invert(batch)
                return
        with Uninterrupted(), self._changed:
            self._raise()
            self._waiting.append(batch)
            self._changed.notify_all()
        enough = AHEAD * len(self._threads)
        while len(self._waiting) > enough and self._help(len(self._waiting) > 2 * enough):
            pass

    def _start_threads(self) -> None:
        """Begins as many threads as the system has."""
        with Uninterrupted():  # a thread that was half begun can't be waited for
            for _ in range(self.threads - 1):
                thread = threading.Thread(target=self._run, daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    return
                self._threads.append(thread)

    def catch_up(self, most: int) -> None:
        """Waits until no more than so many batches are behind."""
        while self.behind > most and self._help(True):
            pass

    def drain(self) -> list[_Failure]:
        """Waits until all batches are inverted; what analyzers have failed on since the last
        time, in the order of the documents."""
        while self._help(True):
            pass
        with Uninterrupted(), self._changed:
            self._raise()
            failures, self._failures = self._failures, []
        return sorted(failures, key=lambda failure: failure[0])

    def reset(self, limit: int) -> None:
        """Forgets all batches and lists; waits for the threads to let go of them. What is kept
        for the next segment takes ``limit`` bytes at most, as far as it isn't memos."""
        self._forget()
        for lane in self.all:
            lane.reset(limit // len(self.all))
        trim()

    def close(self) -> None:
        """Ends the threads; batches that wait are forgotten."""
        self._forget()
        with Uninterrupted(), self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _forget(self) -> None:
        with Uninterrupted(), self._changed:
            while self._own:
                self._own.pop().end()
            while True:
                self._waiting.clear()
                for place in self._places:
                    while place.parts:
                        place.give_back(place.parts.popleft().noted)
                if not self._busy():
                    break
                self._changed.wait()
            for place in self._places:
                place.restart()
            self._failures.clear()
            self._error = None

    def _busy(self) -> bool:
        return any(place.noting or place.appending for place in self._places)

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _next_batch(self) -> _Job | None:
        """A batch to be noted, if one waits where nobody notes."""
        for place in self._places:
            if self._waiting and not place.noting:
                noted = place.take()
                if noted is not None:
                    place.noting = True
                    return _Job(place, self._waiting.popleft(), Part(noted))
        return None

    def _next_part(self, least: int = 1) -> _Job | None:
        """A part to be appended, if ``least`` of them wait where nobody appends."""
        for place in self._places:
            if len(place.parts) >= least and not place.appending:
                return self._append(place)
        return None

    def _next_of_thread(self) -> _Job | None:
        """What is to be done by a thread; nothing, once anything has failed."""
        if self._error is not None:
            return None
        return self._next_part(ENOUGH) or self._next_batch() or self._next_part()

    def _append(self, place: _Place) -> _Job:
        place.appending = True
        return _Job(place, None, place.parts.popleft())

    def _help(self, wait: bool) -> bool:
        """Does something in the caller's thread, if need be when there is something to do; whether
        there was."""
        with Uninterrupted(), self._changed:
            while True:
                self._raise()
                job = self._next_part() or (self._next_batch() if wait else None)
                if job is not None:
                    self._own.append(job)
                    break
                if not wait or not self._busy():
                    return False
                self._changed.wait()
        self._do(job)
        return True

    def _do(self, job: _Job) -> None:
        error: BaseException | None = None
        try:
            job.run(self._exchange)
        except BaseException as raised:
            error = raised
            raise
        finally:
            with Uninterrupted(), self._changed:
                job.end()
                if self._is_callers():
                    self._own = [other for other in self._own if other is not job]
                else:
                    self._error = self._error or error  # at once: no batch must go unnoticed
                self._failures += job.failures
                self._changed.notify_all()

    def _is_callers(self) -> bool:
        return threading.current_thread() not in self._threads

    def _exchange(self, place: _Place, full: Part) -> Occurrences:
        """Instead of a part that is full, in the middle of a batch: something else to note in."""
        with Uninterrupted(), self._changed:
            place.parts.append(full)
            self._changed.notify_all()
        while True:
            job = None
            with Uninterrupted(), self._changed:
                noted = place.take()
                if noted is not None:
                    return noted
                if place.appending:
                    self._changed.wait()
                    continue
                job = self._append(place)
                if self._is_callers():
                    self._own.append(job)
            self._do(job)

    def _run(self) -> None:
        while True:
            try:
                with self._changed:
                    while (job := self._next_of_thread()) is None:
                        if self._closed:
                            return
                        self._changed.wait()
                self._do(job)
            except BaseException as error:
                with self._changed:
                    self._error = self._error or error

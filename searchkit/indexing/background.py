"""Merges that run in threads of their own while the writer goes on.

The writer's thread begins them where the policy says, and takes in those that are done: at a
flush or a commit. So what they read stays as it is: segments never change, and their deletions
are copied when a merge begins. A thread has nothing to do with the writer but its ``done``.
"""

from __future__ import annotations

import atexit
import warnings

from searchkit.errors import StorageError
from searchkit.indexing.merge import Cancelled
from searchkit.indexing.policy import Size, choose_merge
from searchkit.indexing.working import WorkingSegments
from searchkit.storage.interrupts import Uninterrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading

    from searchkit.indexing.merge import Merge
    from searchkit.schema import Schema
    from searchkit.segment.segment import Segment
    from searchkit.storage import Directory

__all__ = ["Job", "Merges"]

AT_ONCE = 2  # a small merge needn't wait for a large one
PILE = 80  # segments at which the writer waits: the policy alone leaves half as many at most
LONGEST_REST = 64  # commits and flushes without a merge, after merges that failed

_running: set[Job] = set()


class Job:
    """A merge, and the thread that runs it. ``done``: it is at its end, with the new segment
    (None: no document is left) or an error."""

    def __init__(self, merge: Merge) -> None:
        self.merge = merge
        self.segment: Segment | None = None
        self.error: BaseException | None = None
        self.done = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins, in a thread that doesn't keep the process alive."""
        import threading

        thread = threading.Thread(target=self.run, name="searchkit merge", daemon=True)
        with Uninterrupted():  # a thread that was half begun can't be waited for
            _running.add(self)
            try:
                thread.start()
                self._thread = thread
            except RuntimeError as error:  # the system has no more threads
                self.error, self.done = error, True
                _running.discard(self)

    def run(self) -> None:
        """Merges, in this thread."""
        try:
            self.segment = self.merge.run()
        except BaseException as error:  # the writer's thread is told
            self.error = error
        self.done = True
        _running.discard(self)

    def wait(self) -> None:
        """Returns when it is done."""
        if self._thread is not None:
            self._thread.join()
        if not self.done:  # a thread doesn't live on in a process that was forked
            self.error, self.done = Cancelled("the merge's thread is gone"), True

    def cancel(self, directory: Directory) -> None:
        """Ends it, if it isn't done yet, and removes what it wrote."""
        self.merge.cancel()
        self.wait()
        if self.segment is not None:
            self.segment.close()
            try:
                directory.delete(f"{self.segment.name}.seg")
            except StorageError:
                return  # a sweep removes it


@atexit.register
def _cancel_all() -> None:
    """A thread that needs the interpreter must not outlive it."""
    for job in list(_running):
        job.merge.cancel()
    for job in list(_running):
        job.wait()


class Merges:
    """The merges of a writer's segments that are under way."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._working = WorkingSegments(directory)
        self._jobs: list[Job] = []
        self._failures = 0  # one after the other
        self._rest = 0
        self.error: Exception | None = None
        """Why the last merge failed; None if it didn't."""

    def __del__(self) -> None:
        for job in self._jobs:
            job.merge.cancel()

    def __len__(self) -> int:
        return len(self._jobs)

    def reset(self, working: WorkingSegments) -> None:
        """From now on merges ``working``; none is under way."""
        self._working = working

    @property
    def files(self) -> list[str]:
        """The files that are being written."""
        return [f"{job.merge.name}.seg" for job in self._jobs]

    def begin_due(self, schema: Schema) -> None:
        """Begins what is due, as far as there aren't too many under way."""
        if self._rest:
            return
        while len(self._jobs) < AT_ONCE:
            busy = {view.segment.name for job in self._jobs for view in job.merge.views}
            run = choose_merge(
                [
                    None
                    if one.segment.name in busy
                    else Size(one.segment.docs, one.live, one.segment.container.size)
                    for one in self._working.segments
                ]
            )
            if run is None:
                return
            job = Job(self._working.begin_merge(schema, *run))
            self._jobs.append(job)
            job.start()

    def take_in(self) -> None:
        """Puts the results of merges that are done in the place of their inputs.

        One that failed is kept as ``error``, said as a warning, and begun again some commits
        later; nothing else depends on it.
        """
        for job in [job for job in self._jobs if job.done]:
            self._jobs.remove(job)
            if job.error is None:
                self._working.finish_merge(job.merge, job.segment)
                self._failures, self.error = 0, None
            elif isinstance(job.error, Exception):
                self._fail(job.error)
            else:
                raise job.error

    def _fail(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        self.error = error
        self._failures += 1
        self._rest = min(2**self._failures, LONGEST_REST)
        warnings.warn(
            f"segments could not be merged, which is tried again later: {error}",
            RuntimeWarning,
            stacklevel=2,
        )

    def go_on(self, schema: Schema) -> None:
        """Takes in what is done and begins what is due."""
        self._rest = max(self._rest - 1, 0)
        self.take_in()
        self.begin_due(schema)

    @property
    def pile_up(self) -> bool:
        """Whether segments come so much faster than they are merged that the writer must wait."""
        return len(self._working) >= PILE

    def wait(self) -> bool:
        """Waits until a merge is done; False where none is under way."""
        if not any(job.done for job in self._jobs):
            if not self._jobs:
                return False
            self._jobs[-1].wait()  # the one begun last is the smaller
        return True

    def retry(self) -> None:
        """Lets merges that failed be begun again at once."""
        self._rest = self._failures = 0
        self.error = None

    def cancel(self) -> None:
        """Ends the merges under way, and removes what they wrote."""
        for job in self._jobs:
            job.merge.cancel()
        jobs, self._jobs = self._jobs, []
        for job in jobs:
            job.cancel(self._directory)

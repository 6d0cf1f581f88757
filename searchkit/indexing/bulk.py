"""Many documents in a call: what went in, and what was left out and why.

In: the numbers of documents as they are taken or refused, at once or only when a batch of them
is analysed. Out: :class:`Added`, which says so to the user.
"""

from __future__ import annotations

from bisect import bisect_right

from searchkit.errors import OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from searchkit.errors import SearchkitError

__all__ = ["PROGRESS_SECONDS", "Added", "Bulk", "Skipped", "check_options"]

PROGRESS_SECONDS = 0.1


class Skipped:
    """A document that ``add_many`` left out."""

    __slots__ = ("error", "key", "number")

    def __init__(self, number: int, key: str | int | None, error: SearchkitError) -> None:
        self.number = number
        """Its number among the documents given, from 0."""
        self.key = key
        """Its key, None where it has none or that isn't one."""
        self.error = error
        """Why: DuplicateKeyError or SchemaError."""

    def __repr__(self) -> str:
        return f"Skipped({self.number!r}, {self.key!r}, {self.error!r})"


class Added:
    """What a call of ``add_many`` did, or has done so far."""

    __slots__ = ("commits", "documents", "skipped")

    def __init__(self) -> None:
        self.documents = 0
        """How many documents went in."""
        self.commits = 0
        """How many commits were made in between."""
        self.skipped: list[Skipped] = []
        """The documents left out, in their order once the call has returned."""

    def __repr__(self) -> str:
        return (
            f"Added(documents={self.documents!r}, commits={self.commits!r}, "
            f"skipped={self.skipped!r})"
        )


class Bulk:
    """The documents of one call, of which those at fault are skipped.

    A document taken has a sequence number, from ``first_seq`` on in the order of the call, by
    which it is known when its analysis fails later.
    """

    def __init__(self, added: Added, key_field: str | None, first_seq: int) -> None:
        self._added = added
        self._key_field = key_field
        self._first_seq = first_seq
        self._refusals: list[int] = []  # how many documents had been taken before each refusal

    def refuse(
        self, number: int, document: Mapping[str, Any], next_seq: int, error: SearchkitError
    ) -> None:
        """Document ``number`` isn't taken, when the next one would have had ``next_seq``."""
        self._refusals.append(next_seq - self._first_seq)
        key = None
        if self._key_field is not None and hasattr(document, "get"):
            key = document.get(self._key_field)
        self._skip(number, key if isinstance(key, (str, int)) else None, error)

    def leave_out(self, seq: int, key: str | int | None, error: SearchkitError) -> bool:
        """A document that was taken can't be analysed; False if it isn't one of this call."""
        if seq < self._first_seq:
            return False
        taken = seq - self._first_seq
        self._added.documents -= 1
        self._skip(taken + bisect_right(self._refusals, taken), key, error)
        return True

    def _skip(self, number: int, key: str | int | None, error: SearchkitError) -> None:
        _drop_traces(error)
        self._added.skipped.append(Skipped(number, key, error))

    def finish(self) -> None:
        """Puts what was skipped in order."""
        self._added.skipped.sort(key=lambda skipped: skipped.number)


def _drop_traces(error: BaseException) -> None:
    """Traces keep the frames that held the document, and so all documents that were skipped."""
    seen: BaseException | None = error
    while seen is not None:
        seen.__traceback__ = None
        if seen.__suppress_context__:
            seen.__context__ = None
        seen = seen.__cause__ or seen.__context__


def check_options(
    on_error: str, commit_every: int | None, progress: Callable[[Added], object] | None
) -> None:
    """OptionError unless they are what ``add_many`` takes."""
    if on_error not in ("raise", "skip"):
        raise OptionError(f"on_error={on_error!r}", hint='give "raise" or "skip"')
    if commit_every is not None and (type(commit_every) is not int or commit_every < 1):
        raise OptionError(
            f"commit_every={commit_every!r} is no number of documents",
            hint="give 1 or more; without it nothing is committed in between",
        )
    if progress is not None and not callable(progress):
        raise OptionError(
            f"progress={progress!r} can't be called",
            hint="give a function of one argument: progress=lambda added: print(added.documents)",
        )

"""Every exception of searchkit, in one tree.

Each error derives from :class:`SearchkitError` and, where a builtin exception says
the same thing, from that builtin too, so that code which knows only Python's own
exceptions still catches it. ``.hint`` says what to do next.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CommitConflictError",
    "CorruptIndexError",
    "DuplicateKeyError",
    "FieldNotFoundError",
    "IndexClosedError",
    "IndexExistsError",
    "IndexNotFoundError",
    "LockTimeoutError",
    "OptionError",
    "QuerySyntaxError",
    "SchemaError",
    "SearchkitError",
    "StorageError",
]


class SearchkitError(Exception):
    """The root of the tree. ``str(error)`` is the message followed by the hint."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class QuerySyntaxError(SearchkitError, ValueError):
    """A query string that strict mode can't accept.

    ``query`` is the whole string; ``span`` the half-open range of characters at fault.
    """

    def __init__(
        self, message: str, *, query: str = "", span: tuple[int, int] = (0, 0), hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.query = query
        self.span = span


class OptionError(SearchkitError, ValueError):
    """An argument that a function can't take: a negative limit, an unknown operator."""


class SchemaError(SearchkitError, ValueError):
    """A schema, an analyzer or a document's value that can't be: names field and document.

    ``errors`` are those of the single documents, where a commit leaves out some.
    """

    def __init__(self, message: str, *, hint: str = "", errors: Iterable[SchemaError] = ()) -> None:
        super().__init__(message, hint=hint)
        self.errors = tuple(errors)


class DuplicateKeyError(SearchkitError, ValueError):
    """``add`` of a document whose key is already in the index."""


class FieldNotFoundError(SearchkitError, KeyError):
    """A field that the schema doesn't have."""


class IndexNotFoundError(SearchkitError, FileNotFoundError):
    """There is no index where one was to be opened."""


class IndexExistsError(SearchkitError, FileExistsError):
    """There is an index already where one was to be created."""


class IndexClosedError(SearchkitError, ValueError):
    """An index, a writer or hits used after ``close()``."""


class LockTimeoutError(SearchkitError, TimeoutError):
    """Another writer held the write lock for longer than the timeout."""


class CommitConflictError(SearchkitError):
    """Another writer published a commit in between: this one has lost, nothing was changed."""


class CorruptIndexError(SearchkitError):
    """A file of the index isn't what was written: names the file and the array."""


class StorageError(SearchkitError, OSError):
    """The operating system refused a file operation (disk full, permissions …)."""

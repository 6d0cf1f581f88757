"""Operating system errors in, StorageError out: with the file's name and what to do about it."""

from __future__ import annotations

import errno

from searchkit.errors import StorageError

__all__ = ["storage_error"]

_SPACE = "free some space on this disk and try again; what was committed before is untouched"
_PERMISSION = "check who owns the folder and its files, and their permissions"
_HANDLES = "close indexes that are no longer used, or raise the limit (ulimit -n)"

_HINTS = {
    errno.ENOSPC: _SPACE,
    errno.EFBIG: "the file is larger than this file system or the limit (ulimit -f) allows",
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EROFS: "the file system is read-only: mount it for writing, or use another folder",
    errno.EMFILE: _HANDLES,
    errno.ENFILE: _HANDLES,
    errno.EIO: "the disk reports an error: look into the system's log, and have a backup at hand",
    errno.ENOENT: "the folder is gone, or was never created",
    errno.ENOTDIR: "a file stands where a folder should be",
    errno.EEXIST: "something else stands under this name",
    errno.EISDIR: "a folder stands where a file should be",
    errno.ENOMEM: "memory is short, or too many files are mapped (vm.max_map_count)",
    errno.ENOLCK: "this file system can't lock files: put the index on a local disk",
    errno.ENOSYS: "this file system can't do that: put the index on a local disk",
}
if hasattr(errno, "EDQUOT"):  # not on Windows
    _HINTS[errno.EDQUOT] = _SPACE
if hasattr(errno, "EOPNOTSUPP"):
    _HINTS[errno.EOPNOTSUPP] = _HINTS[errno.ENOSYS]
_OTHERWISE = "the operating system refused; its reason stands in the message"


def storage_error(error: OSError, doing: str, what: str) -> StorageError:
    """The StorageError for ``error``, which came while ``doing`` (a verb) ``what`` (a path).

    The new error keeps ``errno`` and has ``filename`` set to ``what``.
    """
    reason = error.strerror or str(error)
    hint = _HINTS.get(error.errno or 0, _OTHERWISE)
    made = StorageError(f"can't {doing} {what}: {reason}", hint=hint)
    made.errno = error.errno
    made.filename = what
    return made

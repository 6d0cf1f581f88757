"""Where the index is: named by ``--index`` or ``$SEARCHKIT_INDEX``, or found.

It is the folder ``.searchkit`` here or in the nearest folder above. The search upwards
ends at the home folder, at the border of a file system, and at a folder that belongs to
somebody else than the one we began in: an index names the functions of its analyzers, and
nobody should be able to plant one.
"""

from __future__ import annotations

import os

import searchkit as sk

__all__ = ["FOLDER", "base_of", "find", "find_or_choose", "key_of", "open_index"]

FOLDER = ".searchkit"


def find(named: str | None) -> str:
    """The folder of the index that a command is about; IndexNotFoundError without one."""
    folder = _named(named) if named else _nearest(os.getcwd())
    if folder is None:
        raise sk.IndexNotFoundError(
            f"there is no {FOLDER} here or in a folder above",
            hint="`searchkit index PATHS` makes one; --index or $SEARCHKIT_INDEX name another",
        )
    return folder


def find_or_choose(named: str | None) -> str:
    """The folder of the index, or, where there is none, the one to make it in."""
    if named:
        folder = _named(named)
        # A folder with other things in it is not for an index, but for a .searchkit.
        return os.path.join(folder, FOLDER) if _is_other(folder) else folder
    here = os.getcwd()
    return _nearest(here) or os.path.join(here, FOLDER)


def open_index(named: str | None) -> tuple[sk.Index, str]:
    """The index that a command is about, and its folder."""
    folder = find(named)
    return sk.Index.open(folder), folder


def base_of(folder: str) -> str:
    """The folder that paths in an index are relative to: the one that holds it."""
    return os.path.dirname(os.path.realpath(folder))


def key_of(path: str, base: str) -> str:
    """A file's key: its path from ``base``, or the absolute one if it is elsewhere.

    Symbolic links of folders are resolved, ``/`` separates, and what isn't UTF-8 in a name
    is written ``\\xe9``.
    """
    folder, name = os.path.split(os.path.abspath(path))
    whole = os.path.join(os.path.realpath(folder), name)
    if whole.startswith(os.path.join(base, "")):
        whole = os.path.relpath(whole, base)
    if os.sep != "/":
        whole = whole.replace(os.sep, "/")
    return whole.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def parse_key(index: sk.Index, folder: str, text: str) -> str | int:
    """The key that ``text`` of the command line means: as it stands, or, if there is no
    such document, as a path from here."""
    schema = index.schema
    if schema.key is None:
        raise sk.SchemaError(
            "the documents of this index have no keys", hint="`searchkit search` finds them"
        )
    try:
        key: str | int = schema.fields[schema.key].parse(text)
    except ValueError as error:
        raise sk.SchemaError(
            f"{text!r} can't be a key of this index", hint=getattr(error, "message", str(error))
        ) from error
    if key not in index and isinstance(key, str):
        path, mark, line = text.rpartition("#")
        there = key_of(path, base_of(folder)) + mark + line if mark else None
        for other in (key_of(text, base_of(folder)), there):
            if other is not None and other in index:
                return other
    return key


def _named(folder: str) -> str:
    """The folder named, or the ``.searchkit`` in it."""
    inside = os.path.join(folder, FOLDER)
    if os.path.basename(os.path.normpath(folder)) != FOLDER and os.path.isdir(inside):
        return inside
    return folder


def _is_other(folder: str) -> bool:
    """Whether a folder holds something and is no index."""
    if os.path.basename(os.path.normpath(folder)) == FOLDER or not os.path.isdir(folder):
        return False
    if set(os.listdir(folder)) <= {".gitignore"}:
        return False
    try:
        sk.Index.open(folder).close()
    except sk.IndexNotFoundError:
        return True
    return False


def _nearest(start: str) -> str | None:
    home = os.path.realpath(os.path.expanduser("~"))
    here = os.stat(start)
    folder = start
    while True:
        candidate = os.path.join(folder, FOLDER)
        if os.path.isdir(candidate):
            _check_owner(candidate, here)
            return candidate
        above = os.path.dirname(folder)
        if folder in (home, above):
            return None
        there = os.stat(above)
        if (there.st_dev, there.st_uid) != (here.st_dev, here.st_uid):
            return None
        folder = above


def _check_owner(folder: str, here: os.stat_result) -> None:
    """IndexNotFoundError for an index that neither we nor the owner of this folder made."""
    ours = os.geteuid() if hasattr(os, "geteuid") else here.st_uid
    if os.stat(folder).st_uid not in (ours, here.st_uid):
        raise sk.IndexNotFoundError(
            f"{folder} belongs to another user",
            hint="if you trust it, name it with --index: opening it may import what it names",
        )

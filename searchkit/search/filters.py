"""What a filter says -> the documents of each segment that may be found."""

from __future__ import annotations

from searchkit.errors import OptionError
from searchkit.query import Query
from searchkit.search import windows
from searchkit.search.compile import compile_program
from searchkit.search.filtered import Allowed
from searchkit.segment.keys import key_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from searchkit.segment.snapshot import Snapshot

__all__ = ["allowed"]


def allowed(snapshot: Snapshot, given: Any, planned: Callable[[Any], Query]) -> Allowed:
    """The documents that ``given`` says: a query, which ``planned`` plans strictly, a NumPy array
    of bool with an item a document of the snapshot, or keys. OptionError."""
    views = snapshot.segments
    if isinstance(given, (str, Query)):
        plan = planned(given)
        sets = [windows.hidden(compile_program(plan, at, view)) for at, view in enumerate(views)]
    elif getattr(given, "dtype", None) is not None:
        sets = _of_mask(snapshot, given)
    elif isinstance(given, (set, frozenset, list, tuple, dict)):
        sets = _of_keys(snapshot, given)
    else:
        raise OptionError(
            f"filter={given!r:.60} is no filter",
            hint="a query, a NumPy array of bool, or a set of keys",
        )
    return Allowed([bits for bits, _ in sets], [number for _, number in sets])


def _of_mask(snapshot: Snapshot, mask: Any) -> list[tuple[bytes, int]]:
    import numpy as np

    if mask.dtype != np.bool_ or mask.shape != (snapshot.docs,):
        raise OptionError(
            f"filter: an array of {mask.dtype} of shape {mask.shape}",
            hint=f"an array of bool with {snapshot.docs} items: index.column(name) has as many",
        )
    sets = []
    start = 0
    for view in snapshot.segments:
        own = mask[start : start + view.segment.docs]
        start += len(own)
        if view.deletes:
            gone = np.unpackbits(
                np.frombuffer(view.deletes.bits, np.uint8), bitorder="little", count=len(own)
            )
            own = own & (gone == 0)
        sets.append(_packed(np, own))
    return sets


def _packed(np: Any, flags: Any) -> tuple[bytes, int]:
    bits = np.packbits(~flags, bitorder="little").tobytes()
    return bits + bytes(-len(bits) % 8), int(np.count_nonzero(flags))


def _of_keys(snapshot: Snapshot, keys: Iterable[Any]) -> list[tuple[bytes, int]]:
    if snapshot.schema.key is None:
        raise OptionError("filter: keys, but the schema has no key", hint="give a query")
    sets = [bytearray(b"\xff") * ((view.segment.docs + 63) // 64 * 8) for view in snapshot.segments]
    counts = [0] * len(sets)
    for key in keys:
        found = snapshot.find_key(key_bytes(snapshot.schema.normalise_key(key)))
        if found is not None:
            at, doc = found
            bit = 1 << (doc & 7)
            counts[at] += bool(sets[at][doc >> 3] & bit)
            sets[at][doc >> 3] &= ~bit
    return list(zip(map(bytes, sets), counts))

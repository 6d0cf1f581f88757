"""What a search is restricted to, without being scored by: bit sets of documents to be found."""

from __future__ import annotations

from searchkit.errors import OptionError
from searchkit.query import Nothing, Query
from searchkit.search import windows
from searchkit.search.compile import compile_program
from searchkit.search.union import complement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from searchkit.segment.snapshot import Snapshot

__all__ = ["Allowed", "Filtered", "allowed"]

# Of fewer documents than one in so many, those alone are looked at; otherwise the best are
# selected as ever, and the hidden ones left out.
_SPARSE = 200


class Filtered:
    """A planned tree, and for each segment the bit set of documents that aren't to be found, the
    deleted among them, and how many there are beside these."""

    __slots__ = ("found", "hidden", "tree")

    def __init__(self, tree: Query, hidden: Sequence[bytes], found: Sequence[int]) -> None:
        self.tree = tree
        self.hidden = hidden
        self.found = found

    @property
    def empty(self) -> bool:
        """Whether nothing can match."""
        return isinstance(self.tree, Nothing) or not any(self.found)

    def is_sparse(self, at: int, docs: int) -> bool:
        """Whether few documents of a segment can match."""
        return self.found[at] * _SPARSE < docs


class Allowed:
    """For each segment what Filtered has of it."""

    __slots__ = ("found", "hidden")

    def __init__(self, hidden: Sequence[bytes], found: Sequence[int]) -> None:
        self.hidden = hidden
        self.found = found

    def of(self, tree: Query) -> Filtered:
        """A planned tree restricted to these documents."""
        return Filtered(tree, self.hidden, self.found)


def allowed(snapshot: Snapshot, given: Any, planned: Callable[[Any], Query]) -> Allowed:
    """The documents that ``given`` says: a query, which ``planned`` plans strictly, a NumPy array
    of bool with an item a document of the snapshot, or keys. OptionError."""
    views = snapshot.segments
    if isinstance(given, (str, Query)):
        plan = planned(given)
        sets = [windows.bit_set(compile_program(plan, at, view)) for at, view in enumerate(views)]
    elif getattr(given, "dtype", None) is not None:
        sets = _of_mask(snapshot, given)
    elif isinstance(given, (set, frozenset, list, tuple, dict)):
        sets = _of_keys(snapshot, given)
    else:
        raise OptionError(
            f"filter={given!r:.60} is no filter",
            hint="a query, a NumPy array of bool, or a set of keys",
        )
    hidden = [complement(bits) for bits, _ in sets]
    return Allowed(hidden, [number for _, number in sets])


def _of_mask(snapshot: Snapshot, mask: Any) -> list[tuple[bytes, int]]:
    import numpy as np

    if mask.dtype != np.bool_ or mask.shape != (snapshot.docs,):
        raise OptionError(
            f"filter: an array of {mask.dtype} of shape {mask.shape}",
            hint=f"an array of bool with {snapshot.docs} items: index.column(name) has as many",
        )
    sets, start = [], 0
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
    bits = np.packbits(flags, bitorder="little").tobytes()
    return bits + bytes(-len(bits) % 8), int(np.count_nonzero(flags))


def _of_keys(snapshot: Snapshot, keys: Iterable[Any]) -> list[tuple[bytes, int]]:
    from searchkit.indexing.buffer import key_bytes

    if snapshot.schema.key is None:
        raise OptionError("filter: keys, but the schema has no key", hint="give a query")
    sets = [bytearray((view.segment.docs + 63) // 64 * 8) for view in snapshot.segments]
    counts = [0] * len(sets)
    for key in keys:
        found = snapshot.find_key(key_bytes(snapshot.schema.normalise_key(key)))
        if found is not None:
            at, doc = found
            bit = 1 << (doc & 7)
            counts[at] += not sets[at][doc >> 3] & bit
            sets[at][doc >> 3] |= bit
    return [(bytes(bits), number) for bits, number in zip(sets, counts)]

from array import array
from typing import Any

from typing_extensions import Buffer

from searchkit.errors import CorruptIndexError
from searchkit.segment.renumbering import Renumbering

class Kept:
    def __new__(
        cls,
        numbers: Renumbering,
        values: memoryview | None,
        *,
        where: str,
        present: Buffer | None = None,
        offsets: memoryview | None = None,
        ordinals: Buffer | None = None,
        base: int = 0,
        many: bool = False,
        empty: bool = False,
    ) -> Kept: ...
    def __len__(self) -> int: ...
    def extent(self) -> tuple[int, int, int, int, int]: ...
    def take(self, first: int, end: int, typecode: str, base: int = 0) -> array[Any]: ...
    def ends(self, first: int, end: int, start: int, typecode: str) -> array[int]: ...
    def mark(self, bits: bytearray) -> None: ...
    def corrupt(self) -> CorruptIndexError: ...

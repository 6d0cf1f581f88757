from array import array
from collections.abc import Callable, Iterable, Sequence

from searchkit.analysis.snowball import Snowball
from searchkit.analysis.table import ByteTable
from searchkit.analysis.turn import Turn

def cut(data: bytes | bytearray | memoryview) -> array[int]: ...
def is_unicode(text: str) -> bool: ...

class Vocabulary:
    table: ByteTable
    generation: int
    turn: Turn
    def __new__(
        cls,
        fold: bool = False,
        turn: Turn | None = None,
        plain: bool = False,
        stemmer: Snowball | None = None,
    ) -> Vocabulary: ...
    @property
    def nbytes(self) -> int: ...
    def clear(self) -> None: ...
    def begin(self, values: list[str]) -> None: ...
    def step(
        self,
        expand: Callable[[list[str]], Iterable[Sequence[tuple[str, int]]]],
    ) -> bool: ...
    def raw_ids(self) -> tuple[list[int], list[int]]: ...
    def expansion(self, raw: int) -> tuple[tuple[str, int], ...]: ...

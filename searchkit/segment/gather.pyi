from collections.abc import Iterable
from typing import Any

from searchkit.segment.terms import TermsReader

class Gatherer:
    def __new__(
        cls,
        values: memoryview,
        present: memoryview | None,
        docs: int,
        terms: TermsReader | None,
        base: int,
    ) -> Gatherer: ...
    def read(self, docs: Iterable[int]) -> list[Any]: ...

from array import array
from typing import Any

from typing_extensions import Buffer

from searchkit.segment.postings import PostingsReader
from searchkit.segment.terms import TermsReader

MUST: int
SHOULD: int
MUST_NOT: int
FILTER: int

class Program:
    docs: int
    pruned: bool
    where: str
    deadline: int
    few: int
    @property
    def late(self) -> bool: ...
    def __init__(
        self,
        docs: int,
        deleted: Buffer | None,
        seq: memoryview | None,
        where: str,
        pruned: bool = True,
    ) -> None: ...
    def begin_boolean(self, role: int, minimum: int) -> None: ...
    def begin_best(self, role: int, weight: float, tie: float) -> None: ...
    def begin_fields(self, role: int, weight: float, a: float) -> None: ...
    def end_boolean(self) -> None: ...
    def add_term(
        self,
        role: int,
        postings: PostingsReader,
        terms: TermsReader,
        ordinal: int,
        weight: float,
        a: float,
        b: float,
        model: int = 0,
        c: float = 0.0,
    ) -> None: ...
    def add_exact(
        self,
        role: int,
        postings: PostingsReader,
        terms: TermsReader,
        ordinal: int,
        weight: float = 1.0,
    ) -> None: ...
    def add_set(self, role: int, bits: Buffer, n: int, weight: float = 1.0) -> None: ...
    def add_union(
        self,
        role: int,
        postings: PostingsReader,
        terms: TermsReader,
        ordinals: array[int] | range,
        weight: float = 1.0,
    ) -> None: ...
    def add_all(self, role: int, weight: float = 1.0) -> None: ...
    def add_none(self, role: int) -> None: ...
    def add_phrase(
        self,
        role: int,
        postings: PostingsReader,
        terms: TermsReader,
        slots: list[tuple[int, list[int]]],
        slop: int,
        weight: float,
        a: float,
        b: float,
        model: int = 0,
        c: float = 0.0,
    ) -> None: ...
    def add_spans(
        self,
        role: int,
        postings: PostingsReader,
        terms: TermsReader,
        operations: list[tuple[Any, ...]],
        weight: float,
        a: float,
        b: float,
        model: int = 0,
        c: float = 0.0,
    ) -> None: ...
    def add_column(
        self,
        role: int,
        values: memoryview,
        offsets: memoryview | None,
        present: Buffer | None,
        low: float,
        high: float,
        weight: float = 1.0,
    ) -> None: ...

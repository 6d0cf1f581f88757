from array import array

from searchkit.search.program import Program

def best(
    p: Program, k: int, floor: float, counting: bool = False
) -> tuple[list[tuple[float, int]], int] | None: ...
def ranked(
    p: Program, pairs: list[tuple[float, int]], first_seq: int, at: int
) -> list[tuple[float, int, int, int]]: ...
def best_hits(
    p: Program, k: int, floor: float, counting: bool, first_seq: int, at: int
) -> tuple[list[tuple[float, int, int, int]], int] | None: ...
def best_many(
    programs: list[list[Program] | None], k: int, counting: bool, first_seqs: list[int]
) -> list[tuple[list[tuple[float, int, int, int]], int] | None]: ...
def select(p: Program, k: int, floor: float) -> array[int] | None: ...

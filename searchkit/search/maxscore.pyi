from array import array

from searchkit.search.program import Program

def select(p: Program, k: int, floor: float) -> array[int] | None: ...

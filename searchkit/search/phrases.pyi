from searchkit.search.program import Program

def best(
    p: Program, k: int, floor: float, counting: bool = False
) -> tuple[list[tuple[float, int]], int] | None: ...

ARRAYS: tuple[tuple[str, str], ...]

class PostingsReader:
    where: str
    def __init__(
        self, arrays: dict[str, memoryview], docs: int, has_positions: bool, where: str
    ) -> None: ...
    def postings(self, df: int, pointer: int) -> list[tuple[int, int, list[int] | None]]: ...

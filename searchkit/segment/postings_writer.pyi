from typing import Any

class PostingsWriter:
    span: int
    average: float | None
    def __new__(
        cls, streams: dict[str, Any], docs: int, has_positions: bool, average: float | None
    ) -> PostingsWriter: ...
    def restart(self) -> None: ...
    def finish(self) -> None: ...

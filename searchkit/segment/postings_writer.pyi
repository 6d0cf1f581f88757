from typing import Any

class PostingsWriter:
    span: int
    def __new__(
        cls, streams: dict[str, Any], docs: int, has_positions: bool, has_impacts: bool
    ) -> PostingsWriter: ...
    def finish(self) -> None: ...

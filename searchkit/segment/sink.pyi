from typing import Protocol

class _Stream(Protocol):
    def write(self, data: memoryview, /) -> object: ...

class Sink:
    def __init__(self, stream: _Stream) -> None: ...

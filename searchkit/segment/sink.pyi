from typing import Protocol

class _Stream(Protocol):
    def write(self, data: memoryview, /) -> object: ...

class Sink:
    def __new__(cls, stream: _Stream) -> Sink: ...

"""Standard input, which comes once, as lines that can be read again."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import BinaryIO

__all__ = ["Spool"]

CHUNK = 1 << 20


class Spool:
    """Keeps what was read of ``stream`` in the new file ``path``; a context manager."""

    def __init__(self, stream: BinaryIO, path: str) -> None:
        self.path = path
        self._stream = stream
        self._file = open(path, "xb")  # noqa: SIM115
        self._reading: BinaryIO | None = None

    def lines(self) -> Iterator[bytes]:
        """The lines from the first on, for one caller at a time: those that are in the file, then
        those that still come."""
        parts: list[bytes] = []
        with open(self.path, "rb", CHUNK) as self._reading:
            file = self._reading
            more = True
            while more:
                for line in file:
                    parts.append(line)
                    ended = line.endswith(b"\n")
                    del line  # it may be large
                    if ended:
                        yield _joined(parts)
                more = self._read_on()
        if parts:
            yield _joined(parts)

    def _read_on(self) -> bool:
        """Puts the next chunk into the file; whether there was one."""
        data = self._stream.read(CHUNK)
        self._file.write(data)
        self._file.flush()
        return bool(data)

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._reading is not None:  # Windows deletes no file that is open
            self._reading.close()


def _joined(parts: list[bytes]) -> bytes:
    whole = b"".join(parts)
    parts.clear()
    return whole

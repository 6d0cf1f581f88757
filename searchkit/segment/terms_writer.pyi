from typing import Any

from searchkit.segment.terms import TermsReader

class TermsWriter:
    count: int
    def __new__(cls, streams: dict[str, Any]) -> TermsWriter: ...
    def finish(self) -> None: ...

def dictionary(terms: list[bytes], where: str) -> TermsReader: ...

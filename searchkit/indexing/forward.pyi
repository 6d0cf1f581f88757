from typing_extensions import Buffer

from searchkit.segment.postings import PostingsReader
from searchkit.segment.terms import TermsReader

def base_bytes(docs: int, segment_docs: int) -> int: ...

class ForwardIndex:
    docs: int
    terms: int
    whole: bool
    def __new__(
        cls,
        readers: list[tuple[TermsReader, PostingsReader]],
        order: Buffer,
        segment_docs: int,
        budget: int,
        share: float,
    ) -> ForwardIndex: ...
    def __getitem__(self, doc: int) -> list[int]: ...

from array import array

from searchkit.indexing.invert import FieldBuffer
from searchkit.segment.postings_writer import PostingsWriter
from searchkit.segment.terms_writer import TermsWriter

class SortedLists:
    def __new__(cls, buffers: list[FieldBuffer], doc_map: array[int] | None) -> SortedLists: ...
    def __len__(self) -> int: ...
    def sort(self, number: int) -> None: ...
    def split(self, parts: int) -> list[list[int]]: ...
    def encode(
        self,
        begins: list[int],
        ends: list[int],
        terms: TermsWriter,
        postings: PostingsWriter,
        spill: bool,
        ordinals: array[int] | None = None,
    ) -> None: ...

def field_lengths(buffers: list[FieldBuffer], docs: int, dropped: bytearray) -> array[int]: ...

from array import array

from searchkit.indexing.invert import FieldBuffer
from searchkit.segment.postings import PostingsWriter
from searchkit.segment.terms import TermsWriter

def encode(
    buffers: list[FieldBuffer],
    terms: TermsWriter,
    postings: PostingsWriter,
    doc_map: array[int] | None,
) -> array[int] | None: ...
def field_lengths(buffers: list[FieldBuffer], docs: int, dropped: bytearray) -> array[int]: ...

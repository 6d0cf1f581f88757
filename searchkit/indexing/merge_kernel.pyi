from array import array

from searchkit.segment.postings import PostingsReader, PostingsWriter
from searchkit.segment.terms import TermsReader, TermsWriter

def merge_postings(
    readers: list[tuple[TermsReader, PostingsReader]],
    doc_maps: list[array[int]],
    terms: TermsWriter,
    postings: PostingsWriter,
) -> list[array[int]]: ...

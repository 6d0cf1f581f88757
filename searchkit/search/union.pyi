from array import array

from searchkit.segment.postings import PostingsReader
from searchkit.segment.terms import TermsReader

def union(
    postings: PostingsReader, terms: TermsReader, ordinals: array[int] | range
) -> tuple[bytearray, int]: ...

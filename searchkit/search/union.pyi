from array import array

from typing_extensions import Buffer

from searchkit.segment.postings import PostingsReader
from searchkit.segment.terms import TermsReader

def complement(bits: Buffer) -> bytes: ...
def first(
    postings: PostingsReader,
    terms: TermsReader,
    ordinals: array[int] | range,
    deleted: Buffer | None,
    k: int,
) -> list[int]: ...
def union(
    postings: PostingsReader, terms: TermsReader, ordinals: array[int] | range
) -> tuple[bytearray, int]: ...

from searchkit.segment.postings import PostingsReader
from searchkit.segment.terms import TermsReader

def collection_frequency(postings: PostingsReader, terms: TermsReader, ordinal: int) -> int: ...

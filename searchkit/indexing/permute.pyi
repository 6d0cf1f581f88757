from typing_extensions import Buffer

from searchkit.segment.postings import PostingsReader
from searchkit.segment.postings_writer import PostingsWriter
from searchkit.segment.terms import TermsReader
from searchkit.segment.terms_writer import TermsWriter

def permute_postings(
    terms: TermsReader,
    postings: PostingsReader,
    order: Buffer,
    terms_out: TermsWriter,
    postings_out: PostingsWriter,
    limit: int,
) -> None: ...

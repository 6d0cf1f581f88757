from searchkit.segment.postings_writer import PostingsWriter
from searchkit.segment.terms_writer import TermsWriter

def join(
    terms: TermsWriter,
    postings: PostingsWriter,
    more_terms: TermsWriter,
    more_postings: PostingsWriter,
) -> None: ...

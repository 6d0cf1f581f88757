from collections.abc import Callable
from typing import Protocol

from searchkit.segment.postings import PostingsReader
from searchkit.segment.postings_writer import PostingsWriter
from searchkit.segment.renumbering import Renumbering
from searchkit.segment.terms import TermsReader
from searchkit.segment.terms_writer import TermsWriter

class _Stream(Protocol):
    def write(self, data: memoryview, /) -> object: ...

def merge_postings(
    readers: list[tuple[TermsReader, PostingsReader]],
    numbers: list[Renumbering],
    terms: TermsWriter,
    postings: PostingsWriter,
    ordinals: list[_Stream] | None = None,
    between: Callable[[], object] | None = None,
    least_full: int = 124,
) -> None: ...

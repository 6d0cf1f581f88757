from array import array

from searchkit.query.automaton import Automaton
from searchkit.segment.terms import TermsReader

def expand(
    terms: TermsReader, automaton: Automaton, limit: int | None = None
) -> tuple[array[int], int]: ...
def prefix_range(terms: TermsReader, prefix: bytes) -> tuple[int, int]: ...

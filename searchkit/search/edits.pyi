from array import array

from searchkit.segment.terms import TermsReader

def edit_distances(
    terms: TermsReader, ordinals: array[int], word: str, edits: int
) -> array[int]: ...

from array import array

from searchkit.search.program import Program

def score_terms(p: Program, docs: array[int]) -> array[float]: ...

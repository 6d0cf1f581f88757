"""How many edits terms are away from a word: insertions, deletions and changes of a character.

Of the table of distances between beginnings only a band of 2 edits + 1 diagonals is filled
(Ukkonen, "Algorithms for approximate string matching", 1985): time grows with the length of
the word, not with its square.
"""

from cpython cimport array
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc

from array import array as new_array

from searchkit.search.utf8 cimport get_character
from searchkit.segment.terms cimport TermsReader, corrupt_terms
from searchkit.segment.walks cimport TermWalk, close_walk, open_walk, read_term

from searchkit.errors import CorruptIndexError


cdef int _distance(const uint32_t* word, int64_t length, const uint8_t* text, uint64_t size,
                   int edits, int* row) noexcept nogil:
    """The distance, ``edits`` + 1 if it is more or the text isn't UTF-8.

    ``row`` has 2 ``edits`` + 3 items: the distances of the term's characters read so far, i of
    them, from the word's first i - edits … i + edits, between two walls.
    """
    cdef uint64_t at = 0
    cdef int64_t i = 0, j
    cdef int wall = edits + 1, width = 2 * edits + 1, k, n, best, one
    cdef uint32_t character = 0
    for k in range(width + 2):
        row[k] = wall
    for k in range(edits, width):
        if k - edits <= length:
            row[k + 1] = k - edits
    while at < size:
        n = get_character(text + at, size - at, &character)
        if n == 0 or i > length + edits:
            return wall
        at += n
        i += 1
        best = wall
        for k in range(1, width + 1):
            j = i - edits + k - 1   # of the word; row[k] is still that of i - 1 and j - 1
            one = wall
            if 0 <= j <= length:
                if j > 0:
                    one = row[k] + (word[j - 1] != character)
                if row[k - 1] + 1 < one:
                    one = row[k - 1] + 1
                if row[k + 1] + 1 < one:
                    one = row[k + 1] + 1
                if one > wall:
                    one = wall
            row[k] = one
            if one < best:
                best = one
        if best == wall:
            return wall
    k = <int>(length - i + edits + 1) if -edits <= length - i <= edits else 0
    return row[k] if k else wall


def edit_distances(TermsReader terms not None, const int64_t[::1] ordinals not None,
                   str word not None, int edits):
    """For each of some terms how many edits it is away from a word, at most ``edits`` + 1:
    an array of uint8. ValueError unless ``edits`` is 0 … 254, IndexError, CorruptIndexError."""
    cdef int64_t i, n = ordinals.shape[0], length = len(word)
    cdef TermWalk words
    cdef uint8_t* distances
    cdef uint32_t* characters
    cdef int* row
    cdef int bad = 0
    if not 0 <= edits <= 254:
        raise ValueError("edits are 0 to 254")
    cdef array.array out = array.clone(new_array("B"), n, False)
    distances = <uint8_t*>out.data.as_voidptr
    characters = <uint32_t*>malloc((length + 1) * sizeof(uint32_t))
    open_walk(&words)
    row = <int*>malloc((2 * edits + 3) * sizeof(int))
    try:
        if characters == NULL or row == NULL:
            raise MemoryError()
        for i in range(length):
            characters[i] = <uint32_t>ord(word[i])
        with nogil:
            for i in range(n):
                if not 0 <= ordinals[i] < terms.t.count:
                    bad = 1
                    break
                bad = read_term(&words, &terms.t, ordinals[i])
                if bad:
                    break
                distances[i] = _distance(characters, length, words.text, words.size, edits, row)
    finally:
        close_walk(&words)
        free(characters)
        free(row)
    if bad == 1:
        raise IndexError(ordinals[i])
    if bad == -2:
        raise MemoryError()
    if bad:
        raise corrupt_terms(terms.where)
    return out

"""The terms of a dictionary that an automaton accepts, in one walk over the sorted terms.

A term is read from where it departs from the one read before: the state behind every
character is kept on a stack. Where the automaton is stuck, the next character that it could
have gone on with is looked for, here or further up the stack, and the walk goes on at the
first term with that beginning. Where a state accepts whatever follows, all terms with that
beginning are taken unread.
"""

from cpython cimport array
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy

from array import array as new_array

from searchkit.search.states cimport ACCEPTS, DEAD, START, WHOLE, States, range_of
from searchkit.search.utf8 cimport get_character, put_character
from searchkit.segment.codec cimport sk_clz64
from searchkit.segment.terms cimport Terms, TermsReader, find_term, seek_term, term_bytes

from searchkit.errors import CorruptIndexError

from searchkit.search.edits import edit_distances

cdef enum:
    LAST = 0x10FFFF
    LOOK = 64                       # ranges in which a character to go on with is looked for
    AT_END = 0                      # how reading a term ended
    STUCK = 1
    ANYTHING = 2
    UNREADABLE = 3


cdef struct Walk:
    const Terms* t
    int64_t depth                   # characters read of a term
    int64_t trusted                 # states of this depth and deeper are valid, and START
    int64_t room
    int32_t* states                 # by depth
    uint32_t* characters            # by depth: the one that led there
    uint64_t* ends                  # by depth: the bytes read
    uint32_t stuck                  # the character that led nowhere
    uint8_t* key                    # of ``room`` + 4 bytes
    int64_t* found
    uint64_t n_found
    uint64_t found_room
    uint64_t limit
    uint64_t total
    int error                       # -1 corrupt, -2 no memory


cdef int _make_room(Walk* w, uint64_t size) noexcept nogil:
    """Room for terms of ``size`` bytes; -1 when there is no memory."""
    cdef uint64_t room = 2 * size + 64
    cdef void* grown
    if size < <uint64_t>w.room:
        return 0
    grown = realloc(w.states, room * sizeof(int32_t))
    if grown == NULL:
        return -1
    w.states = <int32_t*>grown
    grown = realloc(w.characters, room * sizeof(uint32_t))
    if grown == NULL:
        return -1
    w.characters = <uint32_t*>grown
    grown = realloc(w.ends, room * sizeof(uint64_t))
    if grown == NULL:
        return -1
    w.ends = <uint64_t*>grown
    grown = realloc(w.key, room + 4)
    if grown == NULL:
        return -1
    w.key = <uint8_t*>grown
    w.room = <int64_t>room
    return 0


cdef void _add(Walk* w, int64_t low, int64_t high) noexcept nogil:
    """The terms from ``low`` to before ``high`` are accepted."""
    cdef uint64_t wanted, room
    cdef void* grown
    w.total += high - low
    if w.n_found >= w.limit:
        return
    wanted = w.n_found + <uint64_t>(high - low)
    if wanted > w.limit:
        wanted = w.limit
    if wanted > w.found_room:
        room = 2 * wanted + 256
        grown = realloc(w.found, room * sizeof(int64_t))
        if grown == NULL:
            w.error = -2
            return
        w.found = <int64_t*>grown
        w.found_room = room
    while w.n_found < wanted:
        w.found[w.n_found] = low
        w.n_found += 1
        low += 1


cdef void _resume(Walk* w, int64_t last, uint64_t last_size, int64_t ordinal,
                  uint64_t size) noexcept nogil:
    """Back to the depth at which a term departs from the one read last."""
    cdef uint64_t least = last_size if last_size < size else size, same = 8
    cdef uint64_t differ = w.t.prefixes[last] ^ w.t.prefixes[ordinal], n = 0
    cdef const uint8_t* one
    cdef const uint8_t* other
    if differ:
        same = sk_clz64(differ) >> 3
    elif least > 8:
        one = term_bytes(w.t, last, &n)
        other = term_bytes(w.t, ordinal, &n)
        while same < least and one[same] == other[same]:
            same += 1
    if same > least:
        same = least
    if w.ends[w.depth] == <uint64_t>w.depth:    # of ASCII
        if <uint64_t>w.depth > same:
            w.depth = <int64_t>same
    else:
        while w.ends[w.depth] > same:
            w.depth -= 1
    if w.depth < w.trusted:
        w.depth = 0
        w.trusted = 0


cdef int _read(Walk* w, States states, const uint8_t* text, uint64_t size) noexcept nogil:
    """Reads on in a term, as far as the automaton goes."""
    cdef int64_t depth = w.depth
    cdef uint64_t at = w.ends[depth]
    cdef int32_t state = w.states[depth], following
    cdef uint32_t character = 0, which
    cdef int n
    cdef bint unusual
    if states.flags[state] & WHOLE:
        return ANYTHING
    while at < size:
        character = text[at]
        if character < 0x80:
            n = 1
            which = states.ascii[character]
        else:
            n = get_character(text + at, size - at, &character)
            if n == 0:
                w.depth = depth
                return UNREADABLE
            which = states.classes[range_of(states, character)]
        following = states.next[<uint64_t>state * states.n_classes + which]
        unusual = following <= 0    # unknown, dead, or a WHOLE state
        if unusual:
            following = states.make(state, which)
            if following == DEAD:
                w.stuck = character
                w.depth = depth
                return STUCK
        state = following
        at += n
        depth += 1
        w.states[depth] = state
        w.characters[depth] = character
        w.ends[depth] = at
        if unusual:
            w.depth = depth
            if states.flushed:
                states.flushed = False
                w.trusted = depth
            if states.flags[state] & WHOLE:
                return ANYTHING
    w.depth = depth
    return AT_END


cdef int64_t _next_live(States states, int32_t state, uint32_t character) noexcept nogil:
    """The next character above one by which a state goes on; -1 none, -2 not soon found."""
    cdef int at, last
    character += 1
    if character > LAST:
        return -1
    at = range_of(states, character)
    last = at + LOOK if states.n_ranges - at > LOOK else states.n_ranges
    while at < last:
        if states.is_live(state, states.classes[at]):
            return character if character > states.boundaries[at] else states.boundaries[at]
        at += 1
    return -1 if at == states.n_ranges else -2


cdef int64_t _past(Walk* w, int64_t low, const uint8_t* text, uint64_t size) noexcept nogil:
    """The first ordinal from ``low`` on of a term that doesn't begin with these bytes, nor is
    below them; -1 where offsets can't be right."""
    while size and text[size - 1] == 0xFF:
        size -= 1
    if size == 0:
        return w.t.count
    memcpy(w.key, text, size)
    w.key[size - 1] += 1
    return seek_term(w.t, low, w.key, size)


cdef int64_t _jump(Walk* w, States states, int64_t low, const uint8_t* text) noexcept nogil:
    """The first ordinal from ``low`` on of a term that may be accepted, after STUCK."""
    cdef int64_t depth = w.depth, following
    cdef uint32_t character = w.stuck
    cdef uint64_t end
    while True:
        if depth and depth < w.trusted:
            # The states here have been thrown away; below this beginning all is done.
            return _past(w, low, text, w.ends[depth + 1])
        following = _next_live(states, w.states[depth], character)
        if following != -1:
            end = w.ends[depth]
            memcpy(w.key, text, end)
            if following >= 0:
                end += put_character(w.key + end, <uint32_t>following)
                return seek_term(w.t, low, w.key, end)
            return _past(w, low, text, end + put_character(w.key + end, character))
        if depth == 0:
            return w.t.count
        character = w.characters[depth]
        depth -= 1


cdef void _walk(Walk* w, States states) noexcept nogil:
    cdef int64_t ordinal = 0, last = 0, following
    cdef const uint8_t* text
    cdef uint64_t last_size = 0, size = 0
    cdef int how
    while ordinal < w.t.count and w.error == 0:
        text = term_bytes(w.t, ordinal, &size)
        if text == NULL or _make_room(w, size) < 0:
            w.error = -1 if text == NULL else -2
            return
        _resume(w, last, last_size, ordinal, size)
        last = ordinal
        last_size = size
        how = _read(w, states, text, size)
        following = ordinal + 1
        if how == ANYTHING:
            following = _past(w, following, text, w.ends[w.depth])
            if following >= 0:
                _add(w, ordinal, following)
        elif how == STUCK:
            following = _jump(w, states, following, text)
        elif how == AT_END and states.flags[w.states[w.depth]] & ACCEPTS:
            _add(w, ordinal, following)
        if following < 0:
            w.error = -1
        ordinal = following


def expand(TermsReader terms not None, automaton not None, limit=None):
    """``(ordinals, total)``: an array of int64 with the terms that an automaton accepts, ascending,
    the first ``limit`` of them (None: all), and how many there are in all.

    What isn't UTF-8 is never accepted, except where anything is. CorruptIndexError.
    """
    cdef States states = States(automaton)
    cdef Walk w
    cdef array.array out
    cdef uint64_t most = 0xFFFFFFFFFFFFFFFFu if limit is None else limit
    w.t = &terms.t
    w.depth = w.trusted = w.room = 0
    w.states = NULL
    w.characters = NULL
    w.ends = NULL
    w.key = NULL
    w.found = NULL
    w.n_found = w.found_room = w.total = 0
    w.limit = most if automaton.word is None else 0xFFFFFFFFFFFFFFFFu
    w.error = 0
    with nogil:
        if _make_room(&w, 0) < 0:
            w.error = -2
        else:
            w.states[0] = START
            w.characters[0] = 0
            w.ends[0] = 0
            _walk(&w, states)
    out = new_array("q")
    try:
        if w.error == -2:
            raise MemoryError()
        if w.error:
            raise CorruptIndexError(
                f"{terms.where}: array 'terms.offsets' points outside the terms",
                hint="run `searchkit check`, then index again or restore the file")
        if w.n_found:
            out = array.clone(out, w.n_found, False)
            memcpy(out.data.as_voidptr, w.found, w.n_found * sizeof(int64_t))
    finally:
        free(w.states)
        free(w.characters)
        free(w.ends)
        free(w.key)
        free(w.found)
    if automaton.word is None:
        return out, w.total
    out = _compared(terms, out, automaton.word)
    return out if limit is None else out[:most], len(out)


def _compared(terms, ordinals, word):
    """Those of some terms that are near enough a long word, whose beginning they have."""
    text, edits, prefix = word
    begin = text[:prefix].encode("utf-8", "surrogatepass")
    distances = edit_distances(terms, ordinals, text, edits)
    return new_array("q", [
        ordinal for ordinal, distance in zip(ordinals, distances)
        if distance <= edits and terms[ordinal].startswith(begin)])


def prefix_range(TermsReader terms not None, bytes prefix not None):
    """``(low, high)``: the ordinals of the terms that begin with some bytes are [low, high).

    CorruptIndexError.
    """
    cdef const uint8_t* data = prefix
    cdef uint64_t size = len(prefix)
    cdef int64_t low = find_term(&terms.t, data, size), high = terms.t.count
    if low < 0:
        low = -1 - low
    prefix = prefix.rstrip(b"\xff")
    if prefix:
        size = len(prefix) - 1
        prefix = prefix[:size] + bytes([prefix[size] + 1])
        data = prefix
        high = find_term(&terms.t, data, len(prefix))
        if high < 0:
            high = -1 - high
    return low, max(low, high)

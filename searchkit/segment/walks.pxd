"""A dictionary's terms in their order."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from searchkit.segment.groups cimport Terms


cdef struct TermWalk:               # over terms; open_walk, or all zero, before the first
    const Terms* t
    int64_t ordinal                 # of the term read
    uint8_t* text                   # its bytes, and room for 16 at least
    uint64_t size
    uint64_t shared                 # how many of them all terms had that were read since this was
                                    # set to ``size``
    const uint8_t* at               # the next of its group
    const uint8_t* end              # of the group's texts; NULL: none is open
    const uint8_t* first            # of the dictionary's bytes, from which and before which
    const uint8_t* last             # sk_spell may be used
    uint64_t room
    uint8_t near[64]                # where short ones are


cdef enum:
    MANY = 256                      # terms that are read at once


cdef struct Texts:                  # of some terms, one after another, behind 8 bytes of no meaning;
                                    # all zero before the first
    int64_t first                   # the terms from this one on,
    int64_t end                     # before this one
    uint8_t* text
    uint64_t room
    uint64_t begins[MANY + 1]       # of each of them in ``text``, and where the last ends


cdef inline void open_walk(TermWalk* w) noexcept nogil:
    """Before the first term."""
    w.text = NULL
    w.size = 0
    w.shared = 0
    w.room = 0
    w.end = NULL


cdef int read_term(TermWalk* w, const Terms* t, int64_t ordinal) noexcept nogil
cdef int walk_to(TermWalk* w, const Terms* t, int64_t low, int64_t end, const uint8_t* data,
                 uint64_t size) noexcept nogil
cdef void close_walk(TermWalk* w) noexcept nogil
cdef int read_texts(const Terms* t, int64_t ordinal, int64_t end, Texts* out) noexcept nogil

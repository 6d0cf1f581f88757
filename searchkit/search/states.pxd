"""A position automaton, made deterministic as far as it is run (states.pyx)."""

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t

cimport cython

cdef enum:
    LOW = 0x800                     # characters of up to 2 bytes find their range in a table
    DEAD = 0                        # the state that leads nowhere
    START = 1
    ACCEPTS = 1
    WHOLE = 2                       # accepts whatever may follow
    LOOPS = 4                       # goes on whatever follows


@cython.final
cdef class States:
    cdef int words                  # 64 bits each, of a set of positions
    cdef int n_positions
    cdef int n_classes
    cdef int n_ranges
    cdef uint32_t* boundaries       # by range: its first code point
    cdef uint32_t* classes          # by range
    cdef uint32_t* ranges           # of the code points below LOW
    cdef uint32_t ascii[128]        # their classes
    cdef uint64_t* enters           # by class: a set of positions
    cdef uint64_t* follow           # by position: a set
    cdef int* begins                # by position: the words of that set that have bits
    cdef int* ends
    cdef int* skips                 # by position: until where no position is followed by more
    cdef int* alike                 # by position: the first one followed by the same
    cdef uint32_t* seen             # by position: the last advance that took what follows
    cdef uint32_t advances
    cdef uint64_t* chain            # a set: the positions followed by the next one alone
    cdef uint64_t* accepting        # a set
    cdef uint64_t* loops            # a set: what any character enters, and may again;
                                    # none without a needle
    cdef uint64_t* entered          # scratch: a set
    cdef uint64_t* sets             # by state: what may come next
    cdef uint8_t* flags             # by state
    cdef int32_t* next              # by state and class; -1 not known, -2 - s to a WHOLE state s
    cdef int32_t* table             # a hash table of the states; 0 free
    cdef uint32_t mask              # its size - 1
    cdef int32_t n                  # states
    cdef int32_t room
    cdef bint flushed               # the last step threw all other states away
    cdef int _put(self, uint64_t* out, positions) except -1
    cdef void _trim(self, Py_ssize_t position) noexcept nogil
    cdef int _skip(self, int position) noexcept nogil
    cdef int _advance(self, int32_t state, uint32_t which, uint64_t* out) noexcept nogil
    cdef uint8_t _more(self, int32_t state) noexcept nogil
    cdef bint _is_whole(self, int32_t state) noexcept nogil
    cdef uint32_t _slot(self, const uint64_t* some, uint8_t accepts) noexcept nogil
    cdef void _clear(self) noexcept nogil
    cdef int search(self, uint32_t character) noexcept nogil
    cdef int32_t make(self, int32_t state, uint32_t which) noexcept nogil
    cdef bint is_live(self, int32_t state, uint32_t which) noexcept nogil


cdef inline int range_of(States s, uint32_t character) noexcept nogil:
    """The range that a character is in."""
    return s.ranges[character] if character < LOW else s.search(character)

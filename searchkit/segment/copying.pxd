"""Taking posting lists over from another segment: as encoded blocks, or document by document."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.segment.postings cimport Cursor, Postings
from searchkit.segment.postings_writer cimport PostingsWriter


cdef struct Gaps:                   # the positions of a block, as they are stored
    uint32_t* data
    uint64_t size


cdef int check_block(const Postings* p, int64_t block, int64_t first) noexcept nogil
cdef int64_t run_end(const Postings* p, int64_t block, int64_t end) noexcept nogil
cdef int copy_blocks(PostingsWriter w, const Postings* p, int64_t first, int64_t end,
                     int64_t shift) noexcept nogil
cdef int read_block(Cursor* c, Gaps* out) noexcept nogil

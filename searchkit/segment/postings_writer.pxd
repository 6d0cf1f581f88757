"""Writing posting lists, a term at a time."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from searchkit.segment.sink cimport Sink


cdef class PostingsWriter:
    cdef Sink kinds, bases, lasts
    cdef Sink doc_bases, doc_starts, position_bases, position_starts, impact_bases, impact_starts
    cdef Sink impacts, doc_bytes, position_bytes, short_bytes
    cdef readonly uint32_t span     # how many documents the segment has
    cdef bint has_positions
    cdef bint has_impacts
    cdef readonly object average    # length of the field, None without impacts
    cdef float third                # of it
    cdef uint32_t df
    cdef int n
    cdef uint64_t first_block
    cdef uint64_t blocks
    cdef uint64_t pairs
    cdef uint64_t doc_base          # of the run
    cdef uint64_t position_base
    cdef uint64_t pair_base
    cdef uint32_t docs[128]
    cdef uint32_t freqs[128]
    cdef uint32_t lengths[128]
    cdef uint32_t* gaps
    cdef uint64_t gaps_used
    cdef uint64_t gaps_size
    cdef uint32_t out_df
    cdef uint64_t out_pointer
    cdef void start_term(self) noexcept nogil
    cdef int add(self, uint32_t doc, uint32_t length, uint32_t freq,
                 const uint32_t* positions) noexcept nogil
    cdef int add_run(self, const uint32_t* docs, const uint32_t* freqs, const uint32_t* lengths,
                     uint64_t n, const uint32_t* gaps) noexcept nogil
    cdef int _begin_document(self, uint32_t doc, uint32_t length, uint32_t freq) noexcept nogil
    cdef int _grow_gaps(self, uint64_t least) noexcept nogil
    cdef int finish_term(self) noexcept nogil
    cdef int put_place(self, uint64_t block, uint64_t docs, uint64_t positions,
                       uint64_t pairs) noexcept nogil
    cdef int _put_pairs_at(self, uint64_t block, uint64_t pairs) noexcept nogil
    cdef int _emit(self) noexcept nogil
    cdef int _emit_packed(self, uint8_t head, const uint32_t* less) noexcept nogil
    cdef int _emit_dense(self, uint32_t words, uint8_t head, const uint32_t* less) noexcept nogil
    cdef int _emit_serial(self) noexcept nogil
    cdef int _emit_impacts(self) noexcept nogil
    cdef int spill(self, uint64_t over) except -1

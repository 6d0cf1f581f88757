"""The places of one term that another's stand behind."""

from libc.stdint cimport uint8_t, uint32_t


cdef uint32_t keep_followed(const uint32_t* places, uint32_t n, uint32_t own_offset,
                            const uint32_t* others, uint32_t m, uint32_t offset, bint once,
                            uint8_t** marks, uint32_t* starts, int* error) noexcept nogil

"""Memory for arrays that grow large (``large.h``)."""


cdef extern from "large.h" nogil:
    void* sk_large_alloc(size_t size)
    void* sk_large_realloc(void* p, size_t size)
    void sk_large_free(void* p)

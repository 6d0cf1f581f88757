/* Memory for large tables that are read at random: on Linux in huge pages, which spare most of the
   misses of the processor's table of pages. */
#pragma once
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#define SK_HUGE ((size_t)1 << 21)

/* Memory to be freed by free(); NULL when there is none. */
static inline void *sk_alloc(size_t size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (size >= SK_HUGE) {
        void *p = NULL;
        size = (size + SK_HUGE - 1) & ~(SK_HUGE - 1);
        if (posix_memalign(&p, SK_HUGE, size)) return NULL;
        madvise(p, size, MADV_HUGEPAGE);
        return p;
    }
#endif
    return malloc(size ? size : 1);
}

/* The same, with the first ``used`` bytes of ``old``, which is freed; NULL leaves it alone. */
static inline void *sk_grow(void *old, size_t used, size_t size) {
    void *p = sk_alloc(size);
    if (!p) return NULL;
    if (used) memcpy(p, old, used);
    free(old);
    return p;
}

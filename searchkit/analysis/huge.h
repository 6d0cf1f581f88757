/* Memory for what is read and written at random: in huge pages, where the system gives some on
   request (Linux), so that far fewer addresses miss the processor's table of pages. */
#pragma once
#include <stdint.h>
#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#define SK_HUGE ((size_t)2 << 20)

/* As malloc; to be freed by free. Large pieces are rounded up to huge pages. */
static void *sk_huge_alloc(size_t n) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    void *p = NULL;
    if (n >= 2 * SK_HUGE && n <= SIZE_MAX - SK_HUGE) {
        n = (n + SK_HUGE - 1) & ~(SK_HUGE - 1);
        if (posix_memalign(&p, SK_HUGE, n)) return NULL;
        (void)madvise(p, n, MADV_HUGEPAGE);     /* refused, it is memory all the same */
        return p;
    }
#endif
    return malloc(n);
}

/* A hint to fetch a cache line; nothing where the compiler has no word for it. The empty assembly
   keeps a function that does nothing else: GCC takes its calls for ones without effect. */
#pragma once

#if defined(__GNUC__) || defined(__clang__)
#define SK_PREFETCH(p) (__builtin_prefetch(p), sk_keep())
static inline void sk_keep(void) {
    __asm__ volatile("");
}
#else
#define SK_PREFETCH(p) ((void)(p))
#endif

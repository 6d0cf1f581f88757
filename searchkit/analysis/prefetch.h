/* A hint to fetch a cache line; nothing where the compiler has no word for it. */
#pragma once

#if defined(__GNUC__) || defined(__clang__)
#define SK_PREFETCH(p) __builtin_prefetch(p)
#else
#define SK_PREFETCH(p) ((void)(p))
#endif

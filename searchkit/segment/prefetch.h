/* A hint that memory is about to be read. */
#pragma once
#if defined(__GNUC__) || defined(__clang__)
#define sk_prefetch(place) __builtin_prefetch(place)
#else
#define sk_prefetch(place) ((void)(place))
#endif

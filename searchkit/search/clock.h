/* A clock that never goes back, in nanoseconds. */
#pragma once
#include <stdint.h>
#ifdef _WIN32
#include <windows.h>
static inline int64_t sk_now(void) { return (int64_t)GetTickCount64() * 1000000; }
#else
#include <time.h>
static inline int64_t sk_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
#endif

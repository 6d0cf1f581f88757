/* Sleeping long enough for another thread to wake up and take a lock. */
#pragma once
#if defined(_WIN32)
#include <windows.h>
static void sk_sleep_a_moment(void) { SwitchToThread(); }
#else
#include <time.h>
static void sk_sleep_a_moment(void) {
    struct timespec moment = {0, 50000};
    nanosleep(&moment, NULL);
}
#endif

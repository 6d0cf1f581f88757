/* Memory for arrays that grow large: from 1 MB on in mappings of their own (Linux), which grow
   without a copy and go back to the system as soon as they are freed. What malloc gives has a place
   among other pieces, and often stays with the process when it is freed. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
#include <sys/mman.h>
#if defined(MREMAP_MAYMOVE)
#define SK_MAPPED 1
#endif
#endif

#define SK_LARGE ((size_t)1 << 20)
#define SK_PAGE ((size_t)1 << 12)
#define SK_HUGE ((size_t)2 << 20)

typedef struct {
    size_t size;        /* with this, which takes a cache line before what is given */
    size_t mapped;      /* the mapping's size, 0: it is malloc's */
    size_t unused[6];
} SkLarge;

#if defined(SK_MAPPED)
/* A mapping of `size` bytes at least, all zero; in huge pages, where the system gives some on
   request, for what is read and written at random: far fewer addresses miss the table of pages. */
static SkLarge *sk_map(size_t size, int huge) {
    size_t unit = huge ? SK_HUGE : SK_PAGE, total = (size + unit - 1) & ~(unit - 1);
    size_t room = huge ? total + SK_HUGE : total;
    char *at = (char *)mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == (char *)MAP_FAILED) return NULL;
#if defined(MADV_HUGEPAGE)
    if (huge) {
        size_t before = (size_t)(-(intptr_t)at) & (SK_HUGE - 1);
        if (before) (void)munmap(at, before);
        (void)munmap(at + before + total, room - before - total);
        at += before;
        room = total;
        (void)madvise(at, total, MADV_HUGEPAGE);    /* refused, it is memory all the same */
    }
#endif
    ((SkLarge *)at)->mapped = room;
    return (SkLarge *)at;
}
#endif

/* As malloc. `huge`: of 4 MB and more in huge pages; such a piece isn't to be reallocated. */
static void *sk_large_alloc(size_t n, int huge) {
    SkLarge *h = NULL;
    size_t size = n + sizeof(SkLarge);
    if (size < n || size > SIZE_MAX - 2 * SK_HUGE) return NULL;
#if defined(SK_MAPPED)
    if (size >= SK_LARGE) {
        h = sk_map(size, huge && size >= 2 * SK_HUGE);
        if (h == NULL) return NULL;
    }
#endif
    if (h == NULL) {
        h = (SkLarge *)malloc(size);
        if (h == NULL) return NULL;
        h->mapped = 0;
    }
    h->size = size;
    (void)huge;
    return h + 1;
}

/* As free. */
static void sk_large_free(void *p) {
    SkLarge *h;
    if (p == NULL) return;
    h = (SkLarge *)p - 1;
#if defined(SK_MAPPED)
    if (h->mapped) {
        (void)munmap(h, h->mapped);
        return;
    }
#endif
    free(h);
}

/* As realloc. */
static void *sk_large_realloc(void *p, size_t n) {
    SkLarge *h;
    size_t size = n + sizeof(SkLarge);
    if (p == NULL) return sk_large_alloc(n, 0);
    h = (SkLarge *)p - 1;
    if (size < n || size > SIZE_MAX - 2 * SK_HUGE) return NULL;
#if defined(SK_MAPPED)
    void *q;
    if (h->mapped && size >= SK_LARGE) {
        size_t total = (size + SK_PAGE - 1) & ~(SK_PAGE - 1);
        q = mremap(h, h->mapped, total, MREMAP_MAYMOVE);
        if (q == MAP_FAILED) return NULL;
        h = (SkLarge *)q;
        h->size = size;
        h->mapped = total;
        return h + 1;
    }
    if (h->mapped || size >= SK_LARGE) {
        q = sk_large_alloc(n, 0);
        if (q == NULL) return NULL;
        memcpy(q, p, (h->size < size ? h->size : size) - sizeof(SkLarge));
        sk_large_free(p);
        return q;
    }
#endif
    h = (SkLarge *)realloc(h, size);
    if (h == NULL) return NULL;
    h->size = size;
    return h + 1;
}

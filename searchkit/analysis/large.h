/* Memory for arrays that grow large: from 1 MB on in mappings of their own (Linux), which grow
   without a copy and go back to the system as soon as they are freed. What malloc gives has a place
   among other pieces, and often stays with the process when it is freed. Not in huge pages on request:
   what they spare a table in misses, they cost where a virtual machine has to get them from its host. */
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

typedef struct {
    size_t size;        /* with this, which takes a cache line before what is given */
    size_t mapped;      /* the mapping's size, 0: it is malloc's */
    size_t unused[6];
} SkLarge;

/* As malloc. */
static void *sk_large_alloc(size_t n) {
    SkLarge *h = NULL;
    size_t size = n + sizeof(SkLarge), mapped = 0;
    if (size < n || size > SIZE_MAX - SK_PAGE) return NULL;
#if defined(SK_MAPPED)
    if (size >= SK_LARGE) {
        mapped = (size + SK_PAGE - 1) & ~(SK_PAGE - 1);
        h = (SkLarge *)mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (h == (SkLarge *)MAP_FAILED) return NULL;
    }
#endif
    if (h == NULL) h = (SkLarge *)malloc(size);
    if (h == NULL) return NULL;
    h->size = size;
    h->mapped = mapped;
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
    if (p == NULL) return sk_large_alloc(n);
    h = (SkLarge *)p - 1;
    if (size < n || size > SIZE_MAX - SK_PAGE) return NULL;
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
        q = sk_large_alloc(n);
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

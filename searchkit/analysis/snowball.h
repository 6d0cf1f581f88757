/* libstemmer's functions (snowballstem.org), where a library that is loaded already has them. */
#pragma once
#include <stdint.h>
#include <string.h>
#if !defined(_WIN32)
#include <dlfcn.h>
#endif

typedef struct {
    void *library;
    void *stemmer;
    const uint8_t *(*stem)(void *stemmer, const uint8_t *word, int size);
    int (*length)(void *stemmer);
    void (*remove)(void *stemmer);
} SkSnowball;

/* Whether the library at ``path`` has the functions, and a stemmer of the language. */
static int sk_open_snowball(SkSnowball *s, const char *path, const char *language) {
    memset(s, 0, sizeof(SkSnowball));
#if defined(_WIN32)
    (void)path;
    (void)language;
#else
    void *(*make)(const char *algorithm, const char *encoding) = NULL;
    void *functions[4];
    s->library = dlopen(path, RTLD_LAZY);
    if (!s->library) return 0;
    functions[0] = dlsym(s->library, "sb_stemmer_new");
    functions[1] = dlsym(s->library, "sb_stemmer_stem");
    functions[2] = dlsym(s->library, "sb_stemmer_length");
    functions[3] = dlsym(s->library, "sb_stemmer_delete");
    if (functions[0] && functions[1] && functions[2] && functions[3]) {
        /* ISO C has no conversion from data to functions. */
        memcpy(&make, &functions[0], sizeof(void *));
        memcpy(&s->stem, &functions[1], sizeof(void *));
        memcpy(&s->length, &functions[2], sizeof(void *));
        memcpy(&s->remove, &functions[3], sizeof(void *));
        s->stemmer = make(language, "UTF_8");
    }
#endif
    return s->stemmer != NULL;
}

static void sk_close_snowball(SkSnowball *s) {
    if (s->stemmer) s->remove(s->stemmer);
#if !defined(_WIN32)
    if (s->library) dlclose(s->library);
#endif
    memset(s, 0, sizeof(SkSnowball));
}

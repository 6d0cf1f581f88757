"""How the compiled modules were built.

`MODE` is "release", "debug" (bounds checks and C asserts) or "sanitize" (AddressSanitizer).
setup.py defines the macros; a test compares MODE with the build that was asked for.
"""

cdef extern from *:
    """
    #if defined(SEARCHKIT_DEBUG)
    #define SEARCHKIT_MODE "debug"
    #elif defined(SEARCHKIT_SANITIZE)
    #define SEARCHKIT_MODE "sanitize"
    #else
    #define SEARCHKIT_MODE "release"
    #endif
    """
    const char *SEARCHKIT_MODE

MODE = SEARCHKIT_MODE.decode("ascii")

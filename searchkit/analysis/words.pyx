"""What an analyzer makes of words of ASCII letters and digits, one by one.

The chains of nearly all analyzers, lower case alone or a stem of it, need no list and no call
from Python a word; ``Analyzer.plain_terms`` says the same of these, and of all others.
"""

from cpython.unicode cimport PyUnicode_DecodeASCII

from searchkit.analysis.filters import Lowercase, Stem


cdef class PlainWords:
    """An analyzer's way with plain words. Threads may share it."""

    def __cinit__(self, analyzer not None):
        cdef tuple filters = analyzer.filters
        self.analyzer = analyzer
        self.kind = WORDS_OTHER
        if not analyzer.scannable or not filters or type(filters[0]) is not Lowercase:
            return
        if len(filters) == 1:
            self.kind = WORDS_LOWERED
        elif len(filters) == 2 and type(filters[1]) is Stem:
            self.kind = WORDS_STEMMED

    cdef str stem(self, const char* word, Py_ssize_t size):
        """The term of a word in lower case. SchemaError where there is no stemmer."""
        cdef str whole = PyUnicode_DecodeASCII(word, size, NULL)
        cdef str stem
        if self.stem_word is None:
            self.stem_word = self.analyzer.filters[1].stemmer()
        with self.lock:             # a stemmer isn't thread-safe
            stem = self.stem_word(whole)
        return stem if stem else whole

    def terms(self, list words not None):
        """The terms of words, one each; None if the analyzer makes something else of one."""
        cdef list found = []
        cdef bytes lowered
        if self.kind == WORDS_OTHER:
            return self.analyzer.plain_terms(words)
        for word in words:
            lowered = word.lower().encode("ascii")
            if self.kind == WORDS_LOWERED:
                found.append(lowered.decode("ascii"))
            else:
                found.append(self.stem(lowered, len(lowered)))
        return found


def native(analyzer not None):
    """What a ``Vocabulary`` may know of an analyzer: whether it but lower-cases, or stems then, and
    the stemmer, a ``Snowball`` or None."""
    cdef PlainWords words = PlainWords(analyzer)
    if words.kind != WORDS_STEMMED:
        return words.kind == WORDS_LOWERED, None
    stemmer = analyzer.filters[1].native()
    return stemmer is not None, stemmer

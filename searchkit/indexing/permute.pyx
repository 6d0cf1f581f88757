"""Posting lists with their documents in another order.

A field's terms stay as they are. The documents of each list get their new numbers, are sorted by
them, and the list is encoded again; the positions are read as many at a time as there is room for.
"""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

from searchkit.segment.codec cimport sk_bits
from searchkit.segment.entries cimport Entry, EntryWalk, read_entry
from searchkit.segment.groups cimport Terms
from searchkit.segment.positions cimport PositionBuffer, Positions
from searchkit.segment.postings cimport (Cursor, Postings, PostingsReader, count_of, gather_positions,
                                         length_of, load_block, load_freqs, open_cursor)
from searchkit.segment.postings_writer cimport PostingsWriter
from searchkit.segment.terms cimport TermsReader
from searchkit.segment.terms_writer cimport TermsWriter
from searchkit.segment.walks cimport TermWalk, close_walk, read_term

from searchkit.errors import CorruptIndexError

cdef enum:
    FEW = 48                    # numbers that are sorted by insertion
    CORRUPT = -1
    NO_MEMORY = -2
    AWAY = 0xFFFFFFFFFFFFFFFFu  # positions that aren't read now


cdef struct List:               # a list, document by document in its old order
    uint64_t n
    uint64_t size
    uint64_t* keys              # its new number, above its place in the list: sorted by these
    uint64_t* scratch
    uint32_t* freqs
    uint64_t* starts            # of its positions in ``positions``
    uint32_t* positions
    uint64_t room
    TermWalk words              # where it is read of the dictionary
    EntryWalk entries
    Cursor cursor
    Positions reading
    PositionBuffer block


cdef int _grow(List* list, uint64_t n) noexcept nogil:
    """Room for ``n`` documents."""
    cdef void* p
    if n <= list.size:
        return 0
    p = realloc(list.keys, n * sizeof(uint64_t))
    if p == NULL:
        return NO_MEMORY
    list.keys = <uint64_t*>p
    p = realloc(list.scratch, n * sizeof(uint64_t))
    if p == NULL:
        return NO_MEMORY
    list.scratch = <uint64_t*>p
    p = realloc(list.freqs, n * sizeof(uint32_t))
    if p == NULL:
        return NO_MEMORY
    list.freqs = <uint32_t*>p
    p = realloc(list.starts, n * sizeof(uint64_t))
    if p == NULL:
        return NO_MEMORY
    list.starts = <uint64_t*>p
    list.size = n
    return 0


cdef void _sort(List* list, int bits) noexcept nogil:
    """Sorts the keys, whose upper halves have so many bits: by insertion, or by digits."""
    cdef uint64_t counts[256]
    cdef uint64_t* keys = list.keys
    cdef uint64_t* other = list.scratch
    cdef uint64_t key, sum, i
    cdef int64_t j
    cdef int shift, digit
    if list.n <= FEW:
        for i in range(1, list.n):
            key = keys[i]
            j = <int64_t>i - 1
            while j >= 0 and keys[j] > key:
                keys[j + 1] = keys[j]
                j -= 1
            keys[j + 1] = key
        return
    for shift in range(32, 32 + bits, 8):
        memset(counts, 0, sizeof(counts))
        for i in range(list.n):
            counts[keys[i] >> shift & 255] += 1
        sum = 0
        for digit in range(256):
            key = counts[digit]
            counts[digit] = sum
            sum += key
        for i in range(list.n):
            key = keys[i]
            other[counts[key >> shift & 255]] = key
            counts[key >> shift & 255] += 1
        keys, other = other, keys
    list.keys = keys
    list.scratch = other


cdef int _read(List* list, const Postings* p, uint32_t df, uint64_t pointer,
               const uint32_t* numbers) noexcept nogil:
    """Documents by their new numbers, and frequencies; CORRUPT, NO_MEMORY."""
    cdef Cursor* c = &list.cursor
    cdef int64_t block
    cdef int i
    if open_cursor(c, p, df, pointer) < 0 or c.df > p.docs:
        return CORRUPT
    list.n = 0
    if _grow(list, c.df) < 0:
        return NO_MEMORY
    for block in range(c.first, c.end):
        if not c.is_short and load_block(c, block) < 0:
            return CORRUPT
        load_freqs(c)
        if list.n + c.n > c.df:
            return CORRUPT
        for i in range(c.n):
            list.keys[list.n] = <uint64_t>numbers[c.docs[i]] << 32 | list.n
            list.freqs[list.n] = c.freqs[i]
            list.n += 1
    return 0 if list.n == c.df else CORRUPT


cdef int _read_positions(List* list) noexcept nogil:
    """The positions of the documents whose ``starts`` aren't AWAY; CORRUPT, NO_MEMORY."""
    cdef Cursor* c = &list.cursor
    cdef int64_t block, blocks[128]
    cdef uint8_t places[128]
    cdef int chosen[128]
    cdef uint64_t begins[128]
    cdef uint32_t counts[128]
    cdef uint64_t at = 0
    cdef int i, n, size, bad
    for block in range(c.first, c.end):
        size = <int>c.df if c.is_short else count_of(c.p, block)
        n = 0
        for i in range(size):
            blocks[i] = block
            places[i] = <uint8_t>i
            chosen[n] = i
            n += list.starts[at + i] != AWAY
        if n:
            bad = gather_positions(c, &list.reading, blocks, places, chosen, n, &list.block,
                                   begins, counts)
            if bad:
                return bad
        for i in range(n):
            if counts[chosen[i]] != list.freqs[at + chosen[i]]:
                return CORRUPT
            memcpy(list.positions + list.starts[at + chosen[i]],
                   list.block.data + begins[chosen[i]], counts[chosen[i]] * sizeof(uint32_t))
        at += size
    return 0


cdef int _write(List* list, PostingsWriter writer, const uint32_t* order,
                uint64_t limit) noexcept nogil:
    """Adds the sorted documents, reading about ``limit`` positions at a time; as above."""
    cdef const Postings* p = list.cursor.p
    cdef uint64_t first = 0, end, used, i
    cdef uint32_t at, doc
    cdef int bad
    cdef void* room
    while first < list.n:
        end = first
        used = 0
        if writer.has_positions:
            memset(list.starts, 0xFF, list.n * sizeof(uint64_t))
            while end < list.n:
                at = <uint32_t>list.keys[end]
                if end > first and used + list.freqs[at] > limit:
                    break
                list.starts[at] = used
                used += list.freqs[at]
                end += 1
            if used > list.room:
                room = realloc(list.positions, used * sizeof(uint32_t))
                if room == NULL:
                    return NO_MEMORY
                list.positions = <uint32_t*>room
                list.room = used
            bad = _read_positions(list)
            if bad:
                return bad
        else:
            end = list.n
        for i in range(first, end):
            at = <uint32_t>list.keys[i]
            doc = <uint32_t>(list.keys[i] >> 32)
            if writer.add(doc, length_of(p, order[doc]), list.freqs[at],
                          list.positions + list.starts[at] if writer.has_positions else NULL) < 0:
                return NO_MEMORY
        first = end
    return 0


cdef int _permute_some(const Terms* t, const Postings* p, int64_t* at, const uint32_t* order,
                       const uint32_t* numbers, TermsWriter terms, PostingsWriter postings,
                       List* list, uint64_t limit) noexcept nogil:
    """Writes terms until a good deal has gathered: 1 more to come, 0 done, < 0 as above."""
    cdef Entry entry
    cdef int bad, bits = sk_bits(p.docs - 1), rounds = 0
    while at[0] < t.count:
        if rounds == 4096 or postings.position_bytes.used > (1 << 20):
            return 1
        rounds += 1
        postings.start_term()
        bad = read_term(&list.words, t, at[0])
        if bad == 0:
            bad = read_entry(&list.entries, t, at[0], &entry)
        if bad == 0:
            bad = _read(list, p, entry.df, entry.pointer, numbers)
        if bad == 0:
            _sort(list, bits)
            bad = _write(list, postings, order, limit)
        if bad:
            return bad
        if postings.finish_term() < 0 or terms.add(
                list.words.text, list.words.size, postings.out_df, postings.out_pointer) < 0:
            return NO_MEMORY
        at[0] += 1
    return 0


cdef uint32_t* _inverse(const uint32_t[::1] order, uint32_t docs) except NULL:
    """Each document's place in an order of all of them."""
    cdef uint32_t* places
    cdef uint32_t i
    if order.shape[0] != docs:
        raise ValueError("an order of all documents")
    places = <uint32_t*>malloc((<uint64_t>docs + 1) * sizeof(uint32_t))
    if places == NULL:
        raise MemoryError()
    memset(places, 0xFF, <uint64_t>docs * sizeof(uint32_t))
    for i in range(docs):
        if order[i] >= docs or places[order[i]] != 0xFFFFFFFFu:
            free(places)
            raise ValueError("an order has every document once")
        places[order[i]] = i
    return places


def permute_postings(TermsReader terms not None, PostingsReader postings not None,
                     const uint32_t[::1] order not None, TermsWriter terms_out not None,
                     PostingsWriter postings_out not None, uint64_t limit):
    """Writes a field's dictionary and lists again, for documents in the ``order`` given: their old
    numbers, an ``array('I')`` with every document of the segment once.

    Up to ``limit`` positions are held at a time (or those of one document, if it has more), and
    of a list's documents 28 bytes each. Raises CorruptIndexError if the field can't be read.
    """
    cdef List* list = <List*>calloc(1, sizeof(List))
    cdef uint32_t* numbers = NULL
    cdef int64_t at = 0
    cdef int state = 1
    if list == NULL:
        raise MemoryError()
    try:
        numbers = _inverse(order, postings.p.docs)
        if postings.p.has_positions != postings_out.has_positions:
            state = CORRUPT
        while state == 1 and terms.t.count:
            with nogil:
                state = _permute_some(&terms.t, &postings.p, &at, &order[0], numbers, terms_out,
                                      postings_out, list, limit)
            terms_out.spill(1 << 16)
            postings_out.spill(1 << 16)
            PyErr_CheckSignals()
        if state == NO_MEMORY:
            raise MemoryError()
        if state == CORRUPT:
            raise CorruptIndexError(
                f"{postings.where}: the dictionary or a posting list can't be read",
                hint="run `searchkit check`, then index again or restore the file")
    finally:
        free(list.keys)
        free(list.scratch)
        free(list.freqs)
        free(list.starts)
        free(list.positions)
        free(list.block.data)
        close_walk(&list.words)
        free(list)
        free(numbers)

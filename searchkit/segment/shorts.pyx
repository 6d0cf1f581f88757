"""Short posting lists: of up to 127 documents, each of them one stream of bits.

Rice codes (Rice and Plaunt, 1971, see rice.h) whose parameters need no room, as the reader knows
what spreads the numbers: documents stand in a segment of so many, a document's positions in a field
of its length. Low bits come before rests, so that the rests of all documents and their frequencies,
in unary, are listed a word at a time. FORMAT.md has the bytes.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from searchkit.segment.codec cimport sk_ctz64, sk_load64, sk_popcount64
from searchkit.segment.sink cimport Sink

cdef extern from "rice.h" nogil:
    uint64_t sk_load_some(const uint8_t* p, const uint8_t* end)

cdef extern from "bits.h" nogil:
    int sk_list_bits(const uint64_t* words, int n, uint32_t start, uint32_t* out)

cdef enum:
    FEW = 8                         # documents that are read one by one
    OWN_BITS = 5                    # of a parameter of the list's own


cdef inline uint64_t _bits_at(const uint8_t* at, const uint8_t* end, uint64_t bit) noexcept nogil:
    """57 bits and more from ``bit`` on; zeros where there are none."""
    return sk_load_some(at + (bit >> 3), end) >> (bit & 7)


cdef int _list_ones(const uint8_t* at, const uint8_t* end, uint64_t bit, int n,
                    uint32_t* out) noexcept nogil:
    """Where the next ``n`` ones stand from ``bit`` on, modulo 2^32; -1 if there are fewer. There
    is room for 64 more."""
    cdef uint64_t word = bit >> 6, x
    cdef uint64_t mask = <uint64_t>-1 << (bit & 63)
    cdef int found = 0
    while True:
        if at + 8 * word >= end:
            return -1
        x = sk_load_some(at + 8 * word, end) & mask
        found += sk_list_bits(&x, 1, <uint32_t>(64 * word), out + found)
        if found >= n:
            return 0
        mask = <uint64_t>-1
        word += 1


cdef bint begins_before(const uint8_t* at, const uint8_t* end, uint32_t span, int n,
                        uint64_t bound) noexcept nogil:
    """Whether a list of ``n`` documents, which is read no further, may have one below ``bound``."""
    cdef unsigned k = rice_parameter(span, n)
    cdef uint64_t x = _bits_at(at, end, <uint64_t>n * k)
    if x == 0:
        return True                 # that isn't told by a word
    return (<uint64_t>sk_ctz64(x) << k) + (
        <uint32_t>_bits_at(at, end, 0) & ((<uint32_t>1 << k) - 1)) < bound


cdef inline bint _read_few(const uint8_t* at, const uint8_t* end, unsigned k, int n,
                           uint32_t* docs, uint64_t* behind) noexcept nogil:
    """The documents of a list of few whose rests are in one word; whether they are."""
    cdef uint64_t bit = 0, rest = <uint64_t>n * k, x, sum = 0
    cdef uint32_t mask = (<uint32_t>1 << k) - 1
    cdef int i, zeros
    x = _bits_at(at, end, rest)
    for i in range(n):
        if x == 0:
            return False
        zeros = sk_ctz64(x)
        x = x >> zeros >> 1
        rest += zeros + 1
        sum += (<uint64_t>zeros << k) + (<uint32_t>_bits_at(at, end, bit) & mask)
        bit += k
        docs[i] = <uint32_t>sum + i
    behind[0] = rest
    return sum + n <= 0xFFFFFFFFu       # else they may not ascend


cdef int read_short(const uint8_t* at, const uint8_t* end, uint32_t span, int n, uint32_t* docs,
                    uint32_t* freqs, uint64_t* behind) noexcept nogil:
    """The ``n`` documents of a list, all below ``span``, and their frequencies unless ``freqs`` is
    NULL, in a field with positions; ``behind`` is the bit after what was read. -1 for bytes that
    can't be right."""
    cdef unsigned k = rice_parameter(span, n)
    cdef uint32_t ends[2 * 128 + 68]
    cdef uint32_t mask = (<uint32_t>1 << k) - 1, sum = 0, rest = <uint32_t>n * k, doc, before = 0
    cdef uint64_t bit = 0
    cdef int i, bad = 0
    if freqs == NULL and n <= FEW and _read_few(at, end, k, n, docs, behind):
        return -1 if docs[n - 1] >= span else 0
    if _list_ones(at, end, rest, n if freqs == NULL else 2 * n, ends) < 0:
        return -1
    for i in range(n):
        sum += <uint32_t>_bits_at(at, end, bit) & mask
        bit += k
        doc = sum + i + ((ends[i] - rest - i) << k)
        bad |= i > 0 and doc <= before
        docs[i] = before = doc
    if bad or before >= span:
        return -1
    if freqs == NULL:
        behind[0] = <uint64_t>ends[n - 1] + 1
        return 0
    for i in range(n):
        freqs[i] = ends[n + i] - ends[n + i - 1]
        bad |= freqs[i] == 0
    behind[0] = <uint64_t>ends[2 * n - 1] + 1
    return -1 if bad else 0


cdef int open_short_positions(ShortPositions* s, const uint8_t* at, const uint8_t* end,
                              uint64_t begin, const uint32_t* freqs, int n) noexcept nogil:
    """Stands before the positions of the first of ``n`` documents, which begin at a bit of the
    list. ``ks`` are already those by the documents' lengths. -1 for bytes that can't be right."""
    cdef uint64_t x, low = 0, total = 0
    cdef int i
    s.at = at
    s.end = end
    if at + (begin >> 3) >= end:
        return -1
    x = _bits_at(at, end, begin)
    begin += 1
    if x & 1:
        memset(s.ks, <int>(x >> 1 & 31), n)
        begin += OWN_BITS
    for i in range(n):
        low += <uint64_t>freqs[i] * s.ks[i]
        total += freqs[i]
    if begin + low + total > 8 * <uint64_t>(end - at):      # memory will be asked for so many
        return -1
    s.first_low = s.low = begin
    s.first_rest = s.rest = begin + low
    s.place = 0
    return 0


cdef int _skip(ShortPositions* s, uint64_t n) noexcept nogil:
    """Moves ``rest`` behind as many ones; -1 if there are fewer."""
    cdef uint64_t x, held
    while n:
        if s.at + (s.rest >> 3) >= s.end:
            return -1
        x = _bits_at(s.at, s.end, s.rest)
        held = sk_popcount64(x)
        if held < n:
            n -= held
            s.rest += 64 - (s.rest & 7)
            continue
        while n > 1:
            x &= x - 1
            n -= 1
        s.rest += sk_ctz64(x) + 1
        return 0
    return 0


cdef int read_short_gaps(ShortPositions* s, const uint32_t* freqs, int place,
                         uint32_t* out) noexcept nogil:
    """The numbers that the positions of the document at ``place`` are written as, ``freqs[place]``
    of them; -1 for bytes that can't be right. Documents in their order are read once."""
    cdef uint64_t skipped = 0, x, start
    cdef uint32_t i, mask
    cdef unsigned k
    if place < s.place:
        s.place = 0
        s.low = s.first_low
        s.rest = s.first_rest
    while s.place < place:
        skipped += freqs[s.place]
        s.low += <uint64_t>freqs[s.place] * s.ks[s.place]
        s.place += 1
    if _skip(s, skipped) < 0:
        return -1
    k = s.ks[place]
    mask = (<uint32_t>1 << k) - 1
    for i in range(freqs[place]):
        start = s.rest
        x = _bits_at(s.at, s.end, s.rest)
        while x == 0:
            s.rest += 64 - (s.rest & 7)
            if s.at + (s.rest >> 3) >= s.end:
                return -1
            x = _bits_at(s.at, s.end, s.rest)
        s.rest += sk_ctz64(x)
        out[i] = (<uint32_t>(s.rest - start) << k) | (
            <uint32_t>_bits_at(s.at, s.end, s.low) & mask)
        s.rest += 1
        s.low += k
    s.place += 1
    return 0


cdef struct Bits:
    uint8_t* at                 # where ``word`` goes: to bits that others may have set in part
    uint64_t word
    unsigned used               # of the word's bits, below 64


cdef inline void _begin(Bits* bits, uint8_t* out, uint64_t bit) noexcept nogil:
    """Goes on writing from a bit on."""
    bits.at = out + (bit >> 3)
    bits.word = 0
    bits.used = bit & 7


cdef inline void _end(const Bits* bits) noexcept nogil:
    cdef uint64_t x = sk_load64(bits.at) | bits.word
    memcpy(bits.at, &x, 8)


cdef inline void _put(Bits* bits, unsigned size, uint64_t value) noexcept nogil:
    """Writes a value of ``size`` bits, below 64."""
    bits.word |= value << bits.used
    bits.used += size
    if bits.used >= 64:
        _end(bits)
        bits.at += 8
        bits.used -= 64
        bits.word = value >> (size - bits.used) if bits.used else 0


cdef inline void _put_rest(Bits* bits, uint64_t zeros) noexcept nogil:
    """Writes so many zeros, and a one."""
    zeros += bits.used
    while zeros >= 64:
        _end(bits)
        bits.at += 8
        bits.word = 0
        zeros -= 64
    bits.used = <unsigned>zeros
    _put(bits, 1, 1)


cdef inline void _put_rice(Bits* low, Bits* rest, unsigned k, uint32_t value) noexcept nogil:
    _put(low, k, value & ((<uint32_t>1 << k) - 1))
    _put_rest(rest, value >> k)


cdef int write_short(Sink sink, uint32_t span, const uint32_t* docs, const uint32_t* freqs,
                     const uint32_t* lengths, int n, const uint32_t* gaps) noexcept nogil:
    """Writes a list of ``n`` documents below ``span``; ``gaps`` are the numbers of all positions,
    NULL in a field without. 0, or -1 when there is no memory."""
    cdef unsigned k = rice_parameter(span, n), own = 0
    cdef uint8_t ks[128]
    cdef uint64_t head = <uint64_t>n * k + n, size, places = 0
    cdef uint32_t following = 0, i
    cdef uint8_t* out
    cdef Bits low, rest
    cdef int d
    for d in range(n):
        head += (docs[d] - following) >> k
        following = docs[d] + 1
    size = head
    if gaps != NULL:
        size += _measure(freqs, lengths, n, gaps, ks, &own, &places)
        for d in range(n):
            head += freqs[d]
    size = (size + 7) >> 3
    out = sink.room(size + 8)
    if out == NULL:
        return -1
    memset(out, 0, size + 8)
    _begin(&low, out, 0)
    _begin(&rest, out, <uint64_t>n * k)
    following = 0
    for d in range(n):
        _put_rice(&low, &rest, k, docs[d] - following)
        following = docs[d] + 1
    _end(&low)
    if gaps != NULL:
        for d in range(n):
            _put_rest(&rest, freqs[d] - 1)
        _put(&rest, 1, own > 0)
        head += 1
        if own:
            _put(&rest, OWN_BITS, own - 1)
            head += OWN_BITS
        _end(&rest)
        _begin(&low, out, head)
        _begin(&rest, out, head + places)
        for d in range(n):
            for i in range(freqs[d]):
                _put_rice(&low, &rest, ks[d], gaps[0])
                gaps += 1
        _end(&low)
    _end(&rest)
    sink.used += size
    return 0


cdef uint64_t _measure(const uint32_t* freqs, const uint32_t* lengths, int n,
                       const uint32_t* gaps, uint8_t* ks, unsigned* own,
                       uint64_t* places) noexcept nogil:
    """Chooses the parameters of a list's positions, ``own`` being 1 more than one of the list's own,
    or 0. The bits of frequencies and positions; ``places`` those of the latter's low bits."""
    cdef uint64_t total = 0, sum = 0, low = 0, rests = 0, own_rests = 0, at = 0
    cdef uint32_t i
    cdef unsigned k
    cdef int d
    for d in range(n):
        k = rice_parameter(lengths[d], freqs[d])
        ks[d] = <uint8_t>k
        low += <uint64_t>freqs[d] * k
        total += freqs[d]
        for i in range(freqs[d]):
            sum += gaps[at]
            rests += gaps[at] >> k
            at += 1
    k = rice_parameter(sum, total)
    for at in range(total):
        own_rests += gaps[at] >> k
    own[0] = 0
    if OWN_BITS + total * k + own_rests < low + rests:
        own[0] = k + 1
        memset(ks, <int>k, n)
        low = total * k
        rests = OWN_BITS + own_rests
    places[0] = low
    return total + 1 + low + rests + total

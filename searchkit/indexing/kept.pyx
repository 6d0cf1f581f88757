"""What stands in an array for the documents that a merge keeps: values of columns, lengths,
sequence numbers, with an item a document or any number of them.

A merge asks twice: first for the extent of all values, which says how wide they are to be
written, then for the values themselves, some thousand documents at a time.
"""

from libc.stdint cimport (INT64_MAX, INT64_MIN, int64_t, uint8_t, uint16_t, uint32_t,
                          uint64_t)

from searchkit.segment.renumbering cimport Renumbering, is_kept, new_number

from array import array

from searchkit.errors import CorruptIndexError

cdef enum:
    GOOD = 0
    BAD = -1
    NARROW = -2


cdef struct Source:
    const uint8_t* values8          # one of these, or none: the values are the documents' numbers
    const uint16_t* values16
    const uint32_t* values32
    const int64_t* values64
    uint64_t n_values
    const uint32_t* offsets32       # of several values a document: one of the two
    const uint64_t* offsets64
    const uint8_t* present          # of one value a document; NULL: all have it
    const uint32_t* new_ordinals    # NULL: values stay what they are
    uint64_t n_ordinals
    int64_t base                    # added to what stands in the array


cdef inline bint _has_value(const Source* s, uint32_t doc) noexcept nogil:
    return s.present == NULL or s.present[doc >> 3] >> (doc & 7) & 1


cdef inline int _range(const Source* s, uint32_t doc, uint64_t* first, uint64_t* end) noexcept nogil:
    """Where a document's values stand."""
    if s.offsets32 != NULL:
        first[0] = s.offsets32[doc]
        end[0] = s.offsets32[doc + 1]
    elif s.offsets64 != NULL:
        first[0] = s.offsets64[doc]
        end[0] = s.offsets64[doc + 1]
    else:
        first[0] = doc
        end[0] = <uint64_t>doc + _has_value(s, doc)
    return GOOD if first[0] <= end[0] <= s.n_values else BAD


cdef inline int _value(const Source* s, uint64_t at, int64_t* value) noexcept nogil:
    """A value; doubles are taken as the integers that their bytes are."""
    cdef uint64_t raw
    if s.values8 != NULL:
        raw = s.values8[at]
    elif s.values16 != NULL:
        raw = s.values16[at]
    elif s.values32 != NULL:
        raw = s.values32[at]
    elif s.values64 != NULL:
        value[0] = s.values64[at]
        if s.base > 0 and value[0] > INT64_MAX - s.base:
            return BAD
        value[0] += s.base
        return GOOD
    else:
        raw = at
    if s.new_ordinals != NULL:
        if raw >= s.n_ordinals:
            return BAD
        raw = s.new_ordinals[raw]
    if s.base > 0 and raw > <uint64_t>(INT64_MAX - s.base):
        return BAD
    value[0] = s.base + <int64_t>raw
    return GOOD


cdef class Kept:
    """An array of a segment, and which of its documents are kept.

    ``values`` is a view of type B, H, I, Q, q or d, to whose items ``base`` is added; None stands
    for the numbers of the documents themselves. ``present`` is the bit set of the documents that
    have a value, or None; ``offsets`` say for each document, and the end, where its values
    begin, where there may be several. ``ordinals``, of type I, has the number that stands for
    each value from now on. With ``empty`` no document has a value. ``where`` names the array
    in the CorruptIndexError that is raised for offsets and ordinals that can't be.
    """

    cdef Source s
    cdef Renumbering numbers
    cdef bint many
    cdef bint empty
    cdef str where
    cdef object keep

    def __cinit__(self, Renumbering numbers not None, values, *, str where, present=None,
                  offsets=None, ordinals=None, int64_t base=0, bint many=False,
                  bint empty=False):
        cdef const uint8_t[::1] b
        cdef const uint32_t[::1] w
        cdef const uint64_t[::1] q
        cdef uint64_t docs = numbers.n.docs
        self.numbers = numbers
        self.where = where
        self.many = many
        self.empty = empty
        self.s.base = base
        if empty:
            return
        self.keep = (values, present, offsets, ordinals)
        self._take_values(values, docs)
        if ordinals is not None:
            w = ordinals
            self.s.n_ordinals = w.shape[0]
            self.s.new_ordinals = &w[0] if w.shape[0] else <const uint32_t*>&self.s
        if many:
            if <uint64_t>len(offsets) != docs + 1:
                raise ValueError("offsets must be one more than there are documents")
            if offsets.format == "I":
                w = offsets
                self.s.offsets32 = &w[0]
            else:
                q = offsets
                self.s.offsets64 = &q[0]
        elif self.s.n_values < docs:
            raise ValueError("a value a document")
        if present is not None and docs:
            b = present
            if <uint64_t>b.shape[0] * 8 < docs:
                raise ValueError("the set of documents with a value is too small")
            self.s.present = &b[0]

    cdef _take_values(self, values, uint64_t docs):
        cdef const uint8_t[::1] b
        cdef const uint16_t[::1] h
        cdef const uint32_t[::1] w
        if values is None:
            self.s.n_values = docs
            return
        self.s.n_values = len(values)
        if not self.s.n_values:
            return
        if values.format == "B":
            b = values
            self.s.values8 = &b[0]
        elif values.format == "H":
            h = values
            self.s.values16 = &h[0]
        elif values.format == "I":
            w = values
            self.s.values32 = &w[0]
        else:
            octets = values.cast("B")
            self.keep += (octets,)
            b = octets
            self.s.values64 = <const int64_t*>&b[0]

    def __len__(self):
        return len(self.numbers)

    def extent(self):
        """``(documents with a value, values, least, greatest, sum)`` over the documents kept;
        the sum modulo 2**64, and without values zeros."""
        cdef uint64_t documents = 0, count = 0, total = 0, first = 0, end = 0
        cdef int64_t low = INT64_MAX, high = INT64_MIN, value = 0
        cdef uint32_t doc
        cdef int bad = GOOD
        if self.empty:
            return 0, 0, 0, 0, 0
        with nogil:
            for doc in range(self.numbers.n.docs):
                if not is_kept(&self.numbers.n, doc):
                    continue
                bad = _range(&self.s, doc, &first, &end)
                if bad:
                    break
                documents += end > first
                count += end - first
                while first < end and not bad:
                    bad = _value(&self.s, first, &value)
                    low = value if value < low else low
                    high = value if value > high else high
                    total += <uint64_t>value
                    first += 1
                if bad:
                    break
        if bad:
            raise self.corrupt()
        if not count:
            return documents, 0, 0, 0, 0
        return documents, count, low, high, total

    def take(self, uint32_t first, uint32_t end, str typecode, int64_t base=0):
        """The values of the kept ones among documents ``first`` to ``end``, less ``base``, as an
        array; of one value a document, 0 where there is none."""
        cdef uint64_t n = 0, at = 0, last = 0
        cdef uint32_t doc
        cdef int width, bad = GOOD
        cdef int64_t value = 0
        cdef uint8_t[::1] view
        cdef uint8_t* out = NULL
        self._check(first, end)
        for doc in range(first, end):
            if is_kept(&self.numbers.n, doc):
                if not self.many:
                    n += 1
                elif not self.empty:
                    if _range(&self.s, doc, &at, &last):
                        raise self.corrupt()
                    n += last - at
        result = array(typecode)
        width = result.itemsize
        data = bytearray(n * width)
        if n and not self.empty:
            view = data
            out = &view[0]
            with nogil:
                for doc in range(first, end):
                    if not is_kept(&self.numbers.n, doc):
                        continue
                    bad = _range(&self.s, doc, &at, &last)
                    if bad:
                        break
                    if at == last and not self.many:
                        out += width
                    while at < last:
                        bad = _value(&self.s, at, &value)
                        if not bad:
                            bad = _put(out, width, value - base)
                        if bad:
                            break
                        out += width
                        at += 1
                    if bad:
                        break
        if bad == NARROW:
            raise OverflowError(f"a value is too large for type {typecode}")
        if bad:
            raise self.corrupt()
        result.frombytes(data)
        return result

    def ends(self, uint32_t first, uint32_t end, uint64_t start, str typecode):
        """Where the values end of each that is kept among documents ``first`` to ``end``, those of
        the first beginning at ``start``: an array."""
        cdef uint64_t at = 0, last = 0
        cdef uint32_t doc
        self._check(first, end)
        result = array(typecode)
        for doc in range(first, end):
            if is_kept(&self.numbers.n, doc):
                if not self.empty:
                    if _range(&self.s, doc, &at, &last):
                        raise self.corrupt()
                    start += last - at
                result.append(start)
        return result

    def mark(self, uint8_t[::1] bits not None):
        """Sets in ``bits``, by new numbers, the bit of every document kept that has a value."""
        cdef uint64_t first = 0, end = 0
        cdef uint32_t doc, new
        cdef int bad = GOOD
        if self.empty:
            return
        if <uint64_t>bits.shape[0] * 8 < <uint64_t>self.numbers.n.base + len(self.numbers):
            raise ValueError("the set is too small")
        with nogil:
            for doc in range(self.numbers.n.docs):
                if is_kept(&self.numbers.n, doc):
                    bad = _range(&self.s, doc, &first, &end)
                    if bad:
                        break
                    if first < end:
                        new = new_number(&self.numbers.n, doc)
                        bits[new >> 3] |= <uint8_t>(1 << (new & 7))
        if bad:
            raise self.corrupt()

    cdef _check(self, uint32_t first, uint32_t end):
        if not first <= end <= self.numbers.n.docs:
            raise IndexError(f"documents {first} to {end} of {self.numbers.n.docs}")

    def corrupt(self):
        """The error to raise for what can't be."""
        return CorruptIndexError(
            f"{self.where}: an offset or a value can't be what was written",
            hint="run `searchkit check`, then index again or restore the file")


cdef inline int _put(uint8_t* out, int width, int64_t value) noexcept nogil:
    """Writes a value in ``width`` bytes, unsigned in fewer than 8."""
    if width == 8:
        (<int64_t*>out)[0] = value
        return GOOD
    if value < 0 or value >> (8 * width):
        return NARROW
    if width == 1:
        out[0] = <uint8_t>value
    elif width == 2:
        (<uint16_t*>out)[0] = <uint16_t>value
    else:
        (<uint32_t*>out)[0] = <uint32_t>value
    return GOOD

"""Merging the dictionaries and posting lists of several segments into one.

Terms come in byte order from all inputs at once. Of a term's lists, blocks that lose no document
are copied as they are, their documents shifted; the others, and short lists, are decoded, their
documents renumbered, those deleted left out, and encoded again. The kernel returns whenever some
hundred kilobytes have gathered, in the middle of a list too, so that its memory doesn't grow
with the segments.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp

from searchkit.segment.copying cimport (Gaps, check_block, copy_blocks, read_block,
                                        run_end)
from searchkit.segment.entries cimport Entry, EntryWalk, read_entry
from searchkit.segment.groups cimport Terms, prefix_of
from searchkit.segment.postings cimport (BLOCK, INLINE_TERM, Cursor, Postings, PostingsReader,
                                         count_of, length_of, load_block, load_freqs, open_cursor)
from searchkit.segment.postings_writer cimport PostingsWriter
from searchkit.segment.renumbering cimport (Numbers, Renumbering, all_kept, is_kept, kept_before,
                                            new_number)
from searchkit.segment.sink cimport Sink
from searchkit.segment.terms cimport TermsReader
from searchkit.segment.terms_writer cimport TermsWriter
from searchkit.segment.walks cimport TermWalk, close_walk, read_term

from searchkit.errors import CorruptIndexError

cdef enum:
    GATHERED = 1 << 18              # bytes at which the kernel returns
    ROUNDS = 4096                   # terms at which it does
    DROPPED = 0xFFFFFFFFu


cdef struct Input:
    const Terms* terms
    const Postings* postings
    const Numbers* numbers
    int64_t at                      # its next term,
    TermWalk words                  # read here,
    uint64_t prefix
    EntryWalk entries
    Entry entry
    bint takes_part                 # has the term that is being merged


cdef struct State:
    Input* inputs
    int n
    int parts                       # inputs that have the term that is being merged
    int turn                        # the input whose list is being merged; -1: between terms
    int64_t block                   # the next block of that list; -1: it isn't open yet
    bint copying
    uint32_t least_full             # documents of a block, on average, to copy blocks for
    const uint8_t* text             # of the term
    uint64_t size
    int guilty
    Cursor cursor
    Gaps gaps


cdef int _order(const uint8_t* a, uint64_t na, const uint8_t* b, uint64_t nb) noexcept nogil:
    cdef int order = memcmp(a, b, na if na < nb else nb)
    if order:
        return order
    return -1 if na < nb else (1 if na > nb else 0)


cdef int _read_next(State* s, int which) noexcept nogil:
    """Reads an input's next term, if there is one; < 0 as below, also where it is out of order."""
    cdef Input* one = &s.inputs[which]
    cdef uint64_t before = one.prefix
    cdef int bad
    s.guilty = which
    if one.at >= one.terms.count:
        return 0
    bad = read_term(&one.words, one.terms, one.at)
    if bad == 0:
        bad = read_entry(&one.entries, one.terms, one.at, &one.entry)
    if bad:
        return bad
    one.prefix = prefix_of(one.words.text, one.words.size)
    return -1 if one.prefix < before else 0


cdef int _choose_term(State* s) noexcept nogil:
    """Finds the least term that is left, and the inputs that have it: 1, 0 at the end."""
    cdef int i, least = -1
    cdef uint64_t prefix = 0
    cdef Input* one
    for i in range(s.n):
        one = &s.inputs[i]
        one.takes_part = False
        if one.at >= one.terms.count or (least >= 0 and one.prefix > prefix):
            continue
        if least < 0 or one.prefix < prefix or _order(
                one.words.text, one.words.size, s.text, s.size) < 0:
            least = i
            s.text = one.words.text
            s.size = one.words.size
            prefix = one.prefix
    s.parts = 0
    if least < 0:
        return 0
    for i in range(least, s.n):
        one = &s.inputs[i]
        if one.at >= one.terms.count or one.prefix != prefix:
            continue
        one.takes_part = _order(one.words.text, one.words.size, s.text, s.size) == 0
        s.parts += one.takes_part
    return 1


cdef int _take_inline(State* s, PostingsWriter postings) noexcept nogil:
    """Takes a term over that is in one document of one input, once, as most are: 1 if it is
    one that is kept, 0 if not, -1 corrupt."""
    cdef Input* one
    cdef uint32_t doc
    cdef int i = 0
    if s.parts != 1:
        return 0
    while not s.inputs[i].takes_part:
        i += 1
    one = &s.inputs[i]
    if not one.entry.df & INLINE_TERM:
        return 0
    s.guilty = i
    doc = <uint32_t>(one.entry.pointer & 0xFFFFFFFFu)
    if one.entry.df != (1 | INLINE_TERM) or doc >= one.postings.docs or (
            one.postings.has_positions != postings.has_positions):
        return -1
    if not is_kept(one.numbers, doc):
        return 0
    postings.out_df = 1 | INLINE_TERM
    postings.out_pointer = (one.entry.pointer >> 32 << 32) | new_number(one.numbers, doc)
    return 1


cdef int _choose_way(State* s) noexcept nogil:
    """Whether the term's blocks are to be copied: if then they are full enough on average. -1
    for an entry that can't be right."""
    cdef uint64_t docs = 0, blocks = 0, certain = 0, waiting = 0, n
    cdef int i
    cdef int64_t block
    cdef const Postings* p
    cdef const Numbers* numbers
    cdef Input* one
    s.copying = False
    for i in range(s.n):
        one = &s.inputs[i]
        if one.takes_part:
            docs += one.entry.df & ~<uint32_t>INLINE_TERM
    if docs < 2 * BLOCK:
        return 0
    docs = 0
    for i in range(s.n):
        one = &s.inputs[i]
        if not one.takes_part:
            continue
        p = one.postings
        numbers = one.numbers
        s.guilty = i
        if one.entry.df & INLINE_TERM or one.entry.df < BLOCK:
            waiting += one.entry.df & ~<uint32_t>INLINE_TERM
            continue
        if open_cursor(&s.cursor, p, one.entry.df, one.entry.pointer) < 0:
            return -1
        for block in range(s.cursor.first, s.cursor.end):
            if check_block(p, block, s.cursor.first) < 0:
                return -1
            n = count_of(p, block)
            if all_kept(numbers, p.bases[block], p.lasts[block]):
                blocks += 1 + (waiting + BLOCK - 1) // BLOCK
                docs += n + waiting
                certain += n
                waiting = 0
            else:                   # as many of its documents are kept as of those around them
                waiting += n * (kept_before(numbers, p.lasts[block])
                                - kept_before(numbers, p.bases[block])) // (
                                    p.lasts[block] - p.bases[block] + 1)
    blocks += (waiting + BLOCK - 1) // BLOCK
    docs += waiting
    # Blocks mustn't be begun for a list that proves to be short.
    s.copying = certain >= BLOCK and docs >= blocks * s.least_full
    return 0


cdef int _add_block(State* s, PostingsWriter writer, Input* one) noexcept nogil:
    """Decodes a block of the cursor's list and adds its documents; < 0 as below."""
    cdef Cursor* c = &s.cursor
    cdef const uint32_t* gaps = NULL
    cdef uint32_t doc, length
    cdef int i, bad
    if load_block(c, s.block) < 0:
        return -1
    load_freqs(c)
    if one.postings.has_positions:
        bad = read_block(c, &s.gaps)
        if bad:
            return bad
        gaps = s.gaps.data
    for i in range(c.n):
        doc = c.docs[i]
        if is_kept(one.numbers, doc):
            length = length_of(one.postings, doc)
            doc = new_number(one.numbers, doc)
            if writer.add_run(&doc, &c.freqs[i], &length, 1, gaps) < 0:
                return -2
        if gaps != NULL:
            gaps += c.freqs[i]
    return 0


cdef int _copy_run(State* s, PostingsWriter writer, Input* one, int64_t* end) noexcept nogil:
    """Copies the blocks from the next one on that lose nothing, as many as go together, ``end``
    being behind them; none where the next one can't be copied. < 0 as below."""
    cdef const Postings* p = one.postings
    cdef const Numbers* numbers = one.numbers
    cdef int64_t at = s.block, shift
    while at < s.cursor.end and all_kept(numbers, p.bases[s.block], p.lasts[at]):
        at += 1
        if at - s.block == 1024:
            break
    end[0] = s.block
    if at == s.block:
        return 0
    shift = <int64_t>new_number(numbers, p.bases[s.block]) - p.bases[s.block]
    end[0] = run_end(p, s.block, at)
    return copy_blocks(writer, p, s.block, end[0], shift)


cdef int _merge_list(State* s, PostingsWriter writer) noexcept nogil:
    """Goes on with the list of the input whose turn it is: 1 if more is to come, 0 at its end."""
    cdef Input* one = &s.inputs[s.turn]
    cdef Cursor* c = &s.cursor
    cdef int64_t end
    cdef int bad
    if one.postings.has_positions != writer.has_positions:
        return -1
    if s.block < 0:
        if open_cursor(c, one.postings, one.entry.df, one.entry.pointer) < 0:
            return -1
        s.block = c.first
    while s.block < c.end:
        end = s.block
        if s.copying and not c.is_short:
            bad = _copy_run(s, writer, one, &end)
            if bad:
                return bad
        if end == s.block:
            bad = _add_block(s, writer, one)
            if bad:
                return bad
            end += 1
        s.block = end
        if writer.position_bytes.used + writer.doc_bytes.used > GATHERED:
            return 1
    return 0


cdef int _end_term(State* s, TermsWriter terms, PostingsWriter postings,
                   void** ordinals) noexcept nogil:
    """Writes the term's entry, and its new ordinal for every input that has it."""
    cdef uint32_t ordinal = DROPPED
    cdef Input* one
    cdef int i, bad
    if postings.df and postings.finish_term() < 0:
        return -2
    if postings.out_df:
        ordinal = <uint32_t>terms.count
        if terms.add(s.text, s.size, postings.out_df, postings.out_pointer) < 0:
            return -2
    for i in range(s.n):
        one = &s.inputs[i]
        if not one.takes_part:
            continue
        if ordinals != NULL and (<Sink>ordinals[i]).put32(ordinal) < 0:
            return -2
        one.at += 1
        bad = _read_next(s, i)
        if bad:
            return bad
    return 0


cdef int _merge_some(State* s, TermsWriter terms, PostingsWriter postings,
                     void** ordinals) noexcept nogil:
    """Merges until a good deal has gathered: 1 more to come, 0 done, -1 corrupt, -2 no memory."""
    cdef int bad, rounds = 0
    while rounds < ROUNDS:
        if s.turn < 0:
            rounds += 1
            if not _choose_term(s):
                return 0
            postings.start_term()
            postings.out_df = 0
            s.turn = 0
            s.block = -1
            bad = _take_inline(s, postings)
            if bad > 0:
                s.turn = s.n
            elif bad < 0 or _choose_way(s) < 0:
                return -1
        while s.turn < s.n:
            if s.inputs[s.turn].takes_part:
                s.guilty = s.turn
                bad = _merge_list(s, postings)
                if bad:
                    return bad
            s.turn += 1
            s.block = -1
        s.turn = -1
        bad = _end_term(s, terms, postings, ordinals)
        if bad:
            return bad
    return 1


def merge_postings(list readers not None, list numbers not None, TermsWriter terms not None,
                   PostingsWriter postings not None, list ordinals=None, between=None,
                   uint32_t least_full=124):
    """Merges the field's postings of several segments into the two writers.

    ``readers`` holds ``(TermsReader, PostingsReader)`` pairs, ``numbers`` a Renumbering for
    each, their bases ascending. ``ordinals``, if given, is a stream for each: the new ordinals
    of its terms are written there, 4 bytes each, 0xFFFFFFFF where a term has no document left.
    ``between()`` is called every few milliseconds, and may raise. A list's blocks are copied
    only if ``least_full`` documents or more are in each on average. Raises CorruptIndexError
    naming the file that can't be read.
    """
    cdef int n = len(readers), i, bad, state = 1
    cdef State* s = <State*>calloc(1, sizeof(State))
    cdef void** outs = NULL
    cdef TermsReader t
    cdef PostingsReader p
    cdef Renumbering r
    if s == NULL:
        raise MemoryError()
    sinks = None
    try:
        s.inputs = <Input*>calloc(n + 1, sizeof(Input))
        if s.inputs == NULL:
            raise MemoryError()
        s.n = n
        s.turn = -1
        s.least_full = least_full
        for i in range(n):
            t, p = readers[i]
            r = numbers[i]
            if r.n.docs != p.p.docs:
                raise ValueError("a renumbering must be that of the segment's documents")
            s.inputs[i].terms = &t.t
            s.inputs[i].postings = &p.p
            s.inputs[i].numbers = &r.n
        if ordinals is not None:
            sinks = [Sink(stream) for stream in ordinals]
            outs = <void**>calloc(n + 1, sizeof(void*))
            if outs == NULL:
                raise MemoryError()
            for i in range(n):
                outs[i] = <void*>sinks[i]
        for i in range(n):
            bad = _read_next(s, i)
            if bad:
                state = bad
                break
        while state == 1:
            with nogil:
                state = _merge_some(s, terms, postings, outs)
            if state < 0:
                break
            terms.spill(1 << 16)
            postings.spill(1 << 16)
            for sink in sinks or ():
                (<Sink>sink).spill(1 << 16)
            if between is not None:
                between()
        if state == -2:
            raise MemoryError()
        if state == -1:
            raise CorruptIndexError(
                f"{readers[s.guilty][1].where}: the dictionary or a posting list can't be read",
                hint="run `searchkit check`, then index again or restore the file")
        for sink in sinks or ():
            (<Sink>sink).spill(0)
    finally:
        free(outs)
        for i in range(n if s.inputs != NULL else 0):
            close_walk(&s.inputs[i].words)
        free(s.inputs)
        free(s.gaps.data)
        free(s)

"""Plain queries straight to programs: what plan.py and rewrite.py make of the same words.

Their clauses are looked up in every default field and every segment, and each segment's
program is laid out as the simplified tree would be: same clauses, same order, same numbers.
"""

from libc.math cimport log
from libc.stdint cimport int64_t, uint8_t, uint64_t
from cpython.unicode cimport PyUnicode_AsUTF8AndSize

from searchkit.search.program cimport ROLE_MUST, ROLE_NOT, ROLE_SHOULD, Program
from searchkit.segment.terms cimport TermsReader, find_term


cdef class Found:
    """A term of a field, looked up in every segment."""
    cdef object scope
    cdef list ordinals
    cdef double weight          # its idf


cdef Found _look_up(object scope, list dictionaries, double docs, str term):
    """None if no segment has the term."""
    cdef Found found = Found.__new__(Found)
    cdef const uint8_t* data
    cdef Py_ssize_t size = 0
    cdef int64_t ordinal, df = 0
    cdef TermsReader terms
    data = <const uint8_t*>PyUnicode_AsUTF8AndSize(term, &size)
    found.ordinals = []
    for terms in dictionaries:
        ordinal = -1
        if terms is not None:
            ordinal = find_term(&terms.t, data, size)
            if ordinal >= 0:
                df += terms.t.dfs[ordinal] & 0x7FFFFFFFu
        found.ordinals.append(ordinal)
    if df == 0:
        return None
    found.scope = scope
    found.weight = log(1 + (docs - df + 0.5) / (df + 0.5))     # BM25.idf
    return found


cdef class QuickClause:
    """A clause: in each field a term, or the slots of a phrase."""
    cdef int role
    cdef list fields            # of lists of Found: one a slot


def plan_plain(list clauses not None, list scopes not None, bint conjunctive,
               bint lowered=False):
    """The planned clauses of a plain query (see plain.pyx) over fields that are searched.

    ``lowered`` says that no word has an upper-case letter, ``conjunctive`` takes unmarked clauses for must clauses. None if an analyzer makes more or
    less than a term of a word, or all clauses are must_not: then it isn't plain. An empty list
    if nothing can match.
    """
    cdef list planned = [], slots, analysed, dictionaries
    cdef double docs
    cdef QuickClause clause
    cdef Found found
    cdef bint whole, positive = False, missing = False, found_any = False
    for mark, words in clauses:
        clause = QuickClause.__new__(QuickClause)
        clause.role = (ROLE_MUST if mark == "+" or (mark == "" and conjunctive)
                       else ROLE_NOT if mark == "-" else ROLE_SHOULD)
        clause.fields = []
        positive = positive or clause.role != ROLE_NOT
        analyzer = None
        analysed = None
        for scope in scopes:
            if scope.field.analyzer is not analyzer:
                analyzer = scope.field.analyzer
                analysed = analyzer.plain_terms(words, lowered)
                if analysed is None:
                    return None
            slots = []
            whole = True
            dictionaries = scope.dictionaries
            docs = scope.docs
            for term in analysed:
                found = _look_up(scope, dictionaries, docs, term)
                if found is None:
                    whole = False
                    break
                slots.append(found)
            if whole:
                clause.fields.append(slots)
        if clause.fields:
            planned.append(clause)
            found_any = found_any or clause.role != ROLE_NOT
        elif clause.role == ROLE_MUST:
            missing = True
    if not positive:
        return None
    return planned if found_any and not missing else []


cdef _emit(Program program, int role, list slots, Py_ssize_t at):
    """Adds a field's term or phrase for segment number ``at``."""
    cdef Found found = slots[0]
    cdef double weight = 0
    cdef object scope = found.scope
    cdef object field = scope.fields[at]
    if len(slots) == 1:
        if <int64_t>found.ordinals[at] < 0:
            program.add_none(role)
        else:
            program.add_term(role, field.postings, field.terms, found.ordinals[at],
                             scope.weight * found.weight, scope.a, scope.b)
        return
    places = []
    for offset, found in enumerate(slots):
        if <int64_t>found.ordinals[at] < 0:
            program.add_none(role)
            return
        weight += found.weight
        places.append((offset, [found.ordinals[at]]))
    program.add_phrase(role, field.postings, field.terms, places, 0, scope.weight * weight,
                       scope.a, scope.b)


def lay_out(Program program not None, list planned not None, Py_ssize_t at):
    """Adds the clauses to the program of segment number ``at``."""
    cdef QuickClause clause
    cdef int role, musts = 0
    cdef bint single = len(planned) == 1
    for clause in planned:
        musts += clause.role == ROLE_MUST
    if single:
        clause = planned[0]
        if len(clause.fields) == 1:
            _emit(program, ROLE_MUST, clause.fields[0], at)
            return
        program.begin_boolean(ROLE_MUST, 1)
        for slots in clause.fields:
            _emit(program, ROLE_SHOULD, slots, at)
        program.end_boolean()
        return
    program.begin_boolean(ROLE_MUST, 0 if musts else 1)
    for role in (ROLE_MUST, ROLE_SHOULD, ROLE_NOT):
        for clause in planned:
            if clause.role != role:
                continue
            if len(clause.fields) == 1 or role != ROLE_MUST:
                for slots in clause.fields:
                    _emit(program, role, slots, at)
            else:
                program.begin_boolean(role, 1)
                for slots in clause.fields:
                    _emit(program, ROLE_SHOULD, slots, at)
                program.end_boolean()
    program.end_boolean()

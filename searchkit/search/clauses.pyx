"""Queries of words and phrases straight to programs: what plan.py and rewrite.py make of them.

Their clauses are looked up in every default field and every segment, and each segment's
program is laid out as the simplified tree would be: same clauses, same order, same numbers.
Nothing of it is a Python object but the stems, the plan and the programs.
"""

from libc.math cimport log
from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport free, malloc
from cpython.unicode cimport PyUnicode_AsUTF8AndSize

from searchkit.analysis.words cimport WORDS_LOWERED, WORDS_STEMMED, PlainWords
from searchkit.query.plain cimport (MARK_MUST, MARK_NONE, MARK_NOT, PlainClause, PlainQuery,
                                    PlainWord, scan_plain)
from searchkit.search.program cimport ROLE_MUST, ROLE_NOT, ROLE_SHOULD, Program
from searchkit.search.prepared cimport Field, Prepared, QuickPlan, Scope
from searchkit.segment.entries cimport Entry
from searchkit.segment.terms cimport corrupt_terms, find_term

from searchkit.errors import CorruptIndexError

cdef enum:
    SHORT = 254                 # characters of a query that is read on the stack,
    SHORT_WORDS = 128           # and the most words and clauses it can have
    DF_MASK = 0x7FFFFFFF        # leaves out INLINE_TERM, see postings.pxd
    SLOTS = 64                  # the most words of a phrase: longer ones go the general way


cdef struct Term:
    const uint8_t* data
    Py_ssize_t size


cdef ClausesPlan plan_clauses(Prepared ready, const char* text, Py_ssize_t size, bint conjunctive):
    """The plan of a plain query (see plain.pyx) of ASCII, whose unmarked clauses are must clauses if
    ``conjunctive``. None if it isn't one: it isn't written as one, an analyzer makes more or
    less than a term of a word, all its clauses are must_not."""
    cdef PlainClause clauses[SHORT_WORDS]
    cdef PlainWord words[SHORT_WORDS]
    cdef PlainQuery read
    cdef ClausesPlan plan = None
    cdef int i
    cdef bint positive = False
    read.clauses = clauses
    read.words = words
    if size > SHORT:
        read.clauses = <PlainClause*>malloc((size // 2 + 1) * sizeof(PlainClause))
        read.words = <PlainWord*>malloc((size // 2 + 1) * sizeof(PlainWord))
    try:
        if read.clauses == NULL or read.words == NULL:
            raise MemoryError()
        if not scan_plain(text, size, &read):
            return None
        for i in range(read.n_clauses):
            if read.clauses[i].n > SLOTS:
                return None
            positive = positive or read.clauses[i].mark != MARK_NOT
        if not positive:
            return None
        plan = ClausesPlan.__new__(ClausesPlan)
        plan.ready = ready
        return plan if _plan(plan, text, size, &read, conjunctive) else None
    finally:
        if size > SHORT:
            free(read.clauses)
            free(read.words)


cdef bint _plan(ClausesPlan plan, const char* text, Py_ssize_t size, const PlainQuery* read,
                bint conjunctive) except *:
    """Analyses and looks up a query's words; False if it isn't plain."""
    cdef Prepared ready = plan.ready
    cdef size_t groups = <size_t>read.n_clauses * ready.n_scopes
    cdef size_t slots = <size_t>read.n_words * ready.n_scopes
    cdef size_t n_terms = <size_t>read.n_words * len(ready.analyses)
    cdef char* block = <char*>malloc(
        slots * ready.n_parts * sizeof(Entry) + groups * sizeof(Group) + n_terms * sizeof(Term)
        + read.n_clauses * sizeof(QuickClause) + size + 1)
    cdef Term* terms
    cdef char* lowered
    cdef list owners = []       # of stems, until they have been looked up
    cdef Py_ssize_t i
    if block == NULL:
        raise MemoryError()
    plan.block = block
    plan.entries = <Entry*>block
    plan.groups = <Group*>(plan.entries + slots * ready.n_parts)
    terms = <Term*>(plan.groups + groups)
    plan.clauses = <QuickClause*>(terms + n_terms)
    lowered = <char*>(plan.clauses + read.n_clauses)
    for i in range(size):
        lowered[i] = text[i] | 32 if 65 <= text[i] <= 90 else text[i]
    for i in range(len(ready.analyses)):
        if not _analyse(ready.analyses[i], text, lowered, read, terms + i * read.n_words, owners):
            return False
    _look_up(plan, read, terms, conjunctive)
    return True


cdef bint _analyse(PlainWords words, const char* text, const char* lowered, const PlainQuery* read,
                   Term* terms, list owners) except *:
    """The terms of all words; False if the analyzer makes something else of one."""
    cdef const PlainClause* clause
    cdef const PlainWord* word
    cdef int i, k
    cdef str term
    cdef list own
    if words.kind == WORDS_LOWERED:
        for i in range(read.n_words):
            terms[i].data = <const uint8_t*>lowered + read.words[i].start
            terms[i].size = read.words[i].size
        return True
    if words.kind == WORDS_STEMMED:
        for i in range(read.n_words):
            term = words.stem(lowered + read.words[i].start, read.words[i].size)
            terms[i].data = <const uint8_t*>PyUnicode_AsUTF8AndSize(term, &terms[i].size)
            owners.append(term)
        return True
    for i in range(read.n_clauses):
        clause = &read.clauses[i]
        own = []
        for k in range(clause.first, clause.first + clause.n):
            word = &read.words[k]
            own.append(text[word.start:word.start + word.size].decode("ascii"))
        own = words.analyzer.plain_terms(own)
        if own is None:
            return False
        owners.append(own)
        for k in range(clause.n):
            term = own[k]
            terms[clause.first + k].data = <const uint8_t*>PyUnicode_AsUTF8AndSize(
                term, &terms[clause.first + k].size)
    return True


cdef int _look_up(ClausesPlan plan, const PlainQuery* read, const Term* terms,
                  bint conjunctive) except -1:
    """Makes the clauses that some document may match."""
    cdef Prepared ready = plan.ready
    cdef const PlainClause* clause
    cdef QuickClause* made
    cdef Group* group
    cdef const Term* own
    cdef int i, k, scope
    cdef bint found_any = False, missing = False
    for i in range(read.n_clauses):
        clause = &read.clauses[i]
        made = &plan.clauses[plan.n_clauses]
        made.role = (ROLE_MUST if clause.mark == MARK_MUST
                     or (clause.mark == MARK_NONE and conjunctive)
                     else ROLE_NOT if clause.mark == MARK_NOT else ROLE_SHOULD)
        made.first = plan.n_groups
        for scope in range(ready.n_scopes):
            own = terms + ready.scopes[scope].analysis * read.n_words + clause.first
            group = &plan.groups[plan.n_groups]
            group.scope = scope
            group.first = plan.n_slots
            group.n = clause.n
            group.slop = clause.slop
            group.idf = 0
            for k in range(clause.n):
                if not _find(plan, group, &own[k]):
                    plan.n_slots = group.first
                    break
            else:
                plan.n_groups += 1
        made.n = plan.n_groups - made.first
        if made.n:
            plan.n_clauses += 1
            plan.n_musts += made.role == ROLE_MUST
            found_any = found_any or made.role != ROLE_NOT
        elif made.role == ROLE_MUST:
            missing = True
    plan.empty = missing or not found_any
    return 0


cdef int _find(ClausesPlan plan, Group* group, const Term* term) except -1:
    """Looks a term up in every segment as the group's next slot; False if none has it."""
    cdef Prepared ready = plan.ready
    cdef const Scope* scope = &ready.scopes[group.scope]
    cdef const Field* fields = ready.fields + group.scope * ready.n_parts
    cdef Entry* entries = plan.entries + <int64_t>plan.n_slots * ready.n_parts
    cdef int64_t df = 0
    cdef int at, how
    for at in range(ready.n_parts):
        how = 0
        if fields[at].terms != NULL:
            how = find_term(fields[at].terms, term.data, term.size, &entries[at])
        if how < 0:
            raise corrupt_terms(ready.names[at])
        if how:
            df += entries[at].df & DF_MASK
        else:
            entries[at].ordinal = -1
    if df == 0:
        return False
    plan.n_slots += 1
    group.idf += log(1 + (scope.docs - df + 0.5) / (df + 0.5))     # BM25.idf
    return True


cdef class ClausesPlan(QuickPlan):
    """A plain query planned: for each clause in each field a term, or the slots of a phrase."""

    def __dealloc__(self):
        free(self.block)

    cdef int64_t known(self, int at) except -2:
        """Of one term in one field, how many documents have it."""
        cdef int64_t df = self.entries[at].df & DF_MASK
        cdef Prepared ready = self.ready
        if self.n_clauses != 1 or self.n_groups != 1 or self.n_slots != 1:
            return -1
        if self.entries[at].ordinal < 0:
            return 0
        if df > ready.parts[at].docs:
            raise CorruptIndexError(
                f"{ready.names[at]}: a term in more documents than there are",
                hint="run `searchkit check`, then index again or restore the file")
        return df

    cdef Program lay_out(self, int at, bint pruned):
        """The program of segment number ``at``."""
        cdef Program program = self.begin(at, pruned)
        cdef QuickClause* clause
        cdef int i, role
        program.reserve(1 + self.n_clauses + self.n_groups, self.n_slots)
        if self.n_clauses == 1:
            _lay_clause(self, program, &self.clauses[0], ROLE_MUST, at)
            return program
        program.open_boolean(ROLE_MUST, 0 if self.n_musts else 1)
        for role in (ROLE_MUST, ROLE_SHOULD, ROLE_NOT):
            for i in range(self.n_clauses):
                clause = &self.clauses[i]
                if clause.role == role:
                    _lay_clause(self, program, clause, role, at)
        program.close_boolean()
        return program


cdef int _lay_clause(ClausesPlan plan, Program program, const QuickClause* clause, int role,
                     int at) except -1:
    """Adds a clause: its groups, in a Boolean of their own where they aren't clauses alike."""
    cdef bint single = clause.n == 1 or (plan.n_clauses > 1 and role != ROLE_MUST)
    cdef int i
    if not single:
        program.open_boolean(role, 1)
    for i in range(clause.first, clause.first + clause.n):
        _lay_group(plan, program, &plan.groups[i], role if single else ROLE_SHOULD, at)
    if not single:
        program.close_boolean()
    return 0


cdef int _lay_group(ClausesPlan plan, Program program, const Group* group, int role,
                    int at) except -1:
    """Adds a field's term or phrase."""
    cdef Prepared ready = plan.ready
    cdef const Scope* scope = &ready.scopes[group.scope]
    cdef const Field* field = &ready.fields[group.scope * ready.n_parts + at]
    cdef const Entry* entries = plan.entries + <int64_t>group.first * ready.n_parts + at
    cdef int k
    for k in range(group.n):
        if entries[k * ready.n_parts].ordinal < 0:
            program.put_none(role)
            return 0
    if group.n == 1:
        program.put_term(role, field.postings, entries, scope.weight * group.idf, scope.a, scope.b,
                         0, 0)
    else:
        program.put_phrase(role, field.postings, group.n, entries, ready.n_parts, group.slop,
                           scope.weight * group.idf, scope.a, scope.b)
    return 0

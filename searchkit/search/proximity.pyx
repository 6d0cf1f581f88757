"""The operations of a leaf that is matched by its spans, checked and laid out.

In goes a postfix list of tuples: ``("terms", [ordinals])``, ``("phrase", [(offset,
[ordinals]), …], slop)``, ``("or", count)``, ``("near", distance, ordered)``; out comes a
Proximity, and the ordinals of its lists in their order. ValueError for what is no such list.

Nothing recurses: an operation's operands end just before it, or where the next one begins.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from searchkit.search.intervals cimport Slot, close_sliding
from searchkit.segment.terms cimport TermsReader

cdef enum:
    MOST = 1 << 30              # factors above it are no bounds

cdef object ANY = 1 << 33       # a slop that any places are within
cdef object FARTHEST = 0xFFFFFFFF   # as far as any are apart


cdef void close_proximity(Proximity* x) noexcept:
    """Frees what a leaf has."""
    cdef int i
    if x.lists != NULL:
        for i in range(x.n):
            free(x.lists[i].data)
    free(x.operations)
    free(x.slots)
    free(x.refs)
    free(x.touched)
    free(x.factors)
    free(x.cover)
    free(x.hits.data)
    free(x.positions)
    free(x.lists)
    free(x.active)
    free(x.bases)
    free(x.members)
    free(x.at)
    free(x.presence)
    free(x.stack)
    free(x.sets)
    free(x.numbers)
    free(x.places)
    free(x.blocks)
    free(x.begins)
    free(x.counts)
    free(x.starts)
    free(x.filed_lists)
    free(x.filed_entries)
    free(x.arena.data)
    free(x.merged.data)
    free(x.kept.data)
    close_sliding(&x.sliding)
    memset(x, 0, sizeof(Proximity))


cdef list _read(list operations):
    """``[(kind, slots, operands, reach, ordered), …]``; slots are ``[(offset, ordinals), …]``."""
    cdef Py_ssize_t depth = 0
    made = []
    for one in operations:
        kind = one[0]
        if kind == "terms":
            _, ordinals = one
            made.append((OP_SLOTS, [(0, ordinals)], 0, 0, True))
            depth += 1
        elif kind == "phrase":
            _, slots, slop = one
            before = -1
            for offset, _ in slots:
                if not before < offset < 1 << 31 or (before < 0 and offset):
                    raise ValueError("a phrase's offsets ascend from 0")
                before = offset
            if before < 0 or slop < 0:
                raise ValueError("a phrase has at least one slot, and a slop from 0 up")
            made.append((OP_SLOTS, slots, 0, min(slop, ANY), True))
            depth += 1
        elif kind == "or":
            _, count = one
            if not 1 <= count <= depth:
                raise ValueError(f"no {count} operands for an or")
            made.append((OP_OR, (), count, 0, False))
            depth -= count - 1
        elif kind == "near":
            _, distance, ordered = one
            if depth < 2 or distance < 1:
                raise ValueError("near has two operands and a distance from 1 up")
            made.append((OP_NEAR, (), 2, min(distance, FARTHEST), bool(ordered)))
            depth -= 1
        else:
            raise ValueError(f"no operation {kind!r}")
    if depth != 1:
        raise ValueError(f"operations leave {depth} sets of spans")
    return made


cdef list _begins(list made):
    """Where each operation's operands begin, itself if it has none."""
    cdef Py_ssize_t i, k
    begins = []
    for i, (_, _, n, _, _) in enumerate(made):
        k = i
        for _ in range(n):
            k = begins[k - 1]
        begins.append(k)
    return begins


cdef list _operands(list begins, Py_ssize_t i, Py_ssize_t n):
    """The operations whose spans an operation takes, the last first."""
    operands = []
    for _ in range(n):
        i -= 1
        operands.append(i)
        i = begins[i]
    return operands


cdef dict _frequencies(list made, TermsReader terms):
    """In how many documents each of the terms is, by their ordinals."""
    dfs = {}
    for _, slots, _, _, _ in made:
        for _, ordinals in slots:
            for ordinal in ordinals:
                if not 0 <= ordinal < terms.t.count:
                    raise IndexError(ordinal)
                dfs[ordinal] = terms.df(ordinal)
    return dfs


cdef tuple _costs(list made, list begins, dict dfs):
    """For each operation at most how many documents it matches, and whether it can at all."""
    costs, alive = [], []
    for i, (kind, slots, n, _, _) in enumerate(made):
        if kind == OP_SLOTS:
            alive.append(all(ordinals for _, ordinals in slots))
            costs.append(min(sum(dfs[o] for o in ordinals) for _, ordinals in slots))
            continue
        operands = _operands(begins, i, n)
        living = [one for one in operands if alive[one]]
        if kind == OP_OR:
            alive.append(bool(living))
            costs.append(sum(costs[one] for one in living))
        else:
            alive.append(len(living) == n)
            costs.append(min(costs[one] for one in operands))
        if not alive[i]:
            costs[i] = 0
    return costs, alive


cdef tuple _descend(list made, list begins, list costs, list alive):
    """From the root down: which operations are required and by what factor (0: none), and
    which cover all matches.

    Spans of a set have different starts and different ends. So ``a ONEAR b`` has at most as many
    as a has, and as b has: a span has the start of its a and the end of its b. ``a NEAR b`` has at
    most twice as many. A phrase without slop has at most as many as any slot has places: places and
    starts are one to one. With slop nothing of the kind holds.
    """
    required = [False] * len(made)
    covering = [False] * len(made)
    factors = [0] * len(made)
    root = len(made) - 1
    required[root] = covering[root] = True
    factors[root] = 1
    for i in range(len(made) - 1, -1, -1):
        kind, _, n, _, ordered = made[i]
        if kind == OP_SLOTS:
            continue
        operands = [one for one in _operands(begins, i, n) if kind == OP_NEAR or alive[one]]
        if kind == OP_NEAR:
            factor = factors[i] if ordered else 2 * factors[i]
            cheapest = min(operands, key=costs.__getitem__)
            for one in operands:
                required[one] = required[i]
                factors[one] = factor if factor < MOST else 0
            covering[cheapest] = covering[i]
        else:
            for one in operands:
                covering[one] = covering[i]
                if len(operands) == 1:
                    required[one] = required[i]
                    factors[one] = factors[i]
    return required, factors, covering


cdef list lay_out(Proximity* x, list operations, TermsReader terms):
    """Fills in a leaf, which is to be closed in any case, all zero before. IndexError for an
    ordinal that isn't one of ``terms``."""
    cdef Py_ssize_t i, k, at, first
    cdef Operation* op
    made = _read(operations)
    begins = _begins(made)
    dfs = _frequencies(made, terms)
    costs, alive = _costs(made, begins, dfs)
    required, factors, covering = _descend(made, begins, costs, alive)
    bounds = {}                 # of lists that every match is in
    cover = set()
    ordinals = {}
    for i, (kind, slots, _, slop, _) in enumerate(made):
        if kind != OP_SLOTS:
            continue
        for _, one in slots:
            ordinals.update(dict.fromkeys(one))
            if len(one) == 1 and required[i]:
                factor = 0 if slop and len(slots) > 1 else factors[i]
                known = bounds.get(one[0], 0)
                bounds[one[0]] = min(factor, known) if factor and known else factor or known
        if covering[i] and alive[i]:
            cover.update(min((one for _, one in slots), key=lambda one: sum(dfs[o] for o in one)))
    lists = sorted(bounds, key=lambda one: (dfs[one], one))
    lists += [one for one in ordinals if one not in bounds]
    numbers = {one: number for number, one in enumerate(lists)}
    _allocate(x, made, len(lists), len(cover))
    x.required = len(bounds)
    if alive[len(made) - 1]:
        for one in sorted(numbers[one] for one in cover):
            x.cover[x.n_cover] = one
            x.n_cover += 1
    for i in range(x.required):
        x.factors[i] = bounds[lists[i]]
    for i, (kind, slots, n, reach, ordered) in enumerate(made):
        op = &x.operations[i]
        op.kind = kind
        op.n = n
        op.reach = reach
        op.ordered = ordered
        op.required = required[i]
        if kind != OP_SLOTS:
            continue
        op.first = x.n_slots
        op.n = len(slots)
        first = x.n_slots
        seen = {}
        for offset, one in slots:
            one = dict.fromkeys(one)
            x.slots[x.n_slots].offset = offset
            x.slots[x.n_slots].first = x.n_refs
            x.slots[x.n_slots].n = len(one)
            x.slots[x.n_slots].alias = seen.setdefault(frozenset(one), x.n_slots - first)
            x.slots[x.n_slots].bucket = x.n_buckets if len(one) > 1 else -1
            x.n_buckets += len(one) > 1
            for ordinal in one:
                x.refs[x.n_refs] = numbers[ordinal]
                x.n_refs += 1
            x.n_slots += 1
    _choose_filter(x)
    x.pair = x.filter >= 0 and x.n_operations == 3
    return lists


cdef void _choose_filter(Proximity* x) noexcept:
    """The near of two words whose lists are the rarest."""
    cdef Operation* op
    cdef int i, a, b
    x.filter = -1
    for i in range(2, x.n_operations):
        op = &x.operations[i]
        if (op.kind == OP_NEAR and op.required and _is_word(x, i - 1) and _is_word(x, i - 2)):
            a = x.refs[x.slots[x.operations[i - 2].first].first]
            b = x.refs[x.slots[x.operations[i - 1].first].first]
            if x.filter < 0 or a + b < x.filter_a + x.filter_b:
                x.filter = i
                x.filter_a = a
                x.filter_b = b


cdef bint _is_word(const Proximity* x, int i) noexcept:
    """Whether an operation is one word."""
    cdef const Operation* op = &x.operations[i]
    return op.kind == OP_SLOTS and op.n == 1 and x.slots[op.first].n == 1


cdef int _allocate(Proximity* x, list made, Py_ssize_t lists, Py_ssize_t cover) except -1:
    cdef size_t n_slots = 0, n_refs = 0
    for kind, slots, _, _, _ in made:
        if kind == OP_SLOTS:
            n_slots += len(slots)
            for _, one in slots:
                n_refs += len(one)
    x.n = lists
    x.n_operations = len(made)
    x.operations = <Operation*>calloc(len(made), sizeof(Operation))
    x.slots = <Slot*>calloc(n_slots + 1, sizeof(Slot))
    x.refs = <int*>calloc(n_refs + 1, sizeof(int))
    x.touched = <int*>calloc(n_refs + 1, sizeof(int))
    x.factors = <uint32_t*>calloc(lists + 1, sizeof(uint32_t))
    x.cover = <int*>calloc(cover + 1, sizeof(int))
    if (x.operations == NULL or x.slots == NULL or x.refs == NULL or x.touched == NULL
            or x.factors == NULL or x.cover == NULL):
        raise MemoryError()
    return 0

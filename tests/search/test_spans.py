"""Leaves of spans against every pair and every choice, and documents made for each rule."""

from __future__ import annotations

import random
from array import array
from concurrent.futures import ThreadPoolExecutor
from math import isclose, isnan
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from helpers.examples import examples
from helpers.spans import minimal, random_operations, spans_of
from helpers.twins_fields import Text, as_lists
from helpers.twins_search import Corpus
from searchkit.search import windows
from searchkit.search.best import best
from searchkit.search.program import MUST, MUST_NOT, SHOULD, Program

NAMES = "abcde"
Operations = list[tuple[Any, ...]]


def corpus_of(texts: list[Text], deleted: set[int] | None = None) -> Corpus:
    lists, lengths = as_lists(texts)
    for name in NAMES:  # every name has a term, somewhere
        lists.setdefault(name.encode(), [(len(texts), 1, [0])])
    return Corpus(lists, [*lengths, 1], {}, {}, deleted or set())


def by_ordinal(corpus: Corpus, operations: Operations) -> Operations:
    """Operations of terms as one has them who looked the terms up."""

    def found(terms: list[str]) -> list[int]:
        return [corpus.text.terms.find(term.encode()) for term in terms]

    made: Operations = []
    for one in operations:
        if one[0] == "terms":
            made.append(("terms", found(one[1])))
        elif one[0] == "phrase":
            made.append(("phrase", [(at, found(terms)) for at, terms in one[1]], one[2]))
        else:
            made.append(one)
    return made


def add(
    program: Program, role: int, corpus: Corpus, operations: Operations, a: float = 1.0
) -> None:
    text = corpus.text
    made = by_ordinal(corpus, operations)
    program.add_spans(role, text.postings, text.terms, made, 1.0, a, 0.0)


def program_of(corpus: Corpus, operations: Operations, *, pruned: bool = True) -> Program:
    deleted = corpus.bits if corpus.deleted else None
    program = Program(corpus.docs, deleted, None, "a test", pruned)
    add(program, MUST, corpus, operations)
    return program


def wanted(corpus: Corpus, operations: Operations) -> dict[int, int]:
    """Documents and how many spans each has."""
    frequencies = {}
    for doc in corpus.alive():
        places = {name: corpus.places[name.encode()].get(doc, []) for name in NAMES}
        spans = spans_of(operations, places)
        if spans:
            frequencies[doc] = len(spans)
    return frequencies


def frequencies(corpus: Corpus, operations: Operations) -> dict[int, int]:
    """The same from the kernel: from the scores f / (f + 1)."""
    found, _ = windows.top(program_of(corpus, operations), corpus.docs, 0.0)
    return {doc: round(one / (1 - one)) for one, doc in found}


def check(corpus: Corpus, operations: Operations) -> None:
    """All answers of the kernel."""
    expected = wanted(corpus, operations)
    assert frequencies(corpus, operations) == expected
    program = program_of(corpus, operations)
    assert windows.count(program) == len(expected)
    assert best(program_of(corpus, operations), 0, 0.0, True) in (None, ([], len(expected)))
    assert list(windows.matches(program)) == list(expected)
    docs = sorted({*expected, *range(0, corpus.docs, 3)})
    for doc, one in zip(docs, windows.score(program, array("I", docs))):
        assert isnan(one) if doc not in expected else round(one / (1 - one)) == expected[doc]
    ranked = sorted(expected, key=lambda doc: (-expected[doc], doc))
    for k in (1, 3):
        for pruned in (True, False):
            found, _ = windows.top(program_of(corpus, operations, pruned=pruned), k, 0.0)
            assert sorted(expected[doc] for _, doc in found) == sorted(
                expected[doc] for doc in ranked[:k]
            )
        answer = best(program_of(corpus, operations), k, 0.0, True)
        if answer is not None:
            assert answer[1] == len(expected)
            scores = sorted((one for one, _ in answer[0]), reverse=True)[:k]
            assert [round(one / (1 - one)) for one in scores] == [
                expected[doc] for doc in ranked[:k]
            ]


def text_from(steps: list[tuple[str, int]]) -> Text:
    at, text = -1, []
    for name, increment in steps:
        at = max(0, at + increment)
        text.append((name, at))
    return text


texts = st.lists(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from([1, 1, 1, 0, 2, 7])), max_size=12
    ).map(text_from),
    min_size=1,
    max_size=4,
)


@settings(max_examples=examples(200))
@given(texts, st.integers(0, 2**32), st.integers(1, 6))
def test_every_choice(made: list[Text], seed: int, size: int) -> None:
    operations = random_operations(random.Random(seed), NAMES, size)
    corpus = corpus_of(made)
    assert frequencies(corpus, operations) == wanted(corpus, operations)


@given(texts, st.sampled_from([1, 2, 3, 5, 9, 40, 2**40]), st.integers(0, 2**32))
def test_slop(made: list[Text], slop: int, seed: int) -> None:
    """Phrases alone, of slots that share terms, and whose terms share positions."""
    rng = random.Random(seed)
    offset, slots = 0, []
    for _ in range(rng.randint(2, 4)):
        slots.append((offset, rng.sample(NAMES[:4], rng.choice([1, 1, 2, 3]))))
        offset += rng.choice([1, 1, 2])
    corpus = corpus_of(made)
    check(corpus, [("phrase", slots, slop)])


@settings(max_examples=examples(60))
@given(st.sampled_from([1, 127, 128, 129, 300]), st.integers(0, 2**32), st.integers(1, 5))
def test_blocks(docs: int, seed: int, size: int) -> None:
    rng = random.Random(seed)
    corpus = random_corpus(rng, docs)
    check(corpus, random_operations(rng, NAMES, size))


@settings(max_examples=10)
@given(st.sampled_from([4095, 4096, 4097, 9000]), st.integers(0, 2**32))
def test_windows(docs: int, seed: int) -> None:
    rng = random.Random(seed)
    corpus = random_corpus(rng, docs)
    for size in (2, 4):
        check(corpus, random_operations(rng, NAMES, size))


def random_corpus(rng: random.Random, docs: int) -> Corpus:
    """Short documents; each name in few or many of them."""
    shares = [rng.choice([0.001, 0.02, 0.2, 0.8]) for _ in NAMES]
    made = []
    for _ in range(docs):
        names = [name for name, share in zip(NAMES, shares) if rng.random() < share]
        size = rng.choice([1, 3, 6]) if names else 0
        made.append(text_from([(rng.choice(names), rng.choice([1, 1, 0, 2])) for _ in range(size)]))
    deleted = {doc for doc in range(docs) if rng.random() < 0.2} if rng.random() < 0.6 else set()
    return corpus_of(made, deleted)


@settings(max_examples=8)
@given(st.integers(0, 2**32), st.sampled_from([1, 2, 5, 20, 10**18]), st.booleans())
def test_long_documents(seed: int, distance: int, ordered: bool) -> None:
    """Lists of like length are merged; in the longer of others the shorter one's are sought."""
    rng = random.Random(seed)
    made: list[Text] = []
    for _ in range(3):
        weights = [1, rng.choice([1, 0.3, 0.05, 0.01]), 1]
        names = rng.choices("abc", weights, k=rng.choice([60, 200]))
        made.append(text_from([(name, rng.choice([1, 1, 1, 0])) for name in names]))
    corpus = corpus_of(made)
    for a, b in ("ab", "ba", "aa", "bb"):
        check(corpus, [("terms", [a]), ("terms", [b]), ("near", distance, ordered)])


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6)), max_size=12))
def test_minimal_spans_have_different_starts_and_ends(pairs: list[tuple[int, int]]) -> None:
    """What the bounds on their number stand on (proximity.pyx)."""
    spans = minimal((start, start + size) for start, size in pairs)
    assert len({start for start, _ in spans}) == len({end for _, end in spans}) == len(spans)


def near(distance: int, ordered: bool = False) -> tuple[str, int, bool]:
    return ("near", distance, ordered)


A, B, C = (("terms", [name]) for name in "abc")


@pytest.mark.parametrize(
    ("words", "operations", "freq"),
    [
        ("a b", [A, B, near(1)], 1),
        ("b a", [A, B, near(1)], 1),
        ("b a", [A, B, near(1, True)], 0),
        ("a - b", [A, B, near(1)], 0),
        ("a - b", [A, B, near(2)], 1),
        ("a b a", [A, B, near(5)], 2),
        ("a b a", [A, B, near(5, True)], 1),
        ("a", [A, A, near(5)], 0),
        ("a a a", [A, A, near(5)], 2),
        ("a a b b", [A, B, near(5)], 1),
        ("a - b - c", [A, B, near(2), C, near(2)], 1),
        ("a - b - c", [A, B, C, near(2), near(2)], 1),
        ("a c b", [A, B, near(2), C, near(2)], 0),  # the sides don't overlap
        ("a b c", [A, ("phrase", [(0, ["b"]), (1, ["c"])], 0), near(1)], 1),
        ("a b", [A, ("terms", []), ("or", 2), B, near(1)], 1),
        ("a b", [A, ("terms", []), near(9)], 0),
        ("a b c", [A, C, ("or", 2), B, near(1)], 2),
        ("a b c", [("phrase", [(0, ["a"]), (1, ["c"])], 1)], 1),
        ("b a", [("phrase", [(0, ["a"]), (1, ["b"])], 2)], 1),
    ],
)
def test_rules(words: str, operations: Operations, freq: int) -> None:
    text = [(word, at) for at, word in enumerate(words.split()) if word != "-"]
    corpus = corpus_of([text])
    assert wanted(corpus, operations) == ({0: freq} if freq else {})
    check(corpus, operations)


def test_stacked_places_are_one_place() -> None:
    """a and b in one place are not near each other; with another of either they are."""
    corpus = corpus_of([[("a", 0), ("b", 0)], [("a", 0), ("b", 0), ("b", 3)]])
    assert frequencies(corpus, [A, B, near(5)]) == {1: 1}


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_in_trees(seed: int) -> None:
    """Beside other clauses: scores add up, and what isn't matched is left out."""
    rng = random.Random(seed)
    corpus = random_corpus(rng, rng.choice([200, 5000]))
    one, two, three = (random_operations(rng, NAMES, 3) for _ in range(3))
    name = rng.choice(NAMES).encode()
    places = corpus.places[name]
    program = Program(corpus.docs, corpus.bits if corpus.deleted else None, None, "a test")
    program.begin_boolean(MUST, 0)
    ordinal = corpus.text.terms.find(name)
    program.add_term(MUST, corpus.text.postings, corpus.text.terms, ordinal, 1.0, 1.0, 0.0)
    for role, operations in ((SHOULD, one), (SHOULD, two), (MUST_NOT, three)):
        add(program, role, corpus, operations)
    program.end_boolean()
    found, total = windows.top(program, corpus.docs, 0.0, True)
    parts = [wanted(corpus, operations) for operations in (one, two)]
    without = wanted(corpus, three)
    matching = {doc for doc in places if doc not in corpus.deleted and doc not in without}
    assert {doc for _, doc in found} == matching and total == len(matching)
    for score, doc in found:
        freqs = [len(places[doc]), *(part[doc] for part in parts if doc in part)]
        assert isclose(score, sum(freq / (freq + 1) for freq in freqs))
    top = sorted((one for one, _ in found), reverse=True)[:5]
    pruned, _ = windows.top(program, 5, 0.0)
    assert sorted((one for one, _ in pruned), reverse=True) == top


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32), st.sampled_from([0, 1, 2, 3]), st.sampled_from([300, 5000]))
def test_bounds(seed: int, model: int, docs: int) -> None:
    """The best are the best, whatever was left out by block maxima, under every model."""
    rng = random.Random(seed)
    corpus = random_corpus(rng, docs)
    operations = by_ordinal(corpus, random_operations(rng, NAMES, rng.choice([2, 2, 3])))
    weight = rng.choice([0.5, 3.0])
    a, b = rng.choice([(0.3, 0.1), (1.2, 0.0), (50.0, 50.0)])
    made = []
    for pruned in (True, True, False):
        program = Program(docs + 1, corpus.bits, None, "a test", pruned)
        text = corpus.text
        program.add_spans(
            MUST, text.postings, text.terms, operations, weight, a, b, model, 0.2 * (model == 0)
        )
        made.append(program)
    for k in (1, 4):
        exact = sorted((one for one, _ in windows.top(made[2], k, 0.0)[0]), reverse=True)
        assert exact == sorted((one for one, _ in windows.top(made[0], k, 0.0)[0]), reverse=True)
        answer = best(made[1], k, 0.0)
        if answer is not None:
            assert exact == sorted((one for one, _ in answer[0]), reverse=True)[:k]


@pytest.mark.parametrize("ordered", [False, True])
def test_deep_and_wide(ordered: bool) -> None:
    """As deep as queries come; nothing recurses."""
    size = 30_000
    text = [("ab"[at % 2], at) for at in range(40)]
    corpus = corpus_of([text])
    left: Operations = [A]
    for _ in range(size):
        left += [A, ("or", 2)]
    assert frequencies(corpus, left) == {0: 20}
    right: Operations = [A] * (size + 1) + [("or", 2)] * size
    assert frequencies(corpus, right) == {0: 20}
    assert frequencies(corpus, [*([A] * size), ("or", size)]) == {0: 20}
    chain: Operations = [A]
    for _ in range(15):
        chain += [B, near(3, ordered), A, near(3, ordered)]
    check(corpus, chain)
    check(corpus, [*([A] * 5), *([near(9, ordered)] * 4)])


@pytest.mark.parametrize("slop", [1, 50, 3000, 10**30])
def test_slop_in_a_hostile_document(slop: int) -> None:
    """Thousands of places, repeated and stacked: it ends soon, and is right where it's known."""
    size = 6000
    text = [(name, at) for at in range(size) for name in "ab"]
    corpus = corpus_of([text, [("a", at) for at in range(size)]])
    for slots, freq in (
        ([(0, ["a"]), (1, ["b"])], size - 1),
        ([(0, ["a"]), (1, ["a"])], size - 1),
        ([(0, ["a", "c"]), (1, ["a", "b"]), (2, ["a"])], size - 2),
        ([(0, ["a", "c"]), (1, ["d", "a"]), (2, ["b"])], size - 2),
    ):
        assert frequencies(corpus, [("phrase", slots, slop)])[0] == freq


@pytest.mark.parametrize(
    "operations",
    [
        [],
        [A, B],
        [("or", 1)],
        [A, ("or", 0)],
        [A, ("or", 2)],
        [A, ("near", 1, False)],
        [A, B, ("near", 0, False)],
        [A, B, ("near", -1, True)],
        [("phrase", [], 0)],
        [("phrase", [(1, ["a"])], 0)],
        [("phrase", [(0, ["a"]), (0, ["b"])], 0)],
        [("phrase", [(0, ["a"]), (1 << 31, ["b"])], 0)],
        [("phrase", [(0, ["a"])], -1)],
        [("all", 1)],
        [("terms",)],
    ],
)
def test_other_operations_are_refused(operations: Operations) -> None:
    corpus = corpus_of([[("a", 0)]])
    program = Program(corpus.docs, None, None, "a test")
    made = operations if operations == [("terms",)] else by_ordinal(corpus, operations)
    with pytest.raises(ValueError):
        program.add_spans(MUST, corpus.text.postings, corpus.text.terms, made, 1.0, 1.0, 0.0)
    add(program, MUST, corpus, [A])  # the program is as it was
    assert windows.count(program) == 1


def test_ordinals_that_are_not_there() -> None:
    corpus = corpus_of([[("a", 0)]])
    for ordinal in (-1, 5, 2**70):
        program = Program(corpus.docs, None, None, "a test")
        with pytest.raises(IndexError):
            program.add_spans(
                MUST, corpus.text.postings, corpus.text.terms, [("terms", [ordinal])], 1, 1, 0
            )


def test_two_threads() -> None:
    """Programs share no state: as many as there are run at once."""
    rng = random.Random(5)
    corpus = random_corpus(rng, 3000)
    queries = [random_operations(rng, NAMES, 3) for _ in range(12)]
    expected = [frequencies(corpus, operations) for operations in queries]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            found = pool.map(lambda operations: frequencies(corpus, operations), queries)
            assert list(found) == expected

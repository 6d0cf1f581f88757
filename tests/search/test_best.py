"""best.select: among what it selects are the best, whatever it skips."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given, settings, strategies as st

from helpers.examples import examples
from helpers.twins_postings import Postings
from helpers.twins_search import Corpus, Node, random_corpus, random_flat, score
from searchkit.search import windows
from searchkit.search.best import best as find, best_hits, select


def union(rng: random.Random, corpus: Corpus) -> Node:
    """Some terms, of any weights and one scoring of lengths, as in one field or two."""
    names = list(corpus.places)
    scoring = [(rng.choice([0.0, 0.3, 1.2, 5]), rng.choice([0.0, 0.09, 2.5])) for _ in range(2)]
    clauses = []
    for _ in range(rng.randint(1, 6)):
        a, b = rng.choice(scoring)
        weight = rng.choice([0.0, 1e-4, 0.5, 1.0, 3.0, rng.uniform(0, 10)])
        clauses.append(Node("term", terms=[rng.choice(names)], weight=weight, a=a, b=b))
    return clauses[0] if len(clauses) == 1 else Node("boolean", should=clauses, minimum=1)


def check(corpus: Corpus, node: Node, k: int, floor: float | None = None) -> None:
    program = corpus.program(node)
    every = windows.matches(program)
    scores = windows.score(program, every)
    best = sorted(zip(scores, every), key=lambda one: (-one[0], corpus.rank(one[1])))
    least = best[len(best) // 2][0] if floor is None and best else floor or 0.0
    selected = select(corpus.program(node), k, least)
    assert list(selected) == sorted(set(selected))
    assert set(selected) <= set(every)
    wanted = [one for one in best if one[0] >= least]
    if len(wanted) >= k:
        # those that tie with the k-th as well: the earlier of them aren't known here
        wanted = [one for one in wanted if one[0] >= wanted[k - 1][0]]
    assert {doc for _, doc in wanted} <= set(selected)
    # scored again, exactly: what a search gives, and the same without pruning
    again = zip(windows.score(corpus.program(node), selected), selected)
    found = sorted(again, key=lambda one: (-one[0], corpus.rank(one[1])))
    assert [one for one in found[:k] if one[0] >= least] == [
        one for one in best[:k] if one[0] >= least
    ]
    exhaustive, _ = windows.top(corpus.program(node, pruned=False), k, 0.0)
    exhaustive.sort(key=lambda one: (-one[0], corpus.rank(one[1])))
    assert exhaustive == best[:k]
    answer = find(corpus.program(node), k, 0.0, True)  # counting needn't be a walk of its own
    assert answer is not None
    pairs, total = answer
    assert total == len(every)
    assert sorted(pairs, key=lambda one: (-one[0], corpus.rank(one[1])))[:k] == best[:k]


@settings(max_examples=examples(60))
@given(
    st.sampled_from([1, 100, 128, 129, 700]),
    st.integers(0, 2**32),
    st.sampled_from([1, 2, 10, 24, 25, 40, 1000]),
    st.booleans(),
)
def test_selects_the_best(docs: int, seed: int, k: int, reorder: bool) -> None:
    rng = random.Random(seed)
    corpus = random_corpus(rng, docs, reorder=reorder)
    for _ in range(8):
        node = union(rng, corpus)
        check(corpus, node, k, 0.0)
        check(corpus, node, k)


@settings(max_examples=10)
@given(st.sampled_from([4095, 4096, 4097, 13_000]), st.integers(0, 2**32), st.booleans())
def test_selects_the_best_of_several_windows(docs: int, seed: int, reorder: bool) -> None:
    rng = random.Random(seed)
    corpus = random_corpus(rng, docs, reorder=reorder)
    for _ in range(8):
        node = union(rng, corpus)
        check(corpus, node, rng.choice([1, 5, 30, 100]), rng.choice([None, 0.0]))


def phrases(rng: random.Random, corpus: Corpus) -> Node:
    """Some phrases, as of two words in several fields."""
    clauses = []
    for _ in range(rng.randint(1, 4)):
        names = rng.choices(list(corpus.places), k=rng.choice([2, 2, 2, 3]))
        weight = rng.choice([0.0, 1e-4, 0.5, 1.0, 3.0])
        a, b = rng.choice([0.0, 0.3, 1.2]), rng.choice([0.0, 0.09, 2.5])
        slots = [(at, [name]) for at, name in enumerate(names)]
        slop = rng.choice([0, 0, 1, 3])
        clauses.append(Node("phrase", slots=slots, slop=slop, weight=weight, a=a, b=b))
        if rng.random() < 0.1:
            clauses.append(Node("none"))
    return Node("boolean", should=clauses, minimum=1)


@given(
    st.sampled_from([1, 128, 129, 400]),
    st.integers(0, 2**32),
    st.sampled_from([1, 2, 10, 40, 1000]),
    st.booleans(),
)
def test_selects_the_best_of_phrases(docs: int, seed: int, k: int, reorder: bool) -> None:
    rng = random.Random(seed)
    corpus = random_corpus(rng, docs, reorder=reorder)
    for _ in range(2):
        node = phrases(rng, corpus)
        check(corpus, node, k, rng.choice([None, 0.0]))
        every = windows.matches(corpus.program(node))
        assert find(corpus.program(node), 0, 0.0, True) == ([], len(every))


def frequent(rng: random.Random, docs: int, terms: int) -> Corpus:
    """Terms in a twentieth to half of the documents, evenly or in stretches."""
    lengths = [rng.randint(10, 200) for _ in range(docs)]
    texts: dict[bytes, Postings] = {}
    for at in range(terms):
        share = rng.choice([0.05, 0.1, 0.2, 0.5])
        stretch = rng.choice([1, 1, 300, 5000])
        dense = [rng.random() < 0.7 for _ in range(docs // stretch + 1)]
        postings: Postings = []
        for doc in range(docs):
            if rng.random() < share * (1 if dense[doc // stretch] else 0.1):
                freq = rng.choice([1, 1, 1, 2, 3, 6])
                postings.append((doc, freq, list(range(freq))))
        texts[b"t%d" % at] = postings or [(0, 1, [0])]
    deleted = {doc for doc in range(docs) if rng.random() < 0.02}
    return Corpus(texts, lengths, {}, {}, deleted, None)


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.sampled_from([2, 3, 4, 6, 9]), st.sampled_from([1, 10, 40]))
def test_documents_with_enough_terms(seed: int, terms: int, k: int) -> None:
    """Unions of frequent terms, none of which wins alone: found by bit sets, scored by ranks."""
    rng = random.Random(seed)
    corpus = frequent(rng, 13_000, terms)
    for spread in (0.0, 0.2, 3.0):
        clauses = [
            Node("term", terms=[name], weight=1 + rng.random() * spread, a=1.2, b=0.01)
            for name in corpus.places
        ]
        check(corpus, Node("boolean", should=clauses, minimum=1), k, 0.0)


def test_scores_of_the_twin() -> None:
    """The exact scores that selection is held to above are the twin's."""
    rng = random.Random(3)
    corpus = random_corpus(rng, 3000)
    for _ in range(5):
        node = union(rng, corpus)
        best, _ = windows.top(corpus.program(node, pruned=False), 20, 0.0)
        for one, doc in best:
            assert one == pytest.approx(score(corpus, node, doc), rel=1e-12)


def alike(docs: int) -> Corpus:
    """Documents that all have a term once, of equal lengths."""
    return Corpus({b"t": [(doc, 1, [0]) for doc in range(docs)]}, [3] * docs, {}, {}, set())


def test_ties_are_all_selected() -> None:
    """Any of them may have the least sequence number."""
    corpus = alike(9000)
    node = Node("term", terms=[b"t"], weight=2.0, a=0.3, b=0.1)
    assert len(select(corpus.program(node), 1, 0.0)) == 9000
    double = Node("boolean", should=[node, node], minimum=1)
    assert len(select(corpus.program(double), 10, 0.0)) == 9000


@pytest.mark.parametrize(
    "weight", [0.0, 1e-300, 1e-46, 1e-44, 1e-41, 1e-38, 1e-30, 1e30, 1e38, 1e300]
)
def test_weights_of_any_size(weight: float) -> None:
    """Beyond what floats of 4 bytes can tell apart nothing may be lost."""
    rng = random.Random(8)
    for _ in range(20):
        corpus = random_corpus(rng, 400)
        names = list(corpus.places)
        clauses = [
            Node("term", terms=[name], weight=weight * rng.uniform(0.2, 9), a=0.3, b=0.1)
            for name in rng.sample(names, 3)
        ]
        check(corpus, Node("boolean", should=clauses, minimum=1), 2, 0.0)


def test_nothing_wanted() -> None:
    program = alike(10).program(Node("term", terms=[b"t"]))
    assert select(program, 0, 0.0) == array("I")
    assert select(program, 5, 2.0) == array("I")
    assert len(select(program, 2**62, 0.0)) == 10


@pytest.mark.parametrize(
    ("node", "wanted"),
    [
        (Node("term", terms=[b"t"]), True),
        (Node("boolean", should=[Node("term", terms=[b"t"])]), True),
        (Node("boolean", should=[Node("term", terms=[b"t"])] * 3, minimum=1), True),
        (Node("boolean", should=[Node("term", terms=[b"t"])] * 3, minimum=2), False),
        (Node("boolean", must=[Node("term", terms=[b"t"])]), True),
        (Node("boolean", must_not=[Node("term", terms=[b"t"])]), False),
        (Node("boolean", should=[Node("none")]), True),
        (Node("boolean", should=[Node("term", terms=[b"t"]), Node("all")]), False),
        (
            Node("boolean", should=[Node("term", terms=[b"t"])], must_not=[Node("none")]),
            True,
        ),
        (Node("all"), True),
    ],
)
def test_is_flat(node: Node, wanted: bool) -> None:
    assert (select(alike(3).program(node), 1, 0.0) is not None) is wanted


def check_flat(corpus: Corpus, node: Node) -> None:
    """The fast kernels' best and their counts are those of the windows, to the last bit."""
    exhaustive, total = windows.top(corpus.program(node, pruned=False), corpus.docs, 0.0, True)
    wanted = sorted(exhaustive, key=lambda one: (-one[0], corpus.rank(one[1])))
    program = corpus.program(node)
    for k in (1, 3, 10, 2000):
        for floor in {0.0, wanted[len(wanted) // 2][0] if wanted else 0.0}:
            for counting in (False, True):
                answer = find(program, k, floor, counting)
                assert answer is not None
                found = sorted(answer[0], key=lambda one: (-one[0], corpus.rank(one[1])))
                most = [one for one in wanted if one[0] >= floor][:k]
                assert [one for one in found[:k] if one[0] >= floor] == most
                assert not counting or answer[1] == total
        answer = best_hits(program, k, 0.0, False, 5, 2)
        assert answer is not None
        assert answer[0] == [(one, 5 + corpus.rank(doc), 2, doc) for one, doc in wanted[:k]]
    counted = find(program, 0, 0.0, True)
    assert counted is not None
    assert counted[1] == total


@settings(max_examples=examples(100))
@given(
    st.sampled_from([1, 64, 127, 128, 129, 700, 3000]),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_flat_shapes(docs: int, seed: int, reorder: bool) -> None:
    rng = random.Random(seed)
    corpus = random_corpus(rng, docs, reorder=reorder)
    for _ in range(10):
        check_flat(corpus, random_flat(rng, corpus))


@settings(max_examples=6)
@given(st.sampled_from([4097, 13_000, 70_000]), st.integers(0, 2**32))
def test_flat_shapes_of_many_documents(docs: int, seed: int) -> None:
    rng = random.Random(seed)
    corpus = random_corpus(rng, docs)
    for _ in range(12):
        check_flat(corpus, random_flat(rng, corpus))


def test_ties_beyond_k() -> None:
    """All documents score the same: the first ones win."""
    corpus = alike(3000)
    for node in (
        Node("term", terms=[b"t"]),
        Node("boolean", must=[Node("term", terms=[b"t"])] * 2),
        Node("phrase", slots=[(0, [b"t"])]),
    ):
        check_flat(corpus, node)

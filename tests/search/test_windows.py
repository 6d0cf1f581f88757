"""count, matches, top and score against their plain-Python twin, on trees of every kind."""

from __future__ import annotations

import random
from array import array
from math import isclose, isnan

import pytest
from hypothesis import given, settings, strategies as st

from helpers.examples import examples
from helpers.twins_search import Corpus, Node, random_boolean, random_corpus, random_node, score
from searchkit.search import windows
from searchkit.search.program import MUST, SHOULD, Program

#: Documents of a segment: around the sizes of blocks and windows.
SIZES = [1, 63, 64, 65, 128, 129, 500, 4095, 4096, 4097, 9000]


def check(corpus: Corpus, node: Node) -> None:
    """All four answers of the kernel, and that none depends on another."""
    wanted = {doc: score(corpus, node, doc) for doc in corpus.alive()}
    matching = [doc for doc, one in wanted.items() if one is not None]
    program = corpus.program(node)
    assert list(windows.matches(program)) == matching
    assert windows.count(program) == len(matching)
    scores = windows.score(program, array("I", matching))
    for doc, one in zip(matching, scores):
        assert isclose(one, wanted[doc] or 0.0, rel_tol=1e-12), doc
    best = sorted(zip(scores, matching), key=lambda found: (-found[0], corpus.rank(found[1])))
    for k in (1, 3, 10, len(best) + 1):
        for pruned in (True, False):
            found, _ = windows.top(corpus.program(node, pruned=pruned), k, 0.0)
            assert ranked(corpus, found) == best[:k], (k, pruned)
        found, total = windows.top(program, k, 0.0, True)
        assert ranked(corpus, found) == best[:k]
        assert total == len(matching)
    if best:
        floor = best[len(best) // 2][0]
        found, _ = windows.top(program, 5, floor)
        assert ranked(corpus, found) == [one for one in best if one[0] >= floor][:5]


def ranked(corpus: Corpus, found: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Hits in their order: the kernel leaves that to its caller, who joins segments."""
    return sorted(found, key=lambda one: (-one[0], corpus.rank(one[1])))


@settings(max_examples=examples(60))
@given(st.sampled_from(SIZES[:7]), st.integers(0, 2**32), st.booleans())
def test_trees(docs: int, seed: int, reorder: bool) -> None:
    rng = random.Random(seed)
    corpus = random_corpus(rng, docs, reorder=reorder)
    for _ in range(6):
        check(corpus, random_node(rng, corpus))


@settings(max_examples=8)
@given(st.sampled_from(SIZES[7:]), st.integers(0, 2**32), st.booleans())
def test_trees_over_several_windows(docs: int, seed: int, reorder: bool) -> None:
    rng = random.Random(seed)
    corpus = random_corpus(rng, docs, reorder=reorder)
    for _ in range(3):
        check(corpus, random_node(rng, corpus, 2))
        check(corpus, random_boolean(rng, corpus, 1))


@given(st.integers(0, 2**32))
def test_score_of_any_documents(seed: int) -> None:
    """NaN where one doesn't match or is deleted; whatever documents are left out between."""
    rng = random.Random(seed)
    corpus = random_corpus(rng, 5000 if seed % 8 == 0 else 300)
    node = random_node(rng, corpus)
    docs = sorted(rng.sample(range(corpus.docs), rng.choice([1, 5, 200])))
    for doc, one in zip(docs, windows.score(corpus.program(node), array("I", docs))):
        wanted = None if doc in corpus.deleted else score(corpus, node, doc)
        if wanted is None:
            assert isnan(one)
        else:
            assert isclose(one, wanted, rel_tol=1e-12)


def plain(docs: int, **terms: list[int]) -> Corpus:
    """Documents with terms once each, of length 1."""
    texts = {name.encode(): [(doc, 1, [0]) for doc in some] for name, some in terms.items()}
    return Corpus(texts, [1] * docs, {}, {}, set())  # type: ignore[arg-type]


def term(name: str) -> Node:
    return Node("term", terms=[name.encode()])


def test_deep_trees() -> None:
    """Frames on the heap: depth costs memory, not the stack."""
    corpus = plain(100, a=[1, 5, 99])
    node = term("a")
    program = Program(100, None, None, "deep")
    depth = 20_000
    for at in range(depth):
        program.begin_boolean(SHOULD if at % 2 else MUST, 0)
    program.add_term(SHOULD, corpus.text.postings, corpus.text.terms, 0, 1.0, 0.0, 0.0)
    for _ in range(depth):
        program.end_boolean()
    assert list(windows.matches(program)) == [1, 5, 99]
    assert windows.top(program, 2, 0.0)[0] == windows.top(corpus.program(node), 2, 0.0)[0]


def test_many_clauses() -> None:
    names = {f"t{at}": [at] for at in range(300)}
    corpus = plain(300, **names)
    clauses = [term(name) for name in names]
    for minimum, wanted in ((1, 300), (2, 0)):
        node = Node("boolean", should=clauses, minimum=minimum)
        assert windows.count(corpus.program(node)) == wanted
    assert windows.count(corpus.program(Node("boolean", must=clauses))) == 0
    node = Node("boolean", must=[Node("all")], must_not=clauses[:299])
    assert list(windows.matches(corpus.program(node))) == [299]


def test_minimum_over_the_clauses() -> None:
    corpus = plain(10, a=[1, 2], b=[2, 3])
    for minimum, wanted in ((1, [1, 2, 3]), (2, [2]), (3, [])):
        node = Node("boolean", should=[term("a"), term("b")], minimum=minimum)
        assert list(windows.matches(corpus.program(node))) == wanted


def test_a_minimum_over_16_bits() -> None:
    corpus = plain(2, a=[1])
    node = Node("boolean", should=[term("a")] * 66_000, minimum=66_000)
    assert list(windows.matches(corpus.program(node))) == [1]


def test_no_documents() -> None:
    corpus = Corpus({}, [], {}, {}, set())
    program = corpus.program(Node("all"))
    assert windows.count(program) == 0
    assert windows.top(program, 5, 0.0, True) == ([], 0)
    assert list(windows.score(program, array("I"))) == []


def test_no_hits_wanted() -> None:
    program = plain(10, a=[1, 2]).program(term("a"))
    assert windows.top(program, 0, 0.0) == ([], -1)
    assert windows.top(program, 0, 0.0, True) == ([], 2)
    assert len(windows.top(program, 2**62, 0.0)[0]) == 2


@pytest.mark.parametrize("kind", ["B", "H", "I", "q", "d"])
def test_bounds_of_columns(kind: str) -> None:
    top = {"B": 2**8 - 1, "H": 2**16 - 1, "I": 2**32 - 1, "q": 2**63 - 1, "d": 1e300}[kind]
    rows: list[list[float]] = [[0], [top], [], [1]]
    corpus = Corpus({}, [0] * 4, {}, {kind + "s": rows, kind + "m": rows}, set())
    for form in "sm":
        for low, high, wanted in (
            (0, 0, [0]),
            (top, top, [1]),
            (1, top, [1, 3]),
            (1, 0, []),
            (0, float("inf") if kind == "d" else 2**70, [0, 1, 3]),
        ):
            node = Node("column", column=kind + form, low=low, high=high)
            assert list(windows.matches(corpus.program(node))) == wanted

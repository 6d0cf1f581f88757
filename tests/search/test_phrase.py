"""Phrases against every choice of positions, and on documents made for each rule."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings, strategies as st

import searchkit as sk
from helpers.examples import examples
from helpers.positions import phrase_frequency
from helpers.twins_fields import Text, as_lists
from helpers.twins_search import Corpus, Node, every_choice, score
from searchkit.search import windows

NAMES = "abcd"


def corpus_of(texts: list[Text]) -> Corpus:
    lists, lengths = as_lists(texts)
    for name in NAMES:  # every name has a term, somewhere
        lists.setdefault(name.encode(), [(len(texts), 1, [0])])
    return Corpus(lists, [*lengths, 1], {}, {}, set())


def phrase(slots: list[tuple[int, str]], slop: int = 0, a: float = 1.0) -> Node:
    """Slots as (offset, terms of one letter)."""
    named = [(offset, [c.encode() for c in terms]) for offset, terms in slots]
    return Node("phrase", slots=named, slop=slop, weight=1.0, a=a)


def frequencies(corpus: Corpus, node: Node) -> dict[int, int]:
    """Documents and the phrase's frequency in each, from the scores f / (f + 1)."""
    found, _ = windows.top(corpus.program(node), corpus.docs, 0.0)
    return {doc: round(one / (1 - one)) for one, doc in found}


texts = st.lists(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([1, 1, 1, 0, 2, 101])), max_size=10),
    min_size=1,
    max_size=5,
)
alternatives = st.sets(st.sampled_from(NAMES), min_size=1, max_size=2)
slots = st.lists(st.tuples(st.sampled_from([1, 1, 1, 2, 3]), alternatives), min_size=2, max_size=4)


@settings(max_examples=examples(300))
@given(texts, slots, st.sampled_from([0, 0, 1, 2, 3, 4, 7, 100, 2**63 - 1]))
def test_every_choice(
    steps: list[list[tuple[str, int]]], wanted: list[tuple[int, set[str]]], slop: int
) -> None:
    made: list[Text] = []
    for one in steps:
        at, text = -1, []
        for name, increment in one:
            at = max(0, at + increment)
            text.append((name, at))
        made.append(text)
    offset, parts = 0, []
    for step, names in wanted:
        parts.append((offset, "".join(sorted(names))))
        offset += step
    corpus = corpus_of(made)
    expected = {}
    for doc, text in enumerate(made):
        places = [(o, {at for name, at in text if name in names}) for o, names in parts]
        if all(some for _, some in places):
            freq = every_choice(places, slop)
            assert freq == phrase_frequency(places, slop)  # the oracle's way agrees
            if freq:
                expected[doc] = freq
    assert frequencies(corpus, phrase(parts, slop)) == expected


def text_of(words: str) -> Text:
    return [(word, at) for at, word in enumerate(words.split()) if word != "-"]


@pytest.mark.parametrize(
    ("words", "slots", "slop", "freq"),
    [
        ("a b", [(0, "a"), (1, "b")], 0, 1),
        ("b a", [(0, "a"), (1, "b")], 0, 0),
        ("b a", [(0, "a"), (1, "b")], 1, 0),
        ("b a", [(0, "a"), (1, "b")], 2, 1),  # a swap of neighbours costs 2
        ("a - b", [(0, "a"), (1, "b")], 0, 0),
        ("a - b", [(0, "a"), (2, "b")], 0, 1),
        ("a - b", [(0, "a"), (1, "b")], 1, 1),
        ("a a b", [(0, "a"), (1, "a"), (2, "b")], 0, 1),
        ("a a a a", [(0, "a"), (1, "a")], 0, 3),
        ("a", [(0, "a"), (1, "a")], 5, 0),  # a position serves one slot
        ("a a", [(0, "a"), (1, "a")], 1, 1),
        ("a a", [(0, "a"), (1, "a")], 2, 2),
        ("a b a", [(0, "a"), (1, "b"), (2, "a")], 4, 2),
        ("a b", [(0, "ab"), (1, "ab")], 0, 1),
        ("a b", [(0, "ab"), (1, "ab")], 2, 2),
        ("a a a b", [(0, "a"), (1, "b")], 2, 3),
        ("a - - - b b", [(0, "a"), (1, "b")], 3, 1),
    ],
)
def test_rules(words: str, slots: list[tuple[int, str]], slop: int, freq: int) -> None:
    corpus = corpus_of([text_of(words)])
    assert frequencies(corpus, phrase(slots, slop)) == ({0: freq} if freq else {})


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.sampled_from([0, 0, 1, 3]))
def test_long_documents(seed: int, slop: int) -> None:
    """Positions over several groups of 128, many documents apart."""
    rng = random.Random(seed)
    made: list[Text] = []
    for _ in range(150):
        size = rng.choice([0, 2, 5, 400]) if rng.random() < 0.3 else 0
        made.append([(rng.choice(NAMES[: rng.choice([2, 4])]), at) for at in range(size)])
    corpus = corpus_of(made)
    node = phrase([(0, "a"), (1, rng.choice(["b", "bc", "a"])), (2, "a")], slop)
    wanted = {doc for doc in range(150) if score(corpus, node, doc) is not None}
    assert set(windows.matches(corpus.program(node))) == wanted
    for doc, freq in frequencies(corpus, node).items():
        one = score(corpus, node, doc)
        assert one is not None
        assert freq == round(one / (1 - one))


def test_a_later_slots_frequency_is_no_bound_with_slop() -> None:
    """One b serves many starts: the second window's document is the better one."""
    made = [text_of("a b")] * 4096 + [text_of("a a a a a a a a b")]
    corpus = corpus_of(made)
    node = phrase([(0, "a"), (1, "b")], 10, a=0.3)._replace(b=0.45)
    best, _ = windows.top(corpus.program(node), 1, 0.0)
    assert best == windows.top(corpus.program(node, pruned=False), 1, 0.0)[0]
    assert best[0][1] == 4096


@pytest.mark.parametrize("before", [0, 32_700, 32_766, 32_767, 32_768, 70_000])
def test_phrases_far_into_a_document(before: int) -> None:
    """Places below 32,768 are looked up in marks, those of longer documents merged."""
    chance = random.Random(before)
    words = ["x"] * before + [chance.choice("abc") for _ in range(200)]
    text = " ".join(words)
    index = sk.Index.from_dicts([{"text": text}, {"text": "a b c"}, {"text": text + " c b a"}])
    for query in ("a b", "b a c", "a a", "c b a", "a x b", "x a b", "b c a b"):
        parts = query.split()
        starts = range(len(words) - len(parts) + 1)
        wanted = sum(words[i : i + len(parts)] == parts for i in starts)
        hits = index.search(f'"{query}"', scoring=lambda f, lengths, statistics: f)
        found = {one[3]: one[0] for one in hits._found}
        assert found.get(0, 0) == wanted, query
        assert index.count(f'"{query}"') == len(found)
        assert index.count(f'(+"{query}" +b)') == len(found)

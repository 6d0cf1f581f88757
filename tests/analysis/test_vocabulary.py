"""Vocabulary's ids against their plain-Python twin, and what it asks the filters for."""

from __future__ import annotations

import random

import pytest
import Stemmer
from hypothesis import given, strategies as st

from helpers.twins_analysis import Expansion, Memo
from searchkit import analysis
from searchkit.analysis.analyzer import Analyzer
from searchkit.analysis.scan import Vocabulary
from searchkit.analysis.snowball import Snowball
from searchkit.analysis.tokenizers import StandardTokenizer
from searchkit.analysis.words import native

LONG = 0x80000000
GAP = 0xFFFFFFFF

characters = st.sampled_from(
    "aaabbcAB019 \n\t.,-日本ひカéßÉкИ\u0301\u3099—\x00\U00020000\U0001f600"
)
long_tokens = st.builds(
    lambda character, size: character * size,
    st.sampled_from("aAé日カ"),
    st.sampled_from([20, 21, 22, 31, 32, 33, 63, 64, 65, 66, 128]),
)
values = st.lists(
    st.lists(st.one_of(st.text(characters, max_size=12), long_tokens), max_size=6).map(" ".join),
    max_size=8,
)


ANALYZERS = {
    "standard": analysis.analyzer("standard"),
    "english": analysis.analyzer("english"),
    "german": analysis.analyzer("standard") | analysis.stem("german"),
    "case kept": Analyzer(StandardTokenizer(), (analysis.stem("english"),)),
    "stop": analysis.analyzer("standard") | analysis.stop("english"),
}
STEMS = ["", "run", "gener", "häus", "ab\u0131l", "skY", "knock", "日", "0", "happi", "ying"]
ENDS = ["", "s", "es", "ing", "ning", "ation", "ational", "lich", "keit", "lar", "ly", "'s", "y"]


class Filters:
    """An ``expand`` that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, raws: list[str]) -> list[Expansion]:
        self.asked += raws
        return [((raw, 1),) for raw in raws]


def scan(vocabulary: Vocabulary, batch: list[str]) -> tuple[list[int | str | None], list[int]]:
    """A batch, step by step, in the twin's form: long tokens as they were handed to expand."""
    ids: list[int | str | None] = []
    ends: list[int] = []
    filters = Filters()
    vocabulary.begin(batch)
    known = len(vocabulary.table)
    while vocabulary.step(filters):
        step, step_ends = vocabulary.raw_ids()
        fresh = len(vocabulary.table) - known
        known += fresh
        assert filters.asked[:fresh] == [
            vocabulary.table[at].decode() for at in range(known - fresh, known)
        ]
        longs = filters.asked[fresh:]
        filters.asked = []
        ends += [len(ids) + end for end in step_ends]
        numbers = [one - LONG for one in step if LONG <= one < GAP]
        assert numbers == list(range(len(longs)))
        ids += [None if one == GAP else one if one < LONG else longs[one - LONG] for one in step]
    assert not vocabulary.step(filters)
    return ids, ends


@given(st.booleans(), st.lists(values, max_size=4))
def test_twin(fold: bool, batches: list[list[str]]) -> None:
    vocabulary, memo = Vocabulary(fold), Memo(fold=fold)
    for batch in batches:
        assert scan(vocabulary, batch) == memo.scan(batch)
    tokens = [vocabulary.table[at].decode() for at in range(len(vocabulary.table))]
    assert tokens == list(memo.ids)


@pytest.mark.parametrize(
    "token", ["a" * 32_766, "a" * 32_767, "é" * 16_383, "é" * 16_384, "カ" * 10_922, "カ" * 10_923]
)
def test_the_longest_tokens(token: str) -> None:
    batch = [token, f"b {token} c", token + "A"]
    assert scan(Vocabulary(True), batch) == Memo(fold=True).scan(batch)


@given(st.booleans(), values, values)
def test_clear(fold: bool, first: list[str], second: list[str]) -> None:
    vocabulary = Vocabulary(fold)
    scan(vocabulary, first)
    assert vocabulary.generation == 0
    vocabulary.clear()
    assert vocabulary.generation == 1
    assert len(vocabulary.table) == 0
    assert scan(vocabulary, second) == Memo(fold=fold).scan(second)


def test_many_distinct_tokens() -> None:
    """The table and its arena grow several times; ids stay."""
    rng = random.Random(5)
    batch = [" ".join(f"t{rng.randrange(40_000)}x" for _ in range(1000)) for _ in range(60)]
    vocabulary, memo = Vocabulary(), Memo(fold=False)
    assert scan(vocabulary, batch) == memo.scan(batch)
    assert len(vocabulary.table) > 25_000
    size = vocabulary.nbytes
    assert size > 25_000 * 6
    assert scan(vocabulary, batch) == memo.scan(batch)
    assert vocabulary.nbytes == size


@pytest.mark.parametrize("size", [63, 64, 65, 65_535, 65_536, 65_537, 70_000])
def test_ends_of_values_at_the_ends_of_steps(size: int) -> None:
    batch = ["a " * size, "", "b", "   ", "a " * 64, "c"]
    assert scan(Vocabulary(), batch) == Memo(fold=False).scan(batch)


def test_more_long_tokens_than_a_step_takes() -> None:
    batch = [" ".join(f"{at:0100}" for at in range(2500)) + " end", "x" * 65]
    assert scan(Vocabulary(), batch) == Memo(fold=False).scan(batch)


@given(st.sampled_from(list(ANALYZERS)), st.lists(values, max_size=3))
def test_expansions_with_and_without_the_filters(name: str, batches: list[list[str]]) -> None:
    """Plain words' terms are made without a call, where the filters but lower-case or stem."""
    analyzer = ANALYZERS[name]
    plain, stemmer = native(analyzer)
    vocabulary = Vocabulary(analyzer.folds, None, plain, stemmer)
    asked: list[str] = []

    def expand(raws: list[str]) -> list[Expansion]:
        asked.extend(raws)
        return analyzer.expand(raws)

    for batch in [*batches, ["Running RUNNERS ran, the generously's 1990s éCOLEs 日本 y ying s"]]:
        vocabulary.begin(batch)
        while vocabulary.step(expand):
            pass
    raws = [vocabulary.table[at].decode() for at in range(len(vocabulary.table))]
    assert [vocabulary.expansion(at) for at in range(len(raws))] == analyzer.expand(raws)
    if plain:  # not for what str.lower knows by itself
        assert all(
            len(raw.encode()) > 64 or set(raw) & set("Σİ") or max(raw) > "\uffff" for raw in asked
        )


def test_lower_case_is_pythons() -> None:
    """Of every character of the first plane, without asking but for two."""
    analyzer = ANALYZERS["standard"]
    vocabulary, asked = Vocabulary(True, None, *native(analyzer)), list[str]()

    def expand(raws: list[str]) -> list[Expansion]:
        asked.extend(raws)
        return analyzer.expand(raws)

    batch = [f"x{chr(c)}" for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    vocabulary.begin(batch)
    while vocabulary.step(expand):
        pass
    raws = [vocabulary.table[at].decode() for at in range(len(vocabulary.table))]
    assert [vocabulary.expansion(at) for at in range(len(raws))] == [
        ((r.lower(), 1),) for r in raws
    ]
    assert len(raws) > 100_000
    assert sorted(raw for raw in asked if raw < "x\uffff") == ["xİ", "xΣ"]


@pytest.mark.parametrize("language", ["english", "german", "turkish", "porter"])
def test_stems_are_those_of_pystemmer(language: str) -> None:
    stemmer = analysis.stem(language).native()
    if stemmer is None:
        pytest.skip("PyStemmer's library doesn't show libstemmer's functions here")
    words = [stem + end for stem in STEMS for end in ENDS]
    stems = Stemmer.Stemmer(language, 0).stemWords(words)
    assert [stemmer(word) for word in words] == [s or w for s, w in zip(stems, words)]


def test_no_such_stemmer() -> None:
    with pytest.raises(LookupError):
        Snowball(Stemmer.__file__, "klingon")
    with pytest.raises(LookupError):
        Snowball("nowhere.so", "english")


def test_without_the_librarys_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The filter is asked for every word then."""
    monkeypatch.setattr(Stemmer.__spec__, "origin", "nowhere.so")
    assert native(ANALYZERS["english"]) == (False, None)
    assert analysis.stem("english").apply(["running", "the"]) == ["run", "the"]


def test_every_token_is_asked_for_once() -> None:
    vocabulary, filters = Vocabulary(True), Filters()
    for batch in (["b A b a"], ["a c B"]):
        vocabulary.begin(batch)
        while vocabulary.step(filters):
            pass
    assert filters.asked == ["b", "a", "c"]


def test_long_tokens_are_asked_for_every_time() -> None:
    vocabulary, filters = Vocabulary(True), Filters()
    long = "X" * 65
    for _ in range(2):
        vocabulary.begin([long, long])
        while vocabulary.step(filters):
            pass
    assert filters.asked == [long] * 4
    assert len(vocabulary.table) == 0


@pytest.mark.parametrize("outputs", [[], [()], [()] * 3])
@pytest.mark.parametrize("batch", [["one two"], ["x" * 65, "y" * 65]])
def test_one_output_a_token(outputs: list[Expansion], batch: list[str]) -> None:
    vocabulary = Vocabulary()
    vocabulary.begin(batch)
    with pytest.raises(ValueError, match="one output a token"):
        vocabulary.step(lambda raws: outputs)


def test_an_error_of_the_filters_comes_through() -> None:
    def fails(raws: list[str]) -> list[Expansion]:
        raise KeyError(raws[0])

    vocabulary = Vocabulary()
    vocabulary.begin(["one"])
    with pytest.raises(KeyError, match="one"):
        vocabulary.step(fails)
    # the next batch goes on; what wasn't answered is asked for again
    filters = Filters()
    vocabulary.begin(["two one"])
    assert vocabulary.step(filters)
    assert filters.asked == ["one", "two"]
    assert vocabulary.raw_ids() == ([1, 0], [2])


def test_clear_ends_a_batch() -> None:
    vocabulary = Vocabulary()
    vocabulary.begin(["one"])
    vocabulary.clear()
    assert not vocabulary.step(Filters())
    assert scan(vocabulary, ["two"]) == ([0], [1])


def test_clear_gives_memory_back() -> None:
    vocabulary = Vocabulary()
    words = [f"w{number}" for number in range(5_000)]
    for _ in range(2):
        assert scan(vocabulary, [" ".join(words)]) == (list(range(5_000)), [5_000])
        assert vocabulary.nbytes > 2 * Vocabulary().nbytes
        vocabulary.clear()
        assert vocabulary.nbytes == Vocabulary().nbytes


def test_values_must_be_text() -> None:
    vocabulary = Vocabulary()
    with pytest.raises(UnicodeEncodeError):
        scan(vocabulary, ["fine", "\ud800"])
    with pytest.raises(TypeError):
        vocabulary.begin([b"bytes"])  # type: ignore[list-item]
    assert scan(vocabulary, ["fine"]) == ([0], [1])


def test_no_values() -> None:
    assert scan(Vocabulary(), []) == ([], [])
    assert scan(Vocabulary(), [""]) == ([], [0])


@pytest.mark.parametrize("strange", ["é", "ж", "日", "\U00020000", "\u07ff", "\u0800", "\uffff"])
def test_strings_of_every_kind(strange: str) -> None:
    """However many bytes Python keeps a character in, and wherever it stands among ASCII."""
    batch = ["ab " * 3 + "c" * i + strange + "d" * j for i in range(18) for j in (0, 7, 17)]
    batch += [strange, strange * 40, "plain", ""]
    assert scan(Vocabulary(), batch) == Memo(fold=False).scan(batch)

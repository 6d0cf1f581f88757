"""The filters one by one."""

from __future__ import annotations

import pickle
import sys
import threading
import time
import unicodedata

import pytest
from hypothesis import given, strategies as st

from helpers import analysis_parts
from searchkit.analysis import analyzer, fold, length, lowercase, shingles, stem, stop
from searchkit.analysis.filters import Custom, Function, Lowercase, as_filter
from searchkit.analysis.languages import CODES, SNOWBALL
from searchkit.analysis.stopwords import STOP_WORDS
from searchkit.errors import SchemaError


@given(st.lists(st.text()))
def test_lowercase_is_str_lower(terms: list[str]) -> None:
    assert lowercase.apply(terms) == [term.lower() for term in terms]


@given(st.text(st.one_of(st.sampled_from("AZaz09ΣσİıßǅÀ\u0307\u212a"), st.characters())))
def test_the_scanner_may_lower_ascii_first(raw: str) -> None:
    ascii_lowered = "".join(c.lower() if c.isascii() else c for c in raw)
    assert lowercase.apply([ascii_lowered]) == lowercase.apply([raw])


@pytest.mark.parametrize(
    ("term", "folded"),
    [
        ("Łódź", "Lodz"), ("straße", "strasse"), ("Ærøskøbing", "AEroskobing"), ("été", "ete"),
        ("e\u0301te\u0301", "ete"), ("ﬁn", "fin"), ("ＡＢＣ", "ABC"), ("x²", "x2"),
        ("İstanbul".lower(), "istanbul"), ("ısı", "isi"), ("Đặng", "Dang"), ("þorn", "thorn"),
        ("Ελλάδα", "Ελλαδα"), ("ёлка", "елка"), ("قُرْآن", "قران"), ("שָׁלוֹם", "שלום"),
        ("한국어", "한국어"), ("हिन्दी", "हिन्दी"), ("が", "が"), ("ก็", "ก็"), ("plain", "plain"),
    ],
)  # fmt: skip
def test_fold(term: str, folded: str) -> None:
    assert fold.apply([term]) == [folded]


@given(st.text(max_size=40))
def test_fold_twice_is_fold_once_and_form_does_not_matter(text: str) -> None:
    (once,) = fold.apply([text])
    assert fold.apply([once]) == [once]
    for form in ("NFC", "NFD"):
        assert fold.apply([unicodedata.normalize(form, text)]) == [once]


def test_fold_of_marks_alone_leaves_a_gap() -> None:
    assert (analyzer("standard") | fold).terms("a \u0301 b") == [("a", 0), ("b", 2)]


@pytest.mark.parametrize("marks", ["\u0301\u0327", "\u0f71\u0f74"])
def test_fold_of_long_runs_of_marks_stays_linear(marks: str) -> None:
    began = time.perf_counter()
    fold.apply(["a" + marks * 5_000] * 10)
    assert time.perf_counter() - began < 5


def test_stop() -> None:
    assert stop("english").apply(["the", "end", "The"]) == [None, "end", "The"]
    assert stop(["end"]).apply(["the", "end"]) == ["the", None]
    assert stop("en") == stop("english") != stop("german")
    assert stop(["b", "a"]) == stop({"a", "b"}) != stop(["a"])


@pytest.mark.parametrize("words", ["klingon", "", 5, None, [1], [b"the"]])
def test_wrong_stop_words(words: object) -> None:
    with pytest.raises(SchemaError) as caught:
        stop(words)  # type: ignore[arg-type]
    assert caught.value.hint


@pytest.mark.parametrize("language", sorted(STOP_WORDS))
def test_stop_words_are_tokens_of_the_standard_analyzer(language: str) -> None:
    words = STOP_WORDS[language].split()
    assert len(words) == len(set(words)) > 80
    assert [term for term, _ in analyzer("standard").terms(" ".join(words))] == words
    assert language in SNOWBALL


def test_length() -> None:
    terms = ["", "a", "ab", "abc", "日本"]
    assert length(2).apply(terms) == [None, None, "ab", "abc", "日本"]
    assert length(1, 2).apply(terms) == [None, "a", "ab", None, "日本"]
    assert length(maximum=1).apply(terms) == [None, "a", None, None, None]


@pytest.mark.parametrize("numbers", [(-1,), (3, 2), (0, 0), ("2",), (1, 2.0), (True,)])
def test_wrong_lengths(numbers: tuple[int, ...]) -> None:
    with pytest.raises(SchemaError):
        length(*numbers)


def test_stem() -> None:
    assert stem("english").apply(["running", "flies", "日本"]) == ["run", "fli", "日本"]
    assert stem("de").apply(["häuser"]) == ["haus"]
    assert stem("GERMAN") == stem("ger") == stem("german") != stem("english")


@pytest.mark.parametrize("language", sorted(SNOWBALL))
def test_every_language_stems_anything(language: str) -> None:
    terms = ["a", "running", "häuser", "бежать", "日本", "\u0301", "x" * 1000, "5"]
    stems = stem(language).apply(terms)
    assert len(stems) == len(terms)
    assert all(type(stemmed) is str and stemmed for stemmed in stems)


def test_all_of_pystemmers_algorithms_are_known() -> None:
    stemmer = pytest.importorskip("Stemmer")
    for language in stemmer.algorithms():
        assert stem(language).language == language
    assert set(CODES.values()) <= SNOWBALL


@pytest.mark.parametrize("language", ["klingon", "", None, 5, "english "])
def test_wrong_language(language: object) -> None:
    with pytest.raises(SchemaError):
        stem(language)  # type: ignore[arg-type]


def test_without_pystemmer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "Stemmer", None)
    with pytest.raises(SchemaError, match="pip install PyStemmer"):
        analyzer("english").terms("words")
    with pytest.raises(SchemaError, match="no stemmer"):
        stem("klingon")


def test_one_stemmer_in_many_threads() -> None:
    words = [f"{prefix}ing" for prefix in "abcdefghijklmnopqrstuvwxyz"] * 50
    shared = stem("english")
    expected = shared.apply(words)
    wrong: list[int] = []

    def work() -> None:
        wrong.extend(1 for _ in range(40) if shared.apply(words) != expected)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_shingles() -> None:
    pairs = analyzer("standard") | stop(["of"]) | shingles(2)
    assert pairs.terms("The house of two red cats") == [
        ("the", 0), ("the house", 0), ("house", 1),
        ("two", 3), ("two red", 3), ("red", 4), ("red cats", 4), ("cats", 5),
    ]  # fmt: skip
    assert (analyzer("standard") | shingles(3)).terms("a b c d") == [
        ("a", 0), ("a b c", 0), ("b", 1), ("b c d", 1), ("c", 2), ("d", 3),
    ]  # fmt: skip
    with pytest.raises(SchemaError):
        shingles(1)


def test_shingles_of_stacked_words_take_the_first() -> None:
    chain = analyzer("standard") | analysis_parts.synonyms | shingles(2)
    assert chain.terms("car race") == [
        ("car", 0), ("automobile", 0), ("car race", 0), ("race", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "target",
    [None, 5, "english", b"x", str, Lowercase, stop, stem, shingles, length, analysis_parts.Suffix],
)
def test_no_filter(target: object) -> None:
    with pytest.raises(SchemaError) as caught:
        analyzer("standard") | target
    assert caught.value.hint


def test_equality_and_pickling() -> None:
    filters = [
        lowercase, fold, stop("english"), stop(["a"]), length(2, 5), stem("german"), shingles(3),
        as_filter(analysis_parts.first_four), as_filter(analysis_parts.Suffix("s")),
    ]  # fmt: skip
    assert len(set(filters)) == len(filters)
    for one in filters:
        copy = pickle.loads(pickle.dumps(one))
        assert copy == one
        assert hash(copy) == hash(one)
        assert repr(copy) == repr(one)
    assert as_filter(analysis_parts.Suffix("s")) != as_filter(analysis_parts.Suffix("t"))
    function = lambda term: term  # noqa: E731
    assert Function(function) == Function(function) != Function(lambda term: term)
    kept = analysis_parts.Kept({"a"})
    assert as_filter(kept) == as_filter(kept) != as_filter(analysis_parts.Kept({"a"}))
    assert Custom(analysis_parts.Backwards()) == Custom(analysis_parts.Backwards())

"""PlainWords: what it makes of words is what the analyzer makes of them."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from hypothesis import given, strategies as st

from searchkit.analysis import analyzer, length, stop
from searchkit.analysis.words import PlainWords

letters = "abcdefghijklmnopqrstuvwxyz"
word = st.text(letters + letters.upper() + "0123456789", min_size=1, max_size=12)


def doubled(one: str) -> str:
    return one + one


ANALYZERS = [
    analyzer("standard"),
    analyzer("english"),
    analyzer("german"),
    analyzer("standard") | doubled,
    analyzer("english") | doubled,
    analyzer("standard") | stop("english"),
    analyzer("standard") | length(3),
    analyzer(str.split),
]


@given(st.sampled_from(ANALYZERS), st.lists(word, min_size=1, max_size=5))
def test_equals_the_analyzer(chosen: Any, words: list[str]) -> None:
    found = PlainWords(chosen).terms(words)
    assert found == chosen.plain_terms(words)
    if found is not None:
        assert found == [term for term, _ in chosen.terms(" ".join(words))]


def test_threads_share_a_stemmer() -> None:
    words = PlainWords(analyzer("english"))
    asked = [f"{start}{end}" for start in ("run", "walk", "jump") for end in ("ning", "ed", "s")]
    wanted = analyzer("english").plain_terms(asked)
    wrong = []

    def work() -> None:
        for _ in range(200):
            if words.terms(asked) != wanted:
                wrong.append(1)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_takes_an_analyzer() -> None:
    with pytest.raises(TypeError):
        PlainWords(None)  # type: ignore[arg-type]

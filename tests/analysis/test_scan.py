"""``cut`` against its plain-Python twin."""

from __future__ import annotations

import unicodedata

from hypothesis import given, strategies as st

from helpers.scan_twin import cut as twin, pairs
from searchkit.analysis.scan import cut


def _settled(character: str) -> bool:
    """Assigned since Unicode 3.2 and never changed: the same in every Python."""
    old = unicodedata.ucd_3_2_0.category(character)
    return old != "Cn" and old[0] == unicodedata.category(character)[0]


characters = st.one_of(
    st.sampled_from("aZ09 _-'.,\x00\u0301\u3099日本ひらカナ々〇한글éßकि\U00020000\U0001f600"),
    st.characters(exclude_categories=("Cs",)).filter(_settled),
)


@given(st.text(characters))
def test_twin(text: str) -> None:
    data = text.encode()
    assert pairs(cut(data)) == twin(data)


def test_examples() -> None:
    def words(text: str) -> list[str]:
        data = text.encode()
        return [data[start:end].decode() for start, end in pairs(cut(data))]

    assert words("state-of-the-art, isn't it?") == [
        "state", "of", "the", "art", "isn", "t", "it",
    ]  # fmt: skip
    assert words("snake_case x2 3.14") == ["snake", "case", "x2", "3", "14"]
    assert words("日本語のテキスト") == ["日", "本", "語", "の", "テキスト"]
    assert words("か\u3099く") == ["か\u3099", "く"]
    assert words("cafe\u0301 हिन्दी") == ["cafe\u0301", "हिन्दी"]
    assert words("abc日def") == ["abc", "日", "def"]
    assert words("") == words(" \n\u2003—!") == []


def test_every_character_alone() -> None:
    for code in range(0x110000):
        character = chr(code)
        if not 0xD800 <= code < 0xE000 and _settled(character):
            data = character.encode()
            assert pairs(cut(data)) == twin(data), hex(code)


def test_long_token() -> None:
    data = ("é" * 300_000).encode()
    assert pairs(cut(data)) == [(0, 600_000)]

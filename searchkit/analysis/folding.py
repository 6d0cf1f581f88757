"""Folding to ASCII: accents off, letters outside ASCII spelt with it.

By Unicode's compatibility decomposition (UAX #15, NFKD) without its accents, and a table
for the Latin letters that decompose into nothing. Other scripts keep what spells them:
vowel signs, viramas, voicing marks and tone marks stay, Hangul is composed again; Greek,
Cyrillic, Hebrew and Arabic lose accents and points.
"""

from __future__ import annotations

from unicodedata import combining, normalize

__all__ = ["fold_text"]

_LETTERS = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ł": "l", "Ł": "L",
    "ı": "i", "ħ": "h", "Ħ": "H", "ŋ": "n", "Ŋ": "N", "ŧ": "t", "Ŧ": "T", "ĸ": "k",
    "ƀ": "b", "Ƀ": "B", "ɓ": "b", "Ɓ": "B", "ƈ": "c", "Ƈ": "C", "ȼ": "c", "Ȼ": "C",
    "ɖ": "d", "Ɖ": "D", "ɗ": "d", "Ɗ": "D", "ƌ": "d", "Ƌ": "D", "ə": "a", "Ə": "A",
    "ɛ": "e", "Ɛ": "E", "ɇ": "e", "Ɇ": "E", "ƒ": "f", "Ƒ": "F", "ɠ": "g", "Ɠ": "G",
    "ǥ": "g", "Ǥ": "G", "ɨ": "i", "Ɨ": "I", "ɩ": "i", "Ɩ": "I", "ɉ": "j", "Ɉ": "J",
    "ȷ": "j", "ƙ": "k", "Ƙ": "K", "ƚ": "l", "Ƚ": "L", "ɫ": "l", "Ɫ": "L", "ɱ": "m",
    "ɲ": "n", "Ɲ": "N", "ƞ": "n", "Ƞ": "N", "ɔ": "o", "Ɔ": "O", "ɵ": "o", "Ɵ": "O",
    "ƥ": "p", "Ƥ": "P", "ɋ": "q", "Ɋ": "Q", "ɍ": "r", "Ɍ": "R", "ʂ": "s", "ȿ": "s",
    "ƭ": "t", "Ƭ": "T", "ʈ": "t", "Ʈ": "T", "ⱦ": "t", "Ⱦ": "T", "ʉ": "u", "Ʉ": "U",
    "ʋ": "v", "Ʋ": "V", "ⱳ": "w", "Ⱳ": "W", "ƴ": "y", "Ƴ": "Y", "ɏ": "y", "Ɏ": "Y",
    "ƶ": "z", "Ƶ": "Z", "ȥ": "z", "Ȥ": "Z", "ɀ": "z", "Ɀ": "Z", "ȣ": "ou", "Ȣ": "OU",
    "ƕ": "hv", "Ƕ": "HV", "ⱡ": "l", "Ⱡ": "L", "ɽ": "r", "Ɽ": "R", "ⱥ": "a", "Ⱥ": "A",
    "ꜳ": "aa", "Ꜳ": "AA", "ꜵ": "ao", "Ꜵ": "AO", "ꝥ": "th", "Ꝥ": "TH", "⁄": "/",
}  # fmt: skip
_LONG = 128
_TABLE = str.maketrans(_LETTERS)


def fold_text(text: str) -> str:
    """``text`` folded; may be empty where it was nothing but accents."""
    if len(text) > _LONG:
        # Normalising sorts runs of marks in quadratic time; nothing this long is a word,
        # so its characters are folded one by one.
        return "".join(map(fold_text, text))
    parts = normalize("NFKD", text)
    kept = "".join([c for c in parts if not _is_accent(combining(c))])
    return normalize("NFC", kept.translate(_TABLE))


def _is_accent(combining_class: int) -> bool:
    """Overlays, Hebrew and Arabic points (10 to 36), marks above, below and attached; not
    nukta, kana voicing, virama (7 to 9) and the vowel and tone signs (84 to 132)."""
    return combining_class == 1 or 10 <= combining_class <= 36 or combining_class >= 200

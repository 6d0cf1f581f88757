"""Filters and tokenizers as users write them, in a module that can be imported."""

from __future__ import annotations

from typing import Any


def first_four(token: str) -> str:
    return token[:4]


def synonyms(token: str) -> list[str]:
    return [token, "automobile"] if token == "car" else [token]


def on_commas(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


class Suffix:
    """A filter with an argument, which can be kept in an index."""

    def __init__(self, suffix: str) -> None:
        self.suffix = suffix

    def apply(self, terms: list[str]) -> list[Any]:
        return [term + self.suffix for term in terms]

    def to_json(self) -> dict[str, Any]:
        return {"suffix": self.suffix}


class Kept:
    """A callable with an argument, which can't be kept: it has no ``to_json``."""

    def __init__(self, words: set[str]) -> None:
        self.words = words

    def __call__(self, token: str) -> str | None:
        return token if token in self.words else None


class Backwards:
    """A stream filter: the tokens in reverse."""

    stream = True

    def apply_stream(self, terms: list[str], positions: list[int]) -> tuple[list[str], list[int]]:
        return terms[::-1], positions

    def to_json(self) -> dict[str, Any]:
        return {}


class Characters:
    """A tokenizer with an argument: every ``step`` characters a token, as spans."""

    def __init__(self, step: int) -> None:
        self.step = step

    def __call__(self, text: str) -> list[tuple[int, int]]:
        return [
            (start, min(start + self.step, len(text))) for start in range(0, len(text), self.step)
        ]

    def to_json(self) -> dict[str, Any]:
        return {"step": self.step}

"""Classes of queries, drawn from a collection's own text by a seeded procedure.

Words are ASCII letters in lower case. A word's share is the part of a sample of documents that it
is in. Terms are frequent (a share of 10 to 50%), middling (1 to 3%) or rare (a single document of
the sample). The words of an intersection, union, mixed or negated query stand together in one
document and have shares of 0.5 to 30%; running words and phrases are taken as they stand in the
text, running words with at least one whose share is over 30%.
"""

from __future__ import annotations

import random
import re
from collections import Counter

from corpus import Corpus

SAMPLE = 3_000  # documents, spread over the collection

Classes = dict[str, list[str]]


def draw(corpus: Corpus, number: int, seed: int = 5) -> Classes:
    """``number`` queries of every class: their texts by the class's name."""
    chance = random.Random(seed)
    shares, texts = sample(corpus)

    def between(low: float, high: float) -> list[str]:
        return sorted(w for w, n in shares.items() if low <= n / len(texts) < high and plain(w))

    content, common = set(between(0.005, 0.3)), set(between(0.3, 1.1))

    def together(count: int) -> list[str]:
        while True:
            words = sorted({w for w in chance.choice(texts) if w in content})
            if len(words) >= count:
                return chance.sample(words, count)

    def running(count: int) -> list[str]:
        while True:
            words = chance.choice(texts)
            if len(words) > count:
                start = chance.randrange(len(words) - count)
                if all(map(plain, words[start : start + count])):
                    return words[start : start + count]

    def words_with_common() -> str:
        while True:
            words = running(chance.randint(5, 8))
            if common.intersection(words):
                return " ".join(words)

    def many(form: str, count: int) -> list[str]:
        return [form.format(*together(count)) for _ in range(number)]

    rare = sorted(w for w, n in shares.items() if n == 1 and plain(w) and len(w) > 3)
    return {
        "frequent term": chance.sample(between(0.1, 0.5), min(number, len(between(0.1, 0.5)))),
        "middling term": chance.sample(between(0.01, 0.03), number),
        "rare term": chance.sample(rare, number),
        "and, 2": many("+{} +{}", 2),
        "and, 3": many("+{} +{} +{}", 3),
        "and, 4": many("+{} +{} +{} +{}", 4),
        "or, 2": many("{} {}", 2),
        "or, 3": many("{} {} {}", 3),
        "or, 4": many("{} {} {} {}", 4),
        "or, running words": [words_with_common() for _ in range(number)],
        "phrase, 2": [f'"{" ".join(running(2))}"' for _ in range(number)],
        "phrase, 3": [f'"{" ".join(running(3))}"' for _ in range(number)],
        "sloppy phrase": [f'"{" ".join(running(2))}"~2' for _ in range(number)],
        "required and optional": many("+{} {} {}", 3),
        "or, one excluded": many("{} {} -{}", 3),
        "and, one excluded": many("+{} +{} -{}", 3),
    }


def sample(corpus: Corpus) -> tuple[Counter[str], list[list[str]]]:
    """A sample of the documents, as words in lower case, and in how many each word is."""
    step = max(corpus.documents // SAMPLE, 1)
    texts = [
        re.findall(r"\w+", document["text"].lower())
        for at, document in enumerate(corpus.read())
        if at % step == 0
    ]
    texts = [words for words in texts if len(words) >= 12]
    return Counter(word for words in texts for word in set(words)), texts


def plain(word: str) -> bool:
    """Whether every engine reads it as one word: ASCII letters, two or more."""
    return word.isascii() and word.isalpha() and len(word) > 1

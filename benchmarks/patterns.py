"""Classes of the queries that `asked.py` tells of, drawn from a collection by a seeded procedure.

Patterns are made of the stems of words that are in 0.5 to 30% of a sample's documents, so that they
match terms as the index has them; the stemmer leaves prefixes as they are, so that an engine which
stems them, too, asks the same. Words near each other stand in one text at most five positions
apart.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from classes import Classes, plain, sample
from corpus import SHARES, Corpus

LETTERS = "abcdefghijklmnopqrstuvwxyz"
KEPT = {"50%": SHARES // 2, "10%": SHARES // 10, "1%": SHARES // 100}
DISTANCE = 5


def draw(corpus: Corpus, number: int, stem: Callable[[str], str], seed: int = 9) -> Classes:
    """``number`` queries of every class: their lines by the class's name."""
    chance = random.Random(seed)
    shares, texts = sample(corpus)
    content = sorted(
        word for word, n in shares.items() if 0.005 <= n / len(texts) <= 0.3 and plain(word)
    )
    stems = sorted({stem(word) for word in content} - {""})
    long = [one for one in stems if len(one) >= 5]

    def prefix(letters: int) -> str:
        while True:
            start = chance.choice(stems)[:letters]
            if len(start) == letters and stem(start) == start:
                return f"@prefix {start}"

    def wildcard(number: int) -> str:
        one = chance.choice(long)
        at = chance.randrange(1, 3)
        return (
            "@wildcard "
            + (
                f"{one[:at]}?{one[at + 1 : 4]}*",
                f"*{one[-chance.randint(3, 4) :]}",
                f"{one[:2]}*{one[-2:]}",
            )[number % 3]
        )

    def regex(number: int) -> str:
        one, other = chance.sample(long, 2)
        at = chance.randrange(1, 4)
        return (
            "@regex "
            + (
                f"{one[:at]}.{one[at + 1 :]}",
                f"({one[:3]}|{other[:3]})[a-z]+",
                f"{one[:2]}[{one[2]}{other[2]}].*{one[-1]}",
                f"[{one[0]}{other[0]}].*{one[-3:]}",
                f"{one[:3]}[a-z]{{2,4}}",
            )[number % 5]
        )

    def edited(edits: int) -> str:
        word = chance.choice(long)
        for _ in range(edits):
            at = chance.randrange(1, len(word))
            letter = chance.choice(LETTERS)
            rest = word[at + chance.randint(0, 1) :]
            word = word[:at] + letter * chance.randint(0, 1) + rest
        return word

    def between(kept: int, field: str) -> str:
        if field == "share":
            low = chance.randrange(SHARES - kept + 1)
            return f"share {low} {low + kept - 1}"
        low = chance.randrange(len(lengths) * (SHARES - kept) // SHARES)
        return f"length {lengths[low]} {lengths[low + len(lengths) * kept // SHARES - 1]}"

    def union() -> str:
        while True:
            words = sorted(set(chance.choice(texts)).intersection(common))
            count = chance.randint(2, 3)
            if len(words) >= count:
                return " ".join(chance.sample(words, count))

    def near() -> str:
        while True:
            words = chance.choice(texts)
            at = chance.randrange(len(words) - DISTANCE)
            one, other = words[at], words[at + chance.randint(1, DISTANCE)]
            if plain(one) and plain(other) and stem(one) != stem(other):
                return f"{DISTANCE} {one} {other}"

    def many(make: Callable[[int], str]) -> list[str]:
        found: dict[str, None] = {}
        for at in range(20 * number):
            if len(found) < number:
                found[make(at)] = None
        return list(found)

    common = set(content)
    lengths = sorted(document["length"] for document in corpus.read())
    edits = {f"~{n}": list(dict.fromkeys(edited(n) for _ in range(number))) for n in (1, 2)}
    made = {
        "prefix, 2-3 letters": many(lambda _: prefix(chance.randint(2, 3))),
        "prefix, 4-6 letters": many(lambda _: prefix(chance.randint(4, 6))),
        "wildcard": many(wildcard),
        "regex": many(regex),
    }
    for name, words in edits.items():
        for scored in ("constant", "blended"):
            made[f"fuzzy {name}, {scored}"] = [f"@fuzzy {scored} {name[1:]} {w}" for w in words]
    for name, kept in KEPT.items():
        made[f"range, {name}"] = many(
            lambda at, kept=kept: f"@range {between(kept, ('share', 'length')[at % 2])}"
        )
    unions = [union() for _ in range(number)]
    for name, kept in KEPT.items():
        made[f"filtered union, {name}"] = [f"@filter {between(kept, 'share')} {w}" for w in unions]
    pairs = many(lambda _: near())
    made["near"] = [f"@near {pair}" for pair in pairs]
    made["near, ordered"] = [f"@onear {pair}" for pair in pairs]
    return made

"""Scoring models: from statistics of a collection to the numbers that the kernels take.

A kernel scores a term or phrase by its frequency f in a document and the length len of the
field, in tokens, with the weight w and a, b, c, in one of three ways (``kind``):

- 0: ``w * (f / (f + a + b * len) + c)``
- 1: ``w * (1 + ln f)``
- 2: ``w * max(0, ln(1 + f / a) + ln(b / (b + len)))``

All rise with f, fall with len and are never negative, so that impacts bound them.
"""

from __future__ import annotations

from math import exp, log

from searchkit.errors import OptionError

__all__ = ["BM25", "TFIDF", "BM25Plus", "Dirichlet", "Scoring"]


class Scoring:
    """A scoring model; one of the classes below. Models with the same numbers are equal."""

    __slots__ = ("_identity",)
    _identity: tuple[type, tuple[tuple[str, float], ...]]
    kind = 0
    c = 0.0
    by_collection = False
    """Whether a term's weight comes from its frequency in the whole collection."""

    def __init__(self, **numbers: float) -> None:
        for name, value in numbers.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise OptionError(f"{name}={value!r} is no number", hint="give a float")
        self._identity = (type(self), tuple(numbers.items()))

    def idf(self, df: int, docs: int) -> float:
        """The weight of a term that ``df`` of ``docs`` documents have."""
        raise NotImplementedError

    def saturation(self, docs: int, total: int) -> tuple[float, float]:
        """``a`` and ``b`` for a field that ``docs`` documents have, of ``total`` tokens."""
        return 0.0, 0.0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scoring) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name}={value!r}" for name, value in self._identity[1])
        return f"{type(self).__name__}({numbers})"


class BM25(Scoring):
    """Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and
    Beyond", 2009), with Lucene's idf, which is never negative, and without the factor k1 + 1,
    which changes no order (Lucene leaves it out since version 8).

    ``k1`` from 0 up: how much further occurrences count; ``b`` from 0 to 1: how much length does.
    """

    __slots__ = ("b", "k1")

    def __init__(self, k1: float = 1.2, b: float = 0.75) -> None:
        super().__init__(k1=k1, b=b)
        self.k1 = _between("k1", k1, 0, 1e6)
        self.b = _between("b", b, 0, 1)

    def idf(self, df: int, docs: int) -> float:
        """ln(1 + (N - df + 0.5) / (df + 0.5)), N being ``docs``."""
        return log(1 + (docs - df + 0.5) / (df + 0.5))

    def saturation(self, docs: int, total: int) -> tuple[float, float]:
        if not total:
            return self.k1, 0.0
        return self.k1 * (1 - self.b), self.k1 * self.b * docs / total


class BM25Plus(BM25):
    """BM25+ (Lv and Zhai, "Lower-bounding term frequency normalization", CIKM 2011): a match
    counts for at least ``delta``, however long the document; with the factor k1 + 1 and the
    idf ln((N + 1) / df) of the paper."""

    __slots__ = ("c", "delta")

    def __init__(self, k1: float = 1.2, b: float = 0.75, delta: float = 1.0) -> None:
        Scoring.__init__(self, k1=k1, b=b, delta=delta)
        self.k1 = _between("k1", k1, 0, 1e6)
        self.b = _between("b", b, 0, 1)
        self.delta = _between("delta", delta, 0, 1e6)
        self.c = self.delta / (self.k1 + 1)

    def idf(self, df: int, docs: int) -> float:
        """(k1 + 1) * ln((N + 1) / df), N being ``docs``."""
        return (self.k1 + 1) * log((docs + 1) / df)


class TFIDF(Scoring):
    """(1 + ln f) * ln(N / df): Manning, Raghavan and Schütze, "Introduction to Information
    Retrieval", 2008, section 6.4.1. Lengths don't count."""

    __slots__ = ()
    kind = 1

    def idf(self, df: int, docs: int) -> float:
        """ln(N / df), N being ``docs``."""
        return log(docs / df)


class Dirichlet(Scoring):
    """Query likelihood with Dirichlet smoothing (Zhai and Lafferty, "A study of smoothing methods
    for language models applied to information retrieval", 2004): of each term
    ln(1 + f / (mu * p)) + ln(mu / (mu + len)), p being its share of the collection's tokens,
    but never below 0. A phrase's p is the product of its terms'.

    ``mu``, above 0, in tokens: how much the collection counts beside the document.
    """

    __slots__ = ("mu",)
    kind = 2
    by_collection = True

    def __init__(self, mu: float = 2000.0) -> None:
        super().__init__(mu=mu)
        self.mu = _between("mu", mu, 1e-6, 1e12)

    def idf(self, df: int, docs: int) -> float:
        return 1.0

    def saturation(self, docs: int, total: int) -> tuple[float, float]:
        return self.mu, float(self.mu)

    def smoothed(self, shares: list[float]) -> float:
        """``a`` of a term or phrase whose terms have these shares of the collection."""
        return max(self.mu * exp(sum(map(log, shares))), 1e-30)


def _between(name: str, value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise OptionError(f"{name}={value!r}", hint=f"{name} lies between {low:g} and {high:g}")
    return value

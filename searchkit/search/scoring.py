"""Scoring models: from statistics of a collection to the numbers that the kernels take.

A kernel scores a term as ``weight * f / (f + a + b * length)``, f being its frequency in
the document and length the field's number of tokens.
"""

from __future__ import annotations

from math import log

__all__ = ["BM25"]


class BM25:
    """Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and
    Beyond", 2009), with Lucene's idf, which is never negative, and without the factor k1 + 1,
    which changes no order (Lucene leaves it out since version 8).
    """

    __slots__ = ("b", "k1")

    def __init__(self, k1: float = 1.2, b: float = 0.75) -> None:
        self.k1 = k1
        self.b = b

    def idf(self, df: int, docs: int) -> float:
        """The weight of a term that ``df`` of ``docs`` (N) documents have:
        ln(1 + (N - df + 0.5) / (df + 0.5))."""
        return log(1 + (docs - df + 0.5) / (df + 0.5))

    def saturation(self, docs: int, total: int) -> tuple[float, float]:
        """``a`` and ``b`` of the kernels, for a field that ``docs`` documents have, of
        ``total`` tokens together."""
        if not total:
            return self.k1, 0.0
        return self.k1 * (1 - self.b), self.k1 * self.b * docs / total

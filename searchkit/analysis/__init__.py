"""Text to terms: tokenizers, filters, and the analyzers made of them."""

from __future__ import annotations

from searchkit.analysis.analyzer import Analyzer, Token, analyzer
from searchkit.analysis.chain import TERM_LIMIT
from searchkit.analysis.filters import Filter, fold, length, lowercase, shingles, stem, stop
from searchkit.analysis.nltk import nltk
from searchkit.analysis.tokenizers import StandardTokenizer, Tokenizer

__all__ = [
    "TERM_LIMIT",
    "Analyzer",
    "Filter",
    "StandardTokenizer",
    "Token",
    "Tokenizer",
    "analyzer",
    "fold",
    "length",
    "lowercase",
    "nltk",
    "shingles",
    "stem",
    "stop",
]

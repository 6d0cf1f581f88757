"""Text -> query tree: nodes, parser, builder, simplification. Knows no index."""

from __future__ import annotations

__all__ = [
    "All",
    "Boolean",
    "Diagnostic",
    "F",
    "Match",
    "Nothing",
    "Parsed",
    "Phrase",
    "Query",
    "Term",
    "Word",
    "match",
    "parse",
    "postorder",
    "simplify",
]

from .builder import F, match
from .diagnostics import Diagnostic
from .nodes import All, Boolean, Match, Nothing, Phrase, Query, Term, Word, postorder
from .parser import Parsed, parse
from .rewrite import simplify

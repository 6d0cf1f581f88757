"""Text -> query tree: nodes, parser, builder, simplification. Knows no index."""

from __future__ import annotations

__all__ = [
    "Across",
    "All",
    "Boolean",
    "Boost",
    "Constant",
    "Diagnostic",
    "DisMax",
    "Exists",
    "F",
    "Fuzzy",
    "Match",
    "MoreLike",
    "Near",
    "Nothing",
    "Parsed",
    "Phrase",
    "Prefix",
    "Query",
    "Range",
    "Regex",
    "SlotPhrase",
    "Term",
    "Wildcard",
    "Word",
    "match",
    "more_like",
    "parse",
    "postorder",
    "simplify",
]

from .builder import F, match, more_like
from .compounds import Across, DisMax, Near
from .diagnostics import Diagnostic
from .leaves import All, Match, Nothing, Phrase, Term, Word
from .nodes import Boolean, Boost, Constant, Query, postorder
from .parser import Parsed, parse
from .patterns import Exists, Fuzzy, MoreLike, Prefix, Range, Regex, SlotPhrase, Wildcard
from .rewrite import simplify

"""searchkit: a full-text search engine library for Python.

>>> import searchkit as sk
>>> index = sk.Index.from_dicts([{"id": "1", "title": "Partial withdrawal"}], key="id")
>>> [hit["title"] for hit in index.search('"partial withdrawal" -turkey')]
['Partial withdrawal']
"""

from __future__ import annotations

try:
    from searchkit import _build_info
except ImportError as _error:
    raise ImportError(
        "searchkit's compiled modules aren't there: this is its source, not an installation. "
        "Run `pip install -e .` in the folder that holds setup.cfg."
    ) from _error

from searchkit.analysis import (
    Analyzer,
    Token,
    analyzer,
    fold,
    length,
    lowercase,
    nltk,
    shingles,
    stem,
    stop,
)
from searchkit.errors import (
    CommitConflictError,
    CorruptIndexError,
    DuplicateKeyError,
    FieldNotFoundError,
    IndexClosedError,
    IndexExistsError,
    IndexNotFoundError,
    LockTimeoutError,
    OptionError,
    QuerySyntaxError,
    SchemaError,
    SearchkitError,
    StorageError,
)
from searchkit.index import Index
from searchkit.query import (
    Across,
    All,
    Boolean as BooleanQuery,
    Boost,
    Constant,
    Diagnostic,
    DisMax,
    Exists,
    F,
    Fuzzy,
    Match,
    MoreLike,
    Near,
    Nothing,
    Phrase,
    Prefix,
    Query,
    Range,
    Regex,
    SlotPhrase,
    Term,
    Wildcard,
    Word,
    match,
    more_like,
)
from searchkit.schema import Boolean, Date, Field, Float, Integer, Keyword, Schema, Text
from searchkit.search.scoring import BM25, TFIDF, BM25Plus, Dirichlet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from searchkit.indexing.bulk import Added, Skipped
    from searchkit.results.explain import Plan
    from searchkit.results.highlight import Snippet
    from searchkit.results.hits import Hit, Hits
    from searchkit.search.custom import Statistics
    from searchkit.search.functions import Popularity, Recency
    from searchkit.writer import Writer

__version__ = "0.1.0"

# What not every program needs is imported when it is asked for: the name and its module.
_LATER = {
    "Added": "indexing.bulk",
    "Hit": "results.hits",
    "Hits": "results.hits",
    "Plan": "results.explain",
    "Popularity": "search.functions",
    "Recency": "search.functions",
    "Skipped": "indexing.bulk",
    "Snippet": "results.highlight",
    "Statistics": "search.custom",
    "Writer": "writer",
}

__all__ = [
    "BM25",
    "TFIDF",
    "Across",
    "Added",
    "All",
    "Analyzer",
    "BM25Plus",
    "Boolean",
    "BooleanQuery",
    "Boost",
    "CommitConflictError",
    "Constant",
    "CorruptIndexError",
    "Date",
    "Diagnostic",
    "Dirichlet",
    "DisMax",
    "DuplicateKeyError",
    "Exists",
    "F",
    "Field",
    "FieldNotFoundError",
    "Float",
    "Fuzzy",
    "Hit",
    "Hits",
    "Index",
    "IndexClosedError",
    "IndexExistsError",
    "IndexNotFoundError",
    "Integer",
    "Keyword",
    "LockTimeoutError",
    "OptionError",
    "Match",
    "MoreLike",
    "Near",
    "Nothing",
    "Phrase",
    "Plan",
    "Popularity",
    "Prefix",
    "Query",
    "QuerySyntaxError",
    "Range",
    "Recency",
    "Regex",
    "Schema",
    "SchemaError",
    "SearchkitError",
    "Skipped",
    "SlotPhrase",
    "Snippet",
    "Statistics",
    "StorageError",
    "Term",
    "Text",
    "Token",
    "Wildcard",
    "Word",
    "Writer",
    "__version__",
    "analyzer",
    "fold",
    "length",
    "lowercase",
    "match",
    "more_like",
    "nltk",
    "shingles",
    "stem",
    "stop",
]

del _build_info


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module 'searchkit' has no attribute {name!r}")
    from importlib import import_module

    from searchkit.storage.interrupts import Uninterrupted

    with Uninterrupted():  # Ctrl-C may leave a module half imported for good
        value = getattr(import_module(f"searchkit.{_LATER[name]}"), name)
    globals()[name] = value
    return value

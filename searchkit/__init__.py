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
    All,
    Boolean as BooleanQuery,
    Diagnostic,
    F,
    Match,
    Nothing,
    Phrase,
    Query,
    Term,
    Word,
    match,
)
from searchkit.results.highlight import Snippet
from searchkit.results.hits import Hit, Hits
from searchkit.schema import Boolean, Date, Field, Float, Integer, Keyword, Schema, Text
from searchkit.search.custom import Statistics
from searchkit.search.functions import Popularity, Recency
from searchkit.search.scoring import BM25, TFIDF, BM25Plus, Dirichlet
from searchkit.writer import Writer

__version__ = "0.1.0"

__all__ = [
    "BM25",
    "TFIDF",
    "All",
    "Analyzer",
    "BM25Plus",
    "Boolean",
    "BooleanQuery",
    "CommitConflictError",
    "CorruptIndexError",
    "Date",
    "Diagnostic",
    "Dirichlet",
    "DuplicateKeyError",
    "F",
    "Field",
    "FieldNotFoundError",
    "Float",
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
    "Nothing",
    "Phrase",
    "Popularity",
    "Query",
    "QuerySyntaxError",
    "Recency",
    "Schema",
    "SchemaError",
    "SearchkitError",
    "Snippet",
    "Statistics",
    "StorageError",
    "Term",
    "Text",
    "Token",
    "Word",
    "Writer",
    "__version__",
    "analyzer",
    "fold",
    "length",
    "lowercase",
    "match",
    "nltk",
    "shingles",
    "stem",
    "stop",
]

del _build_info

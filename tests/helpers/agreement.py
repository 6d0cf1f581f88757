"""Whether an index answers as the oracle does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest

from helpers.random_queries import Search
from oracle import Oracle
from searchkit.errors import DuplicateKeyError
from searchkit.schema import Text

__all__ = ["Change", "apply", "check_documents", "check_search", "check_statistics"]

RELATIVE = 1e-6  # what single precision may take off a score


class Change(NamedTuple):
    """A change to a collection: "add" or "upsert" a document, "delete" a key, "query" (delete by
    query), "flush"."""

    kind: str
    what: Any = None


def apply(change: Change, writer: Any, oracle: Oracle) -> None:
    """Make a change to both; what it returns or raises is the same."""
    kind, what = change
    if kind == "add" and what["id"] in oracle:
        with pytest.raises(DuplicateKeyError):
            writer.add(what)
    elif kind == "add":
        writer.add(what)
        oracle.add(what)
    elif kind == "upsert":
        writer.upsert(what)
        oracle.upsert(what)
    elif kind == "delete":
        assert writer.delete(what) == oracle.delete(what)
    elif kind == "query":
        assert writer.delete_by_query(what) == oracle.delete_by_query(what)
    else:
        assert kind == "flush"
        writer.flush()


def check_search(
    index: Any, oracle: Oracle, search: Search, pages: Iterable[tuple[int, int]] = ()
) -> None:
    """Count, hits, scores and order are the oracle's: for all hits, and each (limit, offset)."""
    oracle.statistics = index.snapshot
    query, options = search.query, search.options
    expected = oracle.search(query, **options)
    assert index.count(query, **options) == len(expected)
    for limit, offset in [*pages, (len(expected) + 1, 0)]:
        hits = index.search(query, limit, offset, total=True, **options)
        wanted = expected[offset : offset + limit]
        assert hits.column("id") == [key for key, _ in wanted], (limit, offset)
        assert hits.total == len(expected)
        for hit, single, (_, score) in zip(hits, hits.scores, wanted):
            assert abs(hit.score - score) <= 1e-12 * score, (hit.score, score)
            assert abs(single - score) <= RELATIVE * score, (single, score)


def check_documents(index: Any, oracle: Oracle) -> None:
    """The same documents are there, whole; looked up by key, too."""
    assert len(index) == len(oracle)
    everything = index.search("*:*", limit=len(oracle) + 1)
    restore = oracle.schema.restore
    wanted = [restore(dict(document.values)) for document in oracle.documents.values()]
    assert [hit.fields for hit in everything] == wanted
    for document in wanted:
        assert index.get(document["id"]) == document


def check_statistics(index: Any, oracle: Oracle, *, merged: bool = False) -> None:
    """The snapshot counts what is there, and of what was deleted nothing that was `merged`."""
    snapshot, library = index.snapshot, oracle.library
    for name, field in oracle.schema.fields.items():
        own = [oracle.field_docs(name)]
        seen = [snapshot.field_docs(name)]
        if isinstance(field, Text):
            own.append(oracle.field_total(name))
            seen.append(snapshot.field_total(name))
            terms = library.postings.get(name, {})
            own += [oracle.df(name, term) for term in terms]
            seen += [snapshot.df(name, term) for term in terms]
        assert all(mine <= theirs for mine, theirs in zip(own, seen)), (name, own, seen)
        assert not merged or own == seen, name

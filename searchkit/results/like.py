"""The query for documents that are like one of the index."""

from __future__ import annotations

from searchkit.errors import SchemaError
from searchkit.query import Boolean, MoreLike, Query, Term
from searchkit.results.documents import document
from searchkit.schema import Text
from searchkit.segment.keys import key_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from searchkit.segment.snapshot import Snapshot

__all__ = ["more_like_document"]


def more_like_document(
    snapshot: Snapshot, key: str | int, fields: Iterable[str] | None, terms: int
) -> Query:
    """See ``Index.more_like``."""
    schema = snapshot.schema
    normalised = schema.normalise_key(key)
    found = snapshot.find_key(key_bytes(normalised))
    if found is None:
        raise KeyError(key)
    values = document(snapshot, *found)
    names = list(schema.text_fields if fields is None else fields)
    clauses = []
    for name in names:
        if not isinstance(schema[name], Text):
            raise SchemaError(f"field {name!r} holds no text", hint="name Text fields")
        value = values.get(name)
        text = " ".join(value) if isinstance(value, list) else value
        if text:
            clauses.append(MoreLike(name, text, terms))
    if not clauses:
        raise SchemaError(
            f"no text of the document with the key {key!r} is stored",
            hint="Text(stored=True), or sk.more_like(text)",
        )
    return Boolean(should=clauses, must_not=[Term(schema.key or "", normalised)])

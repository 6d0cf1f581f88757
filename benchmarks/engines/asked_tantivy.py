"""tantivy, asked the queries of `asked.py`: its binding's query classes, made for each call."""

from __future__ import annotations

import tantivy

from asked import Asked, read
from engines.with_tantivy import OpenTantivy, Tantivy


class TantivyAsked(Tantivy):
    """As `Tantivy`, asked the queries of `asked.py`."""

    name = "tantivy-asked"

    def open(self, folder: str) -> OpenTantivyAsked:
        """Open the index for searching."""
        return OpenTantivyAsked(folder)


class OpenTantivyAsked(OpenTantivy):
    """An open tantivy index, asked the queries of `asked.py`."""

    def prepare(self, text: str) -> Asked | None:
        """The query, if it can be said: patterns score alike only, and NEAR isn't there (a slop
        counts otherwise for words in the other order)."""
        asked = read(text)
        return None if asked.blended or asked.kind in ("near", "onear") else asked

    def _parsed(self, query: Asked) -> tantivy.Query:
        schema, field = self._index.schema, self._fields[0]
        if query.kind == "fuzzy":
            return tantivy.Query.fuzzy_term_query(
                schema, field, query.text, query.number, transposition_cost_one=False
            )
        if query.kind == "range":
            return self._range(query)
        if query.kind == "filter":
            must = tantivy.Occur.Must
            union = self._index.parse_query(query.text, self._fields)
            unscored = tantivy.Query.const_score_query(self._range(query), 0.0)
            return tantivy.Query.boolean_query([(must, union), (must, unscored)])
        return tantivy.Query.regex_query(schema, field, query.expression())

    def _range(self, query: Asked) -> tantivy.Query:
        kind = tantivy.FieldType.Unsigned
        return tantivy.Query.range_query(
            self._index.schema, query.field, kind, query.low, query.high
        )

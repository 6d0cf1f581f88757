"""The types of fields, by the records that have them.

:class:`Survey` gathers what kinds of values the fields of records have. :class:`Types` decides by
the survey of some of the records, extends the schema where a later one brings a field, and raises
:class:`Undecided` where one shows that a decision was wrong: so what is decided in the end is what
a survey of all records would have said.
"""

from __future__ import annotations

import searchkit as sk

from .records import fitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["Survey", "Types", "Undecided"]

MOST_FIELDS = 2000
LATE_FIELDS = 100  # times that the schema is extended while records come
_INT64 = range(-(2**63), 2**63)
_PLAIN: dict[type[sk.Field], frozenset[type]] = {
    sk.Text: frozenset({str, type(None)}),
    sk.Keyword: frozenset({str, type(None)}),
    sk.Date: frozenset({str, type(None)}),
    sk.Integer: frozenset({int, type(None)}),
    sk.Float: frozenset({float, int, type(None)}),
    sk.Boolean: frozenset({bool, type(None)}),
}
"""The types of values that a field takes as they are, and that don't bear on its type."""


class Survey:
    """The types of the fields of many records, gathered one record after the other."""

    def __init__(self) -> None:
        self._kinds: dict[str, set[str]] = {}
        self._many: set[str] = set()

    def copy(self) -> Survey:
        """A survey that goes on by itself."""
        made = Survey()
        made._kinds = {name: set(kinds) for name, kinds in self._kinds.items()}
        made._many = set(self._many)
        return made

    def add(self, record: Mapping[str, Any]) -> bool:
        """Takes note of a record; whether it had anything that no other had. OverflowError for
        more fields than can be meant."""
        kinds = self._kinds
        new = False
        for name, value in record.items():
            if value is None:
                continue
            known = kinds.get(name)
            if known is None:
                if len(kinds) >= MOST_FIELDS:
                    raise OverflowError(
                        f"the records have more than {MOST_FIELDS:,} different fields; are "
                        "keys of data among their names?"
                    )
                known = kinds[name] = set()
            if type(value) is list:
                new = new or name not in self._many
                self._many.add(name)
                found = set(map(_scalar_kind, value))
                if not found <= known:
                    known |= found
                    new = True
            else:
                kind = _scalar_kind(value)
                if kind not in known:
                    known.add(kind)
                    new = True
        return new

    def fields(
        self, schema: sk.Schema, analyzer: str | sk.Analyzer, key: str | None
    ) -> dict[str, sk.Field]:
        """The fields that ``schema`` lacks. Numbers of both kinds are a Float, any other
        mixture is Text; the field ``key`` is a Keyword."""
        fields: dict[str, sk.Field] = {}
        for name, kinds in self._kinds.items():
            if name in schema.fields or not kinds:
                continue
            many = name in self._many
            if kinds == {"bool"}:
                fields[name] = sk.Boolean(many=many)
            elif kinds == {"int"}:
                fields[name] = sk.Integer(many=many)
            elif kinds <= {"int", "big", "float"}:
                fields[name] = sk.Float(many=many)
            elif name == key:
                fields[name] = sk.Keyword(many=many)
            else:
                fields[name] = sk.Text(analyzer=analyzer, many=many)
        return fields


def _scalar_kind(value: object) -> str:
    if type(value) is int:
        return "int" if value in _INT64 else "big"
    return type(value).__name__


class Undecided(Exception):
    """The types can't be decided without a survey of all records; says why."""


class Types:
    """Fits records into the schema of ``writer``, extended by what ``survey`` says it lacks. It is
    not ``final`` if it doesn't know all of them."""

    def __init__(
        self,
        survey: Survey,
        writer: sk.Writer,
        analyzer: str | sk.Analyzer,
        key: str | None,
        *,
        final: bool,
    ) -> None:
        self._survey = survey
        self._final = final
        self._writer = writer
        self._analyzer = sk.analyzer(analyzer) if isinstance(analyzer, str) else analyzer
        self._key = key
        self._before = writer.schema
        self._late = -1
        self._extend()

    def _extend(self) -> None:
        fields = self._survey.fields(self._before, self._analyzer, self._key)
        known = self._writer.schema.fields
        for name, field in fields.items():
            if known.get(name, field) != field:
                raise Undecided(f"the field {name!r} is no {type(known[name]).__name__} throughout")
        if len(fields) > len(known) - len(self._before.fields) or self._late < 0:
            self._late += 1
            if self._late > LATE_FIELDS:
                raise Undecided("new fields keep coming")
            self._writer.extend_schema(fields)
        self.schema = self._writer.schema
        self._plain = {name: _PLAIN[type(field)] for name, field in self.schema.fields.items()}

    def note(self, record: Mapping[str, Any]) -> None:
        """Extends the schema by what a record has that none had before."""
        if self._final:
            return
        try:
            new = self._survey.add(record)
        except OverflowError as error:
            raise Undecided(str(error)) from None
        if new:
            self._extend()

    def takes(self, record: Mapping[str, Any]) -> bool:
        """Whether the index takes a record as it was read, and nothing is to be noted of it."""
        plain = self._plain
        for name, value in record.items():  # noqa: SIM110 (a generator takes twice as long)
            if type(value) not in plain.get(name, ()):
                return False
        return True

    def fit(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Any record's fields as :func:`fitted` makes them, after a note."""
        self.note(record)
        return fitted(record, self.schema)

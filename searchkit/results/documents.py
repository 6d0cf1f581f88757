"""Documents read back from a snapshot: stored fields, and columns."""

from __future__ import annotations

from searchkit.schema import Date, Keyword, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from searchkit.segment.snapshot import Snapshot

__all__ = ["column_reader", "document"]


def column_reader(snapshot: Snapshot, at: int, name: str) -> Callable[[int], Any]:
    """What reads a field other than Text from its column, in segment number ``at``: from a
    document's number to its value, None where absent."""
    field = snapshot.schema.fields[name]
    number = snapshot.schema.ids[name]
    segment = snapshot.segments[at].segment
    value: Callable[[int], Any] = segment.column(number, field.column, field.many).value
    if not isinstance(field, Keyword):
        if not isinstance(field, Date):
            return value
        restore = field.restore
        return lambda doc: None if (raw := value(doc)) is None else restore(raw)
    owner = segment.field(number)
    if owner is None:
        return lambda doc: None
    terms = owner.terms

    def read(doc: int) -> Any:
        ordinals = value(doc)
        try:
            if not field.many:
                return None if ordinals is None else terms[ordinals].decode()
            return [terms[one].decode() for one in ordinals or ()] or None
        except UnicodeDecodeError:
            raise segment.container.corrupt(f"f{number}.terms.text", "isn't UTF-8") from None

    return read


def document(snapshot: Snapshot, at: int, doc: int) -> dict[str, Any]:
    """A document as it was given: its stored fields, and those that have columns."""
    schema = snapshot.schema
    segment = snapshot.segments[at].segment
    stored = segment.stored.get(doc)
    key = schema.key
    if key is not None and key not in stored and schema.fields[key].stored:
        value = column_reader(snapshot, at, key)(doc)
        if value is not None:
            stored = {key: value, **stored}
    try:
        values = schema.restore(stored)
        whole = all(_is_text(values[name]) for name in schema.text_fields if name in values)
    except (OverflowError, TypeError, ValueError):
        whole = False
    if not whole:
        raise segment.container.corrupt("stored.blocks", f"document {doc} has values that can't be")
    for name, field in schema.fields.items():
        if not field.stored and not isinstance(field, Text):
            value = column_reader(snapshot, at, name)(doc)
            if value is not None:
                values[name] = value
    return values


def _is_text(value: object) -> bool:
    """Whether a stored value can be a Text field's."""
    if type(value) is list:
        return all(type(one) is str for one in value)
    return type(value) is str

"""A filter that makes everything a filter may make, in a module that can be imported."""

from __future__ import annotations

__all__ = ["gaps_and_stacks"]


def gaps_and_stacks(token: str) -> object:
    """Drops `the`; stacks `left` and `right` on `twin`; makes two words in a row of `double`;
    puts a gap before `late` and another behind `early`."""
    return _OUTPUTS.get(token, token)


_OUTPUTS: dict[str, object] = {
    "the": None,
    "twin": ["twin", "left", "right"],
    "double": [("dou", 1), ("ble", 1)],
    "late": [("late", 2)],
    "early": [("early", 1), ("", 1)],
}

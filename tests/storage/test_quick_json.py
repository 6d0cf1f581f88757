"""JSON by either library: the same bytes, the same values, the same refusals."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from hypothesis import given, strategies as st

from searchkit.storage import quick_json

orjson = pytest.importorskip("orjson")  # the other library

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.dates()
    | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)


@pytest.fixture(autouse=True)
def _without_the_gil(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_json.sys, "_is_gil_enabled", lambda: False, raising=False)


@given(VALUES)
def test_both_libraries_write_and_read_the_same(value: object) -> None:
    try:
        expected = orjson.dumps(value)
    except orjson.JSONEncodeError:  # a name with half of a character
        with pytest.raises(ValueError, match="surrogates"):
            quick_json.dumper()(value)
        return
    found = quick_json.dumper()(value)
    assert quick_json.loader()(found) == quick_json.loader()(expected) == orjson.loads(expected)
    if b"." not in expected:  # floats are spelt in two ways
        assert found == expected


@pytest.mark.parametrize(
    "line",
    [
        b"", b" ", b"{", b"[1,]", b"NaN", b"-Infinity", b"\xef\xbb\xbf1", b"'a'", b'"\x01"', b"1 2",
        b'"\xff"', b'"\\ud800"', b'{"\\udc00":1}', b'["\\uD83D","\\uDE00"]', b"[" * 100_000,
        '{"a":1}'.encode("utf-16"),
    ],
)  # fmt: skip
def test_what_either_refuses(line: bytes) -> None:
    for loads in (quick_json.loader(), orjson.loads):
        with pytest.raises(ValueError, match=r"."):
            loads(line)


def test_what_is_read() -> None:
    line = b' {"a":[1,-2.5e3,"\\ud83d\\ude00",null,true],"\xc3\xa9":{}} '
    expected = {"a": [1, -2500.0, "😀", None, True], "é": {}}
    assert quick_json.loader()(line) == orjson.loads(line) == expected
    assert quick_json.dumper()(expected) == orjson.dumps(expected)


def test_dates_are_iso() -> None:
    value = {"day": date(2026, 1, 2), "at": datetime(2026, 1, 2, 3, 4, 5, 678)}
    assert json.loads(quick_json.dumper()(value)) == {
        "day": "2026-01-02",
        "at": "2026-01-02T03:04:05.000678",
    }
    with pytest.raises(TypeError, match="complex has no form in JSON"):
        quick_json.dumper()(1j)

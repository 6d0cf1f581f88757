"""Packed blocks and variable-length integers against their plain-Python twins."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import example, given, strategies as st

from helpers import twins_codec as twin
from searchkit.segment import codec


def block(width: int, seed: int) -> list[int]:
    rng = random.Random(seed)
    values = [rng.getrandbits(width) if width else 0 for _ in range(128)]
    if width and seed % 2:
        values[rng.randrange(128)] = (1 << width) - 1
    return values


@given(st.integers(0, 32), st.integers(0, 2**32))
def test_pack(width: int, seed: int) -> None:
    values = block(width, seed)
    data = codec.pack(array("I", values), width)
    assert data == twin.pack(values, width)
    assert len(data) == 16 * width
    assert list(codec.unpack(data, width)) == twin.unpack(data, width) == values


@pytest.mark.parametrize("width", range(33))
def test_every_width_and_place(width: int) -> None:
    top = (1 << width) - 1
    for at in range(128):
        values = [0] * 128
        values[at] = top
        data = codec.pack(array("I", values), width)
        assert data == twin.pack(values, width)
        assert list(codec.unpack(data, width)) == values


@given(st.integers(0, 32), st.binary(min_size=512, max_size=512))
def test_unpack_any_bytes(width: int, data: bytes) -> None:
    data = data[: 16 * width]
    assert list(codec.unpack(data, width)) == twin.unpack(data, width)


def test_pack_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="128"):
        codec.pack(array("I", [0] * 127), 1)
    with pytest.raises(ValueError, match="32"):
        codec.pack(array("I", [0] * 128), 33)
    with pytest.raises(ValueError, match="2 takes more than 1 bits"):
        codec.pack(array("I", [0] * 127 + [2]), 1)
    with pytest.raises(ValueError, match="1 takes more than 0 bits"):
        codec.pack(array("I", [1] * 128), 0)
    for data, width in ((b"\0" * 15, 1), (b"\0" * 17, 1), (b"\0" * 528, 33)):
        with pytest.raises(ValueError, match="16 \\* width"):
            codec.unpack(data, width)


numbers = st.one_of(
    st.integers(0, 2**32 - 1),
    st.integers(0, 32).map(lambda n: max(0, (1 << n) - 1)),
    st.integers(0, 31).map(lambda n: 1 << n),
)


@given(st.lists(numbers, max_size=40))
def test_varints(values: list[int]) -> None:
    data = codec.encode_varints(values)
    assert data == twin.encode_varints(values)
    assert codec.decode_varints(data) == values


@given(st.binary(max_size=20))
@example(b"\xff\xff\xff\xff\x0f")
@example(b"\xff\xff\xff\xff\x10")
@example(b"\x80\x80\x80\x80\x80\x00")
@example(b"\x80\x00")
def test_varints_of_any_bytes(data: bytes) -> None:
    try:
        values = twin.decode_varints(data)
    except ValueError:
        with pytest.raises(ValueError, match="a number is cut short or over 32 bits"):
            codec.decode_varints(data)
    else:
        assert codec.decode_varints(data) == values


@given(st.integers(0, 128), st.integers(0, 128), st.integers(0, 2**32 - 1), st.integers(1, 2**25))
def test_lower_bound(size: int, start: int, target: int, step: int) -> None:
    rng = random.Random(size + step)
    values = sorted(rng.sample(range(step * 128), size))
    start = min(start, size)
    targets = [target, *values, *(value + 1 for value in values), 0, 2**32 - 1]
    docs = array("I", values)
    for one in targets:
        assert codec.lower_bound(docs, start, one) == twin.lower_bound(values, start, one)


def test_lower_bound_refuses() -> None:
    for docs, start in (([0] * 129, 0), ([1], 2), ([1], -1)):
        with pytest.raises(ValueError, match="at most 128"):
            codec.lower_bound(array("I", docs), start, 0)

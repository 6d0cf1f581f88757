from __future__ import annotations

from hypothesis import given, strategies as st

from searchkit.segment.bitset import INVERT, byte_size, count, pack, unpack

FLAGS = st.lists(st.sampled_from([0, 1]), max_size=300).map(bytes)


@given(FLAGS)
def test_bits_stand_where_kernels_look(flags: bytes) -> None:
    bits = pack(flags)
    assert len(bits) == byte_size(len(flags)) == -(-len(flags) // 64) * 8
    for doc in range(len(bits) * 8):
        expected = flags[doc] if doc < len(flags) else 0
        assert bits[doc >> 3] >> (doc & 7) & 1 == expected
    assert count(bits) == sum(flags)


@given(FLAGS)
def test_unpack_undoes_pack(flags: bytes) -> None:
    assert unpack(pack(flags), len(flags)) == flags
    assert list(flags.translate(INVERT)) == [1 - flag for flag in flags]


def test_unpack_ignores_bits_beyond_the_last() -> None:
    assert unpack(b"\xff" * 8, 3) == b"\1\1\1"
    assert unpack(b"\xff" * 8, 0) == b""


def test_a_million_flags() -> None:
    flags = b"\1\0\0\1\1" * 200_000
    assert unpack(pack(flags), len(flags)) == flags

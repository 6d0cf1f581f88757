"""Python faces of the codec, for tests and tools: the kernels call the C behind them.

A packed block holds 128 unsigned integers of one width (Lemire and Boytsov, "Decoding
billions of integers per second through vectorization", 2015): value i in lane i & 3 of 4.
"""

from libc.stdint cimport uint8_t, uint32_t

from array import array


def pack(const uint32_t[::1] values not None, unsigned width):
    """128 values below ``2**width`` as ``16 * width`` bytes."""
    cdef uint8_t out[512]
    cdef Py_ssize_t i
    if values.shape[0] != 128 or width > 32:
        raise ValueError("pack() takes 128 values and a width of at most 32 bits")
    for i in range(128):
        if width < 32 and values[i] >> width:
            raise ValueError(f"{values[i]} takes more than {width} bits")
    sk_pack(&values[0], width, out)
    return (<const char*>out)[:16 * width]


def unpack(const uint8_t[::1] data not None, unsigned width):
    """The 128 values of ``16 * width`` bytes, an ``array('I')``."""
    cdef uint32_t out[128]
    if width > 32 or data.shape[0] != 16 * width:
        raise ValueError("unpack() takes 16 * width bytes and a width of at most 32 bits")
    sk_unpack(&data[0] if width else NULL, width, out)
    return array("I", [out[i] for i in range(128)])


def encode_varints(values):
    """Integers below 2**32 at 7 bits a byte, lowest first."""
    cdef uint8_t one[5]
    parts = []
    for value in values:
        parts.append((<const char*>one)[:put_varint(one, value) - one])
    return b"".join(parts)


def decode_varints(const uint8_t[::1] data not None):
    """The integers of ``data``; ValueError where it ends in the middle of one."""
    cdef const uint8_t* p
    cdef const uint8_t* end
    cdef uint32_t value = 0
    values = []
    if data.shape[0] == 0:
        return values
    p = &data[0]
    end = p + data.shape[0]
    while p < end:
        p = get_varint(p, end, &value)
        if p == NULL:
            raise ValueError("a number is cut short or over 32 bits")
        values.append(value)
    return values


def lower_bound(const uint32_t[::1] docs not None, int start, uint32_t target):
    """The first index from ``start`` on whose value is at least ``target``."""
    if docs.shape[0] > 128 or not 0 <= start <= docs.shape[0]:
        raise ValueError("lower_bound() searches at most 128 values")
    if docs.shape[0] == 0:
        return 0
    return sk_lower(&docs[0], start, <int>docs.shape[0], target)

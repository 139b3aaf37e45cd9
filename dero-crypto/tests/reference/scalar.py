"""Integers modulo the group order l: canonical 32-byte encodings and wide reduction (section 1.1)."""

from refusal import require

ELL = 2**252 + 27742317777372353535851937790883648493


def decode(data, where="scalar"):
    """The scalar of 32 bytes, little-endian; only the smallest representative has an encoding."""
    require(len(data) == 32, "bad-length", where)
    value = int.from_bytes(data, "little")
    require(value < ELL, "non-canonical-scalar", where)
    return value


def encode(value):
    return (value % ELL).to_bytes(32, "little")


def wide(data):
    """64 bytes reduced modulo l."""
    assert len(data) == 64
    return int.from_bytes(data, "little") % ELL


def inverse(value):
    return pow(value, -1, ELL)


def powers(base, count):
    """base^0, base^1, .. (count of them)."""
    out, power = [], 1
    for _ in range(count):
        out.append(power)
        power = power * base % ELL
    return out

"""The group ristretto255 (RFC 9496): points of a twisted Edwards curve, their one encoding, and the hash map.

A point is (X : Y : Z : T) on -x² + y² = 1 + d·x²·y² with x = X/Z, y = Y/Z, x·y = T/Z. Nothing here is constant time.
"""

from field import (D, D_MINUS_ONE_SQ, INVSQRT_A_MINUS_D, ONE_MINUS_D_SQ, P, SQRT_AD_MINUS_ONE, SQRT_M1, absolute,
                   is_negative, sqrt_ratio)
from refusal import require
from scalar import ELL

D2 = 2 * D % P
NEUTRAL = (0, 1, 1, 0)
WINDOW = 4  # bits of a digit; a table holds the multiples 1..8, the sign is free


def add(p, q):
    """The unified addition on raw coordinates."""
    X1, Y1, Z1, T1 = p
    X2, Y2, Z2, T2 = q
    A = (Y1 - X1) * (Y2 - X2) % P
    B = (Y1 + X1) * (Y2 + X2) % P
    C = T1 * D2 % P * T2 % P
    Z = 2 * Z1 * Z2 % P
    E, F, G, H = B - A, Z - C, Z + C, B + A
    return E * F % P, G * H % P, F * G % P, E * H % P


def double(p):
    X, Y, Z, _ = p
    A, B, C = X * X % P, Y * Y % P, 2 * Z * Z % P
    H = A + B
    E = H - (X + Y) * (X + Y) % P
    G = A - B
    F = C + G
    return E * F % P, G * H % P, F * G % P, E * H % P


def negate(p):
    X, Y, Z, T = p
    return P - X, Y, Z, P - T


def signed_digits(value, width):
    """Digits d_i of value = sum d_i·2^(width·i), with -2^(width-1) < d_i <= 2^(width-1)."""
    base, half, digits = 1 << width, 1 << (width - 1), []
    while value:
        digit = value & (base - 1)
        if digit > half:
            digit -= base
        digits.append(digit)
        value = (value - digit) >> width
    return digits


class Point:
    """One element of the group. Equality is that of cosets, as the RFC demands."""

    __slots__ = ("raw", "table", "_bytes")

    def __init__(self, raw, encoded=None):
        self.raw = raw
        self.table = None
        self._bytes = encoded

    def __add__(self, other):
        return Point(add(self.raw, other.raw))

    def __sub__(self, other):
        return Point(add(self.raw, negate(other.raw)))

    def __neg__(self):
        return Point(negate(self.raw))

    def __rmul__(self, factor):
        return sum_of_products([(factor, self)])

    def __eq__(self, other):
        X1, Y1, _, _ = self.raw
        X2, Y2, _, _ = other.raw
        return (X1 * Y2 - Y1 * X2) % P == 0 or (Y1 * Y2 - X1 * X2) % P == 0

    def __bytes__(self):
        if self._bytes is None:
            self._bytes = encode(self.raw)
        return self._bytes

    def is_identity(self):
        return self == IDENTITY

    def tabled(self):
        """The same point; multiples of it cost additions only from now on."""
        if self.table is None:
            self.table, step = [], self.raw
            for _ in range(-(-256 // WINDOW)):
                self.table.append(multiples(step))
                step = double(self.table[-1][-1])
        return self


IDENTITY = Point(NEUTRAL)


def multiples(raw):
    """1·p .. 8·p."""
    out = [raw]
    for _ in range((1 << (WINDOW - 1)) - 1):
        out.append(add(out[-1], raw))
    return out


def sum_of_products(terms):
    """The sum of factor·point over all terms (tables, then Straus, from 64 points on Pippenger)."""
    total, loose = NEUTRAL, []
    for factor, point in terms:
        factor %= ELL
        if factor == 0:
            continue
        if point.table is None:
            loose.append((factor, point.raw))
            continue
        for place, digit in zip(point.table, signed_digits(factor, WINDOW)):
            if digit > 0:
                total = add(total, place[digit - 1])
            elif digit < 0:
                total = add(total, negate(place[-digit - 1]))
    if loose:
        total = add(total, _straus(loose) if len(loose) < 64 else _pippenger(loose))
    return Point(total)


def _straus(terms):
    """One chain of doublings for all points."""
    rows = [(signed_digits(factor, WINDOW), multiples(raw)) for factor, raw in terms]
    total = NEUTRAL
    for place in reversed(range(max(len(digits) for digits, _ in rows))):
        for _ in range(WINDOW):
            total = double(total)
        for digits, table in rows:
            digit = digits[place] if place < len(digits) else 0
            if digit > 0:
                total = add(total, table[digit - 1])
            elif digit < 0:
                total = add(total, negate(table[-digit - 1]))
    return total


def _pippenger(terms):
    """Per digit: throw each point into the bucket of its digit, then sum bucket i exactly i times."""
    count = len(terms)
    width = 5 if count < 200 else 6 if count < 500 else 7 if count < 1200 else 8 if count < 3000 else 9
    rows = [(signed_digits(factor, width), raw, negate(raw)) for factor, raw in terms]
    total = NEUTRAL
    for place in reversed(range(max(len(digits) for digits, _, _ in rows))):
        for _ in range(width):
            total = double(total)
        buckets = [None] * ((1 << (width - 1)) + 1)
        for digits, raw, negative in rows:
            digit = digits[place] if place < len(digits) else 0
            if digit < 0:
                digit, raw = -digit, negative
            if digit:
                bucket = buckets[digit]
                buckets[digit] = raw if bucket is None else add(bucket, raw)
        running, summed = NEUTRAL, NEUTRAL
        for bucket in reversed(buckets[1:]):
            if bucket is not None:
                running = add(running, bucket)
            summed = add(summed, running)
        total = add(total, summed)
    return total


def encode(raw):
    """RFC 9496, section 4.3.2."""
    X, Y, Z, T = raw
    u1 = (Z + Y) * (Z - Y) % P
    u2 = X * Y % P
    _, invsqrt = sqrt_ratio(1, u1 * u2 % P * u2 % P)
    den1, den2 = invsqrt * u1 % P, invsqrt * u2 % P
    z_inverse = den1 * den2 % P * T % P
    if is_negative(T * z_inverse):
        X, Y, den = Y * SQRT_M1 % P, X * SQRT_M1 % P, den1 * INVSQRT_A_MINUS_D % P
    else:
        den = den2
    if is_negative(X * z_inverse):
        Y = -Y
    return absolute(den * (Z - Y)).to_bytes(32, "little")


def decode_any(data, where="point"):
    """RFC 9496, section 4.3.1: any element, the identity too."""
    require(len(data) == 32, "bad-length", where)
    s = int.from_bytes(data, "little")
    require(s < P and not is_negative(s), "non-canonical-point", where)
    square = s * s % P
    u1, u2 = 1 - square, 1 + square
    u2_square = u2 * u2 % P
    v = (-D * u1 % P * u1 - u2_square) % P
    was_square, invsqrt = sqrt_ratio(1, v * u2_square % P)
    den_x = invsqrt * u2 % P
    den_y = invsqrt * den_x % P * v % P
    x = absolute(2 * s * den_x)
    y = u1 * den_y % P
    t = x * y % P
    require(was_square and not is_negative(t) and y != 0, "non-canonical-point", where)
    return Point((x, y, 1, t), bytes(data))


_decoded = {}


def decode(data, where="point"):
    """A point of the wire (section 1.1): canonical and not the identity. Decoded points are kept."""
    data = bytes(data)
    point = _decoded.get(data)
    if point is None:
        point = decode_any(data, where)
        require(not point.is_identity(), "identity", where)
        _decoded[data] = point
    return point


def from_uniform_bytes(data):
    """RFC 9496, section 4.3.4: 64 bytes, two maps, one addition."""
    assert len(data) == 64
    return Point(add(_map(data[:32]), _map(data[32:])))


def _map(data):
    t = int.from_bytes(data, "little") % 2**255 % P
    r = SQRT_M1 * t % P * t % P
    u = (r + 1) * ONE_MINUS_D_SQ % P
    v = (-1 - r * D) * (r + D) % P
    was_square, s = sqrt_ratio(u, v)
    c = -1
    if not was_square:
        s, c = -absolute(s * t), r
    N = (c * (r - 1) % P * D_MINUS_ONE_SQ - v) % P
    w0, w1, w2, w3 = 2 * s * v % P, N * SQRT_AD_MINUS_ONE % P, (1 - s * s) % P, (1 + s * s) % P
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


BASEPOINT_Y = 4 * pow(5, -1, P) % P


def basepoint():
    """The Ed25519 basepoint: y = 4/5 with the x that is not negative."""
    y_square = BASEPOINT_Y * BASEPOINT_Y % P
    was_square, x = sqrt_ratio(y_square - 1, D * y_square + 1)
    assert was_square
    return Point((x, BASEPOINT_Y, 1, x * BASEPOINT_Y % P))

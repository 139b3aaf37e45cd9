"""Every base point (section 1.3)."""

from functools import lru_cache

import ristretto
from hashing import hp, le32

G = ristretto.basepoint().tabled()
X = hp("gen/X").tabled()
Y = hp("gen/Y").tabled()
U = hp("gen/U").tabled()
H = hp("gen/H").tabled()
NATIVE = bytes(32)


@lru_cache(maxsize=None)
def asset(alpha):
    """A_alpha; the native asset has 32 zero bytes."""
    return hp("asset", alpha)


@lru_cache(maxsize=None)
def matrix(i):
    """(P_i, Q_i) of the membership matrix commitment."""
    assert i < 64
    return hp("gen/mem-P", le32(i)), hp("gen/mem-Q", le32(i))


@lru_cache(maxsize=None)
def vector(i):
    """(g_i, h_i) of Bulletproofs+, from 0."""
    assert i < 64 * 16
    return hp("gen/bp-g", le32(i)), hp("gen/bp-h", le32(i))


A_0 = asset(NATIVE).tabled()

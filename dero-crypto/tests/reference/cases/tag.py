"""`tag.json` (section 6): the linking tag of a one-time key."""

import ristretto
from generators import G, X, Y
from keys import linking_tag
from refusal import require


def check(case):
    x, y, z = case.scalar("x"), case.scalar("y"), case.scalar("z")
    given = ristretto.decode(case.bytes("L"), "L")
    L = linking_tag(x, y * Y)
    require(given == L, "wrong-tag", "L")
    Ko = x * X + y * Y
    case.same(Ko=Ko, K=Ko + z * G)

"""`hash.json` (section 1.2): a refused case pairs items with the frame of other items."""

import hashing
from refusal import require


def check(case):
    arguments = case["dom"], *map(bytes.fromhex, case["items"])
    require(case.bytes("frame") == hashing.frame(*arguments), "other-frame", "frame")
    case.same(h64=hashing.h(64, *arguments), stream200=hashing.h(200, *arguments))
    case.same(scalar=hashing.hs(*arguments), point=hashing.hp(*arguments))

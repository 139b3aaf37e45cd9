"""`range.json` (section 8.5)."""

import rangeproof
from generators import G, H
from refusal import require


def check(case):
    rangeproof.verify(statement(case), case.bytes("proof"))
    if case.has("nonces"):
        claim, values, masks = statement(case), case.scalars("values"), case.scalars("masks")
        case.same(m=claim.m)
        for V, value, mask in zip(claim.V, values, masks, strict=True):
            require(V == value * H + mask * G and value < 2**64, "mismatch", "V")
        case.same(**rangeproof.prove(claim, values, masks, case.scalars("nonces")))
        case.same_log(claim.row.log)


def statement(case):
    V = [bytes.fromhex(point) for point in case["V"]]
    require(len(V) == case["count"], "bad-count", "V")
    return rangeproof.Statement(case.net, case.bytes("body_digest"), case["bundle"], V)

"""`link.json` (section 8.3)."""

import link
from generators import G, H
from refusal import require


def check(case):
    link.verify(statement(case), case.bytes("proof"))
    if case.has("a"):
        claim = statement(case)
        a, x, y = case.scalar("a"), case.scalar("x"), case.scalar("y")
        require(claim.C == a * claim.T + x * G, "mismatch", "C")
        require(claim.E == a * H + y * G, "mismatch", "E")
        nonces = case.scalar("alpha_a"), case.scalar("alpha_x"), case.scalar("alpha_y")
        case.same(**link.prove(claim, a, x, y, *nonces))
        case.same_log(claim.row.log)


def statement(case):
    points = (case.bytes(name) for name in ("T", "C", "E"))
    return link.Statement(case.net, case.bytes("body_digest"), case["bundle"], case["j"], *points)

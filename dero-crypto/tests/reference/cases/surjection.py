"""`surjection.json` (section 8.4)."""

import surjection
from generators import G
from refusal import require


def check(case):
    surjection.verify(statement(case), case.bytes("proof"))
    if case.has("nonces"):
        claim, l, delta = statement(case), case["l"], case.scalar("delta")
        case.same(q=claim.q, padded=claim.padded)
        require(0 <= l < 2**claim.q and claim.T == claim.padded[l] + delta * G, "mismatch", "witness")
        made = surjection.prove(claim, l, delta, case.scalars("nonces"))
        case.same(mu=made["mu"], xi=made["xi"], proof=made["proof"])
        case.same_log(claim.row.log)


def statement(case):
    omega = [bytes.fromhex(point) for point in case["omega"]]
    return surjection.Statement(case.net, case.bytes("body_digest"), case["bundle"], case["j"], omega, case.bytes("T"))

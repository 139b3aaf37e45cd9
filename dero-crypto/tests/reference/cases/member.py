"""`member.json` (sections 7.1 to 7.3)."""

import membership
import reference
from generators import G
from refusal import require

_accs = {}


def check(case):
    membership.verify(statement(case), case.bytes("proof"))
    if not case.has("nonces"):
        return
    start, L = case["start"], case["L"]
    accs = _digests(case)
    case.same(acc_start=accs[start], acc_end=accs[start + L])
    l, r, claim = case["l"], case.scalars("r"), statement(case)
    member = claim.members[min(l, L - 1)]
    require(0 <= l < claim.n**claim.m, "mismatch", "l")
    for image, component, shift in zip(claim.image, member, r, strict=True):
        require(image == component + shift * G, "mismatch", "image")
    case.same(**membership.prove(claim, l, r, case.scalars("nonces")))
    case.same_log(claim.row.log)


def statement(case):
    start, L = case["start"], case["L"]
    ring = case.shared["rings"][case["ring"]]
    members = [bytes.fromhex(entry) for entry in ring[start:start + L]]
    image = [bytes.fromhex(point) for point in case["image"]]
    return membership.Statement(case.net, case["n"], case["m"], case["kind"], start, L, case.bytes("acc_start"),
                                case.bytes("acc_end"), image, members)


def _digests(case):
    """acc at every position of the ring, which is a list from position 0."""
    key = case.net, case["ring"], len(case.shared["rings"][case["ring"]])
    if key not in _accs:
        accs = [reference.first_acc(case.net)]
        for g, entry in enumerate(case.shared["rings"][case["ring"]]):
            accs.append(reference.accumulate(accs[g], [bytes.fromhex(entry)], g))
        _accs[key] = accs
    return _accs[key]



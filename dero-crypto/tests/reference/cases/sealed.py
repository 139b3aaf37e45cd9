"""`sealed.json` (vaults-and-credentials 12.2 and 12.3)."""

import sealed
from generators import G
from refusal import require


def check(case):
    net = case.net
    deposit = sealed.Deposit(net, case.bytes("ic"), case.bytes("locked"), case.bytes("record"), case["height"])
    if case.has("vault_id"):
        case.same(vault_id=deposit.vault_id)
    if case.has("record_digest"):
        case.same(record_digest=deposit.record.digest)
    if not deposit.parts:
        require(not case.has("proof"), "bad-length", "no alternative, no proof")
        return
    sealed.verify(deposit, net, case.bytes("body_digest"), case.bytes("proof"))
    if case.has("kappa"):
        y = case.scalars("y")
        require([len(parts) for parts in case["parts"]] == [len(parts) for parts in deposit.parts], "mismatch", "parts")
        require(all(sum(parts) == case["a"] for parts in case["parts"]), "mismatch", "amounts")
        case.same(Y=deposit.differences())
        case.same(Y=[logarithm * G for logarithm in y])
        made = sealed.prove(deposit, net, case.bytes("body_digest"), y, case.scalar("kappa"))
        log = made.pop("log")
        case.same(**made)
        case.same_log(log)

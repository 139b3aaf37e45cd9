"""`authority.json` (sections 12.2 and 12.4): the Schnorr rows of locked enotes."""

import ristretto
import schnorr
from generators import G
from refusal import require


def check(case):
    require(case["kind"] in ("vault-auth", "accept"), "bad-kind", "case")
    if case["kind"] == "vault-auth":
        items = case.bytes("m_tx"), case.bytes("vault_id")
    else:
        items = case.bytes("vault_id"), case.bytes("txid"), case["i"]
    row = case.net, case["kind"], items
    schnorr.verify(*row, ristretto.decode(case.bytes("P"), "P"), case.bytes("proof"))
    if case.has("p"):
        proof, _ = schnorr.sign(*row, case.scalar("p"), case.scalar("nonce"))
        case.same(P=case.scalar("p") * G, proof=proof)

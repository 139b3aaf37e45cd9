"""`asset.json` (section 9)."""

import asset
from generators import G, asset as generator
from refusal import require


def check(case):
    if case["kind"] == "id":
        if case.has("ticker"):
            names = "issuer_kind", "ticker", "asset_name", "decimals", "max_supply", "flags"
            kind, ticker, name, decimals, max_supply, flags = (case[key] for key in names)
            case.same(descriptor=asset.descriptor(kind, case.bytes("issuer"), ticker, name, decimals, max_supply, flags,
                                                  case.bytes("metadata")))
        alpha = asset.asset_id(case.net, case.bytes("descriptor"), case.bytes("ic"), case["op_index"])
        case.same(alpha=alpha, A_alpha=generator(alpha))
        return
    require(case["kind"] == "issuer", "bad-kind", "case")
    signed = case.net, case.bytes("m_tx"), case["op_index"], case.bytes("alpha")
    asset.verify(*signed, case.bytes("I"), case.bytes("proof"))
    if case.has("nonce"):
        proof, log = asset.sign(*signed, case.scalar("i"), case.scalar("nonce"))
        case.same(I=case.scalar("i") * G, proof=proof)
        case.same_log(log)

"""`balance.json` (section 8.1)."""

import balance
import ristretto
import scalar
from generators import G, asset
from refusal import require


def check(case):
    balance.verify(terms(case), case["fee"], case.bytes("pi"))
    for term in case["terms"]:
        if "mask" in term:
            mask = scalar.decode(bytes.fromhex(term["mask"]), "mask")
            opened = term["amount"] * asset(bytes.fromhex(term["alpha"])) + mask * G
            require(opened == ristretto.decode(bytes.fromhex(term["point"])), "mismatch", "point")


def terms(case):
    out = []
    for term in case["terms"]:
        if term["role"] in balance.HIDDEN:
            out.append((term["role"], bytes.fromhex(term["point"])))
        else:
            out.append((term["role"], bytes.fromhex(term["alpha"]), term["amount"]))
    return out

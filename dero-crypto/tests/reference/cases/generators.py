"""`generators.json` (sections 1.2 and 1.3)."""

import hashing
import ristretto
from hashing import h, le32, le64
from refusal import require


def check(case):
    if case["kind"] == "point":
        if case["label"] == "basepoint":
            require(not case["items"], "mismatch", "items")
            point = ristretto.basepoint()
        else:
            point = hashing.hp(case["label"], *map(bytes.fromhex, case["items"]))
        case.same(point=point)
        return
    require(case["kind"] == "net", "bad-kind", "case")
    rows = []
    for entry in case["alloc"]:
        rows += [entry["address"].encode(), le64(entry["amount"]), bytes.fromhex(entry["sigma"])]
    alloc = h(32, "genesis/alloc", *rows)
    numbers = le32(case["protocol_version"]), le32(case["n"]), le32(case["m"])
    case.same(alloc_digest=alloc)
    case.same(value=h(32, "network", case["network_name"].encode(), le64(case["genesis_time"]), *numbers, alloc))


"""`encoding.json` (section 1.1)."""

import ristretto
import scalar
from refusal import require


def check(case):
    data = case.bytes("bytes")
    module = {"scalar": scalar, "point": ristretto}[case["kind"]]
    value = module.decode(data)
    again = scalar.encode(value) if module is scalar else ristretto.encode(value.raw)
    require(again == data, "not-canonical", "encoded again")

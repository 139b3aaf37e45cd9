"""`wire.json` (sections 4.1 and 4.6): the fields of an enote in their order."""

import enote
from generators import NATIVE
from refusal import require

FIELDS = {
    "enote": (("Ko", 32), ("C", 32), ("T", 32), ("De", 32), ("vt1", 1), ("vt2", 2), ("sigma_enc", 16), ("pay_enc", 16)),
    "public": (("Ko", 32), ("De", 32), ("vt1", 1), ("vt2", 2), ("sigma_enc", 16), ("t_enc", 8)),
}


def check(case):
    data, kind = case.bytes("bytes"), case["kind"]
    require(kind in FIELDS, "bad-kind", "case")
    enote.Enote(data, (1, NATIVE) if kind == "public" else None)
    at = 0
    for name, size in FIELDS[kind]:
        case.same(**{name: data[at:at + size]})
        at += size

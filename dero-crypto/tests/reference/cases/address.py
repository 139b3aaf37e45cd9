"""`address.json` (section 3)."""

import address
from keys import Keys

PREFIXES = "dero", "derot", "deror"


def check(case):
    if not case.has("s_m"):
        case.same(payload=address.from_text(case["text"], case["hrp"]))
        return
    keys, j = Keys.of_master(case.bytes("s_m")), case["j"]
    made = address.of_index(keys, j)
    e, d = address.secrets(keys, j)
    case.same(e_j=e, d_j=d, K_j=made.K, B_j=made.B, F_j=made.F, R_j=made.R, t_j=made.t, payload=made.payload())
    assert address.index_of_tag(keys.s_ct, made.t) == j
    for hrp in PREFIXES:
        case.same(**{f"text_{hrp}": address.to_text(made.payload(), hrp)})
        assert address.from_text(address.to_text(made.payload(), hrp), hrp) == made.payload()

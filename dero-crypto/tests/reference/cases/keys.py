"""`keys.json` (section 2). Ours has a `kind`: the bytes of one tier alone."""

from keys import Keys, read_tier


def check(case):
    if case.has("kind"):
        return case.same(**read_tier(case["kind"], case.bytes("bytes")))
    if case.has("s_m"):
        keys = Keys.of_master(case.bytes("s_m"))
        case.same(k_s=keys.k_s)
    else:
        keys = Keys.of_audit_key(case.bytes("view_balance"))
    names = "Y_s s_vb k_i s_sv s_fs s_ov k_r R k_f F s_ga s_ct K_s".split()
    case.same(**{name: getattr(keys, name) for name in names}, **keys.tiers())

"""`enote.json` (sections 4 and 5)."""

import address
import enote
from keys import Keys
from refusal import Refused, require


def check(case):
    {"ic": _context, "make": _make, "scan": _scan, "memo": _memo}[case["kind"]](case)


def _context(case):
    form = case["form"]
    if form == "bundle":
        ic = enote.context_of_bundle(case.net, case.bytes("a_min"))
    elif form == "coinbase":
        ic = enote.context_of_coinbase(case.net, case["height"], case["index"])
    elif form == "genesis":
        ic = enote.context_of_genesis(case.net, case["index"])
    else:
        require(form == "sealed", "bad-kind", form)
        ic = enote.context_of_sealed(case.bytes("bundle_ic"), case.bytes("Ko"), case["index"])
    case.same(ic=ic)


def _is_public(case):
    require(case["form"] in ("enote", "public"), "bad-kind", "form")
    return case["form"] == "public"


def _make(case):
    to = address.of_index(Keys.of_master(case.bytes("recipient_s_m")), case["j"])
    case.same(address=to.payload())
    sender = Keys.of_master(case.bytes("sender_s_m")) if case.has("sender_s_m") else None
    ic, sigma = case.bytes("ic"), case.bytes("sigma")
    if case.has("seed_from"):
        derived = enote.outgoing_seed(sender.s_ov, ic, case.bytes("tx_nonce"), case["k"])
        require((sigma == derived) == (case["seed_from"] == "outgoing"), "mismatch", "sigma")
    kappa, decoy = case["kappa"], case.has("decoy") and case["decoy"]
    made = enote.make(case.net, address.from_payload(to.payload()), ic, case["a"], case.bytes("alpha"), kappa, sigma,
                      _is_public(case), sender, decoy)
    if not case.has("w"):  # a fresh case has the record alone, and its tags of one byte may be equal by chance
        return case.same(enote=made["enote"])
    case.same(**made)
    if kappa:
        require(len({made["vt1_external"], made["vt1_self"], made["vt1_decoy"]}) == 3, "mismatch", "view tags differ")


def _scan(case):
    keys, ic = Keys.of_master(case.bytes("s_m")), case.bytes("ic")
    registry = list(map(bytes.fromhex, case.shared["registry"]))
    public = (case["a"], case.bytes("alpha")) if _is_public(case) else None
    record = enote.Enote(case.bytes("enote"), public)
    tier = case["tier"]
    try:
        if tier == "find":
            case.same(matches=enote.find(case.net, keys, ic, record, case["with_s_fs"]))
        elif tier == "view_received":
            case.same(found=enote.receive(case.net, keys, ic, record, registry))
        elif tier == "view_balance":
            case.same(found=enote.own(keys, ic, record, registry))
        else:
            require(tier == "outgoing", "bad-kind", tier)
            case.same(found=enote.sent(keys, ic, record, case.bytes("tx_nonce"), case["k"], registry))
    except Refused as refusal:
        if refusal.error == "not-owned" and case.has("check"):
            require(refusal.where == case["check"], "mismatch", f"check: first failure is {refusal.where}")
        raise


def _memo(case):
    sigma, Ko, padded = case.bytes("sigma"), case.bytes("Ko"), case.bytes("padded")
    plain = enote.open_memo(sigma, Ko, case.bytes("memo"))
    require(padded == case.bytes("plaintext").ljust(case["size"] - 16, b"\0"), "mismatch", "padded")
    case.same(padded=plain, memo=enote.seal_memo(sigma, Ko, padded))

"""`reference.json` (section 7.5)."""

import reference
from refusal import require
from wire import exactly

_lists = {}


def check(case):
    {"acc": _acc, "interval": _interval, "resolve": _resolve, "candidates": _candidates,
     "anchors": _anchors, "coins": _coins, "member": _member}[case["kind"]](case)


def _list(case):
    key = case.net, case["list"], id(case.shared)
    if key not in _lists:
        listed = case.shared["lists"][case["list"]]
        require(listed["n"] ** listed["m"] == listed["N"], "bad-parameters", "list")
        enotes = list(map(bytes.fromhex, listed["enotes"]))
        _lists[key] = reference.List(case.net, listed["N"], listed["L_min"], enotes, listed["length_at_height"])
    return _lists[key]


def _acc(case):
    list_, position = _list(case), case["position"]
    if case.has("leaf"):
        case.same(leaf=reference.leaf(list_.enotes[position], position))
    case.same(acc=list_.accs[position])


def _interval(case):
    start, enotes = case["start"], list(map(bytes.fromhex, case["enotes"]))
    end = reference.accumulate(case.bytes("acc_start"), enotes, start)
    require(end == case.bytes("acc_end"), "bad-digest", "acc_end")
    list_ = _list(case)
    case.same(acc_start=list_.accs[start], acc_end=list_.accs[start + len(enotes)])


def _resolve(case):
    list_ = _list(case)
    start, L = list_.resolve(case.bytes("reference"), case["height"])
    case.same(start=start, L=L, acc_start=list_.accs[start], acc_end=list_.accs[start + L])


def _candidates(case):
    list_ = _list(case)
    case.same(candidates=list_.candidates(case["position"], case["height"]))


def _anchors(case):
    case.same(ea=reference.next_anchors(case.bytes("before"), case["e"]))


def _coins(case):
    hashes = [reference.coin_hash(case.bytes("s_vb"), bytes.fromhex(L)) for L in case["tags"]]
    case.same(hashes=b"".join(hashes))


def _member(case):
    fields = exactly(case.bytes("bytes"), 96, "member")
    case.same(Ko=fields.point(), C=fields.point(), T=fields.point())

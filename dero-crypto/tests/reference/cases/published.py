"""`published.json`: what others have published of what everything here stands on."""

import hashlib

import ristretto
from cases import encoding
from generators import G
from hashing import le32
from refusal import require
from transcript import Strobe


def check(case):
    kind = case["kind"]
    if kind == "point":
        encoding.check(case)
    elif kind == "multiple":
        point = ristretto.decode(case.bytes("point"))
        require(case["k"] * ristretto.basepoint() == point, "mismatch", "k times B")
        case.same(point=case["k"] * G)
    elif kind == "one-way":
        case.same(point=ristretto.from_uniform_bytes(case.bytes("bytes")))
    elif kind == "shake256":
        case.same(answer=hashlib.shake_256(case.bytes("message")).digest(512))
    else:
        require(kind == "merlin", "bad-kind", kind)
        case.same(answer=_merlin(case["label"].encode(), case["rounds"]))


def _merlin(label, rounds):
    """The last challenge of Merlin's test protocols."""
    strobe, challenge = Strobe(b"Merlin v1.0"), b""
    _append(strobe, b"dom-sep", b"test protocol")
    _append(strobe, label, b"some data")
    for _ in range(rounds):
        strobe.meta_ad(b"challenge", False)
        strobe.meta_ad(le32(32), True)
        challenge = strobe.prf(32, False)
        _append(strobe, b"bigdata", bytes([99]) * 1024)
        _append(strobe, b"challengedata", challenge)
    return challenge


def _append(strobe, label, message):
    strobe.meta_ad(label, False)
    strobe.meta_ad(le32(len(message)), True)
    strobe.ad(message, False)

"""`published.json`: what others have published of what everything here stands on."""

import hashlib

import ristretto
from cases import encoding
from generators import G
from refusal import require
from transcript import Merlin


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
    merlin, challenge = Merlin(b"test protocol"), b""
    merlin.append_message(label, b"some data")
    for _ in range(rounds):
        challenge = merlin.challenge_bytes(b"challenge", 32)
        merlin.append_message(b"bigdata", bytes([99]) * 1024)
        merlin.append_message(b"challengedata", challenge)
    return challenge

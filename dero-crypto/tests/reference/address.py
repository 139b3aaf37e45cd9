"""Addresses (section 3): their parts, the Feistel cipher of the index, the text form."""

from generators import G, X
from hashing import h, hs, le32, le64
from refusal import require
from wire import exactly

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
KIND = 1
PAYLOAD, TEXT = 137, 232


class Address:
    """The public parts: K, B, F, R and the tag t."""

    def __init__(self, K, B, F, R, t):
        self.K, self.B, self.F, self.R, self.t = K, B, F, R, t

    def payload(self):
        return bytes([KIND]) + b"".join(map(bytes, (self.K, self.B, self.F, self.R))) + self.t


def secrets(keys, j):
    """(e_j, d_j)."""
    K_s = bytes(keys.K_s)
    return hs("addr/e", keys.s_ga, le64(j), K_s), hs("addr/d", keys.s_ga, le64(j), K_s)


def of_index(keys, j):
    e, d = secrets(keys, j)
    return Address(keys.K_s + e * X, d * G, d * keys.F, d * keys.R, tag_of_index(keys.s_ct, j))


def tag_of_index(s_ct, j):
    """Eight Feistel rounds over the halves of le64(j)."""
    left, right = le64(j)[:4], le64(j)[4:]
    for i in range(8):
        left, right = right, _xor(left, h(4, "addr/feistel", s_ct, le32(i), right))
    return left + right


def index_of_tag(s_ct, t):
    left, right = t[:4], t[4:]
    for i in reversed(range(8)):
        left, right = _xor(right, h(4, "addr/feistel", s_ct, le32(i), left)), left
    return int.from_bytes(left + right, "little")


def _xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def to_text(payload, hrp):
    number = int.from_bytes(payload + h(8, "address", hrp.encode(), payload), "big")
    return hrp + "1" + "".join(ALPHABET[number >> 5 * i & 31] for i in reversed(range(TEXT)))


def from_text(text, hrp):
    """The payload, checked in the order of section 3."""
    upper, lower = any("A" <= c <= "Z" for c in text), any("a" <= c <= "z" for c in text)
    require(not (upper and lower), "mixed-case", "address")
    text = "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)
    prefix, separator, data = text.partition("1")
    require(separator and len(data) == TEXT, "bad-length", "address")
    require(prefix == hrp, "wrong-hrp", "address")
    number = 0
    for character in data:
        require(character in ALPHABET, "bad-character", "address")
        number = number << 5 | ALPHABET.index(character)
    whole = number.to_bytes(PAYLOAD + 8, "big")
    payload, check = whole[:PAYLOAD], whole[PAYLOAD:]
    require(check == h(8, "address", hrp.encode(), payload), "bad-checksum", "address")
    from_payload(payload)
    return payload


def from_payload(payload):
    fields = exactly(payload, PAYLOAD, "address")
    require(fields.integer(1) == KIND, "bad-kind", "address")
    return Address(fields.point(), fields.point(), fields.point(), fields.point(), fields.take(8))



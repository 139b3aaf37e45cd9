"""`memo.json` (section 4.4): what a reader takes out of a memo."""

import enote
from refusal import require

SIZES = 64, 256, 1024


def check(case):
    memo, sigma, Ko = case.bytes("memo"), case.bytes("sigma"), case.bytes("Ko")
    require(len(memo) in SIZES, "bad-length", "memo")
    padded = enote.open_memo(sigma, Ko, memo)
    plaintext = case.bytes("plaintext")
    require(padded == plaintext.ljust(case["size"] - 16, b"\0"), "mismatch", "plaintext")
    require(case["size"] == min(size for size in SIZES if len(plaintext) <= size - 16), "mismatch", "size")
    case.same(memo=enote.seal_memo(sigma, Ko, padded))

    entries = read(padded)
    case.same(entries=[[kind, value] for kind, value in entries])
    case.same(written=b"".join(bytes([kind]) + len(value).to_bytes(2, "little") + value for kind, value in entries))


def read(text):
    """The entries before the first one that is out of order, cut off, or of type 0."""
    entries = []
    while len(text) >= 3:
        kind, end = text[0], 3 + int.from_bytes(text[1:3], "little")
        if kind <= (entries[-1][0] if entries else 0) or end > len(text):
            break
        entries.append((kind, text[3:end]))
        text = text[end:]
    return entries

"""Known answers from elsewhere for what no case of a file reaches: Keccak, square roots, STROBE."""

import hashlib

import field
import keccak
from transcript import APPLICATION, CIPHER, Strobe


def failures():
    """The names of the anchors that do not hold."""
    anchors = ("Keccak-f[1600]", _keccak), ("square root of a ratio", _sqrt_ratio), ("STROBE", _strobe)
    return [name for name, holds in anchors if not holds()]


def _keccak():
    """One block of SHAKE256, as `hashlib` computes it."""
    state = bytearray(200)
    state[0], state[135] = 0x1F, 0x80
    return keccak.permute(state)[:136] == hashlib.shake_256(b"").digest(136)


def _sqrt_ratio():
    """RFC 9496, appendix A.4: (u, v, was square, root)."""
    rows = (
        (0, 0, True, 0),
        (0, 1, True, 0),
        (1, 0, False, 0),
        (2, 1, False, int.from_bytes(bytes.fromhex(
            "3c5ff1b5d8e4113b871bd052f9e7bcd0582804c266ffb2d4f4203eb07fdb7c54"), "little")),
        (4, 1, True, 2),
        (1, 4, True, int.from_bytes(bytes.fromhex(
            "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff3f"), "little")),
    )
    return all(field.sqrt_ratio(u, v) == (was_square, root) for u, v, was_square, root in rows)


def _strobe():
    """The first operations of the vector "simple tests" of StrobeGo, which strobe-rs has too: KEY, AD, PRF."""
    strobe = Strobe(b"custom string")
    strobe._operate(APPLICATION | CIPHER, False)
    for byte in b"010101":  # KEY overwrites the state
        strobe.state[strobe.place] = byte
        strobe._step()
    strobe.ad(b"hello, how are you good sir?", False)
    return strobe.prf(16, False).hex() == "5ce86d0815c02a27d8bdd923f2cb0bd8"

"""Known answers from elsewhere for what everything else stands on: Keccak, ristretto255, Merlin."""

import hashlib

import keccak
import ristretto
from hashing import le32
from transcript import Strobe


def failures():
    """The names of the anchors that do not hold."""
    return [name for name, holds in (("Keccak-f[1600]", _keccak), ("ristretto255", _ristretto), ("Merlin", _merlin))
            if not holds()]


def _keccak():
    """One block of SHAKE256, as `hashlib` computes it."""
    state = bytearray(200)
    state[0], state[135] = 0x1F, 0x80
    return keccak.permute(state)[:136] == hashlib.shake_256(b"").digest(136)


def _ristretto():
    """RFC 9496, appendix A.3, first entry."""
    data = hashlib.sha512(b"Ristretto is traditionally a short shot of espresso coffee").digest()
    expected = "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46"
    return bytes(ristretto.from_uniform_bytes(data)).hex() == expected


def _merlin():
    """The equivalence test of the Merlin documentation."""
    strobe = Strobe(b"Merlin v1.0")
    for label, message in ((b"dom-sep", b"test protocol"), (b"some label", b"some data")):
        strobe.meta_ad(label, False)
        strobe.meta_ad(le32(len(message)), True)
        strobe.ad(message, False)
    strobe.meta_ad(b"challenge", False)
    strobe.meta_ad(le32(32), True)
    return strobe.prf(32, False).hex() == "d5a21972d0d5fe320c0d263fac7fffb8145aa640af6e9bca177c03c7efcf0615"

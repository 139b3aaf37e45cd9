"""The framed hash of section 1.2: frame, h_n, hs and hp."""

import hashlib

import ristretto
import scalar


def le16(n):
    return n.to_bytes(2, "little")


def le32(n):
    return n.to_bytes(4, "little")


def le64(n):
    return n.to_bytes(8, "little")


def frame(domain, *items):
    """The whole input of the XOF: nothing can move from one item to its neighbour."""
    domain = domain if isinstance(domain, bytes) else domain.encode()
    out = b"dero/d1" + le64(len(domain)) + domain + le64(len(items))
    for item in items:
        item = bytes(item)
        out += le64(len(item)) + item
    return out


def h(count, domain, *items):
    """The first `count` bytes of SHAKE256(frame)."""
    return hashlib.shake_256(frame(domain, *items)).digest(count)


def hs(domain, *items):
    """A scalar."""
    return scalar.wide(h(64, domain, *items))


def hp(domain, *items):
    """A point whose logarithm nobody knows."""
    return ristretto.from_uniform_bytes(h(64, domain, *items))

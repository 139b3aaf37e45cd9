"""Fiat-Shamir: Merlin transcripts over STROBE-128 (section 1.2; merlin.cool; strobe.sourceforge.io, version 1.0.2).

Only the three operations that a verifier needs exist: meta-AD, AD and PRF.
"""

import keccak
import scalar
from refusal import require

RATE = 166  # bytes of the state that are touched: 200 - 2·128/8 - 2
META, APPLICATION, INBOUND, CIPHER = 16, 2, 1, 4


class Strobe:
    """The duplex: a state, the place in it, and where the present operation began."""

    def __init__(self, protocol):
        state = bytearray(200)
        state[:18] = bytes([1, RATE + 2, 1, 0, 1, 96]) + b"STROBEv1.0.2"
        self.state = keccak.permute(state)
        self.place = self.begin = self.flags = 0
        self.meta_ad(protocol, False)

    def meta_ad(self, data, more):
        self._operate(META | APPLICATION, more)
        self._absorb(data)

    def ad(self, data, more):
        self._operate(APPLICATION, more)
        self._absorb(data)

    def prf(self, count, more):
        self._operate(INBOUND | APPLICATION | CIPHER, more)
        out = bytearray()
        for _ in range(count):
            out.append(self.state[self.place])
            self.state[self.place] = 0
            self._step()
        return bytes(out)

    def _operate(self, flags, more):
        if more:
            assert flags == self.flags, "an operation goes on only as itself"
            return
        begin, self.begin, self.flags = self.begin, self.place + 1, flags
        self._absorb(bytes([begin, flags]))
        if flags & CIPHER and self.place:
            self._permute()

    def _absorb(self, data):
        for byte in data:
            self.state[self.place] ^= byte
            self._step()

    def _step(self):
        self.place += 1
        if self.place == RATE:
            self._permute()

    def _permute(self):
        self.state[self.place] ^= self.begin
        self.state[self.place + 1] ^= 0x04
        self.state[RATE + 1] ^= 0x80
        self.state = keccak.permute(self.state)
        self.place = self.begin = 0


class Merlin:
    """A transcript of Merlin: messages and challenges, each framed with its label and length."""

    def __init__(self, label):
        self.strobe = Strobe(b"Merlin v1.0")
        self.append_message(b"dom-sep", label)

    def append_message(self, label, data):
        self._frame(label, len(data))
        self.strobe.ad(data, False)

    def challenge_bytes(self, label, count):
        self._frame(label, count)
        return self.strobe.prf(count, False)

    def _frame(self, label, count):
        self.strobe.meta_ad(label, False)
        self.strobe.meta_ad(count.to_bytes(4, "little"), True)


class Transcript:
    """One row of section 1.4 (or 13.7): the label, net and version, then items and challenges in order."""

    def __init__(self, label, net):
        self.merlin = Merlin(b"dero/d1/" + label.encode())
        self.log = []  # what a vector lists under `transcript`
        self.absorb(net, 1)

    def absorb(self, *items):
        """Bytes as they are, points as their encoding, integers as 8 bytes little-endian."""
        for item in items:
            data = item.to_bytes(8, "little") if isinstance(item, int) else bytes(item)
            self.merlin.append_message(b"d", data)
            self.log.append(("", data))

    def challenge(self):
        """A challenge; zero is a verification failure."""
        value = scalar.wide(self.merlin.challenge_bytes(b"c", 64))
        require(value != 0, "bad-proof", "zero challenge")
        self.log.append((">", scalar.encode(value)))
        return value

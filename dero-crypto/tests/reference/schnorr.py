"""Schnorr signatures as section 1.2 defines them: bytes A | s, s·Q = A + c·P."""

import scalar
from equations import demand
from generators import G
from transcript import Transcript
from wire import exactly


def _challenge(net, label, items, key, A):
    row = Transcript(label, net)
    row.absorb(*items, G, key, A)
    return row.challenge(), row.log


def sign(net, label, items, secret, nonce):
    """(proof, transcript log) under the key secret·G."""
    A = nonce * G
    c, log = _challenge(net, label, items, secret * G, A)
    return bytes(A) + scalar.encode(nonce + c * secret), log


def equations(net, label, items, key, proof):
    fields = exactly(proof, 64, "Schnorr signature")
    A, s = fields.point(), fields.scalar()
    c, _ = _challenge(net, label, items, key, A)
    return [[(s, G), (-1, A), (-c, key)]]


def verify(net, label, items, key, proof):
    demand(equations(net, label, items, key, proof), "bad-signature")

"""Sealed alternatives (vaults-and-credentials 12.2 and 12.3): the record of a locked enote and its one proof.

Each part shows T_{j,b} - T = delta·G, each alternative sum_b C_{j,b} - C = eps·G: the same asset, the same amount.
"""

import ristretto
import scalar
from enote import Enote
from equations import demand
from generators import G
from hashing import h
from refusal import require
from scalar import ELL, powers
from transcript import Transcript
from wire import Reader, exactly

NONE = bytes(32)


class Record:
    """Cut as bytes: counts and flags are checked here, nothing is decoded."""

    def __init__(self, data):
        fields = Reader(data, "lock record")
        kind = fields.integer(1)
        require(kind <= 1, "bad-flags", "kind")
        self.accept_phase = kind == 1
        self.contract_id, self.P_auth = fields.take(32), fields.take(32)
        self.due, self.default, self.accept_by = fields.integer(8), fields.integer(1), fields.integer(8)
        n_acc = fields.integer(1)
        require(1 <= n_acc <= 4 if self.accept_phase else n_acc == 0, "bad-count", "n_acc")
        require(self.accept_phase or self.accept_by == 0, "bad-accept", "accept_by")
        self.P_acc = [fields.take(32) for _ in range(n_acc)]
        J = fields.integer(1)
        require(J <= 8, "limit", "J")
        require(self.default <= J, "bad-default", "default")
        self.parts = []
        for _ in range(J):
            B = fields.integer(1)
            require(1 <= B <= 4, "bad-count", "B")
            self.parts.append([fields.take(163) for _ in range(B)])
        fields.end()
        self.digest = h(32, "vault/record", data)


class Deposit:
    """A locked enote and its record, with every rule of 12.2 but the existence of the contract."""

    def __init__(self, net, ic, locked, record, height):
        self.record = Record(record)
        self._orders()
        self._heights(height)
        self._points(locked)
        self.vault_id = h(32, "vault/id", net, ic, locked, self.record.digest)

    def _orders(self):
        require(_ascending(self.record.P_acc), "unsorted", "P_acc")
        for parts in self.record.parts:
            require(_ascending([part[:32] for part in parts]), "unsorted", "parts")

    def _heights(self, height):
        require(height < self.record.due, "bad-height", "due")
        if self.record.accept_phase:
            require(height <= self.record.accept_by < self.record.due, "bad-height", "accept_by")

    def _points(self, locked):
        self.locked = Enote(locked)
        if self.record.P_auth != NONE:
            ristretto.decode(self.record.P_auth, "P_auth")
        for key in self.record.P_acc:
            ristretto.decode(key, "P_acc")
        C, T = self.locked.C, self.locked.T
        self.parts, self.sums = [], []
        for encoded in self.record.parts:
            parts = [Enote(part) for part in encoded]
            total = ristretto.IDENTITY
            for part in parts:
                require(part.T != T and part.C != C, "reused-mask", "part")
                total = total + part.C
            require(total != C, "reused-mask", "sum of parts")
            require(len({bytes(part.T) for part in parts}) == len(parts), "reused-mask", "parts")
            self.parts.append(parts)
            self.sums.append(total)

    def differences(self):
        """Y_1 .. Y_s in proof order."""
        out = []
        for parts, total in zip(self.parts, self.sums):
            out += [part.T - self.locked.T for part in parts] + [total - self.locked.C]
        return out

    def row(self, net, body_digest):
        row = Transcript("sealed", net)
        row.absorb(body_digest, self.vault_id, self.locked.T, self.locked.C, len(self.parts))
        for parts in self.parts:
            row.absorb(len(parts))
            for part in parts:
                row.absorb(part.T, part.C)
        return row


def _ascending(items):
    return all(a < b for a, b in zip(items, items[1:]))


def equations(deposit, net, body_digest, proof):
    fields = exactly(proof, 64, "sealed proof")
    A, t = fields.point(), fields.scalar()
    row = deposit.row(net, body_digest)
    row.absorb(A)
    differences = deposit.differences()
    c = powers(row.challenge(), len(differences) + 1)[1:]
    return [[(1, A), *zip(c, differences), (-t, G)]]


def verify(deposit, net, body_digest, proof):
    demand(equations(deposit, net, body_digest, proof))


def prove(deposit, net, body_digest, logarithms, kappa):
    """`logarithms` of the differences, in proof order."""
    A = kappa * G
    row = deposit.row(net, body_digest)
    row.absorb(A)
    c = row.challenge()
    t = (kappa + sum(power * y for power, y in zip(powers(c, len(logarithms) + 1)[1:], logarithms))) % ELL
    return dict(A=A, c=c, t=t, proof=bytes(A) + scalar.encode(t), log=row.log)

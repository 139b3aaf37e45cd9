"""Asset surjection (section 8.4): T_j - Omega_i = delta·G for some i."""

import one_of_many
import ristretto
from equations import demand
from generators import A_0
from refusal import require
from transcript import Transcript


class Statement:
    def __init__(self, net, body_digest, bundle, j, omega, T):
        require(1 <= len(omega) <= 64, "bad-count", "omega")
        self.q = max(1, (len(omega) - 1).bit_length())
        omega = [ristretto.decode(point, "omega") for point in omega]
        self.padded = omega + [A_0] * (2**self.q - len(omega))
        self.T = ristretto.decode(T, "T")
        self.row = Transcript("surj", net)
        self.row.absorb(body_digest, bundle, j, self.q, *self.padded, self.T)


def equations(statement, proof):
    parsed = one_of_many.Proof(2, statement.q, proof, "surjection proof")
    members = [[point] for point in statement.padded]
    return one_of_many.equations(statement.row, 2, statement.q, members, [statement.T], parsed)


def verify(statement, proof):
    demand(equations(statement, proof))


def prove(statement, l, delta, nonces):
    members = [[point] for point in statement.padded]
    return one_of_many.prove(statement.row, 2, statement.q, members, [statement.T], l, [delta], nonces)

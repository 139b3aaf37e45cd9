"""Membership (section 7): the image (K~, C~, T~) is one enote of a window of the reference list, re-randomised."""

import one_of_many
import ristretto
from equations import demand
from refusal import require
from transcript import Transcript


class Statement:
    """`members` are the L entries Ko | C | T of the window."""

    def __init__(self, net, n, m, kind, start, L, acc_start, acc_end, image, members):
        require(n >= 2 and m >= 2 and n * m <= 64, "bad-parameters", "n, m")
        require(1 <= L <= n**m and L == len(members), "bad-interval", "L")
        self.n, self.m = n, m
        self.image = [ristretto.decode(point, "image") for point in image]
        self.members = [[ristretto.decode(entry[32 * i:32 * i + 32], "member") for i in range(3)] for entry in members]
        self.row = Transcript("member", net)
        self.row.absorb(n, m, 3, kind, start, L, acc_start, acc_end, *self.image)


def equations(statement, proof):
    n, m = statement.n, statement.m
    parsed = one_of_many.Proof(n, m, proof, "membership proof")
    return one_of_many.equations(statement.row, n, m, statement.members, statement.image, parsed)


def verify(statement, proof):
    demand(equations(statement, proof))


def prove(statement, l, r, nonces):
    return one_of_many.prove(statement.row, statement.n, statement.m, statement.members, statement.image, l, r, nonces)

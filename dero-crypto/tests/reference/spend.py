"""Spend authorisation (section 6): K~ = x·X + y·Y + z·G and U = x·L + y·Y."""

import ristretto
import scalar
from equations import demand
from generators import G, U, X, Y
from transcript import Transcript
from wire import exactly


class Statement:
    def __init__(self, net, m_tx, index, K, L):
        self.K, self.L = ristretto.decode(K, "image key"), ristretto.decode(L, "linking tag")
        self.row = Transcript("spend", net)
        self.row.absorb(m_tx, index, self.K, self.L)


def equations(statement, proof):
    """Two, each on its own: no sum over inputs exists."""
    fields = exactly(proof, 160, "spend proof")
    A1, A2 = fields.point(), fields.point()
    s_x, s_y, s_z = fields.scalar(), fields.scalar(), fields.scalar()
    statement.row.absorb(A1, A2)
    c = statement.row.challenge()
    return [[(s_x, X), (s_y, Y), (s_z, G), (-1, A1), (-c, statement.K)],
            [(s_x, statement.L), (s_y, Y), (-1, A2), (-c, U)]]


def verify(statement, proof):
    demand(equations(statement, proof))


def prove(statement, x, y, z, alpha, beta, gamma):
    A1 = alpha * X + beta * Y + gamma * G
    A2 = alpha * statement.L + beta * Y
    statement.row.absorb(A1, A2)
    c = statement.row.challenge()
    responses = alpha + c * x, beta + c * y, gamma + c * z
    return dict(A1=A1, A2=A2, c=c, proof=bytes(A1) + bytes(A2) + b"".join(map(scalar.encode, responses)))

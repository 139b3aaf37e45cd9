"""Link proof (section 8.3): C = a·T + x·G and E = a·H + y·G hold the same a."""

import ristretto
import scalar
from equations import demand
from generators import G, H
from transcript import Transcript
from wire import exactly


class Statement:
    def __init__(self, net, body_digest, bundle, j, T, C, E):
        self.T, self.C, self.E = (ristretto.decode(data, name) for data, name in ((T, "T"), (C, "C"), (E, "E")))
        self.row = Transcript("link", net)
        self.row.absorb(body_digest, bundle, j, self.T, self.C, self.E)


def equations(statement, proof):
    fields = exactly(proof, 160, "link proof")
    R1, R2 = fields.point(), fields.point()
    s_a, s_x, s_y = fields.scalar(), fields.scalar(), fields.scalar()
    statement.row.absorb(R1, R2)
    c = statement.row.challenge()
    return [[(s_a, statement.T), (s_x, G), (-1, R1), (-c, statement.C)],
            [(s_a, H), (s_y, G), (-1, R2), (-c, statement.E)]]


def verify(statement, proof):
    demand(equations(statement, proof))


def prove(statement, a, x, y, alpha_a, alpha_x, alpha_y):
    R1 = alpha_a * statement.T + alpha_x * G
    R2 = alpha_a * H + alpha_y * G
    statement.row.absorb(R1, R2)
    c = statement.row.challenge()
    responses = alpha_a + c * a, alpha_x + c * x, alpha_y + c * y
    return dict(c=c, proof=bytes(R1) + bytes(R2) + b"".join(map(scalar.encode, responses)))

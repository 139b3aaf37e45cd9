"""Bulletproofs+ (section 8.5): every V_j commits to a value of 64 bits on H, with its mask on G.

Lists count from 0 here, so entry i stands for index i + 1 of the text.
"""

import ristretto
import scalar
from equations import demand
from generators import G, H, vector
from refusal import require
from ristretto import sum_of_products
from scalar import ELL, inverse, powers
from transcript import Transcript
from wire import exactly

BITS = 64


class Statement:
    """`V` are the commitments that are sent; the padded ones are the identity and enter no equation."""

    def __init__(self, net, body_digest, bundle, V):
        count = len(V)
        require(1 <= count <= 16, "bad-count", "values")
        self.m = next(m for m in (1, 2, 4, 8, 16) if m >= count)
        self.N = BITS * self.m
        self.V = [ristretto.decode(point, "V") for point in V]
        self.row = Transcript("range", net)
        self.row.absorb(body_digest, bundle, count, self.m, *self.V)

    def constants(self, y, z):
        """(powers y^0 .. y^{N+1}, d_1 .. d_N, z^2 .. z^{2m})."""
        squares = [power * z % ELL * z % ELL for power in powers(z * z % ELL, self.m)]
        d = [square * 2**b % ELL for square in squares for b in range(BITS)]
        return powers(y, self.N + 2), d, squares


def equations(statement, proof):
    N, rounds = statement.N, statement.N.bit_length() - 1
    fields = exactly(proof, 32 * (2 * rounds + 6), "range proof")
    A = fields.point()
    LR = [(fields.point(), fields.point()) for _ in range(rounds)]
    A_last, B = fields.point(), fields.point()
    r, s, delta = fields.scalar(), fields.scalar(), fields.scalar()

    row = statement.row
    row.absorb(A)
    y, z = row.challenge(), row.challenge()
    e = []
    for L, R in LR:
        row.absorb(L, R)
        e.append(row.challenge())
    row.absorb(A_last, B)
    e_last = row.challenge()

    y_powers, d, squares = statement.constants(y, z)
    top, e_square = y_powers[N + 1], e_last * e_last % ELL
    zeta = (z - z * z) * sum(y_powers[1:N + 1]) - z * top * sum(d)
    terms = [(e_square, A), (e_last, A_last), (1, B), (e_square * zeta - r * y * s, H), (-delta, G)]
    terms += [(e_square * top * square, V) for square, V in zip(squares, statement.V)]
    for e_t, (L, R) in zip(e, LR):
        terms += [(e_square * e_t * e_t, L), (e_square * inverse(e_t) ** 2, R)]

    y_inverse = powers(inverse(y), N)
    sigma = _products([(inverse(e_t), e_t) for e_t in e])
    for i in range(N):
        g, h = vector(i)
        tau = sigma[N - 1 - i]  # every bit the other way
        terms.append((-e_square * z - r * e_last * y_inverse[i] * sigma[i], g))
        terms.append((e_square * (z + d[i] * y_powers[N - i]) - s * e_last * tau, h))
    return [terms]


def _products(pairs):
    """For each i: the product over rounds of the entry that the bit of i picks, most significant bit first."""
    out = [1]
    for zero, one in pairs:
        out = [product * factor % ELL for product in out for factor in (zero, one)]
    return out


def verify(statement, proof):
    demand(equations(statement, proof))


def prove(statement, values, masks, nonces):
    """With nonces alpha, d_L and d_R per round, r, s, delta, eta; padding values are zero with mask zero."""
    N, row = statement.N, statement.row
    a = [value >> b & 1 for value in values for b in range(BITS)]
    a += [0] * (N - len(a))
    b = [(bit - 1) % ELL for bit in a]
    g, h = map(list, zip(*(vector(i) for i in range(N))))

    alpha = nonces["alpha"]
    A = sum_of_products([(alpha, G), *zip(a, g), *zip(b, h)])
    row.absorb(A)
    y, z = row.challenge(), row.challenge()
    y_powers, d, squares = statement.constants(y, z)
    a = [(entry - z) % ELL for entry in a]
    b = [(entry + z + d[i] * y_powers[N - i]) % ELL for i, entry in enumerate(b)]
    alpha += y_powers[N + 1] * sum(square * mask for square, mask in zip(squares, masks))

    sent, e, half = [A], [], N
    for d_L, d_R in zip(nonces["d_L"], nonces["d_R"], strict=True):
        half //= 2
        (a1, a2), (b1, b2), (g1, g2), (h1, h2) = ((list_[:half], list_[half:]) for list_ in (a, b, g, h))
        shift, back = y_powers[half], inverse(y_powers[half])
        c_L = sum(y_powers[i + 1] * u * v for i, (u, v) in enumerate(zip(a1, b2)))
        c_R = sum(y_powers[i + 1 + half] * u * v for i, (u, v) in enumerate(zip(a2, b1)))
        L = sum_of_products([*((back * u, p) for u, p in zip(a1, g2)), *zip(b2, h1), (c_L, H), (d_L, G)])
        R = sum_of_products([*((shift * u, p) for u, p in zip(a2, g1)), *zip(b1, h2), (c_R, H), (d_R, G)])
        sent += [L, R]
        row.absorb(L, R)
        e_t = row.challenge()
        e.append(e_t)
        f_t = inverse(e_t)
        g = [sum_of_products([(f_t, p), (e_t * back, q)]) for p, q in zip(g1, g2)]
        h = [sum_of_products([(e_t, p), (f_t, q)]) for p, q in zip(h1, h2)]
        a = [(e_t * u + f_t * shift * v) % ELL for u, v in zip(a1, a2)]
        b = [(f_t * u + e_t * v) % ELL for u, v in zip(b1, b2)]
        alpha = (e_t**2 * d_L + alpha + f_t**2 * d_R) % ELL

    (a,), (b,), (g,), (h,) = a, b, g, h
    r, s, delta, eta = (nonces[name] for name in ("r", "s", "delta", "eta"))
    A_last = sum_of_products([(r, g), (s, h), (r * y * b + s * y * a, H), (delta, G)])
    B = sum_of_products([(r * y * s, H), (eta, G)])
    row.absorb(A_last, B)
    e_last = row.challenge()
    responses = r + a * e_last, s + b * e_last, eta + delta * e_last + alpha * e_last**2
    proof = b"".join(map(bytes, sent + [A_last, B])) + b"".join(map(scalar.encode, responses))
    return dict(y=y, z=z, e=e, e_last=e_last, proof=proof)

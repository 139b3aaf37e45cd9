"""One out of many with d components (section 7): S~_a = S_{l,a} + r_a·G for one l and every a.

The ring has N = n^m places; a list that is shorter repeats its last member, all components together.
"""

import scalar
from generators import G, matrix
from ristretto import sum_of_products
from scalar import ELL, powers
from wire import exactly


def proof_bytes(n, m):
    return 32 * (2 + m + m * (n - 1) + 2)


def digits(k, n, m):
    """k = sum k_j·n^j."""
    return [k // n**j % n for j in range(m)]


class Proof:
    """A | B | X_0 .. X_{m-1} | f_{0,1} .. f_{m-1,n-1} | z_A | z; f_{j,0} is not sent."""

    def __init__(self, n, m, data, where):
        fields = exactly(data, proof_bytes(n, m), where)
        self.A, self.B = fields.point(), fields.point()
        self.X = [fields.point() for _ in range(m)]
        self.f = [[fields.scalar() for _ in range(n - 1)] for _ in range(m)]
        self.z_A, self.z = fields.scalar(), fields.scalar()


def tensor(rows):
    """The products over all k of one entry per row, k with digit 0 least significant."""
    out = [1]
    for row in rows:
        out = [entry * product % ELL for entry in row for product in out]
    return out


def fold(coefficients, length):
    """Places behind the list count for its last member."""
    out = list(coefficients[:length])
    out[-1] = (out[-1] + sum(coefficients[length:])) % ELL
    return out


def combine(members, coefficients, mu):
    """Terms of sum_k c_k·sum_a mu^a·S_{k,a}."""
    return [(factor * power, component) for factor, member in zip(coefficients, members, strict=True)
            for power, component in zip(mu, member, strict=True)]


def equations(row, n, m, members, image, proof):
    """The two equations of 7.3; `row` has absorbed the statement."""
    mu = powers(row.challenge(), len(image))
    row.absorb(proof.A, proof.B, *proof.X)
    xi = row.challenge()
    f = [[(xi - sum(rest)) % ELL, *rest] for rest in proof.f]
    first = [(1, proof.A), (xi, proof.B), (-proof.z_A, G)]
    for j in range(m):
        for i in range(n):
            P, Q = matrix(j * n + i)
            first += [(-f[j][i], P), (-f[j][i] * (xi - f[j][i]), Q)]
    p = fold(tensor(f), len(members))
    last = pow(xi, m, ELL)
    second = combine([image], [last], mu) + combine(members, [-c for c in p], mu)
    second += [(-power, X) for power, X in zip(powers(xi, m), proof.X)] + [(-proof.z, G)]
    return [first, second]


def prove(row, n, m, members, image, l, r, nonces):
    """7.2 with given nonces a[j][i] (i >= 1), r_A, r_B, rho[j]; returns every message by name."""
    mu_challenge = row.challenge()
    mu = powers(mu_challenge, len(image))
    s = sum(power * shift for power, shift in zip(mu, r, strict=True))
    delta = [[int(digit == i) for i in range(n)] for digit in digits(l, n, m)]
    a = [[-sum(rest) % ELL, *rest] for rest in nonces["a"]]

    A, B = [(nonces["r_A"], G)], [(nonces["r_B"], G)]
    for j in range(m):
        for i in range(n):
            P, Q = matrix(j * n + i)
            A += [(a[j][i], P), (-a[j][i] ** 2, Q)]
            B += [(delta[j][i], P), (a[j][i] * (1 - 2 * delta[j][i]), Q)]

    X = []
    for j, p_j in enumerate(_polynomials(delta, a, m)):
        terms = combine([image], [sum(p_j)], mu)
        terms += combine(members, [-c for c in fold(p_j, len(members))], mu)
        X.append(sum_of_products(terms + [(nonces["rho"][j], G)]))

    A, B = sum_of_products(A), sum_of_products(B)
    row.absorb(A, B, *X)
    xi = row.challenge()
    f = [[(delta[j][i] * xi + a[j][i]) % ELL for i in range(n)] for j in range(m)]
    z_A = (nonces["r_A"] + xi * nonces["r_B"]) % ELL
    z = (s * pow(xi, m, ELL) - sum(rho * power for rho, power in zip(nonces["rho"], powers(xi, m)))) % ELL
    proof = b"".join(map(bytes, (A, B, *X)))
    proof += b"".join(scalar.encode(entry) for entries in f for entry in entries[1:])
    proof += scalar.encode(z_A) + scalar.encode(z)
    return dict(mu=mu_challenge, xi=xi, A=A, B=B, X=X, f=f, z_A=z_A, z=z, proof=proof)


def _polynomials(delta, a, m):
    """Row j: the coefficient p_{k,j} of xi^j in prod_j (delta·xi + a), for all k."""
    out = [[1]]
    for j in range(m):
        grown = []
        for i in range(len(a[j])):
            for polynomial in out:
                shifted = [0] + [delta[j][i] * c for c in polynomial]
                scaled = [a[j][i] * c for c in polynomial] + [0]
                grown.append([(u + v) % ELL for u, v in zip(shifted, scaled)])
        out = grown
    return [[polynomial[j] for polynomial in out] for j in range(m)]

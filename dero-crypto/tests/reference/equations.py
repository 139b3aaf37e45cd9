"""A linear equation over the group: terms (scalar, point) whose sum must be the identity."""

import scalar
from refusal import require
from ristretto import sum_of_products


def holds(terms):
    return sum_of_products(terms).is_identity()


def demand(equations, error="bad-proof"):
    """Each equation by itself, never a sum of them."""
    for number, terms in enumerate(equations, 1):
        require(holds(terms), error, f"equation {number}")


def weighted_sum(equations, weights):
    """All equations as one: each times its weight, equal points merged."""
    merged = {}
    for terms, weight in zip(equations, weights, strict=True):
        for factor, point in terms:
            factors = merged.setdefault(id(point), [0, point])
            factors[0] = (factors[0] + weight * factor) % scalar.ELL
    return list(map(tuple, merged.values()))

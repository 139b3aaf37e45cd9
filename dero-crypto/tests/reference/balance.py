"""The balance of a whole transaction (section 8.1): all that enters, minus all that leaves, is pi·G."""

import ristretto
import scalar
from equations import demand
from generators import A_0, G, asset

# What each kind of term counts: +1 enters, -1 leaves. Public ones give (alpha, amount), hidden ones a point.
HIDDEN = {"private-input": 1, "vault-input": 1, "mint-hidden": 1, "output": -1, "burn-hidden": -1}
PUBLIC = {"mint-public": 1, "move-in": 1, "burn-public": -1, "move-out": -1}


def equation(terms, fee, pi):
    """Terms are (role, point bytes) or (role, alpha, amount)."""
    out = []
    for role, *value in terms:
        if role in HIDDEN:
            out.append((HIDDEN[role], ristretto.decode(value[0], role)))
        else:
            alpha, amount = value
            out.append((PUBLIC[role] * amount, asset(alpha)))
    return out + [(-fee, A_0), (-scalar.decode(pi, "pi"), G)]


def verify(terms, fee, pi):
    demand([equation(terms, fee, pi)], "unbalanced")

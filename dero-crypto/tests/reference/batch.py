"""All equations of many items as one sum with random weights (sections 7.3 and 10.4)."""

import secrets

from equations import holds, weighted_sum
from refusal import require
from scalar import ELL


def accepts(items, draw=lambda: 1 + secrets.randbelow(ELL - 1)):
    """Whether the weighted sum over all equations of all items is zero; every equation has its own weight."""
    require(items, "empty-batch", "batch")
    all_equations = [terms for equations in items for terms in equations]
    return holds(weighted_sum(all_equations, [draw() for _ in all_equations]))


def culprits(items, **how):
    """Positions of the items that are false, found by halving."""
    if accepts(items, **how):
        return []
    if len(items) == 1:
        return [0]
    middle = len(items) // 2
    return culprits(items[:middle], **how) + [middle + i for i in culprits(items[middle:], **how)]

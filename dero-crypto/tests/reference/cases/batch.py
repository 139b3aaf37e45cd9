"""`batch.json` (sections 7.3 and 10.4)."""

import balance
import batch
import link
import membership
import rangeproof
import spend
import surjection
from case import Case
from equations import holds
from refusal import require

from . import balance as balance_case
from . import link as link_case
from . import member as member_case
from . import range as range_case
from . import spend as spend_case
from . import surjection as surjection_case

KINDS = {
    "spend": (spend_case, spend),
    "link": (link_case, link),
    "member": (member_case, membership),
    "surjection": (surjection_case, surjection),
    "range": (range_case, rangeproof),
}

# Attack A.10: such a batch passes where all weights are equal, up to the signs in which equations are written.
CANCELLING = "cancel", "-plus", "-minus"


def check(case):
    items = [_equations(Case(item, case.shared)) for item in case["items"]]
    verdicts = [all(map(holds, item)) for item in items]
    case.same(verdicts=verdicts)
    accepted = batch.accepts(items)
    require(accepted == all(verdicts), "mismatch", "the batch says otherwise than its items")
    false = [place for place, verdict in enumerate(verdicts) if not verdict]
    require(batch.culprits(items) == false, "mismatch", "culprits")
    if any(word in case["name"] for word in CANCELLING):
        require(_cancels(items), "mismatch", "no errors that cancel")
    require(accepted, "bad-proof", "batch")


def _cancels(items):
    sizes = [len(equations) for equations in items]
    signs = ([1] * sum(sizes), [1] * sizes[0] + [-1] * sum(sizes[1:]))
    return any(batch.accepts(items, draw=iter(weights).__next__) for weights in signs)


def _equations(item):
    kind = item["type"]
    if kind == "balance":
        return [balance.equation(balance_case.terms(item), item["fee"], item.bytes("pi"))]
    reader, module = KINDS[kind]
    return module.equations(reader.statement(item), item.bytes("proof"))

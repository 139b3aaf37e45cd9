"""`spend.json` (sections 6 and 14.6)."""

import ristretto
import scalar
import spend
from generators import G, U, X, Y
from hashing import hs, le64
from refusal import Refused, require
from scalar import powers


def check(case):
    if case["kind"] == "aggregated":
        _aggregated(case)
        return
    if case["kind"] == "signer":
        _signer(case)
        return
    require(case["kind"] == "single", "bad-kind", "case")
    spend.verify(statement(case), case.bytes("proof"))
    if case.has("alpha"):
        x, y, z = case.scalar("x"), case.scalar("y"), case.scalar("z")
        require(x * X + y * Y + z * G == ristretto.decode(case.bytes("K")), "mismatch", "K")
        require(x * ristretto.decode(case.bytes("L")) + y * Y == U, "mismatch", "L")
        claim = statement(case)
        nonces = case.scalar("alpha"), case.scalar("beta"), case.scalar("gamma")
        case.same(**spend.prove(claim, x, y, z, *nonces))
        case.same_log(claim.row.log)


def statement(case):
    return spend.Statement(case.net, case.bytes("m_tx"), case["index"], case.bytes("K"), case.bytes("L"))


def _signer(case):
    """A host that knows x and z, and a signer that knows k_s (section 14.6)."""
    spend.verify(statement(case), case.bytes("proof"))
    k_s, v, x, z = (case.scalar(name) for name in ("k_s", "v", "x", "z"))
    alpha, gamma, y = case.scalar("alpha"), case.scalar("gamma"), (k_s + v) % scalar.ELL
    K, L = (ristretto.decode(case.bytes(name)) for name in ("K", "L"))
    require(x * X + y * Y + z * G == K and x * L + y * Y == U, "mismatch", "K or L")
    P1, P2 = alpha * X + gamma * G, alpha * L
    items = case.bytes("rnd"), case.bytes("m_tx"), le64(case["index"]), K, L, scalar.encode(v), P1, P2
    beta = hs("device/nonce", scalar.encode(k_s), *items)
    made = spend.prove(statement(case), x, y, z, alpha, beta, gamma)
    s_y = scalar.decode(made["proof"][96:128], "s_y")
    case.same(P1=P1, P2=P2, beta=beta, beta_Y=beta * Y, s_y=s_y, c=made["c"], proof=made["proof"])


def _aggregated(case):
    """The summed equations of another verifier hold here (attack A.1); each input by itself must be refused."""
    A1, A2 = ristretto.decode(case.bytes("A1")), ristretto.decode(case.bytes("A2"))
    t_y, t_z = case.scalar("t_y"), case.scalar("t_z")
    inputs = [{name: bytes.fromhex(text) for name, text in entry.items()} for entry in case["inputs"]]
    K, L = ([ristretto.decode(entry[name]) for entry in inputs] for name in ("K", "L"))
    t = [int.from_bytes(entry["t"], "little") for entry in inputs]
    c = hs("test/summed", case.net, case.bytes("m_tx"), *K, *L, A1, A2)
    case.same(c=c)
    c = powers(c, len(K) + 1)[1:]
    zero = ristretto.sum_of_products([(sum(t), X), (t_y, Y), (t_z, G), (-1, A1), *((-w, key) for w, key in zip(c, K))])
    assert zero.is_identity(), "the forgery fails even where it should pass"
    zero = ristretto.sum_of_products([*zip(t, L), (t_y, Y), (-1, A2), (-sum(c), U)])
    assert zero.is_identity(), "the forgery fails even where it should pass"
    refused = 0
    for index, entry in enumerate(inputs):
        proof = b"".join((bytes(A1), bytes(A2), entry["t"], case.bytes("t_y"), case.bytes("t_z")))
        try:
            spend.verify(spend.Statement(case.net, case.bytes("m_tx"), index, entry["K"], entry["L"]), proof)
        except Refused:
            refused += 1
    require(refused != len(inputs), "bad-proof", "every input alone")

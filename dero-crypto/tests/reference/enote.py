"""Enotes: made (sections 4.3 and 4.6), recognised (5.1 to 5.3), and the memo beside them (4.4)."""

import address
import scalar
from generators import G, NATIVE, X, Y, asset
from hashing import h, hs, le32, le64
from keys import linking_tag
from refusal import Refused, require
from wire import exactly


def _xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


# Input contexts (4.2).

ANCHORS = {1: 33, 2: 33, 3: 65}  # bytes of each kind


def context_of_bundle(net, a_min):
    require(a_min, "bad-length", "a_min")
    require(a_min[0] in ANCHORS, "bad-kind", "a_min")
    require(len(a_min) == ANCHORS[a_min[0]], "bad-length", "a_min")
    return h(32, "ctx/bundle", net, a_min)


def context_of_coinbase(net, height, i):
    return h(32, "ctx/coinbase", net, le64(height), le32(i))


def context_of_genesis(net, k):
    return h(32, "ctx/genesis", net, le64(k))


def context_of_sealed(ic, Ko, j):
    return h(32, "ctx/sealed", ic, Ko, le32(j))


def outgoing_seed(s_ov, ic, tx_nonce, k):
    return h(16, "enote/seed", s_ov, ic, tx_nonce, le32(k))


# The hashes of one enote, by the name that its equation has (4.3).

def mask(sigma, ic, a, A, K, kappa):
    return hs("enote/mask", sigma, ic, le64(a), A, K, bytes([kappa]))


def extensions(sigma, ic, C, T):
    return hs("enote/ext-x", sigma, ic, C, T), hs("enote/ext-y", sigma, ic, C, T)


def external_wrap(S_r, De, ic):
    return h(32, "enote/wrap", S_r, De, ic)


def self_wrap(s_sv, De, ic, kappa):
    return h(32, "enote/wrap-self", s_sv, De, ic, bytes([kappa]))


def external_view_tag(net, S_f, De, ic, Ko):
    return h(1, "enote/vt1", net, S_f, De, ic, Ko)


def self_view_tag(s_fs, De, ic, Ko):
    return h(1, "enote/vt1-self", s_fs, De, ic, Ko)


def decoy_view_tag(s_sv, De, ic, Ko):
    return h(1, "enote/vt1-decoy", s_sv, De, ic, Ko)


def make(net, to, ic, a, alpha, kappa, sigma, public, sender=None, decoy=False):
    """Every value of section 4.3 by name. `public`: the form of 4.6, with b = 0 and x = 1."""
    A = asset(alpha)
    r = hs("enote/eph", sigma, ic, to.K, to.t)
    De = r * to.B
    b = 0 if public else hs("enote/asset", sigma, ic)
    T = A + b * G
    x = 1 if public else mask(sigma, ic, a, A, to.K, kappa)
    C = a * T + x * G
    u, v = extensions(sigma, ic, C, T)
    Ko = to.K + u * X + v * Y
    S_f, S_r = r * to.F, r * to.R
    out = dict(A=A, r=r, b=b, x=x, u=u, v=v, S_f=S_f, S_r=S_r, Ko=Ko, C=C, T=T, De=De)
    external = external_view_tag(net, S_f, De, ic, Ko)
    if kappa == 0:
        out["vt1"], out["w"] = external, external_wrap(S_r, De, ic)
    else:
        out["vt1_external"] = external
        out["vt1_self"] = self_view_tag(sender.s_fs, De, ic, Ko)
        out["vt1_decoy"] = decoy_view_tag(sender.s_sv, De, ic, Ko)
        out["vt1"] = out["vt1_decoy"] if decoy else out["vt1_self"]
        out["w"] = self_wrap(sender.s_sv, De, ic, kappa)
    out["vt2"] = h(2, "enote/vt2", out["w"], Ko)
    out["sigma_enc"] = _xor(sigma, h(16, "enote/seed-pad", out["w"], Ko))
    pay = _xor(le64(a) + to.t, h(16, "enote/pay", sigma, Ko))
    tail = out["vt1"] + out["vt2"] + out["sigma_enc"]
    if public:
        out["t_enc"] = pay[8:]
        out["enote"] = bytes(Ko) + bytes(De) + tail + out["t_enc"]
    else:
        out["pay_enc"] = pay
        out["enote"] = b"".join(map(bytes, (Ko, C, T, De))) + tail + pay
    return out


class Enote:
    """The decoded record: 163 bytes, or 91 with the amount and the asset given beside it."""

    def __init__(self, data, public=None):
        if public is None:
            fields = exactly(data, 163, "enote")
            self.Ko, self.C, self.T, self.De = (fields.point() for _ in range(4))
        else:
            fields = exactly(data, 91, "public enote")
            self.Ko, self.De = fields.point(), fields.point()
            a, alpha = public
            self.T = asset(alpha)
            self.C = a * self.T + G
        self.public = public
        self.vt1, self.vt2, self.sigma_enc = fields.take(1), fields.take(2), fields.take(16)
        self.pay_enc = fields.take(16 if public is None else 8)

    def payment(self, sigma):
        """(a, t) behind the pad."""
        pad = h(16, "enote/pay", sigma, self.Ko)
        if self.public is not None:
            return self.public[0], _xor(self.pay_enc, pad[8:])
        clear = _xor(self.pay_enc, pad)
        return int.from_bytes(clear[:8], "little"), clear[8:]


def _owned(condition, check):
    require(condition, "not-owned", check)


def find(net, keys, ic, enote, with_s_fs):
    """The keys of a find server whose formula gives vt1 (5.1)."""
    S_f = keys.k_f * enote.De
    matches = []
    if enote.vt1 == external_view_tag(net, S_f, enote.De, ic, enote.Ko):
        matches.append("k_f")
    if with_s_fs and enote.vt1 == self_view_tag(keys.s_fs, enote.De, ic, enote.Ko):
        matches.append("s_fs")
    _owned(matches, "vt1")
    return matches


def receive(net, keys, ic, enote, registry):
    """5.1 and 5.2: a payment from somebody else."""
    S_f, S_r = keys.k_f * enote.De, keys.k_r * enote.De
    _owned(enote.vt1 == external_view_tag(net, S_f, enote.De, ic, enote.Ko), "vt1")
    return _open(keys, ic, enote, external_wrap(S_r, enote.De, ic), 0, registry)


def own(keys, ic, enote, registry):
    """5.3: change or a payment to oneself; vt1 is not looked at."""
    refusals = []
    for kappa in (1, 2):
        try:
            return _open(keys, ic, enote, self_wrap(keys.s_sv, enote.De, ic, kappa), kappa, registry)
        except Refused as refusal:
            refusals.append(refusal)
    raise max(refusals, key=lambda refusal: ["vt2", "C", "Ko", "De"].index(refusal.where))


def _open(keys, ic, enote, w, kappa, registry):
    """Steps 1 to 6 of 5.2, then the tag of 5.3."""
    _owned(enote.vt2 == h(2, "enote/vt2", w, enote.Ko), "vt2")
    sigma = _xor(enote.sigma_enc, h(16, "enote/seed-pad", w, enote.Ko))
    a, t = enote.payment(sigma)
    j = address.index_of_tag(keys.s_ct, t)
    to = address.of_index(keys, j)
    public = enote.public is not None
    b = 0 if public else hs("enote/asset", sigma, ic)
    A = enote.T - b * G
    x = 1 if public else mask(sigma, ic, a, A, to.K, kappa)
    _owned(enote.C == a * enote.T + x * G, "C")
    u, v = extensions(sigma, ic, enote.C, enote.T)
    _owned(enote.Ko == to.K + u * X + v * Y, "Ko")
    r = hs("enote/eph", sigma, ic, to.K, to.t)
    _owned(enote.De == r * to.B, "De")
    e, _ = address.secrets(keys, j)
    x_o, D_o = (keys.k_i + e + u) % scalar.ELL, keys.Y_s + v * Y
    return dict(j=j, a=a, kappa=kappa, sigma=sigma, t=t, b=b, x=x, u=u, v=v, r=r, x_o=x_o, D_o=D_o,
                L=linking_tag(x_o, D_o), **_asset_of(A, registry))


def sent(keys, ic, enote, tx_nonce, k, registry):
    """5.3: what this wallet sent as construction index k."""
    sigma = outgoing_seed(keys.s_ov, ic, tx_nonce, k)
    A = enote.T - hs("enote/asset", sigma, ic) * G
    a, t = enote.payment(sigma)
    u, v = extensions(sigma, ic, enote.C, enote.T)
    K = enote.Ko - u * X - v * Y
    x = mask(sigma, ic, a, A, K, 0)
    _owned(enote.C == a * enote.T + x * G, "C")
    r = hs("enote/eph", sigma, ic, K, t)
    return dict(a=a, sigma=sigma, t=t, K=K, B=scalar.inverse(r) * enote.De, x=x, r=r, **_asset_of(A, registry))


def _asset_of(A, registry):
    alpha = next((alpha for alpha in (NATIVE, *registry) if asset(alpha) == A), None)
    return dict(A=A, asset_known=alpha is not None, alpha=alpha)


# Memos (4.4).

def seal_memo(sigma, Ko, padded):
    key = h(32, "memo/key", sigma, Ko)
    ct = _xor(padded, h(len(padded), "memo/stream", key))
    return ct + h(16, "memo/mac", key, ct)


def open_memo(sigma, Ko, memo):
    key = h(32, "memo/key", sigma, Ko)
    ct, tag = memo[:-16], memo[-16:]
    require(tag == h(16, "memo/mac", key, ct), "bad-mac", "memo")
    return _xor(ct, h(len(ct), "memo/stream", key))



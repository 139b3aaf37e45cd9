"""The key tree of a wallet (section 2) and the linking tag of a one-time key (sections 5.3 and 6)."""

import scalar
from generators import G, U, X, Y
from hashing import h, hs
from refusal import require
from wire import exactly


# What each tier is handed over as.
TIERS = {
    "spend": ("k_s",),
    "view_balance": ("s_vb", "Y_s"),
    "view_received": ("k_r", "s_ga", "K_s"),
    "find_received": ("k_f",),
    "find_received_and_own": ("k_f", "s_fs"),
    "generate_address": ("s_ga", "K_s", "F", "R"),
}


def read_tier(kind, data):
    """The fields of a tier by name: 32 bytes that may be any, a scalar whose public key is a point, or a point."""
    names, values = TIERS[kind], {}
    fields = exactly(data, 32 * len(names), kind)
    for name in names:
        if name.startswith("s_"):
            values[name] = fields.take(32)
        elif name.startswith("k_"):
            values[name] = fields.scalar()
            require(values[name] != 0, "identity", name)
        else:
            values[name] = fields.point()
    return values


class Keys:
    """Everything that follows from the audit key (s_vb, Y_s); `k_s` beside it where the master secret is known."""

    def __init__(self, s_vb, Y_s, k_s=None):
        self.s_vb, self.Y_s, self.k_s = s_vb, Y_s, k_s
        self.k_i = hs("key/image", s_vb, Y_s)
        self.s_sv = h(32, "key/self", s_vb)
        self.s_fs = h(32, "key/find-self", s_vb)
        self.s_ov = h(32, "key/outgoing", s_vb)
        self.k_r = hs("key/receive", s_vb)
        self.R = self.k_r * G
        self.k_f = hs("key/find", scalar.encode(self.k_r))
        self.F = self.k_f * G
        self.s_ga = h(32, "key/gen-address", s_vb)
        self.s_ct = h(32, "key/addr-tag", self.s_ga)
        self.K_s = self.k_i * X + Y_s

    @classmethod
    def of_master(cls, s_m):
        k_s = hs("key/spend", s_m)
        return cls(h(32, "key/view-balance", s_m), k_s * Y, k_s)

    @classmethod
    def of_audit_key(cls, data):
        fields = exactly(data, 64, "audit key")
        return cls(fields.take(32), fields.point())

    def tiers(self):
        """The blobs of the tier table, each field in its order."""
        k_r, k_f = scalar.encode(self.k_r), scalar.encode(self.k_f)
        Y_s, K_s, F, R = map(bytes, (self.Y_s, self.K_s, self.F, self.R))
        return {
            "view_balance": self.s_vb + Y_s,
            "view_received": k_r + self.s_ga + K_s,
            "find_received": k_f,
            "generate_address": self.s_ga + K_s + F + R,
        }


def linking_tag(x, D):
    """L = x^-1·(U - D) of the one-time key x·X + D, where D = y·Y."""
    require(x != 0, "zero-key", "x")
    return scalar.inverse(x) * (U - D)

"""Assets (section 9): the descriptor, the id, the signature of the issuer."""

import schnorr
import ristretto
from hashing import h, le32, le64
from refusal import require
from wire import Reader

KEY, CONTRACT = 0, 1
HIDDEN_SUPPLY, REISSUABLE, BURNABLE = 1, 2, 4


def descriptor(issuer_kind, issuer, ticker, name, decimals, max_supply, flags, metadata):
    """The bytes; `max_supply` None = no limit."""
    ticker, name = ticker.encode(), name.encode()
    return (bytes([issuer_kind]) + issuer + bytes([len(ticker)]) + ticker + bytes([len(name)]) + name
            + bytes([decimals, max_supply is not None]) + le64(max_supply or 0) + bytes([flags]) + metadata)


def check_descriptor(data):
    """Every rule of section 9; the key of the issuer last."""
    fields = Reader(data, "descriptor")
    issuer_kind = fields.integer(1)
    require(issuer_kind in (KEY, CONTRACT), "bad-kind", "issuer")
    issuer = fields.take(32)
    length = fields.integer(1)
    require(length <= 12, "limit", "ticker")
    require(all(0x21 <= byte <= 0x7e for byte in fields.take(length)), "bad-character", "ticker")
    length = fields.integer(1)
    require(length <= 64, "limit", "name")
    fields.take(length)
    require(fields.integer(1) <= 18, "limit", "decimals")
    has_max, max_supply, flags = fields.integer(1), fields.integer(8), fields.integer(1)
    require(has_max <= 1 and (has_max or max_supply == 0), "bad-flags", "max_supply")
    require(flags < 8 and not (flags & HIDDEN_SUPPLY and has_max), "bad-flags", "flags")
    fields.take(32)
    fields.end()
    if issuer_kind == KEY:
        ristretto.decode(issuer, "issuer")


def asset_id(net, data, ic, op_index):
    check_descriptor(data)
    return h(32, "asset/id", net, data, ic, le32(op_index))


def sign(net, m_tx, op_index, alpha, secret, nonce):
    return schnorr.sign(net, "issuer", (m_tx, op_index, alpha), secret, nonce)


def verify(net, m_tx, op_index, alpha, key, proof):
    schnorr.verify(net, "issuer", (m_tx, op_index, alpha), ristretto.decode(key, "issuer"), proof)

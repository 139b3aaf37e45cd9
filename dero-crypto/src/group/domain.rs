//! Every domain string and every transcript label of the protocol, in one place.
//!
//! The type of a constant says what its hash is, so no string is used with two kinds of output; a test asserts
//! that all strings are distinct. Section numbers are those of the protocol.

use super::hash::{Digest, Stream, ToPoint, ToScalar};

/// The label of a Fiat–Shamir transcript: `"dero/d1/"` and a name (protocol 1.4, 13.7).
///
/// ```
/// use dero_crypto::group::domain;
/// assert_eq!(domain::SPEND.as_bytes(), b"dero/d1/spend");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(&'static str);

impl Label {
    /// The label as merlin takes it.
    #[must_use]
    pub const fn as_bytes(&self) -> &'static [u8] {
        self.0.as_bytes()
    }
}

macro_rules! domains {
    ($($name:ident: $kind:ident $(<$n:literal>)? = $text:literal;)*) => {
        $(#[doc = concat!("`", $text, "`")] pub const $name: $kind $(<$n>)? = $kind($text);)*
        #[cfg(test)]
        const ALL: &[&str] = &[$($text),*];
    };
}
macro_rules! labels {
    ($($name:ident = $text:literal;)*) => {
        $(#[doc = concat!("Transcript `", $text, "`.")] pub const $name: Label = Label(concat!("dero/d1/", $text));)*
        #[cfg(test)]
        const ALL_LABELS: &[&str] = &[$($text),*];
    };
}

domains! {
    // Network id, section 1.2.
    NETWORK: Digest<32> = "network";
    NETWORK_ROWS: Digest<32> = "network/rows";
    GENESIS_ALLOC: Digest<32> = "genesis/alloc";
    // Generators, section 1.3.
    GEN_X: ToPoint = "gen/X";
    GEN_Y: ToPoint = "gen/Y";
    GEN_U: ToPoint = "gen/U";
    GEN_H: ToPoint = "gen/H";
    GEN_CREDENTIAL: ToPoint = "gen/cred";
    GEN_MEMBERSHIP_P: ToPoint = "gen/mem-P";
    GEN_MEMBERSHIP_Q: ToPoint = "gen/mem-Q";
    GEN_RANGE_G: ToPoint = "gen/bp-g";
    GEN_RANGE_H: ToPoint = "gen/bp-h";
    ASSET: ToPoint = "asset";
    // Keys, section 2.
    KEY_SPEND: ToScalar = "key/spend";
    KEY_VIEW_BALANCE: Digest<32> = "key/view-balance";
    KEY_IMAGE: ToScalar = "key/image";
    KEY_SELF: Digest<32> = "key/self";
    KEY_FIND_SELF: Digest<32> = "key/find-self";
    KEY_OUTGOING: Digest<32> = "key/outgoing";
    KEY_RECEIVE: ToScalar = "key/receive";
    KEY_FIND: ToScalar = "key/find";
    KEY_GENERATE_ADDRESS: Digest<32> = "key/gen-address";
    KEY_ADDRESS_TAG: Digest<32> = "key/addr-tag";
    // Addresses, section 3.
    ADDRESS_E: ToScalar = "addr/e";
    ADDRESS_D: ToScalar = "addr/d";
    ADDRESS_FEISTEL: Digest<4> = "addr/feistel";
    ADDRESS_CHECK: Digest<8> = "address";
    // Input contexts, section 4.2.
    CONTEXT_BUNDLE: Digest<32> = "ctx/bundle";
    CONTEXT_COINBASE: Digest<32> = "ctx/coinbase";
    CONTEXT_GENESIS: Digest<32> = "ctx/genesis";
    CONTEXT_SEALED: Digest<32> = "ctx/sealed";
    // Enotes, sections 4.3 and 4.4.
    ENOTE_SEED: Digest<16> = "enote/seed";
    ENOTE_EPHEMERAL: ToScalar = "enote/eph";
    ENOTE_ASSET: ToScalar = "enote/asset";
    ENOTE_MASK: ToScalar = "enote/mask";
    ENOTE_EXTENSION_X: ToScalar = "enote/ext-x";
    ENOTE_EXTENSION_Y: ToScalar = "enote/ext-y";
    ENOTE_VIEW_TAG_1: Digest<1> = "enote/vt1";
    ENOTE_VIEW_TAG_1_SELF: Digest<1> = "enote/vt1-self";
    ENOTE_VIEW_TAG_1_DECOY: Digest<1> = "enote/vt1-decoy";
    ENOTE_VIEW_TAG_2: Digest<2> = "enote/vt2";
    ENOTE_WRAP: Digest<32> = "enote/wrap";
    ENOTE_WRAP_SELF: Digest<32> = "enote/wrap-self";
    ENOTE_SEED_PAD: Digest<16> = "enote/seed-pad";
    ENOTE_PAY: Digest<16> = "enote/pay";
    MEMO_KEY: Digest<32> = "memo/key";
    MEMO_STREAM: Stream = "memo/stream";
    MEMO_MAC: Digest<16> = "memo/mac";
    // Reference list, section 7.5.
    ENOTE_LEAF: Digest<32> = "enote/leaf";
    REFERENCE_ACC: Digest<32> = "ref/acc";
    REFERENCE_ANCHORS: Digest<32> = "ref/anchors";
    REFERENCE_COIN: Digest<1> = "ref/coin";
    // Assets, section 9.
    ASSET_ID: Digest<32> = "asset/id";
    ASSET_CHAIN: Digest<32> = "asset/chain";
    // Transactions, sections 4.6, 10.1, 10.2 and 10.4.
    TX_BODY: Digest<32> = "tx/body";
    TX_OUT_PROOFS: Digest<32> = "tx/outproofs";
    TX_SIGN: Digest<32> = "tx/sign";
    TX_ID: Digest<32> = "tx/id";
    TX_AUTH: Digest<32> = "tx/auth";
    TX_MEMBERSHIP: Digest<32> = "tx/member";
    TX_WITNESS_ID: Digest<32> = "tx/wid";
    TX_MEMOS: Digest<32> = "tx/memos";
    TX_PAYLOAD: Digest<32> = "tx/payload";
    TX_COINBASE: Digest<32> = "tx/coinbase";
    TX_VERDICT: Digest<32> = "tx/verdict";
    // Blocks, section 10.7 and the compact form.
    BLOCK_ID: Digest<32> = "block/id";
    BLOCK_TRANSACTIONS: Digest<32> = "block/transactions";
    BLOCK_TRANSACTION: Digest<32> = "block/transaction";
    BLOCK_NODE: Digest<32> = "block/node";
    BLOCK_COMPACT: Digest<32> = "block/compact";
    BLOCK_VALUES: Digest<32> = "block/values";
    TAGS_ROOT: Digest<32> = "tags/root";
    TAGS_LEAF: Digest<32> = "tags/leaf";
    TAGS_NODE: Digest<32> = "tags/node";
    HEADERS_ROOT: Digest<32> = "headers/root";
    HEADERS_LEAF: Digest<32> = "headers/leaf";
    HEADERS_NODE: Digest<32> = "headers/node";
    // Locked enotes, calls, receipts, state: section 12.
    VAULT_ID: Digest<32> = "vault/id";
    VAULT_RECORD: Digest<32> = "vault/record";
    MOVE_NONCE: Digest<32> = "move/nonce";
    CALL_ENTRY: Digest<4> = "abi/entry";
    CONTRACT_CODE: Digest<32> = "contract/code";
    CONTRACT_INIT: Digest<32> = "contract/init";
    CONTRACT_ID: Digest<32> = "contract/id";
    RECEIPT: Digest<32> = "receipt";
    RECEIPT_NODE: Digest<32> = "receipt/node";
    RECEIPTS_ROOT: Digest<32> = "receipts/root";
    STATE_ROOT: Digest<32> = "state/root";
    // Devices, section 14.6.
    DEVICE_NONCE: ToScalar = "device/nonce";
    // Wallet branches beside the protocol's keys.
    WALLET_META: Digest<32> = "wallet/meta";
    WALLET_ROW: Digest<32> = "wallet/row";
    // Inside this crate: weights of a batch.
    BATCH_WEIGHTS: Stream = "batch/weights";
}

labels! {
    MEMBER = "member";
    SURJECTION = "surj";
    SPEND = "spend";
    LINK = "link";
    RANGE = "range";
    ISSUER = "issuer";
    SEALED = "sealed";
    ACCEPT = "accept";
    VAULT_AUTH = "vault-auth";
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn all_domain_strings_are_distinct() {
        assert_eq!(ALL.iter().collect::<BTreeSet<_>>().len(), ALL.len());
    }

    #[test]
    fn a_domain_of_every_kind_names_its_string() {
        let named = [KEY_FIND_SELF.domain(), KEY_FIND.domain(), GEN_H.domain(), MEMO_STREAM.domain()];
        assert_eq!(named, ["key/find-self", "key/find", "gen/H", "memo/stream"]);
    }

    #[test]
    fn all_transcript_labels_are_distinct() {
        assert_eq!(ALL_LABELS.iter().collect::<BTreeSet<_>>().len(), ALL_LABELS.len());
    }
}

//! The compact form of a block: what a wallet needs to find its enotes, and nothing else
//! (wallet-and-services 4.1, ledger-and-net 2.4; both law by protocol 10.7).
//!
//! ```text
//! scan part   = u32 count | transactions in block order | u32 length | CoinbaseTx |
//!               u32 #effects | effects 1, 2, 7 of its receipts (34 each)
//! transaction = txid 32 | u8 #bundles, bundles |
//!               u8 #moves out, [ bundle u8 | contract_id 32 | α 32 | amount u64 | PublicEnote 91 ] |
//!               u8 #register ops, [ op index u8 | bundle u8 | u16 length | descriptor ]
//! bundle      = tx_nonce 16 | u8 #in | u8 #vault | u8 #out | u16 lock bitmap |
//!               [ u8 length | a_min, these two only if #in = 0 ] | L 32 each | vault_id 32 each | output each |
//!               per set bit: vault_id 32 | contract_id 32 | due u64 | accept_by u64 | default u8 |
//!                            u8 J | per j: u8 B_j | part each
//! output, part = Ko 32 | De 32 | vt1 1 | vt2 2 | σ_enc 16 | pay_enc 16                                 99
//! value part  = C 32 | T 32 of each output and part, in the order of the scan part |
//!               Ko 32 | C 32 | T 32 of each enote that effects 1 and 2 of this block append, in their order
//! ```
//!
//! Every header commits to both parts ([`compact_root`](super::compact_root)): a node can neither leave an enote
//! out nor invent one, and a wallet that skips the value part takes its digest instead. Genesis has no compact
//! form; its enotes follow from the network's list.

mod build;
mod entries;
mod parse;
#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
mod write;

pub use entries::{ReturnedStubs, UnknownEntry, coinbase_entries};

use alloc::vec::Vec;

use dero_crypto::{
    NetworkId,
    asset::AssetId,
    enote::{Anchor, Enote, InputContext, PublicEnote},
};

use crate::transaction::{CoinbaseTx, ContractId, TxId, VaultId};

/// The scan part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactBlock {
    /// Transactions in block order.
    pub transactions: Vec<CompactTransaction>,
    /// The coinbase.
    pub coinbase: CoinbaseTx,
    /// What released, refunded and returned enotes, in the order of the receipts.
    pub effects: Vec<CompactEffect>,
}

/// A transaction as a scanner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactTransaction {
    /// Its id.
    pub txid: TxId,
    /// Its bundles.
    pub bundles: Vec<CompactBundle>,
    /// Its public moves to contracts.
    pub moves_out: Vec<CompactMove>,
    /// Assets that it registers.
    pub registrations: Vec<CompactRegistration>,
}

/// One party's part of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactBundle {
    /// Part of the seeds of the maker's enotes.
    pub tx_nonce: [u8; 16],
    /// a_min, where the bundle has no private input; else it is the first tag.
    pub anchor: Option<Anchor>,
    /// Linking tags of the private inputs, ascending.
    pub tags: Vec<[u8; 32]>,
    /// Vaults that the bundle spends, ascending.
    pub vaults: Vec<VaultId>,
    /// New enotes, ascending by Ko.
    pub outputs: Vec<CompactOutput>,
}

impl CompactBundle {
    /// a_min; none for a bundle that consumes nothing, which no valid block has.
    #[must_use]
    pub fn smallest_anchor(&self) -> Option<Anchor> {
        self.tags.first().map(|tag| Anchor::Tag(*tag)).or(self.anchor)
    }

    /// The context of the bundle's outputs.
    #[must_use]
    pub fn input_context(&self, net: &NetworkId) -> Option<InputContext> {
        self.smallest_anchor().map(|anchor| InputContext::bundle(net, &anchor))
    }
}

/// A new enote, and its terms if it is locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactOutput {
    /// The enote without C and T.
    pub enote: CompactEnote,
    /// The terms of its lock.
    pub lock: Option<CompactLock>,
}

/// An enote without C and T, 99 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactEnote {
    /// Ko.
    pub one_time_key: [u8; 32],
    /// De.
    pub ephemeral_key: [u8; 32],
    /// vt1.
    pub view_tag_1: u8,
    /// vt2.
    pub view_tag_2: [u8; 2],
    /// σ_enc.
    pub seed_enc: [u8; 16],
    /// pay_enc.
    pub pay_enc: [u8; 16],
}

impl CompactEnote {
    /// The whole enote, with (C, T) from the value part.
    #[must_use]
    pub fn with_values(&self, [commitment, asset_tag]: [[u8; 32]; 2]) -> Enote {
        Enote {
            one_time_key: self.one_time_key,
            commitment,
            asset_tag,
            ephemeral_key: self.ephemeral_key,
            view_tag_1: self.view_tag_1,
            view_tag_2: self.view_tag_2,
            seed_enc: self.seed_enc,
            pay_enc: self.pay_enc,
        }
    }
}

/// What a wallet sees of a lock record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactLock {
    /// The vault that the output becomes.
    pub vault: VaultId,
    /// The contract that decides.
    pub contract: ContractId,
    /// From this height on only the default outcome is possible.
    pub due: u64,
    /// Last height at which an accept counts; 0 without accept phase.
    pub accept_by: u64,
    /// The default outcome.
    pub default: u8,
    /// Parts of each sealed alternative.
    pub alternatives: Vec<Vec<CompactEnote>>,
}

/// A public move to a contract, with the stub to which it may return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactMove {
    /// The bundle that it names.
    pub bundle: u8,
    /// Whose balance grows.
    pub contract: ContractId,
    /// Of which asset.
    pub asset: AssetId,
    /// By how much.
    pub amount: u64,
    /// To whom it returns if the call fails.
    pub stub: PublicEnote,
}

/// A registration of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactRegistration {
    /// Place among all ops of the transaction.
    pub op_index: u8,
    /// The bundle that it names.
    pub bundle: u8,
    /// The descriptor's bytes.
    pub descriptor: Vec<u8>,
}

/// An effect that appends enotes (contracts 12.7.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactEffect {
    /// What happened.
    pub kind: CompactEffectKind,
    /// The vault, or Ko of the stub.
    pub id: [u8; 32],
    /// The outcome, or the move's index.
    pub j: u8,
}

/// Kinds of effects that append enotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompactEffectKind {
    /// 1: the parts of alternative j.
    Released,
    /// 2: the locked enote.
    Refunded,
    /// 7: a move that came back to its stub.
    Returned,
}

/// The value part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompactValues {
    /// (C, T) of each output and part, in the order of the scan part.
    pub values: Vec<[[u8; 32]; 2]>,
    /// Ko ‖ C ‖ T of each enote that effects 1 and 2 append.
    pub appended: Vec<[u8; 96]>,
}

impl CompactBlock {
    /// All outputs and parts, in the order in which the value part gives their (C, T).
    pub fn enotes(&self) -> impl Iterator<Item = &CompactEnote> {
        let bundles = self.transactions.iter().flat_map(|transaction| &transaction.bundles);
        bundles.flat_map(CompactBundle::enotes)
    }
}

impl CompactBundle {
    /// Outputs, then the parts of their locks.
    pub fn enotes(&self) -> impl Iterator<Item = &CompactEnote> {
        let outputs = self.outputs.iter().map(|output| &output.enote);
        let locks = self.outputs.iter().filter_map(|output| output.lock.as_ref());
        outputs.chain(locks.flat_map(|lock| lock.alternatives.iter().flatten()))
    }
}

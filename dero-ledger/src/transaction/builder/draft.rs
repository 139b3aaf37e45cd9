//! What a builder starts from: inputs with their openings, made enotes, operations.

use alloc::vec::Vec;

use dero_crypto::{
    asset::{AssetId, Descriptor},
    commitment::Amount,
    enote::{Anchor, MadeEnote, MemoClass, Opening},
    group::{Point, Scalar},
    keys::LinkingTag,
    membership::{Image, Masks},
    secret::Secret,
};

use crate::transaction::{AcceptPhase, ContractId, PublicMove, VaultId};

/// A transaction before any proof. Nothing needs to be sorted.
#[derive(Clone, Debug, Default)]
pub struct TransactionDraft {
    /// First height at which it may stand in a block.
    pub valid_from: u64,
    /// Last height; 0 for none.
    pub expiry: u64,
    /// The fee, of the form m·2^e with m < 16.
    pub fee: u64,
    /// One party's part each.
    pub bundles: Vec<BundleDraft>,
    /// Operations on assets, in the order in which they apply.
    pub ops: Vec<OpDraft>,
    /// Public moves; `bundle` is a place in `bundles`.
    pub moves: Vec<PublicMove>,
    /// The size of every output's memo.
    pub memo_class: MemoClass,
    /// A call or a deploy, or nothing.
    pub payload: Vec<u8>,
}

/// One party's part, with all that its maker knows.
#[derive(Clone, Debug, Default)]
pub struct BundleDraft {
    /// Fresh random bytes of this attempt, from which seeds of own enotes were derived.
    pub tx_nonce: [u8; 16],
    /// Spent enotes.
    pub inputs: Vec<InputDraft>,
    /// Vaults that a contract pays out.
    pub vaults: Vec<(VaultId, Opening)>,
    /// New enotes, made with the context of this bundle.
    pub outputs: Vec<OutputDraft>,
}

/// A spent enote.
#[derive(Clone, Debug)]
pub struct InputDraft {
    /// Its linking tag.
    pub tag: LinkingTag,
    /// What it holds.
    pub opening: Opening,
    /// Its re-randomised copy, never used before.
    pub image: Image,
    /// The masks of that copy.
    pub masks: Masks,
}

/// A new enote.
#[derive(Clone, Debug)]
pub struct OutputDraft {
    /// The enote and its opening.
    pub made: MadeEnote,
    /// The terms, if a contract shall hold it.
    pub lock: Option<LockDraft>,
    /// The sealed memo, as many bytes as the transaction's class says.
    pub memo: Vec<u8>,
}

/// The terms of a locked enote.
#[derive(Clone, Debug)]
pub struct LockDraft {
    /// The contract that decides.
    pub contract: ContractId,
    /// P_auth.
    pub authority: Option<Point>,
    /// From this height on only the default is possible.
    pub due: u64,
    /// What the node applies at `due`: 0 the refund, j alternative j.
    pub default: u8,
    /// Who must accept, and until when.
    pub accept: Option<AcceptPhase>,
    /// Parts of each outcome, made with the context of that outcome.
    pub alternatives: Vec<Vec<MadeEnote>>,
}

/// An operation on assets.
#[derive(Clone, Debug)]
pub struct OpDraft {
    /// The bundle that it names, by its place in the draft.
    pub bundle: usize,
    /// What it does.
    pub action: OpAction,
}

/// What an operation does.
#[derive(Clone, Debug)]
pub enum OpAction {
    /// Brings an asset into the registry; its id comes from the context of the bundle.
    Register(Descriptor),
    /// Makes units, in the clear.
    Mint(AssetId, Amount),
    /// Makes units whose number is hidden, with a fresh mask μ: Mc = q·A_α + μ·G.
    MintHidden(AssetId, Amount, Secret<Scalar>),
    /// Destroys units, in the clear.
    Burn(AssetId, Amount),
    /// Destroys units; neither number nor asset is shown. b and x are fresh: T' = A + b·G, Mc = q·T' + x·G.
    BurnHidden(Opening),
}

impl OpAction {
    /// What opens the two points of a hidden op. A mint's T is A_α itself, that is b = 0.
    pub(super) fn hidden(&self) -> Option<Opening> {
        match self {
            Self::MintHidden(asset, amount, mask) => {
                Some(Opening::new(*asset, *amount, Secret::new(Scalar::ZERO), mask.clone()))
            }
            Self::BurnHidden(opening) => Some(opening.clone()),
            Self::Register(_) | Self::Mint(..) | Self::Burn(..) => None,
        }
    }
}

impl TransactionDraft {
    /// a_min of bundle `bundle`, from which its context follows; none if it consumes nothing, or is not there.
    #[must_use]
    pub fn smallest_anchor(&self, bundle: usize) -> Option<Anchor> {
        let BundleDraft { inputs, vaults, .. } = self.bundles.get(bundle)?;
        let tags = inputs.iter().map(|input| Anchor::Tag(input.tag.to_bytes()));
        let vaults = vaults.iter().map(|(id, _)| Anchor::Vault(id.0));
        let moves = self.moves.iter().filter(|public_move| usize::from(public_move.bundle) == bundle);
        tags.chain(vaults).chain(moves.filter_map(PublicMove::anchor)).min()
    }
}

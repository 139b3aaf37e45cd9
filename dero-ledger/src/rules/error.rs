//! Why a transaction is refused: one variant a rule.

use dero_crypto::{DecodeError, asset::AssetId, membership::ReferenceError, sigma::SealedError};

use crate::transaction::{ContractId, VaultId};

/// The first rule, in the order of 10.4, that a transaction breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TxError {
    // Step 1: structure.
    /// Bytes missing or left over, a count over its limit, an unknown kind.
    #[error("layout: {0}")]
    Layout(DecodeError),
    /// A count that follows from others is outside its limit (10.3).
    #[error("{what}: {found} is outside {min}..={max}")]
    Limit {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The fewest allowed.
        min: usize,
        /// The most allowed.
        max: usize,
    },
    /// Another version of Body.
    #[error("version {found}, expected 1")]
    Version {
        /// The byte that was there.
        found: u8,
    },
    /// Another network.
    #[error("net-tag {found:02x?}, expected {expected:02x?}")]
    OtherNetwork {
        /// The bytes that were there.
        found: [u8; 4],
        /// The first bytes of this network's id.
        expected: [u8; 4],
    },
    /// A flag that no rule gives a meaning.
    #[error("flags {found}, expected 0")]
    Flags {
        /// The byte that was there.
        found: u8,
    },
    /// A lock bit beyond the outputs.
    #[error("bundle {bundle}: lock bitmap {found:#06x} for {outputs} outputs")]
    LockBitmap {
        /// The bundle.
        bundle: usize,
        /// The bitmap.
        found: u16,
        /// Outputs of the bundle.
        outputs: usize,
    },
    /// A bundle that consumes nothing (4.2).
    #[error("bundle {bundle} has no anchor")]
    NoAnchor {
        /// The bundle.
        bundle: usize,
    },
    /// An op or a move names a bundle that is not there.
    #[error("{what} {index} names bundle {found} of {bundles}")]
    BundleIndex {
        /// "op" or "move".
        what: &'static str,
        /// Its place.
        index: usize,
        /// The bundle that it names.
        found: u8,
        /// How many bundles there are.
        bundles: usize,
    },
    /// A default outcome that the record does not hold (12.2).
    #[error("lock record: default outcome {found} of {alternatives} alternatives")]
    RecordDefault {
        /// The outcome.
        found: u8,
        /// How many alternatives there are.
        alternatives: usize,
    },
    /// A height of accepting without a phase of accepting (12.2).
    #[error("lock record: accept_by {found} without an accept phase, expected 0")]
    AcceptByWithoutPhase {
        /// The height.
        found: u64,
    },
    /// A section of another length than Body asks for.
    #[error("{section}: {found} bytes, expected {expected}")]
    SectionLength {
        /// OutProofs or Membership (step 1), Memos or Payload (step 2), Auth (step 4).
        section: Section,
        /// Bytes that Body asks for.
        expected: usize,
        /// Bytes that were there.
        found: usize,
    },

    // Step 2: cheap checks.
    /// Too early for this transaction.
    #[error("valid from height {valid_from}, not at {height}")]
    NotYetValid {
        /// First allowed height.
        valid_from: u64,
        /// Height of the including block.
        height: u64,
    },
    /// Too late for this transaction.
    #[error("expired at height {expiry}, not valid at {height}")]
    Expired {
        /// Last allowed height.
        expiry: u64,
        /// Height of the including block.
        height: u64,
    },
    /// A fee that is not m·2^e with m < 16.
    #[error("fee {fee} is not m·2^e with m < 16")]
    FeeNotQuantised {
        /// The fee.
        fee: u64,
    },
    /// A fee below the minimum of the weight.
    #[error("fee {fee} for weight {weight}, expected {minimum} or more")]
    FeeTooLow {
        /// The fee.
        fee: u64,
        /// The transaction's weight.
        weight: u64,
        /// The least fee of that weight.
        minimum: u64,
    },
    /// A weight for which no fee of 64 bits is enough.
    #[error("no fee pays for weight {weight}")]
    WeightUnpayable {
        /// The transaction's weight.
        weight: u64,
    },
    /// A public amount of zero.
    #[error("{what} {index} has amount zero")]
    ZeroAmount {
        /// "op" or "move".
        what: &'static str,
        /// Its place.
        index: usize,
    },
    /// Memos or Payload are not those of the digest in Body.
    #[error("{section} does not match its digest")]
    Digest {
        /// The section.
        section: Section,
    },
    /// A Payload that is neither a call nor a deploy.
    #[error("Payload of kind {found:#04x}")]
    PayloadKind {
        /// Its first byte.
        found: u8,
    },
    /// A Payload over the limit of its kind.
    #[error("Payload of {found} bytes, at most {max} allowed")]
    PayloadLimit {
        /// Its length.
        found: usize,
        /// The limit of its kind.
        max: usize,
    },
    /// Something that only a contract's execution can settle, without the Payload for it.
    #[error("{by} without {} as Payload", by.expected())]
    PayloadRequired {
        /// What asks for the Payload.
        by: PayloadUse,
    },
    /// Something whose height has not come on this network (10.8).
    #[error("{what} before height {from}")]
    NotYetAllowed {
        /// What is not allowed yet.
        what: &'static str,
        /// The first height at which it is.
        from: u64,
    },

    // Step 3: order and distinctness.
    /// Elements that must ascend strictly and do not.
    #[error("{what} of bundle {bundle}: place {place} does not ascend")]
    Order {
        /// What is listed.
        what: &'static str,
        /// The bundle; for the list of bundles the place in it.
        bundle: usize,
        /// The later of the two places.
        place: usize,
    },
    /// Something that stands twice in the transaction.
    #[error("{what} occurs twice")]
    Duplicate {
        /// What it is.
        what: &'static str,
    },

    // Step 4: state.
    /// The tag of a private input is spent.
    #[error("input {input} is spent")]
    Spent {
        /// Place among all private inputs.
        input: usize,
    },
    /// No such vault in the state before this transaction.
    #[error("vault {vault} does not exist")]
    UnknownVault {
        /// The vault input.
        vault: VaultId,
    },
    /// A vault that is not locked, any more or yet.
    #[error("vault {vault} is not locked")]
    VaultNotLocked {
        /// The vault input.
        vault: VaultId,
    },
    /// A vault whose due height has come.
    #[error("vault {vault} is due at {due}, at height {height} only its default is possible")]
    VaultDue {
        /// The vault input.
        vault: VaultId,
        /// Its due height.
        due: u64,
        /// Height of the including block.
        height: u64,
    },
    /// A nonce of a move in that was used before.
    #[error("move {index}: the nonce was used before")]
    NonceUsed {
        /// Place of the move.
        index: usize,
    },
    /// A contract that does not exist in the state before this transaction.
    #[error("contract {contract} does not exist")]
    UnknownContract {
        /// The contract that a lock record names.
        contract: ContractId,
    },
    /// A lock record that is due at once.
    #[error("lock record: due at {due}, expected a height above {height}")]
    RecordDue {
        /// Its due height.
        due: u64,
        /// Height of the including block.
        height: u64,
    },
    /// An accept phase that has ended or does not end before the vault is due.
    #[error("lock record: accept_by {accept_by} is outside {height}..{due}")]
    RecordAcceptBy {
        /// Last height of accepting.
        accept_by: u64,
        /// Height of the including block.
        height: u64,
        /// The record's due height.
        due: u64,
    },
    /// A reference that is neither a closed group nor an open window (7.5).
    #[error("input {input}: {error}")]
    ReferenceKind {
        /// Place among all private inputs.
        input: usize,
        /// What is wrong with its first byte.
        error: DecodeError,
    },
    /// A reference that names no interval at this height (7.5).
    #[error("input {input}: {error}")]
    Reference {
        /// Place among all private inputs.
        input: usize,
        /// What is wrong with it.
        error: ReferenceError,
    },
    /// References to too many intervals (10.3).
    #[error("references to {found} intervals, at most {max} allowed")]
    TooManyIntervals {
        /// Different intervals.
        found: usize,
        /// How many are allowed.
        max: usize,
    },
    /// An op whose asset is not registered.
    #[error("op {op}: asset {asset} is not registered")]
    UnknownAsset {
        /// Place of the op.
        op: usize,
        /// The asset.
        asset: AssetId,
    },
    /// An op that issues the native asset.
    #[error("op {op} issues the native asset")]
    NativeAsset {
        /// Place of the op.
        op: usize,
    },
    /// A registration of an asset that is registered already.
    #[error("op {op}: asset {asset} is registered already")]
    AssetExists {
        /// Place of the op.
        op: usize,
        /// The asset.
        asset: AssetId,
    },
    /// A descriptor that breaks a rule of section 9.
    #[error("op {op}: {error}")]
    Descriptor {
        /// Place of the op.
        op: usize,
        /// The rule.
        error: DecodeError,
    },
    /// A second mint of an asset that allows one.
    #[error("op {op}: the asset is minted already and not reissuable")]
    SecondMint {
        /// Place of the op.
        op: usize,
    },
    /// A mint above the maximum supply.
    #[error("op {op}: {issued} issued and {amount} minted, at most {max} allowed")]
    OverSupply {
        /// Place of the op.
        op: usize,
        /// Units issued before.
        issued: u64,
        /// Units minted.
        amount: u64,
        /// The maximum supply, or what 64 bits hold.
        max: u64,
    },
    /// A hidden mint of an asset that allows none.
    #[error("op {op}: the asset allows no hidden supply")]
    HiddenSupply {
        /// Place of the op.
        op: usize,
    },
    /// A public burn of an asset that allows none.
    #[error("op {op}: the asset allows no public burn")]
    NotBurnable {
        /// Place of the op.
        op: usize,
    },

    // Step 5: encodings.
    /// A point or scalar that does not decode.
    #[error("{place}: {error}")]
    Encoding {
        /// Where it stands.
        place: Place,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// Sealed parts that reuse a mask of the locked enote or of each other (12.2).
    #[error("lock record {record}: {error}")]
    Sealed {
        /// Place among all lock records.
        record: usize,
        /// The difference that is missing.
        error: SealedError,
    },

    // Steps 6 to 9: proofs.
    /// An equation that does not hold.
    #[error("{0} does not hold")]
    Proof(Statement),
    /// A batch with more or fewer equations than its transactions ask for: a fault of this node.
    #[error("the batch holds {found} equations, expected {expected}")]
    EquationCount {
        /// Equations that the Bodies ask for.
        expected: usize,
        /// Equations of the batch.
        found: usize,
    },
    /// A batch that fails as a whole and in no part.
    #[error("the batch gives no verdict")]
    NoVerdict,
}

/// Why steps 2 to 5 gave no checked transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError<E> {
    /// The transaction breaks a rule.
    #[error(transparent)]
    Refused(#[from] TxError),
    /// The state could not be read. Nobody is to blame, and nothing is accepted.
    #[error("the state cannot be read: {0}")]
    State(E),
}

/// A section of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// What the transaction does.
    Body,
    /// Proofs about its outputs and ops.
    OutProofs,
    /// Spend proofs and signatures.
    Auth,
    /// References and membership proofs.
    Membership,
    /// Encrypted messages.
    Memos,
    /// A call or deploy.
    Payload,
}

impl core::fmt::Display for Section {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Where a point or scalar stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Body, outside of bundles, ops and moves.
    Body,
    /// A bundle, by its place.
    Bundle(usize),
    /// An op, by its place.
    Op(usize),
    /// A move, by its place.
    Move(usize),
    /// OutProofs of a bundle, by its place.
    OutProofs(usize),
    /// Auth.
    Auth,
    /// Membership of a private input, by its place among all.
    Membership(usize),
}

impl core::fmt::Display for Place {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Body => f.write_str("Body"),
            Self::Bundle(bundle) => write!(f, "bundle {bundle}"),
            Self::Op(op) => write!(f, "op {op}"),
            Self::Move(index) => write!(f, "move {index}"),
            Self::OutProofs(bundle) => write!(f, "OutProofs of bundle {bundle}"),
            Self::Auth => f.write_str("Auth"),
            Self::Membership(input) => write!(f, "Membership of input {input}"),
        }
    }
}

/// Something that only the execution of a contract can settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadUse {
    /// A lock record: the contract must take the vault.
    LockRecord,
    /// A vault input: the contract must pay it.
    VaultInput,
    /// A public move from a contract's balance.
    MoveIn,
    /// A public move to a contract's balance.
    MoveOut,
    /// The registration of an asset that a contract issues.
    Registration,
    /// The mint of an asset that a contract issues.
    Mint,
}

impl PayloadUse {
    fn expected(self) -> &'static str {
        match self {
            Self::MoveOut => "a call or a deploy",
            _ => "a call",
        }
    }
}

impl core::fmt::Display for PayloadUse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::LockRecord => "a lock record",
            Self::VaultInput => "a vault input",
            Self::MoveIn => "a move in",
            Self::MoveOut => "a move out",
            Self::Registration => "a registration by a contract",
            Self::Mint => "a mint by a contract",
        })
    }
}

/// What a proof or signature says, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Statement {
    /// The issuer signed op `op`.
    Issuer {
        /// Place of the op.
        op: usize,
    },
    /// P_auth signed for vault input `input`.
    VaultAuthority {
        /// Place among all vault inputs.
        input: usize,
    },
    /// Nothing is made or lost.
    Balance,
    /// C and E of range value `value` hold one amount.
    Link {
        /// The bundle.
        bundle: usize,
        /// Number of the range value in the bundle.
        value: usize,
    },
    /// The sealed alternatives of lock record `record` hold what the locked enote holds.
    Sealed {
        /// Place among all lock records.
        record: usize,
    },
    /// The spender of input `input` knows its keys, and its tag is the right one.
    Spend {
        /// Place among all private inputs.
        input: usize,
    },
    /// The asset of range value `value` is one that goes in.
    Surjection {
        /// The bundle.
        bundle: usize,
        /// Number of the range value in the bundle.
        value: usize,
    },
    /// All amounts of bundle `bundle` fit in 64 bits.
    Range {
        /// The bundle.
        bundle: usize,
    },
    /// Input `input` is a member of its reference set.
    Membership {
        /// Place among all private inputs.
        input: usize,
    },
}

impl Statement {
    /// The step of 10.4 that checks it.
    #[must_use]
    pub fn step(&self) -> u8 {
        match self {
            Self::Issuer { .. }
            | Self::VaultAuthority { .. }
            | Self::Balance
            | Self::Link { .. }
            | Self::Sealed { .. } => 6,
            Self::Spend { .. } => 7,
            Self::Surjection { .. } | Self::Range { .. } => 8,
            Self::Membership { .. } => 9,
        }
    }
}

impl core::fmt::Display for Statement {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Issuer { op } => write!(f, "issuer signature of op {op}"),
            Self::VaultAuthority { input } => write!(f, "authority signature of vault input {input}"),
            Self::Balance => f.write_str("balance"),
            Self::Link { bundle, value } => write!(f, "link proof of value {value} of bundle {bundle}"),
            Self::Sealed { record } => write!(f, "sealed proof of lock record {record}"),
            Self::Spend { input } => write!(f, "spend proof of input {input}"),
            Self::Surjection { bundle, value } => write!(f, "surjection proof of value {value} of bundle {bundle}"),
            Self::Range { bundle } => write!(f, "range proof of bundle {bundle}"),
            Self::Membership { input } => write!(f, "membership proof of input {input}"),
        }
    }
}

/// What a refusal says about whoever sent the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The bytes are wrong on every chain at about this height (steps 1, 2). Charged, and recorded under no id:
    /// [`WitnessId`](crate::transaction::WitnessId) does not fix Memos and Payload.
    Bytes,
    /// The state does not allow it (step 4). Nobody is at fault, nothing is recorded.
    State,
    /// It is wrong wherever the same enotes stand (steps 3, 5 to 9). Charged; the pool may record it under the
    /// verdict key, a block never.
    Proof,
}

impl TxError {
    pub(crate) fn limit(what: &'static str, found: usize, min: usize, max: usize) -> Self {
        Self::Limit { what, found, min, max }
    }

    pub(crate) fn kind(what: &'static str, found: u64) -> Self {
        Self::Layout(DecodeError::Value { what, found })
    }

    /// The step of 10.4 at which the transaction is refused.
    #[must_use]
    pub fn step(&self) -> u8 {
        match self {
            Self::Layout(_)
            | Self::Limit { .. }
            | Self::Version { .. }
            | Self::OtherNetwork { .. }
            | Self::Flags { .. }
            | Self::LockBitmap { .. }
            | Self::NoAnchor { .. }
            | Self::BundleIndex { .. }
            | Self::RecordDefault { .. }
            | Self::AcceptByWithoutPhase { .. } => 1,
            Self::SectionLength { section, .. } => match section {
                Section::Auth => 4,
                Section::Memos | Section::Payload => 2,
                Section::Body | Section::OutProofs | Section::Membership => 1,
            },
            Self::NotYetValid { .. }
            | Self::Expired { .. }
            | Self::FeeNotQuantised { .. }
            | Self::FeeTooLow { .. }
            | Self::WeightUnpayable { .. }
            | Self::ZeroAmount { .. }
            | Self::Digest { .. }
            | Self::PayloadKind { .. }
            | Self::PayloadLimit { .. }
            | Self::NotYetAllowed { .. } => 2,
            // Who issues a minted asset is known in step 4.
            Self::PayloadRequired { by } => 2 + 2 * u8::from(*by == PayloadUse::Mint),
            Self::Order { .. } | Self::Duplicate { .. } => 3,
            Self::Spent { .. }
            | Self::UnknownVault { .. }
            | Self::VaultNotLocked { .. }
            | Self::VaultDue { .. }
            | Self::NonceUsed { .. }
            | Self::UnknownContract { .. }
            | Self::RecordDue { .. }
            | Self::RecordAcceptBy { .. }
            | Self::ReferenceKind { .. }
            | Self::Reference { .. }
            | Self::TooManyIntervals { .. }
            | Self::UnknownAsset { .. }
            | Self::NativeAsset { .. }
            | Self::AssetExists { .. }
            | Self::Descriptor { .. }
            | Self::SecondMint { .. }
            | Self::OverSupply { .. }
            | Self::HiddenSupply { .. }
            | Self::NotBurnable { .. } => 4,
            Self::Encoding { .. } | Self::Sealed { .. } => 5,
            Self::Proof(statement) => statement.step(),
            Self::EquationCount { .. } | Self::NoVerdict => 6,
        }
    }

    /// Whom the refusal speaks about.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match (self, self.step()) {
            (Self::EquationCount { .. } | Self::NoVerdict, _) | (_, 4) => Blame::State,
            (_, 1 | 2) => Blame::Bytes,
            _ => Blame::Proof,
        }
    }
}

impl From<DecodeError> for TxError {
    fn from(error: DecodeError) -> Self {
        Self::Layout(error)
    }
}

//! Rules by name, for interfaces whose callers are programs: a name never changes, words may.

use super::{Statement, TxError};

impl TxError {
    /// The name of the rule: that of the variant, or [`Statement::name`].
    ///
    /// ```
    /// use dero_ledger::rules::{Statement, TxError};
    ///
    /// assert_eq!(TxError::Spent { input: 0 }.name(), "Spent");
    /// assert_eq!(TxError::Proof(Statement::Range { bundle: 0 }).name(), "RangeProof");
    /// ```
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Layout(_) => "Layout",
            Self::Limit { .. } => "Limit",
            Self::Version { .. } => "Version",
            Self::OtherNetwork { .. } => "OtherNetwork",
            Self::Flags { .. } => "Flags",
            Self::LockBitmap { .. } => "LockBitmap",
            Self::NoAnchor { .. } => "NoAnchor",
            Self::BundleIndex { .. } => "BundleIndex",
            Self::RecordDefault { .. } => "RecordDefault",
            Self::AcceptByWithoutPhase { .. } => "AcceptByWithoutPhase",
            Self::SectionLength { .. } => "SectionLength",
            Self::NotYetValid { .. } => "NotYetValid",
            Self::Expired { .. } => "Expired",
            Self::FeeNotQuantised { .. } => "FeeNotQuantised",
            Self::FeeTooLow { .. } => "FeeTooLow",
            Self::WeightUnpayable { .. } => "WeightUnpayable",
            Self::ZeroAmount { .. } => "ZeroAmount",
            Self::Digest { .. } => "Digest",
            Self::PayloadKind { .. } => "PayloadKind",
            Self::PayloadLimit { .. } => "PayloadLimit",
            Self::PayloadRequired { .. } => "PayloadRequired",
            Self::NotYetAllowed { .. } => "NotYetAllowed",
            Self::Order { .. } => "Order",
            Self::Duplicate { .. } => "Duplicate",
            Self::Spent { .. } => "Spent",
            Self::UnknownVault { .. } => "UnknownVault",
            Self::VaultNotLocked { .. } => "VaultNotLocked",
            Self::VaultDue { .. } => "VaultDue",
            Self::NonceUsed { .. } => "NonceUsed",
            Self::UnknownContract { .. } => "UnknownContract",
            Self::RecordDue { .. } => "RecordDue",
            Self::RecordAcceptBy { .. } => "RecordAcceptBy",
            Self::ReferenceKind { .. } => "ReferenceKind",
            Self::Reference { .. } => "Reference",
            Self::TooManyIntervals { .. } => "TooManyIntervals",
            Self::UnknownAsset { .. } => "UnknownAsset",
            Self::NativeAsset { .. } => "NativeAsset",
            Self::AssetExists { .. } => "AssetExists",
            Self::Descriptor { .. } => "Descriptor",
            Self::SecondMint { .. } => "SecondMint",
            Self::OverSupply { .. } => "OverSupply",
            Self::HiddenSupply { .. } => "HiddenSupply",
            Self::NotBurnable { .. } => "NotBurnable",
            Self::Encoding { .. } => "Encoding",
            Self::Sealed { .. } => "Sealed",
            Self::Proof(statement) => statement.name(),
            Self::EquationCount { .. } => "EquationCount",
            Self::NoVerdict => "NoVerdict",
        }
    }
}

impl Statement {
    /// The name of what does not hold.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Issuer { .. } => "IssuerSignature",
            Self::VaultAuthority { .. } => "VaultSignature",
            Self::Balance => "Balance",
            Self::Link { .. } => "LinkProof",
            Self::Sealed { .. } => "SealedProof",
            Self::Spend { .. } => "SpendProof",
            Self::Surjection { .. } => "SurjectionProof",
            Self::Range { .. } => "RangeProof",
            Self::Membership { .. } => "MembershipProof",
        }
    }
}

//! The names that nearly every caller needs: `use dero_crypto::prelude::*;`.

pub use crate::{
    BatchError, DecodeError, NetworkId, ProofError,
    asset::{AssetId, KnownAssets},
    batch::Batch,
    commitment::Amount,
    enote::{Anchor, Draft, Enote, EnoteSeed, InputContext},
    keys::{Address, AddressIndex, AuditKey, LinkingTag, MasterSecret, SpendKey},
    network::NetworkKind,
    secret::Secret,
};

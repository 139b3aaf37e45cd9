//! Operations on assets: registration, mint, burn (protocol 9, 10.1).

use alloc::vec::Vec;

use dero_crypto::{asset::AssetId, codec::Reader};

use crate::rules::TxError;

/// One operation; they apply in the order of Body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssetOp {
    /// Brings an asset into the registry.
    Register {
        /// The bundle that it names; its context makes the asset id.
        bundle: u8,
        /// The descriptor's bytes.
        descriptor: Vec<u8>,
    },
    /// Makes units, in the clear.
    Mint {
        /// The bundle that it names.
        bundle: u8,
        /// Which asset.
        asset: AssetId,
        /// q.
        amount: u64,
    },
    /// Makes units whose number is hidden.
    MintHidden {
        /// The bundle that it names; its range proof holds E.
        bundle: u8,
        /// Which asset.
        asset: AssetId,
        /// Mc = q·A_α + μ·G.
        commitment: [u8; 32],
        /// E = q·H + y·G.
        range_commitment: [u8; 32],
    },
    /// Destroys units, in the clear.
    Burn {
        /// The bundle that it names.
        bundle: u8,
        /// Which asset; the native one is allowed.
        asset: AssetId,
        /// q.
        amount: u64,
    },
    /// Destroys units; neither their number nor their asset is shown.
    BurnHidden {
        /// The bundle that it names; its range proof holds E.
        bundle: u8,
        /// T', a blinded asset tag.
        asset_tag: [u8; 32],
        /// Mc = q·T' + μ·G.
        commitment: [u8; 32],
        /// E = q·H + y·G.
        range_commitment: [u8; 32],
    },
}

impl AssetOp {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, TxError> {
        let kind = reader.u8("op kind")?;
        if kind > 4 {
            return Err(TxError::kind("op kind", kind.into()));
        }
        let bundle = reader.u8("bundle of an op")?;
        Ok(match kind {
            0 => {
                let length = reader.u16("descriptor length")?;
                Self::Register { bundle, descriptor: reader.slice(length.into(), "descriptor")?.to_vec() }
            }
            1 => Self::Mint { bundle, asset: AssetId(reader.array("minted asset")?), amount: reader.u64("q")? },
            2 => Self::MintHidden {
                bundle,
                asset: AssetId(reader.array("minted asset")?),
                commitment: reader.array("Mc")?,
                range_commitment: reader.array("E of an op")?,
            },
            3 => Self::Burn { bundle, asset: AssetId(reader.array("burnt asset")?), amount: reader.u64("q")? },
            _ => Self::BurnHidden {
                bundle,
                asset_tag: reader.array("T'")?,
                commitment: reader.array("Mc")?,
                range_commitment: reader.array("E of an op")?,
            },
        })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend([self.kind(), self.bundle()]);
        match self {
            Self::Register { descriptor, .. } => {
                let length = u16::try_from(descriptor.len()).expect("a descriptor is shorter than 64 KiB");
                out.extend(length.to_le_bytes());
                out.extend(descriptor);
            }
            Self::Mint { asset, amount, .. } | Self::Burn { asset, amount, .. } => {
                out.extend(asset.0);
                out.extend(amount.to_le_bytes());
            }
            Self::MintHidden { asset: AssetId(first), commitment, range_commitment, .. }
            | Self::BurnHidden { asset_tag: first, commitment, range_commitment, .. } => {
                for field in [first, commitment, range_commitment] {
                    out.extend(field);
                }
            }
        }
    }

    /// The kind byte.
    #[must_use]
    pub fn kind(&self) -> u8 {
        match self {
            Self::Register { .. } => 0,
            Self::Mint { .. } => 1,
            Self::MintHidden { .. } => 2,
            Self::Burn { .. } => 3,
            Self::BurnHidden { .. } => 4,
        }
    }

    /// The bundle that it names.
    #[must_use]
    pub fn bundle(&self) -> u8 {
        match self {
            Self::Register { bundle, .. }
            | Self::Mint { bundle, .. }
            | Self::MintHidden { bundle, .. }
            | Self::Burn { bundle, .. }
            | Self::BurnHidden { bundle, .. } => *bundle,
        }
    }

    /// The asset that it mints, publicly or hidden.
    #[must_use]
    pub fn minted_asset(&self) -> Option<&AssetId> {
        match self {
            Self::Mint { asset, .. } | Self::MintHidden { asset, .. } => Some(asset),
            _ => None,
        }
    }

    /// E of a hidden mint or burn: such an op is a range value of its bundle.
    #[must_use]
    pub fn range_commitment(&self) -> Option<&[u8; 32]> {
        match self {
            Self::MintHidden { range_commitment, .. } | Self::BurnHidden { range_commitment, .. } => {
                Some(range_commitment)
            }
            _ => None,
        }
    }
}

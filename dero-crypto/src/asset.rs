//! Assets: ids, their base points, and the descriptors that ids commit to (protocol 9).
//!
//! ```text
//! α = h_32("asset/id"; net, descriptor, ic of the registering bundle, le32 op index)      A_α = hp("asset"; α)
//! ```
//!
//! The id contains the input context, which is unique per confirmed bundle, so equal descriptors and look-alike
//! tickers give different assets. The native asset has the id of 32 zero bytes and no descriptor.

use alloc::{collections::BTreeMap, vec::Vec};
use core::fmt;

use crate::{
    NetworkId,
    codec::Reader,
    enote::InputContext,
    error::DecodeError,
    group::{Point, domain, generators},
};

/// Which asset: 32 zero bytes for the native one, a hash for every other.
///
/// ```
/// use dero_crypto::{NetworkId, asset::AssetId, enote::{Anchor, InputContext}};
/// let net = NetworkId([1; 32]);
/// let context = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
/// let first = AssetId::derive(&net, b"descriptor", &context, 0);
/// assert_ne!(first, AssetId::derive(&net, b"descriptor", &context, 1)); // look-alikes are other assets
/// assert_ne!(first.generator(), AssetId::NATIVE.generator());
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId(pub [u8; 32]);

impl AssetId {
    /// The native asset: pays fees, is not in the registry.
    pub const NATIVE: Self = Self([0; 32]);

    /// The id of an asset registered by op `op_index` (place among all ops of the Body, from 0) in a bundle with
    /// context `context`; `descriptor` as it stands in the op.
    #[must_use]
    pub fn derive(net: &NetworkId, descriptor: &[u8], context: &InputContext, op_index: u32) -> Self {
        Self(domain::ASSET_ID.hash(&[&net.0, descriptor, &context.0, &op_index.to_le_bytes()]))
    }

    /// True for the native asset.
    #[must_use]
    pub fn is_native(&self) -> bool {
        *self == Self::NATIVE
    }

    /// A_α, the base on which amounts of this asset are committed. One hash to the group and one encoding; for the native
    /// asset, which time shows, a look into a table.
    #[must_use]
    pub fn generator(&self) -> Point {
        if self.is_native() { generators::A0.point() } else { self.hashed() }
    }

    /// A_α in one time for every asset: for hidden ones.
    pub(crate) fn hashed(&self) -> Point {
        Point::encode(domain::ASSET.hash(&[&self.0]), "A")
            .expect("a preimage of the identity has probability 2^-252")
    }
}

impl fmt::Debug for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AssetId({self})")
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Who may issue an asset.
///
/// ```
/// use dero_crypto::{asset::{AssetRules, Descriptor, Issuer}, group::generators::G};
/// let issued_by = |issuer| Descriptor {
///     issuer,
///     ticker: b"ACME".to_vec(),
///     name: Vec::new(),
///     decimals: 0,
///     max_supply: None,
///     rules: AssetRules::default(),
///     metadata: [0; 32],
/// };
/// assert_eq!(issued_by(Issuer::Key(G.point().to_bytes())).issuer_key(), Ok(Some(G.point())));
/// assert_eq!(issued_by(Issuer::Contract([7; 32])).issuer_key(), Ok(None));
/// assert!(issued_by(Issuer::Key([0; 32])).issuer_key().is_err()); // anybody could sign for the identity
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// A key on G, as its 32 bytes on the wire; [`Descriptor::issuer_key`] decodes it.
    Key([u8; 32]),
    /// The id of a contract, whose execution must return each op.
    Contract([u8; 32]),
}

/// What holders and the issuer may do, beside transferring.
///
/// ```
/// use dero_crypto::asset::{AssetRules, Descriptor, Issuer};
/// let rules = AssetRules { hidden_supply: true, ..AssetRules::default() };
/// let descriptor = Descriptor {
///     issuer: Issuer::Contract([7; 32]),
///     ticker: b"ACME".to_vec(),
///     name: Vec::new(),
///     decimals: 0,
///     max_supply: Some(1),
///     rules,
///     metadata: [0; 32],
/// };
/// assert!(descriptor.to_bytes().is_err()); // nobody can count what is hidden
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssetRules {
    /// Bit 0: amounts of mints may be hidden. Excludes a maximum supply.
    pub hidden_supply: bool,
    /// Bit 1: more than one mint.
    pub reissuable: bool,
    /// Bit 2: holders may burn in public.
    pub burnable: bool,
}

impl AssetRules {
    fn bits(self) -> u8 {
        u8::from(self.hidden_supply) | u8::from(self.reissuable) << 1 | u8::from(self.burnable) << 2
    }
}

/// The public terms of an asset.
///
/// ```text
/// issuer kind u8 | issuer 32 | u8 length, ticker | u8 length, name | decimals u8 | has_max u8 | max_supply u64 |
/// flags u8 | metadata hash 32                                                                    78 to 154 bytes
/// ```
///
/// ```
/// use dero_crypto::asset::{AssetRules, Descriptor, Issuer};
/// let gold = Descriptor {
///     issuer: Issuer::Contract([7; 32]),
///     ticker: b"GOLD".to_vec(),
///     name: b"Gram of gold".to_vec(),
///     decimals: 8,
///     max_supply: Some(1_000),
///     rules: AssetRules { burnable: true, ..AssetRules::default() },
///     metadata: [0; 32],
/// };
/// assert_eq!(Descriptor::from_bytes(&gold.to_bytes()?)?, gold);
/// # Ok::<(), dero_crypto::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Who may mint.
    pub issuer: Issuer,
    /// Up to 12 bytes, each in 0x21..=0x7e. Not unique: show the id beside it.
    pub ticker: Vec<u8>,
    /// Up to 64 bytes of any value.
    pub name: Vec<u8>,
    /// Where to print the decimal point, up to 18.
    pub decimals: u8,
    /// The most that may ever be issued.
    pub max_supply: Option<u64>,
    /// The flags.
    pub rules: AssetRules,
    /// Hash of a document elsewhere.
    pub metadata: [u8; 32],
}

impl Descriptor {
    /// Most bytes of a ticker.
    pub const MAX_TICKER: usize = 12;
    /// Most bytes of a name.
    pub const MAX_NAME: usize = 64;
    /// Most decimals.
    pub const MAX_DECIMALS: u8 = 18;
    /// Bytes of the shortest descriptor.
    pub const MIN_LEN: usize = 78;
    /// Bytes of the longest descriptor.
    pub const MAX_LEN: usize = Self::MIN_LEN + Self::MAX_TICKER + Self::MAX_NAME;

    /// Reads a descriptor by every rule of section 9, its key included.
    ///
    /// # Errors
    ///
    /// Those of [`cut`](Self::cut) and [`issuer_key`](Self::issuer_key).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let descriptor = Self::cut(bytes)?;
        descriptor.issuer_key()?;
        Ok(descriptor)
    }

    /// Reads a descriptor by every rule but that of its key, which nodes check in a later step (10.4).
    ///
    /// # Errors
    ///
    /// [`DecodeError`] with the field: an unknown issuer kind, a ticker or name over its limit, a ticker byte
    /// that does not print, more than 18 decimals, a maximum supply that `has_max` denies, flag bits 3 to 7,
    /// hidden supply with a maximum, bytes missing or left over.
    pub fn cut(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "descriptor");
        let kind = reader.u8("descriptor issuer kind")?;
        let issuer = reader.array("descriptor issuer")?;
        let length = reader.count("descriptor ticker length", 0, Self::MAX_TICKER as u8)?;
        let ticker = reader.slice(length, "descriptor ticker")?.to_vec();
        let length = reader.count("descriptor name length", 0, Self::MAX_NAME as u8)?;
        let name = reader.slice(length, "descriptor name")?.to_vec();
        let decimals = reader.u8("descriptor decimals")?;
        let has_max = reader.u8("descriptor has_max")?;
        let supply = reader.u64("descriptor max_supply")?;
        let flags = reader.u8("descriptor flags")?;
        let metadata = reader.array("descriptor metadata")?;
        reader.finish()?;

        let value = |what, found| Err(DecodeError::Value { what, found });
        let descriptor = Self {
            issuer: match kind {
                0 => Issuer::Key(issuer),
                1 => Issuer::Contract(issuer),
                other => return value("descriptor issuer kind", other.into()),
            },
            ticker,
            name,
            decimals,
            max_supply: match (has_max, supply) {
                (0, 0) => None,
                (0, supply) => return value("descriptor max_supply", supply),
                (1, supply) => Some(supply),
                (other, _) => return value("descriptor has_max", other.into()),
            },
            rules: AssetRules {
                hidden_supply: flags & 1 != 0,
                reissuable: flags & 2 != 0,
                burnable: flags & 4 != 0,
            },
            metadata,
        };
        if flags >> 3 != 0 {
            return value("descriptor flags", flags.into());
        }
        descriptor.check()?;
        Ok(descriptor)
    }

    /// The bytes of the register op.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if a field breaks a rule, so that no descriptor is written that nobody may read.
    pub fn to_bytes(&self) -> Result<Vec<u8>, DecodeError> {
        self.check()?;
        self.issuer_key()?;
        let (kind, issuer) = match &self.issuer {
            Issuer::Key(key) => (0, key),
            Issuer::Contract(id) => (1, id),
        };
        let mut out = Vec::with_capacity(Self::MAX_LEN);
        out.push(kind);
        out.extend(issuer);
        out.push(self.ticker.len() as u8);
        out.extend(&self.ticker);
        out.push(self.name.len() as u8);
        out.extend(&self.name);
        out.push(self.decimals);
        out.push(self.max_supply.is_some().into());
        out.extend(self.max_supply.unwrap_or(0).to_le_bytes());
        out.push(self.rules.bits());
        out.extend(self.metadata);
        Ok(out)
    }

    /// The key that signs ops of this asset; none if a contract issues it.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the issuer is a key that is no point, or the identity, for which anybody could sign.
    pub fn issuer_key(&self) -> Result<Option<Point>, DecodeError> {
        match &self.issuer {
            Issuer::Key(bytes) => Point::decode(bytes, "descriptor issuer").map(Some),
            Issuer::Contract(_) => Ok(None),
        }
    }

    /// The rules that the fields' types do not express.
    fn check(&self) -> Result<(), DecodeError> {
        let limit = |what, found: usize, max: usize| {
            if found > max {
                Err(DecodeError::Limit { what, found: found as u64, min: 0, max: max as u64 })
            } else {
                Ok(())
            }
        };
        limit("descriptor ticker length", self.ticker.len(), Self::MAX_TICKER)?;
        if let Some(&byte) = self.ticker.iter().find(|byte| !byte.is_ascii_graphic()) {
            return Err(DecodeError::Value { what: "descriptor ticker", found: byte.into() });
        }
        limit("descriptor name length", self.name.len(), Self::MAX_NAME)?;
        limit("descriptor decimals", self.decimals.into(), Self::MAX_DECIMALS.into())?;
        if self.rules.hidden_supply && self.max_supply.is_some() {
            // Nobody could enforce a maximum over amounts that nobody sees.
            return Err(DecodeError::Value { what: "descriptor flags", found: self.rules.bits().into() });
        }
        Ok(())
    }
}

/// The assets that a wallet can name: from the encoding of A_α to α. The native asset is always among them.
///
/// ```
/// use dero_crypto::asset::{AssetId, KnownAssets};
/// let gold = AssetId([7; 32]);
/// let mut known = KnownAssets::native();
/// assert_eq!(known.find(gold.generator().as_bytes()), None);
/// known.insert(gold);
/// assert_eq!(known.find(gold.generator().as_bytes()), Some(gold));
/// ```
#[derive(Clone, Debug, Default)]
pub struct KnownAssets(BTreeMap<[u8; 32], AssetId>);

impl KnownAssets {
    /// Only the native asset.
    #[must_use]
    pub fn native() -> Self {
        Self::default()
    }

    /// Adds a registered asset.
    pub fn insert(&mut self, id: AssetId) {
        self.0.insert(id.generator().to_bytes(), id);
    }

    /// Takes an asset out again, after a reorganisation.
    pub fn remove(&mut self, id: &AssetId) {
        self.0.remove(id.generator().as_bytes());
    }

    /// The asset whose base has this encoding.
    #[must_use]
    pub fn find(&self, base: &[u8; 32]) -> Option<AssetId> {
        if *base == native_base() { Some(AssetId::NATIVE) } else { self.0.get(base).copied() }
    }
}

impl Extend<AssetId> for KnownAssets {
    fn extend<I: IntoIterator<Item = AssetId>>(&mut self, ids: I) {
        ids.into_iter().for_each(|id| self.insert(id));
    }
}

impl FromIterator<AssetId> for KnownAssets {
    fn from_iter<I: IntoIterator<Item = AssetId>>(ids: I) -> Self {
        let mut known = Self::native();
        known.extend(ids);
        known
    }
}

/// The encoding of A_0.
fn native_base() -> [u8; 32] {
    static BASE: once_cell::race::OnceBox<[u8; 32]> = once_cell::race::OnceBox::new();
    *BASE.get_or_init(|| alloc::boxed::Box::new(generators::A0.point().to_bytes()))
}

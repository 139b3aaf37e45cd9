//! A call: the head that says what may happen, and the proofs behind it (protocol 12.7.1).

use alloc::vec::Vec;

use dero_crypto::{DecodeError, codec::Reader, group::domain};

use crate::payload::{PayloadError, ascending};

/// First byte, head, proofs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What the call names and declares.
    pub head: Head,
    /// Accept signatures and claim proofs as they stand. Their division needs the records of the accepted vaults
    /// and the statements of the claims.
    pub proofs: Vec<u8>,
}

/// The head of a call: every list strictly ascending, every count within its limit.
///
/// ```text
/// 0x01 | contract_id 32 | entry 4 | gas class u8 | u8 #callee, [contract_id 32] |
/// u8 #footprint, [mode u8 | owner u8 | key 32] | u8 #accept, [vault_id 32] |
/// u8 #claims, [kind u8 | u16 length | statement] | u16 args length | args
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    contract_id: [u8; 32],
    entry: Entry,
    gas_class: GasClass,
    callees: Vec<[u8; 32]>,
    footprint: Vec<Access>,
    accepts: Vec<[u8; 32]>,
    claims: Vec<Claim>,
    args: Args,
}

/// The selector of an exported function: h_4("abi/entry"; name).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry(pub [u8; 4]);

impl Entry {
    /// The selector of the function `name` (ASCII).
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(domain::CALL_ENTRY.hash(&[name.as_bytes()]))
    }
}

/// 17..=27: the call may use 2^class units of gas, and pays for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasClass(u8);

impl GasClass {
    /// Checks the class.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Limit`] outside 17..=27.
    pub fn new(class: u8) -> Result<Self, DecodeError> {
        if (17..=27).contains(&class) {
            Ok(Self(class))
        } else {
            Err(DecodeError::Limit { what: "gas class", found: class.into(), min: 17, max: 27 })
        }
    }

    /// The class.
    #[must_use]
    pub fn class(self) -> u8 {
        self.0
    }

    /// Units of gas.
    #[must_use]
    pub fn gas(self) -> u64 {
        1 << self.0
    }
}

/// How a declared key is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// 0: reads.
    Read,
    /// 1: writes and reads.
    Write,
    /// 2: adds to an accumulator without reading it.
    Add,
}

/// One entry of the footprint: a state key and how it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// How the key is used.
    pub mode: Mode,
    /// 0 the head's contract, i ≥ 1 the callee at place i − 1.
    pub owner: u8,
    /// State key (12.8.1).
    pub key: [u8; 32],
}

/// A claim as it stands in a head; what it means is the machine's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    kind: u8,
    statement: Vec<u8>,
}

impl Claim {
    const DETACHED: u8 = 0x80;

    /// A claim of `kind` (bit 7 set if detached) about `statement`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Value`] for a kind above 12, [`PayloadError::NotDetachable`] for a detached one of kind 1 to
    /// 5, [`DecodeError::Limit`] for a statement above 65,535 bytes.
    pub fn new(kind: u8, statement: Vec<u8>) -> Result<Self, PayloadError> {
        let claim = Self { kind, statement };
        claim.check(0)?;
        Ok(claim)
    }

    fn check(&self, place: usize) -> Result<(), PayloadError> {
        let kind = self.kind();
        if kind > 12 {
            return Err(DecodeError::Value { what: "claim kind", found: self.kind.into() }.into());
        }
        if self.is_detached() && (1..=5).contains(&kind) {
            return Err(PayloadError::NotDetachable { place, kind });
        }
        let (found, max) = (self.statement.len() as u64, u16::MAX.into());
        if found > max {
            return Err(DecodeError::Limit { what: "claim statement", found, min: 0, max }.into());
        }
        Ok(())
    }

    /// 0..=12.
    #[must_use]
    pub fn kind(&self) -> u8 {
        self.kind & !Self::DETACHED
    }

    /// Whether others may carry it.
    #[must_use]
    pub fn is_detached(&self) -> bool {
        self.kind & Self::DETACHED != 0
    }

    /// The statement, with the id in front if detached.
    #[must_use]
    pub fn statement(&self) -> &[u8] {
        &self.statement
    }
}

/// Arguments of a call: encoded arguments followed by zeros up to one of six lengths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args(Vec<u8>);

impl Args {
    /// The lengths that the layout allows, in bytes.
    pub const LENGTHS: [usize; 6] = [0, 64, 256, 1024, 4096, 16384];

    /// Pads `encoded` to the smallest length that fits.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Limit`] above 16,384 bytes.
    pub fn new(encoded: &[u8]) -> Result<Self, DecodeError> {
        let length = Self::LENGTHS
            .into_iter()
            .find(|length| encoded.len() <= *length)
            .ok_or(DecodeError::Limit { what: "args", found: encoded.len() as u64, min: 0, max: 16384 })?;
        let mut padded = encoded.to_vec();
        padded.resize(length, 0);
        Ok(Self(padded))
    }

    /// The padded bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let length = reader.u16("args length")?;
        if !Self::LENGTHS.contains(&length.into()) {
            return Err(DecodeError::Value { what: "args length", found: length.into() });
        }
        Ok(Self(reader.slice(length.into(), "args")?.to_vec()))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let length = u16::try_from(self.0.len()).expect("one of LENGTHS");
        out.extend(length.to_le_bytes());
        out.extend(&self.0);
    }
}

impl Head {
    /// Most callees.
    pub const CALLEES: u8 = 8;
    /// Most footprint entries.
    pub const FOOTPRINT: u8 = 64;
    /// Most accepted vaults.
    pub const ACCEPTS: u8 = 8;
    /// Most claims.
    pub const CLAIMS: u8 = 32;

    /// A call of `entry` without callees, footprint, accepts, claims and arguments.
    #[must_use]
    pub fn new(contract_id: [u8; 32], entry: Entry, gas_class: GasClass) -> Self {
        let (callees, footprint, accepts, claims) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { contract_id, entry, gas_class, callees, footprint, accepts, claims, args: Args::default() }
    }

    /// Sets the contracts that may be called or read; sorts them.
    ///
    /// # Errors
    ///
    /// More than eight, one twice, or the head's own contract.
    pub fn with_callees(mut self, mut callees: Vec<[u8; 32]>) -> Result<Self, PayloadError> {
        callees.sort_unstable();
        self.callees = callees;
        self.check().map(|()| self)
    }

    /// Sets the state keys that the call may touch; sorts them.
    ///
    /// # Errors
    ///
    /// More than 64, one key of one owner twice, or an owner that is no callee.
    pub fn with_footprint(mut self, mut footprint: Vec<Access>) -> Result<Self, PayloadError> {
        footprint.sort_unstable();
        self.footprint = footprint;
        self.check().map(|()| self)
    }

    /// Sets the vaults that the call accepts; sorts them.
    ///
    /// # Errors
    ///
    /// More than eight, or one twice.
    pub fn with_accepts(mut self, mut vault_ids: Vec<[u8; 32]>) -> Result<Self, PayloadError> {
        vault_ids.sort_unstable();
        self.accepts = vault_ids;
        self.check().map(|()| self)
    }

    /// Sets the claims, in the order in which contracts count them.
    ///
    /// # Errors
    ///
    /// More than 32, or a claim that [`Claim::new`] refuses.
    pub fn with_claims(mut self, claims: Vec<Claim>) -> Result<Self, PayloadError> {
        self.claims = claims;
        self.check().map(|()| self)
    }

    /// Sets the encoded arguments and pads them.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Limit`] above 16,384 bytes.
    pub fn with_args(mut self, encoded: &[u8]) -> Result<Self, PayloadError> {
        self.args = Args::new(encoded)?;
        Ok(self)
    }

    /// The called contract.
    #[must_use]
    pub fn contract_id(&self) -> &[u8; 32] {
        &self.contract_id
    }

    /// The called function.
    #[must_use]
    pub fn entry(&self) -> Entry {
        self.entry
    }

    /// The gas class.
    #[must_use]
    pub fn gas_class(&self) -> GasClass {
        self.gas_class
    }

    /// Contracts that may be called or read, ascending.
    #[must_use]
    pub fn callees(&self) -> &[[u8; 32]] {
        &self.callees
    }

    /// Declared state keys, ascending.
    #[must_use]
    pub fn footprint(&self) -> &[Access] {
        &self.footprint
    }

    /// Accepted vaults, ascending.
    #[must_use]
    pub fn accepts(&self) -> &[[u8; 32]] {
        &self.accepts
    }

    /// Claims, in order.
    #[must_use]
    pub fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// Padded arguments.
    #[must_use]
    pub fn args(&self) -> &Args {
        &self.args
    }

    fn check(&self) -> Result<(), PayloadError> {
        for (what, found, max) in [
            ("callees", self.callees.len(), Self::CALLEES),
            ("footprint", self.footprint.len(), Self::FOOTPRINT),
            ("accepts", self.accepts.len(), Self::ACCEPTS),
            ("claims", self.claims.len(), Self::CLAIMS),
        ] {
            if found > max.into() {
                return Err(DecodeError::Limit { what, found: found as u64, min: 0, max: max.into() }.into());
            }
        }
        ascending(&self.callees, "callees")?;
        if let Some(place) = self.callees.iter().position(|callee| callee == &self.contract_id) {
            return Err(PayloadError::CalleeIsHead { place });
        }
        ascending(&self.footprint, "footprint")?;
        for (second, access) in self.footprint.iter().enumerate() {
            if usize::from(access.owner) > self.callees.len() {
                let (found, max) = (access.owner.into(), self.callees.len() as u64);
                return Err(DecodeError::Limit { what: "footprint owner", found, min: 0, max }.into());
            }
            let same = |other: &Access| (other.owner, other.key) == (access.owner, access.key);
            if let Some(first) = self.footprint[..second].iter().position(same) {
                return Err(PayloadError::KeyTwice { first, second });
            }
        }
        ascending(&self.accepts, "accepts")?;
        self.claims.iter().enumerate().try_for_each(|(place, claim)| claim.check(place))
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, PayloadError> {
        let kind = reader.u8("payload kind")?;
        if kind != Call::FIRST_BYTE {
            return Err(DecodeError::Value { what: "payload kind", found: kind.into() }.into());
        }
        let contract_id = reader.array("contract id")?;
        let entry = Entry(reader.array("entry")?);
        let gas_class = GasClass::new(reader.u8("gas class")?)?;
        let mut head = Self::new(contract_id, entry, gas_class);
        for _ in 0..reader.count("callees", 0, Self::CALLEES)? {
            head.callees.push(reader.array("callee")?);
        }
        for _ in 0..reader.count("footprint", 0, Self::FOOTPRINT)? {
            let mode = match reader.u8("footprint mode")? {
                0 => Mode::Read,
                1 => Mode::Write,
                2 => Mode::Add,
                found => return Err(DecodeError::Value { what: "footprint mode", found: found.into() }.into()),
            };
            let (owner, key) = (reader.u8("footprint owner")?, reader.array("footprint key")?);
            head.footprint.push(Access { mode, owner, key });
        }
        for _ in 0..reader.count("accepts", 0, Self::ACCEPTS)? {
            head.accepts.push(reader.array("accepted vault")?);
        }
        for _ in 0..reader.count("claims", 0, Self::CLAIMS)? {
            let kind = reader.u8("claim kind")?;
            let length = reader.u16("claim length")?;
            let statement = reader.slice(length.into(), "claim statement")?.to_vec();
            head.claims.push(Claim { kind, statement });
        }
        head.args = Args::read(reader)?;
        head.check()?;
        Ok(head)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let count = |length: usize| u8::try_from(length).expect("counts are checked");
        out.push(Call::FIRST_BYTE);
        out.extend(self.contract_id);
        out.extend(self.entry.0);
        out.push(self.gas_class.0);
        out.push(count(self.callees.len()));
        out.extend(self.callees.iter().flatten());
        out.push(count(self.footprint.len()));
        for access in &self.footprint {
            out.extend([access.mode as u8, access.owner]);
            out.extend(access.key);
        }
        out.push(count(self.accepts.len()));
        out.extend(self.accepts.iter().flatten());
        out.push(count(self.claims.len()));
        for claim in &self.claims {
            out.push(claim.kind);
            out.extend(u16::try_from(claim.statement.len()).expect("lengths are checked").to_le_bytes());
            out.extend(&claim.statement);
        }
        self.args.write(out);
    }

    /// The head alone, as call contexts hash it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}

impl Call {
    pub(crate) const FIRST_BYTE: u8 = 1;

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, PayloadError> {
        let head = Head::read(reader)?;
        Ok(Self { head, proofs: reader.rest().to_vec() })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.head.write(out);
        out.extend(&self.proofs);
    }
}

//! An enote of this wallet, and the states it goes through.

use alloc::vec::Vec;

use dero_crypto::{
    DecodeError, NetworkId,
    asset::{AssetId, KnownAssets},
    codec::Reader,
    commitment::Amount,
    enote::{DecodedEnote, Enote, EnoteKind, InputContext, OneTimeView, PublicEnote, Recognised},
    keys::AuditKey,
};

/// Where an enote stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In the network's genesis list.
    Genesis {
        /// Its index.
        index: u64,
    },
    /// In the coinbase of its block.
    Coinbase {
        /// Its index.
        index: u32,
    },
    /// An output of a transaction.
    Output {
        /// Place of the transaction in the block.
        transaction: u32,
        /// Place of the bundle in the transaction.
        bundle: u8,
        /// Place of the output in the bundle.
        output: u8,
    },
    /// The stub of a public move that came back.
    Stub {
        /// Place of the transaction in the block.
        transaction: u32,
        /// Place among the moves of the transaction that have a stub.
        stub: u8,
    },
    /// A part of a sealed alternative of a locked output.
    Part {
        /// Place of the transaction in the block.
        transaction: u32,
        /// Place of the bundle in the transaction.
        bundle: u8,
        /// Place of the locked output in the bundle.
        output: u8,
        /// j, from 1.
        alternative: u8,
        /// b, from 1.
        part: u8,
    },
}

/// Whether an enote can become balance by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It enters the reference list when its time has come.
    None,
    /// A contract holds it.
    Locked,
    /// It exists if a contract decides so: a sealed part, or a stub that has the key of another one.
    Conditional,
}

/// How an enote stands at the wallet's tip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnoteState {
    /// In a block, without a position in the reference list. Not a receipt yet.
    Pending,
    /// Held by a contract. Never a receipt.
    Locked,
    /// Depends on the outcome of a contract. Never a receipt.
    Conditional,
    /// Has a position: it counts as balance.
    Received,
    /// Chosen by a transaction that is on its way.
    Reserved,
    /// Its linking tag is in the chain.
    Spent,
}

/// The bytes of an enote, and what of it stands in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    Hidden(Enote),
    Public { enote: PublicEnote, amount: u64, asset: AssetId },
}

impl Record {
    pub(crate) fn decode(&self) -> Result<DecodedEnote, DecodeError> {
        match self {
            Self::Hidden(enote) => enote.decode(),
            Self::Public { enote, amount, asset } => enote.decode(Amount(*amount), asset),
        }
    }

    pub(crate) fn one_time_key(&self) -> &[u8; 32] {
        match self {
            Self::Hidden(enote) => &enote.one_time_key,
            Self::Public { enote, .. } => &enote.one_time_key,
        }
    }
}

/// A spend that stands in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) height: u64,
    pub(crate) txid: [u8; 32],
}

/// An enote of this wallet. It passed every check of the scan.
#[derive(Clone, Debug)]
pub struct OwnEnote {
    pub(crate) height: u64,
    pub(crate) txid: [u8; 32],
    pub(crate) place: Place,
    pub(crate) condition: Condition,
    /// A self-send in a bundle that consumed nothing of this wallet: made by somebody who holds the audit key.
    pub(crate) foreign_self_send: bool,
    pub(crate) context: InputContext,
    pub(crate) record: Record,
    pub(crate) position: Option<u64>,
    pub(crate) spent: Option<Spent>,
    pub(crate) reserved_until: Option<u64>,
    pub(crate) recognised: Recognised,
    pub(crate) view: OneTimeView,
}

impl OwnEnote {
    /// The block in which it stands.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.height
    }

    /// The transaction that made it; 32 zero bytes for a genesis enote.
    #[must_use]
    pub fn txid(&self) -> &[u8; 32] {
        &self.txid
    }

    /// Where it stands in that block.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Its one-time key, which names it.
    #[must_use]
    pub fn one_time_key(&self) -> &[u8; 32] {
        self.record.one_time_key()
    }

    /// Its amount.
    #[must_use]
    pub fn amount(&self) -> Amount {
        self.recognised.opening().amount()
    }

    /// Its asset, `None` while that is not known yet.
    #[must_use]
    pub fn asset(&self) -> Option<AssetId> {
        self.recognised.opening().asset().id()
    }

    /// Its kind and the address that it pays.
    #[must_use]
    pub fn recognised(&self) -> &Recognised {
        &self.recognised
    }

    /// Its place in the reference list.
    #[must_use]
    pub fn position(&self) -> Option<u64> {
        self.position
    }

    /// Made by somebody who holds the audit key, not by this wallet. Not spent together with other enotes.
    #[must_use]
    pub fn is_foreign_self_send(&self) -> bool {
        self.foreign_self_send
    }

    /// Change or a payment to oneself.
    #[must_use]
    pub fn is_self_send(&self) -> bool {
        self.recognised.kind() != EnoteKind::External && !self.foreign_self_send
    }

    /// How it stands at the wallet's tip.
    #[must_use]
    pub fn state(&self, tip: u64) -> EnoteState {
        match (self.spent, self.position, self.condition) {
            (Some(_), ..) => EnoteState::Spent,
            // Whatever it was before, with a position it is an enote as any other.
            (None, Some(_), _) if self.reserved_until.is_some_and(|until| tip < until) => EnoteState::Reserved,
            (None, Some(_), _) => EnoteState::Received,
            (None, None, Condition::None) => EnoteState::Pending,
            (None, None, Condition::Locked) => EnoteState::Locked,
            (None, None, Condition::Conditional) => EnoteState::Conditional,
        }
    }

    /// Opens a stored record again.
    pub(crate) fn open(stored: Stored, keys: &AuditKey, net: &NetworkId, known: &KnownAssets) -> Option<Self> {
        let recognised = keys.recognise(net, &stored.context, &stored.record.decode().ok()?, known).ok()?;
        let view = keys.one_time_view(&recognised).ok()?;
        Some(stored.with(recognised, view))
    }

    /// What of it is stored: everything else follows from the audit key.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(self.height.to_le_bytes());
        out.extend(self.txid);
        match self.place {
            Place::Genesis { index } => {
                out.push(0);
                out.extend(index.to_le_bytes());
            }
            Place::Coinbase { index } => {
                out.push(1);
                out.extend(index.to_le_bytes());
            }
            Place::Output { transaction, bundle, output } => {
                out.push(2);
                out.extend(transaction.to_le_bytes());
                out.extend([bundle, output]);
            }
            Place::Stub { transaction, stub } => {
                out.push(4);
                out.extend(transaction.to_le_bytes());
                out.push(stub);
            }
            Place::Part { transaction, bundle, output, alternative, part } => {
                out.push(3);
                out.extend(transaction.to_le_bytes());
                out.extend([bundle, output, alternative, part]);
            }
        }
        out.push(match self.condition {
            Condition::None => 0,
            Condition::Locked => 1,
            Condition::Conditional => 2,
        });
        out.push(self.foreign_self_send.into());
        out.extend(self.context.0);
        match &self.record {
            Record::Hidden(enote) => {
                out.push(0);
                out.extend(enote.to_bytes());
            }
            Record::Public { enote, amount, asset } => {
                out.push(if asset.is_native() { 1 } else { 2 });
                out.extend(amount.to_le_bytes());
                if !asset.is_native() {
                    out.extend(asset.0);
                }
                out.extend(enote.to_bytes());
            }
        }
        put_option(&mut out, self.position.map(u64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice));
        put_option(&mut out, self.reserved_until.map(u64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice));
        let spent = self.spent.map(|spent| [spent.height.to_le_bytes().as_slice(), &spent.txid].concat());
        put_option(&mut out, spent.as_deref());
        out
    }
}

pub(crate) fn put_option(out: &mut Vec<u8>, value: Option<&[u8]>) {
    out.push(value.is_some().into());
    out.extend(value.unwrap_or_default());
}

pub(crate) fn option<'a, T>(
    reader: &mut Reader<'a>,
    what: &'static str,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    match reader.u8(what)? {
        0 => Ok(None),
        1 => read(reader).map(Some),
        found => Err(DecodeError::Value { what, found: found.into() }),
    }
}

/// An enote as it is stored.
pub(crate) struct Stored {
    pub(crate) height: u64,
    pub(crate) txid: [u8; 32],
    pub(crate) place: Place,
    pub(crate) condition: Condition,
    pub(crate) foreign_self_send: bool,
    pub(crate) context: InputContext,
    pub(crate) record: Record,
    pub(crate) position: Option<u64>,
    pub(crate) reserved_until: Option<u64>,
    pub(crate) spent: Option<Spent>,
}

impl Stored {
    pub(crate) fn with(self, recognised: Recognised, view: OneTimeView) -> OwnEnote {
        OwnEnote {
            height: self.height,
            txid: self.txid,
            place: self.place,
            condition: self.condition,
            foreign_self_send: self.foreign_self_send,
            context: self.context,
            record: self.record,
            position: self.position,
            spent: self.spent,
            reserved_until: self.reserved_until,
            recognised,
            view,
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "stored enote");
        let reader = &mut reader;
        let (height, txid) = (reader.u64("height")?, reader.array("txid")?);
        let place = match reader.u8("place")? {
            0 => Place::Genesis { index: reader.u64("index")? },
            1 => Place::Coinbase { index: reader.u32("index")? },
            2 => {
                let transaction = reader.u32("transaction")?;
                Place::Output { transaction, bundle: reader.u8("bundle")?, output: reader.u8("output")? }
            }
            3 => Place::Part {
                transaction: reader.u32("transaction")?,
                bundle: reader.u8("bundle")?,
                output: reader.u8("output")?,
                alternative: reader.u8("alternative")?,
                part: reader.u8("part")?,
            },
            4 => Place::Stub { transaction: reader.u32("transaction")?, stub: reader.u8("stub")? },
            found => return Err(DecodeError::Value { what: "place", found: found.into() }),
        };
        let condition = match reader.u8("condition")? {
            0 => Condition::None,
            1 => Condition::Locked,
            2 => Condition::Conditional,
            found => return Err(DecodeError::Value { what: "condition", found: found.into() }),
        };
        let foreign_self_send = reader.u8("foreign self-send")? == 1;
        let context = InputContext(reader.array("context")?);
        let record = match reader.u8("record")? {
            0 => Record::Hidden(Enote::read(reader)?),
            kind @ (1 | 2) => {
                let amount = reader.u64("amount")?;
                let asset = if kind == 1 { AssetId::NATIVE } else { AssetId(reader.array("asset")?) };
                Record::Public { amount, asset, enote: PublicEnote::read(reader)? }
            }
            found => return Err(DecodeError::Value { what: "record", found: found.into() }),
        };
        let position = option(reader, "position", |reader| reader.u64("position"))?;
        let reserved_until = option(reader, "reserved", |reader| reader.u64("reserved"))?;
        let spent = option(reader, "spent", |reader| {
            Ok(Spent { height: reader.u64("spent height")?, txid: reader.array("spending txid")? })
        })?;
        let stored = Self {
            height,
            txid,
            place,
            condition,
            foreign_self_send,
            context,
            record,
            position,
            reserved_until,
            spent,
        };
        if reader.rest().is_empty() {
            Ok(stored)
        } else {
            Err(DecodeError::Length { what: "stored enote", expected: 0, found: reader.rest().len() })
        }
    }
}

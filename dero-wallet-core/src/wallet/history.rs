//! All that happened, incoming and outgoing, in the order of the chain.

use alloc::vec::Vec;

use dero_crypto::{DecodeError, asset::AssetId, codec::Reader, keys::Address};

use super::Wallet;
use crate::enote::{EnoteState, OwnEnote};

/// A payment that this wallet made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The one-time key of the output that paid it.
    pub one_time_key: [u8; 32],
    /// Which asset, `None` while that is not known yet.
    pub asset: Option<AssetId>,
    /// Atomic units.
    pub amount: u64,
    /// K of the address that was paid.
    pub spend_key: [u8; 32],
    /// Its address tag. K and the tag identify the address.
    pub tag: [u8; 8],
}

/// A transaction that spent enotes of this wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The block.
    pub height: u64,
    /// The transaction.
    pub txid: [u8; 32],
    /// What others received.
    pub payments: Vec<Payment>,
    /// Outputs that cannot be opened: of other parties, or made with random seeds.
    pub opaque: u32,
    /// What the wallet paid as fee, if it knows every input and could open every output. Compact blocks show no
    /// burns: what the transaction burned of the native asset is in this sum, unless no fee may be so.
    pub fee: Option<u64>,
}

impl Payment {
    /// Whether it went to this address.
    #[must_use]
    pub fn is_to(&self, address: &Address) -> bool {
        self.spend_key == address.spend_key().to_bytes() && self.tag == address.tag().0
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.one_time_key);
        out.push(self.asset.is_some().into());
        out.extend(self.asset.unwrap_or(AssetId::NATIVE).0);
        out.extend(self.amount.to_le_bytes());
        out.extend(self.spend_key);
        out.extend(self.tag);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let one_time_key = reader.array("one-time key")?;
        let (known, asset) = (reader.count("asset known", 0, 1)? == 1, AssetId(reader.array("asset")?));
        Ok(Self {
            one_time_key,
            asset: known.then_some(asset),
            amount: reader.u64("amount")?,
            spend_key: reader.array("spend key")?,
            tag: reader.array("address tag")?,
        })
    }
}

impl Sent {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.height.to_le_bytes().to_vec();
        out.extend(self.txid);
        out.extend(self.opaque.to_le_bytes());
        out.push(self.fee.is_some().into());
        out.extend(self.fee.unwrap_or(0).to_le_bytes());
        self.payments.iter().for_each(|payment| payment.write(&mut out));
        out
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "history");
        let (height, txid, opaque) = (reader.u64("height")?, reader.array("txid")?, reader.u32("opaque")?);
        let (known, fee) = (reader.u8("fee known")? == 1, reader.u64("fee")?);
        let mut payments = Vec::new();
        while !reader.rest().is_empty() {
            payments.push(Payment::read(&mut reader)?);
        }
        Ok(Self { height, txid, payments, opaque, fee: known.then_some(fee) })
    }
}

/// One line of a history.
#[derive(Clone, Copy, Debug)]
pub enum Activity<'a> {
    /// Something came in: from somebody else, from mining, from genesis.
    Incoming {
        /// The enote, with its amount, address and state.
        enote: &'a OwnEnote,
        /// How it stands at the wallet's tip.
        state: EnoteState,
    },
    /// Something went out.
    Outgoing(&'a Sent),
}

impl Activity<'_> {
    /// The block in which it happened.
    #[must_use]
    pub fn height(&self) -> u64 {
        match self {
            Self::Incoming { enote, .. } => enote.height(),
            Self::Outgoing(sent) => sent.height,
        }
    }
}

impl<P, C> Wallet<P, C> {
    /// Everything that came in or went out, oldest first. Change and fillers are no lines of their own: they are
    /// what an outgoing line leaves. Nor are enotes of an asset not known yet.
    #[must_use]
    pub fn history(&self) -> Vec<Activity<'_>> {
        let tip = self.tip().height;
        let incoming = self.enotes().filter(|enote| !enote.is_self_send() && enote.asset().is_some());
        let mut lines: Vec<Activity<'_>> =
            incoming.map(|enote| Activity::Incoming { enote, state: enote.state(tip) }).collect();
        lines.extend(self.state.sent.values().map(Activity::Outgoing));
        lines.sort_by_key(|line| match line {
            Activity::Incoming { enote, .. } => (enote.height(), 0, enote.place()),
            Activity::Outgoing(sent) => (sent.height, 1, crate::enote::Place::Genesis { index: 0 }),
        });
        lines
    }
}

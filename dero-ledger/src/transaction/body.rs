//! Body: what a transaction does. Everything that stays after pruning (protocol 10.1).

use alloc::vec::Vec;

use dero_crypto::{NetworkId, codec::Reader, enote::MemoClass};

use super::{
    AssetOp, Bundle, LockRecord, PublicMove,
    bundle::RecordForm,
    limits::{self, put_count},
};
use crate::rules::TxError;

/// The version of Body.
const VERSION: u8 = 1;

/// The effects of a transaction, as bytes: nothing in it is decoded as a point or scalar yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// First height at which the transaction may stand in a block.
    pub valid_from: u64,
    /// Last height; 0 for none.
    pub expiry: u64,
    /// The fee in atomic units of the native asset, of the form m·2^e with m < 16.
    pub fee: u64,
    /// π, the scalar that closes the balance.
    pub balance: [u8; 32],
    /// One party's part each, ascending by smallest anchor.
    pub bundles: Vec<Bundle>,
    /// Registrations, mints and burns, in the order in which they apply.
    pub ops: Vec<AssetOp>,
    /// Public amounts to and from contracts.
    pub moves: Vec<PublicMove>,
    /// Bytes of Payload.
    pub payload_length: u32,
    /// Digest of Payload; zeros if there is none.
    pub payload_digest: [u8; 32],
    /// The size of every memo.
    pub memo_class: MemoClass,
    /// Digest of Memos; zeros in class 0.
    pub memo_digest: [u8; 32],
}

impl Body {
    /// Cuts the bytes of a Body into fields (10.4 step 1).
    ///
    /// Counts are compared with their limits before anything is allocated.
    ///
    /// # Errors
    ///
    /// A [`TxError`] of step 1.
    pub fn parse(bytes: &[u8], net: &NetworkId) -> Result<Self, TxError> {
        let mut reader = Reader::new(bytes, "Body");
        if bytes.len() > limits::BODY_BYTES {
            return Err(TxError::limit("Body", bytes.len(), 0, limits::BODY_BYTES));
        }
        match reader.u8("version")? {
            VERSION => {}
            found => return Err(TxError::Version { found }),
        }
        let found = reader.array("net-tag")?;
        let expected = net_tag(net);
        if found != expected {
            return Err(TxError::OtherNetwork { found, expected });
        }
        match reader.u8("flags")? {
            0 => {}
            found => return Err(TxError::Flags { found }),
        }
        let (valid_from, expiry, fee) = (reader.u64("valid_from")?, reader.u64("expiry")?, reader.u64("fee")?);
        let balance = reader.array("pi")?;
        let count = reader.count("bundles", 1, limits::BUNDLES)?;
        let bundles = (0..count).map(|place| Bundle::read(&mut reader, place)).collect::<Result<_, _>>()?;
        let count = reader.count("ops", 0, limits::OPS)?;
        let ops = (0..count).map(|_| AssetOp::read(&mut reader)).collect::<Result<_, _>>()?;
        let count = reader.count("moves", 0, limits::MOVES)?;
        let moves = (0..count).map(|_| PublicMove::read(&mut reader)).collect::<Result<_, _>>()?;
        let (payload_length, payload_digest) = (reader.u32("payload_len")?, reader.array("payload digest")?);
        let class = reader.u8("memo class")?;
        let memo_digest = reader.array("memo digest")?;
        reader.finish()?;
        let memo_class = MemoClass::from_code(class)?;
        Ok(Self {
            valid_from,
            expiry,
            fee,
            balance,
            bundles,
            ops,
            moves,
            payload_length,
            payload_digest,
            memo_class,
            memo_digest,
        })
    }

    /// The one encoding.
    #[must_use]
    pub fn encode(&self, net: &NetworkId) -> Vec<u8> {
        self.write(net, RecordForm::Full)
    }

    /// The encoding with the 32 bytes h_32("vault/record"; record) in place of each lock record: what the body
    /// digest covers, so that records of settled vaults can be pruned.
    #[must_use]
    pub fn encode_with_record_digests(&self, net: &NetworkId) -> Vec<u8> {
        self.write(net, RecordForm::Digest)
    }

    fn write(&self, net: &NetworkId, records: RecordForm) -> Vec<u8> {
        let mut out = Vec::new();
        out.push(VERSION);
        out.extend(net_tag(net));
        out.push(0);
        for integer in [self.valid_from, self.expiry, self.fee] {
            out.extend(integer.to_le_bytes());
        }
        out.extend(self.balance);
        put_count(&mut out, self.bundles.len());
        self.bundles.iter().for_each(|bundle| bundle.write(&mut out, records));
        put_count(&mut out, self.ops.len());
        self.ops.iter().for_each(|op| op.write(&mut out));
        put_count(&mut out, self.moves.len());
        self.moves.iter().for_each(|public_move| public_move.write(&mut out));
        out.extend(self.payload_length.to_le_bytes());
        out.extend(self.payload_digest);
        out.push(self.memo_class.code());
        out.extend(self.memo_digest);
        out
    }

    /// How many private inputs all bundles have.
    #[must_use]
    pub fn input_count(&self) -> usize {
        self.bundles.iter().map(|bundle| bundle.inputs.len()).sum()
    }

    /// How many vault inputs all bundles have.
    #[must_use]
    pub fn vault_input_count(&self) -> usize {
        self.bundles.iter().map(|bundle| bundle.vault_inputs.len()).sum()
    }

    /// How many outputs all bundles have, locked ones included.
    #[must_use]
    pub fn output_count(&self) -> usize {
        self.bundles.iter().map(|bundle| bundle.outputs.len()).sum()
    }

    /// The lock records, in Body order.
    pub fn lock_records(&self) -> impl Iterator<Item = &LockRecord> {
        self.bundles.iter().flat_map(|bundle| &bundle.outputs).filter_map(|output| output.lock.as_ref())
    }

    /// The operations that name bundle `bundle`, with their places in the list of all operations.
    pub fn ops_of(&self, bundle: usize) -> impl Iterator<Item = (usize, &AssetOp)> {
        self.ops.iter().enumerate().filter(move |(_, op)| usize::from(op.bundle()) == bundle)
    }

    /// The moves that name bundle `bundle`.
    pub fn moves_of(&self, bundle: usize) -> impl Iterator<Item = &PublicMove> {
        self.moves.iter().filter(move |public_move| usize::from(public_move.bundle) == bundle)
    }
}

/// The first four bytes of the network id.
fn net_tag(net: &NetworkId) -> [u8; 4] {
    let [a, b, c, d, ..] = net.0;
    [a, b, c, d]
}

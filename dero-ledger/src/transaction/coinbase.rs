//! The coinbase transaction: new units and fees to whoever made the block (protocol 4.6).
//!
//! ```text
//! CoinbaseTx  = 0xCB | le64 height | u8 #out 0..16 | per output: amount u64 | PublicEnote 91
//! Σ amounts   = subsidy(height) + Σ ( fee − ⌊minimum(weight)/2⌋ )        in u128, exactly
//! C = a·A_0 + G,  T = A_0                                                computed by every node, never sent
//! ```

use alloc::vec::Vec;

use dero_crypto::{
    DecodeError, NetworkId,
    asset::AssetId,
    codec::Reader,
    commitment::Amount,
    enote::{InputContext, PublicEnote, public_commitment},
    group::{Point, domain},
};

use super::{
    TxId, WitnessId,
    limits::{self, put_count},
};

const KIND: u8 = 0xCB;

/// The last transaction of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoinbaseTx {
    /// The height of its block.
    pub height: u64,
    /// Who gets how much, in the order of their indices.
    pub outputs: Vec<CoinbaseOutput>,
}

/// An amount of the native asset in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoinbaseOutput {
    /// At least 1.
    pub amount: u64,
    /// Whose it is.
    pub enote: PublicEnote,
}

/// Why a coinbase transaction is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CoinbaseError {
    /// Bytes missing or left over, another first byte, too many outputs, a point that does not decode.
    #[error("coinbase: {0}")]
    Decode(#[from] DecodeError),
    /// The coinbase of another block.
    #[error("coinbase of height {found}, expected {expected}")]
    Height {
        /// The height that was there.
        found: u64,
        /// The block's height.
        expected: u64,
    },
    /// Two outputs share a key.
    #[error("coinbase: {what} occurs twice")]
    Duplicate {
        /// "Ko" or "De".
        what: &'static str,
    },
    /// An output without amount.
    #[error("coinbase output {index} has amount zero")]
    ZeroAmount {
        /// Its index.
        index: usize,
    },
    /// Too much or too little for the miner.
    #[error("coinbase outputs hold {found}, expected {expected}")]
    Sum {
        /// The sum of all outputs.
        found: u128,
        /// Subsidy and rewards.
        expected: u128,
    },
}

/// An enote of a coinbase transaction with what every node computes for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoinbaseEnote {
    /// Ko.
    pub one_time_key: Point,
    /// C = a·A_0 + G.
    pub commitment: Point,
    /// T = A_0.
    pub asset_tag: Point,
}

impl CoinbaseTx {
    /// Cuts the bytes into fields.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] for another first byte, more than 16 outputs, bytes missing or left over.
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "coinbase");
        match reader.u8("coinbase kind")? {
            KIND => {}
            found => return Err(DecodeError::Value { what: "coinbase kind", found: found.into() }),
        }
        let height = reader.u64("coinbase height")?;
        let count = reader.count("coinbase outputs", 0, limits::COINBASE_OUTPUTS)?;
        let outputs = (0..count)
            .map(|_| {
                Ok(CoinbaseOutput {
                    amount: reader.u64("coinbase amount")?,
                    enote: PublicEnote::read(&mut reader)?,
                })
            })
            .collect::<Result<_, DecodeError>>()?;
        reader.finish()?;
        Ok(Self { height, outputs })
    }

    /// The one encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(10 + 99 * self.outputs.len());
        out.push(KIND);
        out.extend(self.height.to_le_bytes());
        put_count(&mut out, self.outputs.len());
        for output in &self.outputs {
            out.extend(output.amount.to_le_bytes());
            out.extend(output.enote.to_bytes());
        }
        out
    }

    /// Checks everything: the height, the keys, and that the outputs hold exactly `reward`, which is
    /// [`reward`] of the block.
    ///
    /// # Errors
    ///
    /// [`CoinbaseError`] with the first rule that is broken.
    pub fn verify(&self, height: u64, reward: u128) -> Result<Vec<CoinbaseEnote>, CoinbaseError> {
        if self.height != height {
            return Err(CoinbaseError::Height { found: self.height, expected: height });
        }
        let mut found = 0;
        for (index, output) in self.outputs.iter().enumerate() {
            if output.amount == 0 {
                return Err(CoinbaseError::ZeroAmount { index });
            }
            found += u128::from(output.amount);
        }
        if found != reward {
            return Err(CoinbaseError::Sum { found, expected: reward });
        }
        for (what, key) in [("Ko", one_time_key as fn(&CoinbaseOutput) -> [u8; 32]), ("De", ephemeral_key)] {
            let mut keys: Vec<_> = self.outputs.iter().map(key).collect();
            keys.sort_unstable();
            if keys.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(CoinbaseError::Duplicate { what });
            }
        }
        self.outputs
            .iter()
            .map(|output| {
                let one_time_key = Point::decode(&output.enote.one_time_key, "coinbase Ko")?;
                Point::decode(&output.enote.ephemeral_key, "coinbase De")?;
                let (commitment, asset_tag) = public_commitment(Amount(output.amount), &AssetId::NATIVE);
                Ok(CoinbaseEnote { one_time_key, commitment, asset_tag })
            })
            .collect()
    }

    /// h_32("tx/coinbase"; net, bytes): its txid, and in the transaction root also its wtxid.
    #[must_use]
    pub fn id(&self, net: &NetworkId) -> TxId {
        TxId(domain::TX_COINBASE.hash(&[&net.0, &self.encode()]))
    }

    /// The same bytes as [`id`](Self::id), as a witness id.
    #[must_use]
    pub fn witness_id(&self, net: &NetworkId) -> WitnessId {
        WitnessId(self.id(net).0)
    }

    /// The context of output `index`.
    #[must_use]
    pub fn input_context(&self, net: &NetworkId, index: u32) -> InputContext {
        InputContext::coinbase(net, self.height, index)
    }
}

/// What the outputs of a coinbase transaction hold together: the subsidy, and of each transaction's fee what is
/// not destroyed.
///
/// `fees` holds (fee, minimum fee) of each transaction of the block. None if a fee is below the destroyed half,
/// which no valid transaction has.
#[must_use]
pub fn reward(subsidy: u64, fees: impl IntoIterator<Item = (u64, u64)>) -> Option<u128> {
    fees.into_iter().try_fold(u128::from(subsidy), |sum, (fee, minimum)| {
        Some(sum + u128::from(fee.checked_sub(super::fee::destroyed(minimum))?))
    })
}

fn one_time_key(output: &CoinbaseOutput) -> [u8; 32] {
    output.enote.one_time_key
}

fn ephemeral_key(output: &CoinbaseOutput) -> [u8; 32] {
    output.enote.ephemeral_key
}

#[cfg(test)]
mod tests {
    use super::*;
    use dero_crypto::group::{Element, Scalar};

    const NET: NetworkId = NetworkId([3; 32]);

    fn point(n: u64) -> [u8; 32] {
        Point::encode(Element::mul_base(&Scalar::from(n)), "key").expect("not zero").to_bytes()
    }

    /// Outputs of these amounts, with keys of their own.
    fn coinbase(amounts: &[u64]) -> CoinbaseTx {
        let outputs = amounts.iter().zip(1..).map(|(amount, n)| CoinbaseOutput {
            amount: *amount,
            enote: PublicEnote {
                one_time_key: point(2 * n),
                ephemeral_key: point(2 * n + 1),
                view_tag_1: 0,
                view_tag_2: [0; 2],
                seed_enc: [0; 16],
                tag_enc: [0; 8],
            },
        });
        CoinbaseTx { height: 5, outputs: outputs.collect() }
    }

    fn verdict(tx: &CoinbaseTx, reward: u128) -> Result<(), CoinbaseError> {
        tx.verify(5, reward).map(drop)
    }

    #[test]
    fn the_outputs_hold_exactly_the_reward() {
        let tx = coinbase(&[7, 3]);
        assert_eq!(verdict(&tx, 10), Ok(()));
        for expected in [9, 11] {
            assert_eq!(verdict(&tx, expected), Err(CoinbaseError::Sum { found: 10, expected }));
        }
        let wrapping = coinbase(&[u64::MAX, 11]);
        assert_eq!(verdict(&wrapping, 10), Err(CoinbaseError::Sum { found: (1 << 64) + 10, expected: 10 }));
        assert_eq!(verdict(&wrapping, (1 << 64) + 10), Ok(()), "sums above 64 bits are sums");
    }

    #[test]
    fn there_is_no_output_if_and_only_if_there_is_no_reward() {
        assert_eq!(verdict(&coinbase(&[]), 0), Ok(()));
        assert_eq!(verdict(&coinbase(&[]), 1), Err(CoinbaseError::Sum { found: 0, expected: 1 }));
        assert_eq!(verdict(&coinbase(&[1]), 0), Err(CoinbaseError::Sum { found: 1, expected: 0 }));
        assert_eq!(verdict(&coinbase(&[0]), 0), Err(CoinbaseError::ZeroAmount { index: 0 }));
        assert_eq!(verdict(&coinbase(&[5, 0]), 5), Err(CoinbaseError::ZeroAmount { index: 1 }));
    }

    #[test]
    fn a_coinbase_of_another_height_is_refused() {
        let expected = Err(CoinbaseError::Height { found: 5, expected: 6 });
        assert_eq!(coinbase(&[1]).verify(6, 1).map(drop), expected);
    }

    #[test]
    fn sixteen_outputs_are_read_and_seventeen_are_not() {
        let sixteen = coinbase(&[1; 16]);
        assert_eq!(CoinbaseTx::parse(&sixteen.encode()), Ok(sixteen));
        let error = CoinbaseTx::parse(&coinbase(&[1; 17]).encode()).expect_err("too many");
        assert!(matches!(error, DecodeError::Limit { what: "coinbase outputs", found: 17, .. }));
    }

    #[test]
    fn other_bytes_are_refused() {
        let bytes = coinbase(&[7, 3]).encode();
        assert_eq!(bytes.len(), 10 + 2 * 99);
        for length in 0..bytes.len() {
            assert!(matches!(CoinbaseTx::parse(&bytes[..length]), Err(DecodeError::Length { .. })));
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(matches!(CoinbaseTx::parse(&longer), Err(DecodeError::Length { .. })));
        let mut kind = bytes;
        kind[0] = 1;
        assert!(matches!(CoinbaseTx::parse(&kind), Err(DecodeError::Value { what: "coinbase kind", found: 1 })));
    }

    #[test]
    fn equal_keys_are_refused() {
        let mut tx = coinbase(&[7, 3]);
        tx.outputs[1].enote.one_time_key = tx.outputs[0].enote.one_time_key;
        assert_eq!(verdict(&tx, 10), Err(CoinbaseError::Duplicate { what: "Ko" }));
        let mut tx = coinbase(&[7, 3, 1]);
        tx.outputs[2].enote.ephemeral_key = tx.outputs[0].enote.ephemeral_key;
        assert_eq!(verdict(&tx, 11), Err(CoinbaseError::Duplicate { what: "De" }));
    }

    #[test]
    fn keys_are_points_other_than_the_identity() {
        for bytes in [[0; 32], [255; 32]] {
            let mut tx = coinbase(&[7, 3]);
            tx.outputs[1].enote.one_time_key = bytes;
            assert!(matches!(verdict(&tx, 10), Err(CoinbaseError::Decode(_))));
            let mut tx = coinbase(&[7, 3]);
            tx.outputs[1].enote.ephemeral_key = bytes;
            assert!(matches!(verdict(&tx, 10), Err(CoinbaseError::Decode(_))));
        }
    }

    #[test]
    fn outputs_keep_the_order_of_their_indices() {
        let mut tx = coinbase(&[7, 3]);
        let id = tx.id(&NET);
        tx.outputs.swap(0, 1);
        assert_eq!(verdict(&tx, 10), Ok(()), "any order is an order");
        assert_ne!(tx.id(&NET), id);
        assert_ne!(tx.input_context(&NET, 0), tx.input_context(&NET, 1));
        assert_eq!(tx.witness_id(&NET).0, tx.id(&NET).0);
        assert_eq!(tx.id(&NET).0, domain::TX_COINBASE.hash(&[&NET.0, &tx.encode()]));
        assert_eq!(tx.input_context(&NET, 1), InputContext::coinbase(&NET, 5, 1));
    }

    #[test]
    fn commitment_and_tag_come_from_the_amount() {
        let tx = coinbase(&[7]);
        let enotes = tx.verify(5, 7).expect("valid");
        let (commitment, asset_tag) = public_commitment(Amount(7), &AssetId::NATIVE);
        assert_eq!((enotes[0].commitment, enotes[0].asset_tag), (commitment, asset_tag));
        assert_eq!(enotes[0].one_time_key.to_bytes(), point(2));
    }

    #[test]
    fn half_of_each_minimum_fee_is_destroyed() {
        assert_eq!(reward(100, []), Some(100));
        assert_eq!(reward(100, [(20, 16), (33, 33)]), Some(100 + 12 + 17));
        assert_eq!(reward(u64::MAX, [(u64::MAX, 2)]), Some(2 * u128::from(u64::MAX) - 1));
        assert_eq!(reward(0, [(1, 4)]), None, "no valid transaction pays less than half of its minimum");
    }
}

//! The bytes of a block (protocol 10.7).
//!
//! ```text
//! block = header 288 | seal (nonce u64) | u32 count | count × [ u32 length | Tx ] | u32 length | CoinbaseTx
//! ```
//!
//! Transactions are cut here, not read.

use alloc::vec::Vec;

use dero_crypto::{codec::Reader, error::DecodeError};

use super::{HEADER_BYTES, Header};
use crate::params::Network;

/// The largest transaction (protocol 10.3).
pub const MAX_TRANSACTION_BYTES: usize = 192 * 1024;
/// The largest coinbase: 16 outputs of 99 bytes behind 10 bytes (protocol 4.6).
pub const MAX_COINBASE_BYTES: usize = 10 + 16 * 99;
/// No transaction is shorter: six lengths and a Body without bundles.
const MIN_TRANSACTION_BYTES: usize = 24 + 134;

/// A block, cut into its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// The header.
    pub header: Header,
    /// The seal.
    pub nonce: u64,
    /// All behind the seal.
    pub body: &'a [u8],
    /// Transactions in order.
    pub transactions: Vec<&'a [u8]>,
    /// The coinbase transaction.
    pub coinbase: &'a [u8],
}

impl<'a> Block<'a> {
    /// Cuts a block.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if a length or count does not fit, or bytes follow the coinbase.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "block");
        let header = Header::from_bytes(&reader.array::<HEADER_BYTES>("header")?);
        let nonce = reader.u64("seal")?;
        let body = reader.rest();
        let (transactions, coinbase) = parse_body(body)?;
        Ok(Self { header, nonce, body, transactions, coinbase })
    }

    /// The largest block that `network` can allow: bytes count as weight, lengths and coinbase come on top.
    #[must_use]
    pub fn max_bytes(network: &Network) -> u64 {
        let transactions = network.rows().weight_limit;
        let lengths = 4 * (transactions / MIN_TRANSACTION_BYTES as u64);
        transactions + lengths + (HEADER_BYTES + 8 + 4 + 4 + MAX_COINBASE_BYTES) as u64
    }
}

/// Cuts what stands behind the seal into transactions and coinbase.
///
/// # Errors
///
/// [`DecodeError`] if a length or count does not fit, or bytes follow the coinbase.
pub fn parse_body(body: &[u8]) -> Result<(Vec<&[u8]>, &[u8]), DecodeError> {
    let mut reader = Reader::new(body, "block body");
    let count = reader.u32("transaction count")?;
    let possible = reader.rest().len() / (4 + MIN_TRANSACTION_BYTES);
    let count = usize::try_from(count).ok().filter(|count| *count <= possible).ok_or(DecodeError::Limit {
        what: "transaction count",
        found: count.into(),
        min: 0,
        max: possible as u64,
    })?;
    let mut transactions = Vec::with_capacity(count);
    for _ in 0..count {
        let length = limited(reader.u32("transaction length")?, "transaction length", MAX_TRANSACTION_BYTES)?;
        transactions.push(reader.slice(length, "transaction")?);
    }
    let length = limited(reader.u32("coinbase length")?, "coinbase length", MAX_COINBASE_BYTES)?;
    let coinbase = reader.slice(length, "coinbase")?;
    reader.finish()?;
    Ok((transactions, coinbase))
}

fn limited(found: u32, what: &'static str, max: usize) -> Result<usize, DecodeError> {
    usize::try_from(found).ok().filter(|length| *length <= max).ok_or(DecodeError::Limit {
        what,
        found: found.into(),
        min: 0,
        max: max as u64,
    })
}

/// Puts the parts behind the seal together.
#[must_use]
pub fn encode_body(transactions: &[impl AsRef<[u8]>], coinbase: &[u8]) -> Vec<u8> {
    let length = |bytes: usize| u32::try_from(bytes).expect("a block is shorter than 2^32 bytes").to_le_bytes();
    let mut out = Vec::new();
    out.extend(length(transactions.len()));
    for transaction in transactions.iter().map(AsRef::as_ref).chain([coinbase]) {
        out.extend(length(transaction.len()));
        out.extend(transaction);
    }
    out
}

/// Puts a block together.
#[must_use]
pub fn encode_block(header: &[u8; HEADER_BYTES], nonce: u64, body: &[u8]) -> Vec<u8> {
    [header.as_slice(), &nonce.to_le_bytes(), body].concat()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn block() -> Vec<u8> {
        let transactions = [vec![1; 200], vec![2; 158]];
        encode_block(&[3; HEADER_BYTES], 77, &encode_body(&transactions, &[0xCB; 10]))
    }

    #[test]
    fn a_block_is_cut_into_its_parts_and_put_together_again() {
        let bytes = block();
        let block = Block::parse(&bytes).unwrap();
        assert_eq!((block.nonce, block.transactions.len(), block.coinbase), (77, 2, [0xCB; 10].as_slice()));
        assert_eq!(encode_body(&block.transactions, block.coinbase), block.body);
        assert_eq!(encode_block(&block.header.to_bytes(), block.nonce, block.body), bytes);
    }

    #[test]
    fn a_byte_after_the_coinbase_or_one_too_few_is_refused() {
        let mut bytes = block();
        for end in 0..bytes.len() {
            assert!(Block::parse(&bytes[..end]).is_err(), "{end}");
        }
        bytes.push(0);
        assert!(matches!(Block::parse(&bytes), Err(DecodeError::Length { what: "block body", .. })));
    }

    #[test]
    fn a_count_that_cannot_fit_is_refused_before_anything_is_allocated() {
        let mut bytes = block();
        for count in [3, u32::MAX] {
            bytes[296..300].copy_from_slice(&count.to_le_bytes());
            let error = DecodeError::Limit { what: "transaction count", found: count.into(), min: 0, max: 2 };
            assert_eq!(Block::parse(&bytes), Err(error));
        }
    }

    #[test]
    fn a_transaction_or_coinbase_over_its_limit_is_refused() {
        let body = encode_body(&[vec![0; MAX_TRANSACTION_BYTES + 1]], &[]);
        assert!(matches!(parse_body(&body), Err(DecodeError::Limit { what: "transaction length", .. })));
        let body = encode_body(&[vec![0; MAX_TRANSACTION_BYTES]], &[0; MAX_COINBASE_BYTES]);
        assert!(parse_body(&body).is_ok());
        let body = encode_body(&[[0u8; 0]; 0], &[0; MAX_COINBASE_BYTES + 1]);
        assert!(matches!(parse_body(&body), Err(DecodeError::Limit { what: "coinbase length", .. })));
    }
}

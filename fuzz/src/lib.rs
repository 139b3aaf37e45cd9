//! What each fuzz target does with its bytes. A target panics if something is wrong.

#![forbid(unsafe_code)]
#![allow(non_snake_case, reason = "symbols match the equations")]

mod keys;
mod scan;
mod seeds;
mod store;
mod verify;

use std::sync::{Arc, LazyLock};

use dero_contracts::Payload;
use dero_crypto::{
    NetworkId,
    asset::{AssetId, Descriptor},
    commitment::Amount,
    enote::{Anchor, Enote, MemoEntries, PublicEnote},
    group::generators::A0,
    keys::Address,
    membership::{
        AssetSet, Candidates, ListView, MembershipProof, Reference, ReferenceError, SetParameters, SurjectionProof,
    },
    network::NetworkKind,
    range::RangeProof,
    sigma::{LinkProof, SchnorrProof, SealedProof, SpendProof},
};
use dero_ledger::{
    block::{
        Block, Header,
        compact::{CompactBlock, CompactValues},
        encode_block, encode_body,
    },
    params::NetworkFile,
    rules::{RuleParameters, UnverifiedTransaction},
    store::HEADER_BYTES,
    testing::MemoryState,
    transaction::{CoinbaseTx, LockRecord},
};
use dero_net::{
    message::{
        Kind, Message,
        codec::{Assembler, to_frames},
    },
    transport::{HostPort, Pinned},
};
use dero_wallet_core::seed::{Coin, Seed, Words, bip39_24};
pub use keys::keys;
pub use scan::scan;
pub use seeds::seeds;
pub use store::store;
pub use verify::verify;

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 23] = [
    ("address", address),
    ("anchor", anchor),
    ("block", block),
    ("coinbase", coinbase),
    ("compact", compact),
    ("descriptor", descriptor),
    ("enote", enote),
    ("frames", frames),
    ("header", header),
    ("keys", keys),
    ("lock_record", lock_record),
    ("memo", memo),
    ("message", message),
    ("network_file", network_file),
    ("node_address", node_address),
    ("payload", payload),
    ("proofs", proofs),
    ("reference", reference),
    ("scan", scan),
    ("store", store),
    ("transaction", transaction),
    ("verify", verify),
    ("words", words),
];

const NET: &str = include_str!("net.hex");

/// The rules of the network of the known answers.
pub static PARAMETERS: LazyLock<RuleParameters> = LazyLock::new(|| {
    let mut net = [0; 32];
    hex::decode_to_slice(NET.trim(), &mut net).expect("64 hex digits");
    RuleParameters {
        net: NetworkId(net),
        sets: SetParameters::TEST,
        shortest_list: 4,
        fee_rate: 0,
        assets_from: 0,
        contracts_from: 0,
    }
});

/// Text of an address, for each kind of network; the bytes of one.
pub fn address(bytes: &[u8]) {
    if let Ok(text) = core::str::from_utf8(bytes) {
        for kind in NetworkKind::ALL {
            if let Ok(address) = Address::from_text(text, kind) {
                assert_eq!(address.to_text(kind), text.to_ascii_lowercase());
            }
        }
    }
    if let Ok(address) = Address::from_bytes(bytes) {
        assert_eq!(address.to_bytes().as_slice(), bytes);
        for kind in NetworkKind::ALL {
            assert!(Address::from_text(&address.to_text(kind), kind).is_ok());
        }
    }
}

/// The anchor of an input context.
pub fn anchor(bytes: &[u8]) {
    if let Ok(anchor) = Anchor::from_bytes(bytes) {
        assert_eq!(anchor.to_bytes(), bytes);
    }
}

/// A block, each of its transactions and its coinbase.
pub fn block(bytes: &[u8]) {
    let Ok(block) = Block::parse(bytes) else { return };
    assert_eq!(encode_body(&block.transactions, block.coinbase), block.body);
    assert_eq!(encode_block(&block.header.to_bytes(), block.nonce, block.body), bytes);
    block.transactions.iter().for_each(|tx| transaction(tx));
    coinbase(block.coinbase);
}

/// A coinbase transaction.
pub fn coinbase(bytes: &[u8]) {
    if let Ok(tx) = CoinbaseTx::parse(bytes) {
        assert_eq!(tx.encode(), bytes);
    }
}

/// Both parts of a compact form: the length of the first, little-endian, stands before it.
pub fn compact(bytes: &[u8]) {
    let Some((length, parts)) = bytes.split_first_chunk::<2>() else { return };
    let Some((scan, values)) = parts.split_at_checked(u16::from_le_bytes(*length).into()) else { return };
    let Ok(block) = CompactBlock::parse(scan) else { return };
    assert_eq!(block.encode(), scan);
    if let Ok(found) = CompactValues::parse(values, &block) {
        assert_eq!(found.encode(), values);
    }
}

/// The description of an asset.
pub fn descriptor(bytes: &[u8]) {
    if let Ok(descriptor) = Descriptor::cut(bytes) {
        // The key is decoded in a later step, and only a whole descriptor is encoded.
        let whole = Descriptor::from_bytes(bytes);
        assert_eq!(whole.is_ok(), descriptor.issuer_key().is_ok());
        assert!(whole.is_err() || descriptor.to_bytes().as_deref() == Ok(bytes));
    }
}

/// An enote, hidden or public, and its points.
pub fn enote(bytes: &[u8]) {
    if let Ok(enote) = Enote::from_bytes(bytes) {
        assert_eq!(enote.to_bytes().as_slice(), bytes);
        let _ = enote.decode();
    }
    if let Ok(enote) = PublicEnote::from_bytes(bytes) {
        assert_eq!(enote.to_bytes().as_slice(), bytes);
        let _ = enote.decode(Amount(7), &AssetId::NATIVE);
    }
}

/// A header; every 288 bytes are one.
pub fn header(bytes: &[u8]) {
    if let Ok(bytes) = <[u8; HEADER_BYTES]>::try_from(bytes) {
        assert_eq!(Header::from_bytes(&bytes).to_bytes(), bytes);
    }
}

/// A lock record.
pub fn lock_record(bytes: &[u8]) {
    if let Ok(record) = LockRecord::parse(bytes) {
        assert_eq!(record.encode(), bytes);
    }
}

/// The plaintext of a memo. What cannot be read ends the reading, so entries are a prefix.
pub fn memo(bytes: &[u8]) {
    let entries = MemoEntries::read(bytes);
    let _ = (entries.text(), entries.reply_address(), entries.payment_id());
    if let Ok(read) = entries.to_bytes() {
        assert!(bytes.starts_with(read.expose()));
    }
}

/// A network file, and the network that it describes.
pub fn network_file(bytes: &[u8]) {
    if let Ok(file) = serde_json::from_slice::<NetworkFile>(bytes)
        && let Ok(network) = file.network()
    {
        let _ = (network.id(), network.rules(), network.first_target(), Block::max_bytes(&network));
    }
}

/// A message of a peer: its kind, its body.
pub fn message(bytes: &[u8]) {
    let Some((kind, body)) = bytes.split_first() else { return };
    let Some(kind) = Kind::ALL.iter().find(|known| **known as u8 == *kind) else { return };
    if let Ok(message) = Message::from_body(*kind, body) {
        assert_eq!(message.to_body(), body);
    }
}

/// The frames of a link, each behind its length less one, little-endian in two bytes.
pub fn frames(bytes: &[u8]) {
    let (mut assembler, mut rest) = (Assembler::default(), bytes);
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*length)) + 1;
        let Some((frame, after)) = after.split_at_checked(length) else { return };
        match assembler.push(frame) {
            Ok(None) => (),
            Ok(Some(message)) => assert!(!to_frames(&message).is_empty()),
            Err(_) => return,
        }
        rest = after;
    }
}

/// The address of a node.
pub fn node_address(bytes: &[u8]) {
    if let Ok(text) = core::str::from_utf8(bytes)
        && let Ok(address) = text.parse::<Pinned<HostPort>>()
    {
        assert_eq!(address.to_string().parse::<Pinned<HostPort>>(), Ok(address));
    }
}

/// The words of a seed, in either form.
pub fn words(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let words = Words::new(text.to_owned());
    for coin in [Coin::Main, Coin::Test, Coin::Other] {
        if let Ok(seed) = Seed::from_words(&words, coin) {
            let again = Seed::from_words(&seed.to_words(), coin).expect("words that were written are read");
            assert_eq!((again.birthday(), again.coin()), (seed.birthday(), seed.coin()));
        }
    }
    if let Ok(secret) = bip39_24::import(&words) {
        assert!(bip39_24::import(&bip39_24::export(&secret)).is_ok());
    }
}

/// The payload of a transaction.
pub fn payload(bytes: &[u8]) {
    if let Ok(payload) = Payload::decode(bytes) {
        assert_eq!(payload.encode(), bytes);
    }
}

/// A proof of each kind. The first byte says how many values or assets it is over.
pub fn proofs(bytes: &[u8]) {
    let Some((count, bytes)) = bytes.split_first() else { return };
    let count = usize::from(*count);
    if let Ok(proof) = SchnorrProof::from_bytes(bytes) {
        assert_eq!(proof.to_bytes().as_slice(), bytes);
    }
    if let Ok(proof) = SpendProof::from_bytes(bytes) {
        assert_eq!(proof.to_bytes().as_slice(), bytes);
    }
    if let Ok(proof) = LinkProof::from_bytes(bytes) {
        assert_eq!(proof.to_bytes().as_slice(), bytes);
    }
    if let Ok(proof) = SealedProof::from_bytes(bytes) {
        assert_eq!(proof.to_bytes().as_slice(), bytes);
    }
    if let Ok(proof) = RangeProof::from_bytes(bytes, count) {
        assert_eq!(proof.to_bytes(), bytes);
    }
    for parameters in [SetParameters::MAIN, SetParameters::TEST] {
        if let Ok(proof) = MembershipProof::from_bytes(bytes, parameters) {
            assert_eq!(proof.to_bytes(), bytes);
        }
    }
    let omega = vec![A0.point(); count % 65];
    if let Ok(assets) = AssetSet::new(&omega)
        && let Ok(proof) = SurjectionProof::from_bytes(bytes, &assets)
    {
        assert_eq!(proof.to_bytes(), bytes);
    }
}

/// A reference to an interval of the list; behind it the view in which it is resolved, the length at its anchor, and a
/// position whose candidates are asked for.
pub fn reference(bytes: &[u8]) {
    let (reference, view) = bytes.split_at(bytes.len().min(Reference::LEN));
    let Ok(reference) = Reference::from_bytes(reference) else { return };
    assert_eq!(bytes[..Reference::LEN], reference.to_bytes());
    let (numbers, _) = view.as_chunks::<8>();
    let [height, length, min_length, e, position, ..] = *numbers else { return };
    let [height, length, min_length, e, position] =
        [height, length, min_length, e, position].map(u64::from_le_bytes);
    for parameters in [SetParameters::MAIN, SetParameters::TEST] {
        let view = ListView { height, length, parameters, min_length };
        let resolved = reference.resolve(&view, |_| Ok::<_, ReferenceError>(e));
        if let Ok(interval) = resolved {
            assert!((1..=parameters.size()).contains(&interval.length));
            assert!(interval.contains(interval.start) && !interval.contains(interval.end()));
        }
        let candidates = Candidates::of(position, &view, |_| Ok::<_, ReferenceError>(e)).expect("no other error");
        for candidate in candidates.iter() {
            let interval = candidate.resolve(&view, |_| Ok::<_, ReferenceError>(e)).expect("it resolved");
            assert!(interval.contains(position));
        }
    }
}

/// A transaction, with the checks of steps 1 to 5 on an empty state.
pub fn transaction(bytes: &[u8]) {
    let parameters = &*PARAMETERS;
    let Ok(tx) = UnverifiedTransaction::parse(bytes, parameters) else { return };
    assert_eq!(tx.transaction().encode(&parameters.net), bytes);
    assert_eq!(tx.transaction().encoded_length(&parameters.net), bytes.len());
    let _ = tx.digests();
    let state = MemoryState::new(&parameters.net, 100, &[]);
    let _ = Arc::new(tx).check(parameters, &state);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that follow from a number; good enough to choose places and values.
    fn mix(state: &mut u64) -> u64 {
        *state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        *state >> 29
    }

    #[test]
    fn every_target_takes_its_seeds_and_whatever_is_made_of_them() {
        let all = seeds();
        for (name, target) in TARGETS {
            let mut seeds: Vec<_> =
                all.iter().filter(|(of, _)| *of == name).map(|(_, seed)| seed.clone()).collect();
            assert!(!seeds.is_empty(), "{name} has no seeds");
            seeds.push(vec![0; 300]);
            let rounds = if name == "store" { 3 } else { 4000 / seeds.len() + 1 };
            for (index, seed) in seeds.iter().enumerate() {
                target(seed);
                let mut random = index as u64;
                for _ in 0..rounds {
                    let mut bytes = seed.clone();
                    for _ in 0..=mix(&mut random) % 4 {
                        let at = mix(&mut random) as usize % (bytes.len() + 1);
                        match mix(&mut random) % 5 {
                            0 => bytes.truncate(at),
                            1 => bytes.insert(at, mix(&mut random) as u8),
                            2 if at < bytes.len() => drop(bytes.remove(at)),
                            3 => bytes.extend_from_slice(&seed[at.min(seed.len())..]),
                            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= mix(&mut random) as u8),
                        }
                    }
                    target(&bytes);
                }
            }
        }
    }
}

//! Find what is mine, spend it, keep it.
//!
//! The inside of a wallet. It follows a chain that somebody else keeps and believes nothing of it; it recognises its
//! enotes, tells balance and history, and builds payments that look like everybody else's. Nothing here opens a
//! socket or asks a clock: bring a [`ChainSource`](dero_ledger::source::ChainSource), a
//! [`Persister`](store::Persister) and a [`Signer`](signer::Signer), or start with the ones in memory.
//!
//! **Unaudited. Do not put value on it.**
//!
//! # A payment
//!
//! ```
//! use std::sync::Arc;
//! use dero_crypto::{asset::AssetId, keys::{AddressIndex, MasterSecret}};
//! use dero_ledger::{consensus::{Blake3, ProofOfWork}, source::ChainSource};
//! use dero_wallet_core::{
//!     signer::MemorySigner,
//!     spend::{PayTo, SpendRequest},
//!     store::MemoryPersister,
//!     testing::{MemorySource, at_once, small_network},
//!     wallet::Wallet,
//! };
//! # let mut rng = rand::rng();
//! # let chain_rng: rand::rngs::StdRng = rand::make_rng();
//! let (alice, bob) = (MasterSecret::random(&mut rng), MasterSecret::random(&mut rng));
//! let address = |of: &MasterSecret| of.audit_key().address_key().address(AddressIndex(0));
//!
//! // A chain in memory (feature `testing`) on which Alice owns four enotes.
//! let network = small_network(&[5, 6, 7, 8].map(|amount| (address(&alice), amount * 1_000_000_000)), |_| {});
//! let mut chain = MemorySource::new(Arc::clone(&network), chain_rng);
//! chain.mine_many(5);
//!
//! // Alice's wallet holds her audit key and sees everything; her signer holds the spend key.
//! let open = |of: &MasterSecret| {
//!     Wallet::open(Arc::clone(&network), of.audit_key(), MemoryPersister::new(), ProofOfWork(Blake3))
//! };
//! let mut wallet = open(&alice)?;
//! let mut signer = MemorySigner::new(&alice, rand::rng());
//! at_once(wallet.sync(&chain, chain.now(), |_| {}))?;
//! assert_eq!(wallet.balance(&AssetId::NATIVE).spendable, 26_000_000_000);
//!
//! // A wish becomes a proposal, a proposal a transaction.
//! let request = SpendRequest::new([PayTo::native(address(&bob), 10_000_000_000)]);
//! let proposal = wallet.propose(&request, chain.now(), false, &mut rng)?;
//! println!("fee {}, warnings {:?}", proposal.fee(), proposal.warnings());
//! let signed = wallet.sign(proposal, &mut signer, &mut rng)?;
//! at_once(chain.submit(signed.bytes()))?;
//!
//! // Bob recognises it in a block, and has received it when it is in the list that all wallets share: ten blocks later.
//! let mut bobs = open(&bob)?;
//! chain.mine_many(1);
//! at_once(bobs.sync(&chain, chain.now(), |_| {}))?;
//! let balance = bobs.balance(&AssetId::NATIVE);
//! assert_eq!((balance.total(), balance.pending), (0, 10_000_000_000));
//! chain.mine_many(10);
//! at_once(bobs.sync(&chain, chain.now(), |_| {}))?;
//! assert_eq!(bobs.balance(&AssetId::NATIVE).total(), 10_000_000_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Reading order
//!
//! | Module | What it answers |
//! |---|---|
//! | [`seed`], [`file`](mod@file) | from words to keys, and where they are kept under a passphrase |
//! | [`store`] | where the wallet's rows are kept, and what must be true of it |
//! | [`chain`] | which chain: headers validated, the reference list appended and compared with every header |
//! | [`scan`] | what is mine in a block; following a source to its tip, and to another branch |
//! | [`enote`], [`wallet`] | what was found and how it stands: balance, history, open payments, memos, labels |
//! | [`spend`] | from a wish to a transaction: inputs, references, shape, warnings |
//! | [`signer`] | who adds the one part that the audit key cannot make |
//! | [`testing`] | a chain in memory; suites for persisters and signers of one's own |
//!
//! # Features
//!
//! `std` (default): the wallet file on a disk; everything else needs `alloc` alone. `redb` (default): the durable,
//! encrypted [`RedbPersister`](store::RedbPersister). `parallel` (default): blocks are tried on all cores. `testing`:
//! chains in memory and conformance suites.
//!
//! # What it does not do
//!
//! It runs no contracts: locked enotes and sealed parts are shown as such, and what a contract releases is received
//! when it enters the reference list. It pays in the native asset, and receives any. A scan that begins at a birthday
//! ([`Start`](scan::Start)) still validates all headers, and shows no asset that was registered before. It does not
//! choose nodes: [`Wallet::check_tip`](wallet::Wallet::check_tip) asks one after the other, and a payment belongs to
//! another node than the one that served the scan.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod chain;
pub mod enote;
pub mod file;
pub mod scan;
pub mod seed;
pub mod signer;
pub mod spend;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod wallet;

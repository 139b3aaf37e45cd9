//! From a group element to a proof a stranger can check.
//!
//! The cryptography of a private ledger, alone: keys and addresses, enotes, and the proofs that a transaction is
//! made of. No network, no disk, no clock, no async; `no_std`; randomness is an argument. All of it needs `alloc`, but
//! for what authorises a spend: a microcontroller signs without an allocator.
//!
//! **Unaudited. Do not put value on it.**
//!
//! # A payment, and a spend that a stranger verifies
//!
//! ```
//! use std::sync::Arc;
//! use dero_crypto::{
//!     membership::{
//!         Accumulator, Image, Masks, MembershipProof, MembershipStatement, MembershipWitness, ReferenceKind,
//!         ReferenceSet, SetParameters,
//!     },
//!     prelude::*,
//!     sigma::{SpendProof, SpendStatement, SpendWitness},
//! };
//! # let mut rng = rand::rng();
//! let net = NetworkId([1; 32]);
//! let wallet = MasterSecret::random(&mut rng);
//! let keys = wallet.audit_key(); // sees everything, spends nothing
//!
//! // Somebody pays to one of the wallet's addresses. The enote says nothing to anybody else.
//! let context = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
//! let address = keys.address_key().address(AddressIndex(3));
//! let seed = EnoteSeed::random(&mut rng);
//! let draft = Draft { context: &context, seed: &seed, amount: Amount(30), asset: AssetId::NATIVE };
//! let enote = draft.external(&net, &address).enote.decode()?;
//!
//! // The wallet recognises it.
//! let mine = keys.recognise(&net, &context, &enote, &KnownAssets::native())?;
//! assert_eq!((mine.opening().amount(), mine.index()), (Amount(30), AddressIndex(3)));
//!
//! // The wallet spends it: one of eight enotes, here at place 5, is mine, and its linking tag is L.
//! # let other = MasterSecret::random(&mut rng).audit_key();
//! # let mut members: Vec<_> = (0..8)
//! #     .map(|j| draft.external(&net, &other.address_key().address(AddressIndex(j))).enote.decode())
//! #     .map(|enote| enote.map(|enote| Arc::new(enote.member())))
//! #     .collect::<Result<_, _>>()?;
//! members[5] = Arc::new(enote.member());
//! # let list = Accumulator::empty(&net);
//! let set = ReferenceSet::new(ReferenceKind::Open, 0, list, list, members)?;
//! let masks = Masks::random(&mut rng);
//! let image = Image::of(&enote.member(), &masks)?;
//! let view = keys.one_time_view(&mine)?;
//!
//! let spend = SpendStatement { net, m_tx: [7; 32], index: 0, image_key: image.key, tag: *view.tag() };
//! let witness = SpendWitness {
//!     x: view.image_part().clone(),
//!     y: wallet.spend_key().one_time(mine.extension_y()), // the only step that needs the spend key
//!     z: masks.key.clone(),
//! };
//! let spend_proof = SpendProof::prove(&spend, &witness, &mut rng)?;
//! let membership = MembershipStatement::new(net, SetParameters::TEST, Arc::new(set), image)?;
//! let membership_proof =
//!     MembershipProof::prove(&membership, &MembershipWitness::new(5, masks), &mut rng)?;
//!
//! // A stranger checks both at once and learns neither the place nor the amount.
//! let mut batch = Batch::new();
//! spend_proof.enqueue(&spend, &mut batch)?;
//! membership_proof.enqueue(&membership, &mut batch)?;
//! batch.verify(&mut rng)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Reading order
//!
//! | Module | What it answers |
//! |---|---|
//! | [`group`], [`transcript`], [`batch`] | what everything stands on: points and hashes, Fiat–Shamir, many equations as one |
//! | [`secret`], [`codec`], [`error`] | how secrets are kept, how bytes are read, what can be wrong |
//! | [`network`], [`keys`] | on which chain, who may see what, where to pay to |
//! | [`asset`], [`commitment`], [`enote`] | what is paid, and the record that holds it |
//! | [`sigma`] | this image is mine to spend; two commitments hide one amount; a signature |
//! | [`membership`] | one of these enotes is mine; this asset is one of those spent |
//! | [`range`], [`balance`] | amounts fit in 64 bits; what goes in comes out |
//!
//! Proof modules read like the paper they come from: relation, messages in order, verifier's equation, size,
//! assumptions, source, departures, claims without a published proof. [`notes`] has what is longer. Each proof type has `prove`, `enqueue` (cheap checks and challenges now, the
//! equations into a [`Batch`](batch::Batch)), `verify` (alone), `from_bytes` and `to_bytes`; its statement holds
//! everything that the transcript absorbs.
//!
//! # Features
//!
//! | Feature | |
//! |---|---|
//! | `std` (default) | the standard library; nothing needs it yet |
//! | `alloc` (by `std`) | everything but signing: without it the crate is `keys` (master secret, spend key, linking tag), `sigma` (to sign a spend or a Schnorr row) and what they stand on |
//! | `parallel` | the sum of a batch on all cores (rayon) |
//! | `testing` | injected nonces, raw hashes, which check refused an enote: for known answers, never in production |
//!
//! # What it does not do
//!
//! It knows no transaction, block or chain: which statements must hold together, and that a linking tag is new,
//! is the business of the ledger. It stores nothing. Constant time is a property of the source (no branch, index
//! or division on a secret); [`notes::constant_time`] has what a statistical test of it found, and what it cannot find.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod codec;
pub mod commitment;
pub mod error;
pub mod group;
pub mod keys;
pub mod secret;
pub mod sigma;
pub mod transcript;

#[cfg(feature = "alloc")]
pub mod asset;
#[cfg(feature = "alloc")]
pub mod balance;
#[cfg(feature = "alloc")]
pub mod base32;
#[cfg(feature = "alloc")]
pub mod batch;
#[cfg(feature = "alloc")]
pub mod enote;
#[cfg(feature = "alloc")]
pub mod membership;
#[cfg(feature = "alloc")]
pub mod network;
#[cfg(feature = "alloc")]
pub mod prelude;
#[cfg(feature = "alloc")]
pub mod range;

#[cfg(feature = "alloc")]
pub use error::BatchError;
pub use error::{DecodeError, ProofError};
pub use transcript::NetworkId;

/// Longer texts for who reads the code to judge it.
pub mod notes {
    #[doc = include_str!("../notes/constant_time.md")]
    pub mod constant_time {}
    #[doc = include_str!("../notes/membership.md")]
    pub mod membership {}
    #[doc = include_str!("../notes/range.md")]
    pub mod range {}
    #[doc = include_str!("../notes/variable_time.md")]
    pub mod variable_time {}
}

/// The examples of the README compile and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

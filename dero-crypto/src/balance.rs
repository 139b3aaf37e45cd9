//! The balance equation of a transaction: nothing is made and nothing is lost, in any asset (protocol 8.1).
//!
//! ```text
//! relation    the hidden terms open to amounts a_i of assets α_i with masks x_i, and per asset
//!             inputs + mints + moves in  =  outputs + burns + moves out + fee
//! statement   every term, fee, π                 witness   none is sent: the openings are those of other proofs
//! verifier    Σ C~ (private inputs) + Σ C (vault inputs) + Σ mints + Σ_k in_k·A_{α_k}
//!               − Σ C (outputs) − Σ burns − Σ_k out_k·A_{α_k} − fee·A_0  =  π·G
//! bytes       π                                  32·1 = 32
//! ```
//!
//! One equation for all bundles and all assets, hidden and public. π is the sum of the blinding factors, in the
//! clear: uniform, because each image is re-randomised. A mint or burn is q·A_α, or a commitment. Locked outputs
//! count as outputs; their sealed alternatives do not appear.
//!
//! That the equation balances amounts, per asset and over the integers, rests on the other proofs: each term has a
//! known opening with an amount below 2^64, counts are below 2^10, and nobody knows a relation among the A_α and G.
//! Each public amount enters as a scalar of its own u64; sums, where a rule needs them, are the caller's in u128.
//!
//! # Assumptions
//!
//! Discrete logarithms are hard, with no known relation among G and the A_α: each is a hash onto the group.
//!
//! # Source
//!
//! Poelstra, Back, Friedenbach, Maxwell, Wuille, *Confidential Assets*, FC 2017 workshops: the amounts of
//! every asset balance where the commitments on blinded asset tags do. Rule: protocol 8.1.
//!
//! # Departures
//!
//! - The terms add up to π·G, and π is sent in the clear: no mask has to be chosen so that all of them cancel.
//! - Vault inputs, public moves, mints and burns stand in the same equation.
//!
//! # Claims without a published proof
//!
//! - *Vault and public terms* keep the argument of that paper: each has a known opening. Argued (protocol 8.1).
//! - *No inflation* is the composition of this equation with membership, surjection, link, range and sealed proofs,
//!   by induction over the ledger (protocol 8.6). Every step is published or textbook; their composition is argued,
//!   and the first thing that needs outside review.
//! - *π reveals nothing*: it is a sum of independent masks, uniform because each image is re-randomised. Without a private
//!   input the masks of outputs alone hide it, and a vault's depositor knows one of its terms (protocol 12.4).

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::{vec, vec::Vec};

use rand_core::CryptoRng;

use crate::{
    ProofError,
    asset::AssetId,
    batch::{Batch, Linear},
    commitment::Amount,
    group::{Point, Scalar, generators},
};

/// One term; its kind gives the sign.
///
/// ```
/// use dero_crypto::{asset::AssetId, balance::{Balance, Term}, commitment::Amount, group::Scalar};
/// // What a contract gives out and nobody receives does not balance.
/// let moved = Term::MoveIn(AssetId::NATIVE, Amount(5));
/// let mut balance = Balance { terms: vec![moved], fee: Amount(4), pi: Scalar::ZERO };
/// assert!(balance.verify(&mut rand::rng()).is_err());
/// balance.terms.push(Term::PublicBurn(AssetId::NATIVE, Amount(1)));
/// assert!(balance.verify(&mut rand::rng()).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// The commitment C~ of a private input's image. Plus.
    PrivateInput(Point),
    /// The commitment C of a vault input. Plus.
    VaultInput(Point),
    /// The commitment Mc of a hidden mint. Plus.
    HiddenMint(Point),
    /// A public mint: asset, amount. Plus.
    PublicMint(AssetId, Amount),
    /// A public move in from a contract: asset, amount. Plus.
    MoveIn(AssetId, Amount),
    /// The commitment C of an output, locked or not. Minus.
    Output(Point),
    /// The commitment Mc of a hidden burn. Minus.
    HiddenBurn(Point),
    /// A public burn: asset, amount. Minus.
    PublicBurn(AssetId, Amount),
    /// A public move out to a contract: asset, amount. Minus.
    MoveOut(AssetId, Amount),
}

/// The balance of one transaction.
///
/// ```
/// use dero_crypto::{balance::{Balance, Term}, commitment::Amount, group::{Point, Scalar, generators::{A0, G}}};
/// let commit = |amount: u64, mask: u64| {
///     let sum = A0.element() * Scalar::from(amount) + G.element() * Scalar::from(mask);
///     Point::encode(sum, "commitment").expect("not the identity")
/// };
/// let terms = vec![Term::PrivateInput(commit(10, 70)), Term::Output(commit(9, 30))];
/// let balance = Balance { terms, fee: Amount(1), pi: Scalar::from(40u64) };
/// assert!(balance.verify(&mut rand::rng()).is_ok());
/// assert!(Balance { fee: Amount(2), ..balance }.verify(&mut rand::rng()).is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Balance {
    /// Every term of every bundle but the fee.
    pub terms: Vec<Term>,
    /// The fee, in the native asset.
    pub fee: Amount,
    /// π: the sum of the blinding factors of the plus terms, less that of the minus terms.
    pub pi: Scalar,
}

impl Balance {
    /// Adds the equation to `batch`; returns the item's position.
    pub fn enqueue(&self, batch: &mut Batch) -> usize {
        let fixed = Linear::new()
            .generator(-Scalar::from(self.fee.atomic()), generators::A0)
            .generator(-self.pi, generators::G);
        batch.push(vec![self.terms.iter().fold(fixed, add)])
    }

    /// Verifies this balance alone.
    ///
    /// # Errors
    ///
    /// [`ProofError::Equation`] if the terms do not balance.
    pub fn verify(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Result<(), ProofError> {
        let mut batch = Batch::new();
        self.enqueue(&mut batch);
        batch.verify_one(rng)
    }
}

fn add(equation: Linear, term: &Term) -> Linear {
    match term {
        Term::PrivateInput(C) | Term::VaultInput(C) | Term::HiddenMint(C) => equation.point(Scalar::ONE, C),
        Term::Output(C) | Term::HiddenBurn(C) => equation.point(-Scalar::ONE, C),
        Term::PublicMint(asset, amount) | Term::MoveIn(asset, amount) => {
            public(equation, asset, Scalar::from(amount.atomic()))
        }
        Term::PublicBurn(asset, amount) | Term::MoveOut(asset, amount) => {
            public(equation, asset, -Scalar::from(amount.atomic()))
        }
    }
}

fn public(equation: Linear, asset: &AssetId, scalar: Scalar) -> Linear {
    if asset.is_native() {
        equation.generator(scalar, generators::A0)
    } else {
        equation.point(scalar, &asset.generator())
    }
}

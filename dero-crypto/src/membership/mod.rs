//! One of these enotes is mine: the one-out-of-many proof and the sets it ranges over (protocol 7).
//!
//! **Relation.** For a set of N = n^m enotes S_k = (Ko_k, C_k, T_k) and an image (K~, C~, T~), some l has
//!
//! ```text
//! K~ = Ko_l + r_K·G          C~ = C_l + r_C·G          T~ = T_l + r_T·G
//! ```
//!
//! **Statement.** `(net, n, m, kind, start, L, acc_start, acc_end, K~, C~, T~)`: a [`MembershipStatement`] over a
//! [`ReferenceSet`] of 1 ≤ L ≤ N consecutive enotes of the shared list. The two accumulator values stand for the
//! members, which are not absorbed.
//!
//! **Witness.** A [`MembershipWitness`] (l, r_K, r_C, r_T).
//!
//! **Padding.** S_k = S_{L−1} for L ≤ k < N, all three components together; nothing else is ever inserted. Whatever
//! k a proof extracts, min(k, L−1) is a real member with the same three points.
//!
//! **Messages**, in the row `member`. Let l = Σ l_j·n^j, δ_{j,i} = [l_j = i], and a_{j,i} random with Σ_i a_{j,i} = 0.
//!
//! ```text
//! transcript  net, version, n, m, d = 3, kind, start, L, acc_start, acc_end, K~, C~, T~ → μ
//! both        W_k = Σ_α μ^α·S_{k,α},   W~ = Σ_α μ^α·S~_α
//! prover      s = Σ_α μ^α·r_α
//!             A = r_A·G + Σ ( a_{j,i}·P_{jn+i} − a_{j,i}²·Q_{jn+i} )
//!             B = r_B·G + Σ ( δ_{j,i}·P_{jn+i} + a_{j,i}(1 − 2δ_{j,i})·Q_{jn+i} )
//!             X_j = Σ_k p_{k,j}·(W~ − W_k) + ρ_j·G,   j < m
//!                   with ∏_j ( δ_{j,k_j}·ξ + a_{j,k_j} ) = [k = l]·ξ^m + Σ_{j<m} p_{k,j}·ξ^j
//! transcript  A, B, X_0 .. X_{m−1} → ξ
//! prover      f_{j,i} = δ_{j,i}·ξ + a_{j,i} (i ≥ 1),   z_A = r_A + ξ·r_B,   z = s·ξ^m − Σ_j ρ_j·ξ^j
//! ```
//!
//! **Equations.** With f_{j,0} = ξ − Σ_{i≥1} f_{j,i} and p_k = ∏_j f_{j,k_j}, so that Σ_k p_k = ξ^m:
//!
//! ```text
//! A + ξ·B = z_A·G + Σ f_{j,i}·P_{jn+i} + Σ f_{j,i}(ξ − f_{j,i})·Q_{jn+i}
//! ξ^m·W~ − Σ_k p_k·W_k − Σ_j ξ^j·X_j = z·G
//! ```
//!
//! In a batch the second one, with its weight w, puts −w·p_k·μ^α on component α of position start + min(k, L−1), with
//! *this* proof's start and L: an input whose set another proof of the batch cites costs scalar work and m + 5 points.
//!
//! **Size.** 32·(2 + m + m(n−1) + 2) bytes: 576 at N = 128, 768 at N = 1024.
//!
//! The proof does not bind a transaction: it can be made last, by an online host, after the device signed; nobody
//! else can replace it without (l, r).
//!
//! # Assumptions
//!
//! Discrete logarithms in 𝔾 are hard, with no known relation among G, P_i, Q_i; merlin is a random oracle. Hiding is
//! perfect given uniform nonces.
//!
//! # Source
//!
//! - Groth and Kohlweiss, *One-out-of-many proofs*, EUROCRYPT 2015 (<https://eprint.iacr.org/2014/764>), figure 2: binary
//!   digits, the polynomials p_k and the X_j.
//! - Bootle, Cerulli, Chaidos, Ghadafi, Groth, Petit, *Short accountable ring signatures based on DDH*, ESORICS 2015
//!   (<https://eprint.iacr.org/2015/643>): digits of base n, one matrix commitment. That A and B are enough for it:
//!   MatRiCT (<https://eprint.iacr.org/2019/1287>).
//! - The proof for one component as it stands here, with its extractor from m + 1 answers: *Seraphis* 0.0.18
//!   (<https://github.com/UkoeHB/Seraphis>), appendix C (Grootle), after Lelantus Spark
//!   (<https://eprint.iacr.org/2021/1173>), appendix B.
//! - Several components under one challenge, as key aggregation: Triptych (<https://eprint.iacr.org/2020/018>), section 6.
//!
//! Rule: protocol 7.
//!
//! # Departures
//!
//! - Three components under the powers of one challenge μ. Published proofs cover one component, or two with separate X
//!   vectors; Triptych hashes a factor for each component and shows the step in one sentence.
//! - A list shorter than N repeats its last member (**Padding**); the sources have full rings.
//! - The transcript absorbs two digests of the shared list in place of the members.
//! - The prover folds the polynomial whose coefficients the X_j hide, digit by digit: the same elements from half of the
//!   products, in constant time ([`notes::membership`](crate::notes::membership)).
//!
//! # Claims without a published proof
//!
//! *Soundness of the combination under μ.* For a fixed μ the protocol is that of the sources. From (d−1)·N + 1 distinct μ,
//! d = 3 components, some l is extracted for at least d of them, and their Vandermonde matrix gives every r_α for that one
//! l. The loss for each oracle query is about (2N + m)/ℓ, below 2^-240 at N = 1024 and below 2^-234 at the largest N. In
//! full: [`notes::membership`](crate::notes::membership).
//! No outside review has confirmed this.
//!
//! *Padding.* A proof extracts some k < N, and min(k, L−1) is a real member with the same three points.
//!
//! *Digests for members.* Two lists with equal (start, L, acc_start, acc_end) are equal, or SHAKE256 collides.
//!
//! *Privacy of the choice of sets* (protocol 7.5, 7.6) is a policy of wallets, and soundness does not depend on it.
//!
//! *Masks* come from the caller's generator alone, unlike nonces: if it repeats, two images share a mask, and the difference
//! of both shows which members they copy.
//!
//! *Erasure.* The curve library's constant-time product erases the digits of its scalars, but not its tables of multiples. From
//! the second digit on these hold differences of members that the digits of l chose.
//!
//! Reading order: [`MembershipStatement`], [`MembershipWitness`], [`MembershipProof`]; [`surjection`] (the same core
//! with one component); [`Reference`] (how five bytes name a set) and [`Accumulator`] (how 32 bytes stand for the
//! list).

#![allow(non_snake_case)] // Symbols match the equations.

mod parameters;
mod proof;
mod prover;
mod reference;
mod set;
mod statement;
pub mod surjection;
#[cfg(test)]
mod tests;
mod verifier;
mod witness;

pub use parameters::{MAX_SIZE, SetParameters};
pub use proof::MembershipProof;
#[cfg(any(test, feature = "testing"))]
pub use prover::Nonces;
pub use reference::{
    ANCHOR_SPACING, Candidates, Coin, Interval, ListView, Reference, ReferenceError, anchor_height, anchors_digest,
};
pub use set::{Accumulator, IntervalError, MEMBER_BYTES, Member, ReferenceKind, ReferenceSet, leaf};
pub use statement::MembershipStatement;
pub use surjection::{AssetSet, SurjectionProof, SurjectionStatement, SurjectionWitness};
pub(crate) use verifier::fold_padding;
pub use witness::{Image, Masks, MembershipWitness};

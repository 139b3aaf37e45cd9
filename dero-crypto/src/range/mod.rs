//! Range: each of these commitments hides an amount below 2^64 (protocol 8.5).
//!
//! Bulletproofs+, aggregated over the range values of one bundle.
//!
//! ```text
//! relation    V_j = v_j·H + γ_j·G   and   0 ≤ v_j < 2^64        j = 1..count, 1 ≤ count ≤ 16
//! statement   net, body_digest, bundle, V_1..V_count            witness   v_j, γ_j
//! sizes       m = smallest of 1, 2, 4, 8, 16 that is ≥ count;   N = 64·m;   k = log₂ N
//! padding     v_j = γ_j = 0 and V_j = 0 for count < j ≤ m: in the equation only, never sent
//! bases       g_i, h_i (i = 1..N) for the vectors, H for values, G for masks
//! ```
//!
//! **Bits.** a_L are the bits of the values, a_R = a_L − 1. All constraints follow from a_L ∘ a_R = 0,
//! a_L − a_R = 1 and ⟨a_L, 2^64⟩ = v_j for each j; random y and z turn them into one weighted inner product.
//!
//! ```text
//! prover      A = α·G + ⟨a_L, g⟩ + ⟨a_R, h⟩
//! transcript  net, version, body_digest, bundle, count, m, V_1..V_count, A → y, → z
//! both        d_i = z^{2j}·2^b   for i = 64(j−1) + b + 1
//!             a = a_L − z        b_i = a_R,i + z + d_i·y^{N+1−i}      α ← α + y^{N+1}·Σ_j z^{2j}·γ_j
//!             ζ = (z − z²)·Σ y^i − z·y^{N+1}·Σ d_i
//!             Â = A − z·Σ g_i + Σ (z + d_i·y^{N+1−i})·h_i + y^{N+1}·Σ_j z^{2j}·V_j + ζ·H
//!               = ⟨a, g⟩ + ⟨b, h⟩ + (Σ y^i·a_i·b_i)·H + α·G
//! ```
//!
//! **Weighted inner product**, k rounds that halve the vectors (1 and 2 are the halves, of length n̂):
//!
//! ```text
//! prover      c_L = Σ y^i·a_1,i·b_2,i                  c_R = Σ y^{i+n̂}·a_2,i·b_1,i
//!             L = y^{−n̂}·⟨a_1, g_2⟩ + ⟨b_2, h_1⟩ + c_L·H + d_L·G
//!             R = y^n̂·⟨a_2, g_1⟩ + ⟨b_1, h_2⟩ + c_R·H + d_R·G
//! transcript  L, R → e
//! both        g ← e⁻¹·g_1 + e·y^{−n̂}·g_2               h ← e·h_1 + e⁻¹·h_2
//! prover      a ← e·a_1 + e⁻¹·y^n̂·a_2                  b ← e⁻¹·b_1 + e·b_2
//!             α ← e²·d_L + α + e⁻²·d_R
//! last        A' = r·g + s·h + (r·y·b + s·y·a)·H + δ·G       B = r·y·s·H + η·G
//! transcript  A', B → e'
//! prover      r' = r + a·e'       s' = s + b·e'       δ' = η + δ·e' + α·e'²
//! ```
//!
//! **Verifier**, one equation:
//!
//! ```text
//! e'²·( Â + Σ_t e_t²·L_t + e_t⁻²·R_t ) + e'·A' + B − r'·e'·Σ σ_i·g_i − s'·e'·Σ τ_i·h_i − r'·y·s'·H − δ'·G = 0
//! σ_i = y^{−(i−1)}·∏_t e_t^{±1}     τ_i = ∏_t e_t^{∓1}     upper signs where bit t of i − 1, the highest first, is 1
//! bytes       A | L_1 | R_1 | .. | L_k | R_k | A' | B | r' | s' | δ'              32·(2·log₂(64·m) + 6)
//! ```
//!
//! 576 bytes for one value, 640 for two, 704, 768, and 832 for sixteen. Proving takes constant time in values and
//! masks. In a batch the terms of all g_i, h_i, G and H merge, so a proof costs its own 2·log₂(64·m) + 3 + count
//! points and 3·64·m products of integers.
//!
//! # Assumptions
//!
//! Discrete logarithms are hard, with no known relation among g_i, h_i, H, G; merlin is a random oracle. Special
//! honest-verifier zero knowledge and knowledge soundness are theorems of the paper.
//!
//! # Source
//!
//! Chung, Han, Ju, Kim, Seo, *Bulletproofs+: Shorter Proofs for a Privacy-Enhanced Distributed Ledger*,
//! <https://eprint.iacr.org/2020/735>: figure 1 (weighted inner product) and figure 3 (aggregated range proof). The rounds
//! unrolled into one equation: *Bulletproofs* (<https://eprint.iacr.org/2017/1066>), inner-product verification through
//! multi-exponentiation. Rule: protocol 8.5.
//!
//! # Departures
//!
//! - Fewer values than m: the verifier puts the identity for the missing commitments. The transcript absorbs
//!   count beside m.
//! - An equation is checked as one term of the weighted sum of a [`Batch`](crate::batch::Batch).
//! - The verifier multiplies its equation by y^{N−1}·∏ e_t², which is not zero, and so inverts no scalar.
//! - The prover takes the first three rounds from subset sums of the generators instead of folding them. The messages are
//!   the same. Both derived: [`notes::range`](crate::notes::range).
//!
//! # Claims without a published proof
//!
//! - *Padding with the identity.* The missing V_j are commitments to zero with mask zero, which everybody can open,
//!   and count fixes how many: the statement is the paper's for m values. Argued in this sentence.
//! - *Fiat–Shamir.* The paper proves the interactive protocol; that the loss of the many rounds is linear in the number of
//!   queries is the theorem of Attema, Fehr and Klooß, *Fiat–Shamir transformation of multi-round interactive proofs*, TCC
//!   2022 (<https://eprint.iacr.org/2021/1377>) for special-sound protocols. That it applies here is argued, not proven.
//! - *Erasure.* Copies of secret sums inside the curve library's variable-time product are not erased: see
//!   [`notes::variable_time`](crate::notes::variable_time).
//!
//! # Other statements
//!
//! The same proof serves claims and audit proofs, whose transcripts begin with other items: see
//! [`RangeProof::prove_after`] and [`RangeProof::enqueue_after`].
//!
//! ```
//! use dero_crypto::{NetworkId, batch::Batch, commitment::Amount, group::Scalar, range::*};
//! # let mut rng = rand::rng();
//! let net = NetworkId([1; 32]);
//! let openings = [(Amount(30), 7u64), (Amount(12), 8)].map(|(amount, mask)| Opening::new(amount, Scalar::from(mask)));
//! let sent = openings.iter().map(Opening::commit).collect::<Result<_, _>>()?;
//! let statement = Statement { net, body_digest: [2; 32], bundle: 0, commitments: Commitments::new(sent)? };
//!
//! let proof = RangeProof::prove(&statement, &Witness::new(openings), &mut rng)?;
//! assert_eq!(proof.to_bytes().len(), RangeProof::len(2)?);
//!
//! let mut batch = Batch::new();
//! proof.enqueue(&statement, &mut batch)?;
//! assert!(batch.verify(&mut rng).is_ok());
//! # Ok::<(), dero_crypto::ProofError>(())
//! ```

#![allow(non_snake_case)] // Symbols match the equations.

mod bits;
mod inner_product;
mod proof;
mod prover;
mod statement;
#[cfg(test)]
mod tests;
mod verifier;
mod witness;

pub use proof::RangeProof;
pub use statement::{BITS, Commitments, MAX_VALUES, Statement};
pub use witness::{Opening, Witness};

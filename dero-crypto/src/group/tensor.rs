//! Sums of tensor products of scalars: the coefficients that many proofs put on one vector of bases.
//!
//! ```text
//! c_{i·w + j} = Σ_t high_{t,i} · low_{t,j}          w = |low|
//! ```
//!
//! A one-out-of-many verifier multiplies member k by ∏_j f_{j,k_j}, an outer product of the top and the bottom
//! digits' factors. Products are summed as integers and reduced once per coefficient, which costs a fraction of
//! one modular product per proof and coefficient. Variable time: for verifiers.

use alloc::vec::Vec;

use super::Scalar;

/// One outer product high ⊗ low.
#[derive(Clone, Debug)]
pub(crate) struct Tensor<'a> {
    pub(crate) high: &'a [Scalar],
    pub(crate) low: &'a [Scalar],
}

/// Σ_t high_t ⊗ low_t. All terms have the same two lengths.
pub(crate) fn sum_of_tensors_vartime(terms: &[Tensor<'_>]) -> Vec<Scalar> {
    // Term by term inside, so that a coefficient is one run over two contiguous rows.
    let high = columns(terms, |term| term.high);
    let low = columns(terms, |term| term.low);
    let wrap = two_to_512();
    let row = |high: &Vec<Limbs>| low.iter().map(|low| dot(high, low).reduce(&wrap)).collect::<Vec<_>>();
    rows(&high, row)
}

#[cfg(not(feature = "parallel"))]
fn rows(high: &[Vec<Limbs>], row: impl Fn(&Vec<Limbs>) -> Vec<Scalar>) -> Vec<Scalar> {
    high.iter().flat_map(row).collect()
}

#[cfg(feature = "parallel")]
fn rows(high: &[Vec<Limbs>], row: impl Fn(&Vec<Limbs>) -> Vec<Scalar> + Send + Sync) -> Vec<Scalar> {
    use rayon::prelude::*;
    high.par_iter().flat_map_iter(row).collect()
}

type Limbs = [u64; 4];

fn columns<'a>(terms: &'a [Tensor<'a>], part: impl Fn(&Tensor<'a>) -> &'a [Scalar]) -> Vec<Vec<Limbs>> {
    let length = terms.first().map_or(0, |term| part(term).len());
    (0..length).map(|i| terms.iter().map(|term| limbs(&part(term)[i])).collect()).collect()
}

fn limbs(scalar: &Scalar) -> Limbs {
    let (words, _) = scalar.as_bytes().as_chunks::<8>();
    core::array::from_fn(|i| u64::from_le_bytes(words[i]))
}

fn dot(a: &[Limbs], b: &[Limbs]) -> Wide {
    let mut sum = Wide([0; 9]);
    for (a, b) in a.iter().zip(b) {
        sum.add_product(a, b);
    }
    sum
}

/// An integer below 2^576: room for 2^70 products of two scalars.
struct Wide([u64; 9]);

impl Wide {
    fn add_product(&mut self, a: &Limbs, b: &Limbs) {
        let mut product = [0; 8];
        for i in 0..4 {
            let mut carry = 0;
            for j in 0..4 {
                // At most (2^64 − 1)² + 2·(2^64 − 1) = 2^128 − 1.
                let wide = u128::from(a[i]) * u128::from(b[j]) + u128::from(product[i + j]) + u128::from(carry);
                product[i + j] = wide as u64;
                carry = (wide >> 64) as u64;
            }
            product[i + 4] = carry;
        }
        let mut carry = false;
        for (limb, addend) in self.0.iter_mut().zip(product) {
            let (sum, over) = limb.overflowing_add(addend);
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, over | over_again);
        }
        self.0[8] += u64::from(carry);
    }

    /// Modulo ℓ; `wrap` is 2^512 modulo ℓ.
    fn reduce(&self, wrap: &Scalar) -> Scalar {
        let mut bytes = [0; 64];
        for (chunk, limb) in bytes.chunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        let low = Scalar::from_bytes_mod_order_wide(&bytes);
        if self.0[8] == 0 { low } else { low + Scalar::from(self.0[8]) * wrap }
    }
}

fn two_to_512() -> Scalar {
    Scalar::from_bytes_mod_order_wide(&[0xff; 64]) + Scalar::ONE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_the_products_taken_one_by_one() {
        let mut rng = rand::rng();
        let mut random = |count: usize| (0..count).map(|_| Scalar::random(&mut rng)).collect::<Vec<_>>();
        let parts: Vec<_> = (0..5).map(|_| (random(3), random(4))).collect();
        let terms: Vec<_> = parts.iter().map(|(high, low)| Tensor { high, low }).collect();
        let found = sum_of_tensors_vartime(&terms);
        assert_eq!(found.len(), 12);
        for (k, coefficient) in found.iter().enumerate() {
            let expected: Scalar = parts.iter().map(|(high, low)| high[k / 4] * low[k % 4]).sum();
            assert_eq!(*coefficient, expected);
        }
        assert!(sum_of_tensors_vartime(&[]).is_empty());
    }

    #[test]
    fn carries_into_the_last_limb_are_reduced_too() {
        // 2^9 products of (ℓ − 1)² pass 2^512; each product is 1 modulo ℓ.
        let largest = [-Scalar::ONE];
        let term = Tensor { high: &largest, low: &largest };
        let count = 1 << 9;
        let sum = dot(&alloc::vec![limbs(&largest[0]); count], &alloc::vec![limbs(&largest[0]); count]);
        assert_ne!(sum.0[8], 0);
        assert_eq!(sum_of_tensors_vartime(&alloc::vec![term; count]), [Scalar::from(count as u64)]);
    }
}

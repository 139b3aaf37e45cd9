//! What is drawn (protocol 1.2): no verifier sees it and no known answer fixes it, for those inject it. A nonce that
//! is known or that comes twice gives amounts and masks away.

use alloc::vec::Vec;

use rand::{SeedableRng as _, rngs::StdRng};

use super::{
    super::{RangeProof, Witness},
    soundness::{openings, statement},
};
use crate::{group::Scalar, transcript::tests::depends_on_every_part};

#[test]
fn nonces_depend_on_statement_generator_and_every_part_of_the_witness() {
    let amounts = [6, 7];
    let openings = openings(&amounts);
    let statement = statement(&openings);
    let amounts = amounts.map(u64::to_le_bytes);
    let parts: Vec<&[u8]> =
        amounts.iter().zip(&openings).flat_map(|(v, o)| [v.as_slice(), o.mask().as_bytes()]).collect();
    let witness = Witness::new(openings.clone());
    let mut row = statement.transcript();
    statement.commitments.absorb(&mut row);

    // α, d_L and d_R of seven rounds, r, s, δ, η.
    let proof = RangeProof::prove(&statement, &witness, &mut StdRng::seed_from_u64(1)).unwrap();
    depends_on_every_part(&proof, &parts, |known, seed| {
        let mut nonces = row.nonces(known.iter().copied(), &mut StdRng::seed_from_u64(seed));
        let nonces: Vec<Scalar> = (0..1 + 2 * 7 + 4).map(|_| *nonces.scalar().expose()).collect();
        RangeProof::prove_with_nonces(&statement, &witness, &nonces).unwrap()
    });
}

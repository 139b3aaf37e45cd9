//! How can a number be hidden, and still be added and checked by a stranger?
//!
//! ```sh
//! cargo run -p dero-examples --example hide_an_amount
//! ```

use dero_crypto::{
    NetworkId,
    commitment::Amount,
    group::Scalar,
    range::{Commitments, Opening, RangeProof, Statement, Witness},
};

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rng = &mut rand::rng();

    // E = a·H + y·G: the mask y hides the amount perfectly, and nobody can open E to another amount.
    let (y1, y2) = (Scalar::random(rng), Scalar::random(rng));
    let (paid, change) = (Opening::new(Amount(30), y1), Opening::new(Amount(12), y2));
    let (e1, e2) = (paid.commit()?, change.commit()?);
    println!("30 is hidden in {e1:?}");
    println!("12 is hidden in {e2:?}");

    // Commitments add up as their amounts do: E1 + E2 opens to 42 under the sum of the masks.
    let sum = Opening::new(Amount(42), y1 + y2);
    assert_eq!(sum.commit()?.element(), &(e1.element() + e2.element()));
    println!("their sum opens to 42");

    // A stranger must know that neither amount is negative: one proof for both, 640 bytes.
    let statement = Statement {
        net: NetworkId([1; 32]),
        body_digest: [2; 32],
        bundle: 0,
        commitments: Commitments::new(vec![e1, e2])?,
    };
    let proof = RangeProof::prove(&statement, &Witness::new([paid, change]), rng)?;
    proof.verify(&statement, rng)?;
    println!("both are below 2^64, by a proof of {} bytes", proof.to_bytes().len());

    // The proof fits these two commitments and no others.
    let swapped = Statement { commitments: Commitments::new(vec![e2, e1])?, ..statement };
    assert!(proof.verify(&swapped, rng).is_err());
    println!("the same proof over the commitments in another order is refused");
    Ok(())
}

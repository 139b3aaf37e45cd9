//! `batch.json`: items of every type in one batch, and the names of the false ones (protocol 7.3, 10.4).

use dero_crypto::{batch::Batch, error::BatchError};

use crate::{
    balance, link, member, range,
    read::{Case, Outcome, proof_class},
    spend, surjection,
};

pub fn check(case: &Case<'_>) -> Outcome {
    let items = case.list("items");
    let verdicts: Vec<bool> =
        case.list("verdicts").iter().map(|verdict| verdict.value.as_bool().expect("a verdict")).collect();
    assert_eq!(items.len(), verdicts.len(), "a verdict for each item");

    let mut batch = Batch::new();
    for (place, (item, verdict)) in items.iter().zip(&verdicts).enumerate() {
        let mut alone = Batch::new();
        enqueue(item, &mut alone)?;
        assert_eq!(alone.verify(&mut rand::rng()).is_ok(), *verdict, "item {place} alone");
        assert_eq!(enqueue(item, &mut batch)?, place, "position of item {place}");
    }
    batch.verify(&mut rand::rng()).map_err(|error| match error {
        BatchError::Empty => "empty-batch",
        BatchError::Failed { culprits } => {
            let false_items: Vec<usize> = (0..verdicts.len()).filter(|place| !verdicts[*place]).collect();
            assert_eq!(culprits, false_items, "the named items");
            "bad-proof"
        }
        other => panic!("no class for {other}"),
    })
}

/// Every item decodes: what is wrong with it shows only in its equations.
fn enqueue(item: &Case<'_>, batch: &mut Batch) -> Result<usize, &'static str> {
    macro_rules! proof {
        ($file:ident) => {{
            let (statement, proof) = $file::item(item)?;
            proof.enqueue(&statement, batch).map_err(proof_class)
        }};
    }
    match item.text("type") {
        "spend" => proof!(spend),
        "link" => proof!(link),
        "member" => proof!(member),
        "surjection" => proof!(surjection),
        "range" => proof!(range),
        "balance" => Ok(balance::item(item)?.enqueue(batch)),
        other => panic!("type {other}"),
    }
}

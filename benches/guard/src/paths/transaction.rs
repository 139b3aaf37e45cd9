//! One transaction from its bytes to the verdict, as a node that has just received it.

use std::sync::Arc;

use dero_crypto::{asset::AssetId, enote::MemoClass};
use dero_ledger::{
    rules::{UnverifiedTransaction, Verification},
    testing::Treasury,
    transaction::builder::TransactionDraft,
};
use rand::{SeedableRng as _, rngs::StdRng};

use super::Run;

pub fn verify() -> Run {
    let mut rng = StdRng::seed_from_u64(2);
    let treasury = Treasury::new(&[(AssetId::NATIVE, 9); 16], &mut rng);
    let bundle = treasury.bundle(&[0, 1], &[(AssetId::NATIVE, 5), (AssetId::NATIVE, 13)], &mut rng);
    let draft =
        TransactionDraft { bundles: vec![bundle], memo_class: MemoClass::None, ..TransactionDraft::default() };
    let parameters = treasury.parameters;
    let bytes = treasury.finish(draft, &mut rng).expect("a payment").encode(&parameters.net);
    let state = treasury.state();
    Box::new(move || {
        let parsed = UnverifiedTransaction::parse(&bytes, &parameters).expect("step 1");
        let checked = Arc::new(parsed).check(&parameters, &state).expect("steps 2 to 5");
        let mut verification = Verification::new(&parameters);
        verification.push(checked).expect("no challenge is zero");
        assert!(verification.verify(&mut rng).iter().all(Result::is_ok), "valid");
    })
}

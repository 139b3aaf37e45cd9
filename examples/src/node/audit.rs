//! Is there as much as was issued? From chain data alone.
//!
//! ```text
//! Σ C of all enotes, public ones included − Σ C~ of all images
//!     = (issued − destroyed)·A_0 + (number of public enotes − Σ π)·G
//! ```

use dero_crypto::{
    asset::AssetId,
    codec::Reader,
    commitment::Amount,
    enote::public_commitment,
    group::{
        Element, Point, Scalar,
        generators::{A0, G},
    },
};
use dero_ledger::{
    block::parse_body,
    genesis::Genesis,
    params::Network,
    store::StoreView,
    transaction::{CoinbaseTx, Transaction},
};
use serde_json::{Value, json};

use crate::Failure;

/// Adds up the chain up to the tip of `view`.
pub(super) fn supply(network: &Network, view: &impl StoreView) -> Result<Value, Failure> {
    let tip = view.tip().ok_or("no genesis")?;
    let (mut sum, mut public, mut pi) = (Element::default(), 0u64, Scalar::ZERO);
    let mut add_public = |sum: &mut Element, amount: Amount| {
        *sum += public_commitment(amount, &AssetId::NATIVE).0.element();
        public += 1;
    };
    for enote in Genesis::of(network).enotes {
        add_public(&mut sum, enote.amount);
    }
    for height in 1..=tip.height {
        let block = view.block(height)?;
        let (transactions, coinbase) = parse_body(&block.body)?;
        for bytes in transactions {
            let transaction = Transaction::parse(bytes, &network.rules())?;
            for bundle in &transaction.body.bundles {
                for input in &bundle.inputs {
                    sum -= Point::decode(&input.commitment, "image")?.element();
                }
                for output in &bundle.outputs {
                    sum += Point::decode(&output.enote.commitment, "C")?.element();
                }
            }
            pi += Reader::new(&transaction.body.balance, "pi").scalar("pi")?;
        }
        for output in CoinbaseTx::parse(coinbase)?.outputs {
            add_public(&mut sum, Amount(output.amount));
        }
    }
    let totals = view.totals(tip.height)?;
    let supply = totals.issued.saturating_sub(totals.destroyed);
    let expected = A0.element() * Scalar::from(supply) + G.element() * (Scalar::from(public) - pi);
    Ok(json!({
        "height": tip.height, "issued": totals.issued.to_string(), "destroyed": totals.destroyed.to_string(),
        "supply": supply.to_string(), "public_enotes": public, "balanced": sum == expected,
    }))
}

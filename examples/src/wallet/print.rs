//! What the wallet says: lines for people, one JSON object for programs.

use dero_crypto::network::NetworkKind;
use dero_wallet_core::{
    enote::{EnoteState, Place},
    wallet::Activity,
};
use serde_json::{Value, json};

use super::open::{OwnWallet, show_amount};

/// Prints the text, or the value.
pub(super) fn say(as_json: bool, text: impl AsRef<str>, value: &Value) {
    if as_json {
        println!("{value}");
    } else {
        println!("{}", text.as_ref());
    }
}

pub(super) fn balance(wallet: &OwnWallet) -> (String, Value) {
    let balance = wallet.balance(&dero_crypto::asset::AssetId::NATIVE);
    let tip = wallet.tip();
    let mut text = format!(
        "balance {}   spendable {}   at height {}",
        show_amount(balance.total()),
        show_amount(balance.spendable),
        tip.height
    );
    for (name, amount) in
        [("pending", balance.pending), ("locked", balance.locked), ("conditional", balance.conditional)]
    {
        if amount > 0 {
            text.push_str(&format!("\n{name} {} (not balance yet)", show_amount(amount)));
        }
    }
    let value = json!({
        "height": tip.height, "block": tip.id.to_string(),
        "total": balance.total().to_string(), "spendable": balance.spendable.to_string(),
        "reserved": balance.reserved.to_string(), "pending": balance.pending.to_string(),
        "locked": balance.locked.to_string(), "conditional": balance.conditional.to_string(),
    });
    (text, value)
}

pub(super) fn history(wallet: &OwnWallet) -> (String, Value) {
    let mut lines = Vec::new();
    let mut values = Vec::new();
    for activity in wallet.history() {
        match activity {
            Activity::Incoming { enote, state } => {
                let from = match enote.place() {
                    Place::Genesis { .. } => "genesis",
                    Place::Coinbase { .. } => "mined",
                    _ if enote.is_foreign_self_send() => "made with this wallet's audit key",
                    _ => "received",
                };
                let index = enote.recognised().index();
                let state = state_word(state);
                let amount = enote.amount().0;
                lines.push(format!(
                    "{:>8}  + {:>16}  {from}, address {}/{}, {state}",
                    enote.height(),
                    show_amount(amount.into()),
                    index.account(),
                    index.address(),
                ));
                values.push(json!({
                    "height": enote.height(), "direction": "in", "kind": from, "amount": amount.to_string(),
                    "account": index.account(), "index": index.address(), "state": state,
                    "txid": hex::encode(enote.txid()), "one_time_key": hex::encode(enote.one_time_key()),
                    "position": enote.position(),
                }));
            }
            Activity::Outgoing(sent) => {
                let fee = sent.fee.map_or("unknown".into(), |fee| show_amount(fee.into()));
                let paid: u128 = sent.payments.iter().map(|payment| u128::from(payment.amount)).sum();
                lines.push(format!("{:>8}  - {:>16}  sent, fee {fee}", sent.height, show_amount(paid)));
                let payments: Vec<Value> = sent
                    .payments
                    .iter()
                    .map(|payment| {
                        json!({
                            "amount": payment.amount.to_string(), "spend_key": hex::encode(payment.spend_key),
                            "address_tag": hex::encode(payment.tag),
                        })
                    })
                    .collect();
                values.push(json!({
                    "height": sent.height, "direction": "out", "amount": paid.to_string(), "payments": payments,
                    "fee": sent.fee.map(|fee| fee.to_string()), "opaque": sent.opaque,
                    "txid": hex::encode(sent.txid),
                }));
            }
        }
    }
    if lines.is_empty() {
        lines.push(format!("nothing yet, up to height {}", wallet.tip().height));
    }
    (lines.join("\n"), json!({ "height": wallet.tip().height, "history": values }))
}

fn state_word(state: EnoteState) -> &'static str {
    match state {
        EnoteState::Pending => "pending",
        EnoteState::Locked => "locked",
        EnoteState::Conditional => "conditional",
        EnoteState::Received => "received",
        EnoteState::Reserved => "reserved",
        EnoteState::Spent => "spent",
    }
}

/// The kind of addresses of a network.
pub(super) fn kind(wallet: &OwnWallet) -> NetworkKind {
    wallet.network().kind()
}

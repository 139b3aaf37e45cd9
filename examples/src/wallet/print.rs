//! What the wallet says: lines for people, one JSON object for programs.

use dero_crypto::{asset::AssetId, enote::MemoEntries, network::NetworkKind};
use dero_wallet_core::{
    enote::{EnoteState, Place},
    wallet::{Activity, Payment, Wallet},
};
use serde_json::{Value, json};

use super::open::{OwnWallet, show_amount};
use crate::printable;

/// Prints the text, or the value.
pub(super) fn say(as_json: bool, text: impl AsRef<str>, value: &Value) {
    if as_json {
        println!("{value}");
    } else {
        println!("{}", text.as_ref());
    }
}

/// Says what to mind, on standard error.
pub(super) fn warn(as_json: bool, text: impl AsRef<str>) {
    let text = printable(text.as_ref());
    if as_json {
        eprintln!("{}", json!({ "warning": text }));
    } else {
        eprintln!("warning: {text}");
    }
}

pub(super) fn balance(wallet: &OwnWallet) -> (String, Value) {
    let balance = wallet.balance(&AssetId::NATIVE);
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
    if balance.reserved > 0 {
        let reserved = show_amount(balance.reserved);
        text.push_str(&format!("\nreserved {reserved} by payments that wait; `wallet history` shows them"));
    }
    let seems_older = wallet.seems_older_than_its_start();
    text.extend(looked_from(wallet).map(|line| format!("\n{line}")));
    if seems_older {
        text.push_str("\nwarning: this wallet seems to be older than that: the balance lacks what came before");
    }
    let value = json!({
        "scanned_from": wallet.scans_from(), "seems_older": seems_older,
        "height": tip.height, "block": tip.id.to_string(),
        "total": balance.total().to_string(), "spendable": balance.spendable.to_string(),
        "reserved": balance.reserved.to_string(), "pending": balance.pending.to_string(),
        "locked": balance.locked.to_string(), "conditional": balance.conditional.to_string(),
    });
    (text, value)
}

/// What each account holds, and the names of its addresses.
pub(super) fn accounts<P, C>(wallet: &Wallet<P, C>) -> (String, Value) {
    let (mut lines, mut values) = (Vec::new(), Vec::new());
    for account in wallet.accounts() {
        let balance = wallet.balances_of(account).remove(&AssetId::NATIVE).unwrap_or_default();
        let (total, spendable) = (balance.total(), balance.spendable);
        lines.push(format!(
            "account {account}   balance {}   spendable {}",
            show_amount(total),
            show_amount(spendable)
        ));
        let named = wallet.labels().iter().filter(|(index, _)| index.account() == account);
        let mut addresses = Vec::new();
        for (index, label) in named {
            lines.push(format!("  {account}/{} {}", index.address(), printable(label)));
            addresses.push(json!({ "index": index.address(), "label": label }));
        }
        values.push(json!({
            "account": account, "total": total.to_string(), "spendable": spendable.to_string(),
            "pending": balance.pending.to_string(), "addresses": addresses,
        }));
    }
    lines.extend(looked_from(wallet));
    let height = wallet.tip().height;
    (lines.join("\n"), json!({ "scanned_from": wallet.scans_from(), "height": height, "accounts": values }))
}

/// From which block on a wallet has looked that began late: neither its balance nor its history is the whole.
pub(super) fn looked_from<P, C>(wallet: &Wallet<P, C>) -> Option<String> {
    let from = match wallet.scans_from() {
        Some(1) => return None,
        Some(first) => format!("block {first} on"),
        None => "no block yet".into(),
    };
    Some(format!("scanned from {from}; for older enotes, `wallet rescan --from-genesis`"))
}

pub(super) fn history<P, C>(wallet: &Wallet<P, C>) -> (String, Value) {
    let mut lines = Vec::new();
    let mut values = Vec::new();
    for activity in wallet.history() {
        match activity {
            Activity::Incoming { enote, state } => {
                let from = match enote.place() {
                    Place::Genesis { .. } => "genesis",
                    Place::Coinbase { .. } => "mined",
                    Place::Stub { .. } => "returned by a contract",
                    _ if enote.is_foreign_self_send() => "made with this wallet's audit key",
                    _ => "received",
                };
                let index = enote.recognised().index();
                let state = state_word(state);
                let amount = enote.amount().0;
                let memo = wallet.memo(enote.one_time_key());
                lines.push(format!(
                    "{:>8}  + {:>16}  {from}, address {}/{}, {state}{}",
                    enote.height(),
                    show_amount(amount.into()),
                    index.account(),
                    index.address(),
                    beside(memo),
                ));
                values.push(json!({
                    "height": enote.height(), "direction": "in", "kind": from, "amount": amount.to_string(),
                    "account": index.account(), "index": index.address(), "state": state,
                    "txid": hex::encode(enote.txid()), "one_time_key": hex::encode(enote.one_time_key()),
                    "position": enote.position(),
                    "memo": memo.and_then(MemoEntries::text),
                    "payment_id": memo.and_then(MemoEntries::payment_id).map(hex::encode),
                }));
            }
            Activity::Outgoing(sent) => {
                let fee = sent.fee.map_or("unknown".into(), |fee| show_amount(fee.into()));
                let Paid { amount: paid, memos, values: payments } = paid(wallet, &sent.payments);
                lines.push(format!("{:>8}  - {:>16}  sent, fee {fee}{memos}", sent.height, show_amount(paid)));
                values.push(json!({
                    "height": sent.height, "direction": "out", "amount": paid.to_string(), "payments": payments,
                    "fee": sent.fee.map(|fee| fee.to_string()), "opaque": sent.opaque,
                    "txid": hex::encode(sent.txid),
                }));
            }
        }
    }
    let mut waiting = Vec::new();
    for open in wallet.open_payments() {
        let (txid, expiry) = (hex::encode(open.txid), open.expiry);
        let Paid { amount, memos, values: payments } = paid(wallet, &open.payments);
        let taken = if open.accepted { "a node took it" } else { "no node is known to have taken it" };
        let place = open.replaces.map(|old| format!(", in place of {}", hex::encode(old))).unwrap_or_default();
        let (amount_shown, fee) = (show_amount(amount), show_amount(open.fee.into()));
        lines.push(format!(
            "    open  - {amount_shown:>16}  waiting until block {expiry}, {taken}, transaction {txid}{place}, fee {fee}{memos}"
        ));
        waiting.push(json!({
            "txid": txid, "expiry": expiry, "accepted": open.accepted, "in_place_of": open.replaces.map(hex::encode),
            "amount": amount.to_string(), "payments": payments, "fee": open.fee.to_string(),
            "state": format!("waiting until block {expiry}"),
        }));
    }
    if lines.is_empty() {
        lines.push(format!("nothing yet, up to height {}", wallet.tip().height));
    }
    lines.extend(looked_from(wallet));
    let height = wallet.tip().height;
    let value =
        json!({ "scanned_from": wallet.scans_from(), "height": height, "history": values, "open": waiting });
    (lines.join("\n"), value)
}

/// What a transaction pays: together, what stands beside it, and each payment.
struct Paid {
    amount: u128,
    memos: String,
    values: Vec<Value>,
}

fn paid<P, C>(wallet: &Wallet<P, C>, payments: &[Payment]) -> Paid {
    let value = |payment: &Payment| {
        json!({
            "amount": payment.amount.to_string(), "spend_key": hex::encode(payment.spend_key),
            "address_tag": hex::encode(payment.tag),
            "memo": wallet.memo(&payment.one_time_key).and_then(MemoEntries::text),
        })
    };
    Paid {
        amount: payments.iter().map(|payment| u128::from(payment.amount)).sum(),
        memos: payments.iter().map(|payment| beside(wallet.memo(&payment.one_time_key))).collect(),
        values: payments.iter().map(value).collect(),
    }
}

/// What stands beside a payment, for a screen: whoever wrote it decides nothing about the rest of the line.
fn beside(memo: Option<&MemoEntries>) -> String {
    let Some(memo) = memo else { return String::new() };
    let id = memo.payment_id().map(|id| format!(", payment id {}", hex::encode(id)));
    let text = memo.text().map(|text| format!(", memo: {}", printable(text)));
    format!("{}{}", id.unwrap_or_default(), text.unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dero_crypto::keys::{AddressIndex, MasterSecret};
    use dero_ledger::consensus::{Blake3, ProofOfWork};
    use dero_wallet_core::{
        scan::Start,
        signer::MemorySigner,
        spend::{PayTo, SpendRequest},
        store::MemoryPersister,
        testing::{MemorySource, at_once, small_network},
    };
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn a_wallet_that_began_late_says_from_where_on_its_history_is() {
        let network = small_network(&[], |_| {});
        let mut chain = MemorySource::new(Arc::clone(&network), StdRng::seed_from_u64(1));
        chain.mine_many(9);
        let wallet = |start| {
            let keys = MasterSecret::from_bytes([1; 32]).audit_key();
            let mut wallet =
                Wallet::open_from(Arc::clone(&network), keys, MemoryPersister::new(), ProofOfWork(Blake3), start)
                    .expect("the wallet opens");
            at_once(wallet.sync(&chain, chain.now(), |_| {})).expect("an honest source");
            wallet
        };
        let (late, whole) = (wallet(Start::Height(5)), wallet(Start::Genesis));
        let line = "scanned from block 5 on; for older enotes, `wallet rescan --from-genesis`";
        for (text, value) in [history(&late), accounts(&late)] {
            assert!(text.ends_with(line), "{text}");
            assert_eq!(value["scanned_from"], 5);
        }
        for (text, value) in [history(&whole), accounts(&whole)] {
            assert!(!text.contains("scanned from"), "{text}");
            assert_eq!(value["scanned_from"], 1);
        }
    }

    #[test]
    fn a_history_ends_with_what_is_open_and_how_long() {
        let owner = MasterSecret::from_bytes([1; 32]);
        let address = owner.audit_key().address_key().address(AddressIndex(0));
        let network = small_network(&[(address, 5_000_000_000); 4], |_| {});
        let mut chain = MemorySource::new(Arc::clone(&network), StdRng::seed_from_u64(1));
        chain.mine_many(5);
        let rows = MemoryPersister::new();
        let mut wallet = Wallet::open(network, owner.audit_key(), rows, ProofOfWork(Blake3)).expect("it opens");
        at_once(wallet.sync(&chain, chain.now(), |_| {})).expect("an honest source");
        let request = SpendRequest::new([PayTo::native(address, 1_500_000_000)]);
        let rng = &mut StdRng::seed_from_u64(2);
        let proposal = wallet.propose(&request, chain.now(), false, rng).expect("enough");
        let mut signer = MemorySigner::new(&owner, StdRng::seed_from_u64(3));
        let signed = wallet.sign(proposal, &mut signer, rng).expect("signed");
        let (txid, expiry) = (hex::encode(signed.txid()), signed.transaction().body.expiry);
        for (accepted, words) in [(false, "no node is known to have taken it"), (true, "a node took it")] {
            if accepted {
                wallet.mark_accepted(signed.txid()).expect("rows");
            }
            let (text, value) = history(&wallet);
            let line = text.lines().last().expect("a line");
            let expected = format!("1.5  waiting until block {expiry}, {words}, transaction {txid}, fee");
            assert!(line.contains(&expected), "{line}");
            let open = &value["open"][0];
            assert_eq!(
                (&open["txid"], &open["expiry"], &open["accepted"]),
                (&json!(txid), &json!(expiry), &json!(accepted))
            );
            assert_eq!(open["amount"], "1500000000");
            assert_eq!(open["state"], format!("waiting until block {expiry}"));
        }
        assert_eq!(history(&wallet).1["history"].as_array().map(Vec::len), Some(4));
    }

    #[test]
    fn accounts_are_printed_with_the_names_of_their_addresses() {
        let keys = MasterSecret::from_bytes([1; 32]).audit_key();
        let rows = MemoryPersister::new();
        let mut wallet = Wallet::open(small_network(&[], |_| {}), keys, rows, ProofOfWork(Blake3)).expect("opens");
        wallet.new_address(2, "a\nshop").expect("rows");
        let (text, value) = accounts(&wallet);
        let lines =
            ["account 0   balance 0   spendable 0", "account 2   balance 0   spendable 0", "  2/0 a\u{fffd}shop"];
        assert_eq!(text.lines().collect::<Vec<_>>(), lines);
        assert_eq!(value["accounts"][1]["addresses"][0]["label"], "a\nshop");
    }
}

//! Payments: made once, sent as often as it takes, replaced if they must be.
//!
//! Whoever got a payment may publish it until it expires, whatever he answered. So the wallet keeps it, and pays the
//! same again only where the owner says that a second payment is meant.

use dero_crypto::{enote::MemoEntries, keys::Address};
use dero_ledger::source::ChainSource as _;
use dero_net::{
    client::{ClientError, SourceError},
    message::wallet::Reject,
    transport::PeerId,
};
use dero_wallet_core::{
    signer::MemorySigner,
    spend::{FeeStep, PayTo, SpendRequest, Warning},
    wallet::{OpenPayment, Wallet},
};
use serde_json::json;

use crate::{Failure, Named, unix_time};

use super::{
    Options, Send,
    open::{master, parse_amount, show_amount},
    print::{looked_from, say, warn},
    run::{NodeAddress, Session, confirm_tip, synchronised},
};

/// Synchronises and pays.
pub(super) async fn pay(options: &Options, send: &Send) -> Result<(), Failure> {
    let amount = parse_amount(&send.amount)?;
    let kind = options.network()?.kind();
    let address =
        Address::from_text(&send.to, kind).map_err(|error| Named::new("Argument", format!("--to: {error}")))?;
    let replaces = send.replace.as_deref().map(parse_txid).transpose()?;
    let mut session = synchronised(options).await?;
    if !send.again
        && let Some(open) = in_question(&session.wallet, &address, amount, replaces)
    {
        return Err(still_open(open, amount).into());
    }
    let mut memo = MemoEntries::new();
    if let Some(text) = &send.memo {
        memo.set_text(text);
    }
    let fee = match send.fee.as_str() {
        "2" => FeeStep::Double,
        "4" => FeeStep::Fourfold,
        "8" => FeeStep::Eightfold,
        _ => FeeStep::Minimum,
    };
    let mut have_tip = Vec::new();
    if !send.any_tip || session.disputed {
        have_tip = confirm_tip(options, &session, send.any_tip).await?;
    }
    let Session { wallet, sources, .. } = &mut session;
    let mut request = SpendRequest::new([PayTo::native(address, amount).with_memo(memo)]).with_fee(fee);
    (request.account, request.replaces) = (send.account, replaces);
    let rng = &mut rand::rng();
    let proposal = wallet.propose(&request, unix_time(), send.any_tip, rng)?;
    let warnings: Vec<String> = proposal.warnings().iter().map(|warning| words_of(*warning)).collect();
    warnings.iter().for_each(|warning| warn(options.json, warning));
    let (fee, inputs, crowd, expiry) =
        (proposal.fee(), proposal.input_count(), proposal.crowd(), proposal.expiry());

    let opened = options.unlock_to_sign()?;
    let spend =
        opened.spend.ok_or_else(|| Named::new("NoSpendKey", "this wallet has no spend key: it can only look"))?;
    let mut signer = MemorySigner::new(&master(&spend), rand::rng());
    let signed = wallet.sign(proposal, &mut signer, rng)?;
    let txid = hex::encode(signed.txid());
    if let Err(error) = sources.submit(signed.bytes()).await {
        let mut failure = not_sent(&error, &txid, expiry);
        // Only what no node was asked to take is with nobody.
        if matches!(error, SourceError::NoNode { .. }) {
            wallet.forget(&signed)?;
        }
        if let Some(both) = contradiction(&error, sources.serving().await, &have_tip) {
            drop(session);
            let mut disputed = options.disputed(&opened.view)?;
            disputed.extend(both);
            options.set_disputed(&opened.view, &disputed)?;
            let [served, refuser] = both;
            failure = failure.advise(format!(
                "{refuser} refuses a proof over the list of {served}: payments ask neither of them any more, until you \
                 say --trust to one; `wallet send --replace {txid}` then pays in place of this payment"
            ));
        }
        return Err(failure.into());
    }
    wallet.mark_accepted(signed.txid())?;
    let mut text = format!(
        "sent {} with a fee of {} in transaction {txid} ({} bytes; each input hides among {crowd} ordinary enotes)",
        show_amount(amount.into()),
        show_amount(fee.into()),
        signed.bytes().len()
    );
    text.extend(looked_from(wallet).map(|line| format!("\n{line}")));
    let value = json!({
        "txid": txid, "amount": amount.to_string(), "fee": fee.to_string(), "inputs": inputs,
        "scanned_from": wallet.scans_from(), "bytes": signed.bytes().len(), "crowd": crowd, "warnings": warnings,
        "expiry": expiry, "in_place_of": replaces.map(hex::encode),
    });
    say(options.json, text, &value);
    Ok(())
}

/// Synchronises and sends an open payment once more: the same bytes.
pub(super) async fn resend(options: &Options, txid: Option<&str>) -> Result<(), Failure> {
    let txid = txid.map(parse_txid).transpose()?;
    let Session { mut wallet, sources, .. } = synchronised(options).await?;
    let payment = to_resend(&wallet, txid)?.clone();
    let txid = hex::encode(payment.txid);
    sources.submit(payment.bytes()).await.map_err(|error| not_sent(&error, &txid, payment.expiry))?;
    wallet.mark_accepted(&payment.txid)?;
    let text = format!("sent again: transaction {txid}, which waits until block {}", payment.expiry);
    say(options.json, text, &json!({ "txid": txid, "expiry": payment.expiry, "bytes": payment.bytes().len() }));
    Ok(())
}

fn parse_txid(text: &str) -> Result<[u8; 32], Failure> {
    let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    Ok(bytes
        .ok_or_else(|| Named::new("Argument", format!("{text} is no transaction id: 64 hexadecimal digits")))?)
}

/// Whether an open payment has one in its place, or a node took one that conflicts with it.
fn is_replaced(open: &[&OpenPayment], payment: &OpenPayment) -> bool {
    let taken = |other: &OpenPayment| other.accepted && !payment.accepted && other.conflicts(payment);
    open.iter().any(|other| other.replaces == Some(payment.txid) || taken(other))
}

/// An open payment of the same amount to the same address that no node is known to have taken, nor one in its place
/// that pays the same; but for one that is to be replaced.
fn in_question<'a, P, C>(
    wallet: &'a Wallet<P, C>,
    address: &Address,
    amount: u64,
    replaces: Option<[u8; 32]>,
) -> Option<&'a OpenPayment> {
    let open = wallet.open_payments();
    let replaced = open.iter().find(|payment| Some(payment.txid) == replaces);
    let same =
        |payment: &OpenPayment| payment.payments.iter().any(|paid| paid.is_to(address) && paid.amount == amount);
    let taken =
        |payment: &OpenPayment| open.iter().any(|other| other.accepted && same(other) && other.conflicts(payment));
    let unsure = open.iter().filter(|payment| same(payment) && !taken(payment));
    let unsure = unsure.filter(|payment| replaced.is_none_or(|replaced| !replaced.conflicts(payment)));
    unsure.min_by_key(|payment| is_replaced(&open, payment)).copied()
}

fn still_open(payment: &OpenPayment, amount: u64) -> Named {
    let (txid, expiry) = (hex::encode(payment.txid), payment.expiry);
    let what = format!(
        "a payment of {} to this address is open, and no node is known to have taken it: transaction {txid}, which may \
         be mined until block {expiry}",
        show_amount(amount.into())
    );
    let data = json!({ "txid": txid, "amount": amount.to_string(), "expiry": expiry });
    Named::new("OpenPayment", what).with_data(data).advise(format!(
        "`wallet resend` sends the same bytes, through another node if there is one, `wallet send --replace {txid}` pays \
         in its place, and `wallet send --again` makes a second payment"
    ))
}

/// The open payment with an id, or else the only one that no other replaced and, if there are such, no node took.
fn to_resend<P, C>(wallet: &Wallet<P, C>, txid: Option<[u8; 32]>) -> Result<&OpenPayment, Failure> {
    let open = wallet.open_payments();
    let mut left: Vec<&OpenPayment> = match txid {
        Some(txid) => open.iter().filter(|payment| payment.txid == txid).copied().collect(),
        None => open.iter().filter(|payment| !is_replaced(&open, payment)).copied().collect(),
    };
    if left.iter().any(|payment| !payment.accepted) {
        left.retain(|payment| !payment.accepted);
    }
    match left[..] {
        [payment] => Ok(payment),
        [] => {
            let what =
                txid.map_or("no payment is open".into(), |txid| format!("{} is not open", hex::encode(txid)));
            let advice = "look at `wallet history`: it is mined, or expired without a trace";
            Err(Named::new("NoOpenPayment", what).advise(advice).into())
        }
        _ => {
            let ids: Vec<String> = left.iter().map(|payment| hex::encode(payment.txid)).collect();
            let what = format!("several payments are open: {}", ids.join(", "));
            Err(Named::new("Argument", what).advise("name one of them").into())
        }
    }
}

/// Two nodes that contradict each other: the one that served the list, and one with the same newest block that says
/// that a reference or a proof over it does not hold.
fn contradiction(error: &SourceError, served: Option<PeerId>, have_tip: &[PeerId]) -> Option<[PeerId; 2]> {
    let SourceError::Rejected { node, cause, also } = error else { return None };
    let served = served?;
    let contradicts = |node: &str, cause: &ClientError| {
        let ClientError::Rejected(rejection) = cause else { return None };
        let refuser = node.parse::<NodeAddress>().ok()?.peer;
        let over_the_list = matches!(rejection.reason, Reject::InvalidReference | Reject::BadProof);
        (over_the_list && have_tip.contains(&refuser) && served != refuser).then_some([served, refuser])
    };
    let second = || also.as_ref().and_then(|other| contradicts(&other.node, &other.cause));
    contradicts(node, cause).or_else(second)
}

/// Why a payment that is kept was not sent, or may not have been.
fn not_sent(error: &SourceError, txid: &str, expiry: u64) -> Named {
    let advice = format!(
        "it is open until block {expiry}: `wallet resend` sends the same bytes, through another node if there is one, and \
         `wallet send --replace {txid}` pays in its place; neither pays twice"
    );
    let data = json!({ "txid": txid, "expiry": expiry });
    match error {
        SourceError::NoAnswer { .. } => {
            let what = format!("{error}; the payment {txid} may have reached one of them");
            Named::new("NoAnswer", what).with_data(data).advise(advice)
        }
        SourceError::Rejected { node, cause: ClientError::Rejected(rejection), .. } => {
            let family = format!("{:?}", rejection.reason);
            let data = json!({ "txid": txid, "expiry": expiry, "family": family, "refused_by": node });
            let advice = format!("a refusal is the word of a node, which may have passed the payment on; {advice}");
            Named::new("Refused", format!("the payment was not taken: {error}")).with_data(data).advise(advice)
        }
        SourceError::NoNode { .. } => Named::new("NoNode", error.to_string()),
        _ => Named::new("Payment", error.to_string()).with_data(data).advise(advice),
    }
}

fn words_of(warning: Warning) -> String {
    match warning {
        Warning::FewMembers { ordinary } => {
            format!("an input hides among only {ordinary} ordinary enotes; the chain is young")
        }
        Warning::ManyGroups { groups } => format!("the inputs cite {groups} groups, each of which tells an age"),
        Warning::FastWindow { span, median } => {
            format!(
                "the newest set filled in {span} blocks instead of {median}: somebody may know most of its enotes"
            )
        }
        Warning::UncommonShape { inputs } => {
            format!("{inputs} inputs are rare: payments to yourself make enotes that fill up to a common number")
        }
        Warning::SeveralAccounts { accounts } => {
            format!(
                "the inputs were paid to {accounts} accounts, which are seen to be one wallet's: --account takes one"
            )
        }
        Warning::RestoredBefore => {
            "an input is older than the restore: an earlier attempt may have shown another set".into()
        }
        Warning::ReferenceChanged => "an input had to change its set after a deep reorganisation".into(),
        _ => "see the documentation of Warning".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dero_crypto::keys::{AddressIndex, MasterSecret};
    use dero_ledger::consensus::{Blake3, ProofOfWork};
    use dero_net::{
        client::Refusal,
        message::{Text, wallet::Rejection},
    };
    use dero_wallet_core::{
        store::MemoryPersister,
        testing::{MemorySource, at_once, small_network},
    };
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    const COIN: u64 = 1_000_000_000;

    fn address(name: u8) -> Address {
        MasterSecret::from_bytes([name; 32]).audit_key().address_key().address(AddressIndex(0))
    }

    /// A wallet with eight enotes that has sent nothing yet.
    struct Payer {
        wallet: Wallet<MemoryPersister>,
        rng: StdRng,
        now: u64,
    }

    impl Payer {
        fn new() -> Self {
            let network = small_network(&[(address(1), 5 * COIN); 8], |_| {});
            let mut chain = MemorySource::new(Arc::clone(&network), StdRng::seed_from_u64(1));
            chain.mine_many(5);
            let keys = MasterSecret::from_bytes([1; 32]).audit_key();
            let mut wallet =
                Wallet::open(network, keys, MemoryPersister::new(), ProofOfWork(Blake3)).expect("it opens");
            at_once(wallet.sync(&chain, chain.now(), |_| {})).expect("an honest source");
            Self { wallet, rng: StdRng::seed_from_u64(2), now: chain.now() }
        }

        fn signs(&mut self, to: u8, coins: u64, replaces: Option<[u8; 32]>) -> [u8; 32] {
            let mut request = SpendRequest::new([PayTo::native(address(to), coins * COIN)]);
            request.replaces = replaces;
            let proposal = self.wallet.propose(&request, self.now, false, &mut self.rng).expect("enough");
            let mut signer = MemorySigner::new(&MasterSecret::from_bytes([1; 32]), StdRng::seed_from_u64(3));
            *self.wallet.sign(proposal, &mut signer, &mut self.rng).expect("signed").txid()
        }

        fn asks(&self, to: u8, coins: u64, replaces: Option<[u8; 32]>) -> Option<[u8; 32]> {
            in_question(&self.wallet, &address(to), coins * COIN, replaces).map(|payment| payment.txid)
        }
    }

    #[test]
    fn the_same_is_not_paid_beside_an_open_payment_that_no_node_took() {
        let mut payer = Payer::new();
        assert_eq!(payer.asks(2, 1, None), None);
        let first = payer.signs(2, 1, None);
        assert_eq!(payer.asks(2, 1, None), Some(first));
        assert_eq!([payer.asks(2, 2, None), payer.asks(3, 1, None)], [None, None], "this is another payment");
        assert_eq!(payer.asks(2, 1, Some(first)), None, "this one takes its place");
        let open = payer.wallet.open_payments();
        let said = still_open(open[0], COIN).to_string();
        for part in [hex::encode(first), "a payment of 1 to".into(), format!("until block {}", open[0].expiry)] {
            assert!(said.contains(&part), "{said}");
        }
        assert!(said.contains("wallet resend") && said.contains("--replace") && said.contains("--again"), "{said}");
        payer.wallet.mark_accepted(&first).expect("rows");
        assert_eq!(payer.asks(2, 1, None), None, "whoever pays twice in a row means it");
    }

    #[test]
    fn a_payment_in_place_of_another_answers_for_it_if_it_pays_the_same() {
        let mut payer = Payer::new();
        let first = payer.signs(2, 1, None);
        let second = payer.signs(2, 1, Some(first));
        assert_eq!(payer.asks(2, 1, None), Some(second), "the newest one is named");
        payer.wallet.mark_accepted(&second).expect("rows");
        assert_eq!(payer.asks(2, 1, None), None);

        let mut payer = Payer::new();
        let first = payer.signs(2, 1, None);
        let other = payer.signs(3, 1, Some(first));
        payer.wallet.mark_accepted(&other).expect("rows");
        assert_eq!(payer.asks(2, 1, None), Some(first), "it may still be mined instead");
    }

    #[test]
    fn what_is_sent_again_is_named_or_the_only_one_in_question() {
        let mut payer = Payer::new();
        let chosen = |payer: &Payer, txid| match to_resend(&payer.wallet, txid) {
            Ok(payment) => Ok(payment.txid),
            Err(error) => Err(error.to_string()),
        };
        assert!(chosen(&payer, None).is_err_and(|error| error.contains("no payment is open")));
        let first = payer.signs(2, 1, None);
        let second = payer.signs(2, 1, Some(first));
        assert_eq!(chosen(&payer, None), Ok(second));
        assert_eq!(chosen(&payer, Some(first)), Ok(first));
        let third = payer.signs(3, 1, None);
        let both = chosen(&payer, None);
        assert!(both.is_err_and(|error| [second, third].iter().all(|txid| error.contains(&hex::encode(txid)))));
        // Two in place of one: the one that a node took.
        let fourth = payer.signs(2, 1, Some(first));
        assert!(chosen(&payer, None).is_err_and(|error| error.contains(&hex::encode(fourth))));
        payer.wallet.mark_accepted(&fourth).expect("rows");
        assert_eq!(chosen(&payer, None), Ok(third));
        payer.wallet.mark_accepted(&third).expect("rows");
        assert!(chosen(&payer, None).is_err(), "either");
        assert!(chosen(&payer, Some([7; 32])).is_err_and(|error| error.contains("is not open")));
    }

    fn refusal(peer: u8, reason: Reject) -> Refusal {
        let cause = ClientError::Rejected(Rejection { reason, detail: Text::front(String::new()) });
        Refusal { node: format!("127.0.0.1:1#{}", PeerId([peer; 32])), cause }
    }

    #[test]
    fn of_two_refusals_the_one_that_contradicts_counts() {
        let [served, has_tip, behind] = [1, 2, 3].map(|peer| PeerId([peer; 32]));
        let (against, other) = (|| refusal(2, Reject::BadProof), || refusal(3, Reject::State));
        for (first, second) in [(against(), Some(other())), (other(), Some(against())), (against(), None)] {
            let also = second.map(Box::new);
            let error = SourceError::Rejected { node: first.node, cause: first.cause, also };
            assert_eq!(contradiction(&error, Some(served), &[served, has_tip]), Some([served, has_tip]), "{error}");
            assert_eq!(contradiction(&error, Some(served), &[served, behind]), None, "{error}");
            assert_eq!(contradiction(&error, None, &[served, has_tip]), None, "{error}");
        }
    }
}

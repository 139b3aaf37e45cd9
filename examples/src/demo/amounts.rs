//! R03: balances and amounts are hidden, and yet correct.
//!
//! Bad inputs: an output of −1, outputs that exceed what goes in, proofs of other commitments, a proof that is cut off, a
//! scalar that is not canonical.

#![allow(non_snake_case)] // Symbols match the equations.

use std::ops::Range;

use dero_crypto::{
    asset::AssetId,
    commitment::Amount,
    enote::{Enote, Opening},
    group::{
        Element, Point, Scalar,
        generators::{A0, G, H},
    },
    keys::MasterSecret,
    membership::{AssetSet, SurjectionProof, SurjectionStatement, SurjectionWitness},
    range::{self, RangeProof},
    secret::Secret,
    sigma::{LinkProof, LinkStatement, LinkWitness},
};
use dero_ledger::transaction::{Body, BodyDigest};

use super::{
    Stage,
    forger::{FEE, Forger, Payment},
};
use crate::{
    Failure,
    local::{AMOUNT, Node, Plan, Wallet, advance},
};

pub(super) const ROW: &str = "R03";
pub(super) const SHOWS: &str = "nothing and the largest amount look the same, and no amount can be forged";

/// The largest amount, as a person writes it.
const MAX_COINS: &str = "18446744073.709551615";

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let forger_keys = MasterSecret::random(&mut rand::rng());
    let holdings = Forger::holdings(&forger_keys, 12);
    let plan = Plan {
        wallets: &[("poor", 2), ("rich", 1), ("b", 0)],
        grants: &[("rich", u64::MAX)],
        holdings: &holdings,
        ..Plan::default()
    };
    let (setup, [one, two]) = stage.network(&plan, ["node-1", "node-2"]).await?;
    let folder = stage.folder();
    let poor = Wallet::restore(&folder, "poor").await?;
    let rich = Wallet::restore(&folder, "rich").await?;
    let b = Wallet::restore(&folder, "b").await?;
    let forger = Forger::new(&setup.network, forger_keys)?;

    for (wallet, amount) in [(&poor, "0"), (&rich, MAX_COINS)] {
        wallet.run(&[&one], &["send", "--to", &setup.addresses[2], "--amount", amount]).await?;
        stage.report.say(format!("wallet {} pays {amount} coins to B", wallet.name));
    }
    advance(&one, &[&two], 11).await?;
    let received: Vec<_> = b.history(&[&two]).await?.iter().map(|line| line["amount"].to_string()).collect();
    let both = ["\"0\"".to_string(), format!("\"{}\"", u64::MAX)];
    stage.report.check(both.iter().all(|amount| received.contains(amount)), "B has received both")?;
    let total = b.balance(&[&two], "total").await?;
    stage.report.check(total == u128::from(u64::MAX), format!("B's balance is {total} atomic units, 2^64 − 1"))?;
    forger.follow(&two).await?;
    cannot_be_read(stage, &forger)?;

    by_hand(stage, &forger, &two).await?;
    wrong_proofs(stage, &forger, &two).await?;
    advance(&one, &[&two], 1).await?;
    let audit = two.call("audit_supply", serde_json::json!({})).await?;
    stage.report.check(audit["balanced"] == true, "from chain data alone: as much is there as was issued")?;
    for node in [two, one] {
        node.stop().await?;
    }
    Ok(())
}

/// What an outsider sees of both payments.
fn cannot_be_read(stage: &mut Stage, forger: &Forger) -> Result<(), Failure> {
    let found = forger.chain.transactions()?;
    let [(_, zero_bytes, zero), (_, most_bytes, most)] = found.as_slice() else {
        return Err("two payments in the chain".into());
    };
    let sections = |tx: &dero_ledger::transaction::Transaction| {
        [tx.out_proofs.len(), tx.auth.len(), tx.membership.len(), tx.memos.len(), tx.body.output_count()]
    };
    stage.report.check(
        zero_bytes.len() == most_bytes.len() && sections(zero) == sections(most) && zero.body.fee == most.body.fee,
        format!("both are {} bytes, with parts of the same lengths and the same fee", zero_bytes.len()),
    )?;
    let mut opened = 0;
    for output in [zero, most].iter().flat_map(|tx| &tx.body.bundles).flat_map(|bundle| &bundle.outputs) {
        let T = Point::decode(&output.enote.asset_tag, "T")?;
        let C = Point::decode(&output.enote.commitment, "C")?;
        for a in [0, 1, u64::MAX, AMOUNT, zero.body.fee].map(Scalar::from) {
            let bare = [T.element() * a, A0.element() * a, A0.element() * a + G.element()];
            opened += usize::from(bare.contains(C.element()));
        }
        opened += usize::from(T == AssetId::NATIVE.generator());
    }
    stage.report.check(opened == 0, "no commitment opens to a likely amount without its mask, no asset tag is bare")
}

/// A value of a payment that is proven by hand: any scalar as amount, and what the range proof says instead.
#[derive(Clone, Copy)]
struct Value {
    amount: Scalar,
    said: u64,
}

impl From<u64> for Value {
    fn from(amount: u64) -> Self {
        Self { amount: Scalar::from(amount), said: amount }
    }
}

/// Outputs with amounts that no builder takes: balance, link proofs and all else are right.
async fn by_hand(stage: &mut Stage, forger: &Forger, two: &Node) -> Result<(), Failure> {
    let minus_one = Value { amount: -Scalar::ONE, said: u64::MAX };
    let rest = AMOUNT - FEE;
    let honest = pay_by_hand(forger, 0, [5.into(), (rest - 5).into()])?;
    stage
        .report
        .taken(two, "a payment that is proven by hand, with amounts as they should be", &honest.bytes())
        .await?;
    let bytes = pay_by_hand(forger, 1, [minus_one, (rest + 1).into()])?.bytes();
    let what = "an output of −1, the group's order less one, and another of one more than there is";
    stage.report.refused(two, what, &bytes, "RangeProof").await?;

    // An input that is said to hold more: the mask keeps the blinding as it is, so that nothing else is wrong.
    let more = 1_000;
    let output = forger.output(&forger.context(&[2]), &forger.address(), AMOUNT - FEE + more);
    let mut draft = forger.draft_of(&[2], vec![output]);
    let input = &mut draft.bundles[0].inputs[0];
    let (b, x) = (input.opening.tag_blinding().clone(), *input.opening.mask().expose());
    let x = Secret::new(x - Scalar::from(more) * b.expose());
    input.opening = Opening::new(AssetId::NATIVE, Amount(AMOUNT + more), b, x);
    let nothing = forger.output(&forger.context(&[2]), &forger.address(), 0);
    draft.bundles[0].outputs.push(nothing);
    let bytes = forger.pay(draft)?.bytes();
    let what = format!("outputs that exceed the input by {more} atomic units");
    stage.report.refused(two, &what, &bytes, "Balance").await
}

/// A payment from coin `coin` to himself of two outputs that hold `values`.
fn pay_by_hand(forger: &Forger, coin: usize, values: [Value; 2]) -> Result<Payment, Failure> {
    let output = forger.output(&forger.context(&[coin]), &forger.address(), 0);
    let draft = forger.draft(&[coin], vec![output]);
    let bundle = draft.bundles[0].clone();
    let mut payment = forger.pay(draft)?;
    let body = &mut payment.transaction.body;

    let input = &bundle.inputs[0];
    let mut pi = input.opening.blinding().expose() + input.masks.commitment.expose();
    let mut held = Vec::new();
    for (output, value) in body.bundles[0].outputs.iter_mut().zip(values) {
        let made = |enote: &Enote| enote.one_time_key == output.enote.one_time_key;
        let made = bundle.outputs.iter().find(|output| made(&output.made.enote)).ok_or("an output of the draft")?;
        let (b, x) = (*made.made.opening.tag_blinding().expose(), *made.made.opening.mask().expose());
        let T = A0.element() + G.element() * b;
        let C = Point::encode(T * value.amount + G.element() * x, "C")?;
        output.enote.commitment = C.to_bytes();
        pi -= value.amount * b + x;
        held.push(Held { value, b, x, y: Scalar::random(&mut rand::rng()), T: Point::encode(T, "T")?, C });
    }
    body.balance = pi.to_bytes();
    payment.transaction.out_proofs =
        prove_by_hand(forger, &payment.transaction.body, input.image.asset_tag, &held)?;
    forger.sign_again(&mut payment)?;
    Ok(payment)
}

/// An output with all its secrets.
struct Held {
    value: Value,
    b: Scalar,
    x: Scalar,
    y: Scalar,
    T: Point,
    C: Point,
}

/// OutProofs of one bundle (protocol 10.1): E and link proof of each output, their surjections, the range proof.
fn prove_by_hand(forger: &Forger, body: &Body, image_tag: Point, held: &[Held]) -> Result<Vec<u8>, Failure> {
    let net = *forger.network().id();
    let body_digest = BodyDigest::of(body, &net).0;
    let omega = body.omega([image_tag], []);
    let native = omega.iter().position(|point| *point == AssetId::NATIVE.generator()).ok_or("A_0 is in Ω")?;
    let (mut links, mut surjections) = (Vec::new(), Vec::new());
    for (j, Held { value, b, x, y, T, C }) in (0..).zip(held) {
        let E: Element = H.element() * value.amount + G.element() * y;
        let statement = LinkStatement { net, body_digest, bundle: 0, j, T: *T, C: *C, E: Point::encode(E, "E")? };
        let witness = LinkWitness { a: Secret::new(value.amount), x: Secret::new(*x), y: Secret::new(*y) };
        links.extend(statement.E.to_bytes());
        links.extend(LinkProof::prove(&statement, &witness, &mut rand::rng())?.to_bytes());
        let statement =
            SurjectionStatement { net, body_digest, bundle: 0, j, assets: AssetSet::new(&omega)?, tag: *T };
        let witness = SurjectionWitness { place: Secret::new(native as u64), delta: Secret::new(*b) };
        surjections.extend(SurjectionProof::prove(&statement, &witness, &mut rand::rng())?.to_bytes());
    }
    let said: Vec<_> = held.iter().map(|held| range::Opening::new(Amount(held.value.said), held.y)).collect();
    let commitments = said.iter().map(range::Opening::commit).collect::<Result<Vec<_>, _>>()?;
    let commitments = range::Commitments::new(commitments)?;
    let statement = range::Statement { net, body_digest, bundle: 0, commitments };
    let proof = RangeProof::prove(&statement, &range::Witness::new(said), &mut rand::rng())?;
    Ok([links, surjections, proof.to_bytes()].concat())
}

/// Payments that are right but for a proof.
async fn wrong_proofs(stage: &mut Stage, forger: &Forger, two: &Node) -> Result<(), Failure> {
    let pay = |coin: usize| {
        let output = forger.output(&forger.context(&[coin]), &forger.address(), 5);
        forger.pay(forger.draft(&[coin], vec![output]))
    };
    let (honest, other) = (pay(3)?, pay(4)?);
    let (own, other) = (&honest.transaction.out_proofs, &other.transaction.out_proofs);
    let with_others = |place: Range<usize>| {
        let mut bytes = own.clone();
        bytes[place.clone()].copy_from_slice(&other[place]);
        bytes
    };
    // E and link proof of output 0 first, the range proof last.
    let (link, range) = (32..32 + LinkProof::LEN, own.len() - RangeProof::len(2)?..own.len());
    let cut_off = own[..own.len() - 32].to_vec();
    let mut above_order = own.clone();
    add_order(&mut above_order[own.len() - 32..]);
    let cases = [
        ("the range proof of another payment", "RangeProof", with_others(range)),
        ("the link proof of another commitment", "LinkProof", with_others(link.clone())),
        ("E and link proof of another commitment", "LinkProof", with_others(0..link.end)),
        ("a range proof that is cut off", "SectionLength", cut_off),
        ("a scalar of the range proof plus the group's order", "Encoding", above_order),
    ];
    for (what, rule, out_proofs) in cases {
        let mut payment = honest.clone();
        payment.transaction.out_proofs = out_proofs;
        forger.sign_again(&mut payment)?;
        stage.report.refused(two, what, &payment.bytes(), rule).await?;
    }
    stage.report.taken(two, "the payment of which these were made", &honest.bytes()).await
}

/// s + ℓ, little-endian: the same scalar for whoever reduces it.
fn add_order(s: &mut [u8]) {
    let minus_one = (-Scalar::ONE).to_bytes();
    let mut carry = 1;
    for (byte, order) in s.iter_mut().zip(minus_one) {
        carry += u16::from(*byte) + u16::from(order);
        *byte = carry as u8;
        carry >>= 8;
    }
}

//! R02: nobody can follow coins from the sender.
//!
//! Bad inputs: an enote spent again under another reference, other spellings of a tag, references that name no set, and
//! proofs over a set in which one member is not of the chain.

use std::sync::Arc;

use dero_crypto::{
    keys::MasterSecret,
    membership::{
        Image, Interval, Masks, MembershipProof, MembershipStatement, MembershipWitness, Reference, ReferenceSet,
    },
};
use rand::seq::SliceRandom as _;

use super::{
    Stage,
    forger::{Coin, Forger},
};
use crate::{
    Failure,
    local::{ChainCopy, Claim, Distances, Heuristic, Node, Plan, Spend, advance},
};

pub(super) const ROW: &str = "R02";
pub(super) const SHOWS: &str = "a spend could be that of any member of a shared set, and happens once";

/// Members of the networks' sets.
const SIZE: u64 = 128;
/// Complete groups of genesis; all of it are enotes of one owner, so that any place of any group can be spent.
const GROUPS: u64 = 8;
/// Genesis enotes: the groups and half of another one.
const GENESIS: usize = (GROUPS * SIZE + SIZE / 2) as usize;
/// The window of genesis. Its first half is the second half of the last group.
const WINDOW: Reference = Reference::Open { anchor: 0 };
/// Payments whose place is guessed, each of another enote.
const GUESSED: usize = 256;
/// Spends by one mask, which are not sent.
const CARELESS: usize = 64;

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let forger_keys = MasterSecret::random(&mut rand::rng());
    let holdings = Forger::holdings(&forger_keys, GENESIS);
    let plan = Plan { holdings: &holdings, ..Plan::default() };
    let (setup, [one, two]) = stage.network(&plan, ["node-1", "node-2"]).await?;
    let mut forger = Forger::new(&setup.network, forger_keys)?;
    forger.follow(&two).await?;

    // Payments from random places of one set, and a check of them by somebody who has the chain and nothing else.
    let mut coins: Vec<usize> = (0..(GROUPS * SIZE) as usize).collect();
    coins.shuffle(&mut stage.rng);
    let (paying, others) = coins.split_at(GUESSED);
    for some in paying.chunks(GUESSED / 8) {
        for coin in some {
            let claims = [forger.chain.claim_of(group_of(&forger.coins()[*coin]))?];
            let payment = forger.pay_with(forger.draft(&[*coin], vec![]), &claims)?;
            if let Err(refusal) = one.submit(&payment.bytes()).await? {
                return Err(format!("a payment from a random place of its group: {}", refusal.message).into());
            }
        }
        advance(&one, &[&two], 1).await?;
    }
    forger.follow(&two).await?;
    let spends = verified(&forger.chain)?;
    stage.report.check(
        spends.len() == GUESSED,
        format!(
            "{GUESSED} payments from random places of their groups are in blocks; from chain data alone, their \
             membership proofs over sets of {SIZE} hold, one tag each"
        ),
    )?;
    guess(stage, &forger, &spends, &others[..CARELESS])?;

    let in_both = others.iter().find(|coin| **coin as u64 >= GROUPS * SIZE - SIZE / 2);
    spend_twice(stage, &forger, [&one, &two], *in_both.ok_or("an unspent coin of both sets")?).await?;
    other_tags(stage, &forger, &two, coins[0]).await?;
    no_set(stage, &forger, &two).await?;
    let fake = forger.invent(1 << 60)?;
    foreign_member(stage, &forger, &two, fake, forger.chain.claim_of(WINDOW)?, "with a foreign enote in one place")
        .await?;
    for node in [two, one] {
        node.stop().await?;
    }
    young_list(stage).await
}

/// The group of a coin.
fn group_of(coin: &Coin) -> Reference {
    Reference::Closed { group: (coin.position / SIZE) as u32 }
}

/// The inputs of a chain, each membership proof checked as a stranger does.
fn verified(chain: &ChainCopy) -> Result<Vec<Spend>, Failure> {
    let (sets, net) = (chain.network.rules().sets, *chain.network.id());
    let mut spends = Vec::new();
    for (_, _, transaction) in chain.transactions()? {
        spends.extend(chain.spends(&transaction)?);
    }
    for Spend { image, proof, set, .. } in &spends {
        let statement = MembershipStatement::new(net, sets, Arc::clone(set), *image)?;
        proof.verify(&statement, &mut rand::rng())?;
    }
    Ok(spends)
}

/// A spend of a coin with one mask for all components, as far as it tells anything about its place, and the place.
fn careless(forger: &Forger, coin: usize) -> Result<(Spend, usize), Failure> {
    let coin = &forger.coins()[coin];
    let key = Masks::random(&mut rand::rng()).key;
    let masks = Masks { commitment: key.clone(), asset_tag: key.clone(), key };
    let Claim { set, parameters, .. } = forger.chain.claim_of(group_of(coin))?;
    let image = Image::of(&coin.member, &masks)?;
    let statement = MembershipStatement::new(*forger.network().id(), parameters, Arc::clone(&set), image)?;
    let place = coin.position - set.start();
    let witness = MembershipWitness::new(place, masks);
    let proof = MembershipProof::prove(&statement, &witness, &mut rand::rng())?;
    proof.verify(&statement, &mut rand::rng())?;
    Ok((Spend { tag: coin.tag, image, proof, set }, place as usize))
}

/// Lets an observer guess the places of many spends, and of a few by a careless hand.
fn guess(stage: &mut Stage, forger: &Forger, spends: &[Spend], coins: &[usize]) -> Result<(), Failure> {
    let rng = &mut stage.rng;
    let mut found = [(); Heuristic::ALL.len()].map(|()| Distances::default());
    for made in spends {
        let coin = forger.coins().iter().find(|coin| coin.tag == made.tag).ok_or("a coin of the forger")?;
        let place = (coin.position - made.set.start()) as usize;
        for (heuristic, distances) in Heuristic::ALL.iter().zip(&mut found) {
            distances.add(heuristic.guess(made, rng), place, SIZE as usize);
        }
    }
    let mut careless_ones = Distances::default();
    for coin in coins {
        let (made, place) = careless(forger, *coin)?;
        careless_ones.add(Heuristic::OneMask.guess(&made, rng), place, SIZE as usize);
    }
    let chance = GUESSED as f64 / SIZE as f64;
    stage.report.say(format!(
        "{GUESSED} spends from random places of sets of {SIZE}; chance is right {chance:.0} times, and exceeds a chi-square of \
         {} once in a million runs:",
        Distances::LIMIT
    ));
    for (heuristic, distances) in Heuristic::ALL.iter().zip(&found) {
        let (square, exact) = (distances.chi_square(), distances.exact);
        stage.report.say(format!("        {heuristic:<32} right {exact:>2} times, chi-square {square:5.1}"));
    }
    let worst = found.iter().map(Distances::chi_square).fold(0.0, f64::max);
    stage.report.check(
        worst < Distances::LIMIT && found.iter().all(|distances| distances.exact < 14),
        format!("the best of these guesses, with a chi-square of {worst:.1}, is no better than chance"),
    )?;
    stage.report.check(
        careless_ones.exact as usize == coins.len() && careless_ones.chi_square() > Distances::LIMIT,
        format!(
            "the same test finds each of {} careless spends with one mask for all components: it can tell",
            coins.len()
        ),
    )
}

/// One enote under two references: both sets hold it.
async fn spend_twice(
    stage: &mut Stage,
    forger: &Forger,
    [one, two]: [&Node; 2],
    coin: usize,
) -> Result<(), Failure> {
    let mut spends = Vec::new();
    for reference in [group_of(&forger.coins()[coin]), WINDOW] {
        let payment = forger.pay_with(forger.draft(&[coin], vec![]), &[forger.chain.claim_of(reference)?])?;
        spends.push(payment.bytes());
    }
    stage.report.taken(one, "an enote spent under the closed group", &spends[0]).await?;
    advance(one, &[two], 1).await?;
    let what = "the same enote spent again under the open window";
    stage.report.refused(two, what, &spends[1], "Spent").await
}

/// The eight points of small order of the curve beneath the group, as that curve spells them.
const SMALL_ORDER: [&str; 8] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

/// Tags of a spent enote that are not spelled as its tag, and tags of small order. A tag has no part of small order:
/// what would differ in one is the same element of the group, and an element has one spelling.
async fn other_tags(stage: &mut Stage, forger: &Forger, two: &Node, spent: usize) -> Result<(), Failure> {
    let tag = forger.coins()[spent].tag.to_bytes();
    let mut high = tag;
    high[31] |= 0x80;
    let mut cases = vec![
        ("the tag of a spent enote, spelled by the negative root".to_string(), negated(&tag)),
        ("the tag of a spent enote, with a bit above the field".into(), high),
        ("the identity as tag".into(), [0; 32]),
    ];
    for text in SMALL_ORDER {
        let bytes: [u8; 32] = hex::decode(text)?.try_into().map_err(|_| "32 bytes")?;
        cases.push((format!("small-order point {}… as tag", &text[..8]), bytes));
    }
    for (what, tag) in cases {
        let mut payment = forger.pay(forger.draft(&[spent], vec![]))?;
        payment.transaction.body.bundles[0].inputs[0].tag = tag;
        forger.sign_again(&mut payment)?;
        stage.report.refused(two, &what, &payment.bytes(), "Encoding").await?;
    }
    Ok(())
}

/// p − s for p = 2^255 − 19, little-endian.
fn negated(s: &[u8; 32]) -> [u8; 32] {
    let mut p = [0xff_u8; 32];
    (p[0], p[31]) = (0xed, 0x7f);
    let mut borrow = 0;
    std::array::from_fn(|place| {
        let difference = i16::from(p[place]) - i16::from(s[place]) - borrow;
        borrow = i16::from(difference < 0);
        difference.rem_euclid(256) as u8
    })
}

/// References that name no set now, over whose members all the same a true proof is made.
async fn no_set(stage: &mut Stage, forger: &Forger, two: &Node) -> Result<(), Failure> {
    let length = forger.chain.list_length(forger.chain.height())?;
    let rest = Interval { start: GROUPS * SIZE, length: length - GROUPS * SIZE };
    let incomplete = forger.chain.claim_over(Reference::Closed { group: GROUPS as u32 }, rest)?;
    let future = Claim { reference: Reference::Open { anchor: 1_000 }, ..forger.chain.claim_of(WINDOW)? };
    for (what, claim) in [("a group that is not complete", incomplete), ("an anchor of the future", future)] {
        let payment = forger.pay_with(forger.draft(&[GENESIS - 1], vec![]), &[claim])?;
        stage.report.refused(two, &format!("a proof over {what}"), &payment.bytes(), "Reference").await?;
    }
    Ok(())
}

/// Spends an enote that was never made, over a set in which it stands beside or in place of the last member.
async fn foreign_member(
    stage: &mut Stage,
    forger: &Forger,
    two: &Node,
    fake: usize,
    claim: Claim,
    how: &str,
) -> Result<(), Failure> {
    let mut members = claim.set.members().to_vec();
    if members.len() as u64 == SIZE {
        members.pop();
    }
    members.push(Arc::new(forger.coins()[fake].member));
    let Claim { set, .. } = &claim;
    let set = ReferenceSet::new(set.kind(), set.start(), *set.acc_start(), *set.acc_end(), members)?;
    let claim = Claim { set: Arc::new(set), ..claim };
    let payment = forger.pay_with(forger.draft(&[fake], vec![]), &[claim])?;
    let what = format!("a proof over the true set, {how}, which is spent");
    stage.report.refused(two, &what, &payment.bytes(), "MembershipProof").await
}

/// A list that is too short at first, and then shorter than a set.
async fn young_list(stage: &mut Stage) -> Result<(), Failure> {
    let forger_keys = MasterSecret::random(&mut rand::rng());
    let holdings = Forger::holdings(&forger_keys, 20);
    let rows = [("min_set", 24), ("maturity", 10), ("coinbase_maturity", 10)];
    let plan = Plan { holdings: &holdings, genesis: 20, rows: &rows, ..Plan::default() };
    let (setup, [one, two]) = stage.network(&plan, ["young-1", "young-2"]).await?;
    let mut forger = Forger::new(&setup.network, forger_keys)?;
    forger.follow(&two).await?;
    let claim = forger.chain.claim_over(WINDOW, Interval { start: 0, length: 20 })?;
    let payment = forger.pay_with(forger.draft(&[7], vec![]), &[claim])?;
    let what = "on a network that asks for 24 members, a proof over a list of 20";
    stage.report.refused(&two, what, &payment.bytes(), "Reference").await?;

    advance(&one, &[&two], 15).await?;
    forger.follow(&two).await?;
    let claim = forger.chain.claim(forger.coins()[7].position)?;
    let members = claim.set.members().len();
    let fake = forger.invent(1 << 60)?;
    foreign_member(stage, &forger, &two, fake, claim, "padded with a foreign enote instead of its last member")
        .await?;
    let payment = forger.pay(forger.draft(&[7], vec![]))?;
    let what = format!("over the list as it is now, {members} members, the payment of before");
    stage.report.taken(&two, &what, &payment.bytes()).await?;
    for node in [two, one] {
        node.stop().await?;
    }
    Ok(())
}

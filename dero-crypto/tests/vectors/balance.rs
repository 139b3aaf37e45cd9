//! `balance.json`: the balance equation.

use dero_crypto::{
    asset::AssetId,
    balance::{Balance, Term},
    commitment::Amount,
    group::{Point, Scalar, decode_scalar, generators::G},
};

use crate::read::{Case, Outcome, class};

pub fn check(case: &Case<'_>) -> Outcome {
    for term in case.list("terms").iter().filter(|term| term.has("mask")) {
        let asset = AssetId(term.fixed("alpha")).generator();
        let opened = asset.element() * Scalar::from(term.number("amount")) + G.element() * term.scalar("mask");
        assert_eq!(Point::encode(opened, "C").expect("a commitment"), term.point("point"), "opening of a term");
    }
    item(case)?.verify(&mut rand::rng()).map_err(|_| "unbalanced")
}

/// The statement of a case, or of an item of `batch.json`.
pub fn item(case: &Case<'_>) -> Result<Balance, &'static str> {
    let terms = case.list("terms").iter().map(term).collect::<Result<_, _>>()?;
    Ok(Balance {
        terms,
        fee: Amount(case.number("fee")),
        pi: decode_scalar(&case.fixed("pi"), "pi").map_err(class)?,
    })
}

fn term(case: &Case<'_>) -> Result<Term, &'static str> {
    let point = || Point::decode(&case.fixed("point"), "C").map_err(class);
    let public =
        |term: fn(AssetId, Amount) -> Term| term(AssetId(case.fixed("alpha")), Amount(case.number("amount")));
    Ok(match case.text("role") {
        "private-input" => Term::PrivateInput(point()?),
        "vault-input" => Term::VaultInput(point()?),
        "mint-hidden" => Term::HiddenMint(point()?),
        "output" => Term::Output(point()?),
        "burn-hidden" => Term::HiddenBurn(point()?),
        "mint-public" => public(Term::PublicMint),
        "move-in" => public(Term::MoveIn),
        "burn-public" => public(Term::PublicBurn),
        "move-out" => public(Term::MoveOut),
        other => panic!("role {other}"),
    })
}

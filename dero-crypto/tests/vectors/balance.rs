//! `balance.json`: the balance equation.

use dero_crypto::{
    balance::{Balance, Term},
    group::{Point, decode_scalar, domain, generators::G},
};

use crate::read::{Case, Outcome, class};

pub fn check(case: &Case<'_>) -> Outcome {
    for term in case.list("terms").iter().filter(|term| term.has("mask")) {
        let asset = domain::ASSET.hash(&[&term.fixed::<32>("alpha")]);
        let opened =
            asset * dero_crypto::group::Scalar::from(term.number("amount")) + G.element() * term.scalar("mask");
        assert_eq!(Point::encode(opened, "C").expect("a commitment"), term.point("point"), "opening of a term");
    }
    item(case)?.verify(&mut rand::rng()).map_err(|_| "unbalanced")
}

/// The statement of a case, or of an item of `batch.json`.
pub fn item(case: &Case<'_>) -> Result<Balance, &'static str> {
    let terms = case.list("terms").iter().map(term).collect::<Result<_, _>>()?;
    Ok(Balance { terms, fee: case.number("fee"), pi: decode_scalar(&case.fixed("pi"), "pi").map_err(class)? })
}

fn term(case: &Case<'_>) -> Result<Term, &'static str> {
    let point = || Point::decode(&case.fixed("point"), "C").map_err(class);
    let public = || (case.fixed("alpha"), case.number("amount"));
    Ok(match case.text("role") {
        "private-input" => Term::PrivateInput(point()?),
        "vault-input" => Term::VaultInput(point()?),
        "mint-hidden" => Term::HiddenMint(point()?),
        "output" => Term::Output(point()?),
        "burn-hidden" => Term::HiddenBurn(point()?),
        "mint-public" => Term::PublicMint(public().0, public().1),
        "move-in" => Term::MoveIn(public().0, public().1),
        "burn-public" => Term::PublicBurn(public().0, public().1),
        "move-out" => Term::MoveOut(public().0, public().1),
        other => panic!("role {other}"),
    })
}

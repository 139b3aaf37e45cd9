//! The balance equation (protocol 8.1; attacks 35, 39, 43, 50, A.9).

use dero_crypto::{
    ProofError,
    asset::AssetId,
    balance::{Balance, Term},
    commitment::Amount,
    group::{Scalar, generators::G},
};
use rand::rngs::StdRng;

use crate::common::{point, rng, scalar};

const NATIVE: AssetId = AssetId::NATIVE;
const GOLD: AssetId = AssetId([1; 32]);
const SILVER: AssetId = AssetId([2; 32]);

/// Builds a balance from openings; π fits whatever the amounts are.
#[derive(Default)]
struct Ledger {
    terms: Vec<Term>,
    pi: Scalar,
}

impl Ledger {
    fn input(mut self, asset: AssetId, amount: u64, rng: &mut StdRng) -> Self {
        let mask = scalar(rng);
        self.pi += mask;
        let C = asset.generator().element() * Scalar::from(amount) + G.element() * mask;
        self.terms.push(Term::PrivateInput(point(C)));
        self
    }

    fn output(mut self, asset: AssetId, amount: u64, rng: &mut StdRng) -> Self {
        let mask = scalar(rng);
        self.pi -= mask;
        let C = asset.generator().element() * Scalar::from(amount) + G.element() * mask;
        self.terms.push(Term::Output(point(C)));
        self
    }

    fn term(mut self, term: Term) -> Self {
        self.terms.push(term);
        self
    }

    fn verify(self, fee: u64) -> Result<(), ProofError> {
        Balance { terms: self.terms, fee: Amount(fee), pi: self.pi }.verify(&mut rand::rng())
    }
}

#[test]
fn a_fee_off_by_one_is_refused() {
    for (fee, verdict) in [(10, Ok(())), (9, Err(ProofError::Equation)), (11, Err(ProofError::Equation))] {
        let rng = &mut rng();
        let ledger = Ledger::default().input(NATIVE, 100, rng).output(NATIVE, 60, rng).output(NATIVE, 30, rng);
        assert_eq!(ledger.verify(fee), verdict, "fee {fee}");
    }
}

#[test]
fn one_of_each_asset_does_not_pay_for_two_of_one() {
    let rng = &mut rng();
    let both = |rng: &mut StdRng| Ledger::default().input(GOLD, 1, rng).input(SILVER, 1, rng);
    assert_eq!(both(rng).output(GOLD, 1, rng).output(SILVER, 1, rng).verify(0), Ok(()));
    assert!(both(rng).output(GOLD, 2, rng).verify(0).is_err());
    assert!(both(rng).output(GOLD, 1, rng).output(GOLD, 1, rng).verify(0).is_err());
    assert!(Ledger::default().input(GOLD, 1, rng).output(SILVER, 1, rng).verify(0).is_err());
    assert!(Ledger::default().input(GOLD, 10, rng).verify(10).is_err(), "the fee is native");
}

#[test]
fn assets_of_related_descriptors_are_unrelated() {
    let rng = &mut rng();
    let mut id = GOLD.0;
    for byte in 0..32 {
        id[byte] ^= 1;
        assert!(Ledger::default().input(GOLD, 7, rng).output(AssetId(id), 7, rng).verify(0).is_err());
        id[byte] ^= 1;
    }
}

/// (2^64 − 1) + (2^64 − 1) = 2^64 − 2 in wrapping 64-bit arithmetic.
#[test]
fn amounts_do_not_wrap() {
    let rng = &mut rng();
    let (max, small) = (u64::MAX, u64::MAX.wrapping_add(u64::MAX));
    assert_eq!(small, max - 1);
    let hidden = Ledger::default().input(NATIVE, small, rng).output(NATIVE, max, rng).output(NATIVE, max, rng);
    assert!(hidden.verify(0).is_err(), "hidden outputs");
    let out = Term::MoveOut(NATIVE, Amount(max));
    assert!(Ledger::default().input(NATIVE, small, rng).term(out).verify(max).is_err(), "a move and the fee");
    let mint = Term::PublicMint(GOLD, Amount(max));
    let minted = Ledger::default().term(mint).term(mint).output(GOLD, small, rng);
    assert!(minted.verify(0).is_err(), "two mints");
    let minted = Ledger::default().term(mint).term(mint).output(GOLD, max, rng).output(GOLD, max, rng);
    assert_eq!(minted.verify(0), Ok(()), "sums beyond 64 bits are exact");
}

#[test]
fn every_kind_of_term_has_its_sign() {
    let rng = &mut rng();
    let hidden = point(GOLD.generator().element() * Scalar::from(5u64) + G.element() * Scalar::ONE);
    let five = Amount(5);
    let plus = [
        Term::PrivateInput(hidden),
        Term::VaultInput(hidden),
        Term::HiddenMint(hidden),
        Term::PublicMint(GOLD, five),
        Term::MoveIn(GOLD, five),
    ];
    let minus =
        [Term::Output(hidden), Term::HiddenBurn(hidden), Term::PublicBurn(GOLD, five), Term::MoveOut(GOLD, five)];
    let mask = |term: &Term| match term {
        Term::PublicMint(..) | Term::MoveIn(..) | Term::PublicBurn(..) | Term::MoveOut(..) => Scalar::ZERO,
        _ => Scalar::ONE,
    };
    let balance = |terms: Vec<Term>, pi| Balance { terms, fee: Amount::ZERO, pi };
    for gain in plus {
        for loss in minus {
            let pi = mask(&gain) - mask(&loss);
            assert_eq!(balance(vec![gain, loss], pi).verify(rng), Ok(()), "{gain:?} {loss:?}");
            assert!(balance(vec![gain, gain], pi).verify(rng).is_err(), "{gain:?} twice");
            assert!(balance(vec![loss, loss], pi).verify(rng).is_err(), "{loss:?} twice");
            assert!(balance(vec![gain], mask(&gain)).verify(rng).is_err(), "{gain:?} alone");
            assert!(balance(vec![loss], -mask(&loss)).verify(rng).is_err(), "{loss:?} alone");
        }
    }
}

#[test]
fn nothing_at_all_balances_and_a_zero_pi_passes() {
    let empty = Balance { terms: Vec::new(), fee: Amount::ZERO, pi: Scalar::ZERO };
    assert_eq!(empty.verify(&mut rng()), Ok(()));
    assert!(Balance { fee: Amount(1), ..empty.clone() }.verify(&mut rng()).is_err());
    assert!(Balance { pi: Scalar::ONE, ..empty }.verify(&mut rng()).is_err());
}

/// A.9: the equation sees only sums; that a digest does not is the ledger's part.
#[test]
fn a_fee_and_a_move_of_equal_sum_balance_alike() {
    let rng = &mut rng();
    let paid = Ledger::default().input(NATIVE, 100, rng);
    let (terms, pi) = (paid.terms, paid.pi);
    for (fee, moved) in [(40, 60), (60, 40)] {
        let terms = [terms.clone(), vec![Term::MoveOut(NATIVE, Amount(moved))]].concat();
        assert_eq!(Balance { terms, fee: Amount(fee), pi }.verify(rng), Ok(()));
    }
}

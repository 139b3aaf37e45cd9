//! Steps 6 to 9 of many transactions at once.

use alloc::{collections::BTreeMap, vec::Vec};
use core::fmt;

use dero_crypto::{BatchError, batch::Batch};
use rand_core::CryptoRng;

use super::{CheckedTransaction, RuleParameters, Statement, TxError, VerifiedTransaction, proofs::Queue};

/// Checked transactions that wait for one common multi-scalar multiplication.
///
/// A pool gathers what arrives within half a second, a block brings all of its transactions.
pub struct Verification {
    parameters: RuleParameters,
    batch: Batch,
    transactions: Vec<CheckedTransaction>,
    /// Which statement of which transaction stands at a position of the batch.
    statements: BTreeMap<usize, (usize, Statement)>,
    equations: usize,
}

impl fmt::Debug for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verification")
            .field("transactions", &self.transactions.len())
            .field("equations", &self.equations)
            .finish_non_exhaustive()
    }
}

impl Verification {
    /// Waits for transactions of the network with `parameters`.
    #[must_use]
    pub fn new(parameters: &RuleParameters) -> Self {
        Self {
            parameters: *parameters,
            batch: Batch::new(),
            transactions: Vec::new(),
            statements: BTreeMap::new(),
            equations: 0,
        }
    }

    /// Derives the challenges of a transaction and adds its equations; returns its place.
    ///
    /// # Errors
    ///
    /// [`TxError::Proof`] if a challenge is zero; nothing is added then.
    pub fn push(&mut self, transaction: CheckedTransaction) -> Result<usize, TxError> {
        let place = self.transactions.len();
        // A batch of its own first: a transaction is in the common one with all of its equations or with none.
        let mut batch = Batch::new();
        let queue = Queue {
            tx: transaction.effects.tx(),
            resolved: transaction.effects.resolved(),
            decoded: &transaction.decoded,
            parameters: &self.parameters,
        };
        let positions = queue.enqueue(&mut batch)?;
        self.equations += queue.equation_count();
        let first = self.batch.append(batch);
        self.statements.extend(positions.into_iter().map(|(at, statement)| (first + at, (place, statement))));
        self.transactions.push(transaction);
        Ok(place)
    }

    /// How many equations the transactions have, as their Bodies say.
    #[must_use]
    pub fn equations(&self) -> usize {
        self.equations
    }

    /// How many transactions wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.transactions.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.transactions.is_empty()
    }

    /// Checks all equations; gives each transaction's verdict in the order of [`push`](Self::push).
    ///
    /// A refused transaction names its first statement, in the order of 10.4, that does not hold.
    pub fn verify(self, rng: &mut (impl CryptoRng + ?Sized)) -> Vec<Result<VerifiedTransaction, TxError>> {
        self.verify_by(|batch| batch.verify(rng))
    }

    /// The same, one statement after the other, up to the first that does not hold: cheaper for what is probably
    /// bad. If one transaction is refused, the others have no verdict.
    #[cfg(feature = "testing")]
    pub fn verify_in_order(self, rng: &mut (impl CryptoRng + ?Sized)) -> Vec<Result<VerifiedTransaction, TxError>> {
        let mut verdicts = self.verify_by(|batch| batch.verify_in_order(rng));
        if verdicts.iter().any(Result::is_err) {
            verdicts
                .iter_mut()
                .filter(|verdict| verdict.is_ok())
                .for_each(|other| *other = Err(TxError::NoVerdict));
        }
        verdicts
    }

    fn verify_by(
        self,
        check: impl FnOnce(&Batch) -> Result<(), BatchError>,
    ) -> Vec<Result<VerifiedTransaction, TxError>> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut verdicts = alloc::vec![Ok(()); self.transactions.len()];
        let found = self.batch.equations();
        if found != self.equations {
            verdicts.fill(Err(TxError::EquationCount { expected: self.equations, found }));
        } else if let Err(error) = check(&self.batch) {
            match error {
                BatchError::Failed { culprits } if !culprits.is_empty() => {
                    for position in culprits.iter().rev() {
                        let (place, statement) = self.statements[position];
                        verdicts[place] = Err(TxError::Proof(statement));
                    }
                }
                // Not an accept, whatever it is.
                _ => verdicts.fill(Err(TxError::NoVerdict)),
            }
        }
        let verdicts = self.transactions.into_iter().zip(verdicts);
        verdicts.map(|(tx, verdict)| verdict.map(|()| VerifiedTransaction { effects: tx.effects })).collect()
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use alloc::{sync::Arc, vec};

    use dero_crypto::{asset::AssetId, enote::MemoClass};

    use super::*;
    use crate::{rules::UnverifiedTransaction, testing::Treasury, transaction::builder::TransactionDraft};

    fn checked() -> (RuleParameters, CheckedTransaction) {
        let rng = &mut rand::rng();
        let treasury = Treasury::new(&[(AssetId::NATIVE, 9); 4], rng);
        let bundle = treasury.bundle(&[0], &[(AssetId::NATIVE, 5), (AssetId::NATIVE, 4)], rng);
        let draft =
            TransactionDraft { bundles: vec![bundle], memo_class: MemoClass::None, ..TransactionDraft::default() };
        let tx = treasury.finish(draft, rng).expect("a payment");
        let parameters = treasury.parameters;
        let tx = UnverifiedTransaction::parse(&tx.encode(&parameters.net), &parameters).expect("step 1");
        (parameters, Arc::new(tx).check(&parameters, &treasury.state()).expect("steps 2 to 5"))
    }

    #[test]
    fn a_batch_that_lacks_an_equation_accepts_nothing() {
        let (parameters, checked) = checked();
        let mut verification = Verification::new(&parameters);
        verification.push(checked.clone()).expect("no challenge is zero");
        let expected = verification.equations;
        verification.batch = Batch::new();
        let verdicts = verification.verify(&mut rand::rng());
        assert!(
            matches!(&verdicts[..], [Err(TxError::EquationCount { expected: found, found: 0 })] if *found == expected)
        );

        let mut verification = Verification::new(&parameters);
        verification.push(checked).expect("no challenge is zero");
        verification.equations += 1;
        assert!(verification.verify(&mut rand::rng()).iter().all(Result::is_err));
    }

    #[test]
    fn a_transaction_with_fewer_proofs_than_its_body_asks_for_is_not_pushed() {
        let (parameters, mut checked) = checked();
        checked.decoded.memberships.clear();
        let mut verification = Verification::new(&parameters);
        assert!(matches!(verification.push(checked), Err(TxError::EquationCount { .. })));
        assert!(verification.is_empty() && verification.batch.is_empty());
    }
}

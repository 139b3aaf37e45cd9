//! A payment, built and proven, but for what only the spend key can add; and then signed.

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::vec::Vec;

use dero_crypto::{
    ProofError,
    asset::AssetId,
    commitment::Amount,
    enote::{Draft, EnoteSeed, InputContext, MemoClass, MemoEntries, MemoError, SelfSend, SelfTag, seal_memo},
    keys::AddressIndex,
    membership::{Image, Masks, Reference},
};
use dero_ledger::{
    consensus::Consensus,
    transaction::{
        TxId,
        builder::{BuildError, BundleDraft, InputDraft, OutputDraft, TransactionDraft, UnsignedTransaction},
    },
};
use rand_core::CryptoRng;

use super::{
    PayTo, SpendRequest, Warning,
    select::{Candidate, choose},
    shape,
};
use crate::{
    chain::ChainError,
    store::Persister,
    wallet::{InPlace, Payment, Wallet},
};

/// A tip older than this is not built on (law 7.5, rule 1).
const STALE_TIP_S: u64 = 300;
/// Why a payment is not made. The wallet is as before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpendError<E> {
    /// No payment at all, or more than a transaction holds.
    #[error("{found} payments; a transaction has 1 to 14")]
    Payments {
        /// How many were asked for.
        found: usize,
    },
    /// An asset that this wallet cannot pay in.
    #[error("this wallet pays in the native asset only")]
    Asset,
    /// The memo of a payment does not fit.
    #[error(transparent)]
    Memo(#[from] MemoError),
    /// There is not enough to spend.
    #[error(
        "{needed} atomic units are needed with the fee, {spendable} can be spent now; {reserved} more are reserved by \
         payments that are open, and {waiting} more have yet to be received or to enter a reference set"
    )]
    Funds {
        /// Payments and the fee of an ordinary transaction.
        needed: u128,
        /// What could be spent.
        spendable: u128,
        /// What open payments spend: free when they expire.
        reserved: u128,
        /// What is recognised and not received yet, or received and in no reference set yet.
        waiting: u128,
    },
    /// There is no such payment to replace.
    #[error("no open payment has the id {txid}: it is mined, expired, or was never made by this wallet")]
    NotOpen {
        /// The id.
        txid: TxId,
    },
    /// What a payment in place of another one must spend cannot be spent.
    #[error(
        "payment {txid} cannot be replaced now: nothing that it spends, as do all that were made in its place, can be \
         spent from this account"
    )]
    NotReplaceable {
        /// The payment.
        txid: TxId,
    },
    /// The wallet has not caught up with the chain.
    #[error("the newest block known is {age} s old: synchronise first, or say that this is meant")]
    StaleTip {
        /// Seconds between the tip's time and the clock.
        age: u64,
    },
    /// The newest window of the reference list filled too fast: somebody may have filled it with enotes that he
    /// knows.
    #[error("somebody may be filling the newest reference window: wait until block {until}")]
    FastWindow {
        /// The height from which on the payment is built whatever the window looks like.
        until: u64,
    },
    /// The spent enotes need proofs that cannot be made.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A proof could not be made.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The wallet's rows or its chain failed.
    #[error(transparent)]
    Chain(#[from] ChainError<E>),
    /// The signer refused.
    #[error("the signer refused: {0}")]
    Signer(alloc::boxed::Box<dyn core::error::Error + Send + Sync>),
    /// The wallet changed under the proposal: an enote is spent or chosen by another payment, or its reference
    /// resolves no more.
    #[error("the wallet changed since the payment was proposed: propose it again")]
    Outdated,
}

impl<E> From<dero_crypto::DecodeError> for SpendError<E> {
    fn from(error: dero_crypto::DecodeError) -> Self {
        Self::Proof(error.into())
    }
}

/// A payment that waits for its signature.
#[derive(Debug)]
pub struct Proposal {
    pub(super) unsigned: UnsignedTransaction,
    /// In Body order.
    pub(super) inputs: Vec<PlacedInput>,
    pub(super) expiry: u64,
    /// What stands beside each payment, by its one-time key.
    pub(super) memos: Vec<([u8; 32], MemoEntries)>,
    pub(super) payments: Vec<Payment>,
    pub(super) replaces: Option<[u8; 32]>,
    fee: u64,
    change: u64,
    crowd: u64,
    warnings: Vec<Warning>,
}

/// An own enote under the reference that it will be spent under.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlacedInput {
    /// Its one-time key.
    pub(super) name: [u8; 32],
    pub(super) reference: Reference,
}

impl Proposal {
    /// The fee in atomic units.
    #[must_use]
    pub fn fee(&self) -> u64 {
        self.fee
    }

    /// What comes back to the wallet.
    #[must_use]
    pub fn change(&self) -> u64 {
        self.change
    }

    /// The last height at which it can stand in a block.
    #[must_use]
    pub fn expiry(&self) -> u64 {
        self.expiry
    }

    /// How many enotes it spends.
    #[must_use]
    pub fn input_count(&self) -> usize {
        self.inputs.len()
    }

    /// Among how many ordinary enotes each input hides at least: members of its reference set that are neither
    /// coinbase nor genesis nor stubs.
    #[must_use]
    pub fn crowd(&self) -> u64 {
        self.crowd
    }

    /// What a person should know before signing.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// Builds a payment and every proof that needs no spend key. `now` is the clock in seconds since 1970; a tip
    /// more than five minutes away from it is refused unless `any_tip` is set.
    ///
    /// Nothing of the wallet changes: enotes are reserved and references stored when the payment is
    /// [signed](Self::sign).
    ///
    /// # Errors
    ///
    /// [`SpendError`].
    pub fn propose(
        &mut self,
        request: &SpendRequest,
        now: u64,
        any_tip: bool,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Proposal, SpendError<P::Error>> {
        self.settle()?;
        let age = now.abs_diff(self.tip_time());
        if age > STALE_TIP_S && !any_tip {
            return Err(SpendError::StaleTip { age });
        }
        if request.payments.iter().any(|payment| payment.asset != AssetId::NATIVE) {
            return Err(SpendError::Asset);
        }
        let found = request.payments.len();
        let outputs = shape::outputs(found).ok_or(SpendError::Payments { found })?;
        let memo = memo_class(request)?;
        let sets = self.chain().parameters();
        let rate = self.network().rows().fee_rate;
        let fee = |inputs: usize| {
            let minimum = shape::minimum_fee(inputs, outputs, memo, sets, rate).map_or(u128::MAX >> 8, u128::from);
            minimum * u128::from(request.fee.factor())
        };
        let paid: u128 = request.payments.iter().map(|payment| u128::from(payment.amount.0)).sum();

        let in_place = match request.replaces {
            Some(txid) => self.in_place_of(&txid).ok_or(SpendError::NotOpen { txid: TxId(txid) })?,
            None => InPlace::default(),
        };
        let candidates = self.candidates(request.account, fee(2).saturating_sub(fee(1)), &in_place)?;
        if let Some(txid) = request.replaces
            && !candidates.iter().any(|own| in_place.must.contains(&own.name))
        {
            return Err(SpendError::NotReplaceable { txid: TxId(txid) });
        }
        // What was seen together once tells nothing new.
        let seen: Vec<Candidate> =
            candidates.iter().filter(|own| in_place.may.contains(&own.name)).copied().collect();
        let chosen = choose(&seen, &in_place.must, paid, fee, rng)
            .or_else(|| choose(&candidates, &in_place.must, paid, fee, rng))
            .ok_or_else(|| self.lacking(request.account, paid + fee(2), &seen))?;
        let fee = fee(chosen.len());
        let spent: u128 = chosen.iter().map(|own| u128::from(own.amount)).sum();
        let narrow = |amount: u128| u64::try_from(amount).map_err(|_| SpendError::Build(BuildError::Unbalanced));
        let (fee, change) = (narrow(fee)?, narrow(spent - paid - fee)?);

        let (warnings, crowd) = self.warnings(&chosen)?;
        let expiry = shape::expiry(self.tip().height);
        let names: Vec<[u8; 32]> = chosen.iter().map(|own| own.name).collect();
        let draft = self.draft(request, &names, outputs, memo, change, fee, expiry, rng)?;
        let written = draft.bundles[0].outputs.iter().zip(&request.payments);
        let (memos, payments) = written.map(written_down).unzip();
        let unsigned = draft.prove(self.network().id(), rng)?;
        let mut inputs = Vec::new();
        for statement in unsigned.spends() {
            let name = self.name_by_tag(&statement.tag.to_bytes()).ok_or(SpendError::Outdated)?;
            let own = chosen.iter().find(|own| own.name == name).ok_or(SpendError::Outdated)?;
            inputs.push(PlacedInput { name, reference: own.reference });
        }
        let replaces = request.replaces;
        Ok(Proposal { unsigned, inputs, expiry, memos, payments, replaces, fee, change, crowd, warnings })
    }

    /// What is missing; `seen` could be spent although it is reserved.
    fn lacking(&self, account: Option<u32>, needed: u128, seen: &[Candidate]) -> SpendError<P::Error> {
        let mut balances = account.map_or_else(|| self.balances(), |account| self.balances_of(account));
        let balance = balances.remove(&AssetId::NATIVE).unwrap_or_default();
        let seen: u128 = seen.iter().map(|own| u128::from(own.amount)).sum();
        SpendError::Funds {
            needed,
            spendable: balance.spendable + seen,
            reserved: balance.reserved.saturating_sub(seen),
            waiting: balance.pending + balance.waiting,
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one draft, each decided by the caller")]
    fn draft(
        &self,
        request: &SpendRequest,
        names: &[[u8; 32]],
        outputs: usize,
        memo: MemoClass,
        change: u64,
        fee: u64,
        expiry: u64,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<TransactionDraft, SpendError<P::Error>> {
        let mut inputs = Vec::new();
        for name in names {
            let own = self.enote(name).ok_or(SpendError::Outdated)?;
            let masks = Masks::random(rng);
            let image = Image::of(&own.record.decode()?.member(), &masks)?;
            let opening = own.recognised.opening().clone();
            inputs.push(InputDraft { tag: *own.view.tag(), opening, image, masks });
        }
        let mut tx_nonce = [0; 16];
        rng.fill_bytes(&mut tx_nonce);
        let bundle = BundleDraft { tx_nonce, inputs, ..BundleDraft::default() };
        let mut draft = TransactionDraft {
            expiry,
            fee,
            bundles: Vec::from([bundle]),
            memo_class: memo,
            ..TransactionDraft::default()
        };
        let anchor = draft.smallest_anchor(0).ok_or(SpendError::Outdated)?;
        let context = InputContext::bundle(self.network().id(), &anchor);
        let made = self.outputs(request, &context, &tx_nonce, outputs, memo, change)?;
        draft.bundles[0].outputs = made;
        Ok(draft)
    }

    /// The payments, then change, then zero self-sends up to `count`; each with its construction index.
    fn outputs(
        &self,
        request: &SpendRequest,
        context: &InputContext,
        tx_nonce: &[u8; 16],
        count: usize,
        memo: MemoClass,
        change: u64,
    ) -> Result<Vec<OutputDraft>, SpendError<P::Error>> {
        let (keys, net) = (self.audit_key(), self.network().id());
        let mut outputs = Vec::new();
        let payments = request.payments.iter().map(|payment| (Some(payment), payment.amount));
        let own = core::iter::once(change).chain(core::iter::repeat(0)).map(|amount| (None, Amount(amount)));
        // Of the self-sends the first one is found by s_fs, every other one is a decoy.
        let mut tag = SelfTag::Find;
        for (k, (payment, amount)) in (0u32..).zip(payments.chain(own)).take(count) {
            let seed = EnoteSeed::outgoing(keys.outgoing_secret(), context, tx_nonce, k);
            let draft = Draft { context, seed: &seed, amount, asset: AssetId::NATIVE };
            let mut self_send =
                |index, kind| draft.self_send(keys, index, kind, core::mem::replace(&mut tag, SelfTag::Decoy));
            let made = match payment.map(|payment| (keys.address_key().recognise(&payment.address), payment)) {
                Some((None, payment)) => draft.external(net, &payment.address),
                Some((Some(index), _)) => self_send(index, SelfSend::Payment),
                None => self_send(AddressIndex::new(request.account.unwrap_or(0), 0), SelfSend::Change),
            };
            let plaintext =
                payment.map_or_else(|| MemoEntries::new().to_bytes(), |payment| payment.memo.to_bytes())?;
            let memo = seal_memo(&seed, &made.enote.one_time_key, memo, plaintext.expose())?;
            outputs.push(OutputDraft { made, lock: None, memo });
        }
        Ok(outputs)
    }
}

/// What the wallet keeps of a payment: what stands beside it, and what history shows.
fn written_down((output, paid): (&OutputDraft, &PayTo)) -> (([u8; 32], MemoEntries), Payment) {
    let one_time_key = output.made.enote.one_time_key;
    let payment = Payment {
        one_time_key,
        asset: Some(paid.asset),
        amount: paid.amount.0,
        spend_key: paid.address.spend_key().to_bytes(),
        tag: paid.address.tag().0,
    };
    ((one_time_key, paid.memo.clone()), payment)
}

/// The smallest class from 1 on that holds every memo.
fn memo_class(request: &SpendRequest) -> Result<MemoClass, MemoError> {
    let mut longest = 0;
    for payment in &request.payments {
        longest = longest.max(payment.memo.to_bytes()?.expose().len());
    }
    let classes = [MemoClass::Small, MemoClass::Medium, MemoClass::Large];
    let fits = classes.into_iter().find(|class| longest <= class.capacity());
    fits.ok_or(MemoError::TooLong { found: longest, max: MemoClass::Large.capacity() })
}

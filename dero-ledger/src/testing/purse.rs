//! An owner of genesis and coinbase enotes who pays strangers: the least of a wallet that a chain needs to be tested.

use alloc::vec::Vec;

use dero_crypto::{
    asset::{AssetId, KnownAssets},
    commitment::Amount,
    enote::{Anchor, Draft, EnoteSeed, InputContext, MemoClass, Opening, PublicEnote},
    keys::{Address, AddressIndex, LinkingTag, MasterSecret},
    membership::{Candidates, Image, Interval, ListView, Masks, Member, Reference, ReferenceKind},
    secret::Secret,
    sigma::{SpendProof, SpendWitness},
};
use rand_core::CryptoRng;

use crate::{
    block::compact::CompactBlock,
    chain::NextState,
    genesis::Genesis,
    params::Network,
    rules::StateView,
    store::StoreView,
    transaction::{
        Transaction,
        builder::{BundleDraft, InputDraft, OutputDraft, Signatures, TransactionDraft},
    },
};

/// Public enotes of a chain that one wallet owns.
#[derive(Debug)]
pub struct Purse {
    network: Network,
    master: MasterSecret,
    coins: Vec<PurseCoin>,
}

/// A public enote.
#[derive(Clone, Debug)]
pub struct PurseCoin {
    /// What it holds.
    pub opening: Opening,
    /// Its linking tag.
    pub tag: LinkingTag,
    /// Its place in the reference list.
    pub position: u64,
    member: Member,
    x: Secret<dero_crypto::group::Scalar>,
    y: Secret<dero_crypto::group::Scalar>,
}

/// A payment to be made.
#[derive(Clone, Debug)]
pub struct Spend<'a> {
    /// Which coins.
    pub coins: &'a [usize],
    /// Amounts of the outputs; the rest but the fee is added as one more.
    pub outputs: &'a [u64],
    /// The fee.
    pub fee: u64,
    /// The first height.
    pub valid_from: u64,
    /// The last height; 0 for none.
    pub expiry: u64,
    /// The set of every input; the newest window that holds it, or else its group, if none.
    pub reference: Option<Reference>,
    /// The Payload; on a network of [`ChainBuilder`](super::ChainBuilder) none is allowed.
    pub payload: &'a [u8],
}

impl Spend<'_> {
    /// A fee that is enough for any ordinary transaction of a test network.
    pub const FEE: u64 = 1 << 22;

    /// Pays 1,000 units from `coins`.
    #[must_use]
    pub fn of(coins: &[usize]) -> Spend<'_> {
        Spend { coins, outputs: &[1_000], fee: Self::FEE, valid_from: 0, expiry: 0, reference: None, payload: &[] }
    }
}

impl Purse {
    /// The enotes that `network`'s genesis pays to addresses of `master`.
    ///
    /// # Panics
    ///
    /// Never for a network that was made.
    #[must_use]
    pub fn new(network: &Network, master: MasterSecret) -> Self {
        let mut purse = Self { network: network.clone(), coins: Vec::new(), master };
        for (position, genesis) in (0..).zip(Genesis::of(network).enotes) {
            purse.recognise(&genesis.context, &genesis.enote, genesis.amount, position);
        }
        purse
    }

    /// Adds the coinbase enotes that entered the list of a chain.
    ///
    /// # Panics
    ///
    /// If the store cannot be read.
    pub fn collect(&mut self, view: &impl StoreView) {
        let tip = view.tip().expect("a chain has genesis").height;
        let length = view.totals(tip).expect("the tip is stored").list_length;
        let entries = view.listed(0..length).expect("the list is stored");
        for height in 1..=tip {
            let compact = view.compact(height).expect("a block is stored");
            let coinbase = CompactBlock::parse(&compact.scan).expect("a stored block").coinbase;
            for (index, output) in (0..).zip(&coinbase.outputs) {
                let context = coinbase.input_context(self.network.id(), index);
                let listed = entries.iter().position(|entry| entry.enote[..32] == output.enote.one_time_key);
                if let Some(position) = listed {
                    self.recognise(&context, &output.enote, Amount(output.amount), position as u64);
                }
            }
        }
    }

    fn recognise(&mut self, context: &InputContext, enote: &PublicEnote, amount: Amount, position: u64) {
        let (audit, spend) = (self.master.audit_key(), self.master.spend_key());
        let enote = enote.decode(amount, &AssetId::NATIVE).expect("an enote of the chain");
        let known = KnownAssets::native();
        let Ok(found) = audit.view_received().recognise(self.network.id(), context, &enote, &known) else {
            return;
        };
        let view = audit.one_time_view(&found).expect("hashes do not reach the identity");
        self.coins.push(PurseCoin {
            opening: found.opening().clone(),
            tag: *view.tag(),
            position,
            member: enote.member(),
            x: view.image_part().clone(),
            y: spend.one_time(found.extension_y()),
        });
    }

    /// The coins: those of genesis in the order of the list, then what was collected.
    #[must_use]
    pub fn coins(&self) -> &[PurseCoin] {
        &self.coins
    }

    /// Address `index` of the owner.
    #[must_use]
    pub fn address(&self, index: u64) -> Address {
        self.master.audit_key().address_key().address(AddressIndex(index))
    }

    /// Makes a payment for the block that `state` belongs to.
    ///
    /// # Panics
    ///
    /// If a coin does not exist, is not in the set asked for, or the amounts do not fit.
    #[must_use]
    pub fn pay<V: StoreView>(
        &self,
        state: &NextState<V>,
        spend: &Spend<'_>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Transaction {
        let [transaction] = self.witnesses(state, spend, rng);
        transaction
    }

    /// Makes one payment with different membership proofs: one txid, `COUNT` wtxids.
    ///
    /// # Panics
    ///
    /// As [`pay`](Self::pay).
    #[must_use]
    pub fn witnesses<V: StoreView, const COUNT: usize>(
        &self,
        state: &NextState<V>,
        spend: &Spend<'_>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> [Transaction; COUNT] {
        let unsigned = self.draft(spend, rng).prove(self.network.id(), rng).expect("the amounts balance");
        let mut coins = Vec::new();
        let mut spends = Vec::new();
        for (statement, z) in unsigned.spends().zip(unsigned.masks().map(|masks| masks.key.clone())) {
            let coin = self.coin(&statement.tag);
            let witness = SpendWitness { x: coin.x.clone(), y: coin.y.clone(), z };
            spends.push(SpendProof::prove(&statement, &witness, rng).expect("the coin's own keys"));
            coins.push(coin);
        }
        let signatures = Signatures { spends, ..Signatures::default() };
        core::array::from_fn(|_| {
            let membership: Vec<_> = coins
                .iter()
                .enumerate()
                .map(|(input, coin)| {
                    let (reference, kind, interval) = self.set(state, coin.position, spend.reference);
                    let set = state.reference_set(kind, interval).unwrap_or_else(|error| panic!("{error}"));
                    let place = coin.position.checked_sub(interval.start).expect("the set holds the coin");
                    let sets = self.network.rules().sets;
                    let proof = unsigned.prove_membership(input, sets, &set, place, rng);
                    (reference, proof.expect("the set holds the coin"))
                })
                .collect();
            unsigned.clone().assemble(&signatures, &membership).expect("every part was made")
        })
    }

    fn draft(&self, spend: &Spend<'_>, rng: &mut (impl CryptoRng + ?Sized)) -> TransactionDraft {
        let coins: Vec<_> = spend.coins.iter().map(|place| &self.coins[*place]).collect();
        let inputs: Vec<_> = coins
            .iter()
            .map(|coin| {
                let masks = Masks::random(rng);
                let image = Image::of(&coin.member, &masks).expect("random masks");
                InputDraft { tag: coin.tag, opening: coin.opening.clone(), image, masks }
            })
            .collect();
        let smallest = inputs.iter().map(|input| Anchor::Tag(input.tag.to_bytes())).min().expect("a coin");
        let context = InputContext::bundle(self.network.id(), &smallest);
        let held: u64 = coins.iter().map(|coin| coin.opening.amount().0).sum();
        let rest = held - spend.fee - spend.outputs.iter().sum::<u64>();
        let amounts = spend.outputs.iter().chain([&rest]);
        let outputs = amounts.map(|amount| self.output(&context, *amount, rng)).collect();
        let mut tx_nonce = [0; 16];
        rng.fill_bytes(&mut tx_nonce);
        TransactionDraft {
            valid_from: spend.valid_from,
            expiry: spend.expiry,
            fee: spend.fee,
            bundles: Vec::from([BundleDraft { tx_nonce, inputs, outputs, ..BundleDraft::default() }]),
            payload: spend.payload.to_vec(),
            ..TransactionDraft::default()
        }
    }

    fn output(&self, context: &InputContext, amount: u64, rng: &mut (impl CryptoRng + ?Sized)) -> OutputDraft {
        let seed = EnoteSeed::random(rng);
        let stranger = MasterSecret::random(rng).audit_key().address_key().address(AddressIndex(0));
        let draft = Draft { context, seed: &seed, amount: Amount(amount), asset: AssetId::NATIVE };
        // Whatever the memo says, only its recipient could tell.
        let mut memo = alloc::vec![0; MemoClass::default().bytes()];
        rng.fill_bytes(&mut memo);
        OutputDraft { made: draft.external(self.network.id(), &stranger), lock: None, memo }
    }

    fn set<V: StoreView>(
        &self,
        state: &NextState<V>,
        position: u64,
        wanted: Option<Reference>,
    ) -> (Reference, ReferenceKind, Interval) {
        let rules = self.network.rules();
        let length = |anchor| Ok::<_, dero_crypto::membership::ReferenceError>(e(state, anchor));
        let view = ListView {
            height: state.height(),
            length: state.tip().next_list().length,
            parameters: rules.sets,
            min_length: rules.shortest_list,
        };
        let candidates = Candidates::of(position, &view, length).expect("lengths are at hand");
        let reference = wanted.or(candidates.open).or(candidates.closed).expect("a set holds the coin");
        let interval = reference.resolve(&view, length).expect("the reference resolves");
        (reference, reference.kind(), interval)
    }

    fn coin(&self, tag: &LinkingTag) -> &PurseCoin {
        self.coins.iter().find(|coin| coin.tag == *tag).expect("a coin of this purse")
    }
}

fn e<V: StoreView>(state: &NextState<V>, anchor: u32) -> u64 {
    state.anchor_length(anchor).unwrap_or_else(|error| panic!("{error}"))
}

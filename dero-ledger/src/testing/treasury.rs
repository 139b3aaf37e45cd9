//! Coins in a reference list, and transactions that spend them: what tests of rules, pools and chains start from.

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::{sync::Arc, vec::Vec};

use dero_crypto::{
    NetworkId,
    asset::AssetId,
    commitment::Amount,
    enote::{Draft, EnoteSeed, InputContext, Opening},
    group::{
        Element, Point, Scalar,
        generators::{X, Y},
        sum_of_products,
    },
    keys::{AddressIndex, LinkingTag, MasterSecret},
    membership::{
        Image, MEMBER_BYTES, Masks, Member, MembershipProof, Reference, ReferenceKind, ReferenceSet, SetParameters,
    },
    secret::Secret,
    sigma::{SpendProof, SpendWitness},
};
use rand_core::CryptoRng;

use super::MemoryState;
use crate::{
    rules::{RuleParameters, StateView},
    transaction::{
        Transaction,
        builder::{
            BuildError, BundleDraft, InputDraft, OutputDraft, Signatures, TransactionDraft, UnsignedTransaction,
        },
    },
};

/// An enote whose every secret is known.
#[derive(Clone, Debug)]
pub struct Coin {
    /// What it holds.
    pub opening: Opening,
    /// Its linking tag.
    pub tag: LinkingTag,
    /// Its place in the reference list.
    pub position: u64,
    x: Secret<Scalar>,
    y: Secret<Scalar>,
    member: Member,
}

/// A reference list of coins, all listed at height 0.
#[derive(Clone, Debug)]
pub struct Treasury {
    /// The network: sets of 16, no fee rate, assets and contracts from height 0.
    pub parameters: RuleParameters,
    /// The height of the including block.
    pub height: u64,
    coins: Vec<Coin>,
    entries: Vec<[u8; MEMBER_BYTES]>,
}

impl Treasury {
    /// One coin for each asset and amount.
    ///
    /// # Panics
    ///
    /// With negligible probability: if a random point is the identity.
    #[must_use]
    pub fn new(holdings: &[(AssetId, u64)], rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let coins: Vec<(Coin, [u8; MEMBER_BYTES])> =
            (0..).zip(holdings).map(|(position, holding)| coin(position, *holding, rng)).collect();
        let (coins, entries) = coins.into_iter().unzip();
        let sets = SetParameters::new(2, 4).expect("16 members");
        let parameters = RuleParameters {
            net: NetworkId([7; 32]),
            sets,
            shortest_list: 4,
            fee_rate: 0,
            assets_from: 0,
            contracts_from: 0,
        };
        Self { parameters, height: 100, coins, entries }
    }

    /// The coins, by their places in the list.
    #[must_use]
    pub fn coins(&self) -> &[Coin] {
        &self.coins
    }

    /// The state in which nothing is spent.
    #[must_use]
    pub fn state(&self) -> MemoryState {
        MemoryState::new(&self.parameters.net, self.height, &self.entries)
    }

    /// A fresh image of coin `place`.
    ///
    /// # Panics
    ///
    /// If there is no such coin.
    #[must_use]
    pub fn input(&self, place: usize, rng: &mut (impl CryptoRng + ?Sized)) -> InputDraft {
        let coin = &self.coins[place];
        let masks = Masks::random(rng);
        let image = Image::of(&coin.member, &masks).expect("random masks");
        InputDraft { tag: coin.tag, opening: coin.opening.clone(), image, masks }
    }

    /// A bundle of some coins and some new enotes of somebody.
    ///
    /// # Panics
    ///
    /// If a coin does not exist, or there is none.
    #[must_use]
    pub fn bundle(
        &self,
        coins: &[usize],
        outputs: &[(AssetId, u64)],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> BundleDraft {
        let mut tx_nonce = [0; 16];
        rng.fill_bytes(&mut tx_nonce);
        let inputs = coins.iter().map(|place| self.input(*place, rng)).collect();
        let mut bundle = BundleDraft { tx_nonce, inputs, ..BundleDraft::default() };
        let smallest = bundle.inputs.iter().map(|input| input.tag).min().expect("a coin");
        let smallest = dero_crypto::enote::Anchor::Tag(smallest.to_bytes());
        let context = InputContext::bundle(&self.parameters.net, &smallest);
        bundle.outputs =
            outputs.iter().map(|(asset, amount)| self.output(&context, *asset, *amount, rng)).collect();
        bundle
    }

    /// An enote for somebody, without memo.
    #[must_use]
    pub fn output(
        &self,
        context: &InputContext,
        asset: AssetId,
        amount: u64,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> OutputDraft {
        let seed = EnoteSeed::random(rng);
        let recipient = MasterSecret::random(rng).audit_key().address_key().address(AddressIndex(0));
        let draft = Draft { context, seed: &seed, amount: Amount(amount), asset };
        let made = draft.external(&self.parameters.net, &recipient);
        OutputDraft { made, lock: None, memo: Vec::new() }
    }

    /// Spend proofs for every private input.
    ///
    /// # Panics
    ///
    /// If an input is not one of these coins.
    #[must_use]
    pub fn sign(&self, unsigned: &UnsignedTransaction, rng: &mut (impl CryptoRng + ?Sized)) -> Vec<SpendProof> {
        let masks = unsigned.masks().map(|masks| masks.key.clone());
        unsigned
            .spends()
            .zip(masks)
            .map(|(statement, z)| {
                let coin = self.coin(&statement.tag);
                let witness = SpendWitness { x: coin.x.clone(), y: coin.y.clone(), z };
                SpendProof::prove(&statement, &witness, rng).expect("the coin's own keys")
            })
            .collect()
    }

    /// Membership proofs over the newest window for every private input.
    ///
    /// # Panics
    ///
    /// If an input is not one of these coins, or lies before the window.
    #[must_use]
    pub fn place(
        &self,
        unsigned: &UnsignedTransaction,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Vec<(Reference, MembershipProof)> {
        let state = self.state();
        let end = self.entries.len() as u64;
        let start = end.saturating_sub(self.parameters.sets.size());
        let interval = dero_crypto::membership::Interval { start, length: end - start };
        let Ok(set) = state.reference_set(ReferenceKind::Open, interval);
        let reference = Reference::Open { anchor: 0 };
        let tags: Vec<LinkingTag> = unsigned.spends().map(|statement| statement.tag).collect();
        tags.iter()
            .enumerate()
            .map(|(input, tag)| (reference, self.member(unsigned, input, tag, &set, rng)))
            .collect()
    }

    fn member(
        &self,
        unsigned: &UnsignedTransaction,
        input: usize,
        tag: &LinkingTag,
        set: &Arc<ReferenceSet>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> MembershipProof {
        let place = self.coin(tag).position - set.start();
        unsigned.prove_membership(input, self.parameters.sets, set, place, rng).expect("a member of the window")
    }

    /// All of it: proves, signs and places a draft that needs no other signatures.
    ///
    /// # Errors
    ///
    /// Those of [`TransactionDraft::prove`].
    pub fn finish(
        &self,
        draft: TransactionDraft,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Transaction, BuildError> {
        let unsigned = draft.prove(&self.parameters.net, rng)?;
        let signatures = Signatures { spends: self.sign(&unsigned, rng), ..Signatures::default() };
        let membership = self.place(&unsigned, rng);
        unsigned.assemble(&signatures, &membership)
    }

    fn coin(&self, tag: &LinkingTag) -> &Coin {
        self.coins.iter().find(|coin| coin.tag == *tag).expect("a coin of this treasury")
    }
}

fn coin(
    position: u64,
    (asset, amount): (AssetId, u64),
    rng: &mut (impl CryptoRng + ?Sized),
) -> (Coin, [u8; MEMBER_BYTES]) {
    let mut random = || Secret::new(Scalar::random(rng));
    let opening = Opening::new(asset, Amount(amount), random(), random());
    let (x, y) = (random(), random());
    let encode = |element: Element| Point::encode(element, "coin").expect("random scalars");
    let Ko = encode(sum_of_products([x.expose(), y.expose()], [X.element(), Y.element()]));
    let (C, T) = (encode(opening.commitment()), encode(opening.asset_tag()));
    let mut entry = [0; MEMBER_BYTES];
    for (place, point) in entry.chunks_exact_mut(32).zip([Ko, C, T]) {
        place.copy_from_slice(point.as_bytes());
    }
    let tag = LinkingTag::from_full(&x, &y).expect("random keys");
    (Coin { opening, tag, position, x, y, member: Member::new(&Ko, &C, &T) }, entry)
}

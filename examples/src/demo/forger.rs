//! Somebody who knows the protocol and owns coins, and whose software checks nothing: what he sends is right but for
//! the one thing that he changed, and it is proven and signed after the change.

use std::sync::Arc;

use dero_crypto::{
    NetworkId,
    asset::{AssetId, KnownAssets},
    commitment::Amount,
    enote::{Anchor, DecodedEnote, Draft, EnoteSeed, InputContext, MemoClass, Opening},
    group::Scalar,
    keys::{Address, AddressIndex, LinkingTag, MasterSecret},
    membership::{Image, Masks, Member, ReferenceSet},
    network::NetworkKind,
    secret::Secret,
    sigma::{SpendProof, SpendStatement, SpendWitness},
};
use dero_ledger::{
    genesis::Genesis,
    params::Network,
    transaction::{
        BodyDigest, Transaction,
        builder::{BundleDraft, InputDraft, OutputDraft, Signatures, TransactionDraft, UnsignedTransaction},
    },
};
use rand::Rng as _;

use crate::{
    Failure,
    local::{AMOUNT, ChainCopy, Claim, Node},
};

/// A fee that is enough for whatever is tried: m·2^e with m < 16.
pub(super) const FEE: u64 = 1 << 22;

/// An enote of genesis that he owns.
#[derive(Clone, Debug)]
pub(super) struct Coin {
    pub(super) opening: Opening,
    pub(super) tag: LinkingTag,
    /// Its place in the reference list.
    pub(super) position: u64,
    pub(super) member: Member,
    x: Secret<Scalar>,
    y: Secret<Scalar>,
}

/// Owns coins and a copy of the chain.
#[derive(Debug)]
pub(super) struct Forger {
    pub(super) chain: ChainCopy,
    keys: MasterSecret,
    coins: Vec<Coin>,
}

/// A payment that can be changed and signed again.
#[derive(Clone, Debug)]
pub(super) struct Payment {
    pub(super) transaction: Transaction,
    unsigned: UnsignedTransaction,
    net: NetworkId,
}

impl Payment {
    /// The bytes that travel.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.transaction.encode(&self.net)
    }
}

impl Forger {
    /// What a network's genesis shall pay to `keys`, so that there is something to spend: `count` enotes.
    pub(super) fn holdings(keys: &MasterSecret, count: usize) -> Vec<(String, u64)> {
        let address = keys.audit_key().address_key().address(AddressIndex(0)).to_text(NetworkKind::Dev);
        vec![(address, AMOUNT); count]
    }

    /// Finds what genesis pays to `keys`.
    pub(super) fn new(network: &Arc<Network>, keys: MasterSecret) -> Result<Self, Failure> {
        let mut forger = Self { chain: ChainCopy::new(network)?, keys, coins: Vec::new() };
        for (position, genesis) in (0..).zip(Genesis::of(network).enotes) {
            let enote = genesis.enote.decode(genesis.amount, &AssetId::NATIVE)?;
            let coin = forger.recognise(&genesis.context, &enote, position)?;
            forger.coins.extend(coin);
        }
        Ok(forger)
    }

    /// Makes an enote that stands nowhere, right in all its parts; returns the number of the coin.
    pub(super) fn invent(&mut self, amount: u64) -> Result<usize, Failure> {
        let context = InputContext::bundle(self.network().id(), &Anchor::Tag([7; 32]));
        let output = self.output(&context, &self.address(), amount);
        let coin = self.recognise(&context, &output.made.enote.decode()?, u64::MAX)?;
        self.coins.push(coin.ok_or("an enote to his own address")?);
        Ok(self.coins.len() - 1)
    }

    fn recognise(
        &self,
        context: &InputContext,
        enote: &DecodedEnote,
        position: u64,
    ) -> Result<Option<Coin>, Failure> {
        let (audit, net) = (self.keys.audit_key(), self.network().id());
        let Ok(found) = audit.view_received().recognise(net, context, enote, &KnownAssets::native()) else {
            return Ok(None);
        };
        let view = audit.one_time_view(&found)?;
        Ok(Some(Coin {
            opening: found.opening().clone(),
            tag: *view.tag(),
            position,
            member: enote.member(),
            x: view.image_part().clone(),
            y: self.keys.spend_key().one_time(found.extension_y()),
        }))
    }

    /// Takes new blocks.
    pub(super) async fn follow(&self, node: &Node) -> Result<(), Failure> {
        self.chain.follow(node).await
    }

    /// His coins, by their places in the reference list.
    pub(super) fn coins(&self) -> &[Coin] {
        &self.coins
    }

    /// His own address.
    pub(super) fn address(&self) -> Address {
        self.keys.audit_key().address_key().address(AddressIndex(0))
    }

    pub(super) fn network(&self) -> &Network {
        &self.chain.network
    }

    /// The input context of a payment that spends `coins`.
    pub(super) fn context(&self, coins: &[usize]) -> InputContext {
        let anchors = coins.iter().map(|coin| Anchor::Tag(self.coins[*coin].tag.to_bytes()));
        InputContext::bundle(self.network().id(), &anchors.min().expect("a coin"))
    }

    /// An output to `address` with an unreadable memo.
    pub(super) fn output(&self, context: &InputContext, address: &Address, amount: u64) -> OutputDraft {
        self.output_with(context, &EnoteSeed::random(&mut rand::rng()), address, amount)
    }

    /// The same from a seed: the same seed makes the same enote.
    pub(super) fn output_with(
        &self,
        context: &InputContext,
        seed: &EnoteSeed,
        address: &Address,
        amount: u64,
    ) -> OutputDraft {
        let draft = Draft { context, seed, amount: Amount(amount), asset: AssetId::NATIVE };
        let mut memo = vec![0; MemoClass::default().bytes()];
        rand::rng().fill_bytes(&mut memo);
        OutputDraft { made: draft.external(self.network().id(), address), lock: None, memo }
    }

    /// A payment of `outputs` from `coins`, the rest to himself.
    pub(super) fn draft(&self, coins: &[usize], mut outputs: Vec<OutputDraft>) -> TransactionDraft {
        if outputs.is_empty() {
            // A transaction has two outputs or more.
            outputs.push(self.output(&self.context(coins), &self.address(), 0));
        }
        let held: u64 = coins.iter().map(|coin| self.coins[*coin].opening.amount().0).sum();
        let paid: u64 = outputs.iter().map(|output| output.made.opening.amount().0).sum();
        outputs.push(self.output(&self.context(coins), &self.address(), held - paid - FEE));
        self.draft_of(coins, outputs)
    }

    /// The same without the rest, so that it need not balance.
    pub(super) fn draft_of(&self, coins: &[usize], outputs: Vec<OutputDraft>) -> TransactionDraft {
        let inputs = coins.iter().map(|coin| {
            let Coin { tag, opening, member, .. } = &self.coins[*coin];
            let masks = Masks::random(&mut rand::rng());
            let image = Image::of(member, &masks).expect("random masks");
            InputDraft { tag: *tag, opening: opening.clone(), image, masks }
        });
        let inputs = inputs.collect();
        let mut tx_nonce = [0; 16];
        rand::rng().fill_bytes(&mut tx_nonce);
        let bundle = BundleDraft { tx_nonce, inputs, outputs, ..BundleDraft::default() };
        TransactionDraft { fee: FEE, bundles: vec![bundle], ..TransactionDraft::default() }
    }

    /// Proves, signs and places a draft; each input over the set that a wallet could choose.
    pub(super) fn pay(&self, draft: TransactionDraft) -> Result<Payment, Failure> {
        let claims =
            self.inputs(&draft).map(|coin| self.chain.claim(coin.position)).collect::<Result<Vec<_>, _>>()?;
        self.pay_with(draft, &claims)
    }

    /// The same with chosen sets, one an input in ascending order of tags.
    pub(super) fn pay_with(&self, draft: TransactionDraft, claims: &[Claim]) -> Result<Payment, Failure> {
        let unsigned = draft.prove(self.network().id(), &mut rand::rng())?;
        let spends = self.spend_proofs(&unsigned, &unsigned.signing_digest().0)?;
        let mut membership = Vec::new();
        for (input, (statement, claim)) in unsigned.spends().zip(claims).enumerate() {
            let place = self.coin(&statement.tag).place(&claim.set)?;
            let proof = unsigned.prove_membership(input, claim.parameters, &claim.set, place, &mut rand::rng())?;
            membership.push((claim.reference, proof));
        }
        let signatures = Signatures { spends, ..Signatures::default() };
        let transaction = unsigned.clone().assemble(&signatures, &membership)?;
        Ok(Payment { transaction, unsigned, net: *self.network().id() })
    }

    /// Signs a payment again, as it is now: only what was changed is wrong then.
    pub(super) fn sign_again(&self, payment: &mut Payment) -> Result<(), Failure> {
        let (net, transaction) = (self.network().id(), &mut payment.transaction);
        let m_tx = BodyDigest::of(&transaction.body, net).signing(net, &transaction.out_proofs);
        let spends = self.spend_proofs(&payment.unsigned, &m_tx.0)?;
        transaction.auth = spends.iter().flat_map(SpendProof::to_bytes).collect();
        Ok(())
    }

    fn spend_proofs(&self, unsigned: &UnsignedTransaction, m_tx: &[u8; 32]) -> Result<Vec<SpendProof>, Failure> {
        let mut proofs = Vec::new();
        for (statement, masks) in unsigned.spends().zip(unsigned.masks()) {
            let statement = SpendStatement { m_tx: *m_tx, ..statement };
            let Coin { x, y, .. } = self.coin(&statement.tag);
            let witness = SpendWitness { x: x.clone(), y: y.clone(), z: masks.key.clone() };
            proofs.push(SpendProof::prove(&statement, &witness, &mut rand::rng())?);
        }
        Ok(proofs)
    }

    fn inputs<'a>(&'a self, draft: &TransactionDraft) -> impl Iterator<Item = &'a Coin> {
        let mut tags: Vec<_> =
            draft.bundles.iter().flat_map(|bundle| &bundle.inputs).map(|input| input.tag).collect();
        tags.sort();
        tags.into_iter().map(|tag| self.coin(&tag))
    }

    fn coin(&self, tag: &LinkingTag) -> &Coin {
        self.coins.iter().find(|coin| coin.tag == *tag).expect("his own coin")
    }
}

impl Coin {
    /// Its place in a set that holds it, wherever it stands there.
    fn place(&self, set: &ReferenceSet) -> Result<u64, Failure> {
        let place = set.members().iter().position(|member| **member == self.member);
        Ok(place.ok_or("the set does not hold the coin")? as u64)
    }
}

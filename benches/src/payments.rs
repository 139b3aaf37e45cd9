//! Blocks of real payments, for what is measured over whole blocks and chains.
//!
//! One wallet pays itself. It holds as many coins as genesis has enotes, and each block spends eight of any age, so
//! that recent windows and older groups are cited as wallets cite them: by the fair coin of protocol 7.4.

use std::{collections::HashMap, sync::Arc};

use dero_crypto::{
    asset::{AssetId, KnownAssets},
    commitment::Amount,
    enote::{Anchor, DecodedEnote, Draft, EnoteSeed, InputContext, MemoClass, Opening},
    group::Scalar,
    keys::{Address, AddressIndex, LinkingTag, MasterSecret},
    membership::{self, Candidates, Image, ListView, Masks, Member, Reference, ReferenceError},
    network::NetworkKind,
    secret::Secret,
    sigma::{SpendProof, SpendWitness},
};
use dero_examples::{Failure, network_file};
use dero_ledger::{
    block::parse_body,
    chain::{
        Chain, ChainError, ChainOptions, NextState,
        pool::{Mempool, PoolLimits},
    },
    consensus::{Blake3, ProofOfWork, search},
    execution::NoContracts,
    genesis::Genesis,
    params::{Allocation, NEVER, Network, NetworkRows},
    rules::StateView,
    store::{ChainStore, StoreView},
    transaction::builder::{BundleDraft, InputDraft, OutputDraft, Signatures, TransactionDraft},
};
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

/// The network's name for people.
const WORD: &str = "bench";
/// Atomic units of a genesis enote.
const COIN: u64 = 1_000_000_000_000;
const GENESIS_TIME: u64 = 1_764_000_000;
/// Seconds between blocks.
const SPACING: u64 = 15;
/// Transactions a block.
pub const TRANSACTIONS: usize = 4;
/// Of the form m·2^e, m < 16, and enough for two inputs and two outputs.
const FEE: u64 = 1 << 24;

/// The rows of the main network, but with BLAKE3 and a target that two tries meet.
const ROWS: NetworkRows = NetworkRows {
    spacing: SPACING,
    proof_of_work: 0,
    first_target: 0x207f_ffff,
    target_limit: 0x207f_ffff,
    assets_from: NEVER,
    contracts_from: NEVER,
    ..NetworkRows::MAIN
};

/// The wallet whose coins genesis holds.
fn owner() -> MasterSecret {
    MasterSecret::from_bytes([23; 32])
}

fn allocations(enotes: u64) -> Vec<Allocation> {
    let keys = owner().audit_key();
    let allocation = |index: u64| {
        let mut seed = [0; 16];
        seed[..8].copy_from_slice(&index.to_le_bytes());
        let address = keys.address_key().address(AddressIndex(index)).to_text(NetworkKind::Dev);
        Allocation { address, amount: COIN, seed }
    };
    (0..enotes).into_par_iter().map(allocation).collect()
}

/// The network whose genesis has so many enotes.
///
/// # Panics
///
/// Never: its rows are allowed.
#[must_use]
pub fn network(enotes: u64) -> Network {
    Network::dev(WORD, ROWS, GENESIS_TIME, allocations(enotes)).expect("rows that are allowed")
}

/// The text of its file.
#[must_use]
pub fn network_text(enotes: u64) -> String {
    let never = || "\"never\"".to_string();
    let rows = [
        ("n", ROWS.n.to_string()),
        ("m", ROWS.m.to_string()),
        ("min_set", ROWS.min_set.to_string()),
        ("spacing", ROWS.spacing.to_string()),
        ("half_life", ROWS.half_life.to_string()),
        ("first_target", ROWS.first_target.to_string()),
        ("target_limit", ROWS.target_limit.to_string()),
        ("listed_floor", ROWS.listed_floor.to_string()),
        ("fee_rate", ROWS.fee_rate.to_string()),
        ("assets_from", never()),
        ("contracts_from", never()),
    ];
    network_file::text(WORD, GENESIS_TIME, &rows, &allocations(enotes))
}

/// A chain that is made block by block.
pub struct Maker<S: ChainStore> {
    /// The chain so far.
    pub chain: Chain<S, ProofOfWork<Blake3>, NoContracts>,
    pool: Mempool,
    wallet: Wallet,
    nobody: Address,
}

impl<S: ChainStore> core::fmt::Debug for Maker<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Maker").field("chain", &self.chain).finish_non_exhaustive()
    }
}

/// The chain of the benchmarks' network in `store`.
///
/// # Errors
///
/// Those of [`Chain::open`].
pub fn open<S: ChainStore>(
    store: S,
    network: &Network,
) -> Result<Chain<S, ProofOfWork<Blake3>, NoContracts>, ChainError> {
    Chain::open(store, network.clone(), ProofOfWork(Blake3), NoContracts, ChainOptions::default())
}

impl<S: ChainStore> Maker<S> {
    /// Begins with genesis.
    ///
    /// # Errors
    ///
    /// Those of [`Chain::open`].
    pub fn new(store: S, network: &Network) -> Result<Self, Failure> {
        let chain = open(store, network)?;
        let pool = Mempool::new(network.rules(), PoolLimits::default(), Arc::clone(chain.verdicts()));
        let nobody = MasterSecret::random(&mut rand::rng()).audit_key().address_key().address(AddressIndex(0));
        Ok(Self { chain, pool, wallet: Wallet::new(network), nobody })
    }

    /// The next block, not added yet.
    ///
    /// # Errors
    ///
    /// What a pool or a store refuses.
    pub fn make(&mut self) -> Result<Vec<u8>, Failure> {
        let state = self.chain.next_state();
        let transactions = self.wallet.pay(&state)?;
        let rng = &mut rand::rng();
        for admitted in self.pool.admit(&state, &transactions, rng) {
            admitted?;
        }
        let template = self.chain.template(&self.pool, &[self.nobody], time(state.height()), rng)?;
        if parse_body(&template.body)?.0.len() != TRANSACTIONS {
            return Err("a block has room for all transactions".into());
        }
        let nonce = search(&Blake3, &template.key, &template.id(), &template.target, 0..);
        Ok(template.seal(nonce.ok_or("a nonce meets the target")?))
    }

    /// Adds the block that was made last.
    ///
    /// # Errors
    ///
    /// What a chain refuses.
    pub fn add(&mut self, block: &[u8]) -> Result<(), Failure> {
        self.chain.add_block(block, time(self.chain.tip().next_height()), &mut rand::rng())?;
        self.wallet.listed(self.chain.tip().view())
    }
}

/// When the block at `height` is found.
#[must_use]
pub fn time(height: u64) -> u64 {
    GENESIS_TIME + SPACING * height
}

/// An enote whose every secret is known.
struct Coin {
    opening: Opening,
    tag: LinkingTag,
    key: [u8; 32],
    member: Member,
    x: Secret<Scalar>,
    y: Secret<Scalar>,
}

/// A coin behind an anchor, and the reference under which it is spent.
struct Placed {
    coin: Coin,
    position: u64,
    reference: Reference,
}

struct Wallet {
    network: Network,
    secret: MasterSecret,
    address: Address,
    coins: Vec<Coin>,
    positions: HashMap<[u8; 32], u64>,
    /// Positions of the list that were read.
    read: u64,
}

impl Wallet {
    fn new(network: &Network) -> Self {
        let secret = owner();
        let address = secret.audit_key().address_key().address(AddressIndex(0));
        let mut wallet = Self {
            network: network.clone(),
            secret,
            address,
            coins: Vec::new(),
            positions: HashMap::new(),
            read: 0,
        };
        let genesis = Genesis::of(network);
        let coins = genesis.enotes.par_iter().map(|genesis| {
            let enote = genesis.enote.decode(genesis.amount, &AssetId::NATIVE).expect("an enote of genesis");
            wallet.recognise(&genesis.context, &enote)
        });
        wallet.coins = coins.collect();
        for (position, entry) in (0..).zip(&genesis.listed) {
            wallet.positions.insert(first_32(&entry.enote), position);
        }
        wallet.read = genesis.listed.len() as u64;
        wallet
    }

    fn recognise(&self, context: &InputContext, enote: &DecodedEnote) -> Coin {
        let keys = self.secret.audit_key();
        let known = KnownAssets::native();
        let found = keys
            .view_received()
            .recognise(self.network.id(), context, enote, &known)
            .expect("a coin of this wallet");
        let view = keys.one_time_view(&found).expect("hashes do not reach the identity");
        Coin {
            opening: found.opening().clone(),
            tag: *view.tag(),
            key: enote.one_time_key().to_bytes(),
            member: enote.member(),
            x: view.image_part().clone(),
            y: self.secret.spend_key().one_time(found.extension_y()),
        }
    }

    /// Remembers where the entries stand that were appended.
    fn listed(&mut self, view: &impl StoreView) -> Result<(), Failure> {
        let tip = view.tip().ok_or("a chain has genesis")?;
        let end = view.totals(tip.height)?.list_length;
        for (position, entry) in (self.read..).zip(view.listed(self.read..end)?) {
            self.positions.insert(first_32(&entry.enote), position);
        }
        self.read = end;
        Ok(())
    }

    /// Payments for one block, encoded. Their outputs are coins when they are listed.
    fn pay(&mut self, state: &NextState<impl StoreView>) -> Result<Vec<Vec<u8>>, Failure> {
        self.coins.shuffle(&mut rand::rng());
        let mut placed = Vec::new();
        let mut place = self.coins.len();
        while placed.len() < 2 * TRANSACTIONS {
            place = place.checked_sub(1).ok_or("enough coins are behind an anchor")?;
            if let Some((position, reference)) = self.place(state, &self.coins[place])? {
                let coin = self.coins.swap_remove(place);
                placed.push(Placed { coin, position, reference });
            }
        }
        let made: Result<Vec<_>, String> = placed
            .par_chunks(2)
            .map(|pair| self.transaction(state, pair).map_err(|error| error.to_string()))
            .collect();
        let mut transactions = Vec::new();
        for (bytes, coins) in made? {
            transactions.push(bytes);
            self.coins.extend(coins);
        }
        Ok(transactions)
    }

    fn view(&self, state: &NextState<impl StoreView>) -> ListView {
        let rules = self.network.rules();
        ListView {
            height: state.height(),
            length: state.tip().next_list().length,
            parameters: rules.sets,
            min_length: rules.shortest_list,
        }
    }

    fn place(&self, state: &NextState<impl StoreView>, coin: &Coin) -> Result<Option<(u64, Reference)>, Failure> {
        let Some(&position) = self.positions.get(&coin.key) else { return Ok(None) };
        let candidates = Candidates::of(position, &self.view(state), |anchor| state.anchor_length(anchor))?;
        let toss = membership::Coin::toss(self.secret.audit_key().view_balance_secret(), coin.tag.point());
        Ok(candidates.choose(toss).map(|reference| (position, reference)))
    }

    fn transaction(
        &self,
        state: &NextState<impl StoreView>,
        placed: &[Placed],
    ) -> Result<(Vec<u8>, Vec<Coin>), Failure> {
        let rng = &mut rand::rng();
        let net = self.network.id();
        let inputs: Vec<InputDraft> = placed
            .iter()
            .map(|Placed { coin, .. }| {
                let masks = Masks::random(rng);
                let image = Image::of(&coin.member, &masks).expect("random masks");
                InputDraft { tag: coin.tag, opening: coin.opening.clone(), image, masks }
            })
            .collect();
        let smallest = inputs.iter().map(|input| Anchor::Tag(input.tag.to_bytes())).min().ok_or("two coins")?;
        let context = InputContext::bundle(net, &smallest);
        let held: u64 = placed.iter().map(|placed| placed.coin.opening.amount().0).sum();
        let paid = (held - FEE) / 3;
        let outputs: Vec<OutputDraft> = [paid, held - FEE - paid]
            .into_iter()
            .map(|amount| {
                let seed = EnoteSeed::random(rng);
                let draft =
                    Draft { context: &context, seed: &seed, amount: Amount(amount), asset: AssetId::NATIVE };
                let memo = vec![0; MemoClass::default().bytes()];
                OutputDraft { made: draft.external(net, &self.address), lock: None, memo }
            })
            .collect();
        let coins = outputs.iter().map(|output| Ok(self.recognise(&context, &output.made.enote.decode()?)));
        let coins = coins.collect::<Result<Vec<_>, Failure>>()?;
        let bundle = BundleDraft { tx_nonce: rand::random(), inputs, outputs, ..BundleDraft::default() };
        let draft = TransactionDraft { fee: FEE, bundles: vec![bundle], ..TransactionDraft::default() };
        let unsigned = draft.prove(net, rng)?;

        let (mut spends, mut memberships) = (Vec::new(), Vec::new());
        let masks: Vec<_> = unsigned.masks().map(|masks| masks.key.clone()).collect();
        for (input, (statement, z)) in unsigned.spends().zip(masks).enumerate() {
            let placed =
                placed.iter().find(|placed| placed.coin.tag == statement.tag).ok_or("a coin spent here")?;
            let Placed { coin, position, reference } = placed;
            let witness = SpendWitness { x: coin.x.clone(), y: coin.y.clone(), z };
            spends.push(SpendProof::prove(&statement, &witness, rng)?);
            let resolved = reference.resolve::<Unresolved>(&self.view(state), |anchor| {
                state.anchor_length(anchor).map_err(|error| Unresolved(error.to_string()))
            });
            let interval = resolved.map_err(|Unresolved(error)| error)?;
            let set = state.reference_set(reference.kind(), interval)?;
            let proof = unsigned.prove_membership(
                input,
                self.network.rules().sets,
                &set,
                position - interval.start,
                rng,
            )?;
            memberships.push((*reference, proof));
        }
        let signatures = Signatures { spends, ..Signatures::default() };
        Ok((unsigned.assemble(&signatures, &memberships)?.encode(net), coins))
    }
}

struct Unresolved(String);

impl From<ReferenceError> for Unresolved {
    fn from(error: ReferenceError) -> Self {
        Self(error.to_string())
    }
}

fn first_32(entry: &[u8; 96]) -> [u8; 32] {
    *entry.first_chunk().expect("an entry has 96 bytes")
}

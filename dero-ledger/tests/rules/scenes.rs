//! Valid transactions of every kind, and how a node judges one.

use std::sync::{Arc, LazyLock};

use dero_crypto::{
    asset::{AssetId, AssetRules, Descriptor, Issuer},
    commitment::Amount,
    enote::{Draft, EnoteSeed, InputContext, MadeEnote, MemoClass, Opening, PublicEnote},
    group::{Element, Point, Scalar},
    keys::{AddressIndex, MasterSecret},
    secret::Secret,
    sigma::SchnorrProof,
};
use dero_ledger::{
    rules::{
        AssetRow, CheckError, CheckedTransaction, LockedVault, TxError, UnverifiedTransaction, VaultStatus,
        Verification, VerifiedTransaction,
    },
    testing::{MemoryState, Treasury},
    transaction::{
        AcceptPhase, ContractId, Direction, PublicMove, Transaction, VaultId,
        builder::{LockDraft, OpAction, OpDraft, Signatures, TransactionDraft, UnsignedTransaction},
    },
};
use rand::{SeedableRng, rngs::StdRng};

pub const NATIVE: AssetId = AssetId::NATIVE;
pub const CONTRACT: ContractId = ContractId([0xC0; 32]);
/// An asset of the state, reissuable and burnable, with a maximum of 1,000 of which 400 are issued.
pub const TOKEN: AssetId = AssetId([0xA1; 32]);
/// An asset of the state with hidden supply, reissuable, not burnable in public.
pub const SHADOW: AssetId = AssetId([0xA2; 32]);

/// A transaction, the coins that it spends, and the state in which it is valid.
pub struct Scene {
    pub treasury: Treasury,
    pub state: MemoryState,
    pub tx: Transaction,
}

pub fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

pub fn key(n: u64) -> (Secret<Scalar>, Point) {
    let secret = Scalar::from(n);
    (Secret::new(secret), Point::encode(Element::mul_base(&secret), "key").unwrap())
}

impl Scene {
    /// Steps 1 to 5.
    pub fn check(&self, tx: &Transaction) -> Result<CheckedTransaction, TxError> {
        self.check_bytes(&tx.encode(&self.treasury.parameters.net))
    }

    pub fn check_bytes(&self, bytes: &[u8]) -> Result<CheckedTransaction, TxError> {
        let parameters = &self.treasury.parameters;
        let tx = Arc::new(UnverifiedTransaction::parse(bytes, parameters)?);
        tx.check(parameters, &self.state).map_err(|error| match error {
            CheckError::Refused(error) => error,
            CheckError::State(never) => match never {},
        })
    }

    /// Steps 1 to 9.
    pub fn judge(&self, tx: &Transaction) -> Result<VerifiedTransaction, TxError> {
        self.judge_bytes(&tx.encode(&self.treasury.parameters.net))
    }

    pub fn judge_bytes(&self, bytes: &[u8]) -> Result<VerifiedTransaction, TxError> {
        let checked = self.check_bytes(bytes)?;
        let mut verification = Verification::new(&self.treasury.parameters);
        verification.push(checked)?;
        verification.verify(&mut rand::rng()).remove(0)
    }

    /// Why the scene's transaction with one thing changed is refused, if it is.
    pub fn refusal_or(&self, change: impl FnOnce(&mut Transaction)) -> Option<TxError> {
        let mut tx = self.tx.clone();
        change(&mut tx);
        self.judge(&tx).err()
    }

    /// The scene's transaction with one thing changed, and why it is refused.
    pub fn refusal(&self, change: impl FnOnce(&mut Transaction)) -> TxError {
        self.refusal_or(change).expect("a refusal")
    }
}

/// Sixteen native coins of 1,000, three of 100 TOKEN, one of 50 SHADOW.
fn treasury(rng: &mut StdRng) -> (Treasury, MemoryState) {
    let mut holdings = vec![(NATIVE, 1_000); 12];
    holdings.extend([(TOKEN, 100), (TOKEN, 100), (TOKEN, 100), (SHADOW, 50)]);
    let treasury = Treasury::new(&holdings, rng);
    let mut state = treasury.state();
    state.contracts.insert(CONTRACT);
    let row = |descriptor| AssetRow { descriptor, issued: 400, mint_ops: 1 };
    state.assets.insert(TOKEN, row(token()));
    state.assets.insert(SHADOW, row(shadow()));
    (treasury, state)
}

pub fn token() -> Descriptor {
    Descriptor {
        issuer: Issuer::Key(key(11).1.to_bytes()),
        ticker: b"TOKEN".to_vec(),
        name: b"a token".to_vec(),
        decimals: 2,
        max_supply: Some(1_000),
        rules: AssetRules { hidden_supply: false, reissuable: true, burnable: true },
        metadata: [5; 32],
    }
}

pub fn shadow() -> Descriptor {
    Descriptor {
        max_supply: None,
        rules: AssetRules { hidden_supply: true, reissuable: true, burnable: false },
        ..token()
    }
}

/// A draft without memos.
pub fn plain() -> TransactionDraft {
    TransactionDraft { memo_class: MemoClass::None, expiry: 200, ..TransactionDraft::default() }
}

/// One bundle, two inputs of two assets, three outputs, a fee.
pub static PAYMENT: LazyLock<Scene> = LazyLock::new(|| {
    let mut rng = rng(1);
    let (treasury, state) = treasury(&mut rng);
    let bundle = treasury.bundle(&[0, 12], &[(NATIVE, 700), (TOKEN, 100), (NATIVE, 292)], &mut rng);
    let draft = TransactionDraft { fee: 8, bundles: vec![bundle], ..plain() };
    let tx = treasury.finish(draft, &mut rng).unwrap();
    Scene { treasury, state, tx }
});

/// Two bundles of two inputs and two outputs each, which balance only together.
pub static SWAP: LazyLock<Scene> = LazyLock::new(|| {
    let mut rng = rng(2);
    let (treasury, state) = treasury(&mut rng);
    let one = treasury.bundle(&[0, 1], &[(NATIVE, 1_500), (TOKEN, 40)], &mut rng);
    let two = treasury.bundle(&[12, 2], &[(NATIVE, 1_496), (TOKEN, 60)], &mut rng);
    let draft = TransactionDraft { fee: 4, bundles: vec![one, two], ..plain() };
    let tx = treasury.finish(draft, &mut rng).unwrap();
    Scene { treasury, state, tx }
});

/// A call as far as the ledger looks into it.
pub fn call() -> Vec<u8> {
    vec![1; 44]
}

fn part(treasury: &Treasury, context: &InputContext, amount: u64, rng: &mut StdRng) -> MadeEnote {
    treasury.output(context, NATIVE, amount, rng).made
}

/// A locked enote of 600 with an accept phase and three outcomes: one part, two parts, four parts.
pub static DEPOSIT: LazyLock<Scene> = LazyLock::new(|| deposit(|_| {}));

/// [`DEPOSIT`] by a maker who changes OutProofs before he signs them.
pub fn deposit(forge: impl FnOnce(&mut Vec<u8>)) -> Scene {
    let mut rng = rng(3);
    let (treasury, state) = treasury(&mut rng);
    let mut bundle = treasury.bundle(&[0], &[(NATIVE, 600), (NATIVE, 392)], &mut rng);
    let context = InputContext::bundle(
        &treasury.parameters.net,
        &dero_crypto::enote::Anchor::Tag(bundle.inputs[0].tag.to_bytes()),
    );
    let locked = bundle.outputs[0].made.enote.one_time_key;
    let amounts: [&[u64]; 3] = [&[600], &[599, 1], &[100, 200, 300, 0]];
    let alternatives = (1..)
        .zip(amounts)
        .map(|(j, amounts)| {
            let context = context.sealed(&locked, j);
            amounts.iter().map(|amount| part(&treasury, &context, *amount, &mut rng)).collect()
        })
        .collect();
    bundle.outputs[0].lock = Some(LockDraft {
        contract: CONTRACT,
        authority: Some(key(21).1),
        due: 500,
        default: 2,
        accept: Some(AcceptPhase { accept_by: 300, keys: vec![key(31).1.to_bytes(), key(32).1.to_bytes()] }),
        alternatives,
    });
    let draft = TransactionDraft { fee: 8, bundles: vec![bundle], payload: call(), ..plain() };
    let unsigned = draft.prove(&treasury.parameters.net, &mut rng).unwrap().forged(forge);
    let tx = sign(&treasury, unsigned, vec![], vec![], &mut rng);
    Scene { treasury, state, tx }
}

pub const VAULT: VaultId = VaultId([0x77; 32]);

/// A private input and a vault of 500 under a payout key.
pub static PAYOUT: LazyLock<Scene> = LazyLock::new(|| {
    let mut rng = rng(4);
    let (treasury, mut state) = treasury(&mut rng);
    let opening = Opening::new(
        TOKEN,
        Amount(500),
        Secret::new(Scalar::random(&mut rng)),
        Secret::new(Scalar::random(&mut rng)),
    );
    let (secret, authority) = key(41);
    state.vaults.insert(
        VAULT,
        VaultStatus::Locked(Box::new(LockedVault {
            commitment: Point::encode(opening.commitment(), "C").unwrap(),
            asset_tag: Point::encode(opening.asset_tag(), "T").unwrap(),
            authority: Some(authority),
            contract: CONTRACT,
            due: 101,
        })),
    );
    let mut bundle = treasury.bundle(&[0], &[(TOKEN, 500), (NATIVE, 992)], &mut rng);
    bundle.vaults.push((VAULT, opening));
    let draft = TransactionDraft { fee: 8, bundles: vec![bundle], payload: call(), ..plain() };
    let unsigned = draft.prove(&treasury.parameters.net, &mut rng).unwrap();
    let statement = unsigned.vault_authority(VAULT, authority).statement();
    let vaults = vec![SchnorrProof::prove(&statement, &secret, &mut rng).unwrap()];
    let tx = sign(&treasury, unsigned, vaults, vec![], &mut rng);
    Scene { treasury, state, tx }
});

pub fn sign(
    treasury: &Treasury,
    unsigned: UnsignedTransaction,
    vaults: Vec<SchnorrProof>,
    issuers: Vec<SchnorrProof>,
    rng: &mut StdRng,
) -> Transaction {
    let spends = treasury.sign(&unsigned, rng);
    let membership = treasury.place(&unsigned, rng);
    unsigned.assemble(&Signatures { spends, vaults, issuers }, &membership).unwrap()
}

/// Registers an asset and mints 70 of it, mints SHADOW hidden, burns TOKEN hidden.
pub static OPS: LazyLock<Scene> = LazyLock::new(|| ops(|_| {}));

/// [`OPS`] by a maker who changes OutProofs before everybody signs them.
pub fn ops(forge: impl FnOnce(&mut Vec<u8>)) -> Scene {
    let rng = &mut rng(5);
    let (treasury, state) = treasury(rng);
    let mut bundle = treasury.bundle(&[0, 12], &[], rng);
    let net = treasury.parameters.net;
    let draft = TransactionDraft { bundles: vec![bundle.clone()], ..plain() };
    let context = InputContext::bundle(&net, &draft.smallest_anchor(0).unwrap());
    let descriptor = Descriptor { ticker: b"NEW".to_vec(), ..token() };
    let new = AssetId::derive(&net, &descriptor.to_bytes().unwrap(), &context, 0);
    bundle.outputs = [(new, 70), (SHADOW, 25), (NATIVE, 992), (TOKEN, 40)]
        .map(|(asset, amount)| treasury.output(&context, asset, amount, rng))
        .into();
    let mut random = || Secret::new(Scalar::random(rng));
    let burnt = Opening::new(TOKEN, Amount(60), random(), random());
    let actions = [
        OpAction::Register(descriptor),
        OpAction::Mint(new, Amount(70)),
        OpAction::MintHidden(SHADOW, Amount(25), random()),
        OpAction::BurnHidden(burnt),
    ];
    let ops = actions.map(|action| OpDraft { bundle: 0, action }).into();
    let draft = TransactionDraft { fee: 8, bundles: vec![bundle], ops, ..plain() };
    let unsigned = draft.prove(&net, rng).unwrap().forged(forge);
    let (secret, issuer) = key(11);
    let issuers = [(0, new), (1, new), (2, SHADOW)]
        .map(|(op, asset)| {
            SchnorrProof::prove(&unsigned.issuer(op, asset, issuer).statement(), &secret, rng).unwrap()
        })
        .into();
    let tx = sign(&treasury, unsigned, vec![], issuers, rng);
    Scene { treasury, state, tx }
}

/// A bundle without private input, anchored by a move in of 100 TOKEN, another that pays the fee and moves 50 out;
/// a public burn of 20 TOKEN.
pub static MOVES: LazyLock<Scene> = LazyLock::new(|| {
    let mut rng = rng(6);
    let (treasury, state) = treasury(&mut rng);
    let net = treasury.parameters.net;
    let nonce = [0x4E; 32];
    let anchor = dero_crypto::enote::Anchor::Move { contract: CONTRACT.0, nonce };
    let context = InputContext::bundle(&net, &anchor);
    let claimed =
        vec![treasury.output(&context, TOKEN, 80, &mut rng), treasury.output(&context, NATIVE, 0, &mut rng)];
    let one = dero_ledger::transaction::builder::BundleDraft { outputs: claimed, ..Default::default() };
    let two = treasury.bundle(&[3], &[(NATIVE, 942)], &mut rng);
    let context = InputContext::bundle(&net, &dero_crypto::enote::Anchor::Tag(two.inputs[0].tag.to_bytes()));
    let stub = stub(&treasury, &context, 50, &mut rng);
    let moves = vec![
        PublicMove { bundle: 0, contract: CONTRACT, asset: TOKEN, amount: 100, direction: Direction::In { nonce } },
        PublicMove { bundle: 1, contract: CONTRACT, asset: NATIVE, amount: 50, direction: Direction::Out { stub } },
    ];
    let draft = TransactionDraft {
        fee: 8,
        bundles: vec![one, two],
        ops: vec![OpDraft { bundle: 1, action: OpAction::Burn(TOKEN, Amount(20)) }],
        moves,
        payload: call(),
        ..plain()
    };
    let tx = treasury.finish(draft, &mut rng).unwrap();
    Scene { treasury, state, tx }
});

fn stub(treasury: &Treasury, context: &InputContext, amount: u64, rng: &mut StdRng) -> PublicEnote {
    let seed = EnoteSeed::random(rng);
    let address = MasterSecret::random(rng).audit_key().address_key().address(AddressIndex(1));
    let draft = Draft { context, seed: &seed, amount: Amount(amount), asset: NATIVE };
    draft.public(&treasury.parameters.net, &address).unwrap()
}

/// All scenes, by name.
pub fn all() -> [(&'static str, &'static Scene); 6] {
    [
        ("payment", &PAYMENT),
        ("swap", &SWAP),
        ("deposit", &DEPOSIT),
        ("payout", &PAYOUT),
        ("ops", &OPS),
        ("moves", &MOVES),
    ]
}

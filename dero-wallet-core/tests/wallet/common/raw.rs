//! Transactions without proofs, for blocks that nobody checks: what a scanner sees, and nothing else.

use super::COIN;
use dero_crypto::{
    NetworkId,
    asset::AssetId,
    commitment::Amount,
    enote::{Anchor, Draft, Enote, EnoteSeed, InputContext},
    keys::Address,
};
use dero_ledger::{
    testing::unproven,
    transaction::{AssetOp, Bundle, ContractId, Input, LockRecord, Output, Transaction, VaultId},
};

/// One bundle under construction.
pub(crate) struct RawBundle {
    pub(crate) tx_nonce: [u8; 16],
    pub(crate) tags: Vec<[u8; 32]>,
    pub(crate) outputs: Vec<Output>,
}

impl RawBundle {
    /// A bundle that spends tags of nobody.
    pub(crate) fn foreign(tag: u8) -> Self {
        Self::spending(&[[tag; 32]])
    }

    pub(crate) fn spending(tags: &[[u8; 32]]) -> Self {
        let mut tags = tags.to_vec();
        tags.sort_unstable();
        Self { tx_nonce: [tags[0][0]; 16], tags, outputs: Vec::new() }
    }

    pub(crate) fn context(&self, net: &NetworkId) -> InputContext {
        InputContext::bundle(net, &Anchor::Tag(self.tags[0]))
    }

    pub(crate) fn output(mut self, enote: Enote) -> Self {
        self.outputs.push(Output::from(enote));
        self
    }

    pub(crate) fn locked(mut self, enote: Enote, record: LockRecord) -> Self {
        self.outputs.push(Output { enote, lock: Some(record) });
        self
    }

    /// An enote that pays `address`.
    pub(crate) fn pays(self, net: &NetworkId, address: &Address, amount: u64) -> Self {
        let enote = pay(net, &self.context(net), address, AssetId::NATIVE, amount, self.outputs.len() as u8);
        self.output(enote)
    }

    pub(crate) fn transaction(mut self) -> Transaction {
        self.outputs.sort_by_key(|output| output.enote.one_time_key);
        transaction(vec![self], Vec::new())
    }
}

pub(crate) fn pay(
    net: &NetworkId,
    context: &InputContext,
    address: &Address,
    asset: AssetId,
    amount: u64,
    seed: u8,
) -> Enote {
    let seed = EnoteSeed::from_bytes([seed; 16]);
    Draft { context, seed: &seed, amount: Amount(amount), asset }.external(net, address).enote
}

pub(crate) fn transaction(bundles: Vec<RawBundle>, ops: Vec<AssetOp>) -> Transaction {
    let input = |tag: &[u8; 32]| Input { tag: *tag, key: [1; 32], commitment: [2; 32], asset_tag: [3; 32] };
    let bundle = |raw: RawBundle| Bundle {
        tx_nonce: raw.tx_nonce,
        inputs: raw.tags.iter().map(input).collect(),
        vault_inputs: Vec::new(),
        outputs: raw.outputs,
    };
    let mut transaction = unproven(bundles.into_iter().map(bundle).collect());
    transaction.body.ops = ops;
    transaction
}

/// A lock record of a contract that exists.
pub(crate) fn record(alternatives: Vec<Vec<Enote>>) -> LockRecord {
    LockRecord {
        contract: ContractId([5; 32]),
        authority: [0; 32],
        due: 900,
        default: 0,
        accept: None,
        alternatives,
    }
}

/// A locked output and a sealed part, both addressed to `payee`; the vault, and the two enotes.
pub(crate) fn deposit(net: &NetworkId, payee: &Address) -> (RawBundle, VaultId, Enote, Enote) {
    let bundle = RawBundle::foreign(1);
    let context = bundle.context(net);
    let locked = pay(net, &context, payee, AssetId::NATIVE, 50 * COIN, 1);
    let part = pay(net, &context.sealed(&locked.one_time_key, 1), payee, AssetId::NATIVE, 30 * COIN, 2);
    let record = record(vec![vec![part]]);
    let vault = record.vault_id(net, &context, &locked);
    (bundle.locked(locked, record), vault, locked, part)
}

/// What stands in the reference list.
pub(crate) fn entry(enote: &Enote) -> [u8; 96] {
    [enote.one_time_key, enote.commitment, enote.asset_tag].concat().try_into().unwrap()
}

//! Making a wallet's state, and loading it again.

use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};

use dero_crypto::{
    asset::{AssetId, KnownAssets},
    enote::Recognised,
    keys::AuditKey,
};
use dero_ledger::{
    consensus::Consensus,
    genesis::{Genesis, GenesisEnote},
    params::Network,
};

use super::{
    State, Wallet,
    rows::{self, TIP},
};
use crate::{
    chain::{ChainError, LightChain},
    enote::{Condition, OwnEnote, Place, Record, Stored},
    scan::Start,
    store::{Persister, Staged},
    wallet::{OpenPayment, Sent},
};

/// Why a wallet does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError<E> {
    /// Its rows cannot be read, or do not fit together.
    #[error(transparent)]
    Chain(#[from] ChainError<E>),
    /// The rows are those of another network or wallet.
    #[error("the wallet's rows belong to another {0}")]
    Other(&'static str),
}

impl<P: Persister, C: Consensus> Wallet<P, C> {
    /// Opens the wallet of `keys` on `network`: from its rows, or at genesis if there are none.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the rows are damaged, or those of another wallet or network.
    pub fn open(
        network: Arc<Network>,
        keys: AuditKey,
        persister: P,
        consensus: C,
    ) -> Result<Self, OpenError<P::Error>> {
        Self::open_from(network, keys, persister, consensus, Start::Genesis)
    }

    /// The same for a wallet that has no enotes before `start`: where there are no rows yet, blocks before it are not
    /// scanned. Rows that are there know where they begin; [`rescan_from`](Self::rescan_from) changes that.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the rows are damaged, or those of another wallet or network.
    pub fn open_from(
        network: Arc<Network>,
        keys: AuditKey,
        persister: P,
        consensus: C,
        start: Start,
    ) -> Result<Self, OpenError<P::Error>> {
        let mut rows = Staged::new(persister);
        let stored = rows.load().map_err(ChainError::Rows)?;
        let row = |key: &[u8]| stored.iter().find(|(stored, _)| stored == key).map(|(_, value)| value.as_slice());
        if row(TIP).is_some() {
            let owner = owner(&network, &keys);
            let Some((net, spend_key)) = row(rows::OWNER).and_then(|row| row.split_at_checked(32)) else {
                return Err(ChainError::Damaged("owner").into());
            };
            if net != &owner[..32] {
                return Err(OpenError::Other("network"));
            }
            if spend_key != &owner[32..] {
                return Err(OpenError::Other("wallet"));
            }
            let state = State::load(&stored, network, &keys, &consensus, &rows)?;
            return Ok(Self { keys, rows, consensus, state, switching: false });
        }
        rows.changes().put(rows::OWNER, owner(&network, &keys));
        let state = State::fresh(network, start, &mut rows)?;
        let mut wallet = Self { keys, rows, consensus, state, switching: false };
        if start == Start::Genesis {
            wallet.begin_at_genesis()?;
        }
        wallet.checkpoint()?;
        Ok(wallet)
    }

    /// Begins at genesis: nothing is older.
    pub(crate) fn begin_at_genesis(&mut self) -> Result<(), ChainError<P::Error>> {
        let listed: Vec<[u8; 96]> =
            Genesis::of(self.state.chain.network()).listed.iter().map(|listed| listed.enote).collect();
        self.state.chain.begin_at_genesis(&listed, &mut self.rows)?;
        for (stored, recognised) in self.own_genesis_enotes() {
            self.keep(stored, recognised);
        }
        Ok(())
    }

    /// The wallet's own enotes of the network's genesis list.
    fn own_genesis_enotes(&self) -> Vec<(Stored, Recognised)> {
        let network = Arc::clone(self.state.chain.network());
        let own = |(index, enote): (u64, &GenesisEnote)| {
            let record = Record::Public { enote: enote.enote, amount: enote.amount.0, asset: AssetId::NATIVE };
            let keys = self.keys.view_received();
            let decoded = record.decode().ok()?;
            let recognised = keys.recognise(network.id(), &enote.context, &decoded, &self.state.known).ok()?;
            let stored = Stored {
                height: 0,
                txid: [0; 32],
                place: Place::Genesis { index },
                condition: Condition::None,
                foreign_self_send: false,
                context: enote.context,
                record,
                position: Some(index),
                reserved_until: None,
                spent: None,
            };
            Some((stored, recognised))
        };
        (0..).zip(&Genesis::of(&network).enotes).filter_map(own).collect()
    }

    /// Whether something speaks for enotes of this wallet before its first block, so that the birthday it was given
    /// is too late: a bundle that pays change but spends nothing that the wallet knows (or is made by somebody else
    /// who holds the audit key), or an own enote in the network's genesis list. That nothing speaks for it proves
    /// nothing: a wallet that began late should always say from which block on it has looked.
    #[must_use]
    pub fn seems_older_than_its_start(&self) -> bool {
        let late = self.scans_from().is_some_and(|first| first > 1);
        late && (self.enotes().any(OwnEnote::is_foreign_self_send) || !self.own_genesis_enotes().is_empty())
    }

    /// Says that this wallet was restored without what another copy of it knew, when the chain had `height` blocks:
    /// enotes of these blocks may have been offered under other references, and spending one says so.
    ///
    /// # Errors
    ///
    /// [`ChainError`] if the wallet's rows fail.
    pub fn mark_restored(&mut self, height: u64) -> Result<(), ChainError<P::Error>> {
        self.settle()?;
        self.state.restored_at = Some(height);
        self.rows.changes().put(rows::RESTORED, height.to_le_bytes());
        self.checkpoint()
    }

    /// Forgets all blocks, so that the next [`sync`](Self::sync) scans from genesis again. What the chain does not
    /// know is kept: references, open payments, labels, memos, the mark of a restore.
    ///
    /// # Errors
    ///
    /// [`ChainError`] if the wallet's rows fail.
    pub fn rescan(&mut self) -> Result<(), ChainError<P::Error>> {
        self.rescan_from(Start::Genesis)
    }

    /// Forgets what was found from `start` on, so that the next [`sync`](Self::sync) scans it again; earlier blocks
    /// than before, if `start` is lower than where the wallet began. Headers are kept, so that no branch with less
    /// work is followed meanwhile, and what the chain does not know: references, labels, memos, open payments and what
    /// they have reserved, the mark of a restore.
    ///
    /// # Errors
    ///
    /// [`ChainError`] if the wallet's rows fail.
    pub fn rescan_from(&mut self, start: Start) -> Result<(), ChainError<P::Error>> {
        self.settle()?;
        let height = self.height_before(start)?.min(self.tip().height);
        self.step_back(height)?;
        if self.scans_from().is_none() {
            self.state.start = start;
            if start == Start::Genesis {
                self.begin_at_genesis()?;
            }
        }
        self.checkpoint()
    }

    /// Writes what is staged. If that fails, the wallet becomes again what the last checkpoint left.
    pub(crate) fn checkpoint(&mut self) -> Result<(), ChainError<P::Error>> {
        self.drop_settled_payments();
        let tip = self.tip().height;
        let start = rows::start_value(self.state.start, self.scans_from());
        self.rows.changes().put(TIP, tip.to_le_bytes());
        self.rows.changes().put(rows::START, start);
        match self.state.chain.kept() {
            Some(kept) => self.rows.changes().put(rows::KEPT, kept.to_le_bytes()),
            None => self.rows.changes().delete(rows::KEPT),
        }
        match self.rows.checkpoint() {
            Ok(()) => {
                self.switching = false;
                Ok(())
            }
            Err(error) => {
                // Where not even reading works, what is staged waits for the next checkpoint.
                let _unread = self.reload();
                Err(ChainError::Rows(error))
            }
        }
    }

    /// Becomes again what the last checkpoint left. Where the rows cannot be read nothing changes.
    pub(crate) fn reload(&mut self) -> Result<(), ChainError<P::Error>> {
        let stored = self.rows.load().map_err(ChainError::Rows)?;
        let staged = self.rows.discard();
        let network = Arc::clone(self.state.chain.network());
        match State::load(&stored, network, &self.keys, &self.consensus, &self.rows) {
            Ok(state) => {
                (self.state, self.switching) = (state, false);
                Ok(())
            }
            Err(error) => {
                self.rows.changes().merge(staged);
                Err(error)
            }
        }
    }

    /// Undoes a change of branches that was given up half-way.
    pub(crate) fn settle(&mut self) -> Result<(), ChainError<P::Error>> {
        if self.switching { self.reload() } else { Ok(()) }
    }
}

/// net ‖ K_s: whose rows these are.
fn owner(network: &Network, keys: &AuditKey) -> Vec<u8> {
    [network.id().0.as_slice(), keys.address_key().wallet_spend_public().as_bytes()].concat()
}

impl State {
    /// A wallet that has seen nothing of its own on `chain`.
    fn on(chain: LightChain, start: Start) -> Self {
        Self {
            chain,
            start,
            known: KnownAssets::native(),
            assets: Vec::new(),
            enotes: BTreeMap::new(),
            tags: BTreeMap::new(),
            references: BTreeMap::new(),
            reserved: BTreeMap::new(),
            sent: BTreeMap::new(),
            payments: BTreeMap::new(),
            labels: BTreeMap::new(),
            memos: BTreeMap::new(),
            buckets: BTreeMap::new(),
            restored_at: None,
        }
    }

    fn fresh<P: Persister>(
        network: Arc<Network>,
        start: Start,
        rows: &mut Staged<P>,
    ) -> Result<Self, ChainError<P::Error>> {
        let genesis = Genesis::of(&network);
        Ok(Self::on(LightChain::genesis(network, genesis.header, rows)?, start))
    }

    fn load<P: Persister>(
        stored: &[(Vec<u8>, Vec<u8>)],
        network: Arc<Network>,
        keys: &AuditKey,
        consensus: &impl Consensus,
        rows: &Staged<P>,
    ) -> Result<Self, ChainError<P::Error>> {
        let row = |key: &[u8]| stored.iter().find(|(stored, _)| stored == key).map(|(_, value)| value.as_slice());
        let height = |key: &[u8], what: &'static str| -> Result<Option<u64>, ChainError<P::Error>> {
            let Some(row) = row(key) else { return Ok(None) };
            row.try_into().map(|row| Some(u64::from_le_bytes(row))).map_err(|_| ChainError::Damaged(what))
        };
        let table = |table: u8| {
            stored.iter().filter_map(move |(key, value)| match key.split_first() {
                Some((first, id)) if *first == table && !id.is_empty() => Some((id, value.as_slice())),
                _ => None,
            })
        };
        let tip = height(TIP, "tip")?.ok_or(ChainError::Damaged("tip"))?;
        // Wallets of before there were starts began at genesis.
        let (start, first) = match row(rows::START) {
            Some(value) => rows::start(value).ok_or(ChainError::Damaged("start"))?,
            None => (Start::Genesis, Some(1)),
        };
        let kept = height(rows::KEPT, "newest header")?;
        let mut state = Self::on(LightChain::resume(network, tip, first, kept, consensus, rows)?, start);
        state.restored_at = height(rows::RESTORED, "restored")?;
        for (id, value) in table(rows::ASSET) {
            let (height, id) = rows::asset(id, value).ok_or(ChainError::Damaged("assets"))?;
            state.register(height, id);
        }
        for (id, value) in table(rows::REFERENCES) {
            let (name, references) = rows::references(id, value).ok_or(ChainError::Damaged("references"))?;
            state.references.insert(name, references);
        }
        for (id, value) in table(rows::RESERVED) {
            let (tag, until) = rows::reserved(id, value).ok_or(ChainError::Damaged("reservations"))?;
            state.reserved.insert(tag, until);
        }
        for (id, value) in table(rows::LABEL) {
            let (index, label) = rows::label(id, value).ok_or(ChainError::Damaged("labels"))?;
            state.labels.insert(index, label);
        }
        for (id, value) in table(rows::MEMO) {
            let (name, memo) = rows::memo(id, value).ok_or(ChainError::Damaged("memos"))?;
            state.memos.insert(name, memo);
        }
        for (id, value) in table(rows::BUCKET) {
            let (number, bucket) = rows::bucket(id, value).ok_or(ChainError::Damaged("memos"))?;
            state.buckets.insert(number, bucket);
        }
        for (_, value) in table(rows::ENOTE) {
            let enote = Stored::from_bytes(value)
                .ok()
                .and_then(|stored| OwnEnote::open(stored, keys, state.chain.network().id(), &state.known))
                .ok_or(ChainError::Damaged("enotes"))?;
            state.tags.insert(enote.view.tag().to_bytes(), *enote.record.one_time_key());
            state.enotes.insert(*enote.record.one_time_key(), enote);
        }
        for (_, value) in table(rows::SENT) {
            let record = Sent::from_bytes(value).map_err(|_| ChainError::Damaged("history"))?;
            state.sent.insert(record.txid, record);
        }
        let rules = state.chain.network().rules();
        for (id, value) in table(rows::PAYMENT) {
            let payment = OpenPayment::from_bytes(id, value, &rules).ok_or(ChainError::Damaged("payments"))?;
            state.payments.insert(payment.txid, payment);
        }
        Ok(state)
    }

    /// Takes an asset into the registry.
    pub(super) fn register(&mut self, height: u64, id: AssetId) {
        self.assets.push((height, id));
        self.known.insert(id);
    }
}

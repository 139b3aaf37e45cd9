//! Making a wallet's state, and loading it again.

use alloc::{collections::BTreeMap, sync::Arc};

use dero_crypto::{asset::KnownAssets, keys::AuditKey};
use dero_ledger::{consensus::Consensus, genesis::Genesis, params::Network};

use super::{Sent, Wallet};
use crate::{
    chain::{ChainError, LightChain},
    enote::{Condition, OwnEnote, Place, Record, Stored},
    store::{Persister, Staged},
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

const TIP: &[u8] = b"T";
const OWNER: &[u8] = b"O";
const RESTORED: &[u8] = b"R";
pub(super) const ENOTE: u8 = b'e';
pub(super) const SENT: u8 = b's';

/// A row key: the table and the id.
pub(super) fn key(table: u8, id: &[u8; 32]) -> Vec<u8> {
    [&[table], id.as_slice()].concat()
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
        let rows = Staged::new(persister);
        let stored = rows.load().map_err(ChainError::Rows)?;
        let row = |key: &[u8]| stored.iter().find(|(stored, _)| stored == key).map(|(_, value)| value.as_slice());
        let owner = [network.id().0.as_slice(), keys.address_key().wallet_spend_public().as_bytes()].concat();
        let Some(tip) = row(TIP) else { return Self::fresh(network, keys, rows, consensus, &owner) };
        if row(OWNER) != Some(&owner) {
            return Err(OpenError::Other("network or wallet"));
        }
        let tip = tip.try_into().map(u64::from_le_bytes).map_err(|_| ChainError::Damaged("tip"))?;
        let chain = LightChain::resume(network, tip, &consensus, &rows)?;
        let known = KnownAssets::native();
        let (mut enotes, mut tags, mut sent) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (key, value) in &stored {
            match key.first() {
                Some(&ENOTE) => {
                    let enote = Stored::from_bytes(value)
                        .ok()
                        .and_then(|stored| OwnEnote::open(stored, &keys, chain.network().id(), &known))
                        .ok_or(ChainError::Damaged("enotes"))?;
                    tags.insert(enote.view.tag().to_bytes(), *enote.record.one_time_key());
                    enotes.insert(*enote.record.one_time_key(), enote);
                }
                Some(&SENT) => {
                    let record = Sent::from_bytes(value).map_err(|_| ChainError::Damaged("history"))?;
                    sent.insert(record.txid, record);
                }
                _ => {}
            }
        }
        let restored_at = match row(RESTORED) {
            None => None,
            Some(height) => {
                Some(height.try_into().map(u64::from_le_bytes).map_err(|_| ChainError::Damaged("restored"))?)
            }
        };
        Ok(Self { keys, known, chain, rows, consensus, enotes, tags, sent, restored_at })
    }

    fn fresh(
        network: Arc<Network>,
        keys: AuditKey,
        mut rows: Staged<P>,
        consensus: C,
        owner: &[u8],
    ) -> Result<Self, OpenError<P::Error>> {
        let genesis = Genesis::of(&network);
        let known = KnownAssets::native();
        let mut own = Vec::new();
        for (index, enote) in (0..).zip(&genesis.enotes) {
            let record = Record::Public { enote: enote.enote, amount: enote.amount.0 };
            let decoded = record.decode().map_err(|_| ChainError::Damaged("genesis"))?;
            if let Ok(recognised) = keys.view_received().recognise(network.id(), &enote.context, &decoded, &known) {
                own.push((index, enote.context, record, recognised));
            }
        }
        let listed: Vec<[u8; 96]> = genesis.listed.iter().map(|listed| listed.enote).collect();
        let chain = LightChain::genesis(network, genesis.header, &listed, &mut rows)?;
        rows.changes().put(OWNER, owner);
        let mut wallet = Self {
            keys,
            known,
            chain,
            rows,
            consensus,
            enotes: BTreeMap::new(),
            tags: BTreeMap::new(),
            sent: BTreeMap::new(),
            restored_at: None,
        };
        for (index, context, record, recognised) in own {
            let stored = Stored {
                height: 0,
                txid: [0; 32],
                place: Place::Genesis { index },
                condition: Condition::None,
                foreign_self_send: false,
                context,
                record,
                position: Some(index),
                reference: None,
                reserved_until: None,
                spent: None,
            };
            wallet.keep(stored, recognised);
        }
        wallet.checkpoint()?;
        Ok(wallet)
    }

    /// Says that this wallet was restored without what another copy of it knew, when the chain had `height` blocks:
    /// enotes of these blocks may have been offered under other references, and spending one says so.
    ///
    /// # Errors
    ///
    /// [`ChainError`] if the wallet's rows fail.
    pub fn mark_restored(&mut self, height: u64) -> Result<(), ChainError<P::Error>> {
        self.restored_at = Some(height);
        self.rows.changes().put(RESTORED, height.to_le_bytes());
        self.checkpoint()
    }

    /// Writes what is staged. At most that much is scanned again after a crash.
    pub(crate) fn checkpoint(&mut self) -> Result<(), ChainError<P::Error>> {
        let tip = self.chain.tip().height;
        self.rows.changes().put(TIP, tip.to_le_bytes());
        self.rows.checkpoint().map_err(ChainError::Rows)
    }
}

//! Rows in one redb file, encrypted: the disk learns how many rows there are and about how long, nothing else.
//!
//! ```text
//! stored key   = h_32("wallet/row"; database key, table, key)
//! stored value = nonce 24 | XChaCha20-Poly1305( u32 key length | key | u32 value length | value | zeros ) | tag 16
//! ```
//!
//! The stored key is authenticated with the value, so rows cannot change places. The plaintext is padded to a power
//! of two from 64 bytes to 4 KiB, and to multiples of 4 KiB above.

use std::{fs, path::Path};

use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use dero_crypto::{codec::Reader, group::domain, secret::Secret};
use rand_core::CryptoRng;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use super::{ChangeSet, Persister};

type Table = TableDefinition<'static, &'static [u8; 32], &'static [u8]>;

const ROWS: Table = TableDefinition::new("rows");
const BULK: Table = TableDefinition::new("bulk");

/// A wallet's rows on a disk, under the wallet's database key.
pub struct RedbPersister<R> {
    database: Database,
    key: Secret<[u8; 32]>,
    rng: R,
}

impl<R> core::fmt::Debug for RedbPersister<R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RedbPersister(..)")
    }
}

/// Why rows cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedbError {
    /// The database or the disk refused.
    #[error("wallet database: {0}")]
    Database(#[from] redb::Error),
    /// A row does not decrypt: another key, or damage.
    #[error("a row of the wallet database does not open: it is damaged or belongs to another wallet")]
    Damaged,
}

macro_rules! into_database_error {
    ($($error:ty),*) => {
        $(impl From<$error> for RedbError {
            fn from(error: $error) -> Self {
                Self::Database(error.into())
            }
        })*
    };
}
into_database_error!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError
);

/// A file is made beside its place: one whose making was cut off is no database, and would never open again.
fn open_or_make(path: &Path) -> Result<Database, RedbError> {
    if !path.exists() {
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        // What an earlier attempt left.
        let _ = fs::remove_file(&new);
        drop(Database::create(&new)?);
        fs::rename(&new, path).map_err(redb::StorageError::Io)?;
    }
    Ok(Database::open(path)?)
}

impl<R: CryptoRng> RedbPersister<R> {
    /// Opens the file at `path`, or makes it.
    ///
    /// # Errors
    ///
    /// [`RedbError`]; a file that another process holds is refused.
    pub fn open(path: &Path, key: Secret<[u8; 32]>, rng: R) -> Result<Self, RedbError> {
        let database = open_or_make(path)?;
        let transaction = database.begin_write()?;
        transaction.open_table(ROWS)?;
        transaction.open_table(BULK)?;
        transaction.commit()?;
        Ok(Self { database, key, rng })
    }

    fn place(&self, table: Table, key: &[u8]) -> [u8; 32] {
        use redb::TableHandle;
        domain::WALLET_ROW.hash(&[self.key.expose(), table.name().as_bytes(), key])
    }

    fn seal(&mut self, place: &[u8; 32], key: &[u8], value: &[u8]) -> Vec<u8> {
        let mut plain = Vec::with_capacity(padded(8 + key.len() + value.len()));
        for part in [key, value] {
            plain.extend(u32::try_from(part.len()).expect("rows are small").to_le_bytes());
            plain.extend(part);
        }
        plain.resize(padded(plain.len()), 0);
        let mut nonce = [0; 24];
        self.rng.fill_bytes(&mut nonce);
        let tag = XChaCha20Poly1305::new(self.key.expose().into())
            .encrypt_inout_detached(&XNonce::from(nonce), place, plain.as_mut_slice().into())
            .expect("rows are below the cipher's limit");
        let mut out = Vec::with_capacity(24 + plain.len() + 16);
        out.extend(nonce);
        out.extend(plain);
        out.extend(tag);
        out
    }

    fn unseal(&self, place: &[u8; 32], sealed: &[u8]) -> Result<(Vec<u8>, Vec<u8>), RedbError> {
        let (nonce, rest) = sealed.split_first_chunk::<24>().ok_or(RedbError::Damaged)?;
        let (body, tag) = rest.split_last_chunk::<16>().ok_or(RedbError::Damaged)?;
        let mut plain = body.to_vec();
        XChaCha20Poly1305::new(self.key.expose().into())
            .decrypt_inout_detached(&XNonce::from(*nonce), place, plain.as_mut_slice().into(), &Tag::from(*tag))
            .map_err(|_| RedbError::Damaged)?;
        let mut reader = Reader::new(&plain, "row");
        let mut part = || {
            let length = reader.u32("length").ok()? as usize;
            reader.slice(length, "part").ok().map(<[u8]>::to_vec)
        };
        Option::zip(part(), part()).ok_or(RedbError::Damaged)
    }
}

fn padded(length: usize) -> usize {
    if length <= 4096 { length.next_power_of_two().max(64) } else { length.next_multiple_of(4096) }
}

impl<R: CryptoRng> Persister for RedbPersister<R> {
    type Error = RedbError;

    fn load(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>, RedbError> {
        let transaction = self.database.begin_read()?;
        let mut rows = Vec::new();
        for entry in transaction.open_table(ROWS)?.iter()? {
            let (place, sealed) = entry?;
            rows.push(self.unseal(place.value(), sealed.value())?);
        }
        rows.sort();
        Ok(rows)
    }

    fn bulk(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RedbError> {
        let place = self.place(BULK, key);
        let transaction = self.database.begin_read()?;
        let table = transaction.open_table(BULK)?;
        let sealed = table.get(&place)?;
        sealed.map(|sealed| self.unseal(&place, sealed.value()).map(|(_, value)| value)).transpose()
    }

    fn commit(&mut self, changes: &ChangeSet) -> Result<(), RedbError> {
        let transaction = self.database.begin_write()?;
        for (definition, changes) in [(ROWS, &changes.rows), (BULK, &changes.bulk)] {
            let mut table = transaction.open_table(definition)?;
            for (key, value) in changes {
                let place = self.place(definition, key);
                match value {
                    Some(value) => table.insert(&place, self.seal(&place, key, value).as_slice())?,
                    None => table.remove(&place)?,
                };
            }
        }
        transaction.commit()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path, key: u8) -> RedbPersister<rand::rngs::ThreadRng> {
        RedbPersister::open(path, Secret::new([key; 32]), rand::rng()).expect("opens")
    }

    fn row(key: &str, value: &str) -> ChangeSet {
        let mut changes = ChangeSet::new();
        changes.put(key, value);
        changes.put_bulk(key, value);
        changes
    }

    #[test]
    fn no_key_and_no_value_is_in_the_file_in_clear() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wallet.redb");
        open(&path, 1).commit(&row("a-telling-key", "a-telling-value")).expect("written");
        let bytes = std::fs::read(&path).expect("read");
        for word in ["a-telling-key", "a-telling-value"] {
            assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
        }
        assert_eq!(open(&path, 1).bulk(b"a-telling-key").expect("read"), Some(b"a-telling-value".to_vec()));
    }

    #[test]
    fn another_key_opens_no_row() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wallet.redb");
        open(&path, 1).commit(&row("key", "value")).expect("written");
        assert!(matches!(open(&path, 2).load(), Err(RedbError::Damaged)));
        assert_eq!(open(&path, 2).bulk(b"key").expect("no such place"), None);
    }

    #[test]
    fn two_rows_cannot_change_places() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wallet.redb");
        let mut store = open(&path, 1);
        store.commit(&row("a", "1")).expect("written");
        store.commit(&row("b", "2")).expect("written");
        let transaction = store.database.begin_write().expect("a transaction");
        {
            let mut table = transaction.open_table(BULK).expect("the table");
            let (a, b) = (store.place(BULK, b"a"), store.place(BULK, b"b"));
            let moved = table.get(&a).expect("read").expect("there").value().to_vec();
            table.insert(&b, moved.as_slice()).expect("written");
        }
        transaction.commit().expect("committed");
        assert!(matches!(store.bulk(b"b"), Err(RedbError::Damaged)));
    }

    #[test]
    fn a_making_that_was_cut_off_is_begun_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, new) = (folder.path().join("wallet.redb"), folder.path().join("wallet.redb.new"));
        // A file that has its length and nothing else.
        std::fs::write(&new, [0; 4096]).expect("written");
        open(&path, 1).commit(&row("key", "value")).expect("written");
        assert!(!new.exists() && open(&path, 1).load().expect("rows").len() == 1);
    }

    #[test]
    fn lengths_are_padded_to_buckets() {
        assert_eq!([1, 64, 65, 4096, 4097, 9000].map(padded), [64, 64, 128, 4096, 8192, 12288]);
    }
}

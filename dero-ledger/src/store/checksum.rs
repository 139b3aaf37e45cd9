//! Checksums of what lies on the disk.

use dero_crypto::NetworkId;

/// Bytes of a checksum. They find accidents; nobody who can write the file is kept out by them.
pub(super) const SUM_BYTES: usize = 8;

/// Checksums for one file of one network: a record is bound to its file and its position, so one that lands
/// elsewhere is found like one that changed.
#[derive(Clone, Debug)]
pub(super) struct Checksum([u8; 32]);

impl Checksum {
    pub(super) fn new(net: &NetworkId, file: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("dero-ledger store 1 checksum");
        hasher.update(&net.0).update(file.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    pub(super) fn of(&self, position: u64, bytes: &[u8]) -> [u8; SUM_BYTES] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&position.to_le_bytes()).update(bytes);
        let mut sum = [0; SUM_BYTES];
        hasher.finalize_xof().fill(&mut sum);
        sum
    }
}

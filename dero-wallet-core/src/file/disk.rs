//! The file on a disk: whole before and whole after, whatever happens in between.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use super::{FILE_BYTES, FileError};

/// Why a wallet file cannot be read from or written to a disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiskError {
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file is longer than any wallet file.
    #[error("{}: {}", path.display(), FileError::NotAWallet)]
    TooLong {
        /// The file.
        path: PathBuf,
    },
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(suffix);
    path.with_file_name(name)
}

/// Writes a sealed wallet: into a new file beside, synced, then renamed. The file that was there stays as
/// `.previous`. Only the owner may read it (on Unix).
///
/// # Errors
///
/// [`DiskError::Io`]; the file that was there is then still whole.
pub fn save(path: &Path, sealed: &[u8]) -> Result<(), DiskError> {
    let fail = |source| DiskError::Io { path: path.into(), source };
    let fresh = beside(path, ".new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh).map_err(fail)?;
    file.write_all(sealed).and_then(|()| file.sync_all()).map_err(fail)?;
    if path.exists() {
        // A link to the old file, so that at no moment there is neither.
        let previous = beside(path, ".previous");
        let _ = fs::remove_file(&previous);
        if fs::hard_link(path, &previous).is_err() {
            fs::copy(path, &previous).map_err(fail)?;
        }
    }
    fs::rename(&fresh, path).map_err(fail)?;
    // The rename itself must be on the disk before the caller may rely on it.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Reads a sealed wallet; never more than a wallet file's bytes.
///
/// # Errors
///
/// [`DiskError`].
pub fn load(path: &Path) -> Result<Vec<u8>, DiskError> {
    let fail = |source| DiskError::Io { path: path.into(), source };
    let mut bytes = Vec::with_capacity(FILE_BYTES + 1);
    File::open(path).and_then(|file| file.take(FILE_BYTES as u64 + 1).read_to_end(&mut bytes)).map_err(fail)?;
    if bytes.len() > FILE_BYTES { Err(DiskError::TooLong { path: path.into() }) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saving_twice_keeps_the_previous_file_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wallet.dero");
        save(&path, &[1; FILE_BYTES]).expect("saved");
        save(&path, &[2; FILE_BYTES]).expect("saved");
        assert_eq!(load(&path).expect("loaded"), [2; FILE_BYTES]);
        assert_eq!(load(&beside(&path, ".previous")).expect("loaded"), [1; FILE_BYTES]);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
    }

    #[test]
    fn a_torn_write_beside_leaves_the_old_file_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wallet.dero");
        save(&path, &[1; FILE_BYTES]).expect("saved");
        // The moment before the rename: a part of the new file is there.
        fs::write(beside(&path, ".new"), [2; 100]).expect("written");
        assert_eq!(load(&path).expect("loaded"), [1; FILE_BYTES]);
        save(&path, &[3; FILE_BYTES]).expect("saved");
        assert_eq!(load(&path).expect("loaded"), [3; FILE_BYTES]);
    }

    #[test]
    fn a_longer_file_is_refused_without_reading_it_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wallet.dero");
        fs::write(&path, vec![0; FILE_BYTES + 1]).expect("written");
        assert!(matches!(load(&path), Err(DiskError::TooLong { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wallet.dero");
        save(&path, &[1; FILE_BYTES]).expect("saved");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }
}

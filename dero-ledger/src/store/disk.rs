//! The disk under a durable store: a folder of files that are read and written at positions.
//!
//! [`Folder`] is the operating system's. Tests put a disk of their own below the store, one that tears writes,
//! forgets what was not synced, fills up and flips bits.

use alloc::boxed::Box;
use core::fmt;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::StoreError;

/// A folder of named files.
pub trait Disk: fmt::Debug + Send + Sync + 'static {
    /// Opens the file, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// The system's.
    fn open(&self, name: &'static str) -> io::Result<Box<dyn DiskFile>>;

    /// Makes the names of the files durable.
    ///
    /// # Errors
    ///
    /// The system's.
    fn sync(&self) -> io::Result<()>;
}

/// An open file.
#[expect(clippy::len_without_is_empty, reason = "the length is a fact that can fail, not a collection's")]
pub trait DiskFile: fmt::Debug + Send + Sync + 'static {
    /// Bytes in the file.
    ///
    /// # Errors
    ///
    /// The system's.
    fn len(&self) -> io::Result<u64>;

    /// Fills `bytes` from `offset`.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::UnexpectedEof`] if the file ends before, else the system's.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()>;

    /// Writes `bytes` at `offset`; a file that ends before grows, with zeros between.
    ///
    /// # Errors
    ///
    /// The system's; any part of the bytes may be written then.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file, or extends it with zeros.
    ///
    /// # Errors
    ///
    /// The system's.
    fn set_len(&self, length: u64) -> io::Result<()>;

    /// Makes bytes and length durable.
    ///
    /// # Errors
    ///
    /// The system's; what is durable is not known then.
    fn sync(&self) -> io::Result<()>;
}

/// A folder of the operating system, locked for as long as it is held.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: File,
}

impl Folder {
    /// Opens the folder, which is made if it is not there, and locks it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] if it is locked, [`StoreError::Disk`] if the system refuses.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let disk = |source| StoreError::Disk { what: path.display().to_string(), source };
        fs::create_dir_all(path).map_err(disk)?;
        let lock = open_file(&path.join("lock")).map_err(disk)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.into(), lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy),
            Err(TryLockError::Error(source)) => Err(disk(source)),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Closing alone leaves the lock to a child process that is being started, until it drops its copy of the file.
        let _ = self.lock.unlock();
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

impl Disk for Folder {
    fn open(&self, name: &'static str) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(open_file(&self.path.join(name))?))
    }

    fn sync(&self) -> io::Result<()> {
        // Elsewhere a folder cannot be opened as a file, and names are durable with the files.
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }
}

impl DiskFile for File {
    fn len(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, bytes, offset)
    }

    #[cfg(unix)]
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self, bytes, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, mut offset: u64, mut bytes: &mut [u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(self, bytes, offset)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => (offset, bytes) = (offset + read as u64, &mut bytes[read..]),
            }
        }
        Ok(())
    }

    #[cfg(windows)]
    fn write_at(&self, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match std::os::windows::fs::FileExt::seek_write(self, bytes, offset)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => (offset, bytes) = (offset + written as u64, &bytes[written..]),
            }
        }
        Ok(())
    }

    #[cfg(not(any(unix, windows)))]
    fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[cfg(not(any(unix, windows)))]
    fn write_at(&self, _: u64, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        File::set_len(self, length)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_folder_that_was_dropped_is_free_while_a_copy_of_its_lock_lives() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        // As a child process has it between its start and its program.
        let _copy = folder.lock.try_clone().unwrap();
        assert!(matches!(Folder::open(place.path()), Err(StoreError::Busy)));
        drop(folder);
        Folder::open(place.path()).unwrap();
    }
}

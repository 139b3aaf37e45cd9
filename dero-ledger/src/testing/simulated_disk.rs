//! A disk in memory that fails on command.

use alloc::{boxed::Box, collections::BTreeMap, sync::Arc, vec::Vec};
use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::store::disk::{Disk, DiskFile};

const PAGE: usize = 4096;

/// What happens at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiskFault {
    /// The power goes: this operation and every later one fails, and what was not synced is undecided.
    PowerLoss,
    /// The disk is full from here on: nothing grows.
    Full,
    /// A write or sync fails once. What the sync should have made durable never will be, as on systems that
    /// forget pages they failed to write.
    Error,
}

/// What becomes of an operation that was not synced when the power went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nothing of it reached the disk.
    Lost,
    /// All of it did.
    Whole,
    /// Its first bytes did.
    Torn(usize),
}

/// A folder in memory, shared by its clones.
///
/// Operations are counted: each file made, write, change of length and sync. A fault can be set on any of them, so
/// a test can go through all.
#[derive(Clone, Debug, Default)]
pub struct SimulatedDisk(Arc<Mutex<State>>);

#[derive(Clone, Debug, Default)]
struct State {
    files: BTreeMap<&'static str, Stored>,
    /// In order, over all files.
    pending: Vec<Pending>,
    operations: u64,
    fault: Option<(u64, DiskFault)>,
    reads: u64,
    failing_read: Option<u64>,
    off: bool,
    full: bool,
}

#[derive(Clone, Debug, Default)]
struct Stored {
    named: bool,
    durable: Image,
    current: Image,
}

#[derive(Clone, Debug)]
struct Pending {
    file: &'static str,
    change: Change,
}

#[derive(Clone, Debug)]
enum Change {
    Write(u64, Arc<[u8]>),
    SetLen(u64),
}

/// Bytes of a file, in pages that copies share.
#[derive(Clone, Debug, Default)]
struct Image {
    pages: Vec<Arc<[u8; PAGE]>>,
    length: u64,
}

impl Image {
    fn set_len(&mut self, length: u64) {
        let pages = usize::try_from(length).expect("fits in memory").div_ceil(PAGE);
        if length < self.length && !length.is_multiple_of(PAGE as u64) {
            let used = (length % PAGE as u64) as usize;
            Arc::make_mut(&mut self.pages[pages - 1])[used..].fill(0);
        }
        self.pages.resize_with(pages, || Arc::new([0; PAGE]));
        self.length = length;
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) {
        let end = offset + bytes.len() as u64;
        if end > self.length {
            self.set_len(end);
        }
        let mut at = usize::try_from(offset).expect("fits in memory");
        let mut rest = bytes;
        while !rest.is_empty() {
            let (page, place) = (at / PAGE, at % PAGE);
            let (piece, after) = rest.split_at(rest.len().min(PAGE - place));
            Arc::make_mut(&mut self.pages[page])[place..place + piece.len()].copy_from_slice(piece);
            (at, rest) = (at + piece.len(), after);
        }
    }

    fn read(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        if offset.checked_add(bytes.len() as u64).is_none_or(|end| end > self.length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (at, byte) in (offset as usize..).zip(bytes) {
            *byte = self.pages[at / PAGE][at % PAGE];
        }
        Ok(())
    }

    fn apply(&mut self, change: &Change, kept: Kept) {
        match (change, kept) {
            (_, Kept::Lost) => {}
            (Change::Write(offset, bytes), Kept::Whole) => self.write(*offset, bytes),
            (Change::Write(offset, bytes), Kept::Torn(length)) => {
                self.write(*offset, &bytes[..length.min(bytes.len())])
            }
            (Change::SetLen(length), _) => self.set_len(*length),
        }
    }
}

impl SimulatedDisk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another disk of the same bytes, all of them durable.
    #[must_use]
    pub fn copy(&self) -> Self {
        self.after_power_loss(|_| Kept::Whole)
    }

    /// Sets a fault on the operation that comes after `operations` more.
    pub fn fail_after(&self, operations: u64, fault: DiskFault) {
        let mut state = self.state();
        state.fault = Some((state.operations + operations, fault));
    }

    /// Lets the read that comes after `reads` more fail, once.
    pub fn fail_read_after(&self, reads: u64) {
        let mut state = self.state();
        state.failing_read = Some(state.reads + reads);
    }

    /// Ends every fault but a lost power.
    pub fn mend(&self) {
        let mut state = self.state();
        (state.fault, state.failing_read, state.full) = (None, None, false);
    }

    /// Operations so far.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Reads so far.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.state().reads
    }

    /// Whether the power went.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.state().off
    }

    /// Bytes of each operation that is not synced, in order; a change of length has none.
    #[must_use]
    pub fn pending(&self) -> Vec<usize> {
        let bytes = |pending: &Pending| match &pending.change {
            Change::Write(_, bytes) => bytes.len(),
            Change::SetLen(_) => 0,
        };
        self.state().pending.iter().map(bytes).collect()
    }

    /// The disk as it is found when the power is back: `kept` tells for each pending operation what became of it.
    #[must_use]
    pub fn after_power_loss(&self, mut kept: impl FnMut(usize) -> Kept) -> Self {
        let state = self.state();
        let all_kept = (0..state.pending.len()).all(|index| kept(index) == Kept::Whole);
        let mut files = state.files.clone();
        files.retain(|_, file| file.named || all_kept);
        for (index, pending) in state.pending.iter().enumerate() {
            if let Some(file) = files.get_mut(pending.file) {
                file.durable.apply(&pending.change, kept(index));
            }
        }
        for file in files.values_mut() {
            file.current = file.durable.clone();
            file.named = true;
        }
        Self(Arc::new(Mutex::new(State { files, ..State::default() })))
    }

    /// Names and lengths of the files.
    #[must_use]
    pub fn files(&self) -> Vec<(&'static str, u64)> {
        self.state().files.iter().map(|(name, file)| (*name, file.current.length)).collect()
    }

    /// Bytes of a file.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let state = self.state();
        let Some(file) = state.files.get(name) else { return Vec::new() };
        let mut bytes = alloc::vec![0; file.current.length as usize];
        file.current.read(0, &mut bytes).expect("as long as the file");
        bytes
    }

    /// Flips the bits `mask` of a byte behind everybody's back.
    pub fn flip(&self, name: &str, at: u64, mask: u8) {
        let mut state = self.state();
        let Some(file) = state.files.get_mut(name) else { return };
        for image in [&mut file.durable, &mut file.current] {
            let mut byte = [0];
            if image.read(at, &mut byte).is_ok() {
                image.write(at, &[byte[0] ^ mask]);
            }
        }
    }

    /// Sets the length of a file behind everybody's back.
    pub fn resize(&self, name: &str, length: u64) {
        let mut state = self.state();
        let Some(file) = state.files.get_mut(name) else { return };
        file.durable.set_len(length);
        file.current.set_len(length);
    }
}

impl State {
    /// Counts an operation; `grows` says that it takes space.
    fn operation(&mut self, grows: bool) -> io::Result<()> {
        let now = self.operations;
        self.operations += 1;
        match self.fault {
            Some((at, DiskFault::PowerLoss)) if now == at => {
                self.off = true;
                // This one is under way.
                return Ok(());
            }
            Some((at, DiskFault::Full)) if now >= at => self.full = true,
            Some((at, DiskFault::Error)) if now == at => return Err(io::Error::other("simulated failure")),
            _ => {}
        }
        if self.off {
            return Err(io::Error::other("the power is off"));
        }
        if self.full && grows {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    /// The error of an operation that was under way when the power went.
    fn under_way(&self) -> io::Result<()> {
        if self.off { Err(io::Error::other("the power goes off")) } else { Ok(()) }
    }

    fn change(&mut self, file: &'static str, change: Change) -> io::Result<()> {
        let length = self.files.get(file).map_or(0, |file| file.current.length);
        let grows = match &change {
            Change::Write(offset, bytes) => offset + bytes.len() as u64 > length,
            Change::SetLen(to) => *to > length,
        };
        self.operation(grows)?;
        if let Some(stored) = self.files.get_mut(file) {
            stored.current.apply(&change, Kept::Whole);
        }
        self.pending.push(Pending { file, change });
        self.under_way()
    }
}

#[derive(Debug)]
struct SimulatedFile {
    disk: SimulatedDisk,
    name: &'static str,
}

impl Disk for SimulatedDisk {
    fn open(&self, name: &'static str) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        if !state.files.contains_key(name) {
            state.operation(true)?;
            state.files.insert(name, Stored::default());
            state.under_way()?;
        }
        Ok(Box::new(SimulatedFile { disk: self.clone(), name }))
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state();
        state.operation(false)?;
        state.under_way()?;
        state.files.values_mut().for_each(|file| file.named = true);
        Ok(())
    }
}

impl DiskFile for SimulatedFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.state().files.get(self.name).map_or(0, |file| file.current.length))
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let now = state.reads;
        state.reads += 1;
        if state.off || state.failing_read == Some(now) {
            return Err(io::Error::other("simulated failure to read"));
        }
        state.files.get(self.name).map_or(Ok(()), |file| file.current.read(offset, bytes))
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.state().change(self.name, Change::Write(offset, bytes.into()))
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.disk.state().change(self.name, Change::SetLen(length))
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let allowed = state.operation(false);
        if allowed.is_err() && state.off {
            return allowed;
        }
        // A sync that is under way when the power goes may still do its work: what is pending stays undecided.
        state.under_way()?;
        let mut pending = core::mem::take(&mut state.pending);
        pending.retain(|pending| {
            if pending.file != self.name {
                return true;
            }
            if allowed.is_ok()
                && let Some(file) = state.files.get_mut(self.name)
            {
                file.durable.apply(&pending.change, Kept::Whole);
            }
            false
        });
        state.pending = pending;
        allowed
    }
}

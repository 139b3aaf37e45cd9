//! Questions and their answers, a message at a time.
//!
//! An answer reads as much of the chain as its next message holds and no more, so a peer that reads slowly costs
//! the node a megabyte, whatever it asked for.

use std::{collections::VecDeque, ops::Range};

use dero_ledger::{block::BlockId, store::StoredCompact};

use crate::{
    backend::{Backend, BackendError, SealedHeader},
    message::{
        Bytes, Message, RequestId,
        chain::{GetBlocks, GetHeaders, Part},
        items::PartWriter,
        limits::{LISTED_RANGE, MAX_COMPACT, MAX_HEADERS, PART_BYTES},
        relay::{Name, Transaction},
        wallet::{GetCompact, GetHeaderRange, GetListed, GetTip, Refused, TipIs, Unanswered},
    },
};

/// Something that a peer wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The tip.
    Tip(GetTip),
    /// Headers after a locator.
    Headers(GetHeaders),
    /// Headers by height.
    HeaderRange(GetHeaderRange),
    /// Blocks by id.
    Blocks(GetBlocks),
    /// Compact forms by height.
    Compact(GetCompact),
    /// A range of the reference list.
    Listed(GetListed),
    /// Announced transactions; `None` for one that is gone.
    Transactions(Vec<(Name, Option<[u8; 32]>)>),
}

impl Question {
    /// Its number, if it has one.
    #[must_use]
    pub const fn request(&self) -> Option<RequestId> {
        match self {
            Self::Tip(GetTip { request })
            | Self::Headers(GetHeaders { request, .. })
            | Self::HeaderRange(GetHeaderRange { request, .. })
            | Self::Blocks(GetBlocks { request, .. })
            | Self::Compact(GetCompact { request, .. })
            | Self::Listed(GetListed { request, .. }) => Some(*request),
            Self::Transactions(_) => None,
        }
    }
}

/// Headers, compact forms and entries that are read in one go.
const STEP: u64 = 64;
const LISTED_STEP: u64 = 8192;

#[derive(Debug)]
enum Rest {
    Start(Question),
    Headers(VecDeque<SealedHeader>),
    HeaderRange(Range<u64>),
    Blocks(VecDeque<[u8; 32]>),
    Compact(Range<u64>),
    Listed(Range<u64>),
    Transactions(VecDeque<(Name, Option<[u8; 32]>)>),
    Done,
}

/// An answer on its way.
#[derive(Debug)]
pub struct Answer {
    request: RequestId,
    writer: PartWriter,
    rest: Rest,
}

impl Answer {
    /// The answer to a question.
    #[must_use]
    pub fn new(question: Question) -> Self {
        let request = question.request().unwrap_or_default();
        Self { request, writer: PartWriter::default(), rest: Rest::Start(question) }
    }

    /// The next message, `None` after the last one. Blocks.
    pub fn next(&mut self, backend: &impl Backend) -> Option<Message> {
        match self.step(backend) {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(%error);
                self.rest = Rest::Done;
                self.refuse(Unanswered::Unavailable)
            }
        }
    }

    fn refuse(&mut self, why: Unanswered) -> Option<Message> {
        self.rest = Rest::Done;
        Some(Refused { request: self.request, why }.into())
    }

    fn step(&mut self, backend: &impl Backend) -> Result<Option<Message>, BackendError> {
        if let Rest::Start(_) = self.rest {
            let Rest::Start(question) = core::mem::replace(&mut self.rest, Rest::Done) else { return Ok(None) };
            match question {
                Question::Tip(GetTip { request }) => {
                    return Ok(Some(TipIs { request, tip: backend.tip()? }.into()));
                }
                Question::Headers(GetHeaders { locator, max, .. }) => {
                    let ids: Vec<_> = locator.iter().map(|id| BlockId(*id)).collect();
                    self.rest = Rest::Headers(backend.headers_after(&ids, MAX_HEADERS.min(max.into()))?.into());
                }
                Question::HeaderRange(GetHeaderRange { count, .. }) if usize::from(count) > MAX_HEADERS => {
                    return Ok(self.refuse(Unanswered::TooMuch));
                }
                Question::Compact(GetCompact { count, .. }) if usize::from(count) > MAX_COMPACT => {
                    return Ok(self.refuse(Unanswered::TooMuch));
                }
                Question::HeaderRange(GetHeaderRange { from, count, .. }) => {
                    self.rest = Rest::HeaderRange(from..from.saturating_add(count.into()));
                }
                Question::Compact(GetCompact { from, count, .. }) => {
                    self.rest = Rest::Compact(from..from.saturating_add(count.into()));
                }
                Question::Blocks(GetBlocks { ids, .. }) => self.rest = Rest::Blocks(ids.into_vec().into()),
                Question::Listed(GetListed { range, .. }) => {
                    let from = u64::from(range) * LISTED_RANGE as u64;
                    self.rest = Rest::Listed(from..from + LISTED_RANGE as u64);
                }
                Question::Transactions(names) => self.rest = Rest::Transactions(names.into()),
            }
        }
        if matches!(self.rest, Rest::Transactions(_) | Rest::Done) {
            return self.transaction(backend);
        }
        loop {
            if let Some(bytes) = self.writer.full() {
                return Ok(Some(self.part(bytes, false)));
            }
            if !self.read(backend)? {
                self.rest = Rest::Done;
                let bytes = core::mem::take(&mut self.writer).last();
                return Ok(Some(self.part(bytes, true)));
            }
        }
    }

    fn part(&self, bytes: Vec<u8>, end: bool) -> Message {
        debug_assert!(bytes.len() <= PART_BYTES, "the writer cuts parts");
        Part { request: self.request, end, bytes: Bytes::new(bytes).unwrap_or_default() }.into()
    }

    /// Reads a little more into the writer; false if there is no more.
    fn read(&mut self, backend: &impl Backend) -> Result<bool, BackendError> {
        let writer = &mut self.writer;
        Ok(match &mut self.rest {
            Rest::Headers(headers) => match headers.pop_front() {
                Some(header) => {
                    writer.fixed(&header.to_bytes());
                    true
                }
                None => false,
            },
            Rest::Blocks(ids) => match ids.pop_front() {
                Some(id) => {
                    writer.stated(&backend.block(&BlockId(id))?.unwrap_or_default());
                    true
                }
                None => false,
            },
            Rest::HeaderRange(range) => {
                let found = backend.headers(step(range, STEP))?;
                found.iter().for_each(|header| writer.fixed(&header.to_bytes()));
                advance(range, found.len(), STEP)
            }
            Rest::Compact(range) => {
                let found = backend.compact(step(range, STEP))?;
                found.iter().for_each(|block| writer.stated(&compact_item(block)));
                advance(range, found.len(), STEP)
            }
            Rest::Listed(range) => {
                let found = backend.listed(step(range, LISTED_STEP))?;
                found.iter().for_each(|entry| writer.fixed(entry));
                advance(range, found.len(), LISTED_STEP)
            }
            Rest::Start(_) | Rest::Transactions(_) | Rest::Done => false,
        })
    }

    fn transaction(&mut self, backend: &impl Backend) -> Result<Option<Message>, BackendError> {
        let Rest::Transactions(names) = &mut self.rest else { return Ok(None) };
        let Some((name, id)) = names.pop_front() else { return Ok(None) };
        let bytes = match id {
            Some(id) => backend.transaction(&id)?.and_then(|bytes| Bytes::new(bytes).ok()),
            None => None,
        };
        Ok(Some(Transaction { name, bytes }.into()))
    }
}

fn step(range: &Range<u64>, by: u64) -> Range<u64> {
    range.start..range.end.min(range.start.saturating_add(by))
}

/// Moves on by what was found; false if that was less than was asked for, or the range is done.
fn advance(range: &mut Range<u64>, found: usize, by: u64) -> bool {
    let asked = range.end.saturating_sub(range.start).min(by);
    range.start = range.start.saturating_add(found as u64);
    found as u64 >= asked && !range.is_empty()
}

/// `u32 length of the scan part | scan part | value part`.
fn compact_item(block: &StoredCompact) -> Vec<u8> {
    let mut item = Vec::with_capacity(4 + block.scan.len() + block.values.len());
    item.extend_from_slice(&u32::try_from(block.scan.len()).unwrap_or(u32::MAX).to_le_bytes());
    item.extend_from_slice(&block.scan);
    item.extend_from_slice(&block.values);
    item
}

//! An answer of many items, put together from parts as they come.
//!
//! Items of one fixed length stand one after the other; others have their length before them, u32. [`Items`] bounds
//! how many there are and how long each is before it keeps a byte, so an answer that lies about either is cut short.

use super::limits::PART_BYTES;

/// How long an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Fixed(usize),
    /// Stated before each item; at most this.
    Stated(usize),
}

/// What is wrong with an answer. The sender is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemsError {
    /// More items than were asked for.
    #[error("more than the {max} items that were asked for")]
    TooMany {
        /// How many were asked for.
        max: usize,
    },
    /// An item above its cap.
    #[error("an item of {found} bytes, the most is {max}")]
    TooLong {
        /// The stated length.
        found: usize,
        /// The cap.
        max: usize,
    },
    /// The end inside an item.
    #[error("the answer ends inside an item")]
    CutShort,
}

/// Reads the items of one answer.
#[derive(Debug)]
pub struct Items {
    length: Length,
    left: usize,
    max: usize,
    partial: Vec<u8>,
}

impl Items {
    /// At most `max` items of `length` bytes each.
    #[must_use]
    pub const fn fixed(length: usize, max: usize) -> Self {
        Self { length: Length::Fixed(length), left: max, max, partial: Vec::new() }
    }

    /// At most `max` items of at most `longest` bytes each.
    #[must_use]
    pub const fn stated(longest: usize, max: usize) -> Self {
        Self { length: Length::Stated(longest), left: max, max, partial: Vec::new() }
    }

    /// Takes a part and returns the items that are complete with it.
    ///
    /// # Errors
    ///
    /// [`ItemsError`]; the rest of the answer is of no use then.
    pub fn take(&mut self, mut part: &[u8], end: bool) -> Result<Vec<Vec<u8>>, ItemsError> {
        let mut items = Vec::new();
        loop {
            let head = match self.length {
                Length::Fixed(_) => 0,
                Length::Stated(_) => 4,
            };
            self.draw(&mut part, head);
            if self.partial.is_empty() && part.is_empty() || self.partial.len() < head {
                break;
            }
            if self.left == 0 {
                return Err(ItemsError::TooMany { max: self.max });
            }
            let body = match (self.length, self.partial.first_chunk()) {
                (Length::Stated(max), Some(stated)) => {
                    let found = u32::from_le_bytes(*stated) as usize;
                    if found > max {
                        return Err(ItemsError::TooLong { found, max });
                    }
                    found
                }
                (Length::Stated(max), None) | (Length::Fixed(max), _) => max,
            };
            self.draw(&mut part, head + body);
            if self.partial.len() < head + body {
                break;
            }
            let mut item = core::mem::take(&mut self.partial);
            item.drain(..head);
            items.push(item);
            self.left -= 1;
        }
        if end && !self.partial.is_empty() { Err(ItemsError::CutShort) } else { Ok(items) }
    }

    /// Moves bytes from the front of `part` until `upto` are kept.
    fn draw(&mut self, part: &mut &[u8], upto: usize) {
        let missing = upto.saturating_sub(self.partial.len()).min(part.len());
        let (now, later) = part.split_at(missing);
        self.partial.extend_from_slice(now);
        *part = later;
    }
}

/// Cuts items into the bytes of parts, each as long as a part may be.
#[derive(Debug, Default)]
pub struct PartWriter {
    bytes: Vec<u8>,
}

impl PartWriter {
    /// Adds an item of fixed length.
    pub fn fixed(&mut self, item: &[u8]) {
        self.bytes.extend_from_slice(item);
    }

    /// Adds an item with its length before it.
    ///
    /// # Panics
    ///
    /// If the item has 4 GiB or more.
    pub fn stated(&mut self, item: &[u8]) {
        self.bytes.extend_from_slice(&u32::try_from(item.len()).expect("an item below 4 GiB").to_le_bytes());
        self.bytes.extend_from_slice(item);
    }

    /// The next full part, if there is one.
    pub fn full(&mut self) -> Option<Vec<u8>> {
        (self.bytes.len() > PART_BYTES).then(|| {
            let rest = self.bytes.split_off(PART_BYTES);
            core::mem::replace(&mut self.bytes, rest)
        })
    }

    /// The last part.
    #[must_use]
    pub fn last(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_out_as_they_went_in_wherever_parts_are_cut() {
        let sizes = [0, 1, 5, 300, 0, 7];
        let items: Vec<Vec<u8>> = sizes.iter().map(|size| vec![7; *size]).collect();
        let mut writer = PartWriter::default();
        items.iter().for_each(|item| writer.stated(item));
        let bytes = writer.last();
        for cut in 1..bytes.len() {
            let mut reader = Items::stated(300, sizes.len());
            let mut found = Vec::new();
            let mut parts = bytes.chunks(cut).peekable();
            while let Some(part) = parts.next() {
                found.extend(reader.take(part, parts.peek().is_none()).expect("items"));
            }
            assert_eq!(found, items, "cut every {cut}");
        }
    }

    #[test]
    fn answers_that_lie_are_cut_short() {
        assert_eq!(Items::fixed(2, 3).take(&[0; 8], true), Err(ItemsError::TooMany { max: 3 }));
        assert_eq!(Items::fixed(2, 4).take(&[0; 7], true), Err(ItemsError::CutShort));
        assert_eq!(Items::fixed(2, 4).take(&[0; 7], false).map(|items| items.len()), Ok(3));
        assert_eq!(Items::stated(9, 1).take(&[10, 0, 0, 0], false), Err(ItemsError::TooLong { found: 10, max: 9 }));
        assert_eq!(Items::stated(9, 1).take(&[0; 8], true), Err(ItemsError::TooMany { max: 1 }));
        assert_eq!(Items::stated(9, 1).take(&[1, 0, 0], true), Err(ItemsError::CutShort));
        assert_eq!(Items::stated(9, 1).take(&[], true), Ok(vec![]));
        assert_eq!(Items::stated(u32::MAX as usize, 1).take(&[255; 4], true), Err(ItemsError::CutShort));
    }

    #[test]
    fn long_answers_are_cut_into_parts() {
        let mut writer = PartWriter::default();
        writer.stated(&vec![1; 2 * PART_BYTES]);
        let mut reader = Items::stated(2 * PART_BYTES, 1);
        let mut found = Vec::new();
        while let Some(part) = writer.full() {
            assert_eq!(part.len(), PART_BYTES);
            found.extend(reader.take(&part, false).expect("part"));
        }
        found.extend(reader.take(&writer.last(), true).expect("part"));
        assert_eq!(found, [vec![1; 2 * PART_BYTES]]);
    }
}

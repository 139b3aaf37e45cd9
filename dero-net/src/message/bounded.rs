//! Lists that cannot be longer than they say, nor longer than allowed.

use core::ops::Deref;
use std::io::{self, Read, Write};

use borsh::{BorshDeserialize, BorshSerialize};

/// A count above its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} items, the most is {max}")]
pub struct CountError {
    /// The count.
    pub found: usize,
    /// The bound.
    pub max: usize,
}

fn read_count(reader: &mut impl Read, max: usize) -> io::Result<usize> {
    let found = u32::deserialize_reader(reader)? as usize;
    if found > max { Err(io::Error::new(io::ErrorKind::InvalidData, CountError { found, max })) } else { Ok(found) }
}

fn write_count(count: usize, writer: &mut impl Write) -> io::Result<()> {
    u32::try_from(count).map_err(io::Error::other)?.serialize(writer)
}

/// At most `MAX` values: `count u32 | values`.
///
/// Decoding compares the count with `MAX` first and reserves room as values arrive, so a count that lies costs
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounded<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Default for Bounded<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> Bounded<T, MAX> {
    /// Takes a list.
    ///
    /// # Errors
    ///
    /// [`CountError`] if it is too long.
    pub fn new(values: Vec<T>) -> Result<Self, CountError> {
        if values.len() > MAX { Err(CountError { found: values.len(), max: MAX }) } else { Ok(Self(values)) }
    }

    /// The first `MAX` values of a list.
    #[must_use]
    pub fn front(mut values: Vec<T>) -> Self {
        values.truncate(MAX);
        Self(values)
    }

    /// The list.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> Deref for Bounded<T, MAX> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: BorshSerialize, const MAX: usize> BorshSerialize for Bounded<T, MAX> {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        write_count(self.0.len(), writer)?;
        self.0.iter().try_for_each(|value| value.serialize(writer))
    }
}

impl<T: BorshDeserialize, const MAX: usize> BorshDeserialize for Bounded<T, MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let count = read_count(reader, MAX)?;
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(T::deserialize_reader(reader)?);
        }
        Ok(Self(values))
    }
}

/// At most `MAX` bytes: `length u32 | bytes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> Bytes<MAX> {
    /// Takes bytes.
    ///
    /// # Errors
    ///
    /// [`CountError`] if there are too many.
    pub fn new(bytes: Vec<u8>) -> Result<Self, CountError> {
        if bytes.len() > MAX { Err(CountError { found: bytes.len(), max: MAX }) } else { Ok(Self(bytes)) }
    }

    /// The bytes.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl<const MAX: usize> Deref for Bytes<MAX> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> BorshSerialize for Bytes<MAX> {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        write_count(self.0.len(), writer)?;
        writer.write_all(&self.0)
    }
}

impl<const MAX: usize> BorshDeserialize for Bytes<MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let length = read_count(reader, MAX)?;
        let mut bytes = Vec::new();
        // Grows with what is there, not with what is claimed.
        reader.take(length as u64).read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "fewer bytes than counted"));
        }
        Ok(Self(bytes))
    }
}

/// At most `MAX` bytes of UTF-8: `length u32 | bytes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Takes a text.
    ///
    /// # Errors
    ///
    /// [`CountError`] if it is too long.
    pub fn new(text: String) -> Result<Self, CountError> {
        if text.len() > MAX { Err(CountError { found: text.len(), max: MAX }) } else { Ok(Self(text)) }
    }

    /// As much of a text as fits.
    #[must_use]
    pub fn front(mut text: String) -> Self {
        let fits = |at: &usize| *at <= MAX && text.is_char_boundary(*at);
        text.truncate((0..=text.len()).rev().find(fits).unwrap_or(0));
        Self(text)
    }
}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> BorshSerialize for Text<MAX> {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        write_count(self.0.len(), writer)?;
        writer.write_all(self.0.as_bytes())
    }
}

impl<const MAX: usize> BorshDeserialize for Text<MAX> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let bytes = Bytes::<MAX>::deserialize_reader(reader)?;
        String::from_utf8(bytes.0).map(Self).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "no UTF-8"))
    }
}

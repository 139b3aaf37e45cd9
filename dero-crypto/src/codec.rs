//! Reading fixed layouts: little-endian, fixed width, canonical, all input consumed (protocol 1.1, 10.1).

use crate::{
    error::DecodeError,
    group::{self, Point, Scalar},
};

/// A cursor over hostile bytes. Nothing is allocated, and every refusal names its field.
///
/// ```
/// use dero_crypto::codec::Reader;
/// let mut reader = Reader::new(&[1, 2, 0, 9], "example");
/// assert_eq!((reader.u8("kind")?, reader.u16("length")?), (1, 2));
/// assert!(reader.finish().is_err()); // one byte is left
/// # Ok::<(), dero_crypto::DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Starts reading the object named `what`.
    #[must_use]
    pub fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    /// The bytes not read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`] if fewer are left.
    pub fn slice(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let found = self.rest.len();
        let (head, tail) =
            self.rest.split_at_checked(length).ok_or(DecodeError::Length { what, expected: length, found })?;
        self.rest = tail;
        Ok(head)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`] if fewer are left.
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        let mut out = [0; N];
        out.copy_from_slice(self.slice(N, what)?);
        Ok(out)
    }

    /// An 8-bit integer.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`] at the end of the input.
    pub fn u8(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        self.array(what).map(u8::from_le_bytes)
    }

    /// A 16-bit integer.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`] at the end of the input.
    pub fn u16(&mut self, what: &'static str) -> Result<u16, DecodeError> {
        self.array(what).map(u16::from_le_bytes)
    }

    /// A 32-bit integer.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`] at the end of the input.
    pub fn u32(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        self.array(what).map(u32::from_le_bytes)
    }

    /// A 64-bit integer.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`] at the end of the input.
    pub fn u64(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        self.array(what).map(u64::from_le_bytes)
    }

    /// An 8-bit count within `min..=max`, checked before the caller allocates.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Limit`] outside the range, [`DecodeError::Length`] at the end of the input.
    pub fn count(&mut self, what: &'static str, min: u8, max: u8) -> Result<usize, DecodeError> {
        let found = self.u8(what)?;
        if (min..=max).contains(&found) {
            Ok(usize::from(found))
        } else {
            Err(DecodeError::Limit { what, found: found.into(), min: min.into(), max: max.into() })
        }
    }

    /// A point: canonical, not the identity.
    ///
    /// # Errors
    ///
    /// Those of [`Point::decode`], and [`DecodeError::Length`].
    pub fn point(&mut self, what: &'static str) -> Result<Point, DecodeError> {
        Point::decode(&self.array(what)?, what)
    }

    /// A canonical scalar.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Scalar`] and [`DecodeError::Length`].
    pub fn scalar(&mut self, what: &'static str) -> Result<Scalar, DecodeError> {
        group::decode_scalar(&self.array(what)?, what)
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Length`] if bytes are left.
    pub fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::Length { what: self.what, expected: 0, found: self.rest.len() })
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_are_little_endian_and_leave_the_rest() {
        let bytes: [u8; 16] = core::array::from_fn(|place| place as u8);
        // From an odd address too: nothing is read wider than it stands.
        for start in 0..2 {
            let mut reader = Reader::new(&bytes[start..], "object");
            assert_eq!(reader.u8("a").map(usize::from), Ok(start));
            assert_eq!(reader.u16("b"), Ok(u16::from_le_bytes([start as u8 + 1, start as u8 + 2])));
            assert_eq!(reader.u32("c").map(u32::to_le_bytes), Ok(core::array::from_fn(|i| (start + 3 + i) as u8)));
            assert_eq!(reader.u64("d").map(u64::to_le_bytes), Ok(core::array::from_fn(|i| (start + 7 + i) as u8)));
            assert_eq!(reader.rest().len(), 1 - start);
        }
    }

    #[test]
    fn a_field_that_is_cut_off_takes_nothing() {
        let mut reader = Reader::new(&[1, 2, 3], "object");
        let short = Err(DecodeError::Length { what: "field", expected: 4, found: 3 });
        assert_eq!(reader.u32("field"), short);
        assert_eq!(reader.array::<4>("field").map(|_| 0), short);
        let huge = DecodeError::Length { what: "field", expected: usize::MAX, found: 3 };
        assert_eq!(reader.slice(usize::MAX, "field"), Err(huge));
        assert_eq!(reader.slice(3, "field"), Ok(&[1, 2, 3][..]));
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn a_count_is_between_its_limits() {
        let count = |byte| Reader::new(&[byte], "test").count("n", 2, 4);
        for byte in 0..=255 {
            let refused = DecodeError::Limit { what: "n", found: byte.into(), min: 2, max: 4 };
            assert_eq!(count(byte), if (2..=4).contains(&byte) { Ok(usize::from(byte)) } else { Err(refused) });
        }
    }

    proptest! {
        /// Whatever is asked for in whatever order: the parts are the bytes, and nothing is read twice or past the end.
        #[test]
        fn parts_are_the_bytes(bytes in prop::collection::vec(any::<u8>(), 0..80), lengths in prop::collection::vec(0usize..40, 0..8)) {
            let mut reader = Reader::new(&bytes, "object");
            let mut taken = 0;
            for length in lengths {
                match reader.slice(length, "part") {
                    Ok(part) => {
                        prop_assert_eq!(part, &bytes[taken..taken + length]);
                        taken += length;
                    }
                    Err(_) => prop_assert!(taken + length > bytes.len()),
                }
                prop_assert_eq!(reader.rest(), &bytes[taken..]);
            }
            prop_assert_eq!(reader.finish().is_ok(), taken == bytes.len());
        }
    }
}

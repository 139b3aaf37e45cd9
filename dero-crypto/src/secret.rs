//! Values that must not leak: erased on drop, redacted when printed, compared in constant time.

use core::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

/// A secret: a scalar, a 32-byte key, an amount's opening.
///
/// The value is erased when the wrapper is dropped and never printed. There is no `Display`, no `Serialize` and
/// no `==`; [`ConstantTimeEq`] compares, and [`expose`](Secret::expose) marks each place that reads it.
///
/// ```
/// use dero_crypto::secret::Secret;
/// let key = Secret::new([7u8; 32]);
/// assert_eq!(format!("{key:?}"), "Secret(..)");
/// assert_eq!(key.expose()[0], 7);
/// ```
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes charge of `value`. The caller's own copies are the caller's to erase.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Reads the secret.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Reads and writes the secret in place.
    pub const fn expose_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
impl<T: Zeroize + ConstantTimeEq> ConstantTimeEq for Secret<T> {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}
impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, rc::Rc, vec};
    use core::cell::Cell;

    use super::*;
    use crate::group::Scalar;

    #[derive(Clone)]
    struct Probe(Rc<Cell<u32>>);
    impl Zeroize for Probe {
        fn zeroize(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    #[test]
    fn each_copy_is_erased_once_when_it_is_dropped() {
        let erased = Rc::new(Cell::new(0));
        let secret = Secret::new(Probe(erased.clone()));
        let copy = secret.clone();
        drop(secret);
        assert_eq!(erased.get(), 1);
        drop(copy);
        assert_eq!((erased.get(), Rc::strong_count(&erased)), (2, 1));
    }

    #[test]
    fn a_secret_is_changed_in_place_and_never_printed() {
        let mut secret = Secret::from(vec![1u8, 2, 3]);
        secret.expose_mut().push(4);
        assert_eq!(secret.expose()[..], [1, 2, 3, 4]);
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(..) Secret(..)");
    }

    #[test]
    fn equality_looks_at_every_byte() {
        let equal = |a: Scalar, b: Scalar| bool::from(Secret::new(a).ct_eq(&Secret::new(b)));
        let value = Scalar::from_bytes_mod_order([7; 32]);
        assert!(equal(value, value));
        for place in 0..32 {
            let mut other = value.to_bytes();
            other[place] ^= 1;
            assert!(!equal(value, Scalar::from_bytes_mod_order(other)), "{place}");
        }
    }
}

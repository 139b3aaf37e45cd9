//! How large a set is: N = n^m members, told apart by m digits of base n (protocol 7.1, 10.8).

use core::fmt;

use crate::{error::DecodeError, group::generators::MEMBERSHIP_PAIRS};

/// The largest set of any network (protocol 10.8).
pub const MAX_SIZE: u64 = 65_536;

/// The pair (n, m) of a network: reference sets of N = n^m positions.
///
/// ```
/// use dero_crypto::membership::{MembershipProof, SetParameters};
/// assert_eq!((SetParameters::MAIN.size(), MembershipProof::len(SetParameters::MAIN)), (1024, 768));
/// assert!(SetParameters::new(4, 1).is_err());
/// # Ok::<(), dero_crypto::DecodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SetParameters(Digits);

impl SetParameters {
    /// The main network's (4, 5): 1024 members.
    pub const MAIN: Self = Self(Digits::new(4, 5));
    /// The test networks' (2, 7): 128 members.
    pub const TEST: Self = Self(Digits::new(2, 7));

    /// The pair (n, m).
    ///
    /// # Errors
    ///
    /// [`DecodeError::Limit`] unless n ≥ 2, m ≥ 2, n·m ≤ 64 (there are 64 pairs of generators) and N ≤ 65,536.
    pub fn new(n: u32, m: u32) -> Result<Self, DecodeError> {
        let within = |what, found: u64, min, max| {
            if (min..=max).contains(&found) { Ok(()) } else { Err(DecodeError::Limit { what, found, min, max }) }
        };
        let pairs = MEMBERSHIP_PAIRS as u64;
        within("n, the base of a set", n.into(), 2, pairs)?;
        within("m, the digits of a set", m.into(), 2, pairs)?;
        within("n·m of a set", u64::from(n) * u64::from(m), 4, pairs)?;
        within("N, the size of a set", u64::from(n).saturating_pow(m), 4, MAX_SIZE)?;
        Ok(Self(Digits::new(n as usize, m as usize)))
    }

    /// n, the base of the digits.
    #[must_use]
    pub const fn n(self) -> u32 {
        self.0.n as u32
    }

    /// m, how many digits a place in the set has.
    #[must_use]
    pub const fn m(self) -> u32 {
        self.0.m as u32
    }

    /// N = n^m.
    #[must_use]
    pub const fn size(self) -> u64 {
        self.0.size() as u64
    }

    pub(crate) const fn digits(self) -> Digits {
        self.0
    }
}

impl fmt::Debug for SetParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SetParameters({}^{})", self.0.n, self.0.m)
    }
}

/// Places 0..n^m as m digits of base n, digit 0 least significant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Digits {
    pub(crate) n: usize,
    pub(crate) m: usize,
}

impl Digits {
    /// The caller keeps 2 ≤ n, 1 ≤ m, n·m ≤ 64 and n^m ≤ 65,536.
    pub(crate) const fn new(n: usize, m: usize) -> Self {
        Self { n, m }
    }

    /// n^m.
    pub(crate) const fn size(self) -> usize {
        self.n.pow(self.m as u32)
    }

    /// The digits of a public place, digit 0 first.
    pub(crate) fn of(self, place: usize) -> impl Iterator<Item = usize> {
        let mut rest = place;
        (0..self.m).map(move |_| {
            let digit = rest % self.n;
            rest /= self.n;
            digit
        })
    }

    /// Bytes of a proof: 32·(2 + m + m(n − 1) + 2).
    pub(crate) const fn proof_len(self) -> usize {
        32 * (2 + self.m + self.m * (self.n - 1) + 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn sizes_and_lengths_are_those_of_the_protocol() {
        for (n, m, size, length) in [(2, 7, 128, 576), (4, 5, 1024, 768), (4, 6, 4096, 896), (4, 7, 16384, 1024)] {
            let parameters = SetParameters::new(n, m).unwrap();
            assert_eq!((parameters.n(), parameters.m()), (n, m));
            assert_eq!((parameters.size(), parameters.digits().proof_len()), (size, length));
        }
        assert_eq!(SetParameters::new(4, 5), Ok(SetParameters::MAIN));
        assert_eq!(SetParameters::new(2, 7), Ok(SetParameters::TEST));
    }

    #[test]
    fn each_limit_of_the_parameters_is_kept() {
        for (n, m) in [(2, 2), (2, 16), (32, 2), (16, 4), (4, 8)] {
            assert!(SetParameters::new(n, m).is_ok(), "{n}^{m}");
        }
        for (n, m, what) in [
            (1, 5, "n, the base of a set"),
            (4, 1, "m, the digits of a set"),
            (33, 2, "n·m of a set"),
            (u32::MAX, u32::MAX, "n, the base of a set"),
            (2, 17, "N, the size of a set"),
            (2, 32, "N, the size of a set"),
            (8, 6, "N, the size of a set"),
        ] {
            let error = SetParameters::new(n, m).unwrap_err();
            assert!(matches!(error, DecodeError::Limit { what: found, .. } if found == what), "{n}^{m}: {error}");
        }
    }

    #[test]
    fn digit_0_is_least_significant() {
        assert_eq!(Digits::new(4, 5).of(777).collect::<Vec<_>>(), [1, 2, 0, 0, 3]);
    }
}

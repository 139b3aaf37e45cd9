//! What the compact form of a block leaves open, and how the list decides it.
//!
//! Two things are open at times. How many parts an outcome has stands where its vault was made, and a wallet may have
//! begun later: then nothing says which stubs stand between which parts. And an effect that returns a move names its
//! stub by Ko alone, which a stub of another transaction may have as well: then nothing says which of the two came
//! back. The header M blocks later commits to the list. So the wallet asks a source for what stands there, and takes
//! it if it rehashes to that header and is one of the readings of the compact form.

use alloc::{collections::BTreeSet, vec::Vec};

use dero_crypto::{DecodeError, codec::Reader};

type Entry = [u8; 96];

/// How the effects of a block append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undecided {
    /// Outputs of the block that stand before what its effects append.
    pub unlocked: u32,
    /// One for each effect, in their order.
    pub steps: Vec<Step>,
    /// The entries that returned moves may have.
    pub stubs: BTreeSet<Entry>,
}

/// What one effect appends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// So many of the enotes of the value part.
    Parts { least: u8, most: u8 },
    /// The stub with this Ko.
    Stub([u8; 32]),
}

impl Undecided {
    fn returned(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step, Step::Stub(_))).count()
    }

    /// Whether `listed` is one of the readings. `known` are the unlocked outputs, the enotes of the value part, and
    /// a place for each stub.
    pub(super) fn reads(&self, known: &[Entry], listed: &[Entry]) -> bool {
        let unlocked = self.unlocked as usize;
        let (Some((outputs, parts)), Some((first, listed))) =
            (known.split_at_checked(unlocked), listed.split_at_checked(unlocked))
        else {
            return false;
        };
        let parts = &parts[..parts.len().saturating_sub(self.returned())];
        // How many parts may have been taken before the next step: several numbers only where entries are equal.
        let (mut taken, mut stubs) = (BTreeSet::from([0]), 0);
        for step in &self.steps {
            taken = match step {
                Step::Parts { least, most } => {
                    let equal = |at: usize| parts.get(at).is_some_and(|part| listed.get(at + stubs) == Some(part));
                    let after = |at: usize| {
                        let run = (at..at + usize::from(*most)).take_while(|at| equal(*at)).count();
                        (usize::from(*least)..=run).map(move |count| at + count)
                    };
                    taken.into_iter().flat_map(after).collect()
                }
                Step::Stub(key) => {
                    let returned = |at: &usize| {
                        let entry = listed.get(at + stubs);
                        entry.is_some_and(|entry| entry.starts_with(key) && self.stubs.contains(entry))
                    };
                    let after = taken.into_iter().filter(returned).collect();
                    stubs += 1;
                    after
                }
            };
        }
        first == outputs && taken.contains(&parts.len()) && listed.len() == parts.len() + stubs
    }

    /// u32 unlocked | u32 count, stubs | steps.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.unlocked.to_le_bytes().to_vec();
        out.extend(u32::try_from(self.stubs.len()).expect("a block is bounded").to_le_bytes());
        out.extend(self.stubs.iter().flatten());
        for step in &self.steps {
            match step {
                Step::Parts { least, most } => out.extend([0, *least, *most]),
                Step::Stub(key) => {
                    out.push(1);
                    out.extend(key);
                }
            }
        }
        out
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, "undecided row");
        let (unlocked, count) = (reader.u32("unlocked")?, reader.u32("stubs")? as usize);
        let stubs = reader.slice(count * 96, "stubs")?.as_chunks::<96>().0.iter().copied().collect();
        let mut steps = Vec::new();
        while !reader.rest().is_empty() {
            steps.push(match reader.u8("step")? {
                0 => Step::Parts { least: reader.u8("least")?, most: reader.u8("most")? },
                1 => Step::Stub(reader.array("Ko")?),
                found => return Err(DecodeError::Value { what: "step", found: found.into() }),
            });
        }
        Ok(Self { unlocked, steps, stubs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: Step = Step::Parts { least: 1, most: 4 };

    fn one(part: u8) -> Step {
        Step::Parts { least: part, most: part }
    }

    /// Ko of a stub, and a tail that tells the moves apart.
    fn stub(key: u8, of: u8) -> Entry {
        core::array::from_fn(|i| if i < 32 { key } else { of })
    }

    /// One unlocked output, then parts; the places of stubs are empty.
    fn known(parts: &[u8], stubs: usize) -> Vec<Entry> {
        let mut known = Vec::from([[9; 96]]);
        known.extend(parts.iter().map(|part| [*part; 96]));
        known.extend(core::iter::repeat_n([0; 96], stubs));
        known
    }

    fn undecided(steps: &[Step]) -> Undecided {
        Undecided { unlocked: 1, steps: steps.to_vec(), stubs: [stub(8, 1), stub(8, 2)].into() }
    }

    #[test]
    fn what_is_listed_must_be_a_reading_of_the_compact_form() {
        let of = undecided(&[ANY, Step::Stub([8; 32]), ANY]);
        let (out, a, b, c, s) = ([9; 96], [1; 96], [2; 96], [3; 96], stub(8, 2));
        let known = known(&[1, 2, 3], 1);
        for listed in [[out, a, s, b, c], [out, a, b, s, c]] {
            assert!(of.reads(&known, &listed));
        }
        for listed in [
            // An outcome has a part, parts and stubs have an order, and every entry one place.
            [out, s, a, b, c],
            [out, a, b, c, s],
            [out, b, s, a, c],
            [a, a, s, b, c],
            [out, a, s, b, b],
            [out, a, a, s, c],
            // No move of the block.
            [out, a, stub(8, 3), b, c],
            [out, a, stub(7, 1), b, c],
        ] {
            assert!(!of.reads(&known, &listed));
        }
        for listed in [&[out, a, s, b][..], &[out, a, s, b, c, c], &[]] {
            assert!(!of.reads(&known, listed));
        }
    }

    #[test]
    fn known_outcomes_leave_only_the_stub_open() {
        let of = undecided(&[one(2), Step::Stub([8; 32]), one(1), Step::Stub([8; 32])]);
        let known = known(&[1, 1, 1], 2);
        let (out, a) = ([9; 96], [1; 96]);
        for (first, second) in [(1, 2), (2, 1), (2, 2)] {
            assert!(of.reads(&known, &[out, a, a, stub(8, first), a, stub(8, second)]));
        }
        assert!(!of.reads(&known, &[out, a, stub(8, 1), a, a, stub(8, 2)]));
    }

    #[test]
    fn equal_entries_are_read_in_every_way() {
        // A part that has the bytes of a stub.
        let of = undecided(&[ANY, Step::Stub([8; 32]), ANY]);
        let known = [[9; 96], stub(8, 1), stub(8, 1), [0; 96]];
        assert!(of.reads(&known, &[[9; 96], stub(8, 1), stub(8, 1), stub(8, 1)]));
    }

    #[test]
    fn a_row_is_read_as_it_was_written_and_a_cut_one_is_not() {
        let of = undecided(&[ANY, Step::Stub([8; 32])]);
        let bytes = of.to_bytes();
        assert_eq!(Undecided::from_bytes(&bytes), Ok(of));
        for end in [0, 7, 8, 199, 201, bytes.len() - 1] {
            assert!(Undecided::from_bytes(&bytes[..end]).is_err(), "{end}");
        }
    }
}

//! Somebody with the chain and no key, who guesses which member of a set was spent.

use std::{fmt, sync::Arc};

use dero_crypto::{
    group::{Element, Point},
    keys::LinkingTag,
    membership::{Image, Member, MembershipProof, ReferenceSet},
};
use rand::{Rng as _, rngs::StdRng};

/// What of a spend tells anything about its place, and the set in which it has one.
#[derive(Debug)]
pub(crate) struct Spend {
    pub(crate) tag: LinkingTag,
    pub(crate) image: Image,
    pub(crate) proof: MembershipProof,
    pub(crate) set: Arc<ReferenceSet>,
}

impl Spend {
    /// The place of the member that differs from the image by one mask in key and commitment.
    pub(crate) fn by_one_mask(&self) -> Option<usize> {
        let commitment = self.image.commitment.element();
        let places = self.set.members().iter().zip(self.key_masks());
        places.into_iter().position(|(member, mask)| mask == commitment - member.components()[1])
    }

    /// The mask of the key, if the member at each place is the one that was spent.
    pub(crate) fn key_masks(&self) -> impl Iterator<Item = Element> + '_ {
        self.set.members().iter().map(|member| self.image.key.element() - member.components()[0])
    }
}

/// A way to guess.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Heuristic {
    /// The oldest member: the first of the set.
    Oldest,
    /// The newest member: the last of the set.
    Newest,
    /// The member in the middle, nearest to the median place.
    Median,
    /// Any member.
    Random,
    /// The member whose key looks most like the image of the spent key.
    NearestKey,
    /// The member whose commitment looks most like its image.
    NearestCommitment,
    /// The member whose key looks most like the linking tag.
    NearestTag,
    /// The last bytes of the proof, as a place.
    ProofBytes,
    /// The member that differs from the image by one mask in all components: a spender who drew one mask for all.
    OneMask,
}

impl Heuristic {
    pub(crate) const ALL: [Self; 9] = [
        Self::Oldest,
        Self::Newest,
        Self::Median,
        Self::Random,
        Self::NearestKey,
        Self::NearestCommitment,
        Self::NearestTag,
        Self::ProofBytes,
        Self::OneMask,
    ];

    /// The place in the set that it names.
    pub(crate) fn guess(self, spend: &Spend, rng: &mut StdRng) -> usize {
        let members = spend.set.members();
        let nearest = |part: usize, point: &Point| {
            let distance = |member: &Member| {
                let bytes = member.components()[part].compress().to_bytes();
                bytes.iter().zip(point.as_bytes()).map(|(one, other)| (one ^ other).count_ones()).sum::<u32>()
            };
            (0..members.len()).min_by_key(|place| distance(&members[*place])).unwrap_or_default()
        };
        match self {
            Self::Oldest => 0,
            Self::Newest => members.len() - 1,
            Self::Median => members.len() / 2,
            Self::Random => random_place(members.len(), rng),
            Self::NearestKey => nearest(0, &spend.image.key),
            Self::NearestCommitment => nearest(1, &spend.image.commitment),
            Self::NearestTag => nearest(0, spend.tag.point()),
            Self::ProofBytes => {
                let bytes = spend.proof.to_bytes();
                let sum: usize = bytes.rchunks(32).map(|part| usize::from(part[0])).sum();
                sum % members.len()
            }
            Self::OneMask => spend.by_one_mask().unwrap_or_else(|| random_place(members.len(), rng)),
        }
    }
}

fn random_place(size: usize, rng: &mut StdRng) -> usize {
    (rng.next_u64() % size as u64) as usize
}

/// How far guesses lie from the truth: the distance, around the set, falls into one of eight classes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Distances {
    classes: [u32; 8],
    pub(crate) exact: u32,
}

impl Distances {
    /// Chi-square with seven degrees of freedom that chance exceeds once in a million runs.
    pub(crate) const LIMIT: f64 = 40.5;

    pub(crate) fn add(&mut self, guess: usize, truth: usize, size: usize) {
        let distance = (truth + size - guess) % size;
        self.classes[distance * self.classes.len() / size] += 1;
        self.exact += u32::from(distance == 0);
    }

    /// Against guesses that have nothing to do with the truth.
    pub(crate) fn chi_square(&self) -> f64 {
        let total: u32 = self.classes.iter().sum();
        let expected = f64::from(total) / self.classes.len() as f64;
        self.classes.iter().map(|found| (f64::from(*found) - expected).powi(2) / expected).sum()
    }
}

impl fmt::Display for Heuristic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Oldest => "oldest member",
            Self::Newest => "newest member",
            Self::Median => "nearest to the median place",
            Self::Random => "random member",
            Self::NearestKey => "key most like its image",
            Self::NearestCommitment => "commitment most like its image",
            Self::NearestTag => "key most like the tag",
            Self::ProofBytes => "bytes of the proof",
            Self::OneMask => "one mask for all components",
        })
    }
}

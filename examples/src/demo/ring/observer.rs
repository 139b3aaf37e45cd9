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
pub(super) struct Spend {
    pub(super) tag: LinkingTag,
    pub(super) image: Image,
    pub(super) proof: MembershipProof,
    pub(super) set: Arc<ReferenceSet>,
}

/// A way to guess.
#[derive(Clone, Copy, Debug)]
pub(super) enum Heuristic {
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
    pub(super) const ALL: [Self; 9] = [
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

    /// The place that it names.
    pub(super) fn guess(self, spend: &Spend, rng: &mut StdRng) -> usize {
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
            Self::OneMask => {
                let place = members.iter().position(|member| differs_by_one_mask(&spend.image, member));
                place.unwrap_or_else(|| random_place(members.len(), rng))
            }
        }
    }
}

fn random_place(size: usize, rng: &mut StdRng) -> usize {
    (rng.next_u64() % size as u64) as usize
}

fn differs_by_one_mask(image: &Image, member: &Member) -> bool {
    let [key, commitment, _] = member.components();
    let mask: Element = image.key.element() - key;
    mask == image.commitment.element() - commitment
}

/// How far guesses lie from the truth: the distance, around the set, falls into one of eight classes.
#[derive(Clone, Debug, Default)]
pub(super) struct Distances {
    classes: [u32; 8],
    pub(super) exact: u32,
}

impl Distances {
    /// Chi-square with seven degrees of freedom that chance exceeds once in a million runs.
    pub(super) const LIMIT: f64 = 40.5;

    pub(super) fn add(&mut self, guess: usize, truth: usize, size: usize) {
        let distance = (truth + size - guess) % size;
        self.classes[distance * self.classes.len() / size] += 1;
        self.exact += u32::from(distance == 0);
    }

    /// Against guesses that have nothing to do with the truth.
    pub(super) fn chi_square(&self) -> f64 {
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

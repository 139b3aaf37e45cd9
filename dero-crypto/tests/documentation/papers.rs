//! Every proof module opens like a paper, and its sizes are those of the formulas it states.

use dero_crypto::{
    group::{Scalar, generators},
    membership::{AssetSet, MembershipProof, SetParameters, SurjectionProof},
    range::RangeProof,
    sigma::{LinkProof, SchnorrProof, SealedProof, SpendProof},
};

use crate::sources::{opening, root};

/// Each module with the formula of its size, as its text has it.
const PAPERS: &[(&str, &str)] = &[
    ("sigma/schnorr.rs", "32·2 = 64"),
    ("sigma/spend.rs", "32·5 = 160"),
    ("sigma/link.rs", "32·5 = 160"),
    ("sigma/sealed_alternative.rs", "32·2 = 64"),
    ("sigma/authority.rs", "32·2 = 64"),
    ("membership/mod.rs", "32·(2 + m + m(n−1) + 2)"),
    ("membership/surjection.rs", "32·(4 + 2q)"),
    ("range/mod.rs", "32·(2·log₂(64·m) + 6)"),
    ("balance.rs", "32·1 = 32"),
];

/// What stands under a heading of its own, in this order.
const HEADINGS: &[&str] =
    &["# Assumptions\n", "# Source\n", "# Departures\n", "# Claims without a published proof\n"];

#[test]
fn every_proof_module_opens_like_a_paper() {
    for (path, formula) in PAPERS {
        let text = opening(path);
        for part in ["relation", "statement", "witness", "protocol "] {
            assert!(text.to_lowercase().contains(part), "{path}: no {part}");
        }
        assert!(
            text.contains("prover") || text.contains("Messages") || *path == "balance.rs",
            "{path}: no messages"
        );
        assert!(text.contains("verifier") || text.contains("Equations"), "{path}: no equation");
        assert!(text.contains(formula), "{path}: no size, expected {formula}");
        let places: Vec<_> = HEADINGS.iter().map(|heading| text.find(heading)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{path}: headings at {places:?}");
    }
}

/// A proof that fills a folder has what its verifier needs under the same names: who knows one knows the other.
#[test]
fn folders_of_proofs_have_the_same_files() {
    for folder in ["membership", "range"] {
        for file in [
            "mod",
            "statement",
            "witness",
            "proof",
            "prover",
            "verifier",
            "tests/mod",
            "tests/rows",
            "tests/soundness",
        ] {
            let path = root().join(folder).join(file).with_extension("rs");
            assert!(path.is_file(), "{}: not there", path.display());
        }
    }
}

#[test]
fn fixed_sizes_are_those_of_the_formulas() {
    assert_eq!(
        [SchnorrProof::LEN, SealedProof::LEN, SpendProof::LEN, LinkProof::LEN],
        [32 * 2, 32 * 2, 32 * 5, 32 * 5]
    );
    assert_eq!(Scalar::ONE.to_bytes().len(), 32);
}

#[test]
fn a_membership_proof_has_the_size_of_its_formula() {
    for (n, m) in [(2, 2), (2, 7), (3, 2), (4, 5), (4, 6), (4, 7), (8, 2)] {
        let parameters = SetParameters::new(n, m).expect("the pair is allowed");
        let formula = 32 * (2 + m + m * (n - 1) + 2) as usize;
        assert_eq!(MembershipProof::len(parameters), formula, "n = {n}, m = {m}");
    }
}

#[test]
fn a_surjection_proof_has_the_size_of_its_formula() {
    for (entries, q) in [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (9, 4), (17, 5), (33, 6), (64, 6)] {
        let assets = AssetSet::new(&vec![generators::A0.point(); entries]).expect("the count is allowed");
        assert_eq!(SurjectionProof::len(&assets), 32 * (4 + 2 * q), "{entries} entries");
    }
}

#[test]
fn a_range_proof_has_the_size_of_its_formula() {
    for (count, m) in [(1, 1u64), (2, 2), (3, 4), (4, 4), (5, 8), (8, 8), (9, 16), (16, 16)] {
        let rounds = (64 * m).ilog2() as usize;
        assert_eq!(RangeProof::len(count).expect("the count is allowed"), 32 * (2 * rounds + 6), "{count} values");
    }
}

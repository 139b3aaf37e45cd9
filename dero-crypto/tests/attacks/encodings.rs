//! Protocol 1.1; attacks 1, 2, 3, 4, 5, 20: the bytes of every proof of a transaction.

use dero_crypto::{
    DecodeError,
    group::{Element, Point, Scalar, decode_scalar, generators::A0},
    membership::{AssetSet, MembershipProof, SetParameters, SurjectionProof},
    range::RangeProof,
    sigma::{LinkProof, SchnorrProof, SealedProof, SpendProof},
};
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

/// The layout of one kind of proof, and its decoder followed by its encoder.
struct Layout {
    name: &'static str,
    /// One letter for each field of 32 bytes: `P` a point, `S` a scalar.
    fields: String,
    read: fn(&[u8]) -> Result<Vec<u8>, DecodeError>,
}

fn layouts() -> Vec<Layout> {
    let one_of_many = |n: usize, m: usize| "P".repeat(2 + m) + &"S".repeat(m * (n - 1) + 2);
    let range = |rounds: usize| "P".repeat(1 + 2 * rounds + 2) + "SSS";
    let layout = |name, fields: String, read| Layout { name, fields, read };
    vec![
        layout("Schnorr", "PS".into(), |b| Ok(SchnorrProof::from_bytes(b)?.to_bytes().to_vec())),
        layout("spend", "PPSSS".into(), |b| Ok(SpendProof::from_bytes(b)?.to_bytes().to_vec())),
        layout("link", "PPSSS".into(), |b| Ok(LinkProof::from_bytes(b)?.to_bytes().to_vec())),
        layout("sealed", "PS".into(), |b| Ok(SealedProof::from_bytes(b)?.to_bytes().to_vec())),
        layout("member (2,7)", one_of_many(2, 7), |b| {
            Ok(MembershipProof::from_bytes(b, SetParameters::TEST)?.to_bytes().to_vec())
        }),
        layout("member (4,5)", one_of_many(4, 5), |b| {
            Ok(MembershipProof::from_bytes(b, SetParameters::MAIN)?.to_bytes().to_vec())
        }),
        layout("surjection q = 1", one_of_many(2, 1), |b| {
            Ok(SurjectionProof::from_bytes(b, &assets(1))?.to_bytes().to_vec())
        }),
        layout("surjection q = 6", one_of_many(2, 6), |b| {
            Ok(SurjectionProof::from_bytes(b, &assets(53))?.to_bytes().to_vec())
        }),
        layout("range m = 1", range(6), |b| Ok(RangeProof::from_bytes(b, 1)?.to_bytes())),
        layout("range m = 16", range(10), |b| Ok(RangeProof::from_bytes(b, 13)?.to_bytes())),
    ]
}

fn assets(count: usize) -> AssetSet {
    AssetSet::new(&vec![A0.point(); count]).expect("1 to 64 entries")
}

impl Layout {
    /// Valid fields, chosen at random: decoding asks for no equation.
    fn sample(&self, rng: &mut StdRng) -> Vec<u8> {
        let field = |kind| match kind {
            'P' => Element::random(rng).compress().to_bytes(),
            _ => Scalar::random(rng).to_bytes(),
        };
        self.fields.chars().map(field).collect::<Vec<_>>().concat()
    }

    /// The verdicts on the sample with `value` in each field of `kind`.
    fn with_field(&self, kind: char, value: &[u8; 32]) -> Vec<Result<Vec<u8>, DecodeError>> {
        let sample = self.sample(&mut StdRng::seed_from_u64(1));
        let places = self.fields.chars().enumerate().filter(|(_, found)| *found == kind);
        places
            .map(|(place, _)| {
                let mut bytes = sample.clone();
                bytes[32 * place..][..32].copy_from_slice(value);
                (self.read)(&bytes)
            })
            .collect()
    }
}

/// The refused 32-byte fields of `encoding.json`, those of RFC 9496 appendix A.3 among them.
fn refused_fields(kind: &str, error: &str) -> Vec<[u8; 32]> {
    let file: serde_json::Value = serde_json::from_str(include_str!("../vectors/encoding.json")).expect("JSON");
    let cases = file["cases"].as_array().expect("cases").iter();
    let found: Vec<[u8; 32]> = cases
        .filter(|case| case["kind"] == kind && case["error"] == error)
        .map(|case| hex::decode(case["bytes"].as_str().expect("hex")).expect("hex"))
        .filter_map(|bytes| bytes.try_into().ok())
        .collect();
    assert!(found.len() >= 5, "{kind}: {} cases", found.len());
    found
}

#[test]
fn every_layout_is_read_and_written_back() {
    let rng = &mut StdRng::seed_from_u64(2);
    for layout in layouts() {
        let bytes = layout.sample(rng);
        assert_eq!((layout.read)(&bytes).as_ref(), Ok(&bytes), "{}", layout.name);
    }
}

#[test]
fn a_point_that_is_not_canonical_is_refused_in_each_field() {
    for layout in layouts() {
        for bytes in refused_fields("point", "non-canonical-point") {
            for verdict in layout.with_field('P', &bytes) {
                assert!(matches!(verdict, Err(DecodeError::Point { .. })), "{}: {verdict:?}", layout.name);
            }
        }
    }
}

#[test]
fn a_scalar_that_is_not_below_the_order_is_refused_in_each_field() {
    for layout in layouts() {
        for bytes in refused_fields("scalar", "non-canonical-scalar") {
            for verdict in layout.with_field('S', &bytes) {
                assert!(matches!(verdict, Err(DecodeError::Scalar { .. })), "{}: {verdict:?}", layout.name);
            }
        }
    }
}

/// s + ℓ is the same residue; taken, each proof would have a second encoding.
#[test]
fn a_scalar_plus_the_order_is_refused_in_each_field() {
    let mut order = (-Scalar::ONE).to_bytes();
    order[0] += 1;
    let rng = &mut StdRng::seed_from_u64(3);
    for layout in layouts() {
        let sample = layout.sample(rng);
        for (place, _) in layout.fields.chars().enumerate().filter(|(_, kind)| *kind == 'S') {
            let mut bytes = sample.clone();
            let mut carry = 0;
            for (byte, add) in bytes[32 * place..][..32].iter_mut().zip(order) {
                let sum = u16::from(*byte) + u16::from(add) + carry;
                *byte = (sum & 0xff) as u8;
                carry = sum >> 8;
            }
            let verdict = (layout.read)(&bytes);
            assert!(matches!(verdict, Err(DecodeError::Scalar { .. })), "{}: {verdict:?}", layout.name);
        }
    }
}

#[test]
fn the_identity_is_refused_in_each_point_field_and_a_response_of_zero_passes() {
    for layout in layouts() {
        for verdict in layout.with_field('P', &[0; 32]) {
            assert!(matches!(verdict, Err(DecodeError::Identity { .. })), "{}: {verdict:?}", layout.name);
        }
        for verdict in layout.with_field('S', &[0; 32]) {
            assert!(verdict.is_ok(), "{}: {verdict:?}", layout.name);
        }
    }
}

#[test]
fn every_other_length_is_refused() {
    let rng = &mut StdRng::seed_from_u64(4);
    for layout in layouts() {
        let bytes = layout.sample(rng);
        let lengths = (0..bytes.len()).step_by(32).chain([1, 31, bytes.len() - 1]);
        for length in lengths {
            assert!((layout.read)(&bytes[..length]).is_err(), "{}: {length} bytes", layout.name);
        }
        for more in [1, 32, 64] {
            let longer = [bytes.clone(), vec![0; more]].concat();
            let verdict = (layout.read)(&longer);
            assert!(matches!(verdict, Err(DecodeError::Length { .. })), "{}: {verdict:?}", layout.name);
        }
    }
}

/// The Ed25519 basepoint with each of the eight torsion points added, as Edwards bytes: no Ristretto encoding is
/// shared by two of them.
#[test]
fn bytes_of_a_curve_point_plus_torsion_are_refused_or_their_own_encoding() {
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    let mut decoded: Vec<Point> = Vec::new();
    for torsion in EIGHT_TORSION {
        let bytes = (ED25519_BASEPOINT_POINT + torsion).compress().to_bytes();
        if let Ok(point) = Point::decode(&bytes, "point") {
            assert_eq!(point.element().compress().to_bytes(), bytes);
            assert!(decoded.iter().all(|other| other.element() != point.element()));
            decoded.push(point);
        }
    }
}

proptest! {
    #[test]
    fn reading_any_bytes_gives_an_error_or_the_same_bytes(
        kind in 0usize..10,
        noise in prop::collection::vec(any::<u8>(), 0..1100),
    ) {
        let layout = &layouts()[kind];
        let mut bytes = layout.sample(&mut StdRng::seed_from_u64(5));
        let mixed = bytes.len().min(noise.len());
        bytes[..mixed].copy_from_slice(&noise[..mixed]);
        for bytes in [&noise, &bytes] {
            if let Ok(again) = (layout.read)(bytes) {
                prop_assert_eq!(&again, bytes);
            }
        }
    }

    #[test]
    fn a_field_is_refused_or_the_only_encoding_of_its_value(bytes in any::<[u8; 32]>()) {
        if let Ok(point) = Point::decode(&bytes, "point") {
            prop_assert_eq!(point.element().compress().to_bytes(), bytes);
        }
        if let Ok(scalar) = decode_scalar(&bytes, "scalar") {
            prop_assert_eq!(scalar.to_bytes(), bytes);
        }
    }
}

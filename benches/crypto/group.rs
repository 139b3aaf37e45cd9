//! The group alone: what proofs and scans cost if nothing but calls of the curve library took time.

use std::{cell::LazyCell, hint::black_box};

use dero_benches::{
    report::{Floor, OURS, Operation},
    runner::prepare,
};
use dero_crypto::group::{Element, Point, Scalar, sum_of_products_vartime};

use crate::Runner;

const LIBRARY: &str = "curve25519-dalek";

/// Terms of a batch in one set, and of a piece of a larger sum.
const TERMS: [usize; 2] = [4096, 16_384];

const DECODE: Operation = ("group/decode", LIBRARY);
const SUM: Operation = ("group/sum_batch_4096", LIBRARY);
const LARGE_SUM: Operation = ("group/sum_batch_16384", LIBRARY);
const PRODUCT: Operation = ("group/constant_time_product", LIBRARY);
const ENCODE: Operation = ("group/encode_batch_256", LIBRARY);

struct Scene {
    elements: Vec<Element>,
    scalars: Vec<Scalar>,
}

impl Scene {
    fn new() -> Self {
        // Decoded, as a node's are.
        let element = |_| {
            let point = Point::encode(Element::random(&mut rand::rng()), "random").expect("not the identity");
            *Point::decode(point.as_bytes(), "encoded").expect("it was encoded").element()
        };
        Self {
            elements: prepare(TERMS[1], element),
            scalars: prepare(TERMS[1], |_| Scalar::random(&mut rand::rng())),
        }
    }

    fn sum(&self, terms: usize) {
        black_box(sum_of_products_vartime(&self.scalars[..terms], &self.elements[..terms]));
    }
}

pub fn run(runner: &mut Runner) {
    let scene = LazyCell::new(Scene::new);
    let encoded = LazyCell::new(|| Element::random(&mut rand::rng()).compress().to_bytes());
    runner.bench(DECODE.0, LIBRARY, &encoded, |bytes| {
        black_box(Point::decode(black_box(bytes), "random").is_ok());
    });
    runner.bench(PRODUCT.0, LIBRARY, &scene, |scene| {
        black_box(black_box(scene.elements[0]) * black_box(scene.scalars[0]));
    });
    runner.bench(ENCODE.0, LIBRARY, &scene, |scene| {
        black_box(Element::double_and_compress_batch(&scene.elements[..256]));
    });
    for (name, terms) in [SUM, LARGE_SUM].into_iter().zip(TERMS) {
        runner.bench(name.0, LIBRARY, &scene, |scene| scene.sum(terms));
    }
}

/// Terms of a sum are counted for one operation of a batch of 64: what all share is divided.
pub const FLOORS: &[Floor] = &[
    // The range proof's 17 points, 14 of both memberships, 30 of links, spends, surjections and the body; the generators.
    Floor {
        of: ("transaction/verify_batch_64_shared/2-in/2-out", OURS),
        parts: &[(61.0 + 3072.0 / 64.0 + 301.0 / 64.0, SUM), (65.0, DECODE)],
    },
    Floor {
        of: ("transaction/verify_batch_64_apart/2-in/2-out", OURS),
        parts: &[(61.0 + 2.0 * 3072.0 + 301.0 / 64.0, LARGE_SUM), (65.0, DECODE)],
    },
    // Membership and spend: A, B, five X, an image of three, the tag and two announcements.
    Floor {
        of: ("membership/verify_batch_64_shared/1024", OURS),
        parts: &[(13.0 + 3072.0 / 64.0 + 44.0 / 64.0, SUM), (13.0, DECODE)],
    },
    Floor { of: ("scan/find_batch_256", OURS), parts: &[(1.0, DECODE), (1.0, PRODUCT), (1.0, ENCODE)] },
];

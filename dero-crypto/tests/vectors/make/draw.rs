//! Values from a seed: `SHAKE256(frame("test"; seed, file, case))`, in the order in which they are drawn.

use dero_crypto::{
    group::{Element, Point, Scalar, hash::raw},
    secret::Secret,
};

pub const SEED: &str = "dero-crypto/vectors/1";
/// More than any case draws.
const STREAM: usize = 1 << 15;

pub struct Draw {
    stream: Vec<u8>,
    at: usize,
}

impl Draw {
    pub fn new(file: &str, case: &str) -> Self {
        let mut stream = vec![0; STREAM];
        raw::fill("test", &[SEED.as_bytes(), file.as_bytes(), case.as_bytes()], &mut stream);
        Self { stream, at: 0 }
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let bytes = self.stream[self.at..][..N].try_into().expect("the length is N");
        self.at += N;
        bytes
    }

    pub fn number(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.number() % limit
    }

    pub fn scalar(&mut self) -> Scalar {
        Scalar::from_bytes_mod_order_wide(&self.bytes())
    }

    pub fn secret(&mut self) -> Secret<Scalar> {
        Secret::new(self.scalar())
    }

    pub fn point(&mut self) -> Point {
        point(Element::from_uniform_bytes(&self.bytes()))
    }
}

pub fn point(element: Element) -> Point {
    Point::encode(element, "drawn").expect("not the identity")
}

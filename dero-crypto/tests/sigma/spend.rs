//! Linking tags and spend proofs (protocol 6; attacks 7 to 15, A.1, A.10).

use dero_crypto::{
    ProofError,
    group::{
        Element, Scalar,
        generators::{G, U, X, Y},
    },
    keys::LinkingTag,
    sigma::{HostPart, SpendProof, SpendStatement, SpendWitness},
};
use rand::rngs::StdRng;

use crate::common::{NET, only_these_bytes, point, random_point, rng, scalar, secret};

/// An enote (x, y) and the re-randomisation z of its image.
struct Coin {
    x: Scalar,
    y: Scalar,
    z: Scalar,
}

impl Coin {
    fn new(rng: &mut StdRng) -> Self {
        Self { x: scalar(rng), y: scalar(rng), z: scalar(rng) }
    }

    fn image(&self) -> Element {
        X.element() * self.x + Y.element() * self.y + G.element() * self.z
    }

    fn tag(&self) -> LinkingTag {
        LinkingTag::from_full(&secret(self.x), &secret(self.y)).expect("a tag")
    }

    fn witness(&self) -> SpendWitness {
        SpendWitness { x: secret(self.x), y: secret(self.y), z: secret(self.z) }
    }

    fn statement(&self, index: u64) -> SpendStatement {
        SpendStatement { net: NET, m_tx: [3; 32], index, image_key: point(self.image()), tag: self.tag() }
    }

    fn prove(&self, index: u64, rng: &mut StdRng) -> SpendProof {
        SpendProof::prove(&self.statement(index), &self.witness(), rng).expect("the witness fits")
    }
}

#[test]
fn two_images_of_one_enote_have_one_tag() {
    let rng = &mut rng();
    let first = Coin::new(rng);
    let second = Coin { z: scalar(rng), ..first };
    assert_ne!(first.image(), second.image());
    for coin in [&first, &second] {
        assert_eq!(coin.tag(), first.tag());
        assert_eq!(coin.prove(0, rng).verify(&coin.statement(0), rng), Ok(()));
    }
}

#[test]
fn two_enotes_that_differ_by_a_multiple_of_G_share_a_tag() {
    let rng = &mut rng();
    let coin = Coin::new(rng);
    let shifted = Coin { z: coin.z + Scalar::from(5u64), ..coin };
    assert_eq!(shifted.prove(0, rng).verify(&shifted.statement(0), rng), Ok(()));
    assert_eq!(shifted.statement(0).tag, coin.statement(0).tag, "so one of both is spendable");
}

#[test]
fn an_enote_on_a_foreign_generator_cannot_be_spent() {
    let rng = &mut rng();
    let coin = Coin::new(rng);
    let mut statement = coin.statement(0);
    statement.image_key = point(coin.image() + random_point(rng).element());
    let refused = SpendProof::prove(&statement, &coin.witness(), rng);
    assert_eq!(refused, Err(ProofError::Witness { what: "K~" }));
    assert_eq!(coin.prove(0, rng).verify(&statement, rng), Err(ProofError::Equation));
}

#[test]
fn only_the_proofs_own_bytes_are_accepted() {
    let rng = &mut rng();
    let coin = Coin::new(rng);
    let (statement, bytes) = (coin.statement(2), coin.prove(2, rng).to_bytes());
    assert_eq!(bytes.len(), 32 * (2 + 3), "the stated size");
    only_these_bytes(&bytes, |bytes| {
        SpendProof::from_bytes(bytes).is_ok_and(|proof| proof.verify(&statement, &mut rand::rng()).is_ok())
    });
    assert_eq!(SpendProof::from_bytes(&bytes).expect("a proof").to_bytes(), bytes);
}

#[test]
fn each_element_of_the_statement_is_bound() {
    let rng = &mut rng();
    let coin = Coin::new(rng);
    let (statement, proof) = (coin.statement(0), coin.prove(0, rng));
    let mut flipped_net = NET;
    flipped_net.0[0] ^= 1;
    let changes = [
        ("net", SpendStatement { net: flipped_net, ..statement }),
        ("m_tx", SpendStatement { m_tx: [4; 32], ..statement }),
        ("index", SpendStatement { index: 1, ..statement }),
        ("K~ of another", SpendStatement { image_key: random_point(rng), ..statement }),
        ("K~ re-randomised", SpendStatement { image_key: point(coin.image() + G.element()), ..statement }),
        ("L of another", SpendStatement { tag: Coin::new(rng).tag(), ..statement }),
        ("L negated", SpendStatement { tag: LinkingTag(point(-coin.tag().point().element())), ..statement }),
        ("L re-randomised", {
            SpendStatement { tag: LinkingTag(point(coin.tag().point().element() + G.element())), ..statement }
        }),
    ];
    assert_eq!(proof.verify(&statement, rng), Ok(()));
    for (element, changed) in changes {
        assert_eq!(proof.verify(&changed, rng), Err(ProofError::Equation), "{element}");
    }
}

#[test]
fn a_tag_with_a_flipped_bit_is_refused() {
    let rng = &mut rng();
    let coin = Coin::new(rng);
    let (statement, proof) = (coin.statement(0), coin.prove(0, rng));
    for bit in 0..256 {
        let mut bytes = coin.tag().to_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(tag) = LinkingTag::decode(&bytes) {
            assert!(proof.verify(&SpendStatement { tag, ..statement }, rng).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn proofs_of_two_inputs_exchanged_are_refused() {
    let rng = &mut rng();
    let (first, second) = (Coin::new(rng), Coin::new(rng));
    assert!(first.prove(0, rng).verify(&second.statement(1), rng).is_err());
    assert!(second.prove(1, rng).verify(&first.statement(0), rng).is_err());
}

#[test]
fn a_witness_of_another_enote_or_tag_makes_no_proof() {
    let rng = &mut rng();
    let (coin, other) = (Coin::new(rng), Coin::new(rng));
    let refused = SpendProof::prove(&coin.statement(0), &other.witness(), rng);
    assert_eq!(refused, Err(ProofError::Witness { what: "K~" }));
    let statement = SpendStatement { tag: other.tag(), ..coin.statement(0) };
    let refused = SpendProof::prove(&statement, &coin.witness(), rng);
    assert_eq!(refused, Err(ProofError::Witness { what: "L" }));
}

#[test]
fn a_response_of_zero_passes() {
    let rng = &mut rng();
    let coin = Coin { z: Scalar::ZERO, ..Coin::new(rng) };
    let nonces = SpendWitness { x: secret(scalar(rng)), y: secret(scalar(rng)), z: secret(Scalar::ZERO) };
    let proof = SpendProof::prove_with_nonces(&coin.statement(0), &coin.witness(), &nonces).expect("a proof");
    assert_eq!(proof.to_bytes()[128..], [0; 32], "s_z");
    assert_eq!(proof.verify(&coin.statement(0), rng), Ok(()));
}

#[test]
fn a_repeating_generator_gives_other_nonces_for_another_statement_or_witness() {
    let rng = &mut rng();
    let coin = Coin::new(rng);
    let announcement = |coin: &Coin, index| coin.prove(index, &mut self::rng()).to_bytes()[..64].to_vec();
    assert_eq!(announcement(&coin, 0), announcement(&coin, 0));
    assert_ne!(announcement(&coin, 0), announcement(&coin, 1));
    assert_ne!(announcement(&coin, 0), announcement(&Coin { z: scalar(rng), ..coin }, 0));
}

/// A signer that knows y answers the host's points with (β·Y, s_y).
fn sign(statement: &SpendStatement, host: &HostPart, y: Scalar, beta: Scalar) -> (Element, Scalar) {
    let (P1, P2) = host.points();
    let beta_Y = Y.element() * beta;
    let (A1, A2) = SpendStatement::announcements(&P1, &P2, &point(beta_Y)).expect("announcements");
    (beta_Y, beta + statement.challenge(&A1, &A2).expect("a challenge") * y)
}

#[test]
fn a_signer_of_the_y_part_completes_the_hosts_part() {
    let rng = &mut rng();
    let coin = Coin::new(rng);
    let statement = coin.statement(0);
    let host = HostPart::new(&statement, &secret(coin.x), &secret(coin.z), rng).expect("a host's part");
    let (beta_Y, s_y) = sign(&statement, &host, coin.y, scalar(rng));
    let proof = host.finish(&point(beta_Y), s_y, rng).expect("a right answer");
    assert_eq!(proof.verify(&statement, rng), Ok(()));
}

#[test]
fn a_wrong_answer_of_the_signer_is_refused_before_it_is_used() {
    let rng = &mut rng();
    let coin = Coin::new(rng);
    let statement = coin.statement(0);
    for error in [Scalar::ONE, -Scalar::ONE] {
        let host = HostPart::new(&statement, &secret(coin.x), &secret(coin.z), rng).expect("a host's part");
        let (beta_Y, s_y) = sign(&statement, &host, coin.y, scalar(rng));
        assert_eq!(host.finish(&point(beta_Y), s_y + error, rng), Err(ProofError::Equation));
    }
}

#[test]
fn the_view_balance_holder_cannot_spend_or_slander() {
    let rng = &mut rng();
    let coin = Coin::new(rng);
    let statement = coin.statement(0);
    // He knows x, z, L and y·Y. A guess of y, with which K~ or L alone would be right, does not help.
    let guess = Coin { y: scalar(rng), ..coin };
    assert!(SpendProof::prove(&statement, &guess.witness(), rng).is_err());
    let host = HostPart::new(&statement, &secret(coin.x), &secret(coin.z), rng).expect("a host's part");
    let (beta_Y, s_y) = sign(&statement, &host, guess.y, scalar(rng));
    assert_eq!(host.finish(&point(beta_Y), s_y, rng), Err(ProofError::Equation));
    // The owner's tag under an enote of his own.
    let own = Coin::new(rng);
    let slander = SpendStatement { image_key: point(own.image()), ..statement };
    assert_eq!(SpendProof::prove(&slander, &own.witness(), rng), Err(ProofError::Witness { what: "L" }));
    assert!(own.prove(0, rng).verify(&slander, rng).is_err());
}

fn proof(A1: &Element, A2: &Element, s: [Scalar; 3]) -> SpendProof {
    let points = [point(*A1), point(*A2)].map(|point| point.to_bytes());
    let bytes = [points[0], points[1], s[0].to_bytes(), s[1].to_bytes(), s[2].to_bytes()].concat();
    SpendProof::from_bytes(&bytes).expect("a proof as bytes")
}

/// A.1: tags L_1 and L_2 chosen freely by the owner of two coins; further coins are spent honestly beside them.
fn forge_aggregate(width: usize) {
    let rng = &mut rng();
    let coins: Vec<Coin> = (0..width).map(|_| Coin::new(rng)).collect();
    let ([x1, x2], [y1, y2]) = ([coins[0].x, coins[1].x], [coins[0].y, coins[1].y]);
    let (u1, u2) = (scalar(rng), scalar(rng));
    // (1 − u2·x)·g1 + (u1·x − 1)·g2 = −y·(u1 − u2) for both coins, by Cramer's rule.
    let (a11, a12, b1) = (Scalar::ONE - u2 * x1, u1 * x1 - Scalar::ONE, -y1 * (u1 - u2));
    let (a21, a22, b2) = (Scalar::ONE - u2 * x2, u1 * x2 - Scalar::ONE, -y2 * (u1 - u2));
    let determinant = (a11 * a22 - a12 * a21).invert();
    let (g1, g2) = ((b1 * a22 - a12 * b2) * determinant, (a11 * b2 - b1 * a21) * determinant);
    let mut tags: Vec<Element> = coins.iter().map(|coin| *coin.tag().point().element()).collect();
    tags[0] = U.element() * u1 + Y.element() * g1;
    tags[1] = U.element() * u2 + Y.element() * g2;
    assert!(tags.iter().zip(&coins).take(2).all(|(tag, coin)| tag != coin.tag().point().element()));

    let [rho, tau, theta, a] = [(); 4].map(|()| scalar(rng));
    let per = (u1 - u2).invert();
    let a_prime = g1 * (a - u2 * rho) * per + g2 * (u1 * rho - a) * per + tau;
    let honest: Vec<Scalar> = coins.iter().skip(2).map(|_| scalar(rng)).collect();
    let spread = honest.iter().sum::<Scalar>();
    let A1 = X.element() * (rho + spread) + Y.element() * tau + G.element() * theta;
    let honest_tags: Element = honest.iter().zip(&tags[2..]).map(|(rho, tag)| tag * rho).sum();
    let A2 = U.element() * a + Y.element() * a_prime + honest_tags;
    let c = scalar(rng);
    let powers: Vec<Scalar> = std::iter::successors(Some(c), |power| Some(power * c)).take(width).collect();

    let S = rho + powers[0] * x1 + powers[1] * x2;
    let both = a + powers[0] + powers[1];
    let mut t = vec![(both - u2 * S) * per, (u1 * S - both) * per];
    t.extend((2..width).map(|i| honest[i - 2] + powers[i] * coins[i].x));
    let t_y = tau + powers.iter().zip(&coins).map(|(power, coin)| power * coin.y).sum::<Scalar>();
    let t_z = theta + powers.iter().zip(&coins).map(|(power, coin)| power * coin.z).sum::<Scalar>();

    // The mutant sums over inputs, and accepts.
    let keys: Element = powers.iter().zip(&coins).map(|(power, coin)| coin.image() * power).sum();
    let left = X.element() * t.iter().sum::<Scalar>() + Y.element() * t_y + G.element() * t_z;
    assert_eq!(left, A1 + keys, "first summed equation");
    let left = t.iter().zip(&tags).map(|(t, tag)| tag * t).sum::<Element>() + Y.element() * t_y;
    assert_eq!(left, A2 + U.element() * powers.iter().sum::<Scalar>(), "second summed equation");

    // Ours looks at each input, and refuses each.
    for (i, coin) in coins.iter().enumerate() {
        let statement = SpendStatement { tag: LinkingTag(point(tags[i])), ..coin.statement(i as u64) };
        let forged = proof(&A1, &A2, [t[i], t_y, t_z]);
        assert_eq!(forged.verify(&statement, rng), Err(ProofError::Equation), "input {i} of {width}");
    }
}

#[test]
fn summed_equations_accept_two_free_tags_and_ours_refuse_them() {
    forge_aggregate(2);
}

#[test]
fn summed_equations_accept_two_free_tags_beside_an_honest_input() {
    forge_aggregate(3);
}

#[test]
fn a_true_key_with_a_free_tag_and_a_true_tag_with_a_free_key_are_refused() {
    let rng = &mut rng();
    let coin = Coin::new(rng);
    let [alpha, beta, gamma] = [(); 3].map(|()| scalar(rng));
    let honest = coin.statement(0);
    let key = X.element() * alpha + Y.element() * beta + G.element() * gamma;
    let tag = honest.tag.point().element() * alpha + Y.element() * beta;
    let foreign = random_point(rng);
    let cases = [
        ("both true", honest, Ok(())),
        ("free tag", SpendStatement { tag: LinkingTag(foreign), ..honest }, Err(ProofError::Equation)),
        ("free key", SpendStatement { image_key: foreign, ..honest }, Err(ProofError::Equation)),
    ];
    for (what, statement, verdict) in cases {
        let c = statement.challenge(&point(key), &point(tag)).expect("a challenge");
        let s = [alpha + c * coin.x, beta + c * coin.y, gamma + c * coin.z];
        assert_eq!(proof(&key, &tag, s).verify(&statement, rng), verdict, "{what}");
    }
}

#[test]
fn errors_that_cancel_between_both_equations_are_refused() {
    let rng = &mut rng();
    let coin = Coin::new(rng);
    let statement = coin.statement(0);
    let L = *statement.tag.point().element();
    let [alpha, beta, gamma] = [(); 3].map(|()| scalar(rng));
    // D is chosen before the challenge.
    let D = *random_point(rng).element();
    let A1 = X.element() * alpha + Y.element() * beta + G.element() * gamma + D;
    let A2 = L * alpha + Y.element() * beta - D;
    let c = statement.challenge(&point(A1), &point(A2)).expect("a challenge");
    let s = [alpha + c * coin.x, beta + c * coin.y, gamma + c * coin.z];

    let key = X.element() * s[0] + Y.element() * s[1] + G.element() * s[2] - A1 - coin.image() * c;
    let tag = L * s[0] + Y.element() * s[1] - A2 - U.element() * c;
    assert_eq!(key + tag, Element::default(), "equal weights accept");
    assert_eq!(proof(&A1, &A2, s).verify(&statement, rng), Err(ProofError::Equation));
}

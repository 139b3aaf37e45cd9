//! A statement and a proof of each kind: what convinces alone convinces in a batch, and nothing else does. Host and signer of
//! a spend proof.

use std::sync::Arc;

use dero_crypto::{
    BatchError, DecodeError, NetworkId, ProofError,
    asset::AssetId,
    balance::{Balance, Term},
    batch::{Batch, Linear},
    codec::Reader,
    commitment::Amount,
    group::{
        Point, Scalar,
        generators::{G, X, Y},
    },
    keys::{LinkingTag, SpendKey},
    membership::{
        Accumulator, AssetSet, Image, MEMBER_BYTES, Member, MembershipProof, MembershipStatement, ReferenceKind,
        ReferenceSet, SetParameters, SurjectionProof, SurjectionStatement,
    },
    range::{Commitments, RangeProof, Statement},
    secret::Secret,
    sigma::{
        Accept, Alternatives, Holding, HostPart, IssuerAuth, LinkProof, LinkStatement, SchnorrProof,
        SchnorrStatement, SealedProof, SealedStatement, SignerPart, SpendProof, SpendStatement, VaultAuth,
    },
};
use rand::{SeedableRng as _, rngs::StdRng};

/// The largest ring and list, so that an input takes milliseconds.
const MAX: u8 = 64;

/// Kind, network, the fields of the statement in their order, and the proof. Integers have 8 bytes, lists their length
/// in one.
pub fn verify(bytes: &[u8]) {
    let _ = verified(bytes);
}

/// Whether the proof convinces; an error if these are no statement and proof.
pub(crate) fn verified(bytes: &[u8]) -> Result<bool, DecodeError> {
    let mut reader = Reader::new(bytes, "statement");
    let read = &mut reader;
    let (kind, net) = (read.u8("kind")?, NetworkId(read.array("net")?));
    let rng = &mut StdRng::seed_from_u64(7);
    match kind {
        0 => {
            let (m_tx, vault_id) = (read.array("m_tx")?, read.array("vault_id")?);
            signature(&VaultAuth { net, m_tx, vault_id, key: read.point("P")? }.statement(), read)
        }
        1 => {
            let (m_tx, index) = (read.array("m_tx")?, read.u64("index")?);
            let (image_key, tag) = (read.point("K~")?, LinkingTag::decode(&read.array("L")?)?);
            let statement = SpendStatement { net, m_tx, index, image_key, tag };
            let proof = SpendProof::from_bytes(read.rest())?;
            Ok(agree(proof.verify(&statement, rng), |batch| proof.enqueue(&statement, batch)))
        }
        2 => {
            let (body_digest, bundle, j) = (read.array("body_digest")?, read.u64("bundle")?, read.u64("j")?);
            let [T, C, E] = [read.point("T")?, read.point("C")?, read.point("E")?];
            let statement = LinkStatement { net, body_digest, bundle, j, T, C, E };
            let proof = LinkProof::from_bytes(read.rest())?;
            Ok(agree(proof.verify(&statement, rng), |batch| proof.enqueue(&statement, batch)))
        }
        3 => {
            let Some(statement) = membership(read, net)? else { return Ok(false) };
            let proof = MembershipProof::from_bytes(read.rest(), statement.parameters())?;
            Ok(agree(proof.verify(&statement, rng), |batch| proof.enqueue(&statement, batch)))
        }
        4 => {
            let (body_digest, bundle, j) = (read.array("body_digest")?, read.u64("bundle")?, read.u64("j")?);
            let omega = (0..read.count("Ω", 1, MAX)?).map(|_| read.point("Ω")).collect::<Result<Vec<_>, _>>()?;
            let (assets, tag) = (AssetSet::new(&omega)?, read.point("T")?);
            let statement = SurjectionStatement { net, body_digest, bundle, j, assets, tag };
            let proof = SurjectionProof::from_bytes(read.rest(), &statement.assets)?;
            Ok(agree(proof.verify(&statement, rng), |batch| proof.enqueue(&statement, batch)))
        }
        5 => {
            let (body_digest, bundle) = (read.array("body_digest")?, read.u64("bundle")?);
            let V = (0..read.count("V", 1, MAX)?).map(|_| read.point("V")).collect::<Result<Vec<_>, _>>()?;
            let (count, commitments) = (V.len(), Commitments::new(V)?);
            let statement = Statement { net, body_digest, bundle, commitments };
            let proof = RangeProof::from_bytes(read.rest(), count)?;
            Ok(agree(proof.verify(&statement, rng), |batch| proof.enqueue(&statement, batch)))
        }
        6 => {
            let (body_digest, vault_id) = (read.array("body_digest")?, read.array("vault_id")?);
            let Some(alternatives) = alternatives(read)? else { return Ok(false) };
            let statement = SealedStatement { net, body_digest, vault_id, alternatives: &alternatives };
            let proof = SealedProof::from_bytes(read.rest())?;
            Ok(agree(proof.verify(&statement, rng), |batch| proof.enqueue(&statement, batch)))
        }
        7 => {
            let (fee, pi) = (Amount(read.u64("fee")?), read.scalar("π")?);
            let terms = (0..read.u8("terms")?).map(|_| term(read)).collect::<Result<_, _>>()?;
            let balance = Balance { terms, fee, pi };
            reader.finish()?;
            Ok(agree(balance.verify(rng), |batch| Ok(balance.enqueue(batch))))
        }
        8 => host_and_signer(read, net),
        9 => {
            let (m_tx, op_index, asset) = (read.array("m_tx")?, read.u64("op")?, AssetId(read.array("α")?));
            signature(&IssuerAuth { net, m_tx, op_index, asset, key: read.point("I")? }.statement(), read)
        }
        10 => {
            let (vault_id, txid, index) = (read.array("vault_id")?, read.array("txid")?, read.u64("i")?);
            signature(&Accept { net, vault_id, txid, index, key: read.point("P")? }.statement(), read)
        }
        _ => Err(DecodeError::Value { what: "kind", found: kind.into() }),
    }
}

fn signature(statement: &SchnorrStatement, read: &mut Reader<'_>) -> Result<bool, DecodeError> {
    let proof = SchnorrProof::from_bytes(read.rest())?;
    let alone = proof.verify(statement, &mut StdRng::seed_from_u64(7));
    Ok(agree(alone, |batch| proof.enqueue(statement, batch)))
}

/// The two who make a spend proof: each meets what a stranger sends, then the other.
fn host_and_signer(read: &mut Reader<'_>, net: NetworkId) -> Result<bool, DecodeError> {
    let (m_tx, index) = (read.array("m_tx")?, read.u64("index")?);
    let [x, z, v] = [read.scalar("x")?, read.scalar("z")?, read.scalar("v")?].map(Secret::new);
    let key = SpendKey::from_bytes(&read.array("k_s")?)?;
    let host_points = (read.point("P1")?, read.point("P2")?);
    let (beta_Y, s_y) = (read.point("β·Y")?, read.scalar("s_y")?);

    let y = key.one_time(&v);
    let image = X.element() * x.expose() + Y.element() * y.expose() + G.element() * z.expose();
    let (Ok(tag), Ok(image_key)) = (LinkingTag::from_full(&x, &y), Point::encode(image, "K~")) else {
        return Ok(false);
    };
    let statement = SpendStatement { net, m_tx, index, image_key, tag };
    let rng = &mut StdRng::seed_from_u64(7);
    let mut signed = |(P1, P2)| {
        let signed = SignerPart::answer(&statement, (P1, P2), &key, &v, rng).ok()?;
        let (A1, A2) = SpendStatement::announcements(&P1, &P2, &signed.beta_Y).expect("the signer has these");
        let c = statement.challenge(&A1, &A2).expect("the signer has it");
        assert_eq!(Y.element() * signed.s_y, signed.beta_Y.element() + Y.element() * (c * y.expose()));
        Some(signed)
    };
    signed(host_points);
    let host = || HostPart::new(&statement, &x, &z, &mut StdRng::seed_from_u64(9)).ok();
    let finished = |beta_Y, s_y| host()?.finish(beta_Y, s_y, &mut StdRng::seed_from_u64(7)).ok();
    if let Some(proof) = finished(&beta_Y, s_y) {
        assert!(proof.verify(&statement, &mut StdRng::seed_from_u64(8)).is_ok());
    }
    let Some(signed) = host().and_then(|host| signed(host.points())) else { return Ok(false) };
    assert!(finished(&signed.beta_Y, signed.s_y).is_some());
    Ok(true)
}

fn membership(read: &mut Reader<'_>, net: NetworkId) -> Result<Option<MembershipStatement>, DecodeError> {
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let parameters = SetParameters::new(small(read.u64("n")?), small(read.u64("m")?))?;
    let kind = ReferenceKind::from_byte(small(read.u64("kind")?).try_into().unwrap_or(u8::MAX))?;
    let start = read.u64("start")?;
    let entries = (0..read.count("L", 1, MAX)?)
        .map(|_| read.array::<MEMBER_BYTES>("member"))
        .collect::<Result<Vec<_>, _>>()?;
    let (acc_start, acc_end) = (Accumulator(read.array("acc_start")?), Accumulator(read.array("acc_end")?));
    read.count("image", 3, 3)?;
    let (key, commitment, asset_tag) = (read.point("K~")?, read.point("C~")?, read.point("T~")?);
    let rehashed = ReferenceSet::rehash(kind, start, acc_start, acc_end, &entries);
    let members = entries.iter().map(|entry| Member::decode(entry).map(Arc::new)).collect::<Result<_, _>>()?;
    let set = ReferenceSet::new(kind, start, acc_start, acc_end, members)?;
    assert_eq!(rehashed.is_ok(), acc_start.extend(start, &entries) == acc_end);
    if parameters.size() > MAX.into() {
        return Ok(None);
    }
    Ok(MembershipStatement::new(net, parameters, Arc::new(set), Image { key, commitment, asset_tag }).ok())
}

fn alternatives(read: &mut Reader<'_>) -> Result<Option<Alternatives>, DecodeError> {
    let holding = |read: &mut Reader<'_>| Ok(Holding { T: read.point("T")?, C: read.point("C")? });
    let locked = holding(read)?;
    let mut alternatives = Vec::new();
    for _ in 0..read.u8("J")? {
        alternatives.push((0..read.u8("B_j")?).map(|_| holding(read)).collect::<Result<_, DecodeError>>()?);
    }
    Ok(Alternatives::new(locked, alternatives).ok())
}

fn term(read: &mut Reader<'_>) -> Result<Term, DecodeError> {
    type Public = fn(AssetId, Amount) -> Term;
    let kind = read.u8("term")?;
    let hidden = [Term::PrivateInput, Term::VaultInput, Term::HiddenMint, Term::Output, Term::HiddenBurn];
    let public: [Public; 4] = [Term::PublicMint, Term::MoveIn, Term::PublicBurn, Term::MoveOut];
    if let Some(term) = hidden.get(usize::from(kind)) {
        return read.point("C").map(term);
    }
    let unknown = DecodeError::Value { what: "term", found: kind.into() };
    let term = public.get(usize::from(kind) - hidden.len()).ok_or(unknown)?;
    Ok(term(AssetId(read.array("α")?), Amount(read.u64("a")?)))
}

/// The verdict alone, which a batch must share and blame on the right item.
fn agree(alone: Result<(), ProofError>, enqueue: impl Fn(&mut Batch) -> Result<usize, ProofError>) -> bool {
    let mut batch = Batch::new();
    batch.push(vec![Linear::new().generator(Scalar::ONE, G).point(-Scalar::ONE, &G.point())]);
    match enqueue(&mut batch) {
        Err(error) => assert_eq!(alone, Err(error)),
        Ok(place) => {
            assert!(matches!(alone, Ok(()) | Err(ProofError::Equation)));
            let batched = alone.map_err(|_| BatchError::Failed { culprits: vec![place] });
            let rng = || StdRng::seed_from_u64(8);
            assert_eq!((batch.verify(&mut rng()), batch.verify_in_order(&mut rng())), (batched.clone(), batched));
        }
    }
    alone.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_of_each_kind_convinces() {
        let seeds = crate::seeds();
        let convinces = |seed: &Vec<u8>| verified(seed) == Ok(true);
        for kind in 0..=10 {
            let mut of_kind = seeds.iter().filter(|(of, seed)| *of == "verify" && seed[0] == kind);
            assert!(of_kind.any(|(_, seed)| convinces(seed)), "kind {kind}");
        }
    }
}

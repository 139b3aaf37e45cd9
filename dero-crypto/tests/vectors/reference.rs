//! `reference.json`: the accumulator of the list and references into it (protocol 7.5).

use dero_crypto::{
    group::Point,
    membership::{
        Accumulator, Candidates, Coin, IntervalError, ListView, Member, Reference, ReferenceError, ReferenceKind,
        ReferenceSet, SetParameters, anchor_height, anchors_digest, leaf,
    },
    secret::Secret,
};

use crate::read::{Case, Outcome, class, fixed};

pub fn check(case: &Case<'_>) -> Outcome {
    let list = || List(Case { file: case.file, value: &case.file["lists"][case.text("list")] });
    match case.text("kind") {
        "acc" => accumulator(case, &list()),
        "interval" => interval(case),
        "resolve" => resolve(case, &list()),
        "candidates" => candidates(case, &list()),
        "anchors" => anchors(case),
        "coins" => coins(case),
        "member" => member(case),
        other => panic!("kind {other}"),
    }
}

fn anchors(case: &Case<'_>) -> Outcome {
    assert_eq!(anchors_digest(&case.fixed("before"), case.number("e")), case.fixed("ea"), "ea");
    Ok(())
}

fn coins(case: &Case<'_>) -> Outcome {
    let s_vb = Secret::new(case.fixed("s_vb"));
    let (tags, hashes) = (case.list("tags"), case.bytes("hashes"));
    assert_eq!(tags.len(), hashes.len(), "hashes");
    for (L, hash) in tags.iter().zip(hashes) {
        let L = Point::decode(&fixed(L.value, "tags"), "L").expect("a point");
        let expected = if hash % 2 == 0 { Coin::Closed } else { Coin::Open };
        assert_eq!(Coin::toss(&s_vb, &L), expected, "hashes");
    }
    Ok(())
}

fn member(case: &Case<'_>) -> Outcome {
    let member = Member::decode(&case.fixed("bytes")).map_err(class)?;
    assert_eq!(member, Member::new(&case.point("Ko"), &case.point("C"), &case.point("T")));
    Ok(())
}

fn accumulator(case: &Case<'_>, list: &List<'_>) -> Outcome {
    let position = case.number("position");
    if list.acc(case, position).0 != case.fixed("acc") {
        return Err("mismatch");
    }
    if case.has("leaf") {
        assert_eq!(leaf(position, &list.entries(position..position + 1)[0]), case.fixed("leaf"), "leaf");
    }
    Ok(())
}

fn interval(case: &Case<'_>) -> Outcome {
    let entries: Vec<_> = case.list("enotes").iter().map(|entry| fixed(entry.value, "enotes")).collect();
    let acc = |key| Accumulator(case.fixed(key));
    let set = ReferenceSet::rehash(
        ReferenceKind::Closed,
        case.number("start"),
        acc("acc_start"),
        acc("acc_end"),
        &entries,
    );
    match set {
        Ok(_) => Ok(()),
        Err(IntervalError::Digest { .. }) => Err("bad-digest"),
        Err(other) => panic!("{other}"),
    }
}

fn resolve(case: &Case<'_>, list: &List<'_>) -> Outcome {
    let bytes = case.bytes("reference");
    let reference = Reference::from_bytes(&bytes).map_err(class)?;
    assert_eq!(reference.to_bytes()[..], bytes[..]);
    let interval = reference.resolve(&list.view(case.number("height")), |a| Ok(list.length(anchor_height(a))));
    let interval = interval.map_err(|error| match error {
        ReferenceError::IncompleteGroup { .. } => "incomplete-group",
        ReferenceError::FutureAnchor { .. } => "future-anchor",
        ReferenceError::ShortList { .. } => "short-list",
        other => panic!("{other}"),
    })?;
    assert_eq!((interval.start, interval.length), (case.number("start"), case.number("L")), "interval");
    assert_eq!(list.acc(case, interval.start).0, case.fixed("acc_start"), "acc_start");
    assert_eq!(list.acc(case, interval.end()).0, case.fixed("acc_end"), "acc_end");
    Ok(())
}

fn candidates(case: &Case<'_>, list: &List<'_>) -> Outcome {
    let view = list.view(case.number("height"));
    let found =
        Candidates::of(case.number("position"), &view, |a| Ok::<_, ReferenceError>(list.length(anchor_height(a))));
    let found: Vec<_> = found.expect("a view").iter().map(|reference| reference.to_bytes().to_vec()).collect();
    assert_eq!(found, case.byte_list("candidates"));
    Ok(())
}

struct List<'a>(Case<'a>);

impl List<'_> {
    fn entries(&self, positions: std::ops::Range<u64>) -> Vec<[u8; 96]> {
        let enotes = self.0.list("enotes");
        positions.map(|g| fixed(enotes[usize::try_from(g).expect("a position")].value, "enotes")).collect()
    }

    fn acc(&self, case: &Case<'_>, position: u64) -> Accumulator {
        Accumulator::empty(&case.net()).extend(0, &self.entries(0..position))
    }

    /// After the appends of `height`; nothing is appended behind the last height of the file.
    fn length(&self, height: u64) -> u64 {
        let lengths = self.0.list("length_at_height");
        let last = lengths.len() - 1;
        lengths[usize::try_from(height).map_or(last, |height| height.min(last))].value.as_u64().expect("a length")
    }

    fn view(&self, height: u64) -> ListView {
        let N = self.0.number("N");
        let parameters = SetParameters::new(2, N.ilog2()).expect("parameters");
        assert_eq!(parameters.size(), N);
        ListView { height, length: self.length(height), parameters, min_length: self.0.number("L_min") }
    }
}

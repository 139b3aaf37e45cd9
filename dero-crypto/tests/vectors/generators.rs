//! `generators.json`: base points and network ids (protocol 1.2, 1.3).

use dero_crypto::{
    NetworkId,
    asset::AssetId,
    commitment::Amount,
    group::{
        Point,
        generators::{self, Generator},
    },
    network::{GenesisEnote, NetworkTerms},
};

use crate::read::{Case, Outcome};

pub fn check(case: &Case<'_>) -> Outcome {
    match case.text("kind") {
        "point" => point(case),
        "net" => net(case),
        kind => panic!("kind {kind}"),
    }
    Ok(())
}

fn point(case: &Case<'_>) {
    let items = case.byte_list("items");
    let index = || {
        let bytes: [u8; 4] = items[0].as_slice().try_into().expect("le32");
        u32::from_le_bytes(bytes) as usize
    };
    let generator = |generator: Generator| generator.point();
    let found: Point = match case.text("label") {
        "basepoint" => generator(generators::G),
        "gen/X" => generator(generators::X),
        "gen/Y" => generator(generators::Y),
        "gen/U" => generator(generators::U),
        "gen/H" => generator(generators::H),
        "gen/cred" => generator(generators::V),
        "gen/mem-P" => generator(generators::membership_p(index())),
        "gen/mem-Q" => generator(generators::membership_q(index())),
        "gen/bp-g" => generator(generators::range_g(index())),
        "gen/bp-h" => generator(generators::range_h(index())),
        "asset" => AssetId(items[0].as_slice().try_into().expect("32 bytes")).generator(),
        label => panic!("label {label}"),
    };
    assert_eq!(found, case.point("point"));
    // An asset's base is never a base of the system, nor that of another asset.
    let equal: Vec<_> = case.file["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .filter(|other| other["point"].as_str() == Some(case.text("point")))
        .collect();
    assert_eq!(equal.len(), 1, "all points of the file are distinct");
}

fn net(case: &Case<'_>) {
    let alloc = case.list("alloc");
    let genesis: Vec<GenesisEnote<'_>> = alloc
        .iter()
        .map(|row| GenesisEnote {
            address: row.text("address"),
            amount: Amount(row.number("amount")),
            seed: row.fixed("sigma"),
        })
        .collect();
    let small = |key| u32::try_from(case.number(key)).expect("32 bits");
    let terms = NetworkTerms {
        name: case.text("network_name"),
        genesis_time: case.number("genesis_time"),
        protocol_version: small("protocol_version"),
        n: small("n"),
        m: small("m"),
        genesis: &genesis,
    };
    assert_eq!(terms.alloc_digest(), case.fixed("alloc_digest"));
    assert_eq!(terms.id(), NetworkId(case.fixed("value")));
}

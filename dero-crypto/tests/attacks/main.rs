//! What an attacker tries against keys, addresses, enotes, assets and encodings. Each test is named by what must
//! happen.

#![allow(non_snake_case, reason = "symbols match the equations")]

mod addresses;
mod assets;
mod encodings;
mod enotes;
mod framing;
mod history;
mod inflation;
mod reference_sets;
mod secrets;
mod tiers;

use dero_crypto::{
    NetworkId,
    asset::{AssetId, KnownAssets},
    commitment::Amount,
    enote::{Anchor, Draft, Enote, EnoteSeed, InputContext, NotOwned, Recognised},
    keys::{Address, AddressIndex, AuditKey, MasterSecret},
};

const NET: NetworkId = NetworkId([42; 32]);

fn wallet(n: u8) -> AuditKey {
    MasterSecret::from_bytes([n; 32]).audit_key()
}

fn address(keys: &AuditKey, index: u64) -> Address {
    keys.address_key().address(AddressIndex(index))
}

/// The context of a bundle that spends tag `n`.
fn context(n: u8) -> InputContext {
    InputContext::bundle(&NET, &Anchor::Tag([n; 32]))
}

fn draft<'a>(context: &'a InputContext, seed: &'a EnoteSeed) -> Draft<'a> {
    Draft { context, seed, amount: Amount(1_000), asset: AssetId::NATIVE }
}

/// Any seed.
fn seed(n: u8) -> EnoteSeed {
    EnoteSeed::from_bytes([n; 16])
}

/// What the view-received tier says, knowing the native asset only.
fn received(keys: &AuditKey, context: &InputContext, enote: &Enote) -> Result<Recognised, NotOwned> {
    let enote = enote.decode().expect("points");
    keys.view_received().recognise(&NET, context, &enote, &KnownAssets::native())
}

//! Enotes: what the crate makes is made again, and what it recognises or does not, there as well.

use dero_crypto::{
    NetworkId,
    asset::{AssetId, KnownAssets},
    commitment::Amount,
    enote::{
        Anchor, DecodedEnote, Draft, Enote, EnoteSeed, Findable, InputContext, NotOwned, Opening, Recognised,
        SelfSend, SelfTag,
    },
    keys::{Address, AddressIndex, AuditKey, MasterSecret},
};
use rand::{RngExt, rngs::StdRng};
use serde_json::{Value, json};

use crate::statements::{self, hex_of, scalar_hex};

struct Wallet {
    s_m: [u8; 32],
    keys: AuditKey,
}

impl Wallet {
    fn random(rng: &mut StdRng) -> Self {
        let s_m = rng.random();
        Self { s_m, keys: MasterSecret::from_bytes(s_m).audit_key() }
    }
}

/// What the enotes of a round share. All are for `mine`.
struct Round<'a> {
    net: &'a NetworkId,
    context: InputContext,
    amount: u64,
    asset: AssetId,
    known: &'a KnownAssets,
    mine: Wallet,
    stranger: Wallet,
    index: AddressIndex,
}

/// Of the native asset, of one that wallets know, of one that they do not.
pub fn file(net: &NetworkId, rng: &mut StdRng) -> Value {
    let registered = AssetId(rng.random());
    let known: KnownAssets = [registered].into_iter().collect();
    let mut cases = Vec::new();
    for asset in [AssetId::NATIVE, registered, AssetId(rng.random())] {
        let round = Round {
            net,
            context: InputContext::bundle(net, &Anchor::Tag(rng.random())),
            amount: rng.random(),
            asset,
            known: &known,
            mine: Wallet::random(rng),
            stranger: Wallet::random(rng),
            index: AddressIndex(rng.random()),
        };
        cases.extend(round.payment(rng));
        for kind in [SelfSend::Change, SelfSend::Payment] {
            for tag in [SelfTag::Find, SelfTag::Decoy] {
                cases.extend(round.to_oneself(kind, tag, rng));
            }
        }
        cases.extend(round.in_public(rng));
    }
    for (place, case) in cases.iter_mut().enumerate() {
        case["name"] = format!("fresh-{place}").into();
    }
    let mut file = statements::file(net, cases);
    file["registry"] = json!([hex::encode(registered.0)]);
    file
}

impl Round<'_> {
    /// The recipient sees it, the sender knows what he sent, a stranger sees nothing.
    fn payment(&self, rng: &mut StdRng) -> Vec<Value> {
        let (tx_nonce, k): ([u8; 16], u32) = (rng.random(), rng.random_range(0..16));
        let sender = Wallet::random(rng);
        let seed = EnoteSeed::outgoing(sender.keys.outgoing_secret(), &self.context, &tx_nonce, k);
        let enote = self.draft(&seed).external(self.net, &self.address()).enote;
        let decoded = enote.decode().expect("points");

        let mut made = self.made("enote", 0, &seed, &enote.to_bytes());
        made["sender_s_m"] = hex::encode(sender.s_m).into();
        made["seed_from"] = "outgoing".into();
        let mut cases = vec![made];
        for wallet in [&sender, &self.stranger] {
            let sent = wallet.keys.recover_outgoing(&self.context, &tx_nonce, k, &decoded, self.known);
            let sent = sent.map(|sent| {
                let mut found = opened(sent.opening(), sent.seed());
                found["t"] = hex::encode(sent.tag().0).into();
                found["r"] = scalar_hex(sent.ephemeral()).into();
                found["K"] = hex_of(sent.spend_key()).into();
                found["B"] = hex_of(sent.base()).into();
                found
            });
            cases.push(self.scanned("outgoing", "enote", wallet, &enote.to_bytes(), sent));
        }
        for case in &mut cases {
            case["tx_nonce"] = hex::encode(tx_nonce).into();
            case["k"] = k.into();
        }
        for wallet in [&self.mine, &self.stranger] {
            cases.push(self.found(wallet, false, &enote));
            cases.push(self.received("enote", wallet, &enote.to_bytes(), &decoded));
        }
        cases
    }

    fn to_oneself(&self, kind: SelfSend, tag: SelfTag, rng: &mut StdRng) -> Vec<Value> {
        let seed = EnoteSeed::random(rng);
        let enote = self.draft(&seed).self_send(&self.mine.keys, self.index, kind, tag).enote;
        let kappa = if kind == SelfSend::Change { 1 } else { 2 };
        let mut made = self.made("enote", kappa, &seed, &enote.to_bytes());
        made["sender_s_m"] = hex::encode(self.mine.s_m).into();
        made["decoy"] = (tag == SelfTag::Decoy).into();
        let mut cases = vec![made];
        for wallet in [&self.mine, &self.stranger] {
            cases.push(self.found(wallet, true, &enote));
            let decoded = enote.decode().expect("points");
            let own = wallet.keys.recognise_self(&self.context, &decoded, self.known);
            cases.push(self.recognised("view_balance", "enote", wallet, &enote.to_bytes(), own));
        }
        cases
    }

    fn in_public(&self, rng: &mut StdRng) -> Vec<Value> {
        let seed = EnoteSeed::random(rng);
        let enote = self.draft(&seed).public(self.net, &self.address()).expect("points");
        let decoded = enote.decode(Amount(self.amount), &self.asset).expect("points");
        let mut cases = vec![self.made("public", 0, &seed, &enote.to_bytes())];
        for wallet in [&self.mine, &self.stranger] {
            let mut case = self.received("public", wallet, &enote.to_bytes(), &decoded);
            case["a"] = self.amount.into();
            case["alpha"] = hex::encode(self.asset.0).into();
            cases.push(case);
        }
        cases
    }

    fn address(&self) -> Address {
        self.mine.keys.address_key().address(self.index)
    }

    fn draft<'a>(&'a self, seed: &'a EnoteSeed) -> Draft<'a> {
        Draft { context: &self.context, seed, amount: Amount(self.amount), asset: self.asset }
    }

    fn made(&self, form: &str, kappa: u8, seed: &EnoteSeed, enote: &[u8]) -> Value {
        json!({
            "valid": true, "kind": "make", "form": form, "recipient_s_m": hex::encode(self.mine.s_m),
            "j": self.index.0, "address": hex::encode(self.address().to_bytes()), "ic": hex::encode(self.context.0),
            "a": self.amount, "alpha": hex::encode(self.asset.0), "kappa": kappa,
            "sigma": hex::encode(seed.expose()), "enote": hex::encode(enote),
        })
    }

    /// By chance a stranger finds one in 256.
    fn found(&self, wallet: &Wallet, with_s_fs: bool, enote: &Enote) -> Value {
        let key = if with_s_fs {
            wallet.keys.find_key_with_self()
        } else {
            wallet.keys.view_received().find_key().clone()
        };
        let found = key.find(self.net, &Findable::new(&self.context, enote));
        let matches = [("k_f", found.external), ("s_fs", found.self_send)];
        let matches: Vec<_> = matches.into_iter().filter(|(_, by)| *by).map(|(key, _)| key).collect();
        let mut case = self.scan("find", "enote", wallet, &enote.to_bytes());
        case["with_s_fs"] = with_s_fs.into();
        if matches.is_empty() { refused(case, "vt1") } else { accepted(case, "matches", matches.into()) }
    }

    fn received(&self, form: &str, wallet: &Wallet, bytes: &[u8], enote: &DecodedEnote) -> Value {
        let found = wallet.keys.view_received().recognise(self.net, &self.context, enote, self.known);
        self.recognised("view_received", form, wallet, bytes, found)
    }

    fn recognised(
        &self,
        tier: &str,
        form: &str,
        wallet: &Wallet,
        enote: &[u8],
        found: Result<Recognised, NotOwned>,
    ) -> Value {
        let found = found.map(|enote| {
            let view = wallet.keys.one_time_view(&enote).expect("a tag");
            let mut found = opened(enote.opening(), enote.seed());
            found["b"] = scalar_hex(enote.opening().tag_blinding()).into();
            found["kappa"] = enote.kind().code().into();
            found["j"] = enote.index().0.into();
            found["t"] = hex::encode(enote.tag().0).into();
            found["r"] = scalar_hex(enote.ephemeral()).into();
            found["u"] = scalar_hex(enote.extension_x()).into();
            found["v"] = scalar_hex(enote.extension_y()).into();
            found["x_o"] = scalar_hex(view.image_part()).into();
            found["D_o"] = hex_of(view.spend_part()).into();
            found["L"] = hex_of(view.tag().point()).into();
            found
        });
        self.scanned(tier, form, wallet, enote, found)
    }

    fn scanned(
        &self,
        tier: &str,
        form: &str,
        wallet: &Wallet,
        enote: &[u8],
        found: Result<Value, NotOwned>,
    ) -> Value {
        let case = self.scan(tier, form, wallet, enote);
        match found {
            Ok(found) => accepted(case, "found", found),
            Err(error) => refused(case, error.check()),
        }
    }

    fn scan(&self, tier: &str, form: &str, wallet: &Wallet, enote: &[u8]) -> Value {
        json!({
            "kind": "scan", "tier": tier, "form": form, "s_m": hex::encode(wallet.s_m),
            "ic": hex::encode(self.context.0), "enote": hex::encode(enote),
        })
    }
}

fn accepted(mut case: Value, key: &str, found: Value) -> Value {
    case["valid"] = true.into();
    case[key] = found;
    case
}

fn refused(mut case: Value, check: &str) -> Value {
    case["valid"] = false.into();
    case["error"] = "not-owned".into();
    case["check"] = check.into();
    case
}

fn opened(opening: &Opening, seed: &EnoteSeed) -> Value {
    let known = opening.asset().id();
    json!({
        "sigma": hex::encode(seed.expose()), "a": opening.amount().0, "A": hex::encode(opening.asset().as_bytes()),
        "x": scalar_hex(opening.mask()), "asset_known": known.is_some(),
        "alpha": known.map(|asset| hex::encode(asset.0)),
    })
}

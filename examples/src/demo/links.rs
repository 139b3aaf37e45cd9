//! R13: TLS on all traffic, with certificates that appear by themselves and names that cannot be borrowed.

use std::{fs, net::SocketAddr, path::Path};

use dero_crypto::{keys::Address, network::NetworkKind};
use dero_net::transport::{
    Transport as _,
    identity::Identity,
    tcp::{TcpOptions, TcpTransport},
};
use serde_json::json;

use super::{Stage, caller::Call, tap::Tap};
use crate::{
    Failure,
    local::{Node, Plan, RATE, Start, Wallet, text, until},
    node::KEY_FILE,
    rpc::{ACCESS_FILE, Access, Client, ClientError},
};

pub(super) const ROW: &str = "R13";
pub(super) const SHOWS: &str =
    "a capture of peer, wallet and API ports shows nothing, and a relay in the middle is found out";

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let plan = Plan { wallets: &[("a", 8), ("b", 0)], ..Plan::default() };
    let folder = stage.folder();
    fs::create_dir_all(&folder)?;
    let setup = plan.write(&folder, &mut rand::rng())?;

    // Certificates.
    let here = |name: &str, file: &str| folder.join(name).join(file);
    let none = [KEY_FILE, ACCESS_FILE].iter().all(|file| !here("node-1", file).exists());
    let first = Start { peers: vec![], mine_to: Some(setup.nobody.clone()), mine_rate: RATE };
    let one = Node::start(&folder, "node-1", first).await?;
    let (place, pin) = split(&one.address)?;
    let peer_tap = Tap::on(place).await?;
    let through = |tap: &Tap| format!("{}#{pin}", tap.place);
    let two = Node::start(&folder, "node-2", Start { peers: vec![through(&peer_tap)], ..Start::default() }).await?;
    let keys: Vec<_> =
        ["node-1", "node-2"].iter().map(|name| fs::read(here(name, KEY_FILE))).collect::<Result<_, _>>()?;
    stage.report.check(
        none && keys[0] != keys[1] && private(&here("node-1", KEY_FILE)) && private(&here("node-1", ACCESS_FILE)),
        "nodes start without key files; each makes its own key and certificates, readable by its owner only",
    )?;

    // Traffic of every kind, through relays that copy each byte.
    let wallet_tap = Tap::on(place).await?;
    let access = Access::read(one.data())?;
    let api_tap = Tap::on(access.address).await?;
    let api = Client::new(Access { address: api_tap.place, ..access.clone() })?;
    let (a, b) = (Wallet::restore(&folder, "a").await?, Wallet::restore(&folder, "b").await?);
    let by_tap = through(&wallet_tap);
    let sent = a.run_at(&[&by_tap], &["send", "--to", &setup.addresses[1], "--amount", "2.5"]).await?;
    until("the payment in a block", || async { Ok((!b.history(&[&two]).await?.is_empty()).then_some(())) }).await?;
    b.run_at(&[&by_tap], &["history"]).await?;
    let status = api.call("status", json!({})).await?;
    let audit = api.call("audit_supply", json!({})).await?;
    let height = audit["height"].as_u64().unwrap_or_default();
    let mut plain = format!("{status}{audit}").into_bytes();
    let mut needles = Vec::new();
    for at in 0..=height {
        let header = api.call("header", json!({ "height": at })).await?;
        for field in ["id", "state_root"] {
            needles.push(Needle::hex(text(&header[field]))?);
        }
        plain.extend(header.to_string().into_bytes());
        plain.extend(hex::decode(text(&header["header"]))?);
        if at > 0 {
            let block = api.call("block", json!({ "height": at })).await?;
            plain.extend(hex::decode(text(&block["block"]))?);
        }
    }
    let blocks = needles.len();
    let refused = api.call("submit", json!({ "transaction": "00" })).await;
    stage
        .report
        .check(refused.is_err(), "traffic: blocks and a payment between peers, two wallets, calls of the API")?;
    needles.push(Needle::hex(text(&sent["txid"]))?);
    needles.push(Needle::raw(&setup.network.id().0));
    needles.push(Needle::hex(&hex::encode(setup.network.id().0))?);
    needles.push(Needle::raw(setup.network.name().as_bytes()));
    for address in &setup.addresses {
        needles.push(Needle::raw(address.as_bytes()));
        let parts = Address::from_text(address, NetworkKind::Dev)?;
        for part in [parts.spend_key(), parts.base(), parts.find_key(), parts.receive_key()] {
            needles.push(Needle::hex(&hex::encode(part.to_bytes()))?);
        }
    }
    needles.push(Needle::hex(&pin)?);
    needles.push(Needle::hex(&access.token)?);
    for method in ["jsonrpc", "method", "status", "submit", "header", "audit_supply", "Bearer", "application/json"]
    {
        needles.push(Needle::raw(method.as_bytes()));
    }
    plain
        .extend([setup.network.name().as_bytes(), setup.addresses.concat().as_bytes(), b"jsonrpc method"].concat());

    // Whoever has an own link cannot help to see it. Nobody dials around the taps.
    let links = one.call("peers", json!({})).await?["links"].clone();
    let around = links.as_array().into_iter().flatten().filter(|link| link["direction"] != "Inbound").count();
    stage.report.check(around == 0, "all links of node-1 were begun through the relays")?;
    two.stop().await?;
    let taps = [("peer", &peer_tap), ("wallet", &wallet_tap), ("API", &api_tap)];
    until("the end of all connections", async || Ok(taps.iter().all(|(_, tap)| tap.open() == 0).then_some(())))
        .await?;
    for (what, tap) in taps {
        let tape = tap.seen();
        let hits: usize = needles.iter().map(|needle| needle.hits(&tape)).sum();
        // A handshake begins in the clear: the tap works.
        let handshakes = tape.windows(3).filter(|window| **window == [22, 3, 1]).count();
        stage.report.check(
            hits == 0 && tape.len() > 2_000 && handshakes >= tap.connections().min(1),
            format!(
                "{what} port: {} bytes captured in {} connections, {hits} hits of {} known texts",
                tape.len(),
                tap.connections(),
                needles.len()
            ),
        )?;
    }
    let in_plain = |needle: &&Needle| needle.hits(&plain) > 0;
    let found = needles.iter().filter(in_plain).count();
    stage.report.check(
        found >= 10 && needles[..blocks].iter().all(|needle| in_plain(&needle)),
        format!("the same search finds {found} of them in what the same calls say before encryption"),
    )?;

    // Callers that do not keep the rules.
    let before = one.status().await?["links"].clone();
    let mut count = dropped(&one).await?.len();
    for (call, word) in [
        (Call::Plain, "not TLS"),
        (Call::Tls12, "TLS 1.3"),
        (Call::Malformed, "malformed"),
        (Call::Expired, "expired"),
    ] {
        let told = call.at(place).await?;
        let causes =
            until(
                "a dropped caller",
                async || Ok(Some(dropped(&one).await?).filter(|causes| causes.len() > count)),
            )
            .await?;
        count = causes.len();
        let cause = causes.last().ok_or("a cause")?;
        stage.report.check(
            cause.contains(word),
            format!("peer port: {call:?} is dropped, told {told}; the node says: {cause}"),
        )?;
    }
    for call in [Call::Plain, Call::Tls12] {
        let told = call.at(access.address).await?;
        stage.report.check(true, format!("API port: {call:?} is dropped, told {told}"))?;
    }
    stage
        .report
        .check(one.status().await?["links"] == before, "none of them became a link; the API still answers")?;

    relay_with_own_key(stage, &one, &a, &pin).await?;
    one.stop().await
}

/// A relay in the middle with its own self-signed certificate, as good as anybody's.
async fn relay_with_own_key(stage: &mut Stage, one: &Node, a: &Wallet, pin: &str) -> Result<(), Failure> {
    let folder = stage.folder();
    let identity = Identity::generate(&mut rand::rng())?;
    let relay = TcpTransport::listen("127.0.0.1:0".parse()?, identity, TcpOptions::local()).await?;
    let own = relay.reachable().ok_or("it listens")?;
    tokio::spawn(async move {
        loop {
            // It would pass on what it hears, if anybody said anything to it.
            drop(relay.accept().await);
        }
    });
    let false_address = format!("{}#{pin}", own.place);
    let three =
        Node::start(&folder, "node-3", Start { peers: vec![false_address.clone()], ..Start::default() }).await?;
    let failed = until("node-3 finds out", || async {
        let peers = three.call("peers", json!({})).await?;
        let failed = peers["not_reached"].as_array().and_then(|list| list.first().cloned());
        Ok(failed.filter(|failed| failed["wrong_peer"] == true))
    })
    .await?;
    stage.report.check(
        three.status().await?["links"] == 0 && text(&failed["cause"]).contains(&own.peer.to_string()),
        format!(
            "a relay with its own certificate before the peer port: no link; node-3 says: {}",
            text(&failed["cause"])
        ),
    )?;
    three.stop().await?;
    let said = a.fails_at(&[&false_address], &["balance"]).await?;
    stage.report.check(
        said.contains(&own.peer.to_string()),
        format!("the same before a wallet: {}", said.lines().next().unwrap_or_default()),
    )?;

    // The API's certificate is in a file that only the owner reads; the relay has another one.
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()])?;
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(acceptor.accept(stream).await);
        }
    });
    let access = Access { address, ..Access::read(one.data())? };
    let error = Client::new(access)?.call("status", json!({})).await.err().ok_or("the API talked to the relay")?;
    let found_out = matches!(&error, ClientError::Unreachable(cause) if cause.contains("certificate"));
    stage.report.check(found_out, format!("the same before the API: {error}"))
}

/// What must not be seen.
struct Needle {
    bytes: Vec<u8>,
    text: Option<String>,
}

impl Needle {
    fn raw(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), text: None }
    }

    /// Raw and as hex.
    fn hex(text: &str) -> Result<Self, Failure> {
        Ok(Self { bytes: hex::decode(text)?, text: Some(text.to_lowercase()) })
    }

    fn hits(&self, tape: &[u8]) -> usize {
        let count = |needle: &[u8]| tape.windows(needle.len()).filter(|window| *window == needle).count();
        count(&self.bytes) + self.text.as_ref().map_or(0, |text| count(text.as_bytes()))
    }
}

/// Callers that the node dropped, and why.
async fn dropped(node: &Node) -> Result<Vec<String>, Failure> {
    let peers = node.call("peers", json!({})).await?;
    let dropped = peers["dropped"].as_array().into_iter().flatten();
    Ok(dropped.map(|caller| text(&caller["cause"]).to_string()).collect())
}

fn split(address: &str) -> Result<(SocketAddr, String), Failure> {
    let (place, pin) = address.split_once('#').ok_or("an address without pin")?;
    Ok((place.parse()?, pin.to_string()))
}

#[cfg(unix)]
fn private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn private(path: &Path) -> bool {
    path.exists()
}

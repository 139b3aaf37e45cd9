//! Starting a node, and stopping it.

use std::{
    fs,
    io::{self, ErrorKind, Read as _},
    net::IpAddr,
    path::Path,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use dero_crypto::keys::Address;
use dero_net::{
    clock::SystemClock,
    node::{Node, NodeOptions},
    peer::{Limits, book::MAX_BOOK},
    transport::{
        Address as _, HostPort, Pinned,
        identity::Identity,
        tcp::{TcpOptions, TcpTransport},
    },
};
use tokio::sync::Notify;
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

use super::{
    api::Api,
    backend,
    config::{Config, LogFormat, Options, Order, Reach},
    miner::{self, Control},
    peers::Peers,
};
use crate::{
    Failure, Named,
    network_file::{self, NetworkFileError},
    rpc::{Client, Method, Server},
    told_to_end,
};

/// The file that says where the node is reached; it is there while the node is ready.
pub const READY_FILE: &str = "address";
/// The key by which peers and wallets know the node.
pub const KEY_FILE: &str = "node.key";
/// Addresses of other nodes, best first, one a line: a restarted node begins with them.
pub const KNOWN_FILE: &str = "known-nodes";
const KEEP_KNOWN: Duration = Duration::from_secs(60);

/// Runs a node until it is told to stop, or asks one that runs.
///
/// # Errors
///
/// What went wrong and what to do.
pub async fn start(mut options: Options) -> Result<(), Failure> {
    let order = options.order.take();
    let config = Config::new(options)?;
    match order {
        None => run(config).await,
        Some(Order::Call { method, parameters, .. }) => call(&config, &method, parameters.as_deref()).await,
    }
}

async fn call(config: &Config, method: &str, parameters: Option<&str>) -> Result<(), Failure> {
    let parameters = serde_json::from_str(parameters.unwrap_or("{}")).map_err(|error| {
        let named = Named::new("Parameters", format!("the parameters are no JSON: {error}"));
        named.advise("for example '{\"height\": 5}'")
    })?;
    let client = Client::of(&config.data).map_err(|error| {
        Named::new("Unreachable", format!("{}: {}: {error}", config.place("data"), config.data.display()))
    })?;
    println!("{:#}", client.call(method, parameters).await?);
    Ok(())
}

async fn run(config: Config) -> Result<(), Failure> {
    start_logs(config.log);
    let network = network_file::load(&config.network).map_err(|error| -> Failure {
        match error {
            NetworkFileError::Read { .. } => format!("{}: {error}", config.place("network")).into(),
            // It names a line of its own.
            error => error.into(),
        }
    })?;
    let mine_to = match &config.mine_to {
        None => None,
        Some(text) => Some(
            Address::from_text(text, network.kind())
                .map_err(|error| format!("{}: {error}", config.place("mine_to")))?,
        ),
    };
    let mut peers = Vec::new();
    for peer in &config.peers {
        peers.push(peer.parse().map_err(|error| format!("{}: peer {peer}: {error}", config.place("peers")))?);
    }
    let (mut tcp, limits) = match config.reach {
        Reach::Local => (TcpOptions::local(), Limits::local()),
        Reach::Public => (TcpOptions::default(), Limits::public()),
    };
    tcp.advertise = config.advertise.as_deref().map(|text| advertised(&config, text)).transpose()?;
    let name = network.name().to_string();
    let chain_folder = config.data.join("chain");
    fs::create_dir_all(&chain_folder)
        .map_err(|error| format!("{}: {}: {error}", config.place("data"), chain_folder.display()))?;
    let backend = Arc::new(backend::open(&chain_folder, network).map_err(|error| {
        let place = network_file::blamed(&config.network, &error);
        format!("{}: {error}", place.unwrap_or_else(|| config.place("data")))
    })?);
    info!(network = name, height = backend.chain().tip().block().height, "chain open");

    let rng = &mut rand::rng();
    let identity = Identity::load_or_create(&config.data.join(KEY_FILE), rng)?;
    let transport = TcpTransport::listen(config.listen, identity, tcp).await;
    let transport = transport.map_err(|error| format!("{}: {}: {error}", config.place("listen"), config.listen))?;
    let known_file = config.data.join(KNOWN_FILE);
    let options = NodeOptions { peers, known: read_known(&known_file), limits };
    let node = Node::start(transport, Arc::clone(&backend), SystemClock::new(), options, own_rng())?;
    let address = node.reachable().map(ToString::to_string).unwrap_or_default();

    let peers = Arc::new(Peers::default());
    let (events, follower) = (node.events(), Arc::clone(&peers));
    tokio::spawn(async move { follower.follow(events).await });
    let control = Arc::new(Control::new(config.mine_rate));
    let (changed, stop) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let api = Api {
        backend: Arc::clone(&backend),
        control: Arc::clone(&control),
        peers,
        address: address.clone(),
        changed: Arc::clone(&changed),
        stop: Arc::clone(&stop),
    };
    if config.with_parent {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            wait_for_parent();
            stop.notify_one();
        });
    }
    let method: Method = Arc::new(move |name, parameters| api.call(name, parameters));
    let server = Server::bind(config.rpc, &config.data).await;
    let server = server.map_err(|error| format!("{}: {error}", config.place("rpc")))?;
    let rpc_address = server.address()?;
    let rpc_stop = Arc::new(Notify::new());
    let rpc_ends = Arc::clone(&rpc_stop);
    let rpc = tokio::spawn(server.run(method, async move { rpc_ends.notified().await }));
    let miner = mine_to.map(|address| {
        let (backend, control, changed) = (Arc::clone(&backend), Arc::clone(&control), Arc::clone(&changed));
        std::thread::spawn(move || miner::run(&backend, &address, &control, || changed.notify_one()))
    });

    // Ready: whoever waits for the file finds the node answering, to signals too.
    let mut told_to_end = pin!(told_to_end()?);
    let ready = config.data.join(READY_FILE);
    replace(&ready, &format!("{address}\n"))?;
    println!("ready at {address}, owner's interface at {rpc_address}");
    info!(address, rpc = %rpc_address, "ready");
    let mut keep_known = tokio::time::interval(KEEP_KNOWN);
    let failed = loop {
        tokio::select! {
            () = changed.notified() => node.changed().await,
            _ = keep_known.tick() => write_known(&known_file, &node.addresses().await),
            () = stop.notified() => break None,
            () = &mut told_to_end => break None,
            failed = node.failed() => break Some(failed),
        }
    };
    info!("stopping");
    let _ = fs::remove_file(&ready);
    control.stop();
    if let Some(miner) = miner {
        let _ = tokio::task::spawn_blocking(move || miner.join()).await;
    }
    write_known(&known_file, &node.addresses().await);
    node.stop().await;
    rpc_stop.notify_one();
    rpc.await??;
    info!(height = backend.chain().tip().block().height, "stopped");
    failed.map_or(Ok(()), |failed| Err(failed.into()))
}

/// The address that peers are told: one that means something to them.
fn advertised(config: &Config, text: &str) -> Result<HostPort, Failure> {
    let place = config.place("advertise");
    let address: HostPort = text.parse().map_err(|error| format!("{place}: {error}"))?;
    if !address.is_specific() {
        return Err(format!("{place}: {text} is any address of a machine: name the one that peers can dial").into());
    }
    if config.reach == Reach::Public && is_near(address.host()) {
        let what = "means nothing outside of this machine or network";
        let advice = "name the one that strangers can dial, or set reach to local";
        return Err(format!("{place}: {text} {what}: {advice}").into());
    }
    Ok(address)
}

/// Whether only this machine or its neighbours can dial a host.
fn is_near(host: &str) -> bool {
    match host.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => {
            // What a provider shares among its customers (RFC 6598) has no name in the library yet.
            let is_shared = matches!(ip.octets(), [100, 64..=127, ..]);
            ip.is_unspecified() || ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared
        }
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Returns when standard input ends: when whoever holds its other end is gone, however it ended.
fn wait_for_parent() {
    let mut bytes = [0; 64];
    loop {
        match io::stdin().read(&mut bytes) {
            Ok(1..) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(500)),
            Ok(0) | Err(_) => return,
        }
    }
}

/// A line that is no address is left out: the file only saves time.
fn read_known(path: &Path) -> Vec<Pinned<HostPort>> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).take(MAX_BOOK).collect()
}

fn write_known(path: &Path, known: &[Pinned<HostPort>]) {
    if known.is_empty() {
        return;
    }
    let lines: String = known.iter().map(|address| format!("{address}\n")).collect();
    if let Err(error) = replace(path, &lines) {
        warn!(%error, "addresses of other nodes were not kept");
    }
}

/// Writes a file that nobody reads half written.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, text)?;
    fs::rename(new, path)
}

fn own_rng() -> rand::rngs::StdRng {
    rand::make_rng()
}

fn start_logs(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let result = match format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    // A second node in one process shares the logs of the first.
    drop(result);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(advertise: &str, reach: Reach) -> Result<HostPort, String> {
        let options = Options { advertise: Some(advertise.into()), reach: Some(reach), ..Options::default() };
        let config = Config::new(options).expect("settings");
        advertised(&config, advertise).map_err(|error| error.to_string())
    }

    #[test]
    fn whoever_reads_a_file_while_it_is_replaced_reads_the_old_one_to_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(READY_FILE);
        replace(&path, "old").expect("written");
        let mut reader = fs::File::open(&path).expect("opened");
        replace(&path, "new").expect("replaced");
        assert_eq!(io::read_to_string(&mut reader).expect("read"), "old");
        assert_eq!(fs::read_to_string(&path).expect("read"), "new");
    }

    #[test]
    fn strangers_are_told_no_address_that_only_neighbours_can_dial() {
        for near in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.0.1",
            "100.64.0.1",
            "100.127.0.1",
            "[::1]",
            "[fd00::1]",
            "[fe80::1]",
            "[::ffff:10.1.2.3]",
            "[::ffff:0.0.0.0]",
            "localhost",
            "node.localhost",
        ] {
            let text = format!("{near}:40501");
            let refused = told(&text, Reach::Public).expect_err(near);
            assert!(refused.contains("--advertise") && refused.contains("set reach to local"), "{refused}");
            assert!(told(&text, Reach::Local).is_ok(), "{near}");
        }
        for far in ["node.example", "8.8.8.8", "172.32.0.1", "100.128.0.1", "[2001:db8::1]"] {
            assert!(told(&format!("{far}:40501"), Reach::Public).is_ok(), "{far}");
        }
        for reach in [Reach::Public, Reach::Local] {
            for nowhere in ["0.0.0.0:1", "[::]:1"] {
                assert!(told(nowhere, reach).expect_err(nowhere).contains("that peers can dial"));
            }
        }
    }
}

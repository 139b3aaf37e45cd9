//! A node's settings: defaults, then a file, then flags.

use std::{fs, net::SocketAddr, path::PathBuf};

use clap::{Parser, Subcommand, ValueEnum};
use serde::Deserialize;

use crate::network_file::line_of;

/// A node of a private ledger. Unaudited: do not put value on it.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "reference-node", version, about, long_about = LONG, after_help = EXAMPLES)]
pub struct Options {
    /// Read settings from this file; flags win over it
    #[arg(long, short, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The network's file [default: network.toml]
    #[arg(long, value_name = "FILE")]
    pub network: Option<PathBuf>,
    /// Keep chain, key and access file here [default: node-data]
    #[arg(long, value_name = "FOLDER", global = true)]
    pub data: Option<PathBuf>,
    /// Listen for peers and wallets here; port 0 lets the system choose [default: 127.0.0.1:0]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Tell peers this address, as host:port, and not the one that is listened on; with --reach public one that
    /// strangers can dial
    #[arg(long, value_name = "ADDRESS")]
    pub advertise: Option<String>,
    /// Limits for callers of one address: of everybody (public), or of one machine or room (local) [default: local if
    /// it listens on loopback and advertises nothing, else public]
    #[arg(long, value_enum)]
    pub reach: Option<Reach>,
    /// Keep a link to this node, as host:port#pin; may be given several times
    #[arg(long = "peer", value_name = "NODE")]
    pub peers: Vec<String>,
    /// Answer the owner here; loopback only [default: 127.0.0.1:0]
    #[arg(long, value_name = "ADDRESS")]
    pub rpc: Option<SocketAddr>,
    /// Mine to this address
    #[arg(long, value_name = "ADDRESS")]
    pub mine_to: Option<String>,
    /// Hashes a second that the miner tries; 0 rests [default: 50000]
    #[arg(long, value_name = "HASHES")]
    pub mine_rate: Option<u64>,
    /// How logs look [default: text]
    #[arg(long, value_enum)]
    pub log: Option<LogFormat>,
    /// Stop when standard input ends: a program that starts nodes holds it, and takes them along however it ends
    #[arg(long)]
    pub with_parent: bool,
    /// What to do instead of running a node
    #[command(subcommand)]
    pub order: Option<Order>,
}

/// What to do instead of running a node.
#[derive(Clone, Debug, Subcommand)]
pub enum Order {
    /// Ask the running node whose data is in the folder of --data, and print its answer
    #[command(after_help = super::api::methods())]
    Call {
        /// The method
        method: String,
        /// Its parameters, as a JSON object
        parameters: Option<String>,
        /// Print an error as one JSON object, too
        #[arg(long)]
        json: bool,
    },
}

const LONG: &str = "\
A node of a private ledger: it checks every block and every proof, relays payments, and serves wallets.

At its first start it makes a key; its pin, the hash of that key, is part of its address. It prints the address when
it is ready, and writes it to `address` in its data folder. The owner's interface is JSON-RPC over TLS on loopback:
address, token and certificate are in `rpc.json`, and `call` uses them.

It stops at Ctrl-C or SIGTERM, or when the owner calls `stop`, with everything on the disk.

Unaudited: do not put value on it.";

const EXAMPLES: &str = "\
Examples:
  reference-node --network network.toml --data node1 --listen 127.0.0.1:40501
  reference-node --network network.toml --data node2 --peer 127.0.0.1:40501#<pin>
  reference-node --config node.toml --mine-to deror1… --mine-rate 100000
  reference-node call status --data node1
  reference-node call audit_supply --data node1

A settings file has the same names:
  network = \"network.toml\"
  data = \"node1\"
  listen = \"0.0.0.0:40501\"
  advertise = \"node.example:40501\"
  reach = \"public\"
  peers = [\"127.0.0.1:40502#<pin>\"]
  mine_rate = 100000";

/// From where a node is reached, which decides how many links and handshakes one address gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// From one machine or one room, where everybody may have the same address.
    Local,
    /// From everywhere.
    Public,
}

/// How logs look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings that a node runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The network's file.
    pub network: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    /// Where peers and wallets are answered.
    pub listen: SocketAddr,
    /// The address that peers are told, if it is not that one.
    pub advertise: Option<String>,
    /// From where it is reached.
    pub reach: Reach,
    /// Nodes to keep a link to.
    pub peers: Vec<String>,
    /// Where the owner is answered.
    pub rpc: SocketAddr,
    /// Who gets mined coins; no address, no mining.
    pub mine_to: Option<String>,
    /// Hashes a second.
    pub mine_rate: u64,
    /// How logs look.
    pub log: LogFormat,
    /// Whether the node stops when its standard input ends.
    pub with_parent: bool,
    /// The settings file and its text.
    file: Option<(PathBuf, String)>,
    /// The settings that flags gave, as key and flag.
    flags: Vec<(&'static str, &'static str)>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    network: Option<PathBuf>,
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    advertise: Option<String>,
    reach: Option<Reach>,
    #[serde(default)]
    peers: Vec<String>,
    rpc: Option<SocketAddr>,
    mine_to: Option<String>,
    mine_rate: Option<u64>,
    log: Option<LogFormat>,
}

/// Why settings are refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file is no settings file; the message names key and line.
    #[error("{place}: {source}")]
    Parse {
        /// The file and the key.
        place: String,
        /// What is wrong, where.
        source: Box<toml::de::Error>,
    },
}

impl Config {
    /// The settings of flags over those of the file that they name, over the defaults.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], naming the key and the line.
    pub fn new(options: Options) -> Result<Self, ConfigError> {
        let (file, text) = match &options.config {
            None => (File::default(), None),
            Some(path) => {
                let read = fs::read_to_string(path);
                let text = read.map_err(|source| ConfigError::Read { path: path.clone(), source })?;
                let file = toml::from_str(&text).map_err(|source: toml::de::Error| {
                    // The message has the line; in a list of several lines that is not the line of its key.
                    let key = source.span().and_then(|at| key_at(&text, at.start));
                    let key = key.map_or_else(String::new, |key| format!(", {key}"));
                    ConfigError::Parse { place: format!("{}{key}", path.display()), source: Box::new(source) }
                })?;
                (file, Some((path.clone(), text)))
            }
        };
        let flags = [
            ("network", "--network", options.network.is_some()),
            ("data", "--data", options.data.is_some()),
            ("listen", "--listen", options.listen.is_some()),
            ("advertise", "--advertise", options.advertise.is_some()),
            ("peers", "--peer", !options.peers.is_empty()),
            ("rpc", "--rpc", options.rpc.is_some()),
            ("mine_to", "--mine-to", options.mine_to.is_some()),
        ];
        let flags = flags.into_iter().filter_map(|(key, flag, given)| given.then_some((key, flag))).collect();
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let peers = if options.peers.is_empty() { file.peers } else { options.peers };
        let listen = options.listen.or(file.listen).unwrap_or(any_port);
        let advertise = options.advertise.or(file.advertise);
        let reach = if listen.ip().is_loopback() && advertise.is_none() { Reach::Local } else { Reach::Public };
        Ok(Self {
            network: options.network.or(file.network).unwrap_or_else(|| "network.toml".into()),
            data: options.data.or(file.data).unwrap_or_else(|| "node-data".into()),
            listen,
            advertise,
            reach: options.reach.or(file.reach).unwrap_or(reach),
            peers,
            rpc: options.rpc.or(file.rpc).unwrap_or(any_port),
            mine_to: options.mine_to.or(file.mine_to),
            mine_rate: options.mine_rate.or(file.mine_rate).unwrap_or(50_000),
            log: options.log.or(file.log).unwrap_or_default(),
            with_parent: options.with_parent,
            file: text,
            flags,
        })
    }

    /// Where a setting stands, for messages: `--mine-to`, `node.toml, line 3, mine_to`, or `mine_to`.
    #[must_use]
    pub fn place(&self, key: &str) -> String {
        if let Some((_, flag)) = self.flags.iter().find(|(given, _)| *given == key) {
            return (*flag).to_string();
        }
        let line = self.file.as_ref().and_then(|(path, text)| Some((path, line_of(text, key)?)));
        line.map_or_else(|| key.to_string(), |(path, line)| format!("{}, line {line}, {key}", path.display()))
    }
}

/// The key whose value a place in a text belongs to.
fn key_at(text: &str, at: usize) -> Option<&str> {
    let end = text.get(at..)?.find('\n').map_or(text.len(), |line| at + line);
    text[..end].lines().rev().find_map(|line| {
        let key = line.split_once('=')?.0.trim();
        let named = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        named.then_some(key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_file(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("node.toml");
        fs::write(&path, text).expect("written");
        Config::new(Options { config: Some(path), mine_rate: Some(7), ..Options::default() })
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_defaults() {
        let config = of_file("data = \"here\"\nmine_rate = 5\nlog = \"json\"\n").expect("settings");
        assert_eq!((config.data, config.mine_rate, config.log), ("here".into(), 7, LogFormat::Json));
        assert_eq!(config.network, PathBuf::from("network.toml"));
    }

    #[test]
    fn a_node_that_strangers_can_reach_has_limits_for_strangers_unless_it_is_told_otherwise() {
        for (text, reach) in [
            ("", Reach::Local),
            ("listen = \"[::1]:5\"\n", Reach::Local),
            ("listen = \"0.0.0.0:5\"\n", Reach::Public),
            ("listen = \"192.0.2.1:5\"\n", Reach::Public),
            ("listen = \"192.0.2.1:5\"\nreach = \"local\"\n", Reach::Local),
            ("reach = \"public\"\n", Reach::Public),
            // Something forwards to it.
            ("advertise = \"node.example:5\"\n", Reach::Public),
        ] {
            assert_eq!(of_file(text).expect("settings").reach, reach, "{text}");
        }
    }

    #[test]
    fn a_flag_is_named_and_not_the_line_that_it_wins_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("node.toml");
        fs::write(&path, "rpc = \"127.0.0.1:0\"\nmine_to = \"deror1\"\n").expect("written");
        let (config, mine_to) = (Some(path), Some("me".into()));
        let config = Config::new(Options { config, mine_to, ..Options::default() }).expect("settings");
        assert_eq!(config.place("mine_to"), "--mine-to");
        assert!(config.place("rpc").ends_with("node.toml, line 1, rpc"));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line() {
        for (text, line, key) in [
            ("data = \"a\"\nlisten = \"nowhere\"\n", "line 2", "listen"),
            ("\nreach = \"far\"\n", "line 2", "reach"),
            ("mine_rate = -1\n", "line 1", "mine_rate"),
            ("data = \"a\"\n\nminerate = 5\n", "line 3", "minerate"),
            ("peers = [\n    \"127.0.0.1:1#00\",\n    5,\n]\n", "line 3", "peers"),
        ] {
            let message = of_file(text).expect_err("refused").to_string();
            assert!(message.contains(line) && message.contains(key), "{message}");
        }
    }
}

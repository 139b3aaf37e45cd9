//! Nodes and wallets as processes.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::{Failure, node::READY_FILE, rpc::Client};

const START: Duration = Duration::from_secs(20);

/// A node in a process of its own. Killed when it is dropped.
pub(super) struct Node {
    pub(super) name: &'static str,
    pub(super) address: String,
    data: PathBuf,
    process: Child,
    client: Client,
}

/// How a node starts.
#[derive(Clone, Default)]
pub(super) struct Start {
    pub(super) peers: Vec<String>,
    pub(super) mine_to: Option<String>,
    pub(super) mine_rate: u64,
}

impl Node {
    /// Starts a node on its folder and waits until it answers.
    pub(super) async fn start(folder: &Path, name: &'static str, start: Start) -> Result<Self, Failure> {
        let data = folder.join(name);
        let _ = std::fs::remove_file(data.join(READY_FILE));
        std::fs::create_dir_all(&data)?;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(data.join("log"))?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("node").arg("--network").arg(folder.join("network.toml")).arg("--data").arg(&data);
        for peer in &start.peers {
            command.arg("--peer").arg(peer);
        }
        if let Some(address) = &start.mine_to {
            command.arg("--mine-to").arg(address).arg("--mine-rate").arg(start.mine_rate.to_string());
        }
        let log_too = log.try_clone()?;
        command.stdin(Stdio::null()).stdout(log).stderr(log_too).kill_on_drop(true);
        let mut process = command.spawn()?;
        let deadline = Instant::now() + START;
        let address = loop {
            if let Ok(address) = std::fs::read_to_string(data.join(READY_FILE)) {
                break address.trim().to_string();
            }
            if process.try_wait()?.is_some() || Instant::now() > deadline {
                let log = std::fs::read_to_string(data.join("log")).unwrap_or_default();
                let tail: Vec<&str> = log.lines().rev().take(5).collect();
                return Err(format!("{name} did not start: {}", tail.join(" | ")).into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let client = Client::of(&data)?;
        Ok(Self { name, address, data, process, client })
    }

    pub(super) async fn call(&self, method: &str, parameters: Value) -> Result<Value, Failure> {
        Ok(self
            .client
            .call(method, parameters)
            .await
            .map_err(|error| format!("{}: {method}: {error}", self.name))?)
    }

    pub(super) async fn status(&self) -> Result<Value, Failure> {
        self.call("status", json!({})).await
    }

    pub(super) async fn height(&self) -> Result<u64, Failure> {
        Ok(self.status().await?["height"].as_u64().unwrap_or_default())
    }

    /// Sets the miner's rate in hashes a second.
    pub(super) async fn mine(&self, rate: u64) -> Result<(), Failure> {
        self.call("miner", json!({ "rate": rate })).await.map(drop)
    }

    /// Asks the node to stop, and waits for it.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        self.call("stop", json!({})).await?;
        let status = tokio::time::timeout(START, self.process.wait()).await??;
        if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", self.name).into()) }
    }

    pub(super) fn data(&self) -> &Path {
        &self.data
    }
}

/// A wallet; each command is a process of its own.
pub(super) struct Wallet {
    pub(super) name: &'static str,
    folder: PathBuf,
}

impl Wallet {
    /// Makes a wallet from the words in its folder.
    pub(super) async fn restore(folder: &Path, name: &'static str) -> Result<Self, Failure> {
        let wallet = Self { name, folder: folder.into() };
        let words = folder.join(format!("{name}.words"));
        let words_argument = words.display().to_string();
        wallet.run(&[], &["restore", "--fresh", "--words-file", &words_argument]).await?;
        std::fs::remove_file(words)?;
        Ok(wallet)
    }

    /// Runs one command and returns what it printed.
    pub(super) async fn run(&self, nodes: &[&Node], arguments: &[&str]) -> Result<Value, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("wallet").arg("--json").arg("--file").arg(self.folder.join(format!("{}.dero", self.name)));
        command.arg("--network").arg(self.folder.join("network.toml"));
        command.arg("--passphrase-file").arg(self.folder.join("passphrase"));
        for node in nodes {
            command.arg("--node").arg(&node.address);
        }
        let output = command.args(arguments).stdin(Stdio::null()).kill_on_drop(true).output().await?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("wallet {}: {}", self.name, said.trim()).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// A field of the balance, in atomic units.
    pub(super) async fn balance(&self, nodes: &[&Node], field: &str) -> Result<u128, Failure> {
        let balance = self.run(nodes, &["balance"]).await?;
        Ok(balance[field].as_str().unwrap_or_default().parse()?)
    }
}

/// Asks again until the answer is there.
pub(super) async fn until<T, F>(what: &str, limit: Duration, mut ask: impl FnMut() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<Option<T>, Failure>>,
{
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            return Err(format!("{what}: not within {} s", limit.as_secs()).into());
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

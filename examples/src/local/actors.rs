//! Nodes and wallets as processes.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    process::{Child, Command},
    sync::Mutex,
};

use crate::{
    Failure,
    node::READY_FILE,
    rpc::{Client, ClientError},
};

/// How long anything may take: other jobs may share the machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// Hashes a second of a miner: about a block a second at the easiest target.
pub const RATE: u64 = 70_000;

/// A node in a process of its own. Killed when it is dropped.
#[derive(Debug)]
pub struct Node {
    /// Its name, and that of its folder.
    pub name: &'static str,
    /// Where peers and wallets reach it, as host:port#pin.
    pub address: String,
    data: PathBuf,
    process: Mutex<Child>,
    client: Client,
}

/// How a node starts.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Nodes to keep a link to.
    pub peers: Vec<String>,
    /// Who gets mined coins; no address, no mining.
    pub mine_to: Option<String>,
    /// Hashes a second.
    pub mine_rate: u64,
}

/// Why a node does not take a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The rule: a name of [`TxError::name`](dero_ledger::rules::TxError::name), or one of the pool.
    pub rule: String,
    /// The family of rules, as wallets are told it.
    pub family: String,
    /// What was wrong, where, and what was expected.
    pub message: String,
}

impl Node {
    /// Starts a node on its folder and waits until it answers.
    ///
    /// # Errors
    ///
    /// What the node's log says last.
    pub async fn start(folder: &Path, name: &'static str, start: Start) -> Result<Self, Failure> {
        Self::try_start(folder, name, start).await?.map_err(Into::into)
    }

    /// The same; the inner result is what the node says if it found something wrong and ended.
    ///
    /// # Errors
    ///
    /// If it ended in any other way, as by a panic, or is not ready in time.
    pub async fn try_start(
        folder: &Path,
        name: &'static str,
        start: Start,
    ) -> Result<Result<Self, String>, Failure> {
        let data = folder.join(name);
        let mut process = spawn(folder, &data, &start)?;
        let deadline = Instant::now() + PATIENCE;
        let address = loop {
            if let Ok(address) = std::fs::read_to_string(data.join(READY_FILE)) {
                break address.trim().to_string();
            }
            if let Some(status) = process.try_wait()? {
                let said = format!("{name} did not start: {}", last_lines(&data));
                // 1 is an error that the program found; a panic ends with 101.
                return if status.code() == Some(1) {
                    Ok(Err(said))
                } else {
                    Err(format!("{status}: {said}").into())
                };
            }
            if Instant::now() > deadline {
                return Err(format!("{name} is not ready in time: {}", last_lines(&data)).into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let client = Client::of(&data)?;
        Ok(Ok(Self { name, address, data, process: Mutex::new(process), client }))
    }

    /// Starts a node and kills it after so long, whether it answers by then or not.
    ///
    /// # Errors
    ///
    /// If it ended before.
    pub async fn start_and_kill(folder: &Path, name: &str, start: &Start, after: Duration) -> Result<(), Failure> {
        let data = folder.join(name);
        let mut process = spawn(folder, &data, start)?;
        tokio::time::sleep(after).await;
        if let Some(status) = process.try_wait()? {
            return Err(format!("{name} ended by itself with {status}: {}", last_lines(&data)).into());
        }
        Ok(process.kill().await?)
    }

    /// Calls a method of the owner's interface, one that may be called twice: a connection that is given up, as on a busy
    /// machine, is made again as long as the node runs.
    ///
    /// # Errors
    ///
    /// What the node answered, with its name.
    pub async fn call(&self, method: &str, parameters: Value) -> Result<Value, Failure> {
        let answer = self.answer(method, parameters).await?;
        answer.map_err(|error| format!("{}: {method}: {error}", self.name).into())
    }

    /// What the node answered or said against the call, at the first connection that is not given up.
    async fn answer(&self, method: &str, parameters: Value) -> Result<Result<Value, ClientError>, Failure> {
        let what = format!("{}: {method}", self.name);
        until(&what, async || match self.client.call(method, parameters.clone()).await {
            Err(ClientError::Unreachable(_)) if self.runs().await? => Ok(None),
            answer => Ok(Some(answer)),
        })
        .await
    }

    async fn runs(&self) -> Result<bool, Failure> {
        Ok(self.process.lock().await.try_wait()?.is_none())
    }

    /// Hands over a transaction, which may be done twice: the node knows it then. The inner result is its verdict.
    ///
    /// # Errors
    ///
    /// If the node gives no verdict.
    pub async fn submit(&self, transaction: &[u8]) -> Result<Result<Value, Refusal>, Failure> {
        match self.answer("submit", json!({ "transaction": hex::encode(transaction) })).await? {
            Ok(answer) => Ok(Ok(answer)),
            Err(ClientError::Refused { message, data, .. }) if data["rule"].is_string() => {
                let [rule, family] = ["rule", "family"].map(|field| text(&data[field]).to_string());
                Ok(Err(Refusal { rule, family, message }))
            }
            Err(error) => Err(format!("{}: submit: {error}", self.name).into()),
        }
    }

    /// Height, block, roots, pool and links.
    ///
    /// # Errors
    ///
    /// If the node does not answer.
    pub async fn status(&self) -> Result<Value, Failure> {
        self.call("status", json!({})).await
    }

    /// The height of its tip.
    ///
    /// # Errors
    ///
    /// If the node does not answer.
    pub async fn height(&self) -> Result<u64, Failure> {
        Ok(self.status().await?["height"].as_u64().unwrap_or_default())
    }

    /// The bytes of the block at a height.
    ///
    /// # Errors
    ///
    /// If the node does not have it.
    pub async fn block(&self, height: u64) -> Result<Vec<u8>, Failure> {
        let answer = self.call("block", json!({ "height": height })).await?;
        Ok(hex::decode(text(&answer["block"]))?)
    }

    /// Ids of the transactions that wait.
    ///
    /// # Errors
    ///
    /// If the node does not answer.
    pub async fn pool(&self) -> Result<BTreeSet<String>, Failure> {
        Ok(serde_json::from_value(self.call("pool", json!({})).await?)?)
    }

    /// Sets the miner's rate in hashes a second. At 0 no block is being made any more when this returns.
    ///
    /// # Errors
    ///
    /// If the node does not answer.
    pub async fn mine(&self, rate: u64) -> Result<(), Failure> {
        self.call("miner", json!({ "rate": rate })).await.map(drop)
    }

    /// The same until the chain has this height.
    ///
    /// # Errors
    ///
    /// If the node does not answer.
    pub async fn mine_until(&self, rate: u64, height: u64) -> Result<(), Failure> {
        self.call("miner", json!({ "rate": rate, "until": height })).await.map(drop)
    }

    /// Asks the node to stop, and waits for it.
    ///
    /// # Errors
    ///
    /// If it does not end well.
    pub async fn stop(self) -> Result<(), Failure> {
        let asked = self.call("stop", json!({})).await;
        // It may end before its answer comes through.
        if self.runs().await? {
            asked?;
        }
        let status = tokio::time::timeout(PATIENCE, self.process.into_inner().wait()).await??;
        if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", self.name).into()) }
    }

    /// Ends the process at once, as a power cut does.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn kill(self) -> Result<(), Failure> {
        Ok(self.process.into_inner().kill().await?)
    }

    /// Its folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }
}

/// Starts the process of a node whose data is in `data`.
fn spawn(folder: &Path, data: &Path, start: &Start) -> Result<Child, Failure> {
    let _ = std::fs::remove_file(data.join(READY_FILE));
    std::fs::create_dir_all(data)?;
    let log = std::fs::OpenOptions::new().create(true).append(true).open(data.join("log"))?;
    let mut command = Command::new(std::env::current_exe()?);
    // It ends when this process does, since only this process holds the other end of its input.
    command
        .arg("node")
        .arg("--with-parent")
        .arg("--network")
        .arg(folder.join("network.toml"))
        .arg("--data")
        .arg(data);
    for peer in &start.peers {
        command.arg("--peer").arg(peer);
    }
    if let Some(address) = &start.mine_to {
        command.arg("--mine-to").arg(address).arg("--mine-rate").arg(start.mine_rate.to_string());
    }
    let log_too = log.try_clone()?;
    command.stdin(Stdio::piped()).stdout(log).stderr(log_too).kill_on_drop(true);
    // Ctrl-C is for this process alone, which then stops its nodes.
    #[cfg(unix)]
    command.process_group(0);
    Ok(command.spawn()?)
}

/// The end of a node's log.
fn last_lines(data: &Path) -> String {
    let log = std::fs::read_to_string(data.join("log")).unwrap_or_default();
    log.lines().rev().take(5).collect::<Vec<_>>().join(" | ")
}

/// A wallet; each command is a process of its own.
#[derive(Debug)]
pub struct Wallet {
    /// Its name, and that of its file.
    pub name: &'static str,
    folder: PathBuf,
}

impl Wallet {
    /// Makes a wallet from the words in its folder.
    ///
    /// # Errors
    ///
    /// What the wallet said.
    pub async fn restore(folder: &Path, name: &'static str) -> Result<Self, Failure> {
        let wallet = Self { name, folder: folder.into() };
        let words = folder.join(format!("{name}.words"));
        let words_argument = words.display().to_string();
        wallet.run(&[], &["restore", "--fresh", "--words-file", &words_argument]).await?;
        std::fs::remove_file(words)?;
        Ok(wallet)
    }

    /// Makes a wallet that owns nothing.
    ///
    /// # Errors
    ///
    /// What the wallet said.
    pub async fn create(folder: &Path, name: &'static str) -> Result<Self, Failure> {
        let wallet = Self { name, folder: folder.into() };
        wallet.run(&[], &["create", "--quiet"]).await?;
        Ok(wallet)
    }

    /// Runs one command and returns what it printed.
    ///
    /// # Errors
    ///
    /// What the wallet said.
    pub async fn run(&self, nodes: &[&Node], arguments: &[&str]) -> Result<Value, Failure> {
        self.run_at(&addresses(nodes), arguments).await
    }

    /// The same, over nodes by their addresses.
    ///
    /// # Errors
    ///
    /// What the wallet said.
    pub async fn run_at(&self, addresses: &[&str], arguments: &[&str]) -> Result<Value, Failure> {
        let output = self.output(addresses, arguments).await?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("wallet {}: {}", self.name, said.trim()).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Runs one command that must fail with an error of its own, and returns what it said.
    ///
    /// # Errors
    ///
    /// If it succeeded or ended in any other way, as by a panic.
    pub async fn fails(&self, nodes: &[&Node], arguments: &[&str]) -> Result<String, Failure> {
        self.fails_at(&addresses(nodes), arguments).await
    }

    /// The same, over nodes by their addresses.
    ///
    /// # Errors
    ///
    /// If it succeeded or ended in any other way, as by a panic.
    pub async fn fails_at(&self, addresses: &[&str], arguments: &[&str]) -> Result<String, Failure> {
        let output = self.output(addresses, arguments).await?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_string();
        // 1 is an error that the program found; a panic ends with 101.
        if output.status.code() == Some(1) {
            Ok(said)
        } else {
            Err(format!("wallet {}: {} ended with {}: {said}", self.name, arguments.join(" "), output.status)
                .into())
        }
    }

    async fn output(&self, addresses: &[&str], arguments: &[&str]) -> Result<Output, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("wallet").arg("--json").arg("--file").arg(self.folder.join(format!("{}.dero", self.name)));
        command.arg("--network").arg(self.folder.join("network.toml"));
        command.arg("--passphrase-file").arg(self.folder.join("passphrase"));
        for address in addresses {
            command.arg("--node").arg(address);
        }
        Ok(command.args(arguments).stdin(Stdio::null()).kill_on_drop(true).output().await?)
    }

    /// A field of the balance, in atomic units.
    ///
    /// # Errors
    ///
    /// What the wallet said.
    pub async fn balance(&self, nodes: &[&Node], field: &str) -> Result<u128, Failure> {
        let balance = self.run(nodes, &["balance"]).await?;
        Ok(text(&balance[field]).parse()?)
    }

    /// What came in and went out, oldest first.
    ///
    /// # Errors
    ///
    /// What the wallet said.
    pub async fn history(&self, nodes: &[&Node]) -> Result<Vec<Value>, Failure> {
        let mut answer = self.run(nodes, &["history"]).await?;
        Ok(answer["history"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }
}

fn addresses<'a>(nodes: &[&'a Node]) -> Vec<&'a str> {
    nodes.iter().map(|node| node.address.as_str()).collect()
}

/// All nodes at one tip, at `height` or above.
///
/// # Errors
///
/// If a node does not answer or does not follow.
pub async fn same_tip(nodes: &[&Node], height: u64) -> Result<(), Failure> {
    until("one chain on all nodes", async || {
        let mut tips = Vec::new();
        for node in nodes {
            let status = node.status().await?;
            tips.push((
                status["height"].as_u64().unwrap_or_default(),
                status["id"].clone(),
                status["state_root"].clone(),
            ));
        }
        let same = tips.windows(2).all(|pair| pair[0] == pair[1]);
        Ok((same && tips[0].0 >= height).then_some(()))
    })
    .await
}

/// A field of an answer that is a text; empty if it is none.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Waits until a node's chain has more work than the one of a status.
///
/// # Errors
///
/// If the node does not answer or does not get there.
pub async fn heavier(node: &Node, than: &Value) -> Result<(), Failure> {
    // Numbers of one length, the most significant digit first.
    let work = |status: &Value| text(&status["work"]).to_string();
    let found = work(than);
    until("more work", async || Ok((work(&node.status().await?) > found).then_some(()))).await
}

/// Mines `blocks` blocks on a network that rests, quickly, with all that waits at any node, lets it rest again, and
/// waits until all nodes have them.
///
/// # Errors
///
/// If a node does not answer or does not follow.
pub async fn advance(miner: &Node, others: &[&Node], blocks: u64) -> Result<(), Failure> {
    let mut waiting = BTreeSet::new();
    for node in others {
        waiting.extend(node.pool().await?);
    }
    until("relay to the miner", async || Ok(miner.pool().await?.is_superset(&waiting).then_some(()))).await?;
    let height = miner.height().await? + blocks;
    miner.mine_until(4 * RATE, height).await?;
    until("blocks", async || Ok((miner.height().await? >= height).then_some(()))).await?;
    rest(miner, others).await
}

/// Stops the miner and waits until all nodes have its chain.
///
/// # Errors
///
/// If a node does not answer or does not follow.
pub async fn rest(miner: &Node, others: &[&Node]) -> Result<(), Failure> {
    miner.mine(0).await?;
    let height = miner.height().await?;
    let all: Vec<&Node> = [miner].into_iter().chain(others.iter().copied()).collect();
    same_tip(&all, height).await
}

/// Asks again until the answer is there, however busy the machine is.
///
/// # Errors
///
/// Those of asking, or that the time is over.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<Option<T>, Failure>) -> Result<T, Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            return Err(format!("{what}: not within {} s", PATIENCE.as_secs()).into());
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

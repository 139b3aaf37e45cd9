//! Nodes in processes of their own, and what the system says about them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use dero_examples::{Failure, node::READY_FILE, rpc::Client};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

const START: Duration = Duration::from_secs(60);

/// A reference node. Killed when it is dropped.
pub(crate) struct Node {
    pub(crate) address: String,
    process: Child,
    client: Client,
}

/// What a process used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// The most memory that was resident, in bytes.
    pub(crate) peak: u64,
    /// Processor time of all threads.
    pub(crate) busy: Duration,
    /// Bytes that went through its reads of files and sockets.
    pub(crate) read: u64,
}

impl Node {
    /// Starts a node and waits until it answers.
    pub(crate) async fn start(network: &Path, data: PathBuf, peer: Option<&str>) -> Result<Self, Failure> {
        fs::create_dir_all(&data)?;
        let ready = data.join(READY_FILE);
        let _ = fs::remove_file(&ready);
        let log = fs::File::create(data.join("log"))?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("node").arg("--network").arg(network).arg("--data").arg(&data);
        if let Some(peer) = peer {
            command.arg("--peer").arg(peer);
        }
        command.env("RUST_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        let mut process = command.spawn()?;
        let deadline = Instant::now() + START;
        let address = loop {
            if let Ok(address) = fs::read_to_string(&ready) {
                break address.trim().to_string();
            }
            if process.try_wait()?.is_some() || Instant::now() > deadline {
                let log = fs::read_to_string(data.join("log")).unwrap_or_default();
                return Err(format!("the node on {} did not start: {log}", data.display()).into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        Ok(Self { address, process, client: Client::of(&data)? })
    }

    pub(crate) async fn call(&self, method: &str) -> Result<Value, Failure> {
        Ok(self.client.call(method, json!({})).await?)
    }

    pub(crate) fn usage(&self) -> Result<Usage, Failure> {
        let id = self.process.id().ok_or("the node has ended")?;
        usage(&PathBuf::from(format!("/proc/{id}")))
    }

    /// Asks the node to stop, and waits for it.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        self.call("stop").await?;
        let status = tokio::time::timeout(START, self.process.wait()).await??;
        if status.success() { Ok(()) } else { Err(format!("a node ended with {status}").into()) }
    }
}

fn usage(process: &Path) -> Result<Usage, Failure> {
    let field = |file: &str, name: &str| -> Result<u64, Failure> {
        let text = fs::read_to_string(process.join(file))?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or("the field is not there")?;
        Ok(line.split_whitespace().next().unwrap_or_default().parse()?)
    };
    let peak = 1024 * field("status", "VmHWM:")?;
    let read = field("io", "rchar:")?;
    // Behind the name, which stands in brackets: state is the first field, utime the 12th, stime the 13th.
    let text = fs::read_to_string(process.join("stat"))?;
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = fields.get(11..13).ok_or("no times")?.iter().map(|field| field.parse().unwrap_or(0)).sum();
    let per_second = rustix::param::clock_ticks_per_second();
    Ok(Usage { peak, busy: Duration::from_millis(1000 * ticks / per_second), read })
}

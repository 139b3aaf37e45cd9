//! What every demonstration has: a folder, a report, a source of choices, and the start of a network.

use std::path::{Path, PathBuf};

use rand::{SeedableRng as _, rngs::StdRng};
use tempfile::TempDir;

use crate::{
    Failure,
    local::{Node, Plan, RATE, Report, Setup, Start, same_tip},
};

/// Where a demonstration happens.
#[derive(Debug)]
pub struct Stage {
    /// What was checked.
    pub report: Report,
    /// Decides whatever is chosen at random.
    pub rng: StdRng,
    folder: PathBuf,
    _temporary: Option<TempDir>,
}

impl Stage {
    pub(super) fn new(folder: Option<PathBuf>, seed: Option<u64>) -> Result<Self, Failure> {
        let temporary = match &folder {
            Some(folder) => {
                std::fs::create_dir_all(folder)?;
                None
            }
            None => Some(tempfile::Builder::new().prefix("demo-").tempdir()?),
        };
        let folder = folder.or(temporary.as_ref().map(|folder| folder.path().to_path_buf())).unwrap_or_default();
        let seed = seed.unwrap_or_else(rand::random);
        let report = Report::default();
        report.say(format!("seed {seed}, data in {}", folder.display()));
        Ok(Self { report, rng: StdRng::seed_from_u64(seed), folder, _temporary: temporary })
    }

    /// The folder of the network.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a network and starts one node for each name; the first one mines, the others are linked to all before
    /// them. Returns when all have the same chain.
    ///
    /// # Errors
    ///
    /// If a node does not start.
    pub async fn network<const COUNT: usize>(
        &mut self,
        plan: &Plan<'_>,
        names: [&'static str; COUNT],
    ) -> Result<(Setup, [Node; COUNT]), Failure> {
        let setup = plan.write(&self.folder, &mut rand::rng())?;
        let mut nodes: Vec<Node> = Vec::new();
        for name in names {
            let peers: Vec<_> = nodes.iter().map(|node| node.address.clone()).collect();
            let mine_rate = if peers.is_empty() { RATE } else { 0 };
            let start = Start { peers, mine_to: Some(setup.nobody.clone()), mine_rate };
            nodes.push(Node::start(&self.folder, name, start).await?);
        }
        same_tip(&nodes.iter().collect::<Vec<_>>(), 2).await?;
        self.report.say(format!("network {}: {} nodes, linked over TLS 1.3, mine", setup.network.name(), COUNT));
        Ok((setup, nodes.try_into().map_err(|_| "a node for each name")?))
    }
}

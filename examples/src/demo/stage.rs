//! What every demonstration has: a folder, a report, a source of choices, and the start of a network.

use std::path::PathBuf;

use rand::{SeedableRng as _, rngs::StdRng};
use tempfile::TempDir;

use crate::{
    Failure,
    local::{Node, Plan, Report, Setup, Start, advance},
};

/// Where a demonstration happens.
#[derive(Debug)]
pub struct Stage {
    /// What was checked.
    pub report: Report,
    /// Decides whatever is chosen at random.
    pub rng: StdRng,
    /// How often something is to be repeated, if the command line says so.
    pub times: Option<usize>,
    root: PathBuf,
    networks: usize,
    _temporary: Option<TempDir>,
}

impl Stage {
    pub(super) fn new(folder: Option<PathBuf>, seed: Option<u64>, times: Option<usize>) -> Result<Self, Failure> {
        let temporary = match &folder {
            Some(folder) => {
                std::fs::create_dir_all(folder)?;
                None
            }
            None => Some(tempfile::Builder::new().prefix("demo-").tempdir()?),
        };
        let root = folder.or(temporary.as_ref().map(|folder| folder.path().to_path_buf())).unwrap_or_default();
        let seed = seed.unwrap_or_else(rand::random);
        let report = Report::default();
        report.say(format!("seed {seed}, data in {}", root.display()));
        Ok(Self { report, rng: StdRng::seed_from_u64(seed), times, root, networks: 0, _temporary: temporary })
    }

    /// The folder of the newest network.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.root.join(format!("network-{}", self.networks))
    }

    /// Writes a network into a folder of its own.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn plan(&mut self, plan: &Plan<'_>) -> Result<Setup, Failure> {
        self.networks += 1;
        let folder = self.folder();
        std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        plan.write(&folder, &mut rand::rng())
    }

    /// Writes a network and starts one node for each name, linked to all before it. Each one can mine: the
    /// network rests unless a demonstration lets it [`advance`].
    ///
    /// # Errors
    ///
    /// If a node does not start.
    pub async fn network<const COUNT: usize>(
        &mut self,
        plan: &Plan<'_>,
        names: [&'static str; COUNT],
    ) -> Result<(Setup, [Node; COUNT]), Failure> {
        let (setup, folder) = (self.plan(plan)?, self.folder());
        let mut nodes: Vec<Node> = Vec::new();
        for name in names {
            let peers: Vec<_> = nodes.iter().map(|node| node.address.clone()).collect();
            let mine_to = Some(setup.nobody.clone());
            nodes.push(Node::start(&folder, name, Start { peers, mine_to, mine_rate: 0 }).await?);
        }
        let (first, others) = nodes.split_first().ok_or("a network has nodes")?;
        advance(first, &others.iter().collect::<Vec<_>>(), 2).await?;
        self.report
            .say(format!("{COUNT} nodes, linked over TLS 1.3, have the same chain: {}", setup.network.name()));
        Ok((setup, nodes.try_into().map_err(|_| "a node for each name")?))
    }
}

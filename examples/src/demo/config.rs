//! C3: a wrong value in a file is named with its key and its line.

use std::{fs, path::Path, process::Stdio};

use super::Stage;
use crate::{Failure, local::Plan};

pub(super) const ROW: &str = "C3";
pub(super) const SHOWS: &str = "a node with wrong settings does not start, and names the key and the line";

/// Which file is wrong, how, and what the message must name.
struct Case {
    what: &'static str,
    network: fn(String) -> String,
    node: &'static str,
    names: &'static [&'static str],
}

fn right(text: String) -> String {
    text
}

const CASES: [Case; 15] = [
    Case { what: "an unknown key", network: right, node: "\nminerate = 5\n", names: &["line 2", "minerate"] },
    Case { what: "a number below zero", network: right, node: "mine_rate = -1\n", names: &["line 1", "mine_rate"] },
    Case {
        what: "an address that is none",
        network: right,
        node: "\n\nlisten = \"nowhere\"\n",
        names: &["line 3", "listen"],
    },
    Case {
        what: "text for a number",
        network: right,
        node: "mine_rate = \"fast\"\n",
        names: &["line 1", "mine_rate"],
    },
    Case {
        what: "a log format that is none",
        network: right,
        node: "log = \"xml\"\n",
        names: &["line 1", "log", "text"],
    },
    Case {
        what: "a key twice",
        network: right,
        node: "log = \"text\"\nlog = \"json\"\n",
        names: &["line 2", "log"],
    },
    Case { what: "no TOML at all", network: right, node: "log: text\n", names: &["line 1"] },
    Case {
        what: "a peer without pin",
        network: right,
        node: "peers = [\"127.0.0.1:1\"]\n",
        names: &["line 1", "peers", "127.0.0.1:1"],
    },
    Case {
        what: "an interface for everybody",
        network: right,
        node: "rpc = \"0.0.0.0:0\"\n",
        names: &["line 1", "rpc", "0.0.0.0:0", "loopback"],
    },
    Case {
        what: "an address of nobody",
        network: right,
        node: "\nmine_to = \"me\"\n",
        names: &["line 2", "mine_to"],
    },
    Case {
        what: "an unknown row of the network",
        network: |text| text.replacen("assets_from", "assets_form", 1),
        node: "",
        names: &["line", "assets_form"],
    },
    Case {
        what: "a row that is out of range",
        network: |text| text.replacen("[[genesis]]", "half_life = 0\n\n[[genesis]]", 1),
        node: "",
        names: &["line", "half_life", "1..="],
    },
    Case {
        what: "assets without an engine",
        network: |text| text.replacen("assets_from = \"never\"", "assets_from = 0", 1),
        node: "",
        names: &["line", "assets_from", "never"],
    },
    Case {
        what: "contracts without an engine",
        network: |text| text.replacen("contracts_from = \"never\"", "contracts_from = 7", 1),
        node: "",
        names: &["line", "contracts_from", "never"],
    },
    Case {
        what: "a proof of work that is not built in",
        network: |text| text.replacen("[[genesis]]", "proof_of_work = 1\n\n[[genesis]]", 1),
        node: "",
        names: &["line", "proof_of_work", "1"],
    },
];

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let folder = stage.folder();
    fs::create_dir_all(&folder)?;
    Plan::default().write(&folder, &mut rand::rng())?;
    let network = fs::read_to_string(folder.join("network.toml"))?;
    for (number, case) in CASES.iter().enumerate() {
        let data = folder.join(format!("data-{number}"));
        let said = start(&folder, &(case.network)(network.clone()), case.node, &data).await?;
        for name in case.names {
            if !said.contains(name) {
                return Err(format!("{}: the message does not name {name}: {said}", case.what).into());
            }
        }
        let line: String = said.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(" / ");
        stage.report.check(true, format!("{}: {line}", case.what))?;
    }

    // A chain of another network is left as it is.
    let begun = folder.join("data");
    let said = start(&folder, &network, "rpc = \"0.0.0.0:0\"\n", &begun).await?;
    stage
        .report
        .check(said.contains("loopback"), "a chain is begun in a data folder, before the interface is refused")?;
    let other = network.replacen("word = \"devnet\"", "word = \"another\"", 1);
    let said = start(&folder, &other, "", &begun).await?;
    stage.report.check(
        said.contains("choose another folder"),
        format!("the same data folder with another network: {}", said.trim()),
    )
}

/// Starts a node that must refuse to run; returns what it says.
async fn start(folder: &Path, network: &str, settings: &str, data: &Path) -> Result<String, Failure> {
    let (file, config) = (folder.join("tried.toml"), folder.join("node.toml"));
    fs::write(&file, network)?;
    fs::write(&config, settings)?;
    let mut command = tokio::process::Command::new(std::env::current_exe()?);
    command.arg("node").arg("--config").arg(&config).arg("--network").arg(&file);
    command.arg("--data").arg(data).env("RUST_LOG", "off");
    // A node that runs all the same stops at the end of its input, and its end is no refusal.
    let output = command.arg("--with-parent").stdin(Stdio::null()).kill_on_drop(true).output().await?;
    let said = String::from_utf8_lossy(&output.stderr).replace(&format!("{}/", folder.display()), "");
    // 1 is an error that the program found; a panic ends with 101.
    if output.status.code() == Some(1) { Ok(said) } else { Err(format!("{}: {said}", output.status).into()) }
}

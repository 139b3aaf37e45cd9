//! C3: a wrong value in a file is named with its key and its line.

use std::{fs, net::TcpListener, path::Path, process::Stdio};

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

const CASES: [Case; 24] = [
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
        what: "a number in a list over several lines",
        network: right,
        node: "peers = [\n    \"127.0.0.1:1#00\",\n    5,\n]\n",
        names: &["line 3", "peers"],
    },
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
        what: "an address of another machine to listen on",
        network: right,
        node: "\nlisten = \"192.0.2.1:40501\"\n",
        names: &["line 2", "listen", "192.0.2.1:40501"],
    },
    Case {
        what: "an address for peers that is none",
        network: right,
        node: "\nadvertise = \"node.example\"\n",
        names: &["line 2", "advertise", "port"],
    },
    Case {
        what: "an address for peers that means nothing to them",
        network: right,
        node: "advertise = \"0.0.0.0:40501\"\n",
        names: &["line 1", "advertise", "0.0.0.0:40501"],
    },
    Case {
        what: "limits for nobody",
        network: right,
        node: "\nreach = \"far\"\n",
        names: &["line 2", "reach", "public"],
    },
    Case {
        what: "a data folder inside a file",
        network: right,
        node: "\ndata = \"passphrase/data\"\n",
        names: &["line 2", "data", "passphrase/data"],
    },
    Case {
        what: "a network's file that is not there",
        network: right,
        node: "log = \"text\"\nnetwork = \"nowhere.toml\"\n",
        names: &["line 2", "network", "nowhere.toml"],
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
        what: "a row that does not fit the default of another",
        network: |text| text.replacen("[[genesis]]", "n = 10\n\n[[genesis]]", 1),
        node: "",
        names: &["line", "n (m is not there)", "2..=6"],
    },
    Case {
        what: "a genesis enote for nobody",
        network: |text| text.replacen("address = \"deror1", "address = \"deror2", 1),
        node: "",
        names: &["line", "address", "genesis enote 0"],
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
    fs::create_dir_all(stage.folder())?;
    let folder = stage.folder().canonicalize()?;
    let setup = Plan::default().write(&folder, &mut rand::rng())?;
    let network = fs::read_to_string(folder.join("network.toml"))?;
    for (number, case) in CASES.iter().enumerate() {
        let data = folder.join(format!("data-{number}"));
        let said = start(&folder, &(case.network)(network.clone()), case.node, &data, &[]).await?;
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
    let said = start(&folder, &network, "rpc = \"0.0.0.0:0\"\n", &begun, &[]).await?;
    stage
        .report
        .check(said.contains("loopback"), "a chain is begun in a data folder, before the interface is refused")?;
    let other = network.replacen("word = \"devnet\"", "word = \"another\"", 1);
    let said = start(&folder, &other, "", &begun, &[]).await?;
    stage.report.check(
        said.contains("choose another folder"),
        format!("the same data folder with another network: {}", said.trim()),
    )?;

    // What depends on the machine, and a flag over a right setting.
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let settings = format!("\nlisten = \"{}\"\n", taken.local_addr()?);
    let said = start(&folder, &network, &settings, &begun, &[]).await?;
    let named = ["line 2", "listen"].iter().all(|name| said.contains(name));
    stage.report.check(named, format!("an address that another program listens on: {}", said.trim()))?;
    let settings = format!("mine_to = \"{}\"\n", setup.nobody);
    let said = start(&folder, &network, &settings, &begun, &["--mine-to", "me"]).await?;
    stage.report.check(
        said.contains("--mine-to") && !said.contains("line"),
        format!("a wrong flag over a right setting: {}", said.trim()),
    )
}

/// Starts a node that must refuse to run; returns what it says.
async fn start(
    folder: &Path,
    network: &str,
    settings: &str,
    data: &Path,
    flags: &[&str],
) -> Result<String, Failure> {
    let (file, config) = (folder.join("tried.toml"), folder.join("node.toml"));
    fs::write(&file, network)?;
    fs::write(&config, settings)?;
    let mut command = tokio::process::Command::new(std::env::current_exe()?);
    command.arg("node").arg("--config").arg(&config).args(flags).env("RUST_LOG", "off").current_dir(folder);
    for (key, flag, value) in [("network", "--network", file.as_path()), ("data", "--data", data)] {
        if !settings.contains(&format!("{key} =")) {
            command.arg(flag).arg(value);
        }
    }
    // A node that runs all the same stops at the end of its input, and its end is no refusal.
    let output = command.arg("--with-parent").stdin(Stdio::null()).kill_on_drop(true).output().await?;
    let said = String::from_utf8_lossy(&output.stderr).replace(&format!("{}/", folder.display()), "");
    // 1 is an error that the program found; a panic ends with 101.
    if output.status.code() == Some(1) { Ok(said) } else { Err(format!("{}: {said}", output.status).into()) }
}

//! R01: nobody can follow coins to the recipient.

use std::time::Duration;

use super::Stage;
use crate::{
    Failure,
    local::{Plan, Wallet, until},
};

pub(super) const ROW: &str = "R01";
pub(super) const SHOWS: &str = "two payments to one published address share nothing that others can see";

/// What each payment pays, in coins and in atomic units.
const PAYMENT: (&str, u128) = ("2.5", 2_500_000_000);

pub(super) async fn run(stage: &mut Stage) -> Result<(), Failure> {
    let plan = Plan { wallets: &[("a", 8), ("b", 0), ("c", 0)], ..Plan::default() };
    let (setup, [one, two, three]) = stage.network(&plan, ["node-1", "node-2", "node-3"]).await?;
    let folder = stage.folder().to_path_buf();
    let (a, b, c) = (
        Wallet::restore(&folder, "a").await?,
        Wallet::restore(&folder, "b").await?,
        Wallet::restore(&folder, "c").await?,
    );
    let published = &setup.addresses[1];
    for _ in 0..2 {
        a.run(&[&two], &["send", "--to", published, "--amount", PAYMENT.0]).await?;
    }
    stage.report.say("A pays B's one published address twice");
    until("both payments in blocks", Duration::from_secs(30), || async {
        Ok((b.balance(&[&three], "pending").await? == 2 * PAYMENT.1).then_some(()))
    })
    .await?;
    stage.report.check(true, "B's scan finds 2")?;
    let found = c.history(&[&one]).await?.len();
    stage.report.check(found == 0, "C's scan finds 0")?;
    for node in [three, two, one] {
        node.stop().await?;
    }
    Ok(())
}

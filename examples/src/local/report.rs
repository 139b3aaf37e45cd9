//! What was checked, line by line.

use std::time::Instant;

use serde_json::Value;

use super::Node;
use crate::Failure;

/// Prints lines as they come and counts what held.
#[derive(Debug)]
pub struct Report {
    started: Instant,
    checks: usize,
}

impl Default for Report {
    fn default() -> Self {
        Self { started: Instant::now(), checks: 0 }
    }
}

impl Report {
    /// A line that claims nothing.
    pub fn say(&self, text: impl AsRef<str>) {
        println!("{:>5.1} s  {}", self.started.elapsed().as_secs_f32(), text.as_ref());
    }

    /// A line that claims something.
    ///
    /// # Errors
    ///
    /// If it does not hold.
    pub fn check(&mut self, holds: bool, text: impl AsRef<str>) -> Result<(), Failure> {
        let text = text.as_ref();
        if !holds {
            return Err(format!("does not hold: {text}").into());
        }
        self.checks += 1;
        self.say(format!("ok    {text}"));
        Ok(())
    }

    /// Hands a transaction to a node, which must take it.
    ///
    /// # Errors
    ///
    /// The rule by which the node refuses it.
    pub async fn taken(&mut self, node: &Node, what: &str, bytes: &[u8]) -> Result<(), Failure> {
        match node.submit(bytes).await? {
            Ok(_) => self.check(true, format!("{what}: {} takes it", node.name)),
            Err(refusal) => Err(format!("{what}: {} refuses it: {}", node.name, refusal.message).into()),
        }
    }

    /// Hands bytes to a node that did not make them: it must name `rule`, and its state and pool must stay as they
    /// are. No block may come meanwhile.
    ///
    /// # Errors
    ///
    /// If the node takes them, names another rule, or changes.
    pub async fn refused(&mut self, node: &Node, what: &str, bytes: &[u8], rule: &str) -> Result<(), Failure> {
        let before = state(&node.status().await?);
        let answer = node.submit(bytes).await?;
        let after = state(&node.status().await?);
        let refusal = answer.err().ok_or_else(|| format!("{} took {what}", node.name))?;
        let family = if refusal.family == refusal.rule { String::new() } else { format!(" ({})", refusal.family) };
        let refusal_text = format!("{} says {}{family}: {}", node.name, refusal.rule, refusal.message);
        if refusal.rule != rule {
            return Err(format!("{what}: {refusal_text}, expected {rule}").into());
        }
        self.check(before == after, format!("{what}: {refusal_text}; its state root and pool stay"))
    }

    /// The last line.
    pub fn end(&self) {
        println!("\n{} checks hold, in {:.0} s", self.checks, self.started.elapsed().as_secs_f32());
    }
}

/// What a refused transaction must not change: height, block, state, tags, pool.
fn state(status: &Value) -> [Value; 5] {
    ["height", "id", "state_root", "tag_root", "pool"].map(|field| status[field].clone())
}

//! What the owner of a node can ask.

use std::sync::Arc;

use dero_ledger::{
    block::Header,
    chain::pool::{Admitted, PoolError},
    store::StoreView,
};
use dero_net::ledger::{Alarm, reason};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{audit, backend::NodeBackend, miner::Control, peers::Peers};
use crate::rpc::RpcError;

/// Names and meanings of all methods.
const METHODS: [(&str, &str); 10] = [
    ("help", "this list"),
    ("status", "height, id, state and tag roots, list length, links, pool, miner; alarms: branches to decide on"),
    ("header", "{height}: the header at a height, its fields and its bytes"),
    ("block", "{height}: a block's bytes in hex"),
    ("submit", "{transaction}: hands over a transaction in hex; a refusal names its rule in data"),
    ("pool", "ids of the transactions that wait"),
    ("peers", "links with scores; the last faults, dropped callers, unreached peers; the last refused block"),
    ("audit_supply", "adds up all commitments and compares with what was issued"),
    ("miner", "{rate, until}: sets the miner's hashes a second, 0 rests, and the height at which it rests, if any"),
    ("stop", "stops the node, with everything on the disk"),
];

/// All methods, one a line, for the help of the program.
pub(super) fn methods() -> String {
    let lines = METHODS.iter().map(|(name, text)| format!("\n  {name:<14}{text}"));
    format!(
        "Methods:{}\n\nFor example: reference-node call header '{{\"height\": 5}}' --data node1\n\n\
         An answer is JSON on standard output. An error is a line on standard error, with exit code 1; with --json an \
         object:\n  {{\"error\": {{\"name\", \"message\", \"data\"}}}}\n\
         name is Settings, Parameters, Unreachable, Token, Slow, Refused (data has code and data of JSON-RPC), Answer \
         or Failed.",
        lines.collect::<String>()
    )
}

/// What the methods work on.
pub(super) struct Api {
    pub(super) backend: Arc<NodeBackend>,
    pub(super) control: Arc<Control>,
    pub(super) peers: Arc<Peers>,
    pub(super) address: String,
    pub(super) changed: Arc<Notify>,
    pub(super) stop: Arc<Notify>,
}

impl Api {
    /// Answers one call. May block.
    pub(super) fn call(&self, method: &str, parameters: &Value) -> Result<Value, RpcError> {
        match method {
            "help" => Ok(METHODS.iter().map(|(name, text)| json!({ "method": name, "meaning": text })).collect()),
            "status" => self.status(),
            "header" => {
                let (bytes, nonce) = self.header(height(parameters)?)?;
                let header = Header::from_bytes(&bytes);
                Ok(json!({
                    "height": header.height, "id": header.id().to_string(), "timestamp": header.timestamp,
                    "state_root": hex::encode(header.state_root), "list_length": header.list_length,
                    "parent": header.parent.to_string(), "header": hex::encode(bytes), "nonce": nonce,
                }))
            }
            "block" => {
                let (bytes, _) = self.header(height(parameters)?)?;
                let block = self.backend.chain().block(&Header::from_bytes(&bytes).id()).map_err(failed)?;
                let block = block.ok_or_else(|| failed("the block is not here"))?;
                Ok(json!({ "block": hex::encode(block) }))
            }
            "submit" => self.submit(parameters),
            "pool" => Ok(self.backend.pool().all().iter().map(|pooled| hex::encode(pooled.wtxid().0)).collect()),
            "peers" => Ok(self.peers()),
            "audit_supply" => {
                let tip = self.backend.chain().tip();
                audit::supply(self.backend.chain().network(), tip.view()).map_err(failed)
            }
            "miner" => {
                let rate = parameters.get("rate").and_then(Value::as_u64);
                let rate = rate.ok_or_else(|| RpcError::parameters("rate: hashes a second, an integer"))?;
                let until = match parameters.get("until") {
                    None => u64::MAX,
                    Some(until) => {
                        until.as_u64().ok_or_else(|| RpcError::parameters("until: a height, an integer"))?
                    }
                };
                self.control.order(rate, until);
                Ok(json!({ "rate": rate }))
            }
            "stop" => {
                self.stop.notify_one();
                Ok(json!({ "stopping": true }))
            }
            other => Err(RpcError::unknown(other)),
        }
    }

    fn status(&self) -> Result<Value, RpcError> {
        let tip = self.backend.chain().tip();
        let header = tip.header();
        let ahead = self.backend.chain().header_tip().block.height;
        let mut work = tip.totals().work;
        work.reverse();
        Ok(json!({
            "network": self.backend.chain().network().name(), "address": self.address,
            "height": header.height, "id": tip.block().id.to_string(), "timestamp": header.timestamp,
            "work": hex::encode(work), "header_height": ahead, "state_root": hex::encode(header.state_root),
            "tag_root": hex::encode(header.tag_root), "list_length": header.list_length,
            "links": self.peers.links(), "pool": self.backend.pool().len(),
            "reorganisations": self.backend.reorganisations(),
            "refused_transactions": self.backend.refused_transactions(),
            "mine_rate": self.control.rate(),
            "alarms": self.alarms(),
        }))
    }

    fn alarms(&self) -> Value {
        let alarms = self.backend.alarms();
        let alarm = |alarm: &Alarm| json!({ "block": alarm.first.to_string(), "message": alarm.reason });
        alarms.iter().map(alarm).collect()
    }

    fn peers(&self) -> Value {
        let mut peers = self.peers.to_json();
        let (count, last) = self.backend.refused();
        peers["refused_blocks"] = count.into();
        if let Some(last) = last {
            let id = last.id.map(|id| id.to_string());
            let family = last.family.map_or_else(|| last.rule.to_string(), |family| format!("{family:?}"));
            let refused = json!({ "id": id, "rule": last.rule, "family": family, "message": last.reason });
            peers["last_refused"] = refused;
        }
        peers
    }

    fn header(&self, height: u64) -> Result<([u8; 288], u64), RpcError> {
        let tip = self.backend.chain().tip();
        if height > tip.block().height {
            return Err(failed(format!("height {height} is above the tip, {}", tip.block().height)));
        }
        let headers = tip.view().headers(height..height + 1).map_err(failed)?;
        headers.first().copied().ok_or_else(|| failed("the header is not here"))
    }

    fn submit(&self, parameters: &Value) -> Result<Value, RpcError> {
        let text = parameters.get("transaction").and_then(Value::as_str);
        let bytes = text.and_then(|text| hex::decode(text).ok());
        let bytes = bytes.ok_or_else(|| RpcError::parameters("transaction: bytes in hex"))?;
        match self.backend.admit(&bytes) {
            Ok(Admitted::New { wtxid, .. }) => {
                self.changed.notify_one();
                Ok(json!({ "wtxid": hex::encode(wtxid.0), "known": false }))
            }
            Ok(Admitted::Known { wtxid } | Admitted::OtherWitness { kept: wtxid }) => {
                Ok(json!({ "wtxid": hex::encode(wtxid.0), "known": true }))
            }
            Err(PoolError::State(error)) => Err(failed(error)),
            Err(error) => {
                let data = json!({ "rule": error.name(), "family": format!("{:?}", reason(&error)) });
                Err(failed(error).with_data(data))
            }
        }
    }
}

fn failed(error: impl std::fmt::Display) -> RpcError {
    RpcError::failed(error.to_string())
}

fn height(parameters: &Value) -> Result<u64, RpcError> {
    parameters.get("height").and_then(Value::as_u64).ok_or_else(|| RpcError::parameters("height: an integer"))
}

//! Who is linked, and what peers did wrong: the node's log, and what its owner can ask for.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use dero_net::{node::NodeEvent, peer::Charge, transport::PeerId};
use serde_json::{Value, json};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tracing::{info, warn};

/// Events of each kind that are remembered.
const REMEMBERED: usize = 64;

/// Links and faults.
#[derive(Debug, Default)]
pub(super) struct Peers(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    links: BTreeMap<PeerId, Value>,
    faults: VecDeque<Charge>,
    dropped: VecDeque<Value>,
    not_reached: VecDeque<Value>,
}

fn remember<T>(list: &mut VecDeque<T>, one: T) {
    list.push_back(one);
    if list.len() > REMEMBERED {
        list.pop_front();
    }
}

impl Peers {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many links there are.
    pub(super) fn links(&self) -> usize {
        self.inner().links.len()
    }

    /// Links, and the last faults, callers that were dropped and peers that were not reached; the newest last.
    pub(super) fn to_json(&self) -> Value {
        let inner = self.inner();
        let score = |peer: &PeerId| {
            inner.faults.iter().rev().find(|charge| charge.peer == *peer).map_or(0, |charge| charge.score)
        };
        let links = inner.links.iter().map(|(peer, link)| {
            let mut link = link.clone();
            link["score"] = score(peer).into();
            link
        });
        let faults = inner.faults.iter().map(|charge| {
            json!({
                "peer": charge.peer.to_string(), "fault": format!("{:?}", charge.fault),
                "meaning": charge.fault.to_string(), "score": charge.score, "banned": charge.banned,
            })
        });
        json!({
            "links": links.collect::<Vec<_>>(), "faults": faults.collect::<Vec<_>>(),
            "dropped": inner.dropped, "not_reached": inner.not_reached,
        })
    }

    /// Follows the node to its end.
    pub(super) async fn follow(&self, mut events: Receiver<NodeEvent>) {
        loop {
            match events.recv().await {
                Ok(event) => self.note(event),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn note(&self, event: NodeEvent) {
        match event {
            NodeEvent::PeerUp { peer, origin, direction, role, security } => {
                let link = json!({
                    "peer": peer.to_string(), "from": format!("{origin:?}"), "role": format!("{role:?}"),
                    "direction": format!("{direction:?}"), "protocol": security.protocol,
                    "key_exchange": security.key_exchange,
                });
                self.inner().links.insert(peer, link);
                info!(%peer, ?origin, ?direction, ?role, key_exchange = security.key_exchange, "link up");
            }
            NodeEvent::PeerDown { peer, cause } => {
                self.inner().links.remove(&peer);
                info!(%peer, cause, "link down");
            }
            NodeEvent::Charged(charge) => {
                let Charge { peer, fault, score, banned } = charge;
                remember(&mut self.inner().faults, charge);
                warn!(%peer, %fault, score, banned, "a fault");
            }
            NodeEvent::DialFailed { address, cause, wrong_peer } => {
                let failed = json!({ "address": address, "cause": cause, "wrong_peer": wrong_peer });
                remember(&mut self.inner().not_reached, failed);
                warn!(address, cause, wrong_peer, "peer not reached");
            }
            NodeEvent::CallerDropped { from, cause } => {
                remember(&mut self.inner().dropped, json!({ "from": from.host, "cause": cause }));
                info!(?from, cause, "caller dropped");
            }
            NodeEvent::Tip(tip) => info!(height = tip.height, id = hex::encode(tip.id), "new tip"),
            _ => {}
        }
    }
}

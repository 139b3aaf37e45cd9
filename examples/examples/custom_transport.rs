//! How does the protocol run over a wire of my own?
//!
//! Implement [`Transport`] and run the suite that tells whether it is right. This one counts the calls that it makes
//! over an ordinary transport; a radio or a queue would stand in the same place.
//!
//! ```sh
//! cargo run -p dero-examples --example custom_transport
//! ```

use std::sync::atomic::{AtomicU64, Ordering};

use dero_net::{
    testing::transport_conformance,
    transport::{
        AcceptError, DialError, PeerId, Pinned, Transport,
        memory::{MemoryNetwork, MemoryTransport},
    },
};

/// Counts how often it dials.
#[derive(Debug)]
struct Counting<T> {
    inner: T,
    dials: AtomicU64,
}

impl<T: Transport> Transport for Counting<T> {
    type Address = T::Address;
    type Connection = T::Connection;

    async fn dial(&self, to: &Pinned<T::Address>) -> Result<T::Connection, DialError> {
        self.dials.fetch_add(1, Ordering::Relaxed);
        self.inner.dial(to).await
    }

    async fn accept(&self) -> Result<T::Connection, AcceptError> {
        self.inner.accept().await
    }

    fn reachable(&self) -> Option<Pinned<T::Address>> {
        self.inner.reachable()
    }
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let join = |network: &MemoryNetwork, name: u8| -> Counting<MemoryTransport> {
        Counting { inner: network.join(PeerId([name; 32])), dials: AtomicU64::new(0) }
    };
    let pair = || async {
        let network = MemoryNetwork::new();
        (join(&network, 1), join(&network, 2))
    };
    transport_conformance(pair).await?;
    println!("the counting transport keeps the contract: peers are authenticated, frames arrive once and in order");
    Ok(())
}

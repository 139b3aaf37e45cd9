//! JSON-RPC 2.0 over TLS on loopback, for the owner of a node: calls, notifications, and batches of up to 16 calls, which
//! are answered in their order. Parameters have names.
//!
//! At each start the node makes a certificate and a token and writes both beside its data, readable by its owner
//! only: `rpc.json` holds address, token and certificate. Whoever can read that file is the owner.

mod client;
mod server;

use std::{fs, io, net::SocketAddr, path::Path};

use serde::{Deserialize, Serialize};

pub use client::{Client, ClientError};
pub use server::{Method, RpcError, Server};

/// The file beside a node's data by which its owner reaches it.
pub const ACCESS_FILE: &str = "rpc.json";

/// What the owner needs to talk to a node.
#[derive(Clone, Serialize, Deserialize)]
pub struct Access {
    /// Where the node listens.
    pub address: SocketAddr,
    /// What every request carries.
    pub token: String,
    /// The node's certificate, DER in hex.
    pub certificate: String,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Access({})", self.address)
    }
}

impl Access {
    /// Reads the file of the node whose data is in `folder`.
    ///
    /// # Errors
    ///
    /// The system's, or a file that this software did not write.
    pub fn read(folder: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(folder.join(ACCESS_FILE))?)?)
    }

    /// Writes it, readable by its owner only.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(ACCESS_FILE);
        let fresh = folder.join("rpc.json.new");
        let _ = fs::remove_file(&fresh);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        io::Write::write_all(&mut options.open(&fresh)?, &serde_json::to_vec_pretty(self)?)?;
        fs::rename(fresh, path)
    }
}

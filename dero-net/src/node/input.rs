//! What the driver hears from its tasks.

use crate::{
    handshake::Greeted,
    link::LinkError,
    machine::LinkId,
    protocol::Event,
    transport::{DialError, Origin, Pinned, Security, Transport},
};

pub(super) enum Input<T: Transport> {
    /// For the protocol as it is.
    Event(Event),
    /// Somebody called.
    Accepted(T::Connection),
    /// A caller was dropped before any message.
    Dropped { from: Origin, cause: String },
    /// A dial ended, well or not.
    Dialled(Pinned<T::Address>, Result<T::Connection, DialError>),
    /// The greetings of a link are done.
    Greeted { link: LinkId, greeted: Greeted, security: Security },
    /// A link's task ended.
    Ended { link: LinkId, error: LinkError },
}

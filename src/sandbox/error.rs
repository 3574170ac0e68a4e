//! What can keep a sandbox from starting, or refuse a change made through its model.
//!
//! Trouble with a request is never one of these: it is an answer.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Trouble of the sandbox itself.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The address can be reached from outside.
    #[error("the sandbox listens on loopback only, not on {0}: use 127.0.0.1 or ::1")]
    NotLoopback(SocketAddr),
    /// The port is taken or not ours to take.
    #[error("cannot listen on {address}: choose another port")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The account cannot be spelled in Basic authentication.
    #[error("the sandbox's user name must not be empty or hold a colon")]
    UserName,
    /// The rate limit would never let anything through.
    #[error("the sandbox's rate limit needs a rate above zero and a burst of at least 1")]
    Limit,
    /// The state file cannot be read or written.
    #[error("cannot use the sandbox's state file {}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A whole line of the state file is not what this version writes.
    #[error("the sandbox's state file {} is damaged at line {line}: move it away to start afresh", path.display())]
    StateDamaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// Another sandbox has the state file open.
    #[error("the sandbox's state file {} is in use by another sandbox", .0.display())]
    StateInUse(PathBuf),
    /// The journal file cannot be opened.
    #[error("cannot append to the sandbox's journal file {}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The fault file cannot be read.
    #[error("cannot read the fault file {}", path.display())]
    FaultFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The faults make no sense.
    #[error("{0}")]
    Faults(String),
    /// The state file could not be written, or the sandbox is stopped; nothing was changed.
    #[error("the sandbox did not store the change: {0}")]
    NotStored(String),
    /// No customer of the department has the uuid.
    #[error("the sandbox has no customer {0} in that department")]
    NoCustomer(String),
    /// Another customer of the department has the key or the identity.
    #[error("the sandbox already has another customer with the key or identity of {0}")]
    Taken(String),
}

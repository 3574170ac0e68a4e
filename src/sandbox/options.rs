//! What a sandbox is started with.
//!
//! Everything here has a default that gives a well-behaved remote on a free loopback port.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::clock::Clock;
use super::faults::Faults;

/// Settings of one sandbox.
#[derive(Clone)]
pub struct SandboxOptions {
    /// Where to listen; a loopback address, or starting is refused. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The one account: user name and password of Basic authentication.
    pub credentials: (String, String),
    /// Departments that the account may use.
    pub departments: Departments,
    /// Where the state lives between runs (created with mode 0600); `None` keeps it in memory.
    pub state_file: Option<PathBuf>,
    /// Where every request is noted as a line of JSON (created with mode 0600, appended to).
    pub journal_file: Option<PathBuf>,
    /// What goes wrong, and when.
    pub faults: Faults,
    /// The gateway's rate limit; `None` never answers 429.
    pub limit: Option<RateLimit>,
    /// How long a write stays invisible to both searches.
    pub search_lag: Duration,
    /// What happens to contact data that the contract forbids.
    pub strictness: Strictness,
    /// The source of time for lag, limit and journal.
    pub clock: Clock,
}

impl Default for SandboxOptions {
    /// A free port on 127.0.0.1, account `sandbox` / `sandbox`, every department granted, nothing stored, no
    /// faults, no limit, no lag.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            credentials: ("sandbox".to_owned(), "sandbox".to_owned()),
            departments: Departments::Any,
            state_file: None,
            journal_file: None,
            faults: Faults::none(),
            limit: None,
            search_lag: Duration::ZERO,
            strictness: Strictness::Contract,
            clock: Clock::system(),
        }
    }
}

/// The departments that the account's scopes cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Departments {
    /// Every token is a department, empty until something is written to it.
    Any,
    /// These tokens; any other answers 403.
    Only(BTreeSet<String>),
}

impl Departments {
    pub(crate) fn grants(&self, department: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(granted) => granted.contains(department),
        }
    }
}

/// A token bucket in front of every authenticated request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    /// Tokens that come back in a second; above zero.
    pub per_second: f64,
    /// Tokens that a rested bucket holds.
    pub burst: u32,
}

/// What becomes of new contact data that the contract forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// 400, so that a client that sends it is found out. What the customer already has is accepted back.
    Contract,
    /// As clients of the real one report: 200, the entry silently dropped but for a warning (10011 to 10016);
    /// an unlabelled phone is dropped even where it was stored.
    AsObserved,
}

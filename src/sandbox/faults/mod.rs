//! What goes wrong, and when: the sandbox's misbehaviour, as data.
//!
//! A [`Fault`] says which requests it is for, how often it plays and what it does. `file.rs` reads them from TOML,
//! `dice.rs` decides which one plays; carrying it out is `handler.rs`'s part, breaking the socket `line.rs`'s.

pub(crate) mod dice;
mod file;

use std::path::Path;
use std::time::Duration;

use super::error::SandboxError;
use super::routes::RouteName;

/// A list of faults and the seed of their dice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    pub(crate) seed: u64,
    pub(crate) list: Vec<Fault>,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a fault behind the others: of those that are due, the first plays.
    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        self.list.push(fault);
        self
    }

    /// Sets the seed of the probabilities: the same seed and the same requests give the same faults.
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Reads a fault file. An unknown key, route or effect is an error that names it.
    pub fn load(path: &Path) -> Result<Self, SandboxError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SandboxError::FaultFile { path: path.to_owned(), source })?;
        Self::parse(&text)
            .map_err(|error| SandboxError::Faults(format!("fault file {}: {error}", path.display())))
    }

    /// Reads the text of a fault file; errors as for [`Faults::load`].
    pub fn parse(text: &str) -> Result<Self, SandboxError> {
        file::parse(text).map_err(SandboxError::Faults)
    }
}

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Its name in the journal; by default the effect's.
    pub name: Option<String>,
    /// Only requests of this operation.
    pub route: Option<RouteName>,
    /// Only requests for this department.
    pub department: Option<String>,
    /// Only requests about the customer with this key: in the body, behind the uuid of the path, or
    /// looked up by `listMinimal` in the field `customerKey`.
    pub key: Option<String>,
    /// Let this many matching requests pass first.
    pub after: u64,
    /// Play at most this often.
    pub count: Option<u64>,
    /// Play with this probability, 0 to 1, where it is due.
    pub probability: Option<f64>,
    /// Wait this long, on the side of the write that `when` says.
    pub delay: Duration,
    /// Whether the write is applied before it happens.
    pub when: Moment,
    /// What happens.
    pub effect: Effect,
}

/// Where a fault stands to the write that it meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The write never happens.
    BeforeApplied,
    /// The write happens, and then its answer is lost or replaced.
    AfterApplied,
}

/// What happens instead of, or to, the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing but the delay.
    Delay,
    /// This status.
    Status {
        /// 200 to 599.
        status: u16,
        /// What the body is.
        body: BodyKind,
        /// The text of `Retry-After`, as it is; `date+30` is the date 30 seconds after the answer's own.
        retry_after: Option<String>,
    },
    /// A 200 whose envelope holds an error.
    Errors {
        /// The error's number.
        code: u32,
    },
    /// The connection is closed in order, without an answer. A fault of this kind for any request of any
    /// department and key also turns away new connections, before a byte is read.
    Refuse,
    /// The connection is reset, without an answer.
    Reset,
    /// No answer until the client gives up.
    Hang,
    /// The real answer, whose declared length is longer than what arrives. The write is applied.
    Cut {
        /// Bytes of the body that arrive; at least one is missing.
        keep: usize,
    },
    /// The real answer, padded to this many bytes. The write is applied.
    Huge {
        /// Bytes of the body.
        bytes: usize,
    },
    /// A redirect.
    Redirect {
        /// 300 to 399.
        status: u16,
        /// Where to.
        location: String,
    },
    /// A login page with a 200.
    Html,
    /// The real answer of a search, as it was so long ago.
    SearchLag(Duration),
}

/// The body of a faulty answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// The API's `{"errors": [..]}`.
    Envelope,
    /// The gateway's `{"message": ".."}`.
    Gateway,
    /// A web page.
    Html,
    /// Nothing, and no content type.
    Empty,
    /// JSON that stops in the middle.
    InvalidJson,
    /// An envelope that claims to be plain text.
    WrongContentType,
}

impl Fault {
    /// The fault for every request, always, before anything is applied.
    pub fn new(effect: Effect) -> Self {
        Self {
            name: None,
            route: None,
            department: None,
            key: None,
            after: 0,
            count: None,
            probability: None,
            delay: Duration::ZERO,
            when: Moment::BeforeApplied,
            effect,
        }
    }

    /// This status in the gateway's form.
    pub fn status(status: u16) -> Self {
        Self::new(Effect::Status { status, body: BodyKind::Gateway, retry_after: None })
    }

    /// Only for this operation.
    #[must_use]
    pub fn on(mut self, route: RouteName) -> Self {
        self.route = Some(route);
        self
    }

    /// Only for the customer with this key.
    #[must_use]
    pub fn for_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// Only so often.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// After the write was applied, instead of before.
    #[must_use]
    pub fn after_applied(mut self) -> Self {
        self.when = Moment::AfterApplied;
        self
    }

    /// Its name in the journal.
    pub(crate) fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(match self.effect {
            Effect::Delay => "delay",
            Effect::Status { .. } => "status",
            Effect::Errors { .. } => "errors",
            Effect::Refuse => "refuse",
            Effect::Reset => "reset",
            Effect::Hang => "hang",
            Effect::Cut { .. } => "cut",
            Effect::Huge { .. } => "huge",
            Effect::Redirect { .. } => "redirect",
            Effect::Html => "html",
            Effect::SearchLag(_) => "search_lag",
        })
    }

    /// Whether it can be judged before a connection's first byte.
    pub(crate) fn bars_connections(&self) -> bool {
        self.effect == Effect::Refuse
            && self.route.is_none()
            && self.department.is_none()
            && self.key.is_none()
    }
}

//! [`Event`]: the door between the work and those who watch it. Events carry no personal value.

use std::time::Duration;

use super::OutcomeKind;

/// A stage of the line, as a person sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Pass 1: hashing every row.
    Scan,
    /// Pass 2: building what changed.
    Build,
    /// Sending.
    Push,
    /// Writing the report.
    Report,
}

impl Phase {
    /// The phase's name in logs and `phases_ms`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Build => "build",
            Self::Push => "push",
            Self::Report => "report",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A phase begins; `total` units of work, where known: bytes for scan and build, customers for push.
    Started {
        /// Which.
        phase: Phase,
        /// How much there is to do.
        total: Option<u64>,
    },
    /// This much more of the phase is done.
    Advanced {
        /// Which.
        phase: Phase,
        /// Units since the last event.
        by: u64,
    },
    /// A phase is over.
    Finished {
        /// Which.
        phase: Phase,
        /// How long it took.
        took: Duration,
    },
    /// One customer is settled and recorded.
    Settled {
        /// How it ended.
        kind: OutcomeKind,
    },
    /// Something that a person should read now: a lower-case sentence without personal values.
    Notice {
        /// The sentence.
        text: String,
    },
}

/// Watches a run: a progress bar, a log. Must not block.
pub trait Observer: Send + Sync {
    /// Takes note of `event`.
    fn on(&self, event: &Event);
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn on(&self, _event: &Event) {}
}

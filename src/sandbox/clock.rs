//! The sandbox's idea of time: how long it has been up.
//!
//! Search lag, the token bucket and the journal read it; delays that a fault asks for are real and do not.
//! A manual clock lets a test step over a lag without waiting for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A source of time since the sandbox started. Clones share one source.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System(Instant),
    Runtime(tokio::time::Instant),
    Manual(Arc<Mutex<Duration>>),
}

impl Clock {
    /// Real time, counted from this call.
    pub fn system() -> Self {
        Self(Source::System(Instant::now()))
    }

    /// The time of the tokio runtime, which may be paused, counted from this call.
    pub fn runtime() -> Self {
        Self(Source::Runtime(tokio::time::Instant::now()))
    }

    /// Time that stands still at zero until [`Clock::advance`] moves it.
    pub fn manual() -> Self {
        Self(Source::Manual(Arc::default()))
    }

    /// Time since the start; never goes back.
    pub fn now(&self) -> Duration {
        match &self.0 {
            Source::System(start) => start.elapsed(),
            Source::Runtime(start) => start.elapsed(),
            Source::Manual(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a manual clock forward; the others move by themselves and ignore this.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(at) = &self.0 {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at = at.saturating_add(by);
        }
    }
}

//! The clock that `governor` reads: tokio's, so that a paused runtime pauses the rate limit with everything else.
//! It only tells the time; sleeping is the gate's part.

use std::time::Duration;

use tokio::time::Instant;

/// Time since the clock was made.
#[derive(Clone, Debug)]
pub(super) struct TokioClock {
    start: Instant,
}

impl TokioClock {
    pub(super) fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl governor::clock::Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

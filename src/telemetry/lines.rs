//! [`Lines`]: progress as log lines: when a phase begins and ends, and every ten seconds in between.
//!
//! For logs and for screens that cannot draw a bar. Time comes from the clock that is handed in.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tracing::{info, warn};

use super::PROGRESS;
use super::tally::Tally;
use super::wait::rough_duration;
use crate::domain::{Event, Observer, Phase};

/// Time between two lines of one phase.
const EVERY: Duration = Duration::from_secs(10);

/// Time since any fixed moment.
type Clock = Box<dyn Fn() -> Duration + Send + Sync>;

/// Writes progress to the log.
pub struct Lines {
    clock: Clock,
    tally: Tally,
    running: Mutex<Option<Running>>,
}

/// The phase that is on.
#[derive(Debug, Clone, Copy)]
struct Running {
    phase: Phase,
    total: Option<u64>,
    /// Units as they were reported.
    advanced: u64,
    /// Customers that settled meanwhile.
    settled: u64,
    /// When the last line was written, and how much was done by then.
    line_at: Duration,
    line_done: u64,
}

impl Running {
    fn new(phase: Phase, total: Option<u64>, now: Duration) -> Self {
        Self { phase, total, advanced: 0, settled: 0, line_at: now, line_done: 0 }
    }

    /// Push may report customers as units, or as they settle, or both: they are the same customers.
    fn done(&self) -> u64 {
        if self.phase == Phase::Push { self.advanced.max(self.settled) } else { self.advanced }
    }

    /// Units a second since the last line.
    #[expect(clippy::cast_precision_loss, reason = "for the eye")]
    fn per_second(&self, now: Duration) -> f64 {
        let seconds = now.saturating_sub(self.line_at).as_secs_f64();
        if seconds > 0.0 { (self.done() - self.line_done) as f64 / seconds } else { 0.0 }
    }

    /// How long the rest takes at that pace; `None` where that cannot be told.
    #[expect(clippy::cast_precision_loss, reason = "for the eye")]
    fn left(&self, per_second: f64) -> Option<Duration> {
        let rest = self.total?.saturating_sub(self.done()) as f64;
        Duration::try_from_secs_f64(rest / per_second).ok()
    }
}

impl Lines {
    /// Observes with `clock`, the time since any fixed moment.
    pub fn new(clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { clock: Box::new(clock), tally: Tally::default(), running: Mutex::new(None) }
    }

    /// Notes progress of the phase that is on; hands it back where a line is due.
    fn advance(&self, note: impl FnOnce(&mut Running)) -> Option<(Running, Duration)> {
        let now = (self.clock)();
        let mut place = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let running = place.as_mut()?;
        note(running);
        if now.saturating_sub(running.line_at) < EVERY {
            return None;
        }
        let due = *running;
        running.line_at = now;
        running.line_done = running.done();
        Some((due, now))
    }

    /// Writes the line that is due, if one is. The place is free again by now: a slow disk holds nobody up there.
    fn write(&self, due: Option<(Running, Duration)>) {
        let Some((running, now)) = due else { return };
        let per_second = running.per_second(now);
        let left = running.left(per_second).map(rough_duration).map(tracing::field::display);
        let (phase, done, total) = (running.phase.as_str(), running.done(), running.total);
        if running.phase == Phase::Push {
            let (rate, tally) = (format!("{per_second:.1}"), &self.tally);
            info!(target: PROGRESS, done, total, per_second = %rate, left, "{phase}: {tally}");
        } else {
            info!(target: PROGRESS, done, total, left, "{phase} under way");
        }
    }

    fn begin(&self, phase: Phase, total: Option<u64>) {
        let now = (self.clock)();
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(Running::new(phase, total, now));
        if phase == Phase::Scan {
            self.tally.clear();
        }
        match phase {
            Phase::Scan | Phase::Build => info!(target: PROGRESS, bytes = total, "{} begins", phase.as_str()),
            Phase::Push => info!(target: PROGRESS, customers = total, "push begins"),
            Phase::Report => info!(target: PROGRESS, "report begins"),
        }
    }

    fn end(&self, phase: Phase, took: Duration) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let seconds = format!("{:.1}", took.as_secs_f64());
        if phase == Phase::Push {
            info!(target: PROGRESS, seconds = %seconds, "push is over: {}", self.tally);
        } else {
            info!(target: PROGRESS, seconds = %seconds, "{} is over", phase.as_str());
        }
    }
}

impl Observer for Lines {
    fn on(&self, event: &Event) {
        match event {
            Event::Started { phase, total } => self.begin(*phase, *total),
            Event::Advanced { phase, by } => {
                self.write(self.advance(|running| {
                    if running.phase == *phase {
                        running.advanced += by;
                    }
                }));
            }
            Event::Settled { kind } => {
                self.tally.add(*kind);
                self.write(self.advance(|running| running.settled += 1));
            }
            Event::Finished { phase, took } => self.end(*phase, *took),
            Event::Notice { text } => warn!("{text}"),
        }
    }
}

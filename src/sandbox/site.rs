//! Everything that the requests of one sandbox share.
//!
//! Short locks, never held across an await; the order of writes is the order in which they take the world's lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;

use super::clock::Clock;
use super::error::SandboxError;
use super::faults::dice::Dice;
use super::journal::Journal;
use super::limit::Bucket;
use super::line::Line;
use super::model::world::World;
use super::options::{Departments, SandboxOptions};
use super::store::Recovery;

/// The shared parts.
pub(crate) struct Site {
    world: Mutex<World>,
    dice: Mutex<Dice>,
    bucket: Mutex<Option<Bucket>>,
    search_lag: Mutex<Duration>,
    lines: Mutex<Vec<Weak<Line>>>,
    answers: AtomicU64,
    stopping: watch::Sender<bool>,
    pub(crate) journal: Journal,
    pub(crate) clock: Clock,
    pub(crate) credentials: (String, String),
    pub(crate) departments: Departments,
    pub(crate) recovery: Recovery,
}

impl Site {
    /// Opens the files that the options name.
    pub(crate) fn open(options: SandboxOptions) -> Result<Self, SandboxError> {
        let SandboxOptions {
            listen: _,
            credentials,
            departments,
            state_file,
            journal_file,
            faults,
            limit,
            search_lag,
            strictness,
            clock,
        } = options;
        let (world, recovery) = match &state_file {
            Some(path) => World::open(path, strictness)?,
            None => (World::new(strictness), Recovery::default()),
        };
        if recovery.torn {
            tracing::warn!(
                lines = recovery.lines,
                "the sandbox's state file ended in a torn line, which is dropped"
            );
        }
        Ok(Self {
            world: Mutex::new(world),
            dice: Mutex::new(Dice::new(faults)),
            bucket: Mutex::new(limit.map(|limit| Bucket::new(limit, clock.now()))),
            search_lag: Mutex::new(search_lag),
            lines: Mutex::default(),
            answers: AtomicU64::new(0),
            stopping: watch::Sender::new(false),
            journal: Journal::open(journal_file.as_deref())?,
            clock,
            credentials,
            departments,
            recovery,
        })
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        held(&self.world)
    }

    pub(crate) fn dice(&self) -> MutexGuard<'_, Dice> {
        held(&self.dice)
    }

    pub(crate) fn bucket(&self) -> MutexGuard<'_, Option<Bucket>> {
        held(&self.bucket)
    }

    pub(crate) fn search_lag(&self) -> MutexGuard<'_, Duration> {
        held(&self.search_lag)
    }

    /// The next answer's correlation id.
    pub(crate) fn correlation_id(&self) -> String {
        format!("{:032x}", self.answers.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Remembers a connection, so that it can be ended with the sandbox.
    pub(crate) fn remember(&self, line: &Arc<Line>) {
        let mut lines = held(&self.lines);
        if lines.len() == lines.capacity() {
            lines.retain(|line| line.strong_count() > 0);
        }
        lines.push(Arc::downgrade(line));
    }

    /// How many connections are open.
    pub(crate) fn connections(&self) -> usize {
        held(&self.lines).iter().filter(|line| line.strong_count() > 0).count()
    }

    /// Resets every connection.
    pub(crate) fn reset_lines(&self) {
        for line in held(&self.lines).drain(..).filter_map(|line| line.upgrade()) {
            line.reset();
        }
    }

    /// Ends delays, hangs and the accepting of connections.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Returns once [`Site::stop`] was called.
    pub(crate) async fn stopped(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }
}

/// A lock whose holder panicked is still good: every change under it is complete or not begun.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Tells that the remote is down, or lets nobody in: too many attempts in a row without a usable answer, for too long. It counts attempts,
//! not calls, so that a server that hangs is found out while its first victims still wait. What follows is the caller's
//! business: a fuse stops nothing by itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::retry::Load;

/// Watches the attempts of the clients that were given it. A clone is the same fuse; it blows once and for all.
#[derive(Clone, Debug)]
pub struct Fuse {
    attempts: u64,
    patience: Patience,
    streaks: Arc<Mutex<Streaks>>,
    blown: watch::Sender<bool>,
}

/// How long attempts may fail one after the other before that means anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Outages, broken connections, no answer in time. Fast failures for less than this, as while a server restarts,
    /// are left to the retries.
    pub failing: Duration,
    /// These and 429s: a server that counts by the hour may say nothing else for most of it.
    pub throttled: Duration,
}

#[derive(Debug, Default)]
struct Streaks {
    failed: Streak,
    /// Throttled ones too.
    unanswered: Streak,
}

/// Attempts in a row.
#[derive(Debug, Default)]
struct Streak {
    length: u64,
    /// When the first of them was sent.
    since: Option<Instant>,
}

impl Streak {
    /// One more; true where these are enough, for long enough.
    fn extend(&mut self, sent: Instant, attempts: u64, patience: Duration) -> bool {
        self.length += 1;
        let since = *self.since.get_or_insert(sent);
        self.length >= attempts && since.elapsed() >= patience
    }
}

impl Fuse {
    /// Blows once `attempts` in a row have failed, the first of them sent longer than `patience` ago. 0 is taken as 1.
    pub fn new(attempts: u64, patience: Patience) -> Self {
        let (streaks, blown) = (Arc::default(), watch::Sender::new(false));
        Self { attempts: attempts.max(1), patience, streaks, blown }
    }

    /// Whether it has blown.
    pub fn is_blown(&self) -> bool {
        *self.blown.borrow()
    }

    /// Waits until it blows; at once where it has. Safe to cancel.
    pub async fn blown(&self) {
        // Cannot fail: the sender lives as long as `self`.
        let _ = self.blown.subscribe().wait_for(|blown| *blown).await;
    }

    /// An attempt that was sent at `sent` has ended so. A 429 says "not now": it ends no streak of failures, nor is it
    /// one of them.
    pub(super) fn note(&self, load: Load, sent: Instant) {
        let Patience { failing, throttled } = self.patience;
        let mut streaks = self.streaks.lock().unwrap_or_else(PoisonError::into_inner);
        let down = match load {
            Load::Fine => {
                *streaks = Streaks::default();
                return;
            }
            Load::Throttled => false,
            Load::Unwell => streaks.failed.extend(sent, self.attempts, failing),
        };
        if streaks.unanswered.extend(sent, self.attempts, throttled) || down {
            self.blown.send_replace(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Attempts of so many seconds each, one after the other: when the fuse blows, in seconds.
    async fn blows_after(fuse: &Fuse, attempts: &[(Load, u64)]) -> Option<u64> {
        let start = Instant::now();
        for (load, seconds) in attempts {
            let sent = Instant::now();
            tokio::time::advance(secs(*seconds)).await;
            fuse.note(*load, sent);
            if fuse.is_blown() {
                fuse.blown().await;
                return Some(start.elapsed().as_secs());
            }
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn enough_failures_for_long_enough_blow_it() {
        use Load::{Fine, Throttled, Unwell};
        let patience = Patience { failing: secs(30), throttled: secs(600) };
        for (what, attempts, expected) in [
            ("hanging", vec![(Unwell, 30); 5], Some(90)),
            ("failing at once is left to the retries", vec![(Unwell, 1); 29], None),
            ("and for long", vec![(Unwell, 1); 40], Some(30)),
            ("an answer begins anew", vec![(Unwell, 30), (Unwell, 30), (Fine, 1), (Unwell, 30)], None),
            (
                "a 429 says nothing",
                vec![(Unwell, 30), (Throttled, 1), (Unwell, 30), (Throttled, 1), (Unwell, 30)],
                Some(92),
            ),
            ("but for very long", vec![(Throttled, 30); 40], Some(600)),
            ("also mixed with others", vec![(Throttled, 200), (Unwell, 1), (Throttled, 500)], Some(701)),
            (
                "and not where something is answered",
                vec![(Throttled, 500), (Fine, 1), (Throttled, 500)],
                None,
            ),
        ] {
            assert_eq!(blows_after(&Fuse::new(3, patience), &attempts).await, expected, "{what}");
        }
    }
}

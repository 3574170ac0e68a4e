//! Tells that the remote is down: too many attempts in a row without a usable answer, for too long. It counts attempts,
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
    patience: Duration,
    streak: Arc<Mutex<Streak>>,
    blown: watch::Sender<bool>,
}

/// Attempts in a row that failed.
#[derive(Debug, Default)]
struct Streak {
    length: u64,
    /// When the first of them was sent.
    since: Option<Instant>,
}

impl Fuse {
    /// Blows once `attempts` in a row have failed and the first of them was sent longer than `patience` ago: fast
    /// failures alone, as while a server restarts, are left to the retries. 0 attempts are taken as 1.
    pub fn new(attempts: u64, patience: Duration) -> Self {
        let (streak, blown) = (Arc::default(), watch::Sender::new(false));
        Self { attempts: attempts.max(1), patience, streak, blown }
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

    /// An attempt that was sent at `sent` has ended so. A 429 is no sign of life and no failure: it says "not now".
    pub(super) fn note(&self, load: Load, sent: Instant) {
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        match load {
            Load::Fine => *streak = Streak::default(),
            Load::Throttled => {}
            Load::Unwell => {
                streak.length += 1;
                let since = *streak.since.get_or_insert(sent);
                if streak.length >= self.attempts && since.elapsed() >= self.patience {
                    self.blown.send_replace(true);
                }
            }
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
            ("not even many", vec![(Throttled, 30); 40], None),
        ] {
            assert_eq!(blows_after(&Fuse::new(3, secs(30)), &attempts).await, expected, "{what}");
        }
    }
}

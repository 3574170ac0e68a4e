//! How many requests may still be sent, counted down where they are sent, so that the number holds exactly. It knows
//! of no day and no file: where the number comes from, at once or block by block, is the caller's business.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// A number of requests that may still be sent. A clone is the same number.
#[derive(Clone)]
pub struct Allowance {
    state: Arc<Mutex<State>>,
    spent: watch::Sender<bool>,
}

struct State {
    left: u64,
    more: Option<More>,
}

/// Where the next block comes from.
type More = Box<dyn FnMut() -> u64 + Send>;

impl Allowance {
    /// Leave for `n` requests, repetitions included.
    pub fn new(n: u64) -> Self {
        Self::from(State { left: n, more: None })
    }

    /// Leave for as many as `more` grants, block by block; 0 is its last word. It is asked now, and again as soon as
    /// the last one of a block is taken: what was granted and not taken is never more than one block. It may block for
    /// the time of a small write to disk.
    pub fn in_blocks(mut more: impl FnMut() -> u64 + Send + 'static) -> Self {
        Self::from(State { left: more(), more: Some(Box::new(more)) })
    }

    fn from(state: State) -> Self {
        let spent = watch::Sender::new(state.left == 0);
        Self { state: Arc::new(Mutex::new(state)), spent }
    }

    /// How many may still be sent of what was granted so far.
    pub fn left(&self) -> u64 {
        self.state().left
    }

    /// Whether none may be sent any more. The last ones may still be on the wire.
    pub fn is_spent(&self) -> bool {
        *self.spent.borrow()
    }

    /// Takes out what is left, so that none may be sent any more.
    pub fn close(&self) -> u64 {
        let mut state = self.state();
        state.more = None;
        self.spent.send_replace(true);
        std::mem::take(&mut state.left)
    }

    /// Takes one, where there is one.
    pub(super) fn take(&self) -> bool {
        let mut state = self.state();
        let Some(left) = state.left.checked_sub(1) else { return false };
        state.left = left;
        if left == 0 {
            state.left = state.more.as_mut().map_or(0, |more| more());
            // Only the end is news to those who wait.
            if state.left == 0 {
                self.spent.send_replace(true);
            }
        }
        true
    }

    /// Waits until none is left. Safe to cancel.
    pub(super) async fn spent(&self) {
        // Cannot fail: the sender lives as long as `self`.
        let _ = self.spent.subscribe().wait_for(|spent| *spent).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Allowance").field("left", &self.left()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn many_hands_take_exactly_what_is_there() {
        let blocks = || {
            let mut blocks = vec![500, 300, 200].into_iter();
            move || blocks.next().unwrap_or(0)
        };
        for allowance in [Allowance::new(1_000), Allowance::in_blocks(blocks())] {
            let hands: Vec<_> = (0..4)
                .map(|_| {
                    let allowance = allowance.clone();
                    std::thread::spawn(move || (0..400).filter(|_| allowance.take()).count())
                })
                .collect();
            let taken: usize = hands.into_iter().map(|hand| hand.join().unwrap()).sum();
            assert_eq!((taken, allowance.left(), allowance.is_spent()), (1_000, 0, true));
        }
    }

    #[test]
    fn a_block_is_granted_before_it_is_taken_from_and_never_two() {
        let granted = Arc::new(Mutex::new(0));
        let source = Arc::clone(&granted);
        let allowance = Allowance::in_blocks(move || {
            *source.lock().unwrap() += 10;
            10
        });
        for taken in 1..=95 {
            assert!(allowance.take());
            let ahead = *granted.lock().unwrap() - taken;
            assert!((1..=10).contains(&ahead), "{ahead} ahead of {taken}");
        }
        assert_eq!((allowance.close(), allowance.take(), allowance.is_spent()), (5, false, true));
        assert_eq!(*granted.lock().unwrap(), 100, "closed: nothing more is asked for");
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_is_told_and_nothing_is_nothing() {
        let (one, none) = (Allowance::new(1), Allowance::new(0));
        none.spent().await;
        assert!(none.is_spent() && !none.take());
        let waiting = tokio::spawn({
            let one = one.clone();
            async move { one.spent().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished() && one.take());
        waiting.await.unwrap();
    }
}

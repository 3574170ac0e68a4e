//! How many requests may still be sent, counted down where they are sent, so that the number holds exactly. It knows
//! of no day and no file: where the number comes from is the caller's business.

use tokio::sync::watch;

/// A number of requests that may still be sent. A clone is the same number; it only ever falls.
#[derive(Clone, Debug)]
pub struct Allowance {
    left: watch::Sender<u64>,
}

impl Allowance {
    /// Leave for `n` requests, repetitions included.
    pub fn new(n: u64) -> Self {
        Self { left: watch::Sender::new(n) }
    }

    /// How many may still be sent.
    pub fn left(&self) -> u64 {
        *self.left.borrow()
    }

    /// Whether none may be sent any more. The last ones may still be on the wire.
    pub fn is_spent(&self) -> bool {
        self.left() == 0
    }

    /// Takes one, where there is one.
    pub(super) fn take(&self) -> bool {
        let mut taken = false;
        self.left.send_if_modified(|left| {
            taken = *left > 0;
            *left = left.saturating_sub(1);
            // Only the end is news to those who wait.
            taken && *left == 0
        });
        taken
    }

    /// Waits until none is left. Safe to cancel.
    pub(super) async fn spent(&self) {
        // Cannot fail: the sender lives as long as `self`.
        let _ = self.left.subscribe().wait_for(|left| *left == 0).await;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn many_hands_take_exactly_what_is_there() {
        let allowance = Allowance::new(1_000);
        let hands: Vec<_> = (0..4)
            .map(|_| {
                let allowance = allowance.clone();
                std::thread::spawn(move || (0..400).filter(|_| allowance.take()).count())
            })
            .collect();
        let taken: usize = hands.into_iter().map(|hand| hand.join().unwrap()).sum();
        assert_eq!((taken, allowance.left(), allowance.is_spent()), (1_000, 0, true));
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

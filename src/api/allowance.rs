//! How many requests may still be sent, counted down where they are sent, so that the number holds exactly. It knows
//! of no day and no file: where the number comes from, at once or block by block, is the caller's business.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// A number of requests that may still be sent. A clone is the same number.
#[derive(Clone)]
pub struct Allowance {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    /// Changed only while `state` is locked.
    level: watch::Sender<Level>,
    answered: Condvar,
}

struct State {
    left: u64,
    source: Source,
}

/// Where the next block comes from.
type More = Box<dyn FnMut() -> u64 + Send>;

enum Source {
    Ready(More),
    /// It is being asked on a thread of its own.
    Asked,
    /// It has said its last word.
    Dry,
}

/// What those who wait have to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Some,
    /// None, until the next block is there.
    Empty,
    /// None any more.
    Spent,
}

/// What became of taking one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It may be sent.
    One,
    /// Not before the next block is there: [`Allowance::ready`].
    NotYet,
    /// None may be sent any more.
    Never,
}

impl Allowance {
    /// Leave for `n` requests, repetitions included.
    pub fn new(n: u64) -> Self {
        Self::from(n, Source::Dry)
    }

    /// Leave for as many as `more` grants, block by block; 0 is its last word. It is asked now, and again, on a thread
    /// that may block, once a block is used up and somebody waits for the next: what was granted and not taken is
    /// never more than one block. Whoever waits for it can be stopped all the same.
    pub fn in_blocks(mut more: impl FnMut() -> u64 + Send + 'static) -> Self {
        match more() {
            0 => Self::new(0),
            left => Self::from(left, Source::Ready(Box::new(more))),
        }
    }

    fn from(left: u64, source: Source) -> Self {
        let level = watch::Sender::new(if left == 0 { Level::Spent } else { Level::Some });
        let inner = Inner { state: Mutex::new(State { left, source }), level, answered: Condvar::new() };
        Self { inner: Arc::new(inner) }
    }

    /// How many may still be sent of what was granted so far.
    pub fn left(&self) -> u64 {
        self.state().left
    }

    /// Whether none may be sent any more. The last ones may still be on the wire.
    pub fn is_spent(&self) -> bool {
        *self.inner.level.borrow() == Level::Spent
    }

    /// Takes out what is left, so that none may be sent any more. A block that is being asked for is waited for: not
    /// for use within a runtime.
    pub fn close(&self) -> u64 {
        let mut state = self.state();
        self.inner.level.send_replace(Level::Spent);
        while matches!(state.source, Source::Asked) {
            state = self.inner.answered.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.source = Source::Dry;
        std::mem::take(&mut state.left)
    }

    /// Takes one, where there is one. Never waits.
    pub(super) fn take(&self) -> Taken {
        let mut state = self.state();
        if self.is_spent() {
            return Taken::Never;
        }
        let Some(left) = state.left.checked_sub(1) else { return Taken::NotYet };
        state.left = left;
        if left == 0 {
            let is_dry = matches!(state.source, Source::Dry);
            self.inner.level.send_replace(if is_dry { Level::Spent } else { Level::Empty });
        }
        Taken::One
    }

    /// Waits until there is one to take, or none any more. Safe to cancel.
    pub(super) async fn ready(&self) {
        self.until(|level| level != Level::Empty).await;
    }

    /// Waits until none is left. Safe to cancel.
    pub(super) async fn spent(&self) {
        self.until(|level| level == Level::Spent).await;
    }

    async fn until(&self, reached: impl Fn(Level) -> bool) {
        let mut level = self.inner.level.subscribe();
        loop {
            let now = *level.borrow_and_update();
            if reached(now) {
                return;
            }
            if now == Level::Empty {
                self.ask();
            }
            // Cannot fail: the sender lives as long as `self`.
            let _ = level.changed().await;
        }
    }

    /// Has the next block asked for, where nobody has yet.
    fn ask(&self) {
        let mut state = self.state();
        if state.left > 0 || !matches!(state.source, Source::Ready(_)) {
            return;
        }
        let Source::Ready(mut more) = std::mem::replace(&mut state.source, Source::Asked) else { return };
        // A runtime that is ending drops what it is given at once, and the answer needs the lock.
        drop(state);
        let answer = Answer { allowance: self.clone(), granted: 0, more: None };
        tokio::task::spawn_blocking(move || {
            let granted = more();
            answer.is(granted, more);
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here leaves the state half changed.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a source that was asked has said, noted when this is dropped: also one that never came to speak has spoken.
struct Answer {
    allowance: Allowance,
    granted: u64,
    more: Option<More>,
}

impl Answer {
    fn is(mut self, granted: u64, more: More) {
        (self.granted, self.more) = (granted, Some(more));
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let mut state = self.allowance.state();
        state.left = self.granted;
        state.source = match self.more.take() {
            Some(more) if self.granted > 0 => Source::Ready(more),
            _ => Source::Dry,
        };
        let level = if self.granted > 0 { Level::Some } else { Level::Spent };
        // One that was closed meanwhile stays so; what was granted is for who closed it.
        self.allowance.inner.level.send_if_modified(|now| {
            let open = *now != Level::Spent;
            if open {
                *now = level;
            }
            open
        });
        self.allowance.inner.answered.notify_all();
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
    use std::sync::mpsc;

    use super::*;

    /// One, as soon as there is one; false: never.
    async fn one(allowance: &Allowance) -> bool {
        loop {
            allowance.ready().await;
            match allowance.take() {
                Taken::One => return true,
                Taken::NotYet => {}
                Taken::Never => return false,
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_hands_take_exactly_what_is_there() {
        let blocks = || {
            let mut blocks = vec![500, 300, 200].into_iter();
            move || blocks.next().unwrap_or(0)
        };
        for allowance in [Allowance::new(1_000), Allowance::in_blocks(blocks())] {
            let hand = async |allowance: Allowance| {
                let mut taken = 0;
                while one(&allowance).await {
                    taken += 1;
                }
                taken
            };
            let hands: Vec<_> = (0..4).map(|_| tokio::spawn(hand(allowance.clone()))).collect();
            let mut taken = 0;
            for hand in hands {
                taken += hand.await.unwrap();
            }
            assert_eq!((taken, allowance.left(), allowance.is_spent()), (1_000, 0, true));
        }
    }

    #[tokio::test]
    async fn a_block_is_granted_before_it_is_taken_from_and_never_two() {
        let granted = Arc::new(Mutex::new(0));
        let source = Arc::clone(&granted);
        let allowance = Allowance::in_blocks(move || {
            *source.lock().unwrap() += 10;
            10
        });
        for taken in 1..=95 {
            assert!(one(&allowance).await);
            let ahead = *granted.lock().unwrap() - taken;
            assert!((0..10).contains(&ahead), "{ahead} ahead of {taken}");
        }
        assert_eq!((allowance.close(), allowance.take(), allowance.is_spent()), (5, Taken::Never, true));
        assert_eq!(*granted.lock().unwrap(), 100, "closed: nothing more is asked for");
    }

    /// An allowance of one, the next block of which is what the sender sends.
    fn one_and_more() -> (Allowance, mpsc::Sender<u64>) {
        let (answer, answers) = mpsc::channel();
        answer.send(1).unwrap();
        (Allowance::in_blocks(move || answers.recv().unwrap_or(0)), answer)
    }

    #[tokio::test]
    async fn while_a_block_is_asked_for_everything_else_goes_on() {
        let (allowance, answer) = one_and_more();
        assert_eq!((allowance.take(), allowance.take()), (Taken::One, Taken::NotYet));
        // All on one thread: whoever blocked it would never be answered.
        let (taken, ()) = tokio::join!(one(&allowance), async {
            tokio::task::yield_now().await;
            answer.send(3).unwrap();
        });
        assert_eq!((taken, allowance.left(), allowance.is_spent()), (true, 2, false));
    }

    #[tokio::test]
    async fn who_waits_for_the_end_has_the_next_block_asked_for() {
        let (allowance, answer) = one_and_more();
        assert_eq!(allowance.take(), Taken::One);
        answer.send(0).unwrap();
        allowance.spent().await;
        assert_eq!((allowance.take(), allowance.close()), (Taken::Never, 0));
    }

    #[tokio::test]
    async fn a_block_that_comes_after_the_end_is_given_to_who_ended_it() {
        let (allowance, answer) = one_and_more();
        assert_eq!(allowance.take(), Taken::One);
        let waits = tokio::spawn({
            let allowance = allowance.clone();
            async move { allowance.ready().await }
        });
        tokio::task::yield_now().await;
        let closing = allowance.clone();
        let closed = tokio::task::spawn_blocking(move || closing.close());
        waits.await.unwrap();
        answer.send(7).unwrap();
        assert_eq!((closed.await.unwrap(), allowance.take()), (7, Taken::Never));
    }

    #[tokio::test]
    async fn a_source_that_breaks_is_dry() {
        let mut blocks = vec![1].into_iter();
        let allowance = Allowance::in_blocks(move || blocks.next().unwrap());
        assert_eq!(allowance.take(), Taken::One);
        assert!(!one(&allowance).await && allowance.is_spent());
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_is_told_and_nothing_is_nothing() {
        let (one, none) = (Allowance::new(1), Allowance::new(0));
        none.spent().await;
        assert_eq!((none.is_spent(), none.take()), (true, Taken::Never));
        let waiting = tokio::spawn({
            let one = one.clone();
            async move { one.spent().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished() && one.take() == Taken::One);
        waiting.await.unwrap();
    }
}

//! The one gate that every request of a credential passes, first attempt or not: a slot among those in flight, open
//! doors, and a permit of the rate limit, in that order, taken immediately before sending. It decides when, never
//! whether; that is [`super::retry`]'s part.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::adaptive::Concurrency;
use super::clock::TokioClock;
use super::pace::Pace;

/// Limits of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateConfig {
    /// Requests per second in the long run. A hard ceiling.
    pub per_second: NonZeroU32,
    /// How many may leave at once after a pause, less a tenth that is kept back for jitter on the way. No window of one
    /// second ever sees more than `per_second + burst`.
    pub burst: NonZeroU32,
    /// Most requests in flight; fewer while the server is slow or throttles. 0 is taken as 1.
    pub max_in_flight: usize,
}

/// Shared by everything that uses one credential; a clone is the same gate.
#[derive(Clone)]
pub struct Gate {
    inner: Arc<Inner>,
}

struct Inner {
    clock: TokioClock,
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    state: Mutex<State>,
    slot_freed: Notify,
    /// One waits for the rate at a time: first come, first served, and no stampede when the gate opens.
    turn: tokio::sync::Mutex<()>,
    /// Of those that begin something, one at a time waits for a slot and its turn; the others wait here.
    beginning: tokio::sync::Mutex<()>,
    draws: AtomicU64,
}

struct State {
    in_flight: usize,
    concurrency: Concurrency,
    pace: Pace,
    /// For whatever reason.
    closure: Closure,
    /// Because the server asked for it.
    asked: Closure,
    /// The last of our own, while nothing has been answered since.
    held: Option<Hold>,
}

/// A closure of our own making.
#[derive(Clone, Copy)]
struct Hold {
    from: Instant,
    time: Duration,
}

/// When the gate is closed, and how long it has been in all.
#[derive(Clone, Copy)]
struct Closure {
    from: Instant,
    until: Instant,
    before: Duration,
}

/// How a request that had a permit went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// An answer that says nothing about load.
    Answered {
        /// From sending to the end of the body.
        latency: Duration,
    },
    /// 429.
    Throttled,
    /// A server error or a network failure.
    Transient,
}

/// Leave to send one request. Dropped without [`Permit::finish`], it only frees its slot.
#[must_use]
pub struct Permit {
    inner: Arc<Inner>,
    taken: Instant,
    feedback: Option<Feedback>,
}

impl Gate {
    /// An open gate with a full burst.
    pub fn new(config: GateConfig) -> Self {
        let clock = TokioClock::new();
        let now = Instant::now();
        let open = Closure { from: now, until: now, before: Duration::ZERO };
        let state = State {
            in_flight: 0,
            concurrency: Concurrency::new(config.max_in_flight),
            pace: Pace::new(f64::from(config.per_second.get())),
            closure: open,
            asked: open,
            held: None,
        };
        let limiter = RateLimiter::direct_with_clock(quota(config), clock.clone());
        let (turn, beginning) = Default::default();
        let (state, slot_freed, draws) = (Mutex::new(state), Notify::new(), AtomicU64::new(0));
        let inner = Inner { clock, limiter, state, slot_freed, turn, beginning, draws };
        Self { inner: Arc::new(inner) }
    }

    /// Waits for a slot, for the gate to be open and for the rate limit. Send at once; safe to cancel.
    pub async fn permit(&self) -> Permit {
        let _beginning = self.inner.beginning.lock().await;
        self.permit_to_go_on().await
    }

    /// The same for what goes on with something that has begun: ahead of all that begins. So what was read is written
    /// while it is young, however many wait. Each of these was let in as a beginning: nobody waits for ever.
    pub(super) async fn permit_to_go_on(&self) -> Permit {
        self.take_slot().await;
        // From here on a cancelled wait gives the slot back.
        let mut permit = Permit { inner: Arc::clone(&self.inner), taken: Instant::now(), feedback: None };
        let _turn = self.inner.turn.lock().await;
        while let Err(until) = self.inner.try_send() {
            tokio::time::sleep_until(until).await;
        }
        permit.taken = Instant::now();
        permit
    }

    /// Closes the gate for everyone, from now on for this long, because the server asked for it. Never shortens a
    /// closure.
    pub fn close_for(&self, time: Duration) {
        let (now, mut state) = (Instant::now(), self.inner.state());
        state.asked.extend(now, time);
        state.closure.extend(now, time);
    }

    /// Closes the gate likewise, because we think it better: for `time`, or twice as long as the last time where a
    /// request that was `sent` since then met the same, but for no longer than `most`. So a server that counts by the
    /// minute and says nothing costs a few requests, not each call all of its attempts. Returns how long. This time is
    /// ours: it is not part of [`Gate::closed_total`].
    pub(super) fn hold_for(&self, time: Duration, sent: Instant, most: Duration) -> Duration {
        let (now, mut state) = (Instant::now(), self.inner.state());
        let time = match state.held {
            // One of the same salvo.
            Some(held) if sent <= held.from => time,
            Some(held) => {
                let time = time.max((2 * held.time).min(most));
                state.held = Some(Hold { from: now, time });
                time
            }
            None => {
                state.held = Some(Hold { from: now, time });
                time
            }
        };
        state.closure.extend(now, time);
        time
    }

    /// How long servers have had the gate closed since it was made. The difference of two readings is the closed time
    /// between.
    pub fn closed_total(&self) -> Duration {
        self.inner.state().asked.total(Instant::now())
    }

    /// Another number for each that asks, from 0: by it, delays of one seed differ.
    pub(super) fn draw(&self) -> u64 {
        self.inner.draws.fetch_add(1, Ordering::Relaxed)
    }

    async fn take_slot(&self) {
        loop {
            // Registered before looking, so that a slot freed in between is not missed.
            let mut freed = std::pin::pin!(self.inner.slot_freed.notified());
            freed.as_mut().enable();
            if self.inner.state().take_slot() {
                return;
            }
            freed.await;
        }
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a permit of the rate limit, or says when to try again. The limiter comes last: its permit cannot be
    /// given back.
    fn try_send(&self) -> Result<(), Instant> {
        let now = Instant::now();
        let mut state = self.state();
        let blocked = [Some(state.closure.until), state.pace.next()].into_iter().flatten().max();
        if let Some(until) = blocked.filter(|until| *until > now) {
            return Err(until);
        }
        match self.limiter.check() {
            Ok(()) => {
                state.pace.sent(now);
                Ok(())
            }
            Err(not_until) => Err(now + not_until.wait_time_from(self.clock.now())),
        }
    }

    fn free_slot(&self, feedback: Option<Feedback>, sent: Instant) {
        let mut state = self.state();
        let in_flight = state.in_flight;
        match feedback {
            Some(Feedback::Answered { latency }) => {
                state.held = None;
                state.concurrency.answered(latency, in_flight);
                state.pace.answered();
            }
            Some(Feedback::Throttled) => {
                state.concurrency.troubled(in_flight);
                let now = Instant::now();
                let closed = state.closure.total(now);
                state.pace.throttled(sent, now, closed);
            }
            Some(Feedback::Transient) => state.concurrency.troubled(in_flight),
            None => {}
        }
        state.in_flight = in_flight.saturating_sub(1);
        let free = state.concurrency.limit().saturating_sub(state.in_flight);
        drop(state);
        // A limit that grew may let in more than the one that left.
        (0..free.min(2)).for_each(|_| self.slot_freed.notify_one());
    }
}

impl State {
    fn take_slot(&mut self) -> bool {
        let free = self.in_flight < self.concurrency.limit();
        self.in_flight += usize::from(free);
        free
    }
}

impl Closure {
    fn extend(&mut self, now: Instant, time: Duration) {
        let until = now.checked_add(time).unwrap_or(self.until);
        if now >= self.until {
            self.before = self.total(now);
            (self.from, self.until) = (now, until);
        } else {
            self.until = self.until.max(until);
        }
    }

    fn total(&self, now: Instant) -> Duration {
        self.before + now.min(self.until).saturating_duration_since(self.from)
    }
}

impl Permit {
    /// Frees the slot and learns from how it went.
    pub fn finish(mut self, feedback: Feedback) {
        self.feedback = Some(feedback);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.inner.free_slot(self.feedback, self.taken);
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

/// A tenth of the burst is held back: requests reach the server with jitter, a new connection delays the first ones,
/// and the ceiling counts there.
fn quota(config: GateConfig) -> Quota {
    let burst = config.burst.get();
    let burst = NonZeroU32::new(burst - burst.div_ceil(10)).unwrap_or(NonZeroU32::MIN);
    Quota::per_second(config.per_second).allow_burst(burst)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn gate(per_second: u32, burst: u32, max_in_flight: usize) -> Gate {
        let nonzero = |n| NonZeroU32::new(n).unwrap();
        Gate::new(GateConfig { per_second: nonzero(per_second), burst: nonzero(burst), max_in_flight })
    }

    async fn send(gate: &Gate, feedback: Feedback) -> Instant {
        let permit = gate.permit().await;
        let sent = Instant::now();
        permit.finish(feedback);
        sent
    }

    const ANSWERED: Feedback = Feedback::Answered { latency: Duration::from_millis(20) };

    #[tokio::test(start_paused = true)]
    async fn no_window_of_a_second_sees_more_than_rate_and_burst() {
        for (per_second, burst) in [(10, 10), (3, 1), (50, 5), (7, 20)] {
            let gate = gate(per_second, burst, 4);
            let mut sent = Vec::new();
            for _ in 0..200 {
                sent.push(send(&gate, ANSWERED).await);
            }
            for (index, from) in sent.iter().enumerate() {
                let window =
                    sent[index..].iter().take_while(|at| at.duration_since(*from) <= secs(1)).count();
                assert!(window <= (per_second + burst) as usize, "{per_second} {burst}: {window}");
            }
        }
    }

    /// At the built-in settings: four lives wait for each slot in flight, each reads and then writes.
    #[tokio::test(start_paused = true)]
    async fn what_has_begun_goes_on_before_others_begin() {
        let gate = gate(10, 10, 8);
        let mut lives = tokio::task::JoinSet::new();
        for _ in 0..32 {
            let gate = gate.clone();
            lives.spawn(async move {
                let mut longest = Duration::ZERO;
                for _ in 0..5 {
                    let read = gate.permit().await;
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    read.finish(ANSWERED);
                    // Its intent is committed. Meanwhile the slot is another's.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    let since = Instant::now();
                    gate.permit_to_go_on().await.finish(ANSWERED);
                    longest = longest.max(since.elapsed());
                }
                longest
            });
        }
        let begun = Instant::now();
        let longest = lives.join_all().await.into_iter().max().unwrap();
        assert!(longest < Duration::from_millis(1_500), "{longest:?}");
        assert!(begun.elapsed() < secs(33), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_is_used_fully() {
        let gate = gate(100, 10, 4);
        let start = Instant::now();
        for _ in 0..1_000 {
            send(&gate, ANSWERED).await;
        }
        let rate = 1_000.0 / start.elapsed().as_secs_f64();
        assert!((99.0..=102.0).contains(&rate), "{rate}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_gate_holds_everyone_and_counts_the_time() {
        let gate = gate(100, 100, 8);
        let start = Instant::now();
        gate.close_for(secs(30));
        gate.close_for(secs(10));
        let waiting: Vec<_> = (0..5)
            .map(|_| {
                let gate = gate.clone();
                tokio::spawn(async move { send(&gate, ANSWERED).await })
            })
            .collect();
        for task in waiting {
            assert!(task.await.unwrap().duration_since(start) >= secs(30));
        }
        assert_eq!(gate.closed_total(), secs(30));
        tokio::time::advance(secs(5)).await;
        gate.close_for(secs(2));
        tokio::time::advance(secs(1)).await;
        assert_eq!(gate.closed_total(), secs(31));
        send(&gate, ANSWERED).await;
        assert_eq!(gate.closed_total(), secs(32));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_closes_the_gate_too_and_is_not_the_servers_time() {
        let (gate, start) = (gate(100, 100, 8), Instant::now());
        assert_eq!(gate.hold_for(secs(20), start, secs(30)), secs(20));
        gate.close_for(secs(5));
        send(&gate, ANSWERED).await;
        assert_eq!((start.elapsed(), gate.closed_total()), (secs(20), secs(5)));
    }

    #[tokio::test(start_paused = true)]
    async fn holds_double_from_salvo_to_salvo_until_something_is_answered() {
        let gate = gate(100, 100, 8);
        let mut held = Vec::new();
        for _ in 0..4 {
            let sent = Instant::now();
            held.push(gate.hold_for(secs(2), sent, secs(10)).as_secs());
            tokio::time::advance(secs(1)).await;
            assert_eq!(gate.hold_for(secs(3), sent, secs(10)), secs(3), "another of the same salvo");
            send(&gate, Feedback::Throttled).await;
        }
        assert_eq!(held, [2, 4, 8, 10]);
        send(&gate, ANSWERED).await;
        assert_eq!(gate.hold_for(secs(2), Instant::now(), secs(10)), secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn closing_reaches_those_who_already_wait_for_the_rate() {
        let gate = gate(1, 1, 8);
        let start = send(&gate, ANSWERED).await;
        let waiting = tokio::spawn({
            let gate = gate.clone();
            async move { send(&gate, ANSWERED).await }
        });
        tokio::task::yield_now().await;
        gate.close_for(secs(60));
        assert!(waiting.await.unwrap().duration_since(start) >= secs(60));
    }

    #[tokio::test(start_paused = true)]
    async fn slots_bound_what_is_in_flight_and_come_back_when_dropped() {
        let gate = gate(1_000, 1_000, 2);
        let (first, second) = (gate.permit().await, gate.permit().await);
        let third = tokio::time::timeout(secs(1), gate.permit()).await;
        assert!(third.is_err());
        drop(first);
        let third = tokio::time::timeout(secs(1), gate.permit()).await;
        assert!(third.is_ok());
        assert!(tokio::time::timeout(secs(1), gate.permit()).await.is_err());
        drop((second, third));
        send(&gate, ANSWERED).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_given_up_frees_its_slot() {
        let gate = gate(1_000, 1_000, 1);
        gate.close_for(secs(60));
        assert!(tokio::time::timeout(secs(1), gate.permit()).await.is_err());
        assert!(tokio::time::timeout(secs(61), gate.permit()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_429_slows_everyone_down() {
        let gate = gate(100, 1, 8);
        send(&gate, Feedback::Throttled).await;
        let start = Instant::now();
        for _ in 0..70 {
            send(&gate, ANSWERED).await;
        }
        let elapsed = start.elapsed();
        assert!(elapsed >= Duration::from_millis(900), "{elapsed:?}");
    }
}

//! Whether and when to send again. The only place that repeats a request: bounded by a count and by time, every
//! attempt through the gate and with leave ([`super::leave`]). A 429 that names no time to wait holds everyone for its
//! backoff. What may be repeated at all is [`super::classify`]'s decision.
//!
//! The one file that names `backoff`, and only as a source of delays: its own loop never gives up while a server
//! keeps asking to wait.

use std::future::Future;
use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff as _;
use tokio::time::Instant;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::allowance::Taken;
use super::gate::{Feedback, Gate, Permit};
use super::leave::Leave;
use super::renewal::{Parting, Renewal};

/// How often a body that waited too long for its turn is renewed before it is sent all the same: with a slow rate it
/// would never leave.
const LATE: u32 = 1;

/// Bounds of the repetition of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Requests for one call, the first included and 429s too: a server that refuses for ever is left. 0 is taken as 1.
    pub max_attempts: u32,
    /// First delay; half of it more or less at random, then growing.
    pub initial: Duration,
    /// Longest delay.
    pub max: Duration,
    /// No repetition is begun later than this after the first request left. Time with the gate closed by
    /// `Retry-After` is free.
    pub max_elapsed: Duration,
    /// Longest `Retry-After` that is believed.
    pub retry_after_cap: Duration,
    /// Whose chance it is that spreads the delays.
    pub spread: Spread,
}

/// Where the random half of a delay is from. Without it, calls that failed together would come back together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// The system.
    #[default]
    Random,
    /// This seed: the same calls in the same order wait equally long. For simulations that are to repeat.
    Seeded(u64),
}

impl Spread {
    /// From half of `interval` to once and a half, by the number of the draw; `None` where the system draws.
    fn of(self, interval: Duration, draw: impl FnOnce() -> u64) -> Option<Duration> {
        let Self::Seeded(seed) = self else { return None };
        let throw = u32::try_from(xxh3_64_with_seed(&draw().to_le_bytes(), seed) >> 32).unwrap_or(u32::MAX);
        Some(interval.mul_f64(0.5 + f64::from(throw) / f64::from(u32::MAX)))
    }
}

impl Default for RetryPolicy {
    /// 5 attempts, 500 ms to 30 s apart, within 5 minutes; `Retry-After` up to 10 minutes.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            initial: Duration::from_millis(500),
            max: Duration::from_secs(30),
            max_elapsed: Duration::from_secs(300),
            retry_after_cap: Duration::from_secs(600),
            spread: Spread::Random,
        }
    }
}

/// One attempt, as the loop needs to know it.
pub(super) struct Attempt<T> {
    /// What the call comes to if this was the last attempt.
    pub(super) outcome: T,
    /// Present where the request may be sent again.
    pub(super) again: Again,
    /// What it says about the server's load.
    pub(super) load: Load,
    /// How long the server asks everyone to wait.
    pub(super) retry_after: Option<Duration>,
}

/// May this request be sent again?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    Yes,
    No,
}

/// What an attempt says about the server's load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    Fine,
    Throttled,
    Unwell,
}

/// What the loop came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Driven<T> {
    /// The last attempt was final, or the budget is used up.
    Done(T),
    /// The next attempt was not begun. What the one before came to, where there was one.
    NotSent(Option<T>),
}

/// As [`drive_renewed`], with a body that does not grow old.
#[cfg(test)]
pub(super) async fn drive<T, F, S>(policy: &RetryPolicy, gate: &Gate, leave: &Leave, mut send: S) -> Driven<T>
where
    F: Future<Output = Attempt<T>>,
    S: FnMut(u32) -> F,
{
    drive_renewed(policy, gate, leave, &mut super::renewal::Lasting, |number, _: Option<()>| send(number))
        .await
}

/// Sends until an attempt is final, the budget is used up, or there is no leave to send. `send` gets the attempt's
/// number, from 1, and the body that takes the place of the last, where it was renewed; once called it is awaited to
/// its end.
pub(super) async fn drive_renewed<T, B, F, S>(
    policy: &RetryPolicy,
    gate: &Gate,
    leave: &Leave,
    renewal: &mut impl Renewal<B>,
    mut send: S,
) -> Driven<T>
where
    F: Future<Output = Attempt<T>>,
    S: FnMut(u32, Option<B>) -> F,
{
    // The first wait for the gate is the queue's, not this call's.
    let Some((mut permit, mut body)) = ready(gate, leave, renewal, 0).await else {
        return Driven::NotSent(None);
    };
    let (mut budget, mut last) = (Budget::new(policy, gate), None);
    loop {
        let leaving = match renewal.parting(budget.attempts) {
            Parting::AsItIs => body.take(),
            Parting::Instead(newer) => Some(newer),
            Parting::Withdrawn => return Driven::NotSent(last),
        };
        let started = Instant::now();
        let attempt = send(budget.attempts + 1, leaving).await;
        let retry_after = attempt.retry_after.map(|wait| wait.min(policy.retry_after_cap));
        let pause = budget.pause(attempt.again, retry_after, gate);
        // Closed before the slot is free, so that nobody slips through in between.
        let pause = match (retry_after, pause) {
            (Some(wait), pause) => {
                gate.close_for(wait);
                pause
            }
            // Its bucket is empty for everyone: who goes on knocking only keeps it empty.
            (None, Some(delay)) if attempt.load == Load::Throttled => {
                budget.afford(gate.hold_for(delay, started, policy.max.max(delay)), gate)
            }
            (None, pause) => pause,
        };
        permit.finish(match attempt.load {
            Load::Fine => Feedback::Answered { latency: started.elapsed() },
            Load::Throttled => Feedback::Throttled,
            Load::Unwell => Feedback::Transient,
        });
        let Some(delay) = pause else {
            return Driven::Done(attempt.outcome);
        };
        if leave.unless_ended(tokio::time::sleep(delay)).await.is_none() {
            return Driven::NotSent(Some(attempt.outcome));
        }
        let Some(next) = ready(gate, leave, renewal, budget.attempts).await else {
            return Driven::NotSent(Some(attempt.outcome));
        };
        (permit, body) = next;
        // Renewing took its time, too.
        if body.is_some() && budget.afford(Duration::ZERO, gate).is_none() {
            return Driven::Done(attempt.outcome);
        }
        last = Some(attempt.outcome);
    }
}

/// Leave to send a body that is young enough, and that body where it is not the last one. No permit is held while it
/// is renewed: that takes one of its own.
async fn ready<B>(
    gate: &Gate,
    leave: &Leave,
    renewal: &mut impl Renewal<B>,
    attempts: u32,
) -> Option<(Permit, Option<B>)> {
    let (mut body, mut late) = (None, 0);
    let mut is_old = renewal.may_wait().is_some_and(|left| attempts > 0 || left.is_zero());
    loop {
        if is_old {
            body = Some(renewal.renew(attempts).await?);
        }
        let (since, most) = (Instant::now(), renewal.may_wait());
        let permit = if attempts > 0 || most.is_some() {
            admitted(leave, || gate.permit_to_go_on()).await?
        } else {
            admitted(leave, || gate.permit()).await?
        };
        is_old = most.is_some_and(|most| since.elapsed() > most);
        if is_old && late < LATE {
            late += 1;
            continue;
        }
        is_old = false;
        match leave.take() {
            Taken::One => return Some((permit, body)),
            // Others were faster; the slot is not held while the next block is noted.
            Taken::NotYet => {}
            Taken::Never => return None,
        }
    }
}

/// A permit while sending is not held. One that is not used frees its slot; what it took of the rate is lost.
async fn admitted<F: Future<Output = Permit>>(leave: &Leave, permit: impl Fn() -> F) -> Option<Permit> {
    loop {
        leave.resumed().await?;
        let permit = leave.unless_ended(permit()).await?;
        if !leave.is_paused() {
            return Some(permit);
        }
    }
}

/// What is left of one call's attempts and time.
struct Budget<'a> {
    policy: &'a RetryPolicy,
    delays: ExponentialBackoff,
    attempts: u32,
    start: Instant,
    closed_at_start: Duration,
}

impl<'a> Budget<'a> {
    fn new(policy: &'a RetryPolicy, gate: &Gate) -> Self {
        let delays = ExponentialBackoff {
            current_interval: policy.initial,
            initial_interval: policy.initial,
            max_interval: policy.max,
            // Its own clock does not stop while the gate is closed.
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        };
        Self { policy, delays, attempts: 0, start: Instant::now(), closed_at_start: gate.closed_total() }
    }

    /// An attempt was made. How long to wait before the next, or `None` where there is none.
    fn pause(&mut self, again: Again, retry_after: Option<Duration>, gate: &Gate) -> Option<Duration> {
        self.attempts += 1;
        if again == Again::No || self.attempts >= self.policy.max_attempts {
            return None;
        }
        // A closed gate is delay enough.
        let delay = match retry_after {
            Some(_) => Duration::ZERO,
            None => self.delay(gate)?.min(self.policy.max),
        };
        self.afford(delay, gate)
    }

    fn delay(&mut self, gate: &Gate) -> Option<Duration> {
        let interval = self.delays.current_interval;
        let drawn = self.delays.next_backoff()?;
        Some(self.policy.spread.of(interval, || gate.draw()).unwrap_or(drawn))
    }

    /// The delay, where the time left allows it.
    fn afford(&self, delay: Duration, gate: &Gate) -> Option<Duration> {
        (self.spent(gate) + delay <= self.policy.max_elapsed).then_some(delay)
    }

    fn spent(&self, gate: &Gate) -> Duration {
        let closed = gate.closed_total().saturating_sub(self.closed_at_start);
        self.start.elapsed().saturating_sub(closed)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::cell::RefCell;
    use std::num::NonZeroU32;

    use super::super::gate::GateConfig;
    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn gate() -> Gate {
        let fast = NonZeroU32::new(10_000).unwrap();
        Gate::new(GateConfig { per_second: fast, burst: fast, max_in_flight: 4 })
    }

    fn policy() -> RetryPolicy {
        RetryPolicy {
            max_attempts: 5,
            initial: secs(1),
            max: secs(4),
            max_elapsed: secs(60),
            retry_after_cap: secs(600),
            spread: Spread::Random,
        }
    }

    fn failing(number: u32, retry_after: Option<Duration>) -> Attempt<u32> {
        Attempt { outcome: number, again: Again::Yes, load: Load::Unwell, retry_after }
    }

    /// Seconds at which attempts started, and the outcome.
    async fn run(
        policy: RetryPolicy,
        gate: &Gate,
        answer: impl Fn(u32) -> Attempt<u32>,
    ) -> (Vec<Duration>, u32) {
        let (start, times) = (Instant::now(), RefCell::new(Vec::new()));
        let driven = drive(&policy, gate, &Leave::default(), |number| {
            times.borrow_mut().push(start.elapsed());
            std::future::ready(answer(number))
        })
        .await;
        let Driven::Done(outcome) = driven else { panic!("not sent without a reason") };
        (times.into_inner(), outcome)
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_are_counted_and_their_distance_grows_within_its_bounds() {
        let (times, outcome) = run(policy(), &gate(), |number| failing(number, None)).await;
        assert_eq!((times.len(), outcome), (5, 5));
        for pair in times.windows(2) {
            let delay = pair[1].checked_sub(pair[0]).unwrap();
            assert!(
                delay >= Duration::from_millis(499) && delay <= Duration::from_millis(4_010),
                "{delay:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn delays_of_one_seed_repeat_and_keep_to_the_bounds_of_random_ones() {
        let mut seen = Vec::new();
        for seed in [1, 1, 2] {
            let policy = RetryPolicy { spread: Spread::Seeded(seed), max_attempts: 9, ..policy() };
            let (times, _) = run(policy, &gate(), |number| failing(number, None)).await;
            let delays: Vec<_> = times.windows(2).map(|pair| pair[1].checked_sub(pair[0]).unwrap()).collect();
            for (number, delay) in delays.iter().enumerate() {
                let interval = secs(4).min(secs(1).mul_f64(1.5_f64.powi(i32::try_from(number).unwrap())));
                let bounds = interval / 2..=(interval * 3 / 2).min(policy.max) + Duration::from_millis(2);
                assert!(bounds.contains(delay), "{number}: {delay:?}");
            }
            seen.push(delays);
        }
        assert_eq!(seen[0], seen[1]);
        assert_ne!(seen[0], seen[2]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_is_final_is_the_last() {
        let (times, outcome) = run(policy(), &gate(), |number| Attempt {
            again: if number == 3 { Again::No } else { Again::Yes },
            ..failing(number, None)
        })
        .await;
        assert_eq!((times.len(), outcome), (3, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn no_attempt_starts_after_max_elapsed() {
        let policy = RetryPolicy { max_attempts: 1_000, max_elapsed: secs(20), ..policy() };
        let (times, _) = run(policy, &gate(), |number| failing(number, None)).await;
        assert!(times.len() > 4 && times.len() < 30, "{}", times.len());
        assert!(*times.last().unwrap() <= Duration::from_millis(20_050), "{times:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_keeps_asking_to_wait_is_left_after_max_attempts() {
        let policy = RetryPolicy { max_elapsed: secs(1), ..policy() };
        let gate = gate();
        let (times, outcome) = run(policy, &gate, |number| failing(number, Some(secs(30)))).await;
        // Four closures of 30 s did not count against one second.
        assert_eq!((times.len(), outcome), (5, 5));
        assert!(*times.last().unwrap() >= secs(120), "{times:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_closes_the_gate_for_others_and_is_capped() {
        let gate = gate();
        let policy = RetryPolicy { max_attempts: 1, retry_after_cap: secs(600), ..policy() };
        let start = Instant::now();
        run(policy, &gate, |number| failing(number, Some(secs(1_000_000)))).await;
        drop(gate.permit().await);
        let waited = start.elapsed();
        assert!(waited >= secs(600) && waited < secs(601), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_attempts_at_all_means_one() {
        let policy = RetryPolicy { max_attempts: 0, ..policy() };
        assert_eq!(run(policy, &gate(), |number| failing(number, None)).await.0.len(), 1);
    }

    fn throttled(number: u32) -> Attempt<u32> {
        Attempt { load: Load::Throttled, ..failing(number, None) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_429_that_names_no_time_holds_everyone_for_the_backoff() {
        for (max_attempts, load, held) in
            [(2, Load::Throttled, true), (2, Load::Unwell, false), (1, Load::Throttled, false)]
        {
            let (gate, start, policy) = (gate(), Instant::now(), RetryPolicy { max_attempts, ..policy() });
            let (_, waited) =
                tokio::join!(run(policy, &gate, |number| Attempt { load, ..failing(number, None) }), async {
                    drop(gate.permit().await);
                    start.elapsed()
                });
            let backoff = Duration::from_millis(500);
            assert_eq!(waited >= backoff, held, "{max_attempts} {load:?}: {waited:?}");
            assert!(waited <= 3 * backoff, "{waited:?}");
            assert_eq!(gate.closed_total(), Duration::ZERO);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn our_own_holds_count_against_max_elapsed() {
        let policy = RetryPolicy { max_attempts: 1_000, max_elapsed: secs(20), ..policy() };
        let (times, _) = run(policy, &gate(), throttled).await;
        assert!(times.len() > 4 && times.len() < 30, "{}", times.len());
        assert!(*times.last().unwrap() <= Duration::from_millis(20_050), "{times:?}");
    }

    /// A body that is the number of times it was renewed, and grows old within two seconds; the first one is as old as it says.
    struct Counted {
        first: Duration,
        renewed: u32,
        most: u32,
    }

    impl Renewal<u32> for Counted {
        fn may_wait(&self) -> Option<Duration> {
            Some(if self.renewed == 0 { self.first } else { secs(2) })
        }

        fn parting(&mut self, _: u32) -> Parting<u32> {
            Parting::AsItIs
        }

        async fn renew(&mut self, _: u32) -> Option<u32> {
            self.renewed += 1;
            (self.renewed <= self.most).then_some(self.renewed)
        }
    }

    /// The bodies that were sent, the first as 0, and what the call came to; the first `failing` attempts fail.
    async fn bodies(gate: &Gate, most: u32, failures: u32) -> (Vec<u32>, Driven<u32>) {
        bodies_from(Counted { first: secs(2), renewed: 0, most }, gate, failures).await
    }

    async fn bodies_from(mut renewal: Counted, gate: &Gate, failures: u32) -> (Vec<u32>, Driven<u32>) {
        let sent = RefCell::new(vec![]);
        let driven = drive_renewed(&policy(), gate, &Leave::default(), &mut renewal, |number, body| {
            sent.borrow_mut().push(body.unwrap_or_default());
            let again = if number > failures { Again::No } else { Again::Yes };
            std::future::ready(Attempt { again, ..failing(number, None) })
        })
        .await;
        (sent.into_inner(), driven)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_old_before_it_waits_is_made_anew_first() {
        let gate =
            Gate::new(GateConfig { per_second: NonZeroU32::MIN, burst: NonZeroU32::MIN, max_in_flight: 1 });
        let (start, old) = (Instant::now(), Counted { first: Duration::ZERO, renewed: 0, most: 9 });
        assert_eq!(bodies_from(old, &gate, 0).await, (vec![1], Driven::Done(1)));
        assert_eq!(start.elapsed(), Duration::ZERO, "no permit was taken for the old one");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_grows_old_is_never_sent_twice_nor_late() {
        assert_eq!(bodies(&gate(), 9, 0).await, (vec![0], Driven::Done(1)));
        assert_eq!(bodies(&gate(), 9, 2).await, (vec![0, 1, 2], Driven::Done(3)));
        assert_eq!(bodies(&gate(), 1, 2).await, (vec![0, 1], Driven::NotSent(Some(2))));
        for (closed, sent) in [(1, 0), (3, 1)] {
            let gate = gate();
            gate.close_for(secs(closed));
            assert_eq!(bodies(&gate, 9, 0).await, (vec![sent], Driven::Done(1)), "closed for {closed} s");
        }
    }

    /// A body that is the second at which it leaves and the attempts before, withdrawn once there were `most` of them.
    struct Timed {
        start: Instant,
        most: u32,
    }

    impl Renewal<(u64, u32)> for Timed {
        fn may_wait(&self) -> Option<Duration> {
            None
        }

        async fn renew(&mut self, _: u32) -> Option<(u64, u32)> {
            panic!("it does not grow old")
        }

        fn parting(&mut self, attempts: u32) -> Parting<(u64, u32)> {
            let body = (self.start.elapsed().as_secs(), attempts);
            if attempts < self.most { Parting::Instead(body) } else { Parting::Withdrawn }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_word_on_a_body_is_asked_for_when_it_leaves() {
        for (most, ended) in [(0, Driven::NotSent(None)), (2, Driven::NotSent(Some(2))), (9, Driven::Done(3))]
        {
            let (gate, sent, start) = (gate(), RefCell::new(vec![]), Instant::now());
            gate.close_for(secs(100));
            let mut renewal = Timed { start, most };
            let leave = Leave::default();
            let driven = drive_renewed(&policy(), &gate, &leave, &mut renewal, |number, body| {
                assert_eq!(body, Some((start.elapsed().as_secs(), number - 1)), "not a moment older");
                sent.borrow_mut().push(body.unwrap().0);
                let again = if number == 3 { Again::No } else { Again::Yes };
                let retry_after = (number == 2).then(|| secs(60));
                std::future::ready(Attempt { again, ..failing(number, retry_after) })
            })
            .await;
            let sent = sent.into_inner();
            assert_eq!((driven, sent.len()), (ended, most.min(3) as usize));
            assert!(sent.first().is_none_or(|at| *at >= 100), "{sent:?}");
            assert!(sent.get(2).is_none_or(|at| *at >= sent[1] + 60), "{sent:?}");
            // What was withdrawn holds no slot.
            drop(gate.permit().await);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_waits_for_a_slow_rate_leaves_after_all() {
        let slow = NonZeroU32::new(1).unwrap();
        let gate = Gate::new(GateConfig { per_second: slow, burst: slow, max_in_flight: 8 });
        for _ in 0..6 {
            let busy = gate.clone();
            tokio::spawn(async move {
                loop {
                    drop(busy.permit_to_go_on().await);
                }
            });
        }
        tokio::time::sleep(secs(1)).await;
        assert_eq!(bodies(&gate, 9, 0).await, (vec![LATE], Driven::Done(1)));
    }
}

//! How far below the ceiling to stay when the server has a limit of its own, learned from its 429s. Pure state, fed
//! with facts and times; the waiting is next door in [`super::gate`], which also holds the hard ceiling.

use std::time::Duration;

use tokio::time::Instant;

/// Lowest rate that throttling can lead to, per second.
const MIN_RATE: f64 = 0.2;
/// Cut while nothing is known of the server's limit.
const BLIND_CUT: f64 = 0.7;
/// Cut after growing just past the limit.
const SMALL_CUT: f64 = 0.97;
/// How far below a measured limit to settle.
const MARGIN: f64 = 0.98;
/// A measurement this far below our rate is the server's limit, and not our own rate again.
const CLEARLY_BELOW: f64 = 0.9;
/// A measurement lower than this share of our rate is rather our own idleness.
const IDLE: f64 = 0.25;
/// Accepted requests that make a measurement.
const ENOUGH: u32 = 20;
/// A measurement counts while the gate was closed for no more than this share of it.
const MOSTLY_OPEN: f64 = 0.35;
/// Answers without a 429 before the rate may grow again; doubles where little growth ends in a 429.
const FIRST_HOLD: u32 = 200;
const LONGEST_HOLD: u32 = 6_400;
/// Growth per answer as a share of the settled rate, and the answers after which it grows faster.
const STEP: f64 = 0.000_1;
const FASTER_EVERY: f64 = 1_000.0;
/// Most growth per answer, in requests per second: half a percent of the rate in a second, at any rate, so that the
/// server's bucket is not drained far beyond its limit before it says so.
const MAX_STEP: f64 = 0.005;
/// How much faster it grows while nothing is known of the server's limit: the cut was a guess, and perhaps too deep.
const BLIND_GROWTH: f64 = 5.0;
/// Time without a 429 that shows that a rate is no higher than the server's limit.
const CALM: Duration = Duration::from_secs(5);
/// Unused slots may be made up for this long, so that late timers do not lower the rate. Longer would send two at once
/// to a server that takes them one by one.
const CATCH_UP: Duration = Duration::from_millis(2);

/// The effective rate below the hard ceiling. Inert until the first 429.
///
/// At a 429 the server's bucket is empty. So what it accepted between two of them, by the time that took, is its limit.
/// The rate settles a little below, stays, and then grows slowly until the next 429.
#[derive(Debug)]
pub(super) struct Pace {
    ceiling: f64,
    rate: f64,
    settled: f64,
    hold: u32,
    /// Accepted since the last cut.
    calm: u32,
    cut_at: Option<Instant>,
    measure: Option<Measure>,
    limit_known: bool,
    next: Option<Instant>,
}

/// What the server accepted since a moment at which its bucket was empty.
#[derive(Clone, Copy, Debug)]
struct Measure {
    since: Instant,
    /// How long the gate had been closed by then.
    closed: Duration,
    accepted: u32,
}

impl Pace {
    pub(super) fn new(ceiling: f64) -> Self {
        Self {
            ceiling,
            rate: ceiling,
            settled: ceiling,
            hold: FIRST_HOLD,
            calm: 0,
            cut_at: None,
            measure: None,
            limit_known: false,
            next: None,
        }
    }

    /// When the next request may leave; `None` where the ceiling alone decides.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next.filter(|_| self.rate < self.ceiling)
    }

    /// A request leaves now.
    pub(super) fn sent(&mut self, now: Instant) {
        if self.rate < self.ceiling {
            let due = self.next.unwrap_or(now).max(now.checked_sub(CATCH_UP).unwrap_or(now));
            self.next = Some(due + Duration::from_secs_f64(1.0 / self.rate));
        }
    }

    pub(super) fn answered(&mut self) {
        self.calm = self.calm.saturating_add(1);
        if let Some(measure) = &mut self.measure {
            measure.accepted = measure.accepted.saturating_add(1);
        }
        if self.calm > self.hold && self.rate < self.ceiling {
            let grown = f64::from(self.calm - self.hold);
            let haste = if self.limit_known { 1.0 } else { BLIND_GROWTH };
            let step = (self.settled * STEP * (1.0 + grown * haste / FASTER_EVERY)).min(MAX_STEP * haste);
            self.rate = (self.rate + step).min(self.ceiling);
        }
    }

    /// A 429 for a request that was sent at `sent`. Those sent before the last cut say nothing new; nor do those that
    /// follow it with nothing accepted in between: a server that counts by the minute is closed for the rest of it,
    /// whatever the rate.
    /// `closed` is how long the gate has been closed in all.
    pub(super) fn throttled(&mut self, sent: Instant, now: Instant, closed: Duration) {
        if self.cut_at.is_some_and(|cut| sent <= cut || self.calm == 0) {
            return;
        }
        let grew_little = self.calm > self.hold && self.rate < self.settled / CLEARLY_BELOW;
        self.rate = self.lower(now, closed).clamp(MIN_RATE.min(self.ceiling), self.ceiling);
        if grew_little {
            self.hold = (self.hold * 2).min(LONGEST_HOLD);
        }
        self.settled = self.rate;
        self.calm = 0;
        self.cut_at = Some(now);
        self.next = Some(now);
    }

    /// The rate to go down to.
    fn lower(&mut self, now: Instant, closed: Duration) -> f64 {
        let calm = self.cut_at.map_or(Duration::ZERO, |cut| now.duration_since(cut));
        if self.calm > self.hold && calm >= CALM {
            // The limit is between where it was calm and here, and rather here.
            self.limit_known = true;
            self.measure = Some(Measure { since: now, closed, accepted: 0 });
            let between = ((self.settled * self.rate).sqrt() * self.rate).sqrt() * MARGIN;
            return between.min(self.rate * SMALL_CUT);
        }
        let Some(accepted) = self.measured(now, closed) else {
            return self.rate * if self.limit_known { SMALL_CUT } else { BLIND_CUT };
        };
        self.limit_known = true;
        if accepted < self.rate * CLEARLY_BELOW {
            (accepted * MARGIN).max(self.rate * IDLE)
        } else {
            self.rate * SMALL_CUT
        }
    }

    /// What the server accepted per second, where that can be told. Few answers measure nothing; the measurement then
    /// goes on. With the gate mostly closed nobody knows how much of that time filled the bucket; it starts anew.
    fn measured(&mut self, now: Instant, closed: Duration) -> Option<f64> {
        let fresh = Measure { since: now, closed, accepted: 0 };
        let Measure { since, closed: closed_before, accepted } = *self.measure.get_or_insert(fresh);
        let whole = now.duration_since(since).as_secs_f64().max(0.001);
        let shut = closed.saturating_sub(closed_before).as_secs_f64();
        if accepted < ENOUGH && shut == 0.0 {
            return None;
        }
        self.measure = Some(fresh);
        (accepted >= ENOUGH && shut <= whole * MOSTLY_OPEN).then(|| f64::from(accepted) / whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A server with a token bucket, and a client that always has work; answers per second and share of 429s.
    fn against(ceiling: f64, capacity: f64, burst: f64, closed: Duration, seconds: u64) -> (f64, f64) {
        let start = Instant::now();
        let (mut now, mut pace, mut tokens, mut filled) = (start, Pace::new(ceiling), burst, start);
        let (mut accepted, mut refused, mut shut) = (0.0, 0.0, Duration::ZERO);
        while now.duration_since(start) < Duration::from_secs(seconds) {
            now = pace.next().map_or(now, |next| now.max(next));
            pace.sent(now);
            tokens = (tokens + capacity * now.duration_since(filled).as_secs_f64()).min(burst);
            filled = now;
            let sent = now;
            if tokens >= 1.0 {
                tokens -= 1.0;
                accepted += 1.0;
                pace.answered();
            } else {
                refused += 1.0;
                pace.throttled(sent, now + MS, shut);
                now += closed + MS;
                shut += closed;
            }
            if pace.next().is_none() {
                now += Duration::from_secs_f64(1.0 / ceiling);
            }
        }
        (accepted / now.duration_since(start).as_secs_f64(), refused / (accepted + refused))
    }

    #[test]
    fn a_hidden_limit_is_found_and_nearly_filled() {
        for (ceiling, capacity, burst) in [
            (100.0, 50.0, 50.0),
            (100.0, 20.0, 20.0),
            (100.0, 50.0, 5.0),
            (1000.0, 200.0, 100.0),
            (20.0, 10.0, 10.0),
        ] {
            for closed in [Duration::ZERO, Duration::from_secs(1)] {
                let (rate, share) = against(ceiling, capacity, burst, closed, 600);
                assert!(rate >= 0.95 * capacity, "{ceiling} {capacity} {burst} {closed:?}: {rate}");
                assert!(share < 0.01, "{ceiling} {capacity} {burst} {closed:?}: {share}");
            }
        }
    }

    #[test]
    fn without_a_429_the_ceiling_alone_decides() {
        let mut pace = Pace::new(10.0);
        pace.sent(Instant::now());
        pace.answered();
        assert_eq!(pace.next(), None);
    }

    #[test]
    fn the_rate_recovers_to_the_ceiling_when_the_limit_is_lifted() {
        let mut pace = Pace::new(100.0);
        let now = Instant::now();
        pace.throttled(now, now + MS, Duration::ZERO);
        pace.throttled(now, now + MS, Duration::ZERO);
        assert!((pace.rate - 70.0).abs() < 1e-9, "{}", pace.rate);
        assert!(pace.next().is_some());
        (0..10_000).for_each(|_| pace.answered());
        assert_eq!(pace.next(), None, "{}", pace.rate);
    }
}

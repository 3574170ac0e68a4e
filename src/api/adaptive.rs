//! What the answers teach: how many requests to keep in flight, and how far below the ceiling to stay when the server
//! has a limit of its own. Pure state, fed with facts and times; the waiting is next door in [`super::gate`].

use std::time::Duration;

use tokio::time::Instant;

/// In-flight limit after trouble, as a share of the one before.
const CUT: f64 = 0.7;
/// Latency must rise by this factor and by this much before it counts: a fast server's jitter is not overload.
const RISE_FACTOR: f64 = 2.0;
const RISE_SECONDS: f64 = 0.02;
const FAST: f64 = 0.2;
const SLOW: f64 = 0.01;

/// Additive increase, multiplicative decrease of the number of requests in flight.
#[derive(Debug)]
pub(super) struct Concurrency {
    max: f64,
    limit: f64,
    /// Smoothed latency of the last few answers, in seconds.
    recent: Option<f64>,
    /// What latency is when all is well: falls fast, rises slowly.
    baseline: f64,
    /// Answers to ignore after a cut: they were sent before it.
    blind: usize,
}

impl Concurrency {
    pub(super) fn new(max: usize) -> Self {
        // Limits are small; beyond this the fraction would be lost anyway.
        let max = f64::from(u32::try_from(max.max(1)).unwrap_or(u32::MAX));
        Self { max, limit: max, recent: None, baseline: 0.0, blind: 0 }
    }

    /// How many may be in flight now: 1 to the maximum.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and a number that was made from a u32"
    )]
    pub(super) fn limit(&self) -> usize {
        self.limit as usize
    }

    pub(super) fn answered(&mut self, latency: Duration, in_flight: usize) {
        let latency = latency.as_secs_f64();
        let recent = self.recent.map_or(latency, |recent| recent + FAST * (latency - recent));
        if self.recent.is_none() {
            self.baseline = latency;
        }
        self.recent = Some(recent);
        let weight = if recent < self.baseline { FAST } else { SLOW };
        self.baseline += weight * (recent - self.baseline);
        if self.blind > 0 {
            self.blind -= 1;
        } else if recent > self.baseline * RISE_FACTOR && recent - self.baseline > RISE_SECONDS {
            self.cut(in_flight);
        } else {
            self.limit = (self.limit + 1.0 / self.limit).min(self.max);
        }
    }

    pub(super) fn troubled(&mut self, in_flight: usize) {
        if self.blind > 0 {
            self.blind -= 1;
        } else {
            self.cut(in_flight);
        }
    }

    fn cut(&mut self, in_flight: usize) {
        self.limit = (self.limit * CUT).max(1.0);
        self.blind = in_flight;
    }
}

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
/// Answers without a 429 before the rate may grow again; doubles where little growth ends in a 429.
const FIRST_HOLD: u32 = 200;
const LONGEST_HOLD: u32 = 6_400;
/// Growth per answer as a share of the settled rate, and the answers after which it grows faster.
const STEP: f64 = 0.000_1;
const FASTER_EVERY: f64 = 1_000.0;
/// Unused slots may be made up for this long, so that late timers do not lower the rate.
const CATCH_UP: Duration = Duration::from_millis(50);

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
            self.rate = (self.rate + self.settled * STEP * (1.0 + grown / FASTER_EVERY)).min(self.ceiling);
        }
    }

    /// A 429 for a request that was sent at `sent`. Those sent before the last cut say nothing new.
    pub(super) fn throttled(&mut self, sent: Instant, now: Instant) {
        if self.cut_at.is_some_and(|cut| sent <= cut) {
            return;
        }
        let settled_well = self.calm > self.hold && self.rate < self.settled / CLEARLY_BELOW;
        self.rate = self.lower(now).clamp(MIN_RATE.min(self.ceiling), self.ceiling);
        if settled_well {
            self.hold = (self.hold * 2).min(LONGEST_HOLD);
        }
        self.settled = self.rate;
        self.calm = 0;
        self.cut_at = Some(now);
        self.next = Some(now);
    }

    /// The rate to go down to. Few answers between two 429s measure nothing: the measurement then goes on.
    fn lower(&mut self, now: Instant) -> f64 {
        let measure = *self.measure.get_or_insert(Measure { since: now, accepted: 0 });
        if measure.accepted < ENOUGH {
            return self.rate * if self.limit_known { SMALL_CUT } else { BLIND_CUT };
        }
        self.measure = Some(Measure { since: now, accepted: 0 });
        self.limit_known = true;
        let seconds = now.duration_since(measure.since).as_secs_f64().max(0.001);
        let accepted = f64::from(measure.accepted) / seconds;
        if self.calm > self.hold {
            // The limit is between where it was calm and here; a closed gate makes measurements too low.
            let just_below = self.rate * SMALL_CUT;
            let between = (self.settled * self.rate).sqrt() * MARGIN;
            (accepted * MARGIN).clamp(between.min(just_below), just_below)
        } else if accepted < self.rate * CLEARLY_BELOW {
            (accepted * MARGIN).max(self.rate * IDLE)
        } else {
            self.rate * SMALL_CUT
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn fewer_in_flight_when_latency_rises_and_more_when_it_falls() {
        let mut concurrency = Concurrency::new(16);
        (0..200).for_each(|_| concurrency.answered(50 * MS, 16));
        assert_eq!(concurrency.limit(), 16);
        (0..60).for_each(|_| concurrency.answered(400 * MS, 16));
        let low = concurrency.limit();
        assert!(low < 10, "{low}");
        (0..400).for_each(|_| concurrency.answered(50 * MS, low));
        assert_eq!(concurrency.limit(), 16);
    }

    #[test]
    fn jitter_of_a_fast_server_changes_nothing() {
        let mut concurrency = Concurrency::new(16);
        for round in 0..500 {
            concurrency.answered(if round % 7 == 0 { 12 * MS } else { MS }, 16);
        }
        assert_eq!(concurrency.limit(), 16);
    }

    #[test]
    fn one_burst_of_trouble_cuts_once_and_never_below_one() {
        let mut concurrency = Concurrency::new(8);
        (0..8).for_each(|_| concurrency.troubled(8));
        assert_eq!(concurrency.limit(), 5);
        (0..500).for_each(|_| concurrency.troubled(1));
        assert_eq!(concurrency.limit(), 1);
    }

    /// A server with a token bucket, and a client that always has work; answers per second and share of 429s.
    fn against(ceiling: f64, capacity: f64, burst: f64, closed: Duration, seconds: u64) -> (f64, f64) {
        let start = Instant::now();
        let (mut now, mut pace, mut tokens, mut filled) = (start, Pace::new(ceiling), burst, start);
        let (mut accepted, mut refused) = (0.0, 0.0);
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
                pace.throttled(sent, now + MS);
                now += closed + MS;
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
        pace.throttled(now, now + MS);
        pace.throttled(now, now + MS);
        assert!((pace.rate - 70.0).abs() < 1e-9, "{}", pace.rate);
        assert!(pace.next().is_some());
        (0..4_000).for_each(|_| pace.answered());
        assert_eq!(pace.next(), None, "{}", pace.rate);
    }
}

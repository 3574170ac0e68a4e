//! How many requests to keep in flight: fewer while the server is slow or throttles, more when that has passed. Pure
//! state, fed with facts; the waiting is next door in [`super::gate`], the rate in [`super::pace`].

use std::time::Duration;

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
}

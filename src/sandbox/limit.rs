//! The gateway's token bucket: how long a caller who may not pass now has to wait.

use std::time::Duration;

use super::options::RateLimit;

/// A bucket that starts full.
pub(crate) struct Bucket {
    limit: RateLimit,
    tokens: f64,
    filled: Duration,
}

impl Bucket {
    pub(crate) fn new(limit: RateLimit, now: Duration) -> Self {
        Self { limit, tokens: f64::from(limit.burst), filled: now }
    }

    /// Takes a token, or says in whole seconds, rounded up, when there will be one.
    pub(crate) fn take(&mut self, now: Duration) -> Result<(), u64> {
        let gained = now.saturating_sub(self.filled).as_secs_f64() * self.limit.per_second;
        self.tokens = (self.tokens + gained).min(f64::from(self.limit.burst));
        self.filled = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait = Duration::try_from_secs_f64((1.0 - self.tokens) / self.limit.per_second);
        let wait = wait.unwrap_or(Duration::MAX);
        Err(wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let at = Duration::from_millis;
        let mut bucket = Bucket::new(RateLimit { per_second: 0.5, burst: 2 }, at(0));
        let taken: Vec<_> = [0, 0, 0, 1000, 2000, 2000, 60_000, 60_000, 60_000]
            .map(|now| bucket.take(at(now)))
            .into_iter()
            .collect();
        assert_eq!(taken, [Ok(()), Ok(()), Err(2), Err(1), Ok(()), Err(2), Ok(()), Ok(()), Err(2)]);
    }
}

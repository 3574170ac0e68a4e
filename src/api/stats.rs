//! What a client has sent and what came back, counted. Numbers only; no request is remembered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Totals since the client was made, over all of its clones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests sent, repetitions included.
    pub total: u64,
    /// How they ended: the status in digits, or a code such as `net.timeout`.
    pub by_status: BTreeMap<String, u64>,
    /// Requests that repeated an earlier one.
    pub retries: u64,
    /// Answers with 429.
    pub throttled: u64,
}

/// The counters behind [`Stats`], shared by clones.
#[derive(Clone, Default)]
pub(super) struct Counters(Arc<Mutex<Stats>>);

impl Counters {
    /// One request ended this way; `number` is its attempt's, from 1.
    pub(super) fn count(&self, number: u32, ended: &str) {
        let mut stats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stats.total += 1;
        stats.retries += u64::from(number > 1);
        stats.throttled += u64::from(ended == "429");
        *stats.by_status.entry(ended.to_owned()).or_default() += 1;
    }

    pub(super) fn read(&self) -> Stats {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

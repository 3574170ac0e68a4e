//! What a run has recorded so far: customers by outcome, and who and what needs work, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::checkpoint::Seen;
use crate::domain::outcome::Cause;
use crate::domain::summary::{CauseCount, CustomerCounts};
use crate::domain::{CustomerKey, Outcome, OutcomeKind, Position};

/// A customer or a row that needs work, as `errors.csv` will say it.
#[derive(Debug, Clone)]
pub struct Leftover {
    /// Why; shared by all that have the same cause.
    pub cause: Arc<Cause>,
    /// Rejected, failed or in doubt.
    pub kind: OutcomeKind,
    /// Status of the last answer.
    pub http_status: Option<u16>,
    /// Requests that this run sent for it.
    pub attempts: u32,
    /// When this cause was first met, RFC 3339.
    pub first_seen: String,
    /// How many runs have met it.
    pub times_seen: u32,
}

/// What was recorded so far.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// Customers by outcome.
    pub customers: CustomerCounts,
    /// Lines of `warnings.csv`.
    pub warnings: u64,
    /// Customers that need work.
    pub leftovers: BTreeMap<CustomerKey, Leftover>,
    /// Rows that need work, by file and record.
    pub rows: BTreeMap<(Arc<str>, u64), Leftover>,
    causes: BTreeMap<String, (u64, u64)>,
    /// Every cause once: a bad night repeats a few of them for very many customers.
    distinct: BTreeSet<Arc<Cause>>,
}

impl Recorded {
    /// Why customers and rows need work, most frequent first.
    pub fn causes(&self) -> Vec<CauseCount> {
        let count = |(code, (customers, new)): (&String, &(u64, u64))| CauseCount {
            code: code.clone(),
            customers: *customers,
            new: *new,
        };
        let mut causes: Vec<_> = self.causes.iter().map(count).collect();
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.customers));
        causes
    }

    /// What a person can do about each cause.
    pub fn tips(&self) -> BTreeMap<String, String> {
        let all = self.leftovers.values().chain(self.rows.values());
        all.map(|leftover| (leftover.cause.code.clone(), leftover.cause.tip.clone())).collect()
    }

    /// Counts a row that belongs to no customer.
    pub(super) fn leave_row(&mut self, at: &Position, cause: &Cause, seen: Seen) {
        self.count(cause, seen);
        let leftover = leftover(self.share(cause), OutcomeKind::Rejected, None, 0, seen);
        self.rows.insert((Arc::clone(&at.file), at.record), leftover);
    }

    /// Counts a customer that needs work.
    pub(super) fn leave(&mut self, outcome: &Outcome, cause: &Cause, seen: Seen) {
        let Outcome { key, kind, http_status, attempts, .. } = outcome;
        self.count(cause, seen);
        let leftover = leftover(self.share(cause), *kind, *http_status, *attempts, seen);
        self.leftovers.insert(key.clone(), leftover);
    }

    /// The one copy of `cause`.
    fn share(&mut self, cause: &Cause) -> Arc<Cause> {
        if let Some(known) = self.distinct.get(cause) {
            return Arc::clone(known);
        }
        let shared = Arc::new(cause.clone());
        self.distinct.insert(Arc::clone(&shared));
        shared
    }

    fn count(&mut self, cause: &Cause, seen: Seen) {
        let (customers, new) = self.causes.entry(cause.code.clone()).or_default();
        *customers += 1;
        *new += u64::from(seen.is_new);
    }
}

fn leftover(
    cause: Arc<Cause>,
    kind: OutcomeKind,
    http_status: Option<u16>,
    attempts: u32,
    seen: Seen,
) -> Leftover {
    let Seen { first_seen, times_seen, is_new: _ } = seen;
    let first_seen =
        jiff::Timestamp::from_second(first_seen).map_or_else(|_| String::new(), |at| at.to_string());
    Leftover { cause, kind, http_status, attempts, first_seen, times_seen }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::outcome::Stage;

    #[test]
    fn customers_with_one_cause_share_it() {
        let cause = |code: &str| Cause {
            stage: Stage::Validate,
            code: code.to_owned(),
            message: "neither name nor company".to_owned(),
            tip: "give it one".to_owned(),
        };
        let seen = Seen { first_seen: 0, times_seen: 1, is_new: true };
        let mut recorded = Recorded::default();
        for (key, code) in [("1", "name.missing"), ("2", "name.missing"), ("3", "key.shared")] {
            let (key, at) =
                (CustomerKey::parse(key).unwrap(), Position { file: "x.csv".into(), line: 2, record: 1 });
            let cause = cause(code);
            let outcome = Outcome::unsent(key, at, OutcomeKind::Rejected, Some(cause.clone()));
            recorded.leave(&outcome, &cause, seen);
        }
        let causes: Vec<_> = recorded.leftovers.values().map(|leftover| &leftover.cause).collect();
        assert!(Arc::ptr_eq(causes[0], causes[1]));
        assert!(!Arc::ptr_eq(causes[0], causes[2]));
        assert_eq!(recorded.causes().len(), 2);
    }
}

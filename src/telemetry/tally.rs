//! [`Tally`]: customers by outcome, counted as they settle. The report counts for itself; this is for the eye.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::OutcomeKind;

/// Outcomes that are shown even where there are none.
const ALWAYS: [OutcomeKind; 4] =
    [OutcomeKind::Created, OutcomeKind::Updated, OutcomeKind::Unchanged, OutcomeKind::Failed];

/// How many customers ended how. Counting takes no lock.
#[derive(Debug, Default)]
pub struct Tally([AtomicU64; OutcomeKind::ALL.len()]);

impl Tally {
    /// Counts one more.
    pub fn add(&self, kind: OutcomeKind) {
        if let Some(count) = self.slot(kind) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Begins anew, with another run.
    pub fn clear(&self) {
        self.0.iter().for_each(|count| count.store(0, Ordering::Relaxed));
    }

    /// How many ended as `kind`.
    pub fn of(&self, kind: OutcomeKind) -> u64 {
        self.slot(kind).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// The kinds stand in the order of `ALL`.
    fn slot(&self, kind: OutcomeKind) -> Option<&AtomicU64> {
        OutcomeKind::ALL.iter().zip(&self.0).find(|(known, _)| **known == kind).map(|(_, count)| count)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = OutcomeKind::ALL.into_iter().filter(|kind| !ALWAYS.contains(kind) && self.of(*kind) > 0);
        for (place, kind) in ALWAYS.into_iter().chain(others).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{} {}", self.of(kind), kind.as_str().replace('_', " "))?;
        }
        Ok(())
    }
}

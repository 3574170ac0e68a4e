//! The guard: limits that hold a plan which looks like a broken export. It judges before the first request and
//! reports every breach at once.

use std::collections::BTreeMap;
use std::fmt;

use super::difference::Marks;
use crate::domain::{Action, Change, Field, Fingerprint, Limit};

/// The limits of `[guard]` that judge a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GuardLimits {
    /// With fewer customers in the checkpoint only `max_rejected` is armed.
    pub min_customers: u64,
    /// Of the checkpoint's customers.
    pub max_creates: Limit,
    /// Of the checkpoint's customers.
    pub max_updates: Limit,
    /// Of the checkpoint's customers, for any one field.
    pub max_field_changes: Limit,
    /// Of the checkpoint's customers, for any one field.
    pub max_blanked: Limit,
    /// Of the export's customers and rows without one.
    pub max_rejected: Limit,
    /// Of the checkpoint's customers.
    pub max_missing: Limit,
}

/// A plan in figures: what the guard judges.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Customers in the checkpoint.
    pub known: u64,
    /// Customers in the export, and rows that belong to none.
    pub exported: u64,
    /// Customers to create.
    pub creates: u64,
    /// Customers to update.
    pub updates: u64,
    /// Customers and rows that our rules refused.
    pub rejected: u64,
    /// Customers of the checkpoint that a full export lacks.
    pub missing: u64,
    /// Customers whose rows change the field.
    pub changed: BTreeMap<Field, u64>,
    /// Customers whose rows blank the field.
    pub blanked: BTreeMap<Field, u64>,
    /// The same plan has the same digest, whatever its order.
    pub digest: Fingerprint,
}

impl Tally {
    /// Counts one change.
    pub fn change(&mut self, change: &Change) {
        let action = change.action.name();
        match change.action {
            Action::Create => self.creates += 1,
            Action::Update { .. } => self.updates += 1,
        }
        let parts = [change.ours.key.as_str().as_bytes(), action.as_bytes(), &change.canonical.to_bytes()];
        self.digest = self.digest.plus(Fingerprint::of_parts(parts));
    }

    /// Counts what one customer's rows change and blank.
    pub fn mark(&mut self, marks: &Marks) {
        let Marks { changed, blanked } = marks;
        for field in changed {
            *self.changed.entry(*field).or_default() += 1;
        }
        for field in blanked {
            *self.blanked.entry(*field).or_default() += 1;
        }
    }
}

/// One limit that a plan breaks.
#[derive(Debug, Clone, PartialEq)]
pub struct Breach {
    /// The key in `[guard]`.
    pub limit: &'static str,
    /// The field, for limits that count one.
    pub field: Option<Field>,
    /// How many there are.
    pub found: u64,
    /// Of how many.
    pub of: u64,
    /// What was allowed.
    pub allowed: Limit,
    /// What mostly lies behind it.
    pub likely: &'static str,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, field, found, of, allowed, likely } = self;
        write!(f, "{limit}")?;
        if let Some(field) = field {
            write!(f, " ({field})")?;
        }
        write!(f, ": {found} of {of}, allowed {allowed}; likely {likely}")
    }
}

/// Every limit that the plan breaks, in the order of the configuration.
pub fn judge(tally: &Tally, limits: &GuardLimits) -> Vec<Breach> {
    let GuardLimits {
        min_customers,
        max_creates,
        max_updates,
        max_field_changes,
        max_blanked,
        max_rejected,
        max_missing,
    } = *limits;
    let Tally { known, exported, creates, updates, rejected, missing, changed, blanked, digest: _ } = tally;
    let mut breaches = Vec::new();
    let mut check = |limit, field, found: u64, of: u64, allowed: Limit, likely| {
        if allowed.exceeded(found, of) {
            breaches.push(Breach { limit, field, found, of, allowed, likely });
        }
    };
    if *known >= min_customers {
        check("max_creates", None, *creates, *known, max_creates, NEW_NUMBERS);
        check("max_updates", None, *updates, *known, max_updates, MANY_UPDATES);
        for (field, count) in changed {
            check("max_field_changes", Some(*field), *count, *known, max_field_changes, SHIFTED);
        }
        for (field, count) in blanked {
            check("max_blanked", Some(*field), *count, *known, max_blanked, BLANKED);
        }
    }
    check("max_rejected", None, *rejected, *exported, max_rejected, REJECTED);
    if *known >= min_customers {
        check("max_missing", None, *missing, *known, max_missing, MISSING);
    }
    breaches
}

const NEW_NUMBERS: &str =
    "another department's export, customer numbers that lost their leading zeros, or a new DMS";
const MANY_UPDATES: &str = "shifted columns, another encoding, or a changed profile or setting";
const SHIFTED: &str = "shifted columns, another encoding, or a mass edit in the DMS";
const BLANKED: &str = "a column that the DMS no longer fills, or an export without the right to see it";
const REJECTED: &str = "shifted columns, a wrong profile, or a file that was cut";
const MISSING: &str = "a file that was cut, a filtered export, or another department's export";

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> GuardLimits {
        GuardLimits {
            min_customers: 100,
            max_creates: Limit::Percent(20.0),
            max_updates: Limit::Percent(30.0),
            max_field_changes: Limit::Percent(25.0),
            max_blanked: Limit::Percent(5.0),
            max_rejected: Limit::Percent(10.0),
            max_missing: Limit::Count(20),
        }
    }

    fn broken(tally: &Tally) -> Vec<&'static str> {
        judge(tally, &limits()).into_iter().map(|breach| breach.limit).collect()
    }

    #[test]
    fn a_quiet_night_passes_and_every_breach_of_a_broken_one_is_reported() {
        let quiet =
            Tally { known: 1000, exported: 1003, creates: 3, updates: 90, missing: 2, ..Tally::default() };
        assert_eq!(broken(&quiet), Vec::<&str>::new());
        let night = Tally {
            known: 1000,
            exported: 900,
            creates: 201,
            updates: 301,
            rejected: 91,
            missing: 21,
            changed: [(Field::City, 251), (Field::Zip, 250)].into(),
            blanked: [(Field::Email, 51)].into(),
            digest: Fingerprint::default(),
        };
        assert_eq!(
            broken(&night),
            ["max_creates", "max_updates", "max_field_changes", "max_blanked", "max_rejected", "max_missing"]
        );
    }

    #[test]
    fn a_small_checkpoint_arms_only_the_rejected() {
        let night =
            Tally { known: 99, exported: 100, creates: 90, rejected: 11, missing: 90, ..Tally::default() };
        assert_eq!(broken(&night), ["max_rejected"]);
    }
}

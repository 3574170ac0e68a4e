//! The guard: limits that hold a plan which looks like a broken export. It judges before the first request and
//! reports every breach at once. What mostly lies behind them is said by [`likely`](super::likely).

use std::collections::BTreeMap;
use std::fmt;

use hashbrown::HashSet;

use super::difference::Marks;
use super::likely::Sign;
use super::scan::KeyHash;
use super::signs::Signs;
use crate::domain::{Action, Change, Field, Fingerprint, Limit};

/// So few customers are people's own business, whatever they have in common.
const FEW: u64 = 2;

/// The limits of `[guard]` that judge a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GuardLimits {
    /// With fewer customers in the checkpoint, only what is about the file itself is judged: `max_rejected`, and
    /// letters that another encoding has spoilt.
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
    /// New and changed customers whose texts have letters beyond ASCII, before or after.
    pub lettered: u64,
    /// Those of them whose letters would be spoilt.
    pub garbled: u64,
    /// Updates that make another person of a customer.
    pub strangers: u64,
    /// The numbers of new customers without their leading zeros, where the checkpoint has any customers.
    pub numbers: HashSet<KeyHash>,
    /// The same plan has the same digest, whatever its order.
    pub digest: Fingerprint,
}

/// What the rows and the checkpoint tell beside the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beside {
    /// Rows with bytes beyond ASCII.
    pub lettered_rows: u64,
    /// Those of them that were refused, because the encoding does not have their bytes.
    pub undecodable: u64,
    /// New customers with the number of a missing one but for leading zeros, see [`Tally::is_renumbered`].
    pub renumbered: u64,
}

impl Tally {
    /// Counts one change.
    pub fn change(&mut self, change: &Change) {
        let action = change.action.name();
        match change.action {
            Action::Create => self.creates += 1,
            Action::Update { .. } => self.updates += 1,
        }
        let Signs { lettered, garbled, stranger } = Signs::of(change);
        self.lettered += u64::from(lettered);
        self.garbled += u64::from(garbled);
        self.strangers += u64::from(stranger);
        if let (Action::Create, 1.., Some(number)) =
            (&change.action, self.known, number(change.ours.key.as_str()))
        {
            self.numbers.insert(number);
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

    /// Whether a new customer has the number `key`, but for leading zeros.
    pub fn is_renumbered(&self, key: &str) -> bool {
        number(key).is_some_and(|number| self.numbers.contains(&number))
    }
}

/// A customer key that is a number, without its leading zeros.
fn number(key: &str) -> Option<KeyHash> {
    key.bytes()
        .all(|digit| digit.is_ascii_digit())
        .then(|| KeyHash::of(key.trim_start_matches('0').as_bytes()))
}

/// One thing about a plan that holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breach {
    /// Of which kind.
    pub sign: Sign,
    /// How many there are.
    pub found: u64,
    /// Of how many.
    pub of: u64,
    /// What was allowed, where that is a setting.
    pub allowed: Option<Limit>,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sign, found, of, allowed } = self;
        f.write_str(sign.name())?;
        if let Sign::Changed(field) | Sign::Blanked(field) = sign {
            write!(f, " ({field})")?;
        }
        write!(f, ": {found} of {of} {}", about(*sign))?;
        allowed.map_or(Ok(()), |allowed| write!(f, ", allowed {allowed}"))
    }
}

/// What was counted, and out of what.
fn about(sign: Sign) -> &'static str {
    match sign {
        Sign::Rejected => "customers and rows",
        Sign::Garbled => "customers with letters beyond ASCII would have them spoilt (as in `JosÃ©`)",
        Sign::Undecodable => "rows with letters beyond ASCII are not in the encoding that they are read in",
        Sign::Strangers => {
            "updates make another person of the customer: no name, phone, e-mail or VIN in common"
        }
        Sign::Renumbered => "new customers have the number of a missing one but for leading zeros",
        _ => "customers",
    }
}

/// Every limit that the plan breaks, in the order of the configuration; behind them, what no share tells.
pub fn judge(tally: &Tally, beside: &Beside, limits: &GuardLimits) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let is_armed = tally.known >= limits.min_customers;
    let mut check = |sign, found, of, allowed: Limit| {
        if (is_armed || sign == Sign::Rejected) && allowed.exceeded(found, of) {
            breaches.push(Breach { sign, found, of, allowed: Some(allowed) });
        }
    };
    let GuardLimits {
        min_customers: _,
        max_creates,
        max_updates,
        max_field_changes,
        max_blanked,
        max_rejected,
        max_missing,
    } = *limits;
    let Tally { known, exported, creates, updates, rejected, missing, changed, blanked, .. } = tally;
    check(Sign::Creates, *creates, *known, max_creates);
    check(Sign::Updates, *updates, *known, max_updates);
    for (field, count) in changed {
        check(Sign::Changed(*field), *count, *known, max_field_changes);
    }
    for (field, count) in blanked {
        check(Sign::Blanked(*field), *count, *known, max_blanked);
    }
    check(Sign::Rejected, *rejected, *exported, max_rejected);
    let missed = if missing < known { Sign::Missing } else { Sign::NobodyLeft };
    check(missed, *missing, *known, max_missing);
    breaches.extend(telltale(tally, beside, is_armed));
    breaches
}

/// What happens to a few customers on any night, and to most of those that it could happen to where an export is broken.
fn telltale(tally: &Tally, beside: &Beside, is_armed: bool) -> impl Iterator<Item = Breach> {
    let Beside { lettered_rows, undecodable, renumbered } = *beside;
    let signs = [
        (Sign::Garbled, tally.garbled, tally.lettered, true),
        (Sign::Undecodable, undecodable, lettered_rows, true),
        (Sign::Strangers, tally.strangers, tally.updates, is_armed),
        (Sign::Renumbered, renumbered, tally.creates, is_armed),
    ];
    let is_breach =
        |(_, found, of, armed): &(_, u64, u64, bool)| *armed && *found > FEW && found.saturating_mul(2) > *of;
    let breach = |(sign, found, of, _)| Breach { sign, found, of, allowed: None };
    signs.into_iter().filter(is_breach).map(breach)
}

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
        judge(tally, &Beside::default(), &limits()).into_iter().map(|breach| breach.sign.name()).collect()
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
            ..Tally::default()
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

    #[test]
    fn what_befalls_most_of_a_few_is_told_without_a_share_of_the_store() {
        let quiet =
            Tally { known: 1000, exported: 1000, creates: 8, updates: 9, lettered: 6, ..Tally::default() };
        let rows = Beside { lettered_rows: 40, ..Beside::default() };
        for (tally, beside, expected) in [
            (Tally { garbled: 4, ..quiet.clone() }, rows, Some("encoding: 4 of 6")),
            (Tally { garbled: 3, ..quiet.clone() }, rows, None),
            (Tally { garbled: 2, lettered: 2, ..quiet.clone() }, rows, None),
            (Tally { strangers: 5, ..quiet.clone() }, rows, Some("other_people: 5 of 9")),
            (Tally { strangers: 4, ..quiet.clone() }, rows, None),
            (quiet.clone(), Beside { undecodable: 21, ..rows }, Some("encoding: 21 of 40")),
            (quiet.clone(), Beside { undecodable: 20, ..rows }, None),
            (quiet.clone(), Beside { renumbered: 5, ..rows }, Some("leading_zeros: 5 of 8")),
            (quiet.clone(), Beside { renumbered: 4, ..rows }, None),
            (Tally { known: 99, garbled: 4, strangers: 9, ..quiet.clone() }, rows, Some("encoding: 4 of 6")),
        ] {
            let found: Vec<_> = judge(&tally, &beside, &limits()).iter().map(ToString::to_string).collect();
            assert_eq!(found.len(), usize::from(expected.is_some()), "{found:?}");
            assert!(found.iter().zip(expected).all(|(text, begins)| text.starts_with(begins)), "{found:?}");
        }
    }

    #[test]
    fn a_number_is_itself_without_its_zeros() {
        let numbers = ["176", "020", "A7"].into_iter().filter_map(number).collect();
        let tally = Tally { numbers, ..Tally::default() };
        for (key, is_renumbered) in
            [("000176", true), ("20", true), ("A7", false), ("0A7", false), ("1760", false)]
        {
            assert_eq!(tally.is_renumbered(key), is_renumbered, "{key}");
        }
    }
}

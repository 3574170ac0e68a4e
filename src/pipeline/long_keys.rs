//! [`LongKeys`]: customer keys that are too long to be searched for, said once per file.
//!
//! Where a DMS numbers its customers with GUIDs all keys are. A warning for each of them would bury what can be mended,
//! so the first customer's stands for all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::domain::{CustomerKey, Position, Warning};
use crate::validate::codes::KEY_LONG;

/// What was found so far, by file.
#[derive(Debug, Default)]
pub(super) struct LongKeys(BTreeMap<Arc<str>, First>);

/// The customer that stands for all of its file.
#[derive(Debug)]
struct First {
    key: CustomerKey,
    warning: Warning,
    others: u64,
}

impl LongKeys {
    /// Takes the warning of a long key out of those of the customer whose first row is at `at`.
    pub(super) fn take(&mut self, key: &CustomerKey, at: &Position, warnings: &mut Vec<Warning>) {
        let Some(place) = warnings.iter().position(|warning| warning.finding.code == KEY_LONG.code) else {
            return;
        };
        let warning = warnings.remove(place);
        let first = self.0.entry(Arc::clone(&at.file)).and_modify(|first| first.others += 1);
        first.or_insert_with(|| First { key: key.clone(), warning, others: 0 });
    }

    /// One warning per file.
    pub(super) fn warnings(self) -> Vec<(CustomerKey, Warning)> {
        let told = |First { key, mut warning, others }: First| {
            if others > 0 {
                let keys = if others == 1 { "key is" } else { "keys are" };
                let message = &mut warning.finding.message;
                // A text takes all that is written to it.
                let _ = write!(message, "; {others} more {keys} as long in this file");
            }
            (key, warning)
        };
        self.0.into_values().map(told).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::{Field, Finding};

    #[test]
    fn one_customer_stands_for_all_of_its_file() {
        let mut long = LongKeys::default();
        for (file, line, codes) in [
            ("a.csv", 2, &["key.long", "phone.invalid"][..]),
            ("b.csv", 2, &["key.long"]),
            ("a.csv", 3, &["email.invalid", "key.long"]),
            ("a.csv", 4, &["key.long"]),
            ("a.csv", 5, &["phone.invalid"]),
        ] {
            let at = Position { file: file.into(), line, record: line - 1 };
            let warning = |code: &&'static str| Warning {
                finding: Finding::on(Field::CustomerKey, code, "long"),
                at: Some(at.clone()),
            };
            let mut warnings: Vec<_> = codes.iter().map(warning).collect();
            long.take(&CustomerKey::parse(&format!("k{line}")).unwrap(), &at, &mut warnings);
            assert!(warnings.iter().all(|warning| warning.finding.code != "key.long"));
        }
        let told: Vec<_> = long
            .warnings()
            .into_iter()
            .map(|(key, warning)| (key.to_string(), warning.at.unwrap().to_string(), warning.finding.message))
            .collect();
        let told: Vec<_> = told.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
        assert_eq!(
            told,
            [("k2", "a.csv:2", "long; 2 more keys are as long in this file"), ("k2", "b.csv:2", "long")]
        );
    }
}

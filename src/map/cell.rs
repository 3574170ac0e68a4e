//! One cell on its way out of the file: the words of one DMS become ours, and polarity is settled.
//!
//! A cell is exchanged as a whole or not at all; what a number, a name or an address is worth is for `normalize`.

use std::collections::BTreeMap;

use super::layout::Polarity;
use super::profile::{Odometer, Profile};
use crate::domain::{Field, Flag};

/// What is exchanged in one column.
#[derive(Debug, Clone, Default)]
pub(super) struct Wording {
    /// In small letters.
    nulls: Vec<String>,
    values: BTreeMap<String, String>,
    kilometres: bool,
}

impl Wording {
    /// What the profile says of columns of `field`; none: of a column that has no field of its own.
    pub(super) fn of(profile: &Profile, field: Option<Field>) -> Self {
        let words = &profile.words;
        let own = field.and_then(|field| words.nulls_of.get(&field)).into_iter().flatten();
        let nulls = words.nulls.iter().chain(own).map(|word| word.trim().to_lowercase()).collect();
        let mut values = field.and_then(|field| words.values.get(&field)).cloned().unwrap_or_default();
        if field.is_some_and(Field::is_consent) {
            values.extend(words.consent.clone());
        }
        let odometer = field == Some(Field::EstimatedMileage);
        Self { nulls, values, kilometres: odometer && profile.odometer == Odometer::Kilometres }
    }

    /// The cell in our words.
    pub(super) fn apply(&self, mut cell: String) -> String {
        let Self { nulls, values, kilometres } = self;
        if !(nulls.is_empty() && values.is_empty()) {
            let word = cell.trim().to_lowercase();
            if nulls.contains(&word) {
                return String::new();
            }
            if let Some(ours) = values.get(&word) {
                return ours.clone();
            }
        }
        if *kilometres && cell.trim_end().ends_with(|c: char| c.is_ascii_digit()) {
            cell.push_str(" km");
        }
        cell
    }
}

impl Polarity {
    /// What a flag's cell says in answer to "may we?": `N`, nothing, or as it stands. An unknown word stays, so that
    /// there is a warning of it.
    pub(super) fn settle(self, cell: String) -> String {
        let blocks = match (self, Flag::read(&cell)) {
            (Self::Allow, _) | (_, Flag::Unknown) => return cell,
            (Self::Block, flag) => matches!(flag, Flag::Yes | Flag::OptOut),
            (Self::BlockOnNo, flag) => matches!(flag, Flag::No | Flag::OptOut),
        };
        if blocks { "N".to_owned() } else { String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_blocked_is_not_allowed() {
        for (polarity, cell, settled) in [
            (Polarity::Block, "Y", "N"),
            (Polarity::Block, "N", ""),
            (Polarity::Block, "", ""),
            (Polarity::Block, "Opt-Out", "N"),
            (Polarity::Block, "-1", "N"),
            (Polarity::Block, "STOP", "N"),
            (Polarity::Block, "Opted in", ""),
            (Polarity::Block, "*", "*"),
            (Polarity::BlockOnNo, "Do Not Text", "N"),
            (Polarity::BlockOnNo, "opt in", ""),
            (Polarity::Block, "Allowed", ""),
            (Polarity::Block, "perhaps", "perhaps"),
            (Polarity::BlockOnNo, "N", "N"),
            (Polarity::BlockOnNo, "Y", ""),
            (Polarity::BlockOnNo, "blocked", "N"),
            (Polarity::Allow, "Y", "Y"),
            (Polarity::Allow, "N", "N"),
        ] {
            assert_eq!(polarity.settle(cell.to_owned()), settled, "{polarity:?} {cell}");
        }
    }
}

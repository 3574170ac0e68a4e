//! [`Listed`]: whom a list that is fed back may name, and what a row of it still is.
//!
//! An `errors.csv` goes through spreadsheets, which take the zeros off customer numbers: what was `000101` comes back as
//! `101`, and would be created beside the real one. So a row that had a customer when it was listed must name one that
//! is left over, or known, or in the list of a held run, which leaves nobody over.

use hashbrown::HashMap;

use super::intake::Source;
use crate::checkpoint::{Checkpoint, CheckpointError, ListedKeys, Subject};
use crate::domain::outcome::ERROR_COLUMNS;
use crate::domain::{CustomerKey, Field, Finding};
use crate::plan::KeyHash;
use crate::validate::codes::KEY_TWO_PEOPLE;

/// Whoever is left over from a run, or was pushed, or is in the list of one that was held.
#[derive(Debug)]
pub(super) struct Listed {
    /// With the time since when each is left over, where it is: seconds since 1970, UTC.
    keys: HashMap<KeyHash, Option<i64>>,
    held: ListedKeys,
}

/// What a row of a list is by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// Its customer is left over since it was listed: it is what there is to be mended.
    Open,
    /// Its customer is not, or for something else: it was listed at this time, in seconds since 1970, where it says so.
    Past(Option<i64>),
}

impl Row {
    /// Of two rows of one customer, what both are: nothing is past that is open.
    pub(super) fn newest(self, other: Self) -> Self {
        match (self, other) {
            (Self::Past(one), Self::Past(other)) => Self::Past(one.max(other)),
            _ => Self::Open,
        }
    }
}

impl Listed {
    /// # Errors
    /// Where the checkpoint cannot be read.
    pub(super) fn of(checkpoint: &Checkpoint) -> Result<Self, CheckpointError> {
        let mut keys = HashMap::new();
        checkpoint.scan(&mut |key, _| {
            keys.insert(KeyHash::of(key.as_bytes()), None);
        })?;
        for leftover in checkpoint.leftovers()? {
            if let Subject::Customer(key) = leftover.entry.subject {
                keys.insert(KeyHash::of(key.as_str().as_bytes()), Some(leftover.first_seen));
            }
        }
        Ok(Self { keys, held: checkpoint.listed_by_held_runs()? })
    }

    /// Why a row of the list is nobody's, where it is.
    pub(super) fn finding(&self, source: &Source, row: &csv::ByteRecord, key: KeyHash) -> Option<Finding> {
        if self.keys.contains_key(&key) || had_no_customer(source, row) || self.was_held(source, row) {
            return None;
        }
        let message = "nobody with this customer key is left over, known, or in the list of a held run that is kept; has a \
                       spreadsheet changed the number, its leading zeros for one?";
        Some(Finding::on(Field::CustomerKey, "key.not_listed", message))
    }

    fn was_held(&self, source: &Source, row: &csv::ByteRecord) -> bool {
        let key = source.key(row).ok().and_then(|text| CustomerKey::parse(&text));
        key.is_some_and(|key| self.held.contains(&key))
    }

    /// What the row is by now. A leftover lasts as long as its cause, and goes when its customer is settled: one that is
    /// there since the same moment is that of the list.
    pub(super) fn row(&self, source: &Source, row: &csv::ByteRecord, key: KeyHash) -> Row {
        let since = listed(source, row, "first_seen").parse().map(jiff::Timestamp::as_second).ok();
        let left_over = self.keys.get(&key).copied().flatten();
        // A row under a wrong number was listed for it by the number that it should not have.
        let is_wrong = listed(source, row, "error_code").contains(KEY_TWO_PEOPLE.code);
        if since.is_some() && since == left_over && !is_wrong { Row::Open } else { Row::Past(since) }
    }
}

/// Whether the row was listed for what it is itself, so that its key may be new.
fn had_no_customer(source: &Source, row: &csv::ByteRecord) -> bool {
    let code = listed(source, row, "error_code");
    ["row.", "key.blank", "key.zero", "join."].iter().any(|kind| code.starts_with(kind))
}

/// A cell of those that the list has beside the row's own.
fn listed(source: &Source, row: &csv::ByteRecord, name: &str) -> String {
    let index = ERROR_COLUMNS.iter().position(|column| *column == name);
    let cell = index.and_then(|index| source.decoder().decode(row.get(index)?).ok()).unwrap_or_default();
    cell.trim().to_owned()
}

//! [`Listed`]: whom a list that is fed back may name.
//!
//! An `errors.csv` goes through spreadsheets, which take the zeros off customer numbers: what was `000101` comes back as
//! `101`, and would be created beside the real one. So a row that had a customer when it was listed must name one that
//! is left over, or known.

use hashbrown::HashSet;

use super::intake::Source;
use crate::checkpoint::{Checkpoint, CheckpointError, Subject};
use crate::domain::outcome::ERROR_COLUMNS;
use crate::domain::{Field, Finding};
use crate::plan::KeyHash;

/// Whoever is left over from a run, or was pushed.
#[derive(Debug)]
pub(super) struct Listed {
    keys: HashSet<KeyHash>,
}

impl Listed {
    /// # Errors
    /// Where the checkpoint cannot be read.
    pub(super) fn of(checkpoint: &Checkpoint) -> Result<Self, CheckpointError> {
        let mut keys = HashSet::new();
        checkpoint.scan(&mut |key, _| {
            keys.insert(KeyHash::of(key.as_bytes()));
        })?;
        for leftover in checkpoint.leftovers()? {
            if let Subject::Customer(key) = leftover.entry.subject {
                keys.insert(KeyHash::of(key.as_str().as_bytes()));
            }
        }
        Ok(Self { keys })
    }

    /// Why a row of the list is nobody's, where it is.
    pub(super) fn finding(&self, source: &Source, row: &csv::ByteRecord, key: KeyHash) -> Option<Finding> {
        if self.keys.contains(&key) || had_no_customer(source, row) {
            return None;
        }
        let message = "nobody with this customer key is left over or known; has a spreadsheet changed the number, its \
                       leading zeros for one?";
        Some(Finding::on(Field::CustomerKey, "key.not_listed", message))
    }
}

/// Whether the row was listed for what it is itself, so that its key may be new.
fn had_no_customer(source: &Source, row: &csv::ByteRecord) -> bool {
    let index = ERROR_COLUMNS.iter().position(|column| *column == "error_code");
    let code = index.and_then(|index| source.decoder().decode(row.get(index)?).ok()).unwrap_or_default();
    ["row.", "key.blank", "key.zero", "join."].iter().any(|kind| code.trim_start().starts_with(kind))
}

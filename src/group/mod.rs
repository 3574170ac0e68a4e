//! Rows of one customer -> one source record, deterministically.
//!
//! Raw text in, raw text out: nothing is interpreted here beyond what it takes to compare (`normalize` does the rest),
//! and nothing is refused (`validate` does that, by [`SourceRecord::conflict`]).
//!
//! The rules, in the order in which the files here have them:
//! - `rank`: which row's word counts more. With a date mapped, the newer row's; between rows of one date, or without
//!   one, the row's content decides, so that the order of rows does not matter. Without, the later row's.
//! - `fields`: per column, the value of the highest row that has one; a blank never overwrites a value. The second
//!   address line goes with the first: the flat of the old address is not added to the new one.
//! - `vehicles`: the union by VIN, else by vehicle key, else by year, make and model.
//! - `people`: rows that name two people.
//! - Consent columns keep every distinct value, because an opt-out in any row wins.
//!
//! What rows disagree on is a warning, one per field (`group.disagree`), at the row that won; so is a date that
//! cannot be read (`updated_at.unreadable`), at the first such row. No message quotes a value.

mod compare;
mod fields;
mod people;
mod rank;
#[cfg(test)]
mod tests;
mod vehicles;

use crate::domain::{Field, Finding, Position, SourceRecord, SourceRow, Warning};

pub use rank::Order;

use rank::Ranked;

/// Folds the rows of one customer into what they say together; `rows` are in the order of the export and share one
/// key. `None` where there are none.
///
/// With [`Order::Newest`] the result does not depend on the order of `rows`: the record and its vehicles stand at
/// their least [`Position`]. With [`Order::Last`] they stand at the first of `rows`. Vehicles are sorted by what
/// identifies them in both.
pub fn group(rows: Vec<SourceRow>, order: Order) -> Option<SourceRecord> {
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let ranked = Ranked::new(rows, order);
    let first = ranked.first(|_| true)?;
    let (key, at) = (first.key.clone(), first.at.clone());
    let mut warnings = fields::disagreements(&ranked);
    warnings.extend(unreadable_date(&ranked));
    Some(SourceRecord {
        key,
        at,
        fields: fields::fields(&ranked),
        consents: fields::consents(&ranked),
        vehicles: vehicles::vehicles(&ranked),
        rows: count,
        conflict: people::conflict(&ranked),
        warnings,
    })
}

/// The warning that a row's date cannot be read; `map` leaves it among the values only then.
fn unreadable_date(ranked: &Ranked) -> Option<Warning> {
    let has_one = |row: &SourceRow| row.values.iter().any(|(slot, _)| slot.field == Field::UpdatedAt);
    let at: Position = ranked.first(|row| row.updated_at.is_none() && has_one(row))?.at.clone();
    let message =
        "the date is in no format that the profile names; the row counts as older than every dated one";
    Some(Warning { finding: Finding::on(Field::UpdatedAt, "updated_at.unreadable", message), at: Some(at) })
}

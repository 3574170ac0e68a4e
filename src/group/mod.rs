//! Rows of one customer -> one source record, deterministically.
//!
//! Raw text in, raw text out: nothing is interpreted here beyond what it takes to compare (`normalize` does the rest),
//! and nothing is refused (`validate` does that, by [`SourceRecord::conflict`]).
//!
//! The rules, in the order in which the files here have them:
//! - `rank`: which row's word counts more. With a date mapped, the newer row's; between rows of one date, or without
//!   one, the later file's; within one file the row's content decides, so that the order of rows does not matter.
//!   Without, the later row's.
//! - `fields`: per column, the value of the highest row that has one; a blank never overwrites a value. The second
//!   address line goes with the first: the flat of the old address is not added to the new one.
//! - `vehicles`: the union by VIN, else by vehicle key, else by year, make and model.
//! - `people`: rows that name two people; `naming` says when two names are one person's.
//! - Whether the customer is inactive, the highest row says; that it is deleted, any row.
//! - Consent columns keep every distinct value, because an opt-out in any row wins.
//!
//! What rows disagree on is a warning, one per field (`group.disagree`), at the row that won. What `map` could not
//! understand (a date, a flag that says whether the customer is to be synced) is a warning at the first such row. No message
//! quotes a value.

mod compare;
mod fields;
mod naming;
mod people;
mod rank;
#[cfg(test)]
mod tests;
mod vehicles;

use std::collections::BTreeMap;

use crate::domain::{Field, SourceRecord, SourceRow, SourceVehicle, Sourced, Warning};

pub use people::shares_a_name;
pub use rank::Order;

use rank::Ranked;

/// Folds the rows of one customer into what they say together; `rows` are in the order of the export and share one
/// key. `None` where there are none.
///
/// With [`Order::Newest`] the result does not depend on the order of a file's rows: the record and its vehicles stand at
/// their least [`Position`](crate::domain::Position). With [`Order::Last`] they stand at the first of `rows`. Vehicles are sorted by what
/// identifies them in both.
pub fn group(rows: Vec<SourceRow>, order: Order) -> Option<SourceRecord> {
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let ranked = Ranked::new(rows, order);
    let first = ranked.first(|_| true)?;
    let mut record = SourceRecord {
        key: first.key.clone(),
        at: first.at.clone(),
        fields: BTreeMap::new(),
        consents: BTreeMap::new(),
        vehicles: Vec::new(),
        rows: count,
        presence: ranked.presence(),
        conflict: None,
        warnings: doubts(&ranked),
    };
    if count == 1 {
        ranked.into_rows().into_iter().for_each(|row| alone(row, &mut record));
    } else {
        together(ranked, &mut record);
    }
    Some(record)
}

/// What the only row says: nothing to compare, and every text is moved rather than copied. Most customers have one.
fn alone(row: SourceRow, record: &mut SourceRecord) {
    let SourceRow { at, key: _, values, updated_at: _, named_at: _, presence: _, doubts: _ } = row;
    let (mut fields, mut vehicle, mut has_vehicle) = (Vec::with_capacity(values.len()), Vec::new(), false);
    for (slot, raw) in values {
        if slot.field.is_vehicle() {
            has_vehicle |= !compare::is_blank(&raw);
            vehicle.push((slot, Sourced { raw, at: at.clone() }));
        } else if slot.field.is_consent() {
            record.consents.insert(slot, vec![Sourced { raw, at: at.clone() }]);
        } else if fields::is_customers(slot.field) {
            fields.push((slot, Sourced { raw, at: at.clone() }));
        }
    }
    record.fields = fields.into_iter().collect();
    if has_vehicle {
        record.vehicles.push(SourceVehicle { at, fields: vehicle.into_iter().collect() });
    }
}

/// What several rows say: from the highest down, a lower row fills what is not yet said.
fn together(ranked: Ranked, record: &mut SourceRecord) {
    record.consents = fields::consents(&ranked);
    record.conflict = people::conflict(&ranked);
    record.warnings.splice(0..0, fields::disagreements(&ranked));
    let flat_from = fields::flat_counts_from(&ranked);
    let numbers = vehicles::numbered(&ranked);
    let order = ranked.order();
    let mut vehicles: BTreeMap<usize, SourceVehicle> = BTreeMap::new();
    for ((index, row), number) in ranked.into_rows().into_iter().enumerate().zip(numbers).rev() {
        let mut vehicle = number.map(|number| {
            let fresh = || SourceVehicle { at: row.at.clone(), fields: BTreeMap::new() };
            vehicles.entry(number).or_insert_with(fresh)
        });
        if let Some(vehicle) = &mut vehicle {
            vehicle.at = order.earlier(&vehicle.at, &row.at).clone();
        }
        for (slot, raw) in row.values {
            if let (true, Some(vehicle)) = (slot.field.is_vehicle(), &mut vehicle) {
                fields::underlay(&mut vehicle.fields, slot, raw, &row.at);
            } else if fields::is_customers(slot.field) && !slot.field.is_consent() {
                let raw =
                    if slot.field == Field::AddressLine2 && index < flat_from { String::new() } else { raw };
                fields::underlay(&mut record.fields, slot, raw, &row.at);
            }
        }
    }
    record.vehicles = vehicles.into_values().collect();
}

/// What could not be understood beside the columns' values: each doubt once, at the first row that has it.
fn doubts(ranked: &Ranked) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = Vec::new();
    if ranked.upwards().all(|row| row.doubts.is_empty()) {
        return warnings;
    }
    for row in ranked.in_order() {
        for finding in &row.doubts {
            if warnings.iter().all(|known| known.finding != *finding) {
                warnings.push(Warning { finding: finding.clone(), at: Some(row.at.clone()) });
            }
        }
    }
    warnings
}

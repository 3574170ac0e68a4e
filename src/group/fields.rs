//! The customer's own columns: the winning value, every word on consent, and what the rows disagree on.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{folded, is_blank};
use super::rank::Ranked;
use crate::domain::{Field, Finding, Position, Slot, SourceRow, Sourced, Warning};

/// Whether a column says something of the customer, rather than of its key, its date or a vehicle.
pub(super) fn is_customers(field: Field) -> bool {
    !field.is_vehicle() && !matches!(field, Field::CustomerKey | Field::UpdatedAt)
}

/// Puts a lower row's value under what higher rows said: it counts where they said nothing, or a blank.
pub(super) fn underlay(fields: &mut BTreeMap<Slot, Sourced>, slot: Slot, raw: String, at: &Position) {
    let held = fields.get(&slot);
    if held.is_none_or(|held| is_blank(&held.raw) && !is_blank(&raw)) {
        fields.insert(slot, Sourced { raw, at: at.clone() });
    }
}

/// The lowest row whose second address line may count: the last one that has another street than the rows below it.
/// The flat of the old address is not the flat of the new one.
pub(super) fn flat_counts_from(ranked: &Ranked) -> usize {
    let (mut street, mut from) = (None, 0);
    for (row, index) in ranked.upwards().zip(0..) {
        let mine = row.values.iter().find(|(slot, raw)| slot.field == Field::AddressLine1 && !is_blank(raw));
        let Some((slot, raw)) = mine else { continue };
        let mine = folded(slot.field, raw);
        if street.replace(mine.clone()).is_some_and(|below| below != mine) {
            from = index;
        }
    }
    from
}

/// Every consent column: each distinct value, from the highest row that says so, in the order of the folded text;
/// one blank where no row has a value.
pub(super) fn consents(ranked: &Ranked) -> BTreeMap<Slot, Vec<Sourced>> {
    let mut said: BTreeMap<Slot, BTreeMap<String, Sourced>> = BTreeMap::new();
    for row in ranked.upwards() {
        for (slot, raw) in row.values.iter().filter(|(slot, _)| slot.field.is_consent()) {
            let word = folded(slot.field, raw);
            said.entry(*slot).or_default().insert(word, Sourced { raw: raw.clone(), at: row.at.clone() });
        }
    }
    let distinct = |mut words: BTreeMap<String, Sourced>| {
        if words.len() > 1 {
            words.remove("");
        }
        words.into_values().collect()
    };
    said.into_iter().map(|(slot, words)| (slot, distinct(words))).collect()
}

/// One warning per field of the customer of which rows have different values, at the row that won. Vehicle fields
/// differ because vehicles do.
pub(super) fn disagreements(ranked: &Ranked) -> Vec<Warning> {
    let mut said: BTreeMap<Slot, (BTreeSet<String>, &SourceRow)> = BTreeMap::new();
    for row in ranked.upwards() {
        for (slot, raw) in row.values.iter().filter(|(slot, raw)| is_customers(slot.field) && !is_blank(raw))
        {
            let (values, winner) = said.entry(*slot).or_insert_with(|| (BTreeSet::new(), row));
            values.insert(folded(slot.field, raw));
            *winner = row;
        }
    }
    let split = said.into_iter().filter(|(_, (values, _))| values.len() > 1);
    let mut by_field = BTreeMap::new();
    for (slot, (_, winner)) in split {
        by_field.entry(slot.field).or_insert_with(|| disagreement(slot.field, winner));
    }
    by_field.into_values().collect()
}

fn disagreement(field: Field, winner: &SourceRow) -> Warning {
    let message = if field.is_consent() {
        "the customer's rows disagree; an opt-out in any of them wins"
    } else {
        "the customer's rows disagree; this row's value was taken"
    };
    Warning { finding: Finding::on(field, "group.disagree", message), at: Some(winner.at.clone()) }
}

//! The customer's own columns: the winning value, every word on consent, and what the rows disagree on.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{folded, is_blank};
use super::rank::Ranked;
use crate::domain::{Field, Finding, Slot, SourceRow, Sourced, Warning};

/// Whether a column says something of the customer, rather than of its key, its date or a vehicle.
fn is_customers(slot: Slot) -> bool {
    !slot.field.is_vehicle() && !matches!(slot.field, Field::CustomerKey | Field::UpdatedAt)
}

/// Every customer column but consent: the value of the highest row that has one, else the highest row's blank.
pub(super) fn fields(ranked: &Ranked) -> BTreeMap<Slot, Sourced> {
    let mut fields = BTreeMap::new();
    for row in ranked.upwards() {
        let wanted = |slot: Slot| is_customers(slot) && !slot.field.is_consent();
        let moved = has_moved(row, &fields);
        overlay(row, wanted, &mut fields);
        if moved {
            set(row, Slot::first(Field::AddressLine2), &mut fields);
        }
    }
    fields
}

/// Puts the row's `wanted` columns over what lower rows said.
pub(super) fn overlay(row: &SourceRow, wanted: impl Fn(Slot) -> bool, fields: &mut BTreeMap<Slot, Sourced>) {
    for (slot, raw) in row.values.iter().filter(|(slot, _)| wanted(*slot)) {
        let stays = is_blank(raw) && fields.get(slot).is_some_and(|held| !is_blank(&held.raw));
        if !stays {
            fields.insert(*slot, Sourced { raw: raw.clone(), at: row.at.clone() });
        }
    }
}

/// Whether the row has another street than the rows below it: then their flat is not its flat.
fn has_moved(row: &SourceRow, below: &BTreeMap<Slot, Sourced>) -> bool {
    let street = Slot::first(Field::AddressLine1);
    let mine = row.values.iter().find(|(slot, raw)| *slot == street && !is_blank(raw));
    match (mine, below.get(&street)) {
        (Some((_, mine)), Some(theirs)) if !is_blank(&theirs.raw) => {
            folded(Field::AddressLine1, mine) != folded(Field::AddressLine1, &theirs.raw)
        }
        _ => false,
    }
}

/// Takes the row's value of `slot`, a blank one too.
fn set(row: &SourceRow, slot: Slot, fields: &mut BTreeMap<Slot, Sourced>) {
    if let Some((_, raw)) = row.values.iter().find(|(other, _)| *other == slot) {
        fields.insert(slot, Sourced { raw: raw.clone(), at: row.at.clone() });
    }
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
    if ranked.upwards().nth(1).is_none() {
        return Vec::new();
    }
    let mut said: BTreeMap<Slot, (BTreeSet<String>, &SourceRow)> = BTreeMap::new();
    for row in ranked.upwards() {
        for (slot, raw) in row.values.iter().filter(|(slot, raw)| is_customers(*slot) && !is_blank(raw)) {
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

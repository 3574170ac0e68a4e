//! The cells of one record or vehicle by field, and the warnings that reading them gives.
//!
//! Knows where a value stands; what it means is for the files that take it from here.

use super::codes::Rule;
use super::text::{self, Nulls};
use crate::domain::{Claim, Field, Finding, Position, Sourced, Warning};

/// What reading one value gives: a value, a blank, or the rule that drops it.
pub(super) type Read<T> = Result<Option<T>, Rule>;

/// At most one cell per field. Of several columns for one field, the first that says something wins.
pub(super) struct Cells([Option<Sourced>; Field::ALL.len()]);

impl Cells {
    pub(super) fn new() -> Self {
        Self([const { None }; Field::ALL.len()])
    }

    /// Adds a column's cell; columns come in their order.
    pub(super) fn put(&mut self, field: Field, cell: Sourced) {
        let place = &mut self.0[field as usize];
        if place.as_ref().is_none_or(|known| text::is_null(&known.raw, Nulls::Name)) {
            // The first blank keeps its row; a later blank adds nothing.
            if place.is_none() || !text::is_null(&cell.raw, Nulls::Name) {
                *place = Some(cell);
            }
        }
    }

    /// Takes a field's cell; `None` where the column is not mapped.
    pub(super) fn take(&mut self, field: Field) -> Option<Sourced> {
        self.0[field as usize].take()
    }

    /// The claim of a field that `parse` reads.
    pub(super) fn read<T>(
        &mut self,
        field: Field,
        notes: &mut Notes,
        parse: impl FnOnce(&str) -> Read<T>,
    ) -> Claim<T> {
        let Some(cell) = self.take(field) else { return Claim::Silent };
        match parse(&cell.raw) {
            Ok(value) => value.map_or(Claim::Blank, Claim::Value),
            Err(rule) => {
                notes.add(rule, field, &cell.at);
                Claim::Silent
            }
        }
    }

    /// The claim of a field of free text.
    pub(super) fn text(&mut self, field: Field, nulls: Nulls) -> Claim<String> {
        text::claim(self.take(field), nulls)
    }
}

/// Warnings in the order in which they are found.
pub(super) struct Notes(pub(super) Vec<Warning>);

impl Notes {
    pub(super) fn add(&mut self, rule: Rule, field: Field, at: &Position) {
        let finding = Finding::on(field, rule.code, rule.message);
        self.0.push(Warning { finding, at: Some(at.clone()) });
    }
}

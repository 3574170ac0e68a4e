//! Rows of a list of errors that is fed back: how old they are, and whether they are of whom their number says.
//!
//! A list lies about for days, and passes through a spreadsheet. What it says is repaired in it is sent as long as its
//! customer is left over since it was listed; else what went through since is newer, and a row that has nothing in common
//! with the customer has got a wrong number.

use super::{BuildError, Site, rejected};
use crate::checkpoint::Known;
use crate::domain::{CustomerKey, Draft, Field, Finding, Position, SourceRow, Violation};
use crate::pipeline::listed::Row;
use crate::pipeline::older::{Undated, is_of};
use crate::plan::KeyHash;
use crate::validate::codes::KEY_TWO_PEOPLE;

impl Site<'_> {
    /// What the customer's rows are where dates do not tell: of a list, older than a row of an export that went through
    /// since. What an earlier list has repaired, a later one may repair again.
    pub(super) fn undated(&self, hash: KeyHash, rows: &[SourceRow]) -> Result<Undated, BuildError> {
        let (Some(checkpoint), Some(Row::Past(Some(listed))), Some(row)) =
            (self.builder.checkpoint, self.lists.get(&hash), rows.first())
        else {
            return Ok(Undated::Current);
        };
        let Some(known) = checkpoint.known(&row.key)? else { return Ok(Undated::Current) };
        let went_through = checkpoint.run(&known.last_run)?.map(|row| row.run);
        let is_newer = went_through.is_some_and(|run| run.mode == "sync" && run.started_at >= *listed);
        Ok(if is_newer { Undated::Older } else { Undated::Current })
    }

    /// Whether a row of a list has got the number of somebody else: a customer who is known, was not left over when the
    /// row was listed, and has nothing in common with it.
    pub(super) fn is_another(&self, hash: KeyHash, draft: &Draft, known: Option<&Known>) -> bool {
        matches!(self.lists.get(&hash), Some(Row::Past(_)))
            && known.is_some_and(|known| !is_of(draft, &known.base))
    }

    /// Such a row is nobody's: not even what it blocks is heard of the customer whose number it has.
    pub(super) fn refuse_another(&mut self, key: CustomerKey, at: Position) {
        let message =
            "the row shares neither name, phone, e-mail nor VIN with the customer who is known by its number";
        let finding = Finding::on(Field::CustomerKey, KEY_TWO_PEOPLE.code, message);
        let tip = "put the customer number back as the export has it; if it is right, correct the customer in the DMS";
        self.built.tally.rejected += 1;
        let violations = [Violation { finding, tip: tip.into() }];
        self.built.settled.push(rejected(key, at, &violations, Vec::new()));
    }
}

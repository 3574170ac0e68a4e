//! [`CsvDiff`]: a plan as a table, one line per field, for a spreadsheet.
//!
//! A refused customer is one line with the action `reject` and its code as the item, and where an opt-out of it is sent
//! all the same, lines with the action `block`; a change without fields is one line
//! too. Unlike `errors.csv` this file is never fed back, so what a spreadsheet would take for a formula is
//! disarmed by an apostrophe, in every column but the key. The totals are not in it.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::domain::{Change, CustomerKey, Position, RunSummary};

use super::super::cell::inert;
use super::super::error::into_io;
use super::super::mask::{ShownField, Values};
use super::super::text::SummaryContext;
use super::{DiffFormat, DiffHead, Rejection};

const HEADER: [&str; 8] =
    ["customer_key", "action", "field", "item", "old", "new", "source_file", "source_line"];

/// A table.
#[derive(Debug)]
pub struct CsvDiff<W: Write> {
    out: ::csv::Writer<W>,
    values: Values,
}

impl<W: Write> CsvDiff<W> {
    /// A table onto `out`.
    pub fn new(out: W, values: Values) -> Self {
        Self { out: ::csv::Writer::from_writer(out), values }
    }

    fn line(&mut self, key: &str, action: &str, field: &ShownField<'_>, at: &Position) -> io::Result<()> {
        let ShownField { field, item, old, new } = field;
        let [item, old, new] = [item, old, new].map(|cell| inert(cell.as_deref().unwrap_or_default()));
        let place = [&*inert(&at.file), &at.line.to_string()];
        self.out
            .write_record([[key, action, field, &item, &old, &new].as_slice(), &place].concat())
            .map_err(into_io)
    }
}

impl<W: Write> DiffFormat for CsvDiff<W> {
    fn begin(&mut self, _head: &DiffHead<'_>) -> io::Result<()> {
        self.out.write_record(HEADER).map_err(into_io)
    }

    fn change(&mut self, change: &Change) -> io::Result<()> {
        let (key, action) = (change.ours.key.as_str(), change.verb());
        if change.fields.is_empty() {
            return self.line(key, action, &blank(None), &change.at);
        }
        change.fields.iter().try_for_each(|field| self.line(key, action, &self.values.of(field), &change.at))
    }

    fn rejected(&mut self, rejection: &Rejection<'_>) -> io::Result<()> {
        let Rejection { customer_key, code, at } = rejection;
        self.line(customer_key.map_or("", CustomerKey::as_str), "reject", &blank(Some(code)), at)
    }

    fn end(&mut self, _summary: &RunSummary, _context: &SummaryContext<'_>) -> io::Result<()> {
        self.out.flush()
    }
}

/// A line that is about no field.
fn blank(item: Option<&str>) -> ShownField<'_> {
    ShownField { field: "", item: item.map(Cow::Borrowed), old: None, new: None }
}

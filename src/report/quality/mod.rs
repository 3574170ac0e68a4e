//! What an export is worth, before a customer of it is sent: figures, troubles with their places, the price of a first
//! load. For `check --input`.
//!
//! This folder only shows. `pipeline::quality` counts; [`text()`] is for people, [`document`] for machines. No value of the
//! export is in a [`Quality`]: an example has a place, a column and the [`shape()`] of what stands there.
//!
//! # The document
//! `{"schema":1,"checks":[{"ok","mark","text"}],"departments":[Q]}`, where Q is a [`Quality`]:
//!
//! `mark` is `ok`, `note` or `fail`; a note is something to know, and in order.
//!
//! | member | |
//! |---|---|
//! | `department`, `profile`, `export` | `export` is `full` or `delta` |
//! | `files[]` | `path`, `encoding`, `rows`, `columns`, `ignored[]` (not mapped), `lacking[]` (what the profile has columns for in such a file, and it has none) |
//! | `rows` | `total`, `used`, `rejected` |
//! | `customers` | `total`, the sum of `sendable`, `skipped` and `rejected` |
//! | `rows_per_customer[]` | `rows` (`1`, `2`, `3-5`, `6-10`, `more`), `customers` |
//! | `fields[]` | `field` (as the profile calls it: `email.2`, `fullName`, `phones`, `consent.call`, `skip.deleted`), `columns[]`, `rows` (readable rows of files that have the column), `filled_rows`, `sent_customers` (sendable customers with a usable value; `null` where the field is not sent, or counted in its first column) |
//! | `rejected[]`, `repaired[]` | `code`, `count` (rows or customers; values), `fields` (name to count), `tip`, `examples[]`: `file`, `line`, `message`, `cells[]`: `column`, `shape` (empty: blank) |
//! | `consent` | `call`, `text`, `email`: sendable customers `allowed`, `blocked`, `unknown` |
//! | `reach` | sendable customers with any `phone`, `cell`, `email`, `vin` |
//! | `first_load` | `creates`, `requests`, `requests_per_create`, `requests_per_update`, `per_second`, `per_day` (0: no budget), `seconds`, `days` (that a daily budget takes; 0 without one) |

mod shape;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::summary::RowCounts;
use crate::domain::{Consent, Consents, DepartmentName};

pub use shape::shape;
pub use text::text;

/// Version of the document's shape.
pub const SCHEMA: u32 = 1;

/// Everything that `check` found, as one JSON document with a line end.
///
/// # Errors
/// Where it cannot be written as JSON, which would be a defect of ours.
pub fn document(checks: &[Checked], departments: &[Quality]) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Document<'a> {
        schema: u32,
        checks: &'a [Checked],
        departments: &'a [Quality],
    }
    let mut text = serde_json::to_string_pretty(&Document { schema: SCHEMA, checks, departments })?;
    text.push('\n');
    Ok(text)
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Whether it is in order.
    ok: bool,
    mark: Mark,
    text: String,
}

/// What is to be thought of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// In order.
    Ok,
    /// In order, and something to know.
    Note,
    /// Not in order.
    Fail,
}

impl Checked {
    /// `text` says what was looked at; where it is not in order, with the remedy.
    pub fn new(mark: Mark, text: impl Into<String>) -> Self {
        Self { ok: mark != Mark::Fail, mark, text: text.into() }
    }

    /// The line for a person.
    pub fn line(&self) -> String {
        let mark = match self.mark {
            Mark::Ok => "ok",
            Mark::Note => "note",
            Mark::Fail => "FAIL",
        };
        format!("{mark:<6}{}\n", self.text)
    }
}

/// What one department's files are worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quality {
    /// Whose files.
    pub department: DepartmentName,
    /// The profile that they are read by.
    pub profile: String,
    /// `full` or `delta`.
    pub export: &'static str,
    /// The files, in the order in which they are read.
    pub files: Vec<FileQuality>,
    /// Rows by fate.
    pub rows: RowCounts,
    /// Customers by fate.
    pub customers: CustomerFates,
    /// How many rows customers have; every bin, the empty ones too.
    pub rows_per_customer: Vec<Bin>,
    /// The mapped columns, in the profile's order.
    pub fields: Vec<FieldFill>,
    /// Why rows and customers are refused, most frequent first.
    pub rejected: Vec<Trouble>,
    /// Why values are repaired or dropped, most frequent first.
    pub repaired: Vec<Trouble>,
    /// What the customers that can be sent say of each channel.
    pub consent: ConsentCounts,
    /// How the customers that can be sent can be reached and recognised.
    pub reach: ReachCounts,
    /// What it would take to send them all.
    pub first_load: FirstLoad,
}

impl Quality {
    /// Whether any row or customer is refused.
    pub fn rejects(&self) -> bool {
        self.rows.rejected + self.customers.rejected > 0
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileQuality {
    /// As given.
    pub path: String,
    /// How its bytes are decoded.
    pub encoding: String,
    /// Records, without the header.
    pub rows: u64,
    /// Columns of its header.
    pub columns: usize,
    /// Those that the profile does not map.
    pub ignored: Vec<String>,
    /// What the profile has columns for in such a file, and it has none.
    pub lacking: Vec<String>,
}

/// Customers by fate: `total` is the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct CustomerFates {
    /// Those with a usable row.
    pub total: u64,
    /// Those that a sync would send.
    pub sendable: u64,
    /// Those that are left alone on purpose: flagged as deleted or inactive.
    pub skipped: u64,
    /// Those that our rules refuse.
    pub rejected: u64,
}

/// One bar of a histogram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bin {
    /// How many rows: a number, a range or `more`.
    pub rows: &'static str,
    /// Customers that have so many.
    pub customers: u64,
}

/// One mapped column, or the same one of several files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldFill {
    /// What the profile calls it, with its ordinal where a layout has several columns for it.
    pub field: String,
    /// What the files call it.
    pub columns: Vec<String>,
    /// Rows that could be split, of the files that have the column.
    pub rows: u64,
    /// Those of them whose cell is not empty.
    pub filled_rows: u64,
    /// Customers that can be sent, and are sent with a value in it.
    pub sent_customers: Option<u64>,
}

/// One cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Its stable code; several broken rules of one customer are joined by `;`.
    pub code: String,
    /// Rows, customers or values that have it.
    pub count: u64,
    /// The fields concerned, where they are known.
    pub fields: BTreeMap<&'static str, u64>,
    /// What a person can do.
    pub tip: String,
    /// Where it is seen first.
    pub examples: Vec<Example>,
}

/// One place where a cause is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The file.
    pub file: String,
    /// The line on which the row begins, from 1.
    pub line: u64,
    /// What is wrong there; quotes no value.
    pub message: String,
    /// The columns concerned.
    pub cells: Vec<Cell>,
}

/// One cell, masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The column, as the file calls it.
    pub column: String,
    /// The [`shape()`] of what stands there; empty where it is blank.
    pub shape: String,
}

/// Consent by channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ConsentCounts {
    /// Calls.
    pub call: ChannelCounts,
    /// Text messages.
    pub text: ChannelCounts,
    /// E-mails.
    pub email: ChannelCounts,
}

impl ConsentCounts {
    /// Counts one customer.
    pub fn add(&mut self, consents: Consents) {
        let Consents { call, text, email } = consents;
        self.call.add(call);
        self.text.add(text);
        self.email.add(email);
    }
}

/// What customers say of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ChannelCounts {
    /// May be contacted.
    pub allowed: u64,
    /// Must not be.
    pub blocked: u64,
    /// No claim.
    pub unknown: u64,
}

impl ChannelCounts {
    fn add(&mut self, consent: Consent) {
        match consent {
            Consent::Allowed => self.allowed += 1,
            Consent::Blocked => self.blocked += 1,
            Consent::Unknown => self.unknown += 1,
        }
    }
}

/// Customers with at least one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ReachCounts {
    /// Any phone.
    pub phone: u64,
    /// A cell phone.
    pub cell: u64,
    /// An e-mail address.
    pub email: u64,
    /// A vehicle with its VIN.
    pub vin: u64,
}

/// What sending everyone takes, where myKaarma has none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FirstLoad {
    /// Customers to be created.
    pub creates: u64,
    /// Requests, all in all.
    pub requests: u64,
    /// Of one create.
    pub requests_per_create: u64,
    /// Of one update, for the nights that follow.
    pub requests_per_update: u64,
    /// `[rate] per_second`.
    pub per_second: u32,
    /// `[rate] per_day`; 0: no budget.
    pub per_day: u32,
    /// At that rate, rounded up.
    pub seconds: u64,
    /// Days over which the daily budget spreads it; 0 without one.
    pub days: u64,
}

impl FirstLoad {
    /// The price of `creates` at `per_second` and `per_day` requests, where an update takes `requests_per_update`.
    pub fn new(creates: u64, requests_per_update: u64, per_second: u32, per_day: u32) -> Self {
        let requests = creates;
        Self {
            creates,
            requests,
            requests_per_create: 1,
            requests_per_update,
            per_second,
            per_day,
            seconds: requests.div_ceil(u64::from(per_second).max(1)),
            days: if per_day == 0 { 0 } else { requests.div_ceil(u64::from(per_day)) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FirstLoad;

    #[test]
    fn time_and_days_are_rounded_up() {
        for (creates, per_second, per_day, seconds, days) in [
            (0, 10, 0, 0, 0),
            (1, 10, 0, 1, 0),
            (301, 10, 0, 31, 0),
            (17_000, 10, 5_000, 1_700, 4),
            (10_000, 1, 10_000, 10_000, 1),
        ] {
            let load = FirstLoad::new(creates, 2, per_second, per_day);
            assert_eq!((load.requests, load.seconds, load.days), (creates, seconds, days), "{creates}");
        }
    }
}

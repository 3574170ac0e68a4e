//! A dry run, shown: what a sync would send, in four formats. One file each, one trait for all.
//!
//! Everything is streamed: a change is written and forgotten, so that a first load of half a million customers needs no
//! memory. Values are masked in every format unless a person asks for them. No format knows where its output
//! goes; the caller opens it, and names it in its errors with [`ReportError::writing`](super::ReportError::writing).

pub mod csv;
pub mod html;
pub mod json;
pub mod text;

use std::borrow::Cow;
use std::io::{self, Write};

use crate::domain::{Change, Channel, CustomerKey, DepartmentName, Position, RunId, RunSummary, Scope};

use super::mask::Values;
use super::text::{Color, SummaryContext};

pub use self::csv::CsvDiff;
pub use self::html::HtmlDiff;
pub use self::json::JsonDiff;
pub use self::text::TextDiff;

/// The formats of `diff --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum DiffKind {
    /// For people, in a terminal.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// One line per field, for a spreadsheet.
    Csv,
    /// One page to mail or to file.
    Html,
}

impl DiffKind {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Csv, Self::Html];

    /// The format's name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Html => "html",
        }
    }
}

/// Whose difference it is.
#[derive(Debug, Clone, Copy)]
pub struct DiffHead<'a> {
    /// The department.
    pub department: &'a DepartmentName,
    /// The run that made the plan.
    pub run_id: &'a RunId,
}

/// A customer, or a row without one, that our rules refused.
#[derive(Debug, Clone, Copy)]
pub struct Rejection<'a> {
    /// Whose; `None` for a row that has no customer key or cannot be read.
    pub customer_key: Option<&'a CustomerKey>,
    /// Why: the cause's stable code.
    pub code: &'a str,
    /// The row.
    pub at: &'a Position,
}

/// Shows one plan: [`begin`](Self::begin) once, then changes and rejections in any order, then [`end`](Self::end) once.
pub trait DiffFormat {
    /// Opens the output.
    fn begin(&mut self, head: &DiffHead<'_>) -> io::Result<()>;

    /// Shows one customer that would be created or updated.
    fn change(&mut self, change: &Change) -> io::Result<()>;

    /// Shows one that was refused.
    fn rejected(&mut self, rejection: &Rejection<'_>) -> io::Result<()>;

    /// Closes the output with the totals, and flushes it. `context` is for the formats that people read.
    fn end(&mut self, summary: &RunSummary, context: &SummaryContext<'_>) -> io::Result<()>;
}

/// The format `kind` onto `out`, which should be buffered. Only text has colours.
pub fn open<'a, W: Write + Send + 'a>(
    kind: DiffKind,
    out: W,
    values: Values,
    color: Color,
) -> Box<dyn DiffFormat + Send + 'a> {
    match kind {
        DiffKind::Text => Box::new(TextDiff::new(out, values, color)),
        DiffKind::Json => Box::new(JsonDiff::new(out, values)),
        DiffKind::Csv => Box::new(CsvDiff::new(out, values)),
        DiffKind::Html => Box::new(HtmlDiff::new(out, values)),
    }
}

/// A field and which of several it is: `cellPhone`, `licensePlate[*************4352]`.
fn labelled(field: &'static str, item: Option<&str>) -> Cow<'static, str> {
    item.map_or(Cow::Borrowed(field), |item| Cow::Owned(format!("{field}[{item}]")))
}

/// What is blocked although the customer's rows are refused, in words; `None` for every other change.
fn blocks(change: &Change) -> Option<String> {
    let channels: Vec<_> = change.ours.consents.blocked().map(Channel::as_str).collect();
    (change.scope == Scope::OptOuts)
        .then(|| format!("{}, though its row is rejected", channels.join(" and ")))
}

#[cfg(test)]
mod tests;

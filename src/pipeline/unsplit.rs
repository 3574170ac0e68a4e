//! [`Unsplit`]: a row of an errors file that could not be split when the export was read, and has nothing but its text
//! still.
//!
//! It is refused for the same reason as then, and keeps its place in the export, so that feeding a list back does not
//! make another trouble of it.

use std::sync::Arc;

use csv::ByteRecord;

use super::intake::Source;
use crate::domain::outcome::ERROR_COLUMNS;
use crate::domain::{Finding, Position};

/// Codes of rows that cannot be split, or belong to no customer wherever they stand.
const CODES: [&str; 7] = [
    "row.fields",
    "row.quote",
    "row.nul",
    "row.encoding",
    "row.too_long",
    "row.header_again",
    "row.after_totals",
];

/// A row that is only its text.
pub(super) struct Unsplit<'r> {
    /// The text.
    pub(super) raw: &'r [u8],
    code: &'static str,
    file: Option<String>,
    line: Option<u64>,
}

impl<'r> Unsplit<'r> {
    /// The row, where it is one.
    pub(super) fn of(source: &Source, row: &'r ByteRecord) -> Option<Self> {
        let raw = source.binding.raw(row).filter(|_| source.binding.is_blank(row))?;
        let cell = |name: &str| {
            let index = ERROR_COLUMNS.iter().position(|column| *column == name)?;
            source.decoder().decode(row.get(index)?).ok()
        };
        let said = cell("error_code").unwrap_or_default();
        let code = CODES.into_iter().find(|code| *code == said.trim()).unwrap_or("row.fields");
        let file = cell("source_file").map(std::borrow::Cow::into_owned);
        let line = cell("source_line").and_then(|line| line.trim().parse().ok());
        Some(Self { raw, code, file: file.filter(|file| !file.trim().is_empty()), line })
    }

    /// Why it is refused again. What the list itself says is not repeated: somebody may have written into it.
    pub(super) fn finding(&self) -> Finding {
        let of_the_export =
            self.line.map_or_else(String::new, |line| format!(", line {line} of the export,"));
        Finding::new(
            self.code,
            format!("the row{of_the_export} could not be read, and its own columns are still blank"),
        )
    }

    /// Where it stands in the export; `here`: where it stands in the list.
    pub(super) fn at(&self, here: Position) -> Position {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => {
                Position { file: Arc::from(file.as_str()), line, record: here.record }
            }
            _ => here,
        }
    }
}

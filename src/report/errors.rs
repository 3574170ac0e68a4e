//! [`ErrorsWriter`]: `errors.csv`, one line per source row that needs work, ready to be edited and fed back.
//!
//! Our columns come first and say why; then the row's own, under the export's own header, verbatim. The reader ignores
//! our columns when the file comes back. This is the one report that holds personal values, because it is an
//! excerpt of the export; it is as private as the export is (mode 0600), and goes with its run directory.
//!
//! Nothing is escaped against spreadsheets in the source columns: a row that was changed by its report could not be fed
//! back. See the room's page on formulas.

use std::path::PathBuf;

use crate::domain::outcome::{Cause, ERROR_COLUMNS, RAW_COLUMN};
use crate::domain::{OutcomeKind, Position};

use super::ReportError;
use super::cell::inert;
use super::sheet::Sheet;

/// The columns that follow ours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorColumns {
    /// The export's own header, in order. For a layout without one: `column_1`, `column_2`, and so on.
    pub source: Vec<String>,
    /// Whether to add a `raw` column, because some rows could not be parsed.
    pub raw: bool,
}

impl ErrorColumns {
    /// The columns of a layout without a header, `width` of them.
    pub fn positional(width: usize, raw: bool) -> Self {
        Self { source: (1..=width).map(|n| format!("column_{n}")).collect(), raw }
    }
}

/// A row as it was.
#[derive(Clone, PartialEq, Eq)]
pub enum ErrorRow<'a> {
    /// Its values in the order of the header. A shorter row is padded; a longer one goes into `raw` whole.
    Parsed(Vec<&'a str>),
    /// Its text, where it could not be parsed.
    Raw(&'a str),
}

impl std::fmt::Debug for ErrorRow<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ErrorRow(masked)")
    }
}

/// One source row that needs work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLine<'a> {
    /// Why, and what a person can do.
    pub cause: &'a Cause,
    /// Rejected, failed or in doubt.
    pub class: OutcomeKind,
    /// Status of the last answer, where there was one.
    pub http_status: Option<u16>,
    /// Requests that were sent for the customer; 0 where our own rules refused it.
    pub attempts: u32,
    /// When this cause was first met for this row's customer, RFC 3339.
    pub first_seen: &'a str,
    /// In how many runs it was met, this one included.
    pub times_seen: u32,
    /// The row.
    pub at: &'a Position,
    /// What stands there.
    pub row: ErrorRow<'a>,
}

/// Writes `errors.csv`. What was written stays when it is dropped; [`ErrorsWriter::finish`] makes it durable.
#[derive(Debug)]
pub struct ErrorsWriter {
    sheet: Sheet,
    columns: ErrorColumns,
}

impl ErrorsWriter {
    pub(super) fn create(path: PathBuf, columns: ErrorColumns) -> Result<Self, ReportError> {
        let source = columns.source.iter().map(String::as_str);
        let sheet = Sheet::create(
            path,
            ERROR_COLUMNS.into_iter().chain(source).chain(columns.raw.then_some(RAW_COLUMN)),
        )?;
        Ok(Self { sheet, columns })
    }

    /// Adds one row. One that fits neither the header nor a `raw` column is an error: it is never cut short.
    pub fn write(&mut self, line: &ErrorLine<'_>) -> Result<(), ReportError> {
        let ErrorLine { cause, class, http_status, attempts, first_seen, times_seen, at, row } = line;
        let (values, raw) = self.lay_out(row, at)?;
        let padding = std::iter::repeat_n("", self.columns.source.len() - values.len());
        let ours = [
            cause.stage.as_str(),
            &inert(&cause.code),
            class.as_str(),
            &inert(&cause.message),
            &inert(&cause.tip),
            &http_status.map(|status| status.to_string()).unwrap_or_default(),
            &attempts.to_string(),
            first_seen,
            &times_seen.to_string(),
            &inert(&at.file),
            &at.line.to_string(),
        ];
        let raw = self.columns.raw.then_some(raw.as_str());
        self.sheet.write(ours.into_iter().chain(values.iter().copied()).chain(padding).chain(raw))
    }

    /// Makes the file durable, and says how many rows it has.
    pub fn finish(self) -> Result<u64, ReportError> {
        self.sheet.finish()
    }

    /// The values under the export's header, no more than it has columns, and the text under `raw`.
    fn lay_out<'r>(
        &self,
        row: &'r ErrorRow<'_>,
        at: &Position,
    ) -> Result<(&'r [&'r str], String), ReportError> {
        let raw = match row {
            ErrorRow::Parsed(values) => {
                let (fit, surplus) = values.split_at(values.len().min(self.columns.source.len()));
                // A delimiter at the end of every line makes blank cells beyond the header: nothing is lost with them.
                if surplus.iter().all(|value| value.is_empty()) {
                    return Ok((fit, String::new()));
                }
                joined(values)
            }
            ErrorRow::Raw(text) => (*text).to_owned(),
        };
        if self.columns.raw {
            return Ok((&[], raw));
        }
        Err(ReportError::NoRawColumn { path: self.sheet.path().to_owned(), at: at.to_string() })
    }
}

/// `values` as one line of comma-separated text.
fn joined(values: &[&str]) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    // Writing to memory fails only where memory does; the line is then empty rather than the report lost.
    let bytes = out.write_record(values).ok().and_then(|()| out.into_inner().ok()).unwrap_or_default();
    let mut text = String::from_utf8(bytes).unwrap_or_default();
    text.truncate(text.trim_end_matches('\n').len());
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use super::super::sample;
    use super::*;

    fn write(columns: ErrorColumns, rows: Vec<ErrorRow<'_>>, path: &Path) -> Result<u64, ReportError> {
        let mut writer = ErrorsWriter::create(path.to_owned(), columns)?;
        let cause = sample::cause("name.missing");
        for (line, row) in (2..).zip(rows) {
            writer.write(&ErrorLine {
                cause: &cause,
                class: OutcomeKind::Rejected,
                http_status: None,
                attempts: 0,
                first_seen: "2026-09-07T02:00:00Z",
                times_seen: 2,
                at: &sample::at(line),
                row,
            })?;
        }
        writer.finish()
    }

    /// Source columns of every line, as the `csv` crate reads them back.
    fn source_columns(path: &Path) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
        let rows = reader
            .records()
            .map(|row| row.unwrap().iter().skip(ERROR_COLUMNS.len()).map(str::to_owned).collect());
        rows.collect()
    }

    #[test]
    fn what_is_read_back_is_what_the_export_said() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("errors.csv");
        let header = ["Customer Number ", "Näme", "", "Note, free"];
        let rows = [
            ["000176", "O\"Neil, Zoë", " padded ", "two\r\nlines"],
            ["-7", "=HYPERLINK(\"x\")", "+1 206 555 0143", "@x"],
            ["", "", "", ""],
            ["1", "\t", "\r", "tail\n"],
        ];
        let columns = ErrorColumns { source: header.map(str::to_owned).to_vec(), raw: false };
        write(columns, rows.iter().map(|row| ErrorRow::Parsed(row.to_vec())).collect(), &path).unwrap();
        let mut expected = vec![header.to_vec()];
        expected.extend(rows.iter().map(|row| row.to_vec()));
        assert_eq!(source_columns(&path), expected);
    }

    #[test]
    fn rows_of_another_width_are_padded_or_kept_raw() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("errors.csv");
        let rows = vec![
            ErrorRow::Parsed(vec!["1"]),
            ErrorRow::Parsed(vec!["1", "2", "", ""]),
            ErrorRow::Parsed(vec!["1", "a,b", "3"]),
            ErrorRow::Raw("15\" WHEELS\tx"),
        ];
        write(ErrorColumns::positional(2, true), rows, &path).unwrap();
        assert_eq!(
            source_columns(&path),
            [
                ["column_1", "column_2", "raw"],
                ["1", "", ""],
                ["1", "2", ""],
                ["", "", "1,\"a,b\",3"],
                ["", "", "15\" WHEELS\tx"],
            ]
        );
    }

    #[test]
    fn a_row_is_never_cut_short() {
        let root = tempfile::tempdir().unwrap();
        for (n, row) in [ErrorRow::Parsed(vec!["1", "2", "3"]), ErrorRow::Raw("?")].into_iter().enumerate() {
            let path = root.path().join(format!("{n}.csv"));
            let error = write(ErrorColumns::positional(2, false), vec![row], &path).unwrap_err();
            assert!(error.to_string().contains("exports/crm.csv:2"), "{error}");
        }
    }

    #[test]
    fn our_own_columns_never_begin_like_a_formula() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("errors.csv");
        let mut writer = ErrorsWriter::create(path.clone(), ErrorColumns::positional(1, false)).unwrap();
        let mut cause = sample::cause("=code");
        cause.message = "+message".to_owned();
        cause.tip = "@tip".to_owned();
        let mut at = sample::at(2);
        at.file = "=file.csv".into();
        let row = ErrorRow::Parsed(vec!["=verbatim"]);
        let line = ErrorLine {
            cause: &cause,
            class: OutcomeKind::Failed,
            http_status: Some(422),
            attempts: 3,
            first_seen: "2026-09-07T02:00:00Z",
            times_seen: 1,
            at: &at,
            row,
        };
        writer.write(&line).unwrap();
        writer.finish().unwrap();
        insta::assert_snapshot!(std::fs::read_to_string(path).unwrap(), @"
        error_stage,error_code,error_class,error_message,error_tip,http_status,attempts,first_seen,times_seen,source_file,source_line,column_1
        validate,'=code,failed,'+message,'@tip,422,3,2026-09-07T02:00:00Z,1,'=file.csv,2,=verbatim
        ");
    }
}

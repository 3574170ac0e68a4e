//! `errors.csv`: the rows that need work are read once more, as they stand in the export.

use super::intake::{Intake, IntakeError, Row, Source};
use crate::domain::{CustomerKey, Observer, Phase, Position};
use crate::push::Brake;
use crate::record::{Leftover, Recorded};
use crate::report::{ErrorColumns, ErrorLine, ErrorRow, ReportError, RunDir};

/// Why the file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ErrorsFileError {
    /// The export could not be read again.
    #[error("errors.csv could not be completed: {0}")]
    Intake(#[from] IntakeError),
    /// The file.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// Writes the file: always, so that an empty one says that nothing needs work.
///
/// # Errors
/// [`ErrorsFileError`].
pub fn write(
    dir: &RunDir,
    intake: &Intake,
    recorded: &Recorded,
    observer: &dyn Observer,
) -> Result<u64, ErrorsFileError> {
    let layout = Layout::of(intake, recorded);
    let mut out = dir.errors(layout.columns())?;
    if recorded.leftovers.is_empty() && recorded.rows.is_empty() {
        return Ok(out.finish()?);
    }
    let mut trouble = Ok(());
    // The brake is not looked at: an interrupted run still says what is left over.
    intake.each(Phase::Report, observer, &Brake::default(), |source, row| {
        if trouble.is_ok() {
            trouble = write_row(&mut out, &layout, source, &row, recorded);
        }
    })?;
    trouble?;
    Ok(out.finish()?)
}

/// Columns of the file: the first source's header, and those that only later sources have.
struct Layout {
    names: Vec<String>,
    raw: bool,
}

impl Layout {
    fn of(intake: &Intake, recorded: &Recorded) -> Self {
        let mut names: Vec<String> = Vec::new();
        for source in intake.sources() {
            for name in own_columns(source) {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        let raw = recorded.rows.values().any(|row| row.cause.stage == crate::domain::outcome::Stage::Read);
        Self { names, raw }
    }

    fn columns(&self) -> ErrorColumns {
        ErrorColumns { source: self.names.clone(), raw: self.raw }
    }
}

/// The export's own columns: what we added to a file that is fed back is not added twice.
fn own_columns(source: &Source) -> &[String] {
    source.header().get(source.binding.added()..).unwrap_or_default()
}

fn write_row(
    out: &mut crate::report::ErrorsWriter,
    layout: &Layout,
    source: &Source,
    row: &Row<'_>,
    recorded: &Recorded,
) -> Result<(), ReportError> {
    let at = match row {
        Row::Sound(_, at) => *at,
        Row::Malformed(_, malformed) => malformed.at,
    };
    let by_row = recorded.rows.get(&(source.file.display.clone(), at.record));
    let decoder = source.decoder();
    match (row, by_row) {
        (Row::Malformed(_, malformed), Some(leftover)) => {
            let raw = decoder.escaped(&malformed.raw);
            out.write(&line(leftover, &source.at(at), ErrorRow::Raw(&raw)))
        }
        (Row::Malformed(..), None) => Ok(()),
        (Row::Sound(record, _), by_row) => {
            let by_key = || recorded.leftovers.get(&CustomerKey::parse(&source.key(record).ok()?)?);
            let Some(leftover) = by_row.or_else(by_key) else { return Ok(()) };
            let cell = |name: &String| {
                let index = own_columns(source).iter().position(|own| own == name)?;
                record.get(index + source.binding.added())
            };
            let cells: Vec<_> =
                layout.names.iter().map(|name| decoder.escaped(cell(name).unwrap_or_default())).collect();
            let row = ErrorRow::Parsed(cells.iter().map(AsRef::as_ref).collect());
            out.write(&line(leftover, &source.at(at), row))
        }
    }
}

fn line<'a>(leftover: &'a Leftover, at: &'a Position, row: ErrorRow<'a>) -> ErrorLine<'a> {
    let Leftover { cause, kind, http_status, attempts, first_seen, times_seen } = leftover;
    ErrorLine {
        cause,
        class: *kind,
        http_status: *http_status,
        attempts: *attempts,
        first_seen,
        times_seen: *times_seen,
        at,
        row,
    }
}

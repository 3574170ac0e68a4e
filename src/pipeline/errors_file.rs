//! `errors.csv`: the rows that need work are read once more, as they stand in the export.
//!
//! It comes last, when everything is recorded: what keeps it from being complete is told, and ends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::intake::{Intake, IntakeError, Row, Source};
use super::unsplit::Unsplit;
use crate::domain::{CustomerKey, Observer, Phase, Position};
use crate::push::Brake;
use crate::record::{Leftover, Recorded};
use crate::report::{ErrorColumns, ErrorLine, ErrorRow, ErrorsWriter, ReportError, RunDir};

/// The most customers and the most rows that a message names.
const NAMED: usize = 20;

/// Why the file could not be written to its end.
#[derive(Debug, thiserror::Error)]
pub enum ErrorsFileError {
    /// The export could not be read again.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The file.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// What the file lacks, and why. Names customers by key and rows by position.
#[derive(Debug, thiserror::Error)]
#[error(
    "errors.csv is not complete: {why}{missing}; sync this export once more, or a newer one, for a complete file"
)]
pub struct Incomplete {
    why: Box<ErrorsFileError>,
    missing: Missing,
}

/// Customers that are left over, and of whom this export has no row: what an earlier run left open of them.
#[derive(Debug)]
pub struct Rowless(Vec<CustomerKey>);

impl Rowless {
    /// Whether everybody has a row.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Rowless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(customers) = self;
        let who = if customers.len() == 1 { "customer" } else { "customers" };
        write!(f, "errors.csv has no row of {} {who} of whom this export says nothing; ", customers.len())?;
        f.write_str("results.csv says why each is left over, and every sync tries again what is owed to it")?;
        name_some(f, who, customers.iter())
    }
}

/// Who and what has no row in the file.
#[derive(Debug, Default)]
struct Missing {
    customers: Vec<CustomerKey>,
    rows: Vec<(Arc<str>, u64)>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { customers, rows } = self;
        name_some(f, "customers", customers.iter())?;
        name_some(f, "records", rows.iter().map(|(file, record)| format!("{record} of {file}")))
    }
}

/// `; it lacks 2 customers: a, b`; nothing where there are none.
fn name_some<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    all: impl ExactSizeIterator<Item = T>,
) -> fmt::Result {
    let count = all.len();
    if count == 0 {
        return Ok(());
    }
    let named: Vec<_> = all.take(NAMED).map(|one| one.to_string()).collect();
    write!(f, "; it lacks {count} {what}: {}", named.join(", "))?;
    if count > NAMED { write!(f, " and {} more", count - NAMED) } else { Ok(()) }
}

/// Writes the file: always, so that an empty one says that nothing needs work.
///
/// # Errors
/// [`Incomplete`]: what could be written is there, and stays.
pub fn write(
    dir: &RunDir,
    intake: &Intake,
    recorded: &Recorded,
    observer: &dyn Observer,
) -> Result<Rowless, Incomplete> {
    let mut page = Page { recorded, customers: BTreeSet::new(), rows: BTreeSet::new() };
    match page.write(dir, intake, observer) {
        Ok(()) => Ok(Rowless(page.missing().customers)),
        Err(why) => Err(Incomplete { why: Box::new(why), missing: page.missing() }),
    }
}

/// What of `recorded` the file has by now.
struct Page<'a> {
    recorded: &'a Recorded,
    customers: BTreeSet<&'a CustomerKey>,
    rows: BTreeSet<&'a (Arc<str>, u64)>,
}

impl Page<'_> {
    fn write(
        &mut self,
        dir: &RunDir,
        intake: &Intake,
        observer: &dyn Observer,
    ) -> Result<(), ErrorsFileError> {
        let layout = Layout::of(intake, self.recorded);
        let mut out = dir.errors(layout.columns())?;
        let mut trouble = Ok(());
        let mut read = Ok(());
        if !self.recorded.leftovers.is_empty() || !self.recorded.rows.is_empty() {
            // The brake is not looked at: an interrupted run still says what is left over.
            let each = intake.each(Phase::Report, observer, &Brake::default(), |source, row| {
                if trouble.is_ok() {
                    trouble = self.row(&mut out, &layout, source, &row);
                }
            });
            read = each.map(drop);
        }
        let finished = out.finish();
        read?;
        trouble?;
        finished?;
        Ok(())
    }

    fn row(
        &mut self,
        out: &mut ErrorsWriter,
        layout: &Layout,
        source: &Source,
        row: &Row<'_>,
    ) -> Result<(), ReportError> {
        let at = match row {
            Row::Sound(_, at) => *at,
            Row::Malformed(_, malformed) => malformed.at,
        };
        let recorded = self.recorded;
        let by_row = recorded.rows.get_key_value(&(source.file.display.clone(), at.record));
        let decoder = source.decoder();
        match (row, by_row) {
            (Row::Malformed(_, malformed), Some((place, leftover))) => {
                let raw = decoder.escaped(&malformed.raw);
                out.write(&line(leftover, &source.at(at), ErrorRow::Raw(&raw)))?;
                self.rows.insert(place);
            }
            (Row::Malformed(..), None) => {}
            (Row::Sound(record, _), Some((place, leftover))) => {
                match Unsplit::of(source, record) {
                    Some(unsplit) => {
                        let raw = decoder.escaped(unsplit.raw);
                        out.write(&line(leftover, &unsplit.at(source.at(at)), ErrorRow::Raw(&raw)))?;
                    }
                    None => layout.write(out, source, record, leftover, &source.at(at))?,
                }
                self.rows.insert(place);
            }
            (Row::Sound(record, _), None) => {
                let key = || CustomerKey::parse(&source.key(record).ok()?);
                let Some((key, leftover)) = key().and_then(|key| recorded.leftovers.get_key_value(&key))
                else {
                    return Ok(());
                };
                layout.write(out, source, record, leftover, &source.at(at))?;
                self.customers.insert(key);
            }
        }
        Ok(())
    }

    fn missing(&self) -> Missing {
        let Self { recorded, customers, rows } = self;
        Missing {
            customers: recorded.leftovers.keys().filter(|key| !customers.contains(key)).cloned().collect(),
            rows: recorded.rows.keys().filter(|row| !rows.contains(row)).cloned().collect(),
        }
    }
}

/// Columns of the file: the first source's header, and those that only later sources have.
struct Layout {
    names: Vec<String>,
    /// By source, where each of `names` stands among its own columns.
    places: BTreeMap<Arc<str>, Vec<Option<usize>>>,
    raw: bool,
}

impl Layout {
    fn of(intake: &Intake, recorded: &Recorded) -> Self {
        let (mut names, mut known) = (Vec::new(), BTreeSet::new());
        for name in intake.sources().iter().flat_map(Source::own_header) {
            if known.insert(name.as_str()) {
                names.push(name.clone());
            }
        }
        let places = |source: &Source| {
            let mut own: BTreeMap<&str, usize> = BTreeMap::new();
            for (index, name) in source.own_header().iter().enumerate() {
                own.entry(name).or_insert(index);
            }
            names.iter().map(|name| own.get(name.as_str()).copied()).collect()
        };
        let places = intake
            .sources()
            .iter()
            .map(|source| (Arc::clone(&source.file.display), places(source)))
            .collect();
        let raw = recorded.rows.values().any(|row| row.cause.stage == crate::domain::outcome::Stage::Read);
        Self { names, places, raw }
    }

    fn columns(&self) -> ErrorColumns {
        ErrorColumns { source: self.names.clone(), raw: self.raw }
    }

    /// Writes a row that could be read, cell by cell under its column.
    fn write(
        &self,
        out: &mut ErrorsWriter,
        source: &Source,
        record: &csv::ByteRecord,
        leftover: &Leftover,
        at: &Position,
    ) -> Result<(), ReportError> {
        let begins = source.binding.own(record.len()).start;
        let cell = |place: &Option<usize>| record.get((*place)? + begins);
        let decoder = source.decoder();
        let places = self.places.get(&source.file.display).map(Vec::as_slice).unwrap_or_default();
        let cells: Vec<_> =
            places.iter().map(|place| decoder.escaped(cell(place).unwrap_or_default())).collect();
        out.write(&line(leftover, at, ErrorRow::Parsed(cells.iter().map(AsRef::as_ref).collect())))
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

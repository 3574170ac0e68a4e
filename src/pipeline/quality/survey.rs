//! The third pass: how full the columns are, how many rows customers have, and the shape of what stands at a few
//! places. Keeps no value: a cell is masked as soon as it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use csv::ByteRecord;

use super::super::intake::{Intake, Row, Source};
use super::super::scan::{KeyOf, Scanned};
use crate::domain::text::fold;
use crate::domain::{Field, Position};
use crate::map::Role;
use crate::read::RowAt;
use crate::report::quality::{Cell, shape};

/// What is to be looked at in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    /// The columns that a value of the field may come from.
    Field(Field),
    /// The columns that say whether the customer is to be left alone.
    Skip,
}

impl Look {
    fn at(self, role: Role) -> bool {
        match self {
            Self::Field(field) => role.serves(field),
            Self::Skip => matches!(role, Role::Skip(_)),
        }
    }
}

/// A column of the profile. Files may call one column differently; what may have several columns at once has a line for each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    pub(super) role: Role,
    /// Folded; blank where the role has one column.
    name: String,
}

impl Column {
    fn of(role: Role, name: &str) -> Self {
        let name = match role {
            Role::Value(_) | Role::FullName | Role::Phones => String::new(),
            Role::Consent(_) | Role::OptOut | Role::Skip(_) => fold(name),
        };
        Self { role, name }
    }
}

/// The pass under way.
pub(super) struct Survey<'a> {
    scanned: &'a Scanned,
    /// What to look at, by place.
    wanted: BTreeMap<Position, BTreeSet<Look>>,
    /// The files' names with a wanted place, so that other rows cost no look-up.
    lines: BTreeMap<Arc<str>, BTreeSet<u64>>,
    /// By file: the index of each column, and its place in `counts`.
    columns: BTreeMap<Arc<str>, Vec<(usize, usize)>>,
    counts: Vec<(Column, CellCounts)>,
    surveyed: Surveyed,
}

/// What it found.
#[derive(Default)]
pub(super) struct Surveyed {
    /// By column, in the profile's order.
    pub(super) cells: BTreeMap<Column, CellCounts>,
    /// For each number of rows, the rows of the customers that have so many.
    pub(super) rows_by_count: BTreeMap<u32, u64>,
    /// Cells at the wanted places.
    seen: BTreeMap<(Position, Look), Vec<Cell>>,
}

/// How full a column is.
#[derive(Default)]
pub(super) struct CellCounts {
    /// What the files call it.
    pub(super) columns: BTreeSet<String>,
    /// Rows that could be split, of the files that have it.
    pub(super) rows: u64,
    /// Those whose cell is not empty.
    pub(super) filled: u64,
}

impl<'a> Survey<'a> {
    pub(super) fn new(intake: &Intake, scanned: &'a Scanned) -> Self {
        let mut survey = Self {
            scanned,
            wanted: BTreeMap::new(),
            lines: BTreeMap::new(),
            columns: BTreeMap::new(),
            counts: Vec::new(),
            surveyed: Surveyed::default(),
        };
        for source in intake.sources() {
            let columns = columns(source).map(|(role, index, name)| (index, survey.place(role, name)));
            let columns = columns.collect();
            survey.columns.insert(Arc::clone(&source.file.display), columns);
        }
        survey
    }

    /// Where the cells of a column are counted.
    fn place(&mut self, role: Role, name: &str) -> usize {
        let column = Column::of(role, name);
        let known = self.counts.iter().position(|(known, _)| *known == column);
        let place = known.unwrap_or_else(|| {
            self.counts.push((column, CellCounts::default()));
            self.counts.len() - 1
        });
        if let Some((_, counts)) = self.counts.get_mut(place) {
            counts.columns.insert(name.to_owned());
        }
        place
    }

    /// Adds places to look at.
    pub(super) fn want<'p>(&mut self, places: impl Iterator<Item = (&'p Position, &'p [Look])>) {
        for (at, looks) in places.filter(|(_, looks)| !looks.is_empty()) {
            self.wanted.entry(at.clone()).or_default().extend(looks);
            self.lines.entry(Arc::clone(&at.file)).or_default().insert(at.line);
        }
    }

    pub(super) fn row(&mut self, source: &Source, row: &Row<'_>) {
        let Row::Sound(record, at) = row else { return };
        if let Ok(key) = KeyOf::read(source, record)
            && let Some(work) = self.scanned.scan.work(key)
        {
            *self.surveyed.rows_by_count.entry(work.rows).or_default() += 1;
        }
        for (index, place) in self.columns.get(&source.file.display).into_iter().flatten() {
            let Some((_, counts)) = self.counts.get_mut(*place) else { continue };
            counts.rows += 1;
            counts.filled += u64::from(record.get(*index).is_some_and(|cell| !cell.trim_ascii().is_empty()));
        }
        if self.lines.get(&source.file.display).is_some_and(|lines| lines.contains(&at.line)) {
            self.look(source, record, *at);
        }
    }

    fn look(&mut self, source: &Source, record: &ByteRecord, at: RowAt) {
        let at = source.at(at);
        for look in self.wanted.get(&at).into_iter().flatten() {
            self.surveyed.seen.insert((at.clone(), *look), cells(source, record, *look));
        }
    }

    pub(super) fn finish(self) -> Surveyed {
        Surveyed { cells: self.counts.into_iter().collect(), ..self.surveyed }
    }
}

impl Surveyed {
    /// What stands in the row at `at`, where these are looked at; each column once.
    pub(super) fn cells_at(&self, at: &Position, looks: &[Look]) -> Vec<Cell> {
        let seen = |look: &Look| self.seen.get(&(at.clone(), *look)).cloned().unwrap_or_default();
        let mut cells: Vec<Cell> = Vec::new();
        for cell in looks.iter().flat_map(seen) {
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        }
        cells
    }
}

/// The columns that the profile has found in the file: role, index and name.
fn columns(source: &Source) -> impl Iterator<Item = (Role, usize, &str)> {
    let parts = source.binding.parts.iter();
    parts.flat_map(|part| part.found.iter().map(|(index, name)| (part.role, *index, name.as_str())))
}

/// The columns that `look` is for, masked: those that are not blank, or the first.
fn cells(source: &Source, record: &ByteRecord, look: Look) -> Vec<Cell> {
    let decoder = source.decoder();
    let field = match look {
        Look::Field(field) => field,
        // Masked as any text is.
        Look::Skip => Field::LastName,
    };
    let cell = |(role, index, name): (Role, usize, &str)| {
        // Pass 1 has refused rows that cannot be decoded; what is left of doubt is shown as unreadable text.
        let text = decoder.decode(record.get(index).unwrap_or_default()).unwrap_or_else(|_| "?".into());
        // A column of all phones is no phone.
        let field = if matches!(role, Role::Value(_)) { field } else { Field::LastName };
        Cell { column: name.to_owned(), shape: shape(field, &text) }
    };
    let mut cells: Vec<_> = columns(source).filter(|(role, ..)| look.at(*role)).map(cell).collect();
    if cells.iter().any(|cell| !cell.shape.is_empty()) {
        cells.retain(|cell| !cell.shape.is_empty());
    } else {
        cells.truncate(1);
    }
    cells
}

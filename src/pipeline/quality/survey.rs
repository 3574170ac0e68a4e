//! The third pass: how full the columns are, how many rows customers have, and the shape of what stands at a few
//! places. Keeps no value: a cell is masked as soon as it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use csv::ByteRecord;

use super::super::intake::{Intake, Row, Source};
use super::super::scan::{KeyOf, Scanned};
use crate::domain::{Field, Position, Slot};
use crate::read::RowAt;
use crate::report::quality::{Cell, shape};

/// The pass under way.
pub(super) struct Survey<'a> {
    scanned: &'a Scanned,
    /// Fields to look at, by place.
    wanted: BTreeMap<Position, BTreeSet<Field>>,
    /// The files' names with a wanted place, so that other rows cost no look-up.
    lines: BTreeMap<Arc<str>, BTreeSet<u64>>,
    surveyed: Surveyed,
}

/// What it found.
#[derive(Default)]
pub(super) struct Surveyed {
    /// By column of the profile.
    pub(super) cells: BTreeMap<Slot, CellCounts>,
    /// For each number of rows, the rows of the customers that have so many.
    pub(super) rows_by_count: BTreeMap<u32, u64>,
    /// Cells at the wanted places.
    seen: BTreeMap<(Position, Field), Vec<Cell>>,
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
        let mut surveyed = Surveyed::default();
        for source in intake.sources() {
            for (index, slot) in &source.binding.mapped {
                let name = source.header().get(*index).cloned().unwrap_or_default();
                surveyed.cells.entry(*slot).or_default().columns.insert(name);
            }
        }
        Self { scanned, wanted: BTreeMap::new(), lines: BTreeMap::new(), surveyed }
    }

    /// Adds places to look at.
    pub(super) fn want<'p>(&mut self, places: impl Iterator<Item = (&'p Position, &'static [Field])>) {
        for (at, fields) in places.filter(|(_, fields)| !fields.is_empty()) {
            self.wanted.entry(at.clone()).or_default().extend(fields);
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
        for (index, slot) in &source.binding.mapped {
            let Some(counts) = self.surveyed.cells.get_mut(slot) else { continue };
            counts.rows += 1;
            counts.filled += u64::from(record.get(*index).is_some_and(|cell| !cell.trim_ascii().is_empty()));
        }
        if self.lines.get(&source.file.display).is_some_and(|lines| lines.contains(&at.line)) {
            self.look(source, record, *at);
        }
    }

    fn look(&mut self, source: &Source, record: &ByteRecord, at: RowAt) {
        let at = source.at(at);
        for field in self.wanted.get(&at).into_iter().flatten() {
            self.surveyed.seen.insert((at.clone(), *field), cells(source, record, *field));
        }
    }

    pub(super) fn finish(self) -> Surveyed {
        self.surveyed
    }
}

impl Surveyed {
    /// What stands in these fields of the row at `at`.
    pub(super) fn cells_at(&self, at: &Position, fields: &[Field]) -> Vec<Cell> {
        let seen = |field: &Field| self.seen.get(&(at.clone(), *field)).cloned().unwrap_or_default();
        fields.iter().flat_map(seen).collect()
    }
}

/// The columns of a field, masked: those that are not blank, or the first.
fn cells(source: &Source, record: &ByteRecord, field: Field) -> Vec<Cell> {
    let decoder = source.decoder();
    let cell = |(index, _): &(usize, Slot)| {
        // Pass 1 has refused rows that cannot be decoded; what is left of doubt is shown as unreadable text.
        let text = decoder.decode(record.get(*index).unwrap_or_default()).unwrap_or_else(|_| "?".into());
        let column = source.header().get(*index).cloned().unwrap_or_default();
        Cell { column, shape: shape(field, &text) }
    };
    let mut cells: Vec<_> =
        source.binding.mapped.iter().filter(|(_, slot)| slot.field == field).map(cell).collect();
    if cells.iter().any(|cell| !cell.shape.is_empty()) {
        cells.retain(|cell| !cell.shape.is_empty());
    } else {
        cells.truncate(1);
    }
    cells
}

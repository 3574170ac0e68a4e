//! [`Binding`]: a profile fitted to one header; takes from a row what each pass wants of it.
//!
//! [`Binding::key`], [`Binding::row_fingerprint`] and [`Binding::updated_at`] are for the pass that looks at every
//! row: they allocate nothing and decode nothing. [`Binding::source_row`] is for the pass that builds customers.

use std::borrow::Cow;
use std::ops::Range;

use csv::ByteRecord;
use jiff::tz::TimeZone;

use super::date::{self, DateFormat, Reading};
use crate::domain::{CustomerKey, Field, Finding, Fingerprint, Position, Slot, SourceRow};

/// Rows whose mapped cells fit in this are hashed without allocation; it is several times the usual row.
const ON_STACK: usize = 1024;

/// Reads cells of the file, strictly: the reader's decoder.
pub type Decode<'f> = dyn for<'c> Fn(&'c [u8]) -> Result<Cow<'c, str>, Finding> + 'f;

/// A profile fitted to one header.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The column of the customer key.
    pub key_index: usize,
    /// Column and slot, in the profile's order, the key's and the date's included.
    pub mapped: Vec<(usize, Slot)>,
    /// Names of columns that the profile does not map.
    pub ignored: Vec<String>,
    /// Whether the header is that of an `errors.csv` of ours, whose rows say only what they say: a delta.
    pub fed_back: bool,
    /// The columns of `mapped` again, as ranges: neighbours are copied at once.
    runs: Vec<Range<usize>>,
    source_id: Option<usize>,
    updated_at: Option<usize>,
    formats: Vec<DateFormat>,
    zone: TimeZone,
    /// Stands for `mapped` without its columns: part of every row's fingerprint.
    slots: [u8; 16],
}

impl Binding {
    pub(super) fn new(
        key_index: usize,
        mut mapped: Vec<(usize, Slot)>,
        ignored: Vec<String>,
        fed_back: bool,
        source_id: Option<usize>,
        formats: Vec<DateFormat>,
        zone: TimeZone,
    ) -> Self {
        mapped.shrink_to_fit();
        let names: Vec<_> = mapped.iter().map(|(_, slot)| slot.to_string()).collect();
        let slots = Fingerprint::of_parts(names.iter().map(String::as_bytes)).to_bytes();
        let date = Slot::first(Field::UpdatedAt);
        let updated_at = mapped.iter().find(|(_, slot)| *slot == date).map(|(index, _)| *index);
        Self {
            runs: runs(&mapped),
            key_index,
            mapped,
            ignored,
            fed_back,
            source_id,
            updated_at,
            formats,
            zone,
            slots,
        }
    }

    /// Whether rows have a date of their last change: then the newest wins, else the last.
    pub fn has_updated_at(&self) -> bool {
        self.updated_at.is_some()
    }

    /// How many columns stand before the row's own: those that `errors.csv` added to what is fed back.
    pub fn added(&self) -> usize {
        if self.fed_back { crate::domain::outcome::ERROR_COLUMNS.len() } else { 0 }
    }

    /// The customer key's cell without the ASCII white space around it. Raw bytes: text in the file's encoding.
    pub fn key<'r>(&self, row: &'r ByteRecord) -> &'r [u8] {
        row.get(self.key_index).unwrap_or_default().trim_ascii()
    }

    /// What the row says of whose the file is, where the profile names a column for that.
    pub fn source_id<'r>(&self, row: &'r ByteRecord) -> Option<&'r [u8]> {
        row.get(self.source_id?).map(<[u8]>::trim_ascii)
    }

    /// 128 bits that stand for the row's mapped cells, as raw bytes with their boundaries, and for which slots they
    /// fill. The order of the file's columns, and what it has in unmapped ones, do not count.
    pub fn row_fingerprint(&self, row: &ByteRecord) -> Fingerprint {
        let length = |run: &Range<usize>| cells(row, run).len();
        let head = self.slots.len() + 4 * self.mapped.len();
        let total = head + self.runs.iter().map(length).sum::<usize>();
        let mut short = [0; ON_STACK];
        let mut long = Vec::new();
        let bytes = if let Some(bytes) = short.get_mut(..total) {
            bytes
        } else {
            long.resize(total, 0);
            long.as_mut_slice()
        };
        let (head, mut rest) = bytes.split_at_mut(head);
        let (slots, lengths) = head.split_at_mut(self.slots.len());
        slots.copy_from_slice(&self.slots);
        for ((index, _), slot) in self.mapped.iter().zip(lengths.chunks_exact_mut(4)) {
            // A cell is never as long as 4 GiB: the reader refuses far shorter ones.
            let length = row.range(*index).map_or(0, |range| u32::try_from(range.len()).unwrap_or(u32::MAX));
            slot.copy_from_slice(&length.to_le_bytes());
        }
        for run in &self.runs {
            let cells = cells(row, run);
            let (here, after) = rest.split_at_mut(cells.len());
            here.copy_from_slice(cells);
            rest = after;
        }
        Fingerprint::of(bytes)
    }

    /// When the DMS last changed the row: seconds since 1970, UTC. `None` where that is not mapped, blank or unreadable.
    pub fn updated_at(&self, row: &ByteRecord) -> Option<i64> {
        self.read_updated_at(row).seconds()
    }

    fn read_updated_at(&self, row: &ByteRecord) -> Reading {
        match self.updated_at.and_then(|index| row.get(index)) {
            Some(cell) => date::read(cell, &self.formats, &self.zone),
            None => Reading::Blank,
        }
    }

    /// The row's values as text, in the profile's order. The key is not among them, nor is a date that was read; one
    /// that is unreadable is, so that `group` can warn of it (`updated_at.unreadable`).
    ///
    /// # Errors
    /// `key.blank`, `key.zero`, and whatever `decode` finds.
    pub fn source_row(
        &self,
        row: &ByteRecord,
        at: Position,
        decode: &Decode<'_>,
    ) -> Result<SourceRow, Finding> {
        let key = parse_key(&decode(self.key(row))?)?;
        let reading = self.read_updated_at(row);
        let mut values = Vec::with_capacity(self.mapped.len());
        for (index, slot) in &self.mapped {
            if slot.field == Field::CustomerKey
                || (slot.field == Field::UpdatedAt && reading != Reading::Unreadable)
            {
                continue;
            }
            let cell = match row.get(*index).unwrap_or_default() {
                [] => String::new(),
                cell => decode(cell)
                    .map_err(|finding| Finding { field: Some(slot.field), ..finding })?
                    .into_owned(),
            };
            values.push((*slot, cell));
        }
        Ok(SourceRow { at, key, values, updated_at: reading.seconds() })
    }
}

/// The columns of `mapped` in its order, neighbours together.
fn runs(mapped: &[(usize, Slot)]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, _) in mapped {
        match runs.last_mut() {
            Some(run) if run.end == *index => run.end += 1,
            _ => runs.push(*index..*index + 1),
        }
    }
    runs
}

/// The bytes of neighbouring cells, one after the other; none where the row lacks them.
fn cells<'r>(row: &'r ByteRecord, run: &Range<usize>) -> &'r [u8] {
    let ends = row.range(run.start).zip(row.range(run.end - 1));
    ends.and_then(|(first, last)| row.as_slice().get(first.start..last.end)).unwrap_or_default()
}

fn parse_key(text: &str) -> Result<CustomerKey, Finding> {
    CustomerKey::parse(text).ok_or_else(|| match text.trim() {
        "" => Finding::on(Field::CustomerKey, "key.blank", "the row has no customer key"),
        _ => Finding::on(Field::CustomerKey, "key.zero", "the customer key is 0, which means no customer"),
    })
}

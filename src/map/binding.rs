//! [`Binding`]: a profile fitted to one header; takes from a row what each pass wants of it.
//!
//! [`Binding::key`], [`Binding::row_fingerprint`] and [`Binding::updated_at`] are for the pass that looks at every
//! row: they allocate nothing and decode nothing. [`Binding::source_row`] is for the pass that builds customers.

use std::borrow::Cow;

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
        Self { key_index, mapped, ignored, fed_back, source_id, updated_at, formats, zone, slots }
    }

    /// Whether rows have a date of their last change: then the newest wins, else the last.
    pub fn has_updated_at(&self) -> bool {
        self.updated_at.is_some()
    }

    /// How many columns stand before the row's own: those that `errors.csv` added to what is fed back.
    pub fn added(&self) -> usize {
        if self.fed_back { super::bind::ADDED.len() } else { 0 }
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
        let cells = || self.mapped.iter().map(|(index, _)| row.get(*index).unwrap_or_default());
        let length = self.slots.len() + cells().map(|cell| cell.len() + 4).sum::<usize>();
        let mut short = [0; ON_STACK];
        let mut long = Vec::new();
        let bytes = if let Some(bytes) = short.get_mut(..length) {
            bytes
        } else {
            long.resize(length, 0);
            long.as_mut_slice()
        };
        let (slots, mut rest) = bytes.split_at_mut(self.slots.len());
        slots.copy_from_slice(&self.slots);
        for cell in cells() {
            let (head, tail) = rest.split_at_mut(cell.len() + 4);
            // A cell is never as long as 4 GiB: the reader refuses far shorter ones.
            let size = u32::try_from(cell.len()).unwrap_or(u32::MAX);
            head[..4].copy_from_slice(&size.to_le_bytes());
            head[4..].copy_from_slice(cell);
            rest = tail;
        }
        Fingerprint::of(bytes)
    }

    /// When the DMS last changed the row: seconds since 1970, UTC. `None` where that is not mapped, blank or unreadable.
    pub fn updated_at(&self, row: &ByteRecord) -> Option<i64> {
        match self.read_updated_at(row) {
            Reading::At(seconds) => Some(seconds),
            Reading::Blank | Reading::Unreadable => None,
        }
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
            let cell = decode(row.get(*index).unwrap_or_default());
            let cell = cell.map_err(|finding| Finding { field: Some(slot.field), ..finding })?;
            values.push((*slot, cell.into_owned()));
        }
        Ok(SourceRow { at, key, values, updated_at: self.updated_at(row) })
    }
}

fn parse_key(text: &str) -> Result<CustomerKey, Finding> {
    CustomerKey::parse(text).ok_or_else(|| match text.trim() {
        "" => Finding::on(Field::CustomerKey, "key.blank", "the row has no customer key"),
        _ => Finding::on(Field::CustomerKey, "key.zero", "the customer key is 0, which means no customer"),
    })
}

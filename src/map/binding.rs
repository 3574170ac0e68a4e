//! [`Binding`]: a profile fitted to one header; takes from a row what each pass wants of it.
//!
//! [`Binding::key`], [`Binding::row_fingerprint`] and [`Binding::updated_at`] are for the pass that looks at every
//! row: they allocate nothing and decode nothing. [`Binding::source_row`] is for the pass that builds customers.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use csv::ByteRecord;
use jiff::tz::TimeZone;

use super::cell::Wording;
use super::date::{DateFormat, Reading};
use super::fold::nearest;
use super::heading::names_columns;
use super::layout::{Layout, Polarity, Rows};
use super::profile::{LoneLastName, Profile};
use super::role::{Part, Role, Veto};
use super::{skip, whole};
use crate::domain::{CustomerKey, Field, Finding, Fingerprint, Position, Presence, Slot, SourceRow};

/// Rows whose mapped cells fit in this are hashed without allocation; it is several times the usual row.
const ON_STACK: usize = 1024;

/// Reads cells of the file, strictly: the reader's decoder.
pub type Decode<'f> = dyn for<'c> Fn(&'c [u8]) -> Result<Cow<'c, str>, Finding> + 'f;

/// What one column of a file does.
#[derive(Debug, Clone)]
pub(super) enum Duty {
    /// It is the value of a slot.
    Value(Slot),
    /// It is asked whether somebody may be contacted.
    Consent(Slot, Polarity),
    /// It has the whole name.
    FullName,
    /// It has all phones.
    Phones,
    /// It says whether the customer is there to be synced; without `words`, those for yes do.
    Flag { presence: Presence, words: Vec<String> },
}

impl Duty {
    /// What stands for the duty in a row's fingerprint.
    fn name(&self) -> String {
        match self {
            Self::Value(slot) => slot.to_string(),
            Self::Consent(slot, polarity) => format!("{slot} {polarity:?}"),
            Self::FullName => "fullName".to_owned(),
            Self::Phones => "phones".to_owned(),
            Self::Flag { presence, words: _ } => format!("{presence:?}"),
        }
    }

    fn slot(&self) -> Option<Slot> {
        match self {
            Self::Value(slot) | Self::Consent(slot, _) => Some(*slot),
            Self::FullName | Self::Phones | Self::Flag { .. } => None,
        }
    }
}

/// Where a file says whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SourceIdColumn {
    /// Nowhere, and the profile does not look for it.
    None,
    /// In this column.
    At(usize),
    /// Not in exactly one column, as it should; what to say where somebody wants to know.
    Lost(String),
}

/// Columns by index, and what they do. A column may do several things.
pub(super) type Columns = Vec<(usize, Duty)>;

/// What a binding knows beside its columns.
pub(super) struct Binds {
    pub(super) ignored: Vec<String>,
    pub(super) fed_back: bool,
    pub(super) raw: Option<usize>,
    pub(super) source_id: SourceIdColumn,
    pub(super) parts: Vec<Part>,
    pub(super) zone: TimeZone,
}

#[derive(Debug, Clone)]
struct Column {
    index: usize,
    duty: Duty,
    wording: Wording,
}

/// The columns of one kind of no.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vetoed<'b> {
    /// What the profile calls them.
    pub roles: Vec<Role>,
    /// What a file may call them; each is as good as the others.
    pub names: Vec<&'b str>,
    /// What the file calls those that it has.
    pub found: Vec<&'b str>,
}

/// A profile fitted to one header.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The column of the customer key.
    pub key_index: usize,
    /// Column and slot, in the profile's order, the key's and the date's included; consent columns, whatever their
    /// polarity, under the slot of their channel.
    pub mapped: Vec<(usize, Slot)>,
    /// Everything that the file's layout knows columns for, and those that are there.
    pub parts: Vec<Part>,
    /// Names of columns that the profile does not map.
    pub ignored: Vec<String>,
    /// Whether the header is that of an `errors.csv` of ours, whose rows say only what they say: a delta.
    pub fed_back: bool,
    /// What the file's rows tell of.
    pub rows: Rows,
    /// The layout that the file is of; empty where the profile has one only.
    pub layout: String,
    /// The column of the texts that could not be split, in an `errors.csv` that has some.
    raw: Option<usize>,
    /// Whether columns are known by their numbers.
    by_number: bool,
    columns: Vec<Column>,
    /// The indexes of `columns`, as ranges: neighbours are copied at once.
    runs: Vec<Range<usize>>,
    source_id: SourceIdColumn,
    updated_at: Option<usize>,
    formats: Vec<DateFormat>,
    zone: TimeZone,
    /// The last moment that may be the date of a change: seconds since 1970, UTC.
    latest: i64,
    lone_last_name: LoneLastName,
    /// Stands for `columns` without their indexes: part of every row's fingerprint.
    duties: [u8; 16],
}

impl Binding {
    /// `None` where no column is the key's.
    pub(super) fn new(profile: &Profile, layout: &Layout, columns: Columns, rest: Binds) -> Option<Self> {
        let Binds { ignored, fed_back, raw, source_id, parts, zone } = rest;
        let names: Vec<_> = columns.iter().map(|(_, duty)| duty.name()).collect();
        let mapped: Vec<_> =
            columns.iter().filter_map(|(index, duty)| Some((*index, duty.slot()?))).collect();
        let of = |field| mapped.iter().find(|(_, slot)| *slot == Slot::first(field)).map(|(index, _)| *index);
        let column = |(index, duty): (usize, Duty)| {
            let wording = Wording::of(profile, duty.slot().map(|slot| slot.field));
            Column { index, duty, wording }
        };
        Some(Self {
            key_index: of(Field::CustomerKey)?,
            updated_at: of(Field::UpdatedAt),
            mapped,
            parts,
            ignored,
            fed_back,
            raw,
            by_number: !profile.file.header,
            rows: layout.rows,
            layout: layout.name.clone(),
            runs: runs(&columns),
            duties: Fingerprint::of_parts(names.iter().map(String::as_bytes)).to_bytes(),
            columns: columns.into_iter().map(column).collect(),
            source_id,
            formats: profile.updated_at.clone(),
            zone,
            latest: i64::MAX,
            lone_last_name: profile.lone_last_name,
        })
    }

    /// The same binding, for which a date after `latest` (seconds since 1970, UTC) is yet to come, and does not count.
    #[must_use]
    pub fn until(self, latest: i64) -> Self {
        Self { latest, ..self }
    }

    /// Whether rows have a date of their last change: then the newest wins, else the last.
    pub fn has_updated_at(&self) -> bool {
        self.updated_at.is_some()
    }

    /// The export's own columns among the `width` of the file: what we added to one that is fed back is left out.
    pub fn own(&self, width: usize) -> Range<usize> {
        let added = if self.fed_back { crate::domain::outcome::ERROR_COLUMNS.len() } else { 0 };
        let end = self.raw.unwrap_or(width);
        added.min(end)..end
    }

    /// The text of a row that could not be split, where it is fed back with one.
    pub fn raw<'r>(&self, row: &'r ByteRecord) -> Option<&'r [u8]> {
        row.get(self.raw?).filter(|text| !text.trim_ascii().is_empty())
    }

    /// Whether nothing stands in the row's own columns.
    pub fn is_blank(&self, row: &ByteRecord) -> bool {
        self.own(row.len()).all(|index| row.get(index).is_none_or(|cell| cell.trim_ascii().is_empty()))
    }

    /// Whether the row names columns, in a file whose columns have numbers: no customer, but a header in the midst of the
    /// data. Customer numbers have digits, so that nearly every row costs a look at its key.
    pub fn is_heading(&self, row: &ByteRecord) -> bool {
        let text = |cell: &'_ [u8]| std::str::from_utf8(cell).ok().map(str::to_owned);
        self.by_number
            && !self.key(row).iter().any(u8::is_ascii_digit)
            && names_columns(self.own(row.len()).filter_map(|index| text(row.get(index)?)))
    }

    /// The customer key's cell without the ASCII white space around it. Raw bytes: text in the file's encoding.
    pub fn key<'r>(&self, row: &'r ByteRecord) -> &'r [u8] {
        row.get(self.key_index).unwrap_or_default().trim_ascii()
    }

    /// What the row says of whose the file is, where the profile names a column for that, and the row says anything.
    pub fn source_id<'r>(&self, row: &'r ByteRecord) -> Option<&'r [u8]> {
        let SourceIdColumn::At(index) = self.source_id else { return None };
        row.get(index).map(<[u8]>::trim_ascii).filter(|cell| !cell.is_empty())
    }

    /// Why the file cannot say whose it is, where it should be able to.
    pub fn lost_source_id(&self) -> Option<&str> {
        match &self.source_id {
            SourceIdColumn::Lost(why) => Some(why),
            SourceIdColumn::None | SourceIdColumn::At(_) => None,
        }
    }

    /// How many columns of the file are used.
    pub fn width(&self) -> usize {
        let found = self.parts.iter().flat_map(|part| &part.found).map(|(index, _)| *index);
        let source_id = match self.source_id {
            SourceIdColumn::At(index) => Some(index),
            SourceIdColumn::None | SourceIdColumn::Lost(_) => None,
        };
        found.chain(source_id).collect::<BTreeSet<_>>().len()
    }

    /// The column among those that are not mapped that is most like `name`, where one is near.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.ignored.iter().map(String::as_str))
    }

    /// What the file's layout has columns for that can say no: their roles, what they may be called, and what the file
    /// calls those that it has.
    pub fn vetoes(&self) -> BTreeMap<Veto, Vetoed<'_>> {
        let mut vetoes: BTreeMap<Veto, Vetoed<'_>> = BTreeMap::new();
        for Part { role, names, found, .. } in &self.parts {
            let Some(veto) = role.veto() else { continue };
            let vetoed = vetoes.entry(veto).or_default();
            vetoed.roles.push(*role);
            vetoed.names.extend(names.iter().map(String::as_str));
            vetoed.found.extend(found.iter().map(|(_, name)| name.as_str()));
        }
        vetoes
    }

    /// 128 bits that stand for the row's mapped cells, as raw bytes with their boundaries, and for which slots they
    /// fill. The order of the file's columns, and what it has in unmapped ones, do not count.
    pub fn row_fingerprint(&self, row: &ByteRecord) -> Fingerprint {
        let length = |run: &Range<usize>| cells(row, run).len();
        let head = self.duties.len() + 4 * self.columns.len();
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
        let (duties, lengths) = head.split_at_mut(self.duties.len());
        duties.copy_from_slice(&self.duties);
        for (Column { index, .. }, slot) in self.columns.iter().zip(lengths.chunks_exact_mut(4)) {
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

    /// When the DMS last changed the row: seconds since 1970, UTC. `None` where that is not mapped, blank, unreadable or
    /// yet to come.
    pub fn updated_at(&self, row: &ByteRecord) -> Option<i64> {
        self.read_updated_at(row).seconds()
    }

    /// What the row says of that.
    pub fn read_updated_at(&self, row: &ByteRecord) -> Reading {
        match self.updated_at.and_then(|index| row.get(index)) {
            Some(cell) => Reading::of(cell, &self.formats, &self.zone).until(self.latest),
            None => Reading::Blank,
        }
    }

    /// The row's values as text, in our words, in the profile's order; what columns that say several things add comes
    /// last. Neither the key nor the date is among them.
    ///
    /// # Errors
    /// Those of [`CustomerKey::text_of`], and whatever `decode` finds.
    pub fn source_row(
        &self,
        row: &ByteRecord,
        at: Position,
        decode: &Decode<'_>,
    ) -> Result<SourceRow, Finding> {
        let key = CustomerKey::read(&decode(self.key(row))?)?;
        let reading = self.read_updated_at(row);
        let mut values = Vec::with_capacity(self.columns.len());
        let (mut full_name, mut phones, mut presence) = (None, None, self.presence());
        let mut doubts: Vec<_> = reading.doubt().into_iter().collect();
        for Column { index, duty, wording } in &self.columns {
            let field = duty.slot().map(|slot| slot.field);
            if matches!(field, Some(Field::CustomerKey | Field::UpdatedAt)) {
                continue;
            }
            let cell = match row.get(*index).unwrap_or_default() {
                [] => String::new(),
                cell => {
                    wording.apply(decode(cell).map_err(|finding| Finding { field, ..finding })?.into_owned())
                }
            };
            match duty {
                Duty::Value(slot) => values.push((*slot, cell)),
                Duty::Consent(slot, polarity) => values.push((*slot, polarity.settle(cell))),
                Duty::FullName => full_name = Some(cell),
                Duty::Phones => phones = Some(cell),
                Duty::Flag { presence: asked, words } => match skip::read(&cell, *asked, words) {
                    skip::Said::Raised(raised) => presence = presence.max(raised),
                    skip::Said::Unknown => doubts.push(skip::unrecognised(*asked)),
                    skip::Said::Nothing => {}
                },
            }
        }
        if self.rows == Rows::Customers {
            whole::name(&mut values, full_name.as_deref(), self.lone_last_name);
        }
        if let Some(cell) = phones {
            whole::phones(&mut values, &cell);
        }
        Ok(SourceRow { at, key, values, updated_at: reading.seconds(), named_at: None, presence, doubts })
    }

    /// What a row is without any flag.
    fn presence(&self) -> Presence {
        match self.rows {
            Rows::Customers => Presence::Active,
            Rows::Vehicles => Presence::VehicleOnly,
        }
    }
}

/// The columns in their order, neighbours together.
fn runs(mapped: &[(usize, Duty)]) -> Vec<Range<usize>> {
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

//! [`Profile::bind`]: finds the profile's columns in a header, or says clearly why not.
//!
//! A name fits after white space, case and punctuation are taken off. Columns that nothing names are ignored; two
//! columns for one slot are refused, because either might be the right one. Of consent columns each counts.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::binding::{Binding, Binds, Columns, Duty, SourceIdColumn};
use super::delimiter::another_delimiter;
use super::error::ProfileError;
use super::fold::{fold, nearest};
use super::heading::names_columns;
use super::layout::{Layout, Rows};
use super::profile::{Profile, SourceIdRule};
use super::role::Part;
use crate::domain::outcome::{ERROR_COLUMNS, RAW_COLUMN, is_broken_errors_header, is_errors_header};
use crate::domain::{Field, Slot};

impl Profile {
    /// Fits the profile to the header of `file`: the layout whose columns it has, or all of them where it has those of
    /// several, as an `errors.csv` does that lists rows of both. Local times in `updatedAt` are those
    /// of `zone`. A file without a header has the header `column_1`, `column_2` and so on. An error speaks of the first
    /// line; see [`ProfileError::of_header_at`].
    pub fn bind(&self, header: &[String], file: &str, zone: &TimeZone) -> Result<Binding, ProfileError> {
        let fed_back = is_errors_header(header);
        let own = self.layouts.iter().flat_map(Layout::names).collect();
        let seen = Seen::new(header, if fed_back { ERROR_COLUMNS.len() } else { 0 }, own);
        let refuse = |what: String| ProfileError::Header { file: file.to_owned(), line: 1, what };
        if !fed_back && is_broken_errors_header(header) {
            let first = ERROR_COLUMNS[0];
            let last = ERROR_COLUMNS[ERROR_COLUMNS.len() - 1];
            return Err(refuse(format!(
                "this looks like an errors.csv whose added columns were moved, renamed or taken out, and would be read as \
                 an export; put all {} of them back before the others, {first} to {last}, as the list had them",
                ERROR_COLUMNS.len()
            )));
        }
        let fitted = self.layouts.iter().map(|layout| (layout, self.fit(layout, &seen)));
        let (fitting, others): (Vec<_>, Vec<_>) = fitted.partition(|(_, columns)| columns.is_ok());
        let mut fitting = fitting.into_iter().filter_map(|(layout, columns)| Some((layout, columns.ok()?)));
        let (layout, columns) = match (fitting.next(), fitting.next()) {
            (Some((layout, columns)), None) => (Cow::Borrowed(layout), columns),
            (Some((first, _)), Some((second, _))) => {
                let rest = fitting.map(|(layout, _)| layout);
                let layout = [second].into_iter().chain(rest).fold(first.clone(), Layout::with);
                let columns = self.fit(&layout, &seen).map_err(refuse)?;
                (Cow::Owned(layout), columns)
            }
            (None, _) => {
                let names: Vec<_> = self.layouts.iter().flat_map(Layout::names).collect();
                // The layout that most of the columns belong to is the one that was meant; between equals the first.
                let meant = others.into_iter().rev().max_by_key(|(layout, _)| seen.known(layout.names()));
                let what = meant.and_then(|(_, columns)| columns.err()).unwrap_or_default();
                return Err(refuse(another_delimiter(header, self.file.delimiter, &names).unwrap_or(what)));
            }
        };
        let layout = layout.as_ref();
        let source_id = self.source_id_column(layout, &seen);
        let used = |index: usize| {
            source_id == SourceIdColumn::At(index) || columns.iter().any(|(at, _)| *at == index)
        };
        let last = header.len().saturating_sub(1);
        let raw =
            (fed_back && header.last().is_some_and(|name| name == RAW_COLUMN) && !used(last)).then_some(last);
        let ignored = seen.columns.iter().filter(|(index, ..)| !used(*index) && raw != Some(*index));
        let ignored = ignored.map(|(_, name, _)| (*name).to_owned()).collect();
        let parts = seen.parts(layout);
        let rest = Binds { ignored, fed_back, raw, source_id, parts, zone: zone.clone() };
        Binding::new(self, layout, columns, rest)
            .ok_or_else(|| refuse("no column for customerKey".to_owned()))
    }

    /// Finds the columns of `layout`; the reason where some cannot be found for certain.
    fn fit(&self, layout: &Layout, seen: &Seen<'_>) -> Result<Columns, String> {
        let mut columns = Vec::new();
        let one = |names: &[String], what: &dyn Fn() -> String| match seen.fitting(names).as_slice() {
            [] => Ok(None),
            [index] => Ok(Some(*index)),
            several => Err(seen.several(&what(), several)),
        };
        for rule in &layout.columns {
            let found = one(&rule.names, &|| rule.slot.to_string())?;
            columns.extend(found.map(|index| (index, Duty::Value(rule.slot))));
        }
        let full_name = one(&layout.full_name, &|| "fullName".to_owned())?;
        columns.extend(full_name.map(|index| (index, Duty::FullName)));
        columns.extend(one(&layout.phones, &|| "phones".to_owned())?.map(|index| (index, Duty::Phones)));
        let mut ordinals = Ordinals::of(layout);
        for rule in &layout.consent {
            for index in seen.fitting(std::slice::from_ref(&rule.name)) {
                columns.push((index, Duty::Consent(ordinals.next(rule.channel), rule.polarity)));
            }
        }
        for rule in &layout.flags {
            let flag = |index| (index, Duty::Flag { presence: rule.presence, words: rule.words.clone() });
            columns.extend(seen.fitting(&rule.names).into_iter().map(flag));
        }
        if columns.is_empty() {
            return Err(self.another_layout(seen));
        }
        let mapped = |index: usize| columns.iter().any(|(at, _)| *at == index);
        let mut absent = seen.parts(layout);
        absent.retain(|part| part.required && part.found.is_empty());
        if !self.file.header && !absent.is_empty() {
            return Err(self.too_narrow(&absent, seen));
        }
        let missing: Vec<_> = absent.iter().map(|part| seen.missing(part, &mapped)).collect();
        if missing.is_empty() {
            return Ok(columns);
        }
        Err(format!(
            "{}{}; name the column in a profile of your own, or ask for an export that has it",
            if layout.name.is_empty() { String::new() } else { format!("as a file of {}: ", layout.name) },
            missing.join("; ")
        ))
    }

    /// The column that says whose the file is. Where the profile names one, a file of customers should have it.
    fn source_id_column(&self, layout: &Layout, seen: &Seen<'_>) -> SourceIdColumn {
        let Some(SourceIdRule::Column(names)) = &self.source_id else { return SourceIdColumn::None };
        match seen.fitting(names).as_slice() {
            [index] => SourceIdColumn::At(*index),
            // Its customers are told of in another file, which says whose they are.
            [] if layout.rows == Rows::Vehicles => SourceIdColumn::None,
            _ => SourceIdColumn::Lost(format!(
                "not exactly one column says whose the file is ({}), and the department has a source_id to compare",
                names.join(" or ")
            )),
        }
    }

    /// What to say of a file without a header whose rows end before a column that must be there.
    fn too_narrow(&self, absent: &[Part], seen: &Seen<'_>) -> String {
        let (wide, delimiter) = (seen.columns.len(), char::from(self.file.delimiter));
        let slots: Vec<_> = absent.iter().map(|part| part.role.to_string()).collect();
        format!(
            "its rows have {wide} column{}, and the profile looks for {} further on; perhaps the delimiter is not {delimiter:?}, or this is another report",
            if wide == 1 { "" } else { "s" },
            slots.join(", ")
        )
    }

    /// What to say of a header in which nothing fits.
    fn another_layout(&self, seen: &Seen<'_>) -> String {
        let delimiter = char::from(self.file.delimiter);
        let remedy = if seen.columns.len() == 1 {
            format!("there is one column only: perhaps the delimiter is not {delimiter:?}")
        } else {
            "this looks like another layout: name its profile, or write one".to_owned()
        };
        format!("none of the columns of profile {:?} is there (seen: {}); {remedy}", self.name, seen.list())
    }
}

/// Numbers for the columns of consent, behind those that the profile has numbered itself.
struct Ordinals(BTreeMap<Field, u8>);

impl Ordinals {
    fn of(layout: &Layout) -> Self {
        let mut last = BTreeMap::new();
        for rule in layout.columns.iter().filter(|rule| rule.slot.field.is_consent()) {
            let last = last.entry(rule.slot.field).or_default();
            *last = rule.slot.ordinal.max(*last);
        }
        Self(last)
    }

    fn next(&mut self, field: Field) -> Slot {
        let last = self.0.entry(field).or_default();
        *last = last.saturating_add(1);
        Slot { field, ordinal: *last }
    }
}

/// The columns of a header.
struct Seen<'h> {
    /// Index, name, folded name; without those that an errors file adds.
    columns: Vec<(usize, &'h str, String)>,
    /// What the profile calls its columns, folded.
    own: BTreeSet<String>,
}

impl<'h> Seen<'h> {
    fn new(header: &'h [String], added: usize, own: BTreeSet<String>) -> Self {
        let columns = header.iter().enumerate().skip(added);
        Self { columns: columns.map(|(index, name)| (index, name.as_str(), fold(name))).collect(), own }
    }

    /// The columns that any of `names` fits.
    fn fitting(&self, names: &[String]) -> Vec<usize> {
        let names: Vec<_> = names.iter().map(|name| fold(name)).collect();
        let fits = |folded: &String| names.contains(folded);
        self.columns.iter().filter(|(_, _, folded)| fits(folded)).map(|(index, _, _)| *index).collect()
    }

    /// What the layout knows columns for, with those that are there.
    fn parts(&self, layout: &Layout) -> Vec<Part> {
        let mut parts = layout.roles();
        for part in &mut parts {
            let named = |index| (index, self.name(index).trim().to_owned());
            part.found = self.fitting(&part.names).into_iter().map(named).collect();
        }
        parts
    }

    fn name(&self, index: usize) -> &str {
        self.columns.iter().find(|(at, _, _)| *at == index).map_or("", |(_, name, _)| name)
    }

    /// How many columns have one of these folded names.
    fn known(&self, names: impl Iterator<Item = String>) -> usize {
        let names: BTreeSet<String> = names.collect();
        self.columns.iter().filter(|(_, _, folded)| names.contains(folded)).count()
    }

    /// What to say where several columns fit one slot.
    fn several(&self, slot: &str, indexes: &[usize]) -> String {
        let each: Vec<_> =
            indexes.iter().map(|index| format!("column {} ({:?})", index + 1, self.name(*index))).collect();
        format!(
            "several columns for {slot}: {}; take one out, or name only one in the profile",
            each.join(" and ")
        )
    }

    /// What to say where a required column is missing: its names, and what comes nearest.
    fn missing(&self, part: &Part, mapped: &dyn Fn(usize) -> bool) -> String {
        let free = |index: &usize| !mapped(*index);
        let names = || self.columns.iter().filter(|(index, _, _)| free(index)).map(|(_, name, _)| *name);
        let near = part.names.iter().find_map(|name| nearest(name, names())).filter(|_| self.is_header());
        let hint = match near {
            Some(name) => format!("nearest: {}", shortened(name)),
            None => format!("seen: {}", self.list()),
        };
        format!(
            "no column for {}, which is required: none is called {} ({hint})",
            part.role,
            quoted(&part.names)
        )
    }

    /// Whether the first row is a header rather than somebody's: no message quotes what may be anybody's name.
    fn is_header(&self) -> bool {
        const DIGITS: usize = 5;
        let digits = |name: &str| name.chars().filter(char::is_ascii_digit).count();
        let is_data = |name: &str| name.contains('@') || digits(name) >= DIGITS;
        let names = || self.columns.iter().map(|(_, name, _)| *name);
        let is_known = self.columns.iter().any(|(_, _, folded)| self.own.contains(folded));
        !names().any(is_data) && (is_known || names_columns(names()))
    }

    /// The first names, and how many more there are.
    fn list(&self) -> String {
        const SHOWN: usize = 8;
        if !self.is_header() {
            let (wide, many) = (self.columns.len(), if self.columns.len() == 1 { "" } else { "s" });
            return format!("{wide} column{many}, and a first row that does not look like a header");
        }
        let shown: Vec<_> = self.columns.iter().take(SHOWN).map(|(_, name, _)| shortened(name)).collect();
        match self.columns.len().saturating_sub(SHOWN) {
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    }
}

/// A name as a message quotes it. What stands in the first row may be anything, and as long as it likes.
fn shortened(name: &str) -> String {
    const LENGTH: usize = 40;
    let short: String = name.chars().take(LENGTH).collect();
    let cut = if short.len() < name.len() { "…" } else { "" };
    format!("{short:?}{cut}")
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" or ")
}

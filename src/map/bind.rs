//! [`Profile::bind`]: finds the profile's columns in a header, or says clearly why not.
//!
//! A name fits after white space, case and punctuation are taken off. Columns that nothing names are ignored; two
//! columns for one slot are refused, because either might be the right one.

use jiff::tz::TimeZone;

use super::binding::Binding;
use super::error::ProfileError;
use super::fold::{fold, nearest};
use super::profile::{ColumnRule, Profile, SourceIdRule};
use crate::domain::outcome::{ERROR_COLUMNS, is_errors_header};
use crate::domain::{Field, Slot};

impl Profile {
    /// Fits the profile to the header of `file`; local times in `updatedAt` are those of `zone`.
    pub fn bind(&self, header: &[String], file: &str, zone: &TimeZone) -> Result<Binding, ProfileError> {
        let fed_back = is_errors_header(header);
        let added = if fed_back { ERROR_COLUMNS.len() } else { 0 };
        let seen = Seen::new(header, added);
        let refuse = |what: String| ProfileError::Header { file: file.to_owned(), what };
        let mut mapped = Vec::new();
        for rule in &self.columns {
            match seen.fitting(&rule.names).as_slice() {
                [] => {}
                [index] => mapped.push((*index, rule.slot)),
                several => return Err(refuse(seen.several(rule.slot, several))),
            }
        }
        if mapped.is_empty() {
            return Err(refuse(self.another_layout(&seen)));
        }
        let absent = |rule: &&ColumnRule| rule.required && !mapped.iter().any(|(_, slot)| *slot == rule.slot);
        let missing: Vec<_> =
            self.columns.iter().filter(absent).map(|rule| seen.missing(rule, &mapped)).collect();
        if !missing.is_empty() {
            return Err(refuse(format!(
                "{}; name the column in a profile of your own, or ask for an export that has it",
                missing.join("; ")
            )));
        }
        let key = Slot::first(Field::CustomerKey);
        let Some(key_index) = mapped.iter().find(|(_, slot)| *slot == key).map(|(index, _)| *index) else {
            return Err(refuse("no column for customerKey".to_owned()));
        };
        let source_id = self.source_id_column(&seen).map_err(refuse)?;
        let used = |index: usize| source_id == Some(index) || mapped.iter().any(|(at, _)| *at == index);
        let ignored = (added..header.len()).filter(|index| !used(*index)).map(|index| header[index].clone());
        let ignored = ignored.collect();
        Ok(Binding::new(
            key_index,
            mapped,
            ignored,
            fed_back,
            source_id,
            self.updated_at.clone(),
            zone.clone(),
        ))
    }

    /// The column that says whose the file is; it must be there where the profile names one.
    fn source_id_column(&self, seen: &Seen<'_>) -> Result<Option<usize>, String> {
        let Some(SourceIdRule::Column(names)) = &self.source_id else { return Ok(None) };
        match seen.fitting(names).as_slice() {
            [index] => Ok(Some(*index)),
            _ => Err(format!("not exactly one column says whose the file is ({})", names.join(" or "))),
        }
    }

    /// What to say of a header in which nothing fits.
    fn another_layout(&self, seen: &Seen<'_>) -> String {
        let delimiter = char::from(self.file.delimiter).escape_default();
        let remedy = if seen.columns.len() == 1 {
            format!("there is one column only: perhaps the delimiter is not {:?}", delimiter.to_string())
        } else {
            "this looks like another layout: name its profile, or write one".to_owned()
        };
        format!("none of the columns of profile {:?} is there (seen: {}); {remedy}", self.name, seen.list())
    }
}

/// The columns of a header.
struct Seen<'h> {
    /// Index, name, folded name; without those that an errors file adds.
    columns: Vec<(usize, &'h str, String)>,
}

impl<'h> Seen<'h> {
    fn new(header: &'h [String], added: usize) -> Self {
        let columns = header.iter().enumerate().skip(added);
        Self { columns: columns.map(|(index, name)| (index, name.as_str(), fold(name))).collect() }
    }

    /// The columns that any of `names` fits.
    fn fitting(&self, names: &[String]) -> Vec<usize> {
        let names: Vec<_> = names.iter().map(|name| fold(name)).collect();
        let fits = |folded: &String| names.contains(folded);
        self.columns.iter().filter(|(_, _, folded)| fits(folded)).map(|(index, _, _)| *index).collect()
    }

    fn name(&self, index: usize) -> &str {
        self.columns.iter().find(|(at, _, _)| *at == index).map_or("", |(_, name, _)| name)
    }

    /// What to say where several columns fit one slot.
    fn several(&self, slot: Slot, indexes: &[usize]) -> String {
        let each: Vec<_> =
            indexes.iter().map(|index| format!("column {} ({:?})", index + 1, self.name(*index))).collect();
        format!(
            "several columns for {slot}: {}; take one out, or name only one in the profile",
            each.join(" and ")
        )
    }

    /// What to say where a required column is missing: its names, and what comes nearest.
    fn missing(&self, rule: &ColumnRule, mapped: &[(usize, Slot)]) -> String {
        let free = |index: &usize| !mapped.iter().any(|(at, _)| at == index);
        let names = || self.columns.iter().filter(|(index, _, _)| free(index)).map(|(_, name, _)| *name);
        let near = rule.names.iter().find_map(|name| nearest(name, names())).filter(|_| !self.is_data());
        let hint = match near {
            Some(name) => format!("nearest: {}", shortened(name)),
            None => format!("seen: {}", self.list()),
        };
        format!(
            "no column for {}, which is required: none is called {} ({hint})",
            rule.slot,
            quoted(&rule.names)
        )
    }

    /// Whether the first row seems to be somebody's rather than a header: then no message quotes it.
    fn is_data(&self) -> bool {
        const DIGITS: usize = 5;
        let digits = |name: &str| name.chars().filter(char::is_ascii_digit).count();
        self.columns.iter().any(|(_, name, _)| name.contains('@') || digits(name) >= DIGITS)
    }

    /// The first names, and how many more there are.
    fn list(&self) -> String {
        const SHOWN: usize = 8;
        if self.is_data() {
            return "a first row that looks like data, not like a header".to_owned();
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

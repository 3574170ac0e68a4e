//! [`propose`]: a profile for a file that no profile fits yet, to be read and corrected by a person.
//!
//! A column is recognised by its name, through what all built-in profiles know; its values only tell dates' formats, and
//! give hints where the name says nothing. No value of a row is ever written into a profile.

mod alike;
mod around;
mod knowledge;
mod synonyms;
#[cfg(test)]
mod tests;
mod text;

pub use around::{Evidence, Start, TITLE_LINES, TOTALS_ROWS, Tail, find_start};

use std::fmt::Write as _;

use around::Under;
use knowledge::{Knowledge, Meaning};
use text::{Guess, comment, guess, quoted};

use super::date::{DateFormat, Reading};
use super::fold::fold;
use super::heading::names_columns;
use super::layout::{ColumnRule, Polarity};
use super::parse_layout::CHANNELS;
use super::profile::Profile;
use crate::domain::policy::ExportKind;
use crate::domain::{Field, Presence, Slot};

/// What a file without any recognisable customer number has in its stead.
const NO_KEY: &str = "name the column of the customer number here";

/// So many columns that are recognised make a header.
const SURE: usize = 2;

/// What a proposal is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Where the header was found.
    pub start: Start,
    /// The header, or the first row of a file that has none.
    pub header: Vec<String>,
    /// The rows that follow.
    pub first_rows: Vec<Vec<String>>,
    /// The last rows, in order.
    pub last_rows: Vec<Tail>,
}

/// The TOML of a profile called `name` for files like this one, commented for a person to finish. It can be read as it
/// is; where no column was recognised as the customer number, it fits no file until one is named.
pub fn propose(sample: &Sample, name: &str) -> String {
    let Sample { start, header, first_rows, last_rows } = sample;
    let knowledge = Knowledge::of(header, start.delimiter);
    // What may be somebody's is not written into a profile, also where it is an odd header.
    let headless = knowledge.recognised() < SURE && !names_columns(header.iter().map(String::as_str));
    let columns = knowledge.columns(header);
    let (start, under) = (*start, around::under(last_rows));
    let rows: Vec<_> =
        std::iter::once(header.as_slice()).chain(first_rows.iter().map(Vec::as_slice)).collect();
    let like = if headless { alike::headless(&rows) } else { knowledge.alike().cloned() };
    let recognised = knowledge.recognised();
    Draft { header, rows: first_rows, start, under, headless, columns, recognised, like }.write(name)
}

/// Every name that a built-in profile knows, or that columns often have, folded.
pub(super) fn known_names() -> std::collections::BTreeSet<String> {
    Knowledge::names()
}

/// A profile in the making.
struct Draft<'a> {
    header: &'a [String],
    rows: &'a [Vec<String>],
    start: Start,
    under: Under,
    /// The first row is data.
    headless: bool,
    /// What each column of the header is.
    columns: Vec<Column>,
    /// How many of them are known.
    recognised: usize,
    /// The built-in profile that is most alike, where one is.
    like: Option<Profile>,
}

/// What is known of a column.
enum Column {
    /// It is these.
    Known(Vec<Meaning>),
    /// It is these by what columns of that name mostly are.
    Likely(Vec<Meaning>),
    /// It is left out, for this reason; a blank one: nobody knows it.
    Left(&'static str),
}

impl Column {
    /// What it is; nothing, where it is left out.
    fn meanings(&self) -> &[Meaning] {
        match self {
            Self::Known(meanings) | Self::Likely(meanings) => meanings,
            Self::Left(_) => &[],
        }
    }
}

impl Draft<'_> {
    fn write(&self, name: &str) -> String {
        let mut out = self.head(name);
        let like = self.like.as_ref();
        if self.headless {
            if like.is_some() {
                out.push_str(&alike::habits(like, &self.columns));
            }
            out.push_str(&self.numbered());
            return out;
        }
        out.push_str(&self.dates());
        out.push_str(&self.source_id());
        out.push_str(&alike::habits(like, &self.columns));
        out.push_str(&alike::words(like, &self.columns));
        out.push_str(&self.named());
        out.push_str(&self.consent());
        out.push_str(&self.skip());
        out.push_str(&self.left());
        out
    }

    fn head(&self, name: &str) -> String {
        let (known, all) = (self.recognised, self.header.len());
        let like = self.like.as_ref().map_or_else(String::new, |Profile { name, .. }| {
            format!(
                "\n# Most like the built-in profile {name}, and with its words and habits: see dms-sync profile show {name}"
            )
        });
        let seen = if self.headless {
            "The first row does not look like a header, so columns have numbers.".to_owned()
        } else {
            format!("{known} of {all} columns were recognised.")
        };
        let export = self.like.as_ref().map_or(ExportKind::Delta, |like| like.export).as_str();
        let quote = if self.start.has_quotes() { "'\"'" } else { "\"\"" };
        let header = if self.headless { "absent" } else { "present" };
        let delimiter = match self.start.delimiter {
            b'\t' => "\\t".to_owned(),
            other => char::from(other).to_string(),
        };
        format!(
            "# A proposal, made from a file's first lines. {seen}{like}\n\
             # Read it, correct it, and try it with: dms-sync check\n\n\
             name = {}\ndescription = {}\n\n\
             # \"full\": the files are everyone and everything. \"delta\": they say only what moved.\n\
             export = {export:?}\n\n\
             [file]\ndelimiter = {}\n\
             quote = {quote}              # lets a cell hold delimiters; \"\" where quotes are plain characters\n\
             header = {header:?}\nencoding = \"detect\"    # or a name such as \"windows-1252\"\n{}\n",
            quoted(name),
            quoted(&format!("{name}: describe it in one line")),
            if delimiter == "\\t" { "\"\\t\"".to_owned() } else { quoted(&delimiter) },
            around::keys(self.start, &self.under),
        )
    }

    /// The known columns that mean something of `wanted`, with it.
    fn known<'d, T: 'd>(
        &'d self,
        wanted: impl Fn(&Meaning) -> Option<T> + 'd,
    ) -> impl Iterator<Item = (usize, T)> + 'd {
        self.columns.iter().enumerate().flat_map(move |(index, column)| {
            column.meanings().iter().filter_map(&wanted).map(move |found| (index, found)).collect::<Vec<_>>()
        })
    }

    fn cells(&self, index: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(move |row| row.get(index)).map(String::as_str)
    }

    /// `[updated_at]`: the formats in which every date of the rows can be read.
    fn dates(&self) -> String {
        let slot = Slot::first(Field::UpdatedAt);
        let date = |meaning: &Meaning| matches!(meaning, Meaning::Value(s) if *s == slot).then_some(());
        let Some((index, ())) = self.known(date).next() else {
            return "# No column was recognised as the date of a row's last change: the last row wins.\n\n"
                .to_owned();
        };
        let reads = |format: &DateFormat| {
            let read = |cell: &str| Reading::of(cell.as_bytes(), &[*format], &jiff::tz::TimeZone::UTC);
            self.cells(index).all(|cell| read(cell) != Reading::Unreadable)
        };
        let mut formats: Vec<_> = DateFormat::ALL.into_iter().filter(reads).collect();
        if formats.is_empty() {
            formats = DateFormat::ALL.to_vec();
        }
        let list: Vec<_> = formats.iter().map(|format| format!("{:?}", format.as_str())).collect();
        format!("[updated_at]\nformats = [{}]\n\n", list.join(", "))
    }

    fn source_id(&self) -> String {
        match self.known(|meaning| matches!(meaning, Meaning::SourceId).then_some(())).next() {
            Some((index, ())) => {
                format!(
                    "# Whose a file is; compared with the department's source_id.\n[source_id]\ncolumn = [{}]\n\n",
                    self.name(index)
                )
            }
            None => String::new(),
        }
    }

    fn name(&self, index: usize) -> String {
        quoted(self.header.get(index).map_or("", |name| name.trim()))
    }

    fn named(&self) -> String {
        let key = Slot::first(Field::CustomerKey);
        let value = |meaning: &Meaning| match meaning {
            Meaning::Value(slot) => Some((*slot, slot_key(*slot))),
            Meaning::FullName => Some((Slot::first(Field::LastName), "fullName".to_owned())),
            Meaning::Phones => Some((Slot::first(Field::HomePhone), "phones".to_owned())),
            Meaning::Consent(..) | Meaning::OptOut | Meaning::Flag(_) | Meaning::SourceId => None,
        };
        let mut values: Vec<_> = self.known(value).collect();
        values.sort_by_key(|(_, (slot, _))| *slot);
        let mut out = String::from("[columns]\n");
        if !values.iter().any(|(_, (slot, _))| *slot == key) {
            let _ = writeln!(out, "customerKey = {{ names = [{}], required = true }}", quoted(NO_KEY));
        }
        for (index, (slot, called)) in values {
            let name = self.name(index);
            let doubt = match self.columns.get(index) {
                Some(Column::Likely(_)) => "   # so such a column is mostly meant: check",
                _ => "",
            };
            if slot == key && called == "customerKey" {
                let _ = writeln!(out, "customerKey = {{ names = [{name}], required = true }}{doubt}");
            } else {
                let _ = writeln!(out, "{called} = [{name}]{doubt}");
            }
        }
        out
    }

    fn consent(&self) -> String {
        let mut lines = Vec::new();
        for (channel, field) in CHANNELS {
            let mut tables = Vec::new();
            for (key, polarity) in Polarity::ALL {
                let asked = |meaning: &Meaning| {
                    matches!(meaning, Meaning::Consent(f, p) if (*f, *p) == (field, polarity)).then_some(())
                };
                let names: Vec<_> = self.known(asked).map(|(index, ())| self.name(index)).collect();
                if !names.is_empty() {
                    tables.push(format!("{key} = [{}]", names.join(", ")));
                }
            }
            if !tables.is_empty() {
                lines.push(format!("{channel} = {{ {} }}", tables.join(", ")));
            }
        }
        let out: Vec<_> = self
            .known(|m| matches!(m, Meaning::OptOut).then_some(()))
            .map(|(index, ())| self.name(index))
            .collect();
        if !out.is_empty() {
            lines.push(format!("opt_out = [{}]", out.join(", ")));
        }
        if lines.is_empty() {
            return "\n# No column was recognised as consent. Such a column says \"may contact\" (allow) or \"do not contact\" (block):\n\
                    # [consent]\n# email = { block = [\"Block Email\"] }\n"
                .to_owned();
        }
        format!(
            "\n# Check each: does a Y mean \"may contact\" (allow) or \"do not contact\" (block)? A mistake here undoes opt-outs.\n[consent]\n{}\n",
            lines.join("\n")
        )
    }

    fn skip(&self) -> String {
        let mut lines = String::new();
        for (key, presence) in [("deleted", Presence::Deleted), ("inactive", Presence::Inactive)] {
            let flag =
                |meaning: &Meaning| matches!(meaning, Meaning::Flag(p) if *p == presence).then_some(());
            let names: Vec<_> = self.known(flag).map(|(index, ())| self.name(index)).collect();
            if !names.is_empty() {
                let _ = writeln!(lines, "{key} = [{}]", names.join(", "));
            }
        }
        if lines.is_empty() { lines } else { format!("\n# Such customers are left alone.\n[skip]\n{lines}") }
    }

    /// What is left out, with what its values look like.
    fn left(&self) -> String {
        let mut out = String::new();
        for (index, column) in self.columns.iter().enumerate() {
            let Column::Left(why) = column else { continue };
            let hint = if why.is_empty() { guess(self.cells(index)).map(Guess::as_str) } else { Some(*why) };
            let hint = hint.map(|hint| format!("  ({hint})")).unwrap_or_default();
            let _ = writeln!(out, "#   {}{hint}", comment(&self.name(index)));
        }
        if out.is_empty() { out } else { format!("\n# Not mapped:\n{out}") }
    }

    /// The columns of a file without a header.
    fn numbered(&self) -> String {
        let layout = self.like.as_ref().and_then(|like| like.layouts.first());
        let known = layout.map(alike::numbered).unwrap_or_default();
        let mut out = match known.get(&1) {
            Some(_) => "# Columns hold what they hold there: check each.\n[columns]\n".to_owned(),
            None => format!(
                "[columns]\ncustomerKey = {{ names = 1, required = true }}   # is it the first of {} columns?\n",
                self.header.len()
            ),
        };
        for (number, first) in (1..).zip(self.header) {
            match known.get(&number) {
                Some(ColumnRule { slot, required: true, .. }) => {
                    let _ = writeln!(out, "{} = {{ names = {number}, required = true }}", slot_key(*slot));
                }
                Some(ColumnRule { slot, .. }) => drop(writeln!(out, "{} = {number}", slot_key(*slot))),
                None if number == 1 => {}
                None => {
                    let cells = std::iter::once(first.as_str()).chain(self.cells(number - 1));
                    let hint = guess(cells).map_or_else(String::new, |hint| format!(": {}", hint.as_str()));
                    let _ = writeln!(out, "# field = {number}{hint}");
                }
            }
        }
        out
    }
}

/// A slot as a key of `[columns]`.
fn slot_key(slot: Slot) -> String {
    if slot.ordinal == 1 { slot.to_string() } else { format!("\"{slot}\"") }
}

/// Columns that look like a customer's and are not, by the beginning of their folded names.
fn trap(name: &str) -> Option<&'static str> {
    let folded = fold(name);
    let begins = |words: &[&str]| words.iter().any(|word| folded.starts_with(word));
    match () {
        () if begins(&["tagno", "tagnumber"]) => Some("the tag of a car in service, not its plate"),
        () if begins(&["trade"]) => Some("a vehicle that was traded in, not the buyer's"),
        () if begins(&["cobuyer"]) => Some("another person"),
        () if begins(&["makecode", "vehiclemakecode"]) => Some("a code; the make's name is wanted"),
        () => None,
    }
}

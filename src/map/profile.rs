//! [`Profile`]: what a layout's files look like and how its columns are named.
//!
//! A plain value; `parse` makes it of TOML, `bind` fits it to a header.

use std::collections::BTreeMap;
use std::path::Path;

use super::date::DateFormat;
use super::error::ProfileError;
use super::fold::did_you_mean;
use super::layout::Layout;
use super::parse::parse;
use crate::domain::policy::{AbsentVehicle, ExportKind};
use crate::domain::{Field, Fingerprint};

/// Lists the built-in profiles once: name and TOML.
macro_rules! builtin {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../config/profiles/", $name, ".toml")))),+]
    };
}

/// The built-in profiles: name and TOML.
const BUILTIN: &[(&str, &str)] = builtin![
    "generic",
    "dealervault-sl",
    "dealervault-sv",
    "authenticom-sv",
    "tekion",
    "dealertrack",
    "pbs",
    "sidekick",
    "reynolds-report",
];

/// How one DMS writes its exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// One line for a person.
    pub description: String,
    /// Full or delta, where the department does not say.
    pub export: ExportKind,
    /// How its files are written.
    pub file: FileFormat,
    /// Its kinds of files, at least one; a file is of the one whose columns it has.
    pub layouts: Vec<Layout>,
    /// Words of this DMS for ours, by the field that they stand in.
    pub words: Words,
    /// How `updatedAt` is written; the first that fits counts.
    pub updated_at: Vec<DateFormat>,
    /// Where a file says whose it is.
    pub source_id: Option<SourceIdRule>,
    /// What an unlisted vehicle is, where the department does not say.
    pub absent_vehicle: AbsentVehicle,
    /// What odometers count.
    pub odometer: Odometer,
    /// What a last name without a first name is.
    pub lone_last_name: LoneLastName,
}

/// Words of one DMS. Case and white space around them do not count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// What stands for nothing, in any column.
    pub nulls: Vec<String>,
    /// What stands for nothing, in the columns of one field.
    pub nulls_of: BTreeMap<Field, Vec<String>>,
    /// What a word of theirs is among ours.
    pub values: BTreeMap<Field, BTreeMap<String, String>>,
    /// The same in every column of `[consent]`.
    pub consent: BTreeMap<String, String>,
}

/// What the numbers of an odometer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Odometer {
    /// Miles.
    #[default]
    Miles,
    /// Kilometres.
    Kilometres,
}

/// What a last name is where first name, company and business flag are blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoneLastName {
    /// Half a name.
    #[default]
    Person,
    /// A business.
    Business,
    /// A business where the column of the full name says the same, and nothing is known otherwise.
    BusinessIfFullName,
}

/// How a layout's files are written, as plain values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFormat {
    /// Between two cells; ASCII.
    pub delimiter: u8,
    /// What lets a cell hold delimiters; ASCII. `None`: nothing does.
    pub quote: Option<u8>,
    /// Whether the first row names the columns.
    pub header: bool,
    /// The encoding, where it is not to be found out.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// Lines above the header, or above the first row where there is none: a report's title.
    pub skip_lines: u32,
    /// What the first cell of a line begins with that sums the data up and ends it, in any case.
    pub stop_at: Vec<String>,
    /// How many columns a file without a header has, where that is known: one of another width is of another report.
    pub columns: Option<u32>,
}

impl Default for FileFormat {
    /// Commas, quotes, a header in the first line, nothing under the data.
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: Some(b'"'),
            header: true,
            encoding: None,
            skip_lines: 0,
            stop_at: Vec::new(),
            columns: None,
        }
    }
}

/// Where a file says whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceIdRule {
    /// In a column of one of these names.
    Column(Vec<String>),
    /// In its own name: the part of this number, from 1, between underscores.
    NamePart(u8),
}

impl Odometer {
    /// Every unit under its name in a profile.
    pub(super) const ALL: [(&'static str, Self); 2] = [("miles", Self::Miles), ("km", Self::Kilometres)];
}

impl LoneLastName {
    /// Every choice under its name in a profile.
    pub(super) const ALL: [(&'static str, Self); 3] = [
        ("person", Self::Person),
        ("business", Self::Business),
        ("business-if-full-name", Self::BusinessIfFullName),
    ];
}

impl Profile {
    /// The profile of that name, or else in the file of that name; relative paths start at `base_dir`.
    pub fn load(name_or_path: &str, base_dir: &Path) -> Result<Self, ProfileError> {
        if let Some((name, text)) = BUILTIN.iter().find(|(name, _)| *name == name_or_path) {
            return parse(name, text);
        }
        let path = base_dir.join(name_or_path);
        let file = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => parse(&file, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(ProfileError::Unknown {
                name: name_or_path.to_owned(),
                path: file,
                builtin: Self::builtin_names().collect::<Vec<_>>().join(", "),
                hint: did_you_mean(name_or_path, Self::builtin_names()),
            }),
            Err(source) => Err(ProfileError::Io { file, source }),
        }
    }

    /// The names of the built-in profiles.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    /// The TOML of a built-in profile, to show or to copy.
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        BUILTIN.iter().find(|(builtin, _)| *builtin == name).map(|(_, text)| *text)
    }

    /// How its files are written.
    pub fn dialect(&self) -> &FileFormat {
        &self.file
    }

    /// What the file called `name` says of whose it is, where the profile looks for that in names.
    pub fn source_id_of_name<'n>(&self, name: &'n str) -> Option<&'n str> {
        let Some(SourceIdRule::NamePart(part)) = self.source_id else { return None };
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
        stem.split('_').nth(usize::from(part) - 1)
    }

    /// Of everything that shapes a customer: another fingerprint, and every customer is looked at again. The name,
    /// the description, and what only decides which files are accepted do not count.
    pub fn fingerprint(&self) -> Fingerprint {
        let Self {
            name: _,
            description: _,
            export,
            file,
            layouts,
            words,
            updated_at,
            source_id: _,
            absent_vehicle,
            odometer,
            lone_last_name,
        } = self;
        let FileFormat { delimiter, quote, header, encoding, skip_lines, stop_at, columns: _ } = file;
        let mut parts = vec![
            export.as_str().to_owned(),
            format!("{delimiter} {quote:?} {header} {:?}", encoding.map(encoding_rs::Encoding::name)),
            absent_vehicle.as_str().to_owned(),
            format!("{odometer:?} {lone_last_name:?}"),
            format!("skip {skip_lines} stop {}", stop_at.len()),
        ];
        parts.extend(stop_at.iter().map(|text| text.trim().to_lowercase()));
        parts.extend(updated_at.iter().map(|format| format.as_str().to_owned()));
        words.parts(&mut parts);
        for layout in layouts {
            layout.parts(&mut parts);
        }
        Fingerprint::of_parts(parts.iter().map(String::as_bytes))
    }
}

impl Words {
    /// Everything, as parts of a fingerprint.
    fn parts(&self, parts: &mut Vec<String>) {
        let Self { nulls, nulls_of, values, consent } = self;
        parts.push("nulls".to_owned());
        parts.extend(nulls.iter().cloned());
        for (field, words) in nulls_of {
            parts.push(format!("nulls {field}"));
            parts.extend(words.iter().cloned());
        }
        let maps = values.iter().map(|(field, map)| (field.as_str(), map));
        for (name, map) in maps.chain([("consent", consent)]) {
            parts.push(format!("values {name}"));
            parts.extend(map.iter().flat_map(|(theirs, ours)| [theirs.clone(), ours.clone()]));
        }
    }
}

//! [`parse`]: a profile from its TOML. Everything is checked here, so that `bind` can rely on it.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::date::DateFormat;
use super::error::ProfileError;
use super::fold::did_you_mean;
use super::parse_layout::{self, several};
use super::profile::{FileFormat, LoneLastName, Odometer, Profile, SourceIdRule, Words};
use super::toml_table::{Source, Table, text_of};
use crate::domain::Field;
use crate::domain::policy::{AbsentVehicle, ExportKind};

const KEYS: &[&str] = &[
    "name",
    "description",
    "export",
    "file",
    "updated_at",
    "vehicles",
    "names",
    "source_id",
    "nulls",
    "values",
    "layouts",
];

/// The profile in `text`; `file` is what messages call it.
pub(super) fn parse(file: &str, text: &str) -> Result<Profile, ProfileError> {
    let source = Source { file, text };
    let root = DeTable::parse(text).map_err(|error| {
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        source.invalid(error.span().unwrap_or(0..0), message)
    })?;
    let root = Table::new(&source, "", root.get_ref(), &[KEYS, &parse_layout::KEYS].concat())?;
    let text_of = |key| root.need(key)?.read("a text", |text| (!text.is_empty()).then(|| text.to_owned()));
    let exports = [ExportKind::Full, ExportKind::Delta].map(|kind| (kind.as_str(), kind));
    let file_format = file_format(&root)?;
    let layouts = match root.get("layouts") {
        Some(list) => {
            if let Some(key) = parse_layout::KEYS.iter().find_map(|key| root.get(key)) {
                return Err(key.wrong("in the [[layouts]], where there are several"));
            }
            several(&source, &list, file_format)?
        }
        None => vec![parse_layout::only(&source, &root, file_format)?],
    };
    let vehicles = root.table("vehicles", "[vehicles]", &["absent", "odometer"])?;
    Ok(Profile {
        name: text_of("name")?,
        description: text_of("description")?,
        export: root.need("export")?.choice(&exports)?,
        file: file_format,
        layouts,
        words: words(&source, &root)?,
        updated_at: formats(&root)?,
        source_id: source_id(&root)?,
        absent_vehicle: absent_vehicle(vehicles.as_ref())?,
        odometer: odometer(vehicles.as_ref())?,
        lone_last_name: lone_last_name(&root)?,
    })
}

fn file_format(root: &Table<'_, '_>) -> Result<FileFormat, ProfileError> {
    let keys = ["delimiter", "quote", "header", "encoding"];
    let mut format = FileFormat { delimiter: b',', quote: Some(b'"'), header: true, encoding: None };
    let Some(table) = root.table("file", "[file]", &keys)? else { return Ok(format) };
    if let Some(value) = table.get("delimiter") {
        format.delimiter = value.read("one ASCII character, such as \",\" or \"\\t\"", separator)?;
    }
    if let Some(value) = table.get("quote") {
        let quote = |text: &str| if text.is_empty() { Some(None) } else { separator(text).map(Some) };
        format.quote = value.read("one ASCII character, or \"\" for none", quote)?;
        if format.quote == Some(format.delimiter) {
            return Err(value.wrong("another character than the delimiter"));
        }
    }
    if let Some(value) = table.get("header") {
        format.header = value.choice(&[("present", true), ("absent", false)])?;
    }
    if let Some(value) = table.get("encoding") {
        let wanted = "\"detect\", or the name of an encoding, such as \"windows-1252\"";
        format.encoding = value.read(wanted, |text| match text {
            "detect" => Some(None),
            label => encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()).map(Some),
        })?;
    }
    Ok(format)
}

/// A character that may separate: ASCII, and not one that ends lines.
fn separator(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, 0 | b'\n' | b'\r') => Some(*byte),
        _ => None,
    }
}

fn formats(root: &Table<'_, '_>) -> Result<Vec<DateFormat>, ProfileError> {
    let Some(table) = root.table("updated_at", "[updated_at]", &["formats"])? else {
        return Ok(DateFormat::ALL.to_vec());
    };
    let legal = DateFormat::ALL.map(|format| (format.as_str(), format));
    let list = table.need("formats")?.list("a list of date formats")?;
    list.iter().map(|item| item.choice(&legal)).collect()
}

fn absent_vehicle(vehicles: Option<&Table<'_, '_>>) -> Result<AbsentVehicle, ProfileError> {
    let legal = [AbsentVehicle::Keep, AbsentVehicle::Disown].map(|choice| (choice.as_str(), choice));
    let value = vehicles.and_then(|table| table.get("absent"));
    value.map_or(Ok(AbsentVehicle::default()), |value| value.choice(&legal))
}

fn odometer(vehicles: Option<&Table<'_, '_>>) -> Result<Odometer, ProfileError> {
    let value = vehicles.and_then(|table| table.get("odometer"));
    value.map_or(Ok(Odometer::default()), |value| value.choice(&Odometer::ALL))
}

fn lone_last_name(root: &Table<'_, '_>) -> Result<LoneLastName, ProfileError> {
    let table = root.table("names", "[names]", &["last_name_alone"])?;
    let value = table.as_ref().and_then(|table| table.get("last_name_alone"));
    value.map_or(Ok(LoneLastName::default()), |value| value.choice(&LoneLastName::ALL))
}

/// `[nulls]` and `[values]`: per field, beside the columns that are no field.
fn words(source: &Source<'_>, root: &Table<'_, '_>) -> Result<Words, ProfileError> {
    let mut words = Words::default();
    let field = |key: &toml::Spanned<toml::de::DeString<'_>>, other: &'static str| {
        let legal = || worded().map(Field::as_str).chain([other]);
        worded().find(|field| field.as_str() == text_of(key)).ok_or_else(|| {
            let hint = did_you_mean(text_of(key), legal());
            let list = legal().collect::<Vec<_>>().join(", ");
            source.invalid(key.span(), format!("{:?} is no field{hint} (legal: {list})", text_of(key)))
        })
    };
    if let Some(table) = root.table("nulls", "[nulls]", &[])? {
        for (key, value) in table.entries() {
            match text_of(key) {
                "any" => words.nulls = value.texts()?,
                _ => drop(words.nulls_of.insert(field(key, "any")?, value.texts()?)),
            }
        }
    }
    if let Some(table) = root.table("values", "[values]", &[])? {
        for (key, value) in table.entries() {
            let mut map = BTreeMap::new();
            for (theirs, ours) in value.table("the field's table", &[])?.entries() {
                map.insert(
                    text_of(theirs).trim().to_lowercase(),
                    ours.read("a text", |text| Some(text.to_owned()))?,
                );
            }
            match text_of(key) {
                "consent" => words.consent = map,
                _ => drop(words.values.insert(field(key, "consent")?, map)),
            }
        }
    }
    Ok(words)
}

/// The fields whose words may be exchanged: the key is told apart before it is read, and dates have formats.
fn worded() -> impl Iterator<Item = Field> {
    Field::ALL.iter().copied().filter(|field| !matches!(field, Field::CustomerKey | Field::UpdatedAt))
}

fn source_id(root: &Table<'_, '_>) -> Result<Option<SourceIdRule>, ProfileError> {
    let Some(table) = root.table("source_id", "[source_id]", &["column", "name_part"])? else {
        return Ok(None);
    };
    match (table.get("column"), table.get("name_part")) {
        (Some(column), None) => Ok(Some(SourceIdRule::Column(column.texts()?))),
        (None, Some(part)) => Ok(Some(SourceIdRule::NamePart(part.small()?))),
        (Some(value), Some(_)) => {
            Err(value.wrong("alone: a file says whose it is in a column or in its name"))
        }
        (None, None) => {
            let wanted = "a table with the key \"column\" or \"name_part\"";
            root.need("source_id").and_then(|value| Err(value.wrong(wanted)))
        }
    }
}

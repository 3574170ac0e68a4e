//! [`parse`]: a profile from its TOML. Everything is checked here, so that `bind` can rely on it.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::date::DateFormat;
use super::error::ProfileError;
use super::fold::{did_you_mean, fold};
use super::profile::{ColumnRule, FileFormat, Profile, SourceIdRule};
use super::toml_table::{Source, Table, Value, text_of};
use crate::domain::policy::{AbsentVehicle, ExportKind};
use crate::domain::{Field, Slot};

const KEYS: &[&str] =
    &["name", "description", "export", "file", "updated_at", "vehicles", "source_id", "columns"];

/// The profile in `text`; `file` is what messages call it.
pub(super) fn parse(file: &str, text: &str) -> Result<Profile, ProfileError> {
    let source = Source { file, text };
    let root = DeTable::parse(text).map_err(|error| {
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        source.invalid(error.span().unwrap_or(0..0), message)
    })?;
    let root = Table::new(&source, "", root.get_ref(), KEYS)?;
    let text_of = |key| root.need(key)?.read("a text", |text| (!text.is_empty()).then(|| text.to_owned()));
    let exports = [ExportKind::Full, ExportKind::Delta].map(|kind| (kind.as_str(), kind));
    Ok(Profile {
        name: text_of("name")?,
        description: text_of("description")?,
        export: root.need("export")?.choice(&exports)?,
        file: file_format(&root)?,
        columns: columns(&source, &root)?,
        updated_at: formats(&root)?,
        source_id: source_id(&root)?,
        absent_vehicle: absent_vehicle(&root)?,
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

fn absent_vehicle(root: &Table<'_, '_>) -> Result<AbsentVehicle, ProfileError> {
    let legal = [AbsentVehicle::Keep, AbsentVehicle::Disown].map(|choice| (choice.as_str(), choice));
    let table = root.table("vehicles", "[vehicles]", &["absent"])?;
    let value = table.as_ref().and_then(|table| table.get("absent"));
    value.map_or(Ok(AbsentVehicle::default()), |value| value.choice(&legal))
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

fn columns(source: &Source<'_>, root: &Table<'_, '_>) -> Result<Vec<ColumnRule>, ProfileError> {
    let table = root.need("columns")?.table("[columns]", &[])?;
    let mut rules = Vec::new();
    let mut named = BTreeMap::new();
    for (key, value) in table.entries() {
        let slot = slot(text_of(key)).ok_or_else(|| source.invalid(key.span(), no_field(text_of(key))))?;
        let rule = rule(slot, value)?;
        for name in &rule.names {
            if fold(name).is_empty() {
                return Err(value.wrong("named by letters or digits"));
            }
            if let Some(other) = named.insert(fold(name), slot).filter(|other| *other != slot) {
                let what = format!("{name:?} names {slot}, and {other} already; a column has one meaning");
                return Err(source.invalid(key.span(), what));
            }
        }
        rules.push(rule);
    }
    if !rules.iter().any(|rule| rule.slot == Slot::first(Field::CustomerKey)) {
        return Err(root.need("columns")?.wrong("a table that names the column of customerKey"));
    }
    Ok(rules)
}

fn rule(slot: Slot, value: Value<'_, '_>) -> Result<ColumnRule, ProfileError> {
    let is_key = slot.field == Field::CustomerKey;
    if !value.is_table() {
        return Ok(ColumnRule { slot, names: value.texts()?, required: is_key });
    }
    let table = value.table("the column's table", &["names", "required"])?;
    let required = table.get("required").map_or(Ok(is_key), |value| value.boolean())?;
    if is_key && !required {
        return Err(value.wrong("required: without it nobody can be told apart"));
    }
    let names = table.get("names").ok_or_else(|| value.wrong("a table with the key \"names\""))?.texts()?;
    Ok(ColumnRule { slot, names, required })
}

/// `email`, or `email.2` for the second column of that field. Key and date have one column each.
fn slot(text: &str) -> Option<Slot> {
    let Some((name, ordinal)) = text.split_once('.') else { return Field::parse(text).map(Slot::first) };
    let field = Field::parse(name).filter(|f| !matches!(f, Field::CustomerKey | Field::UpdatedAt))?;
    let ordinal = ordinal.parse().ok().filter(|n| *n > 1 && !ordinal.starts_with(['0', '+']))?;
    Some(Slot { field, ordinal })
}

fn no_field(key: &str) -> String {
    let name = key.split_once('.').map_or(key, |(name, _)| name);
    let hint = did_you_mean(name, Field::ALL.iter().map(|field| field.as_str()));
    match Field::parse(name) {
        Some(field) => format!(
            "{key:?}: the second column of a field is \"{field}.2\", and so on; customerKey and updatedAt have one"
        ),
        None => format!(
            "{key:?} is no field{hint} (legal: {})",
            Field::ALL.iter().map(|f| f.as_str()).collect::<Vec<_>>().join(", ")
        ),
    }
}

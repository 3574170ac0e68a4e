//! [`parse`]: a profile from its TOML. Everything is checked here, so that `bind` can rely on it, and every mistake is
//! told, not the first alone.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::date::DateFormat;
use super::error::{Mistake, ProfileError};
use super::fold::did_you_mean;
use super::parse_file::file_format;
use super::parse_layout::{self, several};
use super::profile::{LoneLastName, Odometer, Profile, SourceIdRule, Words};
use super::toml_table::{Source, Table, Value, text_of};
use crate::domain::policy::{AbsentVehicle, ExportKind};
use crate::domain::{Field, Flag};

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
    let source = Source::new(file, text);
    let (document, errors) = DeTable::parse_recoverable(text);
    let broken = |error: &toml::de::Error| {
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        source.mistake(&error.span().unwrap_or(0..0), message)
    };
    let broken: Vec<Mistake> = errors.iter().map(broken).collect();
    let root = Table::new(&source, "", document.get_ref(), &[KEYS, &parse_layout::KEYS].concat());
    let profile = profile(&source, &root);
    source.finish(broken)?;
    Ok(profile)
}

/// What `root` says; where it is mistaken, the source has taken note.
fn profile(source: &Source<'_>, root: &Table<'_, '_>) -> Profile {
    let text_of = |key| {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        root.need(key).and_then(|value| source.keep(value.read("a text", text))).unwrap_or_default()
    };
    let exports = [ExportKind::Full, ExportKind::Delta].map(|kind| (kind.as_str(), kind));
    let (file, columns) = file_format(source, root);
    let layouts = match root.get("layouts") {
        Some(list) => {
            for key in parse_layout::KEYS.iter().filter_map(|key| root.get(key)) {
                source.note(key.wrong("in the [[layouts]], where there are several"));
            }
            source.keep(several(source, &list, columns)).unwrap_or_default()
        }
        None => vec![parse_layout::only(source, root, columns)],
    };
    let vehicles = root.table("vehicles", "[vehicles]", &["absent", "odometer"]);
    let names = root.table("names", "[names]", &["last_name_alone"]);
    let absent = [AbsentVehicle::Keep, AbsentVehicle::Disown].map(|choice| (choice.as_str(), choice));
    Profile {
        name: text_of("name"),
        description: text_of("description"),
        export: root
            .need("export")
            .and_then(|value| source.keep(value.choice(&exports)))
            .unwrap_or(ExportKind::Full),
        file,
        layouts,
        words: words(source, root),
        updated_at: formats(source, root),
        source_id: source_id(source, root),
        absent_vehicle: vehicles
            .and_then(|table| table.read("absent", |value| value.choice(&absent)))
            .unwrap_or_default(),
        odometer: vehicles
            .and_then(|table| table.read("odometer", |value| value.choice(&Odometer::ALL)))
            .unwrap_or_default(),
        lone_last_name: names
            .and_then(|table| table.read("last_name_alone", |value| value.choice(&LoneLastName::ALL)))
            .unwrap_or_default(),
    }
}

fn formats(source: &Source<'_>, root: &Table<'_, '_>) -> Vec<DateFormat> {
    let Some(table) = root.table("updated_at", "[updated_at]", &["formats"]) else {
        return DateFormat::ALL.to_vec();
    };
    let legal = DateFormat::ALL.map(|format| (format.as_str(), format));
    let list = table.need("formats").and_then(|value| source.keep(value.list("a list of date formats")));
    let format = |item: &Value<'_, '_>| source.keep(item.choice(&legal));
    list.unwrap_or_default().iter().filter_map(format).collect()
}

/// `[nulls]` and `[values]`: per field, beside the columns that are no field.
fn words(source: &Source<'_>, root: &Table<'_, '_>) -> Words {
    let mut words = Words::default();
    let field = |key: &toml::Spanned<toml::de::DeString<'_>>, other: &'static str| {
        let legal = || worded().map(Field::as_str).chain([other]);
        source.keep(worded().find(|field| field.as_str() == text_of(key)).ok_or_else(|| {
            let hint = did_you_mean(text_of(key), legal());
            let list = legal().collect::<Vec<_>>().join(", ");
            source.mistake(&key.span(), format!("{:?} is no field{hint} (legal: {list})", text_of(key)))
        }))
    };
    let nulls = root.table("nulls", "[nulls]", &[]);
    for (key, value) in nulls.iter().flat_map(Table::entries) {
        let texts = source.keep(value.texts()).unwrap_or_default();
        if text_of(key) == "any" {
            words.nulls = texts;
        } else if let Some(field) = field(key, "any") {
            words.nulls_of.insert(field, texts);
        }
    }
    let values = root.table("values", "[values]", &[]);
    for (key, value) in values.iter().flat_map(Table::entries) {
        let is_of_consent = text_of(key) == "consent";
        let field = if is_of_consent { None } else { field(key, "consent") };
        let is_flag = |field: Field| field.is_consent() || field == Field::VehicleIsValid;
        let is_known: fn(&str) -> bool = match field {
            Some(Field::IsBusiness) => |word| Flag::of_business(word) != Flag::Unknown,
            Some(field) if !is_flag(field) => |_| true,
            _ => |word| Flag::read(word) != Flag::Unknown,
        };
        let table = source.keep(value.table("the field's table", &[]));
        let map = table.map(|table| exchanged(source, &table, is_known)).unwrap_or_default();
        if is_of_consent {
            words.consent = map;
        } else if let Some(field) = field {
            words.values.insert(field, map);
        }
    }
    words
}

/// Their words, folded, and ours, which must be `known`.
fn exchanged(
    source: &Source<'_>,
    table: &Table<'_, '_>,
    known: fn(&str) -> bool,
) -> BTreeMap<String, String> {
    let wanted = "a word that the field knows, such as \"yes\", \"no\" or \"\" (for isBusiness also \"business\", \"individual\")";
    let ours = |value: &Value<'_, '_>| {
        let text = source.keep(value.read("a text", |text| Some(text.to_owned())))?;
        if !known(&text) {
            source.note(value.wrong(wanted));
        }
        Some(text)
    };
    let pair = |(theirs, value): (&toml::Spanned<toml::de::DeString<'_>>, Value<'_, '_>)| {
        Some((text_of(theirs).trim().to_lowercase(), ours(&value)?))
    };
    table.entries().into_iter().filter_map(pair).collect()
}

/// The fields whose words may be exchanged: the key is told apart before it is read, and dates have formats.
fn worded() -> impl Iterator<Item = Field> {
    Field::ALL.iter().copied().filter(|field| !matches!(field, Field::CustomerKey | Field::UpdatedAt))
}

fn source_id(source: &Source<'_>, root: &Table<'_, '_>) -> Option<SourceIdRule> {
    let table = root.table("source_id", "[source_id]", &["column", "name_part"])?;
    match (table.get("column"), table.get("name_part")) {
        (Some(column), None) => source.keep(column.texts()).map(SourceIdRule::Column),
        (None, Some(part)) => source.keep(part.small()).map(SourceIdRule::NamePart),
        (Some(value), Some(_)) => {
            source.note(value.wrong("alone: a file says whose it is in a column or in its name"));
            None
        }
        (None, None) => {
            let value = root.get("source_id")?;
            source.note(value.wrong("a table with the key \"column\" or \"name_part\""));
            None
        }
    }
}

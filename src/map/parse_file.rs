//! `[file]` of a profile: how its files are written.

use super::error::Mistake;
use super::profile::FileFormat;
use super::toml_table::{Source, Table, Value};

const KEYS: [&str; 7] = ["delimiter", "quote", "header", "encoding", "skip_lines", "stop_at", "columns"];

/// More lines than any title has.
const LONGEST_TITLE: u32 = 1000;

/// More columns than any report has.
const MOST_COLUMNS: u32 = 10_000;

/// Fewer characters begin rows of the data too.
const SHORTEST_STOP: usize = 3;

/// How the columns of a layout are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnNames {
    /// By what the header calls them.
    Header,
    /// By their numbers.
    Numbers,
    /// That cannot be told: what `[file]` says of it is mistaken already.
    Unknown,
}

/// `[file]`, and how columns are named by what it says.
pub(super) fn file_format(source: &Source<'_>, root: &Table<'_, '_>) -> (FileFormat, ColumnNames) {
    let mut format = FileFormat::default();
    let Some(table) = root.table("file", "[file]", &KEYS) else { return (format, ColumnNames::Header) };
    let wanted = "one ASCII character, such as \",\" or \"\\t\"";
    if let Some(delimiter) = table.read("delimiter", |value| value.read(wanted, separator)) {
        format.delimiter = delimiter;
    }
    if let Some(quote) = table.read("quote", |value| quote(value, format.delimiter)) {
        format.quote = quote;
    }
    let header = |value: &Value<'_, '_>| value.choice(&[("present", true), ("absent", false)]);
    let header = match table.get("header").map(|value| source.keep(header(&value))) {
        Some(None) => ColumnNames::Unknown,
        Some(Some(false)) => ColumnNames::Numbers,
        Some(Some(true)) | None => ColumnNames::Header,
    };
    format.header = header != ColumnNames::Numbers;
    format.encoding = table.read("encoding", encoding).flatten();
    let lines = |value: &Value<'_, '_>| value.number(&(0..=LONGEST_TITLE));
    format.skip_lines = table.read("skip_lines", lines).unwrap_or_default();
    format.stop_at = stop_at(source, &table);
    format.columns = table.read("columns", |value| match header {
        ColumnNames::Header => Err(value.wrong("left out: where there is a header, columns have names")),
        ColumnNames::Numbers | ColumnNames::Unknown => value.number(&(1..=MOST_COLUMNS)),
    });
    (format, header)
}

fn quote(value: &Value<'_, '_>, delimiter: u8) -> Result<Option<u8>, Mistake> {
    let quote = |text: &str| if text.is_empty() { Some(None) } else { separator(text).map(Some) };
    let quote = value.read("one ASCII character, or \"\" for none", quote)?;
    if quote == Some(delimiter) {
        return Err(value.wrong("another character than the delimiter"));
    }
    Ok(quote)
}

/// A character that may separate: ASCII, and not one that ends lines.
fn separator(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, 0 | b'\n' | b'\r') => Some(*byte),
        _ => None,
    }
}

fn encoding(value: &Value<'_, '_>) -> Result<Option<&'static encoding_rs::Encoding>, Mistake> {
    let wanted = "\"detect\", or the name of an encoding, such as \"windows-1252\"";
    value.read(wanted, |text| match text {
        "detect" => Some(None),
        label => encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()).map(Some),
    })
}

/// What totals begin with: nothing that a row of the data may begin with too.
fn stop_at(source: &Source<'_>, table: &Table<'_, '_>) -> Vec<String> {
    let list = table.read("stop_at", |value| {
        value.list("a list of what the totals under the data begin with, such as [\"total\"]")
    });
    let wanted = "a list of texts of three characters or more, not of digits alone: a row of the data might begin with them";
    let is_stop = |text: &str| {
        let text = text.trim();
        text.chars().count() >= SHORTEST_STOP && !text.bytes().all(|b| b.is_ascii_digit())
    };
    let stop = |item: &Value<'_, '_>| {
        source.keep(item.read(wanted, |text| is_stop(text).then(|| text.trim().to_owned())))
    };
    list.unwrap_or_default().iter().filter_map(stop).collect()
}

//! Columns as nouns: how a stored text or blob becomes a key, a fingerprint or a customer again.
//!
//! What cannot be read is damage: it comes back as a conversion failure that names the column and never the value.

use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::{DeserializeOwned, IntoDeserializer, value::StrDeserializer};

use crate::domain::{CustomerKey, CustomerUuid, Fingerprint, Recency, RunId};

/// The column at `index` holds something that no version of ours wrote.
fn unreadable(row: &Row<'_>, index: usize) -> rusqlite::Error {
    let column = row.as_ref().column_name(index).unwrap_or("?");
    let detail = format!("column `{column}` holds a value that cannot be read");
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, detail.into())
}

/// The text itself. Allocates nothing.
pub(super) fn text<'row>(row: &'row Row<'_>, index: usize) -> rusqlite::Result<&'row str> {
    row.get_ref(index)?.as_str().map_err(|_| unreadable(row, index))
}

/// The text at `index`, made into something by `parse`.
fn parsed<T>(row: &Row<'_>, index: usize, parse: impl FnOnce(&str) -> Option<T>) -> rusqlite::Result<T> {
    parse(text(row, index)?).ok_or_else(|| unreadable(row, index))
}

/// A customer key.
pub(super) fn key(row: &Row<'_>, index: usize) -> rusqlite::Result<CustomerKey> {
    parsed(row, index, CustomerKey::in_use)
}

/// A customer uuid.
pub(super) fn uuid(row: &Row<'_>, index: usize) -> rusqlite::Result<CustomerUuid> {
    parsed(row, index, |text| CustomerUuid::new(text))
}

/// A run id.
pub(super) fn run_id(row: &Row<'_>, index: usize) -> rusqlite::Result<RunId> {
    parsed(row, index, RunId::parse)
}

/// Whether the column at `index` holds nothing.
pub(super) fn is_null(row: &Row<'_>, index: usize) -> rusqlite::Result<bool> {
    Ok(row.get_ref(index)? == rusqlite::types::ValueRef::Null)
}

/// What `read` makes of the column at `index`; `None` where it holds nothing.
pub(super) fn optional<T>(
    row: &Row<'_>,
    index: usize,
    read: impl FnOnce(&Row<'_>, usize) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    if is_null(row, index)? { Ok(None) } else { read(row, index).map(Some) }
}

/// A fingerprint. Allocates nothing.
pub(super) fn fingerprint(row: &Row<'_>, index: usize) -> rusqlite::Result<Fingerprint> {
    let bytes = row.get_ref(index)?.as_blob().map_err(|_| unreadable(row, index))?;
    Fingerprint::from_bytes(bytes).ok_or_else(|| unreadable(row, index))
}

/// How new rows are: the date of change at `index`, the file's behind it.
pub(super) fn recency(row: &Row<'_>, index: usize) -> rusqlite::Result<Recency> {
    Ok(Recency { updated_at: row.get(index)?, named_at: row.get(index + 1)? })
}

/// A value that was stored as one word: a variant without fields, or a text of its own.
pub(super) fn word<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    parsed(row, index, |text| {
        let text: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
        T::deserialize(text).ok()
    })
}

/// A value that was stored as JSON.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    // The parser's own words may quote the value: they are dropped.
    parsed(row, index, |text| serde_json::from_str(text).ok())
}

/// `value` as JSON, to be stored.
pub(super) fn to_json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// `fingerprint` as it is stored.
pub(super) fn bytes(fingerprint: Option<Fingerprint>) -> Option<[u8; 16]> {
    fingerprint.map(Fingerprint::to_bytes)
}

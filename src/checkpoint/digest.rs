//! The digest of a copy: 128 bits over all that its tables say, stored in the copy itself. `backup` writes it last, and a
//! copy that says anything else afterwards is damaged. `SQLite`'s own check compares the structure alone.
//!
//! It is a hash (XXH3), not a signature: it finds what a disk or a transfer does, not what somebody does on purpose. A
//! checkpoint that is written to has none.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns;
use super::schema;
use crate::domain::Fingerprint;

/// What a copy's digest says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sealed {
    /// It is what was written.
    Whole,
    /// It is something else.
    Broken,
    /// It has none: a copy that no `backup` made.
    Not,
}

/// Stores the digest of what the copy holds.
pub(super) fn seal(connection: &Connection) -> rusqlite::Result<()> {
    let digest = of(connection)?.to_bytes();
    connection
        .execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('digest', ?1)", params![digest])
        .map(drop)
}

/// Compares the copy with its digest: everything is read once.
pub(super) fn check(connection: &Connection) -> rusqlite::Result<Sealed> {
    match stored(connection)? {
        None => Ok(Sealed::Not),
        Some(stored) if stored == of(connection)? => Ok(Sealed::Whole),
        Some(_) => Ok(Sealed::Broken),
    }
}

/// Whether `backup` made it.
pub(super) fn is_sealed(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(stored(connection)?.is_some())
}

/// Takes the digest off a copy that becomes a checkpoint; of a checkpoint, nothing is written.
pub(super) fn remove(connection: &Connection) -> rusqlite::Result<()> {
    if is_sealed(connection)? {
        connection.execute("DELETE FROM meta WHERE name = 'digest'", [])?;
    }
    Ok(())
}

fn stored(connection: &Connection) -> rusqlite::Result<Option<Fingerprint>> {
    connection
        .query_row("SELECT value FROM meta WHERE name = 'digest'", [], |row| columns::fingerprint(row, 0))
        .optional()
}

/// The sum over all rows of all tables, their definitions included: it does not depend on the order in which `SQLite`
/// hands them out.
fn of(connection: &Connection) -> rusqlite::Result<Fingerprint> {
    let version = schema::version(connection)?;
    let definitions = sum(connection, "", "SELECT type, name, tbl_name, sql FROM sqlite_schema")?;
    let mut tables = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )?;
    let tables = tables.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    tables.iter().try_fold(definitions.plus(Fingerprint::of(&version.to_le_bytes())), |all, table| {
        let but_the_digest = if table == "meta" { " WHERE name <> 'digest'" } else { "" };
        let rows = format!("SELECT * FROM \"{}\"{but_the_digest}", table.replace('"', "\"\""));
        Ok(all.plus(sum(connection, table, &rows)?))
    })
}

/// The sum over the rows that `question` gives, each as a row of `table`.
fn sum(connection: &Connection, table: &str, question: &str) -> rusqlite::Result<Fingerprint> {
    let mut statement = connection.prepare(question)?;
    let columns = statement.column_count();
    let (mut all, mut bytes) = (Fingerprint::default(), Vec::new());
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        bytes.clear();
        push(&mut bytes, b't', table.as_bytes());
        (0..columns).try_for_each(|column| push_value(&mut bytes, row, column))?;
        all = all.plus(Fingerprint::of(&bytes));
    }
    Ok(all)
}

/// Adds a value with its type.
fn push_value(bytes: &mut Vec<u8>, row: &Row<'_>, column: usize) -> rusqlite::Result<()> {
    match row.get_ref(column)? {
        ValueRef::Null => push(bytes, b'n', &[]),
        ValueRef::Integer(value) => push(bytes, b'i', &value.to_le_bytes()),
        ValueRef::Real(value) => push(bytes, b'r', &value.to_bits().to_le_bytes()),
        ValueRef::Text(value) => push(bytes, b's', value),
        ValueRef::Blob(value) => push(bytes, b'b', value),
    }
    Ok(())
}

/// Adds bytes with their kind and their length: the boundaries between values count.
fn push(bytes: &mut Vec<u8>, kind: u8, value: &[u8]) {
    bytes.push(kind);
    bytes.extend((value.len() as u64).to_le_bytes());
    bytes.extend(value);
}

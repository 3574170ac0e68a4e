//! Whether a file is sound: its structure, its length, and every value in it. What a copy says beyond that only its
//! [`digest`](super::digest) can vouch for.

use std::path::Path;

use rusqlite::Connection;

use super::columns;
use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use super::files;
use super::keyed_hash::Hash;
use crate::domain::Channel;

/// `SQLite`'s full check of a file, and of what its rows say of each other; messages name `path`.
pub(super) fn structure(connection: &Connection, path: &Path) -> Result<(), Error> {
    let sql = |error| Error::sql(path, error);
    let corrupt = |detail: String| Error::Corrupt { path: path.to_owned(), detail };
    let found: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(sql)?;
    if found != "ok" {
        return Err(corrupt(found));
    }
    let orphaned = connection.prepare("PRAGMA foreign_key_check").and_then(|mut check| check.exists([]));
    if orphaned.map_err(sql)? {
        return Err(corrupt("a before-image belongs to no run".to_owned()));
    }
    Ok(())
}

/// Whether the file at `path`, which `connection` reads, ends where a page ends. `SQLite` misses whole pages, and takes the
/// bytes that are cut off the last one for zeros.
pub(super) fn length(connection: &Connection, path: &Path) -> Result<(), Error> {
    let page: i64 = connection
        .pragma_query_value(None, "page_size", |row| row.get(0))
        .map_err(|error| Error::sql(path, error))?;
    let bytes = files::length(path).map_err(|error| Error::io("look at", path, error))?.unwrap_or(0);
    match bytes.checked_rem(page.unsigned_abs()) {
        Some(0) => Ok(()),
        _ => Err(Error::Corrupt { path: path.to_owned(), detail: "the file is cut short".to_owned() }),
    }
}

impl Checkpoint {
    /// Reads the whole file and compares its parts with each other: seconds for a large one.
    pub fn integrity_check(&self) -> Result<(), Error> {
        structure(&self.connection, &self.path)
    }

    /// Reads every value as what it stands for.
    ///
    /// # Errors
    /// Damage, where one cannot be read.
    pub(super) fn read_all(&self) -> Result<(), Error> {
        self.read_customers()?;
        self.open_intents()?;
        self.leftovers()?;
        for row in self.runs(usize::MAX)? {
            self.before_images(&row.run.run_id)?;
        }
        self.ask(|connection| {
            connection
                .prepare("SELECT channel, hash, since FROM suppressed")?
                .query_map([], |row| {
                    columns::word::<Channel>(row, 0)?;
                    Ok((row.get::<_, Hash>(1)?, row.get::<_, i64>(2)?))
                })?
                .try_for_each(|row| row.map(drop))?;
            connection
                .prepare("SELECT hash FROM forgotten")?
                .query_map([], |row| row.get::<_, Hash>(0))?
                .try_for_each(|row| row.map(drop))
        })
    }
}

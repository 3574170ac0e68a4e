//! Customers who asked to be forgotten: nothing of them stays but a keyed hash, so that they stay skipped while the
//! export still has them.

use rusqlite::params;

use super::batch::{Batch, truncate_log};
use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use crate::domain::{CustomerKey, Departure};

impl Checkpoint {
    /// Whether the customer was forgotten.
    pub fn is_forgotten(&self, key: &CustomerKey) -> Result<bool, Error> {
        let hash = self.hash.customer(key);
        self.ask(|connection| {
            connection.prepare_cached("SELECT 1 FROM forgotten WHERE hash = ?1")?.exists([hash])
        })
    }

    /// How many customers were forgotten. Where none was, nobody need be asked for.
    pub fn forgotten_count(&self) -> Result<u64, Error> {
        self.ask(|connection| {
            connection.query_row("SELECT count(*) FROM forgotten", [], |row| row.get::<_, i64>(0))
        })
        .map(i64::unsigned_abs)
    }

    /// Writes the file anew from what it still holds, and empties its log, so that nothing deleted can remain in its
    /// unused parts. Deletion overwrites already; `SQLite` does not promise that it left no copy while it moved rows
    /// between pages.
    ///
    /// Takes as much disk again as the file has, beside it and in the system's directory for temporary files.
    ///
    /// # Errors
    /// [`CheckpointError::Busy`](Error::Busy) where somebody is reading it: the log could not be emptied.
    pub fn scrub(&mut self) -> Result<(), Error> {
        let emptied = self.write(|connection| {
            connection.execute_batch("PRAGMA temp_store = FILE; VACUUM; PRAGMA temp_store = MEMORY")?;
            truncate_log(connection)
        })?;
        if emptied { Ok(()) } else { Err(Error::Busy { path: self.path.clone() }) }
    }
}

impl Batch<'_> {
    /// Deletes all that is known of the customer (what was pushed, intent, before-images, leftover) and remembers to
    /// skip it. Opt-outs stay: they are of a number, not of a customer. [`Checkpoint::scrub`] makes it thorough.
    pub fn forget(&self, key: &CustomerKey) -> Result<(), Error> {
        let hash = self.hash.customer(key);
        self.close_intent(key, Departure::Sent)?;
        self.close_intent(key, Departure::Owed)?;
        self.clear_leftover(&key.clone().into())?;
        self.ask(|connection| {
            connection.execute("DELETE FROM customer WHERE key = ?1", [key.as_str()])?;
            connection.execute("DELETE FROM before_image WHERE key = ?1", [key.as_str()])?;
            connection.execute("INSERT OR IGNORE INTO forgotten (hash) VALUES (?1)", params![hash])
        })?;
        self.forgot.set(true);
        Ok(())
    }
}

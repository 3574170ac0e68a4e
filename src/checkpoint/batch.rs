//! [`Batch`]: one durable transaction. Everything that is written about customers goes through one.
//!
//! What a batch can write is in the subjects' files, each as an `impl Batch`. A commit waits for the disk, so
//! `record` puts many intents or results into one.

use std::cell::Cell;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use super::keyed_hash::KeyedHash;

/// Writes that become durable together, or not at all.
#[derive(Debug)]
pub struct Batch<'a> {
    transaction: Transaction<'a>,
    path: &'a Path,
    pub(super) hash: &'a KeyedHash,
    /// Whether a customer was forgotten: then the write-ahead log must not keep what the tables lost.
    pub(super) forgot: Cell<bool>,
}

impl Checkpoint {
    /// Runs `write` in one transaction. When this returns `Ok`, what it wrote survives a power cut; where `write` or
    /// the commit fails, nothing of it was written.
    ///
    /// # Errors
    /// [`CheckpointError::Gone`](Error::Gone) where this is a run's and what it holds is not in its place any more.
    pub fn batch<T>(&mut self, write: impl FnOnce(&Batch<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.verify_held()?;
        let Self { connection, path, hash, watch: _ } = self;
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| Error::sql(path, error))?;
        let batch = Batch { transaction, path, hash, forgot: Cell::new(false) };
        let answer = write(&batch)?;
        if batch.commit().map_err(|error| Error::sql(path, error))? {
            // A reader may be in the way; then the log goes when the last connection closes, or with `scrub`.
            let _ = truncate_log(connection);
        }
        Ok(answer)
    }
}

/// Moves the write-ahead log into the file and empties it; `false` where a reader was in the way.
pub(super) fn truncate_log(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0))
}

impl Batch<'_> {
    /// Makes it durable; whether a customer was forgotten.
    fn commit(self) -> rusqlite::Result<bool> {
        let Self { transaction, path: _, hash: _, forgot } = self;
        transaction.commit().map(|()| forgot.get())
    }

    /// Runs `statement` and gives `SQLite`'s refusals the file's name.
    pub(super) fn ask<T>(
        &self,
        statement: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        statement(&self.transaction).map_err(|error| Error::sql(self.path, error))
    }
}

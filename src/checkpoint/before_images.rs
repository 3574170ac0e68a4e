//! Before-images: theirs, as it was before a run updated it, so that the run can be reverted. They live and go with
//! their run.

use std::fmt;

use rusqlite::{ErrorCode, params};

use super::batch::Batch;
use super::columns;
use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use crate::domain::{CustomerKey, CustomerUuid, RunId};

/// A customer at myKaarma, before a run wrote it.
#[derive(Clone, PartialEq, Eq)]
pub struct BeforeImage {
    /// Whose.
    pub key: CustomerKey,
    /// myKaarma's identity.
    pub uuid: CustomerUuid,
    /// The record as JSON, as its writer likes it. Personal.
    pub theirs: String,
    /// When it was read: seconds since 1970, UTC.
    pub at: i64,
}

impl fmt::Debug for BeforeImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BeforeImage({})", self.key)
    }
}

impl Checkpoint {
    /// What the run's updates replaced, by key.
    pub fn before_images(&self, run: &RunId) -> Result<Vec<BeforeImage>, Error> {
        self.ask(|connection| {
            connection
                .prepare("SELECT key, uuid, theirs, at FROM before_image WHERE run_id = ?1 ORDER BY key")?
                .query_map([run.as_str()], |row| {
                    Ok(BeforeImage {
                        key: columns::key(row, 0)?,
                        uuid: columns::uuid(row, 1)?,
                        theirs: row.get(2)?,
                        at: row.get(3)?,
                    })
                })?
                .collect()
        })
    }
}

impl Batch<'_> {
    /// Remembers theirs before an update. The first image of a customer in a run stays: a later one may show what
    /// the run itself wrote before its answer was lost.
    ///
    /// # Errors
    /// [`CheckpointError::UnknownRun`](Error::UnknownRun) where the run has not begun.
    pub fn remember_before(
        &self,
        run_id: &RunId,
        key: &CustomerKey,
        uuid: &CustomerUuid,
        theirs_json: &str,
        at: i64,
    ) -> Result<(), Error> {
        let remembered = self.ask(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO before_image (run_id, key, uuid, theirs, at) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (run_id, key) DO NOTHING",
                )?
                .execute(params![run_id.as_str(), key.as_str(), uuid.as_str(), theirs_json, at])
        });
        match remembered {
            // The foreign key is the only constraint that this statement can break.
            Err(Error::Sqlite { path, source })
                if source.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
            {
                Err(Error::UnknownRun { path, run: run_id.clone() })
            }
            other => other.map(drop),
        }
    }
}

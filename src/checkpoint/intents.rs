//! Intents: the durable notes that a request is about to leave. One that is still open when a run begins belongs
//! to a request whose answer was lost; push settles those first.

use rusqlite::{OptionalExtension, Row, params};

use super::batch::Batch;
use super::columns;
use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use crate::domain::{Customer, CustomerKey, CustomerUuid, Fingerprint, Recency, RunId};

/// What is about to be sent, and what the checkpoint will know once it has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Whose.
    pub key: CustomerKey,
    /// The run that sends it.
    pub run_id: RunId,
    /// When it was noted: seconds since 1970, UTC.
    pub at: i64,
    /// The customer to update; `None` is a create.
    pub uuid: Option<CustomerUuid>,
    /// Ours: the base once it is settled.
    pub next_base: Customer,
    /// Of the customer's rows; `None` where they are to be looked at again all the same.
    pub source: Option<Fingerprint>,
    /// Of `next_base`.
    pub canonical: Fingerprint,
    /// How new the rows are.
    pub recency: Recency,
}

impl Checkpoint {
    /// Every intent without a result, oldest first.
    pub fn open_intents(&self) -> Result<Vec<Intent>, Error> {
        self.ask(|connection| {
            connection
                .prepare(
                    "SELECT key, run_id, at, uuid, next_base, source, canonical, updated_at, named_at FROM intent ORDER BY at, key",
                )?
                .query_map([], read)?
                .collect()
        })
    }

    /// The customer's intent without a result.
    pub fn open_intent(&self, key: &CustomerKey) -> Result<Option<Intent>, Error> {
        self.ask(|connection| {
            connection
                .prepare_cached(
                    "SELECT key, run_id, at, uuid, next_base, source, canonical, updated_at, named_at FROM intent WHERE key = ?1",
                )?
                .query_row([key.as_str()], read)
                .optional()
        })
    }
}

/// An intent, from the columns that both questions ask for.
fn read(row: &Row<'_>) -> rusqlite::Result<Intent> {
    Ok(Intent {
        key: columns::key(row, 0)?,
        run_id: columns::run_id(row, 1)?,
        at: row.get(2)?,
        uuid: columns::optional(row, 3, columns::uuid)?,
        next_base: columns::json(row, 4)?,
        source: columns::optional(row, 5, columns::fingerprint)?,
        canonical: columns::fingerprint(row, 6)?,
        recency: columns::recency(row, 7)?,
    })
}

impl Batch<'_> {
    /// Notes that a request is about to leave. It may leave once the batch has returned, not before. A customer has
    /// one intent: a later one (a create that became an update) replaces it.
    pub fn intend(&self, intent: &Intent) -> Result<(), Error> {
        let Intent { key, run_id, at, uuid, next_base, source, canonical, recency } = intent;
        self.ask(|connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO intent (key, run_id, at, uuid, next_base, source, canonical, updated_at, named_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute(params![
                    key.as_str(),
                    run_id.as_str(),
                    at,
                    uuid.as_ref().map(CustomerUuid::as_str),
                    columns::to_json(next_base)?,
                    columns::bytes(*source),
                    canonical.to_bytes(),
                    recency.updated_at,
                    recency.named_at
                ])
        })
        .map(drop)
    }

    /// Forgets the intent of a request that was surely not applied.
    pub fn drop_intent(&self, key: &CustomerKey) -> Result<(), Error> {
        self.ask(|connection| {
            connection.prepare_cached("DELETE FROM intent WHERE key = ?1")?.execute([key.as_str()])
        })
        .map(drop)
    }
}

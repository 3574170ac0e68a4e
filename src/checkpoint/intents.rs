//! Intents: the durable notes that a request is about to leave, or is owed and has not left. One that is still open when
//! a run begins belongs to a request whose answer was lost, or that was never sent; push settles those first.

use rusqlite::{OptionalExtension, Row, params};

use super::batch::Batch;
use super::columns;
use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use crate::domain::{Customer, CustomerKey, CustomerUuid, Departure, Fingerprint, Recency, RunId};

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
    /// Whether it may have left.
    pub departure: Departure,
}

impl Checkpoint {
    /// Every intent without a result, oldest first.
    pub fn open_intents(&self) -> Result<Vec<Intent>, Error> {
        self.ask(|connection| {
            connection
                .prepare(
                    "SELECT key, run_id, at, uuid, next_base, source, canonical, updated_at, named_at, sent FROM intent ORDER BY at, key",
                )?
                .query_map([], read)?
                .collect()
        })
    }

    /// Gives `each` key with an intent without a result.
    pub fn open_keys(&self, each: &mut dyn FnMut(&str)) -> Result<(), Error> {
        self.ask(|connection| {
            let mut statement = connection.prepare_cached("SELECT key FROM intent")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                each(columns::text(row, 0)?);
            }
            Ok(())
        })
    }

    /// The customer's intent without a result.
    pub fn open_intent(&self, key: &CustomerKey) -> Result<Option<Intent>, Error> {
        self.ask(|connection| {
            connection
                .prepare_cached(
                    "SELECT key, run_id, at, uuid, next_base, source, canonical, updated_at, named_at, sent FROM intent WHERE key = ?1",
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
        departure: if row.get(9)? { Departure::Sent } else { Departure::Owed },
    })
}

impl Batch<'_> {
    /// Notes that a request is about to leave, or is owed. It may leave once the batch has returned, not before. A
    /// customer has one intent, and a later one says all that an earlier one did: of a request that may have left it
    /// replaces what it says (a create that became an update: whom, too); one that is owed leaves whom it was sent to.
    pub fn intend(&self, intent: &Intent) -> Result<(), Error> {
        let Intent { key, run_id, at, uuid, next_base, source, canonical, recency, departure } = intent;
        self.ask(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO intent (key, run_id, at, uuid, next_base, source, canonical, updated_at, named_at, sent)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                     ON CONFLICT (key) DO UPDATE SET
                         run_id = excluded.run_id, at = excluded.at, next_base = excluded.next_base,
                         source = excluded.source, canonical = excluded.canonical,
                         updated_at = excluded.updated_at, named_at = excluded.named_at,
                         uuid = CASE WHEN sent AND NOT excluded.sent THEN uuid ELSE excluded.uuid END,
                         sent = max(sent, excluded.sent)",
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
                    recency.named_at,
                    *departure == Departure::Sent
                ])
        })
        .map(drop)
    }

    /// Notes that what was about to leave was surely not applied, and is owed.
    pub fn owe(&self, key: &CustomerKey) -> Result<(), Error> {
        self.ask(|connection| {
            connection.prepare_cached("UPDATE intent SET sent = 0 WHERE key = ?1")?.execute([key.as_str()])
        })
        .map(drop)
    }

    /// Forgets the customer's intent where it says what `canonical` is the fingerprint of, and nothing more.
    pub fn close_intent(&self, key: &CustomerKey, canonical: Fingerprint) -> Result<(), Error> {
        self.ask(|connection| {
            connection
                .prepare_cached("DELETE FROM intent WHERE key = ?1 AND canonical = ?2")?
                .execute(params![key.as_str(), canonical.to_bytes()])
        })
        .map(drop)
    }

    /// Forgets the intent of a request that was surely not applied, or was answered.
    pub fn drop_intent(&self, key: &CustomerKey) -> Result<(), Error> {
        self.ask(|connection| {
            connection.prepare_cached("DELETE FROM intent WHERE key = ?1")?.execute([key.as_str()])
        })
        .map(drop)
    }
}

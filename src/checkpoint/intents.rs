//! Intents: the durable notes of what is not done yet. A customer has at most one of each kind: of a request that is about
//! to leave, or has left and whose answer is unknown (doubt); and of what must still be said, as nobody says it again
//! (debt). Neither touches the other; push settles those that are open when a run begins before anything else.

use rusqlite::{OptionalExtension, Row, params};

use super::batch::Batch;
use super::columns;
use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use crate::domain::{Customer, CustomerKey, CustomerUuid, Departure, Fingerprint, Recency, RunId, Scope};

/// What is about to be sent or is owed, and what the checkpoint will know once it has arrived.
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
    /// How much of the customer it is about.
    pub scope: Scope,
    /// Ours: the base once it is settled.
    pub next_base: Customer,
    /// Of the customer's rows; `None` where they are to be looked at again all the same.
    pub source: Option<Fingerprint>,
    /// Of `next_base`.
    pub canonical: Fingerprint,
    /// How new the rows are.
    pub recency: Recency,
    /// Which of the two it is.
    pub departure: Departure,
}

/// The columns of an intent, in the order of [`read`].
macro_rules! intents {
    ($rest:literal) => {
        concat!(
            "SELECT key, run_id, at, uuid, scope, next_base, source, canonical, updated_at, named_at, sent FROM intent ",
            $rest
        )
    };
}

impl Checkpoint {
    /// Every intent, oldest first.
    pub fn open_intents(&self) -> Result<Vec<Intent>, Error> {
        self.ask(|connection| {
            connection.prepare(intents!("ORDER BY at, key, sent"))?.query_map([], read)?.collect()
        })
    }

    /// Gives `each` key with an intent.
    pub fn open_keys(&self, each: &mut dyn FnMut(&str)) -> Result<(), Error> {
        self.ask(|connection| {
            let mut statement = connection.prepare_cached("SELECT DISTINCT key FROM intent")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                each(columns::text(row, 0)?);
            }
            Ok(())
        })
    }

    /// How many customers have an intent.
    pub fn open_customers(&self) -> Result<usize, Error> {
        let mut customers = 0;
        self.open_keys(&mut |_| customers += 1)?;
        Ok(customers)
    }

    /// The customer's intent of this kind.
    pub fn open_intent(&self, key: &CustomerKey, departure: Departure) -> Result<Option<Intent>, Error> {
        self.ask(|connection| {
            connection
                .prepare_cached(intents!("WHERE key = ?1 AND sent = ?2"))?
                .query_row(params![key.as_str(), departure == Departure::Sent], read)
                .optional()
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Intent> {
    Ok(Intent {
        key: columns::key(row, 0)?,
        run_id: columns::run_id(row, 1)?,
        at: row.get(2)?,
        uuid: columns::optional(row, 3, columns::uuid)?,
        scope: if columns::text(row, 4)? == OPT_OUTS { Scope::OptOuts } else { Scope::Whole },
        next_base: columns::json(row, 5)?,
        source: columns::optional(row, 6, columns::fingerprint)?,
        canonical: columns::fingerprint(row, 7)?,
        recency: columns::recency(row, 8)?,
        departure: if row.get(10)? { Departure::Sent } else { Departure::Owed },
    })
}

/// What stands for [`Scope`] in its column.
const WHOLE: &str = "whole";
const OPT_OUTS: &str = "opt_outs";

impl Batch<'_> {
    /// Notes that a request is about to leave, or that something is owed, in place of what was noted so before. A
    /// request may leave once the batch has returned, not before.
    pub fn intend(&self, intent: &Intent) -> Result<(), Error> {
        let Intent { key, run_id, at, uuid, scope, next_base, source, canonical, recency, departure } =
            intent;
        self.ask(|connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO intent (key, run_id, at, uuid, scope, next_base, source, canonical, updated_at, named_at, sent)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                )?
                .execute(params![
                    key.as_str(),
                    run_id.as_str(),
                    at,
                    uuid.as_ref().map(CustomerUuid::as_str),
                    match scope {
                        Scope::Whole => WHOLE,
                        Scope::OptOuts => OPT_OUTS,
                    },
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

    /// Forgets the customer's intent of this kind: it was answered, or was surely not applied; or it is owed no more.
    pub fn close_intent(&self, key: &CustomerKey, departure: Departure) -> Result<(), Error> {
        self.ask(|connection| {
            connection
                .prepare_cached("DELETE FROM intent WHERE key = ?1 AND sent = ?2")?
                .execute(params![key.as_str(), departure == Departure::Sent])
        })
        .map(drop)
    }

    /// Forgets what the customer is owed where that is what `canonical` is the fingerprint of, and nothing more.
    pub fn close_debt(&self, key: &CustomerKey, canonical: Fingerprint) -> Result<(), Error> {
        self.ask(|connection| {
            connection
                .prepare_cached("DELETE FROM intent WHERE key = ?1 AND NOT sent AND canonical = ?2")?
                .execute(params![key.as_str(), canonical.to_bytes()])
        })
        .map(drop)
    }
}

//! Customers as they were last settled: the memory that the whole program is built around.
//!
//! The nightly scan reads `(key, source)` of all of them; everything else is asked one by one.

use rusqlite::{OptionalExtension, Row, params};

use super::batch::Batch;
use super::columns;
use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use crate::domain::{Customer, CustomerKey, CustomerUuid, Departure, Fingerprint, Recency, RunId};

/// What is known of one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// myKaarma's identity.
    pub uuid: CustomerUuid,
    /// Of the rows that were last pushed safely; `None` where they are to be looked at again.
    pub source: Option<Fingerprint>,
    /// Of `base`.
    pub canonical: Fingerprint,
    /// Ours as of the last settled push.
    pub base: Customer,
    /// How new the rows are that were last pushed safely.
    pub recency: Recency,
    /// The run that last wrote here.
    pub last_run: RunId,
}

/// A customer that is settled: created, updated, adopted, or found to be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Whose.
    pub key: CustomerKey,
    /// myKaarma's identity.
    pub uuid: CustomerUuid,
    /// Ours, the next base; never the merged payload.
    pub base: Customer,
    /// Of `base`.
    pub canonical: Fingerprint,
    /// Of the customer's rows; `None` where they are to be looked at again (rows refused, an edited error file).
    pub source: Option<Fingerprint>,
    /// How new the customer's rows are. A date that is missing keeps what was known.
    pub recency: Recency,
    /// The run.
    pub run_id: RunId,
}

impl Checkpoint {
    /// How many customers there are.
    pub fn customers(&self) -> Result<u64, Error> {
        self.ask(|connection| {
            connection.query_row("SELECT count(*) FROM customer", [], |row| row.get::<_, i64>(0))
        })
        .map(i64::unsigned_abs)
    }

    /// Gives `each` customer's key and source fingerprint, in the order of the keys' bytes, as of one moment.
    ///
    /// One sequential read of a narrow index; nothing is allocated per customer. 200,000 take about 50 ms in a
    /// development build; `schema` has the figures of the other layouts.
    pub fn scan(&self, each: &mut dyn FnMut(&str, Option<Fingerprint>)) -> Result<(), Error> {
        self.ask(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT key, source FROM customer INDEXED BY customer_scan ORDER BY key")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let source = columns::optional(row, 1, columns::fingerprint)?;
                each(columns::text(row, 0)?, source);
            }
            Ok(())
        })
    }

    /// What is known of `key`.
    pub fn known(&self, key: &CustomerKey) -> Result<Option<Known>, Error> {
        self.ask(|connection| {
            connection
                .prepare_cached(
                    "SELECT uuid, source, canonical, base, updated_at, named_at, last_run FROM customer WHERE key = ?1",
                )?
                .query_row([key.as_str()], read)
                .optional()
        })
    }

    /// Reads everything that is known of all customers, and keeps nothing of it: whether it can be read.
    pub(super) fn read_customers(&self) -> Result<(), Error> {
        self.ask(|connection| {
            let mut statement = connection.prepare(
                "SELECT uuid, source, canonical, base, updated_at, named_at, last_run, key FROM customer",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                columns::key(row, 7)?;
                read(row)?;
            }
            Ok(())
        })
    }

    /// How new what is known of `key` is, or is about to be: of the rows that were last pushed safely, and of those that
    /// open intents are about. `None` where there are neither.
    pub fn recency(&self, key: &CustomerKey) -> Result<Option<Recency>, Error> {
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT updated_at, named_at FROM customer WHERE key = ?1
                 UNION ALL SELECT updated_at, named_at FROM intent WHERE key = ?1",
            )?;
            let mut newest: Option<Recency> = None;
            for one in statement.query_map([key.as_str()], |row| columns::recency(row, 0))? {
                newest = Some(newest.unwrap_or_default().newest(one?));
            }
            Ok(newest)
        })
    }

    /// Which other customer than `key` has the record `uuid`; the first by key where there are several.
    pub fn other_holder(&self, uuid: &CustomerUuid, key: &CustomerKey) -> Result<Option<CustomerKey>, Error> {
        self.ask(|connection| {
            connection
                .prepare_cached(
                    "SELECT key FROM customer WHERE uuid = ?1 AND key <> ?2 ORDER BY key LIMIT 1",
                )?
                .query_row([uuid.as_str(), key.as_str()], |row| columns::key(row, 0))
                .optional()
        })
    }
}

/// What is known of a customer, from the columns that both questions ask for.
fn read(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known {
        uuid: columns::uuid(row, 0)?,
        source: columns::optional(row, 1, columns::fingerprint)?,
        canonical: columns::fingerprint(row, 2)?,
        base: columns::json(row, 3)?,
        recency: columns::recency(row, 4)?,
        last_run: columns::run_id(row, 6)?,
    })
}

impl Batch<'_> {
    /// Remembers `settled`, and that no request for it is in doubt any more: that intent and its leftover go. What its
    /// own run has left over stays: rows that are refused, while their opt-out was sent. Doing it twice is the same as
    /// doing it once.
    pub fn settle(&self, settled: &Settled) -> Result<(), Error> {
        self.close_intent(&settled.key, Departure::Sent)?;
        let Settled { key, uuid, base, canonical, source, recency, run_id } = settled;
        self.ask(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO customer (key, uuid, source, canonical, base, updated_at, named_at, last_run)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                     ON CONFLICT (key) DO UPDATE SET
                         uuid = excluded.uuid, source = excluded.source, canonical = excluded.canonical,
                         base = excluded.base, updated_at = coalesce(excluded.updated_at, updated_at),
                         named_at = coalesce(excluded.named_at, named_at),
                         last_run = excluded.last_run",
                )?
                .execute(params![
                    key.as_str(),
                    uuid.as_str(),
                    columns::bytes(*source),
                    canonical.to_bytes(),
                    columns::to_json(base)?,
                    recency.updated_at,
                    recency.named_at,
                    run_id.as_str()
                ])
        })?;
        self.clear_leftover_of_earlier_runs(&key.clone().into(), run_id)
    }

    /// Remembers that only the formatting of the customer's rows changed, or how new they are, and that it needs no more work: its
    /// leftover goes. `false` where the customer is not known: nothing is remembered then.
    pub fn learn_source(
        &self,
        key: &CustomerKey,
        source: Fingerprint,
        recency: Recency,
        run_id: &RunId,
    ) -> Result<bool, Error> {
        let known = self.ask(|connection| {
            connection
                .prepare_cached(
                    "UPDATE customer SET source = ?2, updated_at = coalesce(?3, updated_at),
                         named_at = coalesce(?4, named_at), last_run = ?5
                     WHERE key = ?1",
                )?
                .execute(params![
                    key.as_str(),
                    source.to_bytes(),
                    recency.updated_at,
                    recency.named_at,
                    run_id.as_str()
                ])
        })? > 0;
        if known {
            self.clear_leftover(&key.clone().into())?;
        }
        Ok(known)
    }
}

//! Leftovers: customers, and rows without one, that need a person's or a later run's work, and since when.
//!
//! A leftover lasts as long as its cause: it counts the runs that met it, and goes when its customer is settled or a
//! full run no longer sees it. What the causes mean is for `validate` and `push` to say.

use std::fmt;

use rusqlite::{OptionalExtension, Row, params};

use super::batch::Batch;
use super::columns;
use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use crate::domain::outcome::Stage;
use crate::domain::{CustomerKey, Fingerprint, OutcomeKind, RunId};

/// What needs work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A customer.
    Customer(CustomerKey),
    /// A row without a usable customer key, by the fingerprint of its bytes.
    Row(Fingerprint),
}

impl Subject {
    /// The two columns that a subject is stored in.
    fn columns(&self) -> (&'static str, String) {
        match self {
            Self::Customer(key) => ("customer", key.as_str().to_owned()),
            Self::Row(fingerprint) => ("row", fingerprint.to_string()),
        }
    }
}

impl From<CustomerKey> for Subject {
    fn from(key: CustomerKey) -> Self {
        Self::Customer(key)
    }
}

/// Why something needs work, as one run met it.
#[derive(Clone, PartialEq, Eq)]
pub struct LeftoverEntry {
    /// What.
    pub subject: Subject,
    /// Where in the line.
    pub stage: Stage,
    /// Rejected, failed or in doubt.
    pub kind: OutcomeKind,
    /// The cause's stable code.
    pub code: String,
    /// What is wrong, without values.
    pub message: String,
    /// What a person can do.
    pub tip: String,
    /// Status of the last answer.
    pub http_status: Option<u16>,
    /// Requests that this run sent for it; 0 where it was not sent at all.
    pub attempts: u32,
    /// Of what was, or would have been, sent.
    pub canonical: Option<Fingerprint>,
    /// What it takes to look at it again, as its writer likes it. Personal.
    pub payload: Option<String>,
    /// The run.
    pub run_id: RunId,
    /// When: seconds since 1970, UTC.
    pub at: i64,
}

/// Something that needs work, and its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// As the last run that saw it met it.
    pub entry: LeftoverEntry,
    /// When this cause was first met: seconds since 1970, UTC.
    pub first_seen: i64,
    /// How many runs have met it.
    pub times_seen: u32,
    /// When a request was last sent for it with the same `canonical`: what `[retry] same_refusal` counts from.
    pub last_attempt: Option<i64>,
}

/// What the checkpoint says of a leftover that it was just given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// When this cause was first met: seconds since 1970, UTC.
    pub first_seen: i64,
    /// How many runs have met it, this one included.
    pub times_seen: u32,
    /// Whether no earlier run has.
    pub is_new: bool,
}

impl Checkpoint {
    /// Everything that needs work: customers by key, then rows.
    pub fn leftovers(&self) -> Result<Vec<Leftover>, Error> {
        self.ask(|connection| {
            connection
                .prepare(
                    "SELECT subject_kind, subject, stage, kind, code, message, tip, http_status, attempts, canonical,
                         payload, run_id, last_seen, first_seen, times_seen, last_attempt
                     FROM leftover ORDER BY subject_kind, subject",
                )?
                .query_map([], read)?
                .collect()
        })
    }

    /// What of `subject` needs work.
    pub fn leftover(&self, subject: &Subject) -> Result<Option<Leftover>, Error> {
        let (kind, name) = subject.columns();
        self.ask(|connection| {
            connection
                .prepare_cached(
                    "SELECT subject_kind, subject, stage, kind, code, message, tip, http_status, attempts, canonical,
                         payload, run_id, last_seen, first_seen, times_seen, last_attempt
                     FROM leftover WHERE subject_kind = ?1 AND subject = ?2",
                )?
                .query_row([kind, &name], read)
                .optional()
        })
    }
}

/// A leftover, from the columns that both questions ask for.
fn read(row: &Row<'_>) -> rusqlite::Result<Leftover> {
    let subject = match columns::text(row, 0)? {
        "customer" => Subject::Customer(columns::key(row, 1)?),
        _ => Subject::Row(columns::word(row, 1)?),
    };
    let entry = LeftoverEntry {
        subject,
        stage: columns::word(row, 2)?,
        kind: columns::word(row, 3)?,
        code: row.get(4)?,
        message: row.get(5)?,
        tip: row.get(6)?,
        http_status: row.get(7)?,
        attempts: row.get(8)?,
        canonical: columns::optional(row, 9, columns::fingerprint)?,
        payload: row.get(10)?,
        run_id: columns::run_id(row, 11)?,
        at: row.get(12)?,
    };
    Ok(Leftover { entry, first_seen: row.get(13)?, times_seen: row.get(14)?, last_attempt: row.get(15)? })
}

impl Batch<'_> {
    /// Remembers that something needs work. The same code as before keeps its first sight and counts one run more
    /// (once per run, however often it is told); another code starts anew.
    pub fn leave_over(&self, entry: &LeftoverEntry) -> Result<Seen, Error> {
        let LeftoverEntry {
            subject,
            stage,
            kind,
            code,
            message,
            tip,
            http_status,
            attempts,
            canonical,
            payload,
            run_id,
            at,
        } = entry;
        let (subject_kind, subject) = subject.columns();
        self.ask(|connection| {
            connection
                .prepare_cached(LEAVE_OVER)?
                .query_row(
                    params![
                        subject_kind,
                        subject,
                        stage.as_str(),
                        kind.as_str(),
                        code,
                        message,
                        tip,
                        http_status,
                        attempts,
                        columns::bytes(*canonical),
                        payload,
                        run_id.as_str(),
                        at
                    ],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .map(|(first_seen, times_seen)| Seen { first_seen, times_seen, is_new: times_seen == 1 })
        })
    }

    /// Forgets that `subject` needs work.
    pub fn clear_leftover(&self, subject: &Subject) -> Result<(), Error> {
        let (kind, name) = subject.columns();
        self.ask(|connection| {
            connection
                .prepare_cached("DELETE FROM leftover WHERE subject_kind = ?1 AND subject = ?2")?
                .execute([kind, &name])
        })
        .map(drop)
    }

    /// Forgets that `subject` needs work, unless `run_id` has met it itself.
    pub fn clear_leftover_of_earlier_runs(&self, subject: &Subject, run_id: &RunId) -> Result<(), Error> {
        let (kind, name) = subject.columns();
        self.ask(|connection| {
            connection
                .prepare_cached(
                    "DELETE FROM leftover WHERE subject_kind = ?1 AND subject = ?2 AND run_id <> ?3",
                )?
                .execute([kind, &name, run_id.as_str()])
        })
        .map(drop)
    }

    /// Forgets what `run_id` did not meet again; how many that were. Only for a run that looked at a full export
    /// to its end: every other one has not looked at everything.
    pub fn prune_leftovers_not_seen(&self, run_id: &RunId) -> Result<usize, Error> {
        self.ask(|connection| {
            connection.execute("DELETE FROM leftover WHERE run_id <> ?1", [run_id.as_str()])
        })
    }
}

/// On the right of `SET`, bare columns are what was stored before.
const LEAVE_OVER: &str = "
INSERT INTO leftover (subject_kind, subject, stage, kind, code, message, tip, http_status, attempts, canonical, payload,
    run_id, first_seen, last_seen, last_attempt, times_seen)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, CASE WHEN ?9 > 0 THEN ?13 END, 1)
ON CONFLICT (subject_kind, subject) DO UPDATE SET
    stage = excluded.stage, kind = excluded.kind, code = excluded.code, message = excluded.message,
    tip = excluded.tip, http_status = excluded.http_status, attempts = excluded.attempts,
    canonical = excluded.canonical, payload = excluded.payload, run_id = excluded.run_id,
    last_seen = excluded.last_seen,
    first_seen = CASE WHEN code = excluded.code THEN first_seen ELSE excluded.first_seen END,
    times_seen = CASE WHEN code <> excluded.code THEN 1 WHEN run_id = excluded.run_id THEN times_seen
        ELSE times_seen + 1 END,
    last_attempt = coalesce(excluded.last_attempt, CASE WHEN canonical IS excluded.canonical THEN last_attempt END)
RETURNING first_seen, times_seen";

impl fmt::Debug for LeftoverEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LeftoverEntry({:?} {} in {})", self.subject, self.code, self.run_id)
    }
}

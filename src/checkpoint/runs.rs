//! Runs: what each one read, what the guard said of its plan, who released it, and how it ended.
//!
//! Inputs and summary are JSON of their writer's making, so that an older run stays readable. A run that never
//! finished has no exit code: it was cut off. Newer is what was noted later, whatever the clock said by then: clocks are
//! set back.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use super::batch::Batch;
use super::columns;
use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use crate::domain::{Fingerprint, RunId};

/// A run that begins.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// Its name.
    pub run_id: RunId,
    /// The command: `sync`, `migrate`, `retry`, `apply`, `revert`.
    pub mode: String,
    /// Seconds since 1970, UTC.
    pub started_at: i64,
    /// Digests and times of what it reads.
    pub inputs: Value,
}

/// A run that has begun.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// As it began.
    pub run: NewRun,
    /// The guard's verdict, once there is one.
    pub guard: Option<String>,
    /// Digest of the plan that was judged.
    pub plan: Option<Fingerprint>,
    /// A person's release of a held plan.
    pub approval: Option<Approval>,
    /// Seconds since 1970, UTC; `None` where the run was cut off, or still is on.
    pub finished_at: Option<i64>,
    /// How it ended.
    pub exit_code: Option<u8>,
    /// What `summary.json` says.
    pub summary: Option<Value>,
}

/// A person's word that a held plan is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Why, in their words.
    pub reason: String,
    /// When: seconds since 1970, UTC.
    pub at: i64,
    /// The run that went ahead with it; an approval releases one plan, once.
    pub spent_by: Option<RunId>,
}

impl RunRow {
    /// Whether the run carried its plan through: it ended with 0 or 3.
    pub fn is_complete(&self) -> bool {
        matches!(self.exit_code, Some(0 | 3))
    }
}

/// Whether a run is complete (see [`RunRow::is_complete`]) and says something of the export: leftovers re-driven, or a
/// run undone, do not.
macro_rules! completed {
    ($head:literal, $tail:literal) => {
        concat!($head, " exit_code IN (0, 3) AND mode NOT IN ('retry', 'revert') ", $tail)
    };
}

/// The columns of a [`RunRow`].
macro_rules! select_run {
    ($tail:literal) => {
        concat!(
            "SELECT run_id, mode, started_at, inputs, guard, plan, approval_reason, approved_at,
                 approval_spent_by, finished_at, exit_code, summary FROM run ",
            $tail
        )
    };
}

impl Checkpoint {
    /// The last `limit` runs, newest first.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunRow>, Error> {
        self.ask(|connection| {
            connection
                .prepare_cached(select_run!("ORDER BY rowid DESC LIMIT ?1"))?
                .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], read)?
                .collect()
        })
    }

    /// The run of that name.
    pub fn run(&self, run: &RunId) -> Result<Option<RunRow>, Error> {
        self.ask(|connection| {
            connection
                .prepare_cached(select_run!("WHERE run_id = ?1"))?
                .query_row([run.as_str()], read)
                .optional()
        })
    }

    /// The newest run that was not held, neither by the guard nor for its input: it has settled somebody, or would have.
    pub fn last_run_not_held(&self) -> Result<Option<RunRow>, Error> {
        self.ask(|connection| {
            connection
                .prepare_cached(select_run!(
                    "WHERE coalesce(guard, '') <> 'held' AND coalesce(exit_code, 0) <> 4
                     ORDER BY rowid DESC LIMIT 1"
                ))?
                .query_row([], read)
                .optional()
        })
    }

    /// The newest run whose plan the guard let through: nothing was wrong with it, or a person released it, or it went
    /// on with one that was released.
    pub fn last_run_past_the_guard(&self) -> Result<Option<RunRow>, Error> {
        self.ask(|connection| {
            connection
                .prepare_cached(select_run!(
                    "WHERE guard IN ('passed', 'approved', 'resumed') ORDER BY rowid DESC LIMIT 1"
                ))?
                .query_row([], read)
                .optional()
        })
    }

    /// The newest of them that read an export.
    pub fn last_export_past_the_guard(&self) -> Result<Option<RunRow>, Error> {
        self.ask(|connection| {
            connection
                .prepare_cached(select_run!(
                    "WHERE guard IN ('passed', 'approved', 'resumed') AND mode NOT IN ('retry', 'revert')
                     ORDER BY started_at DESC, rowid DESC LIMIT 1"
                ))?
                .query_row([], read)
                .optional()
        })
    }

    /// The newest run that carried an export through: it ended with 0 or 3, and was no `retry` or `revert`.
    pub fn last_completed_run(&self) -> Result<Option<RunRow>, Error> {
        let name: Option<String> = self.ask(|connection| {
            connection
                .query_row(
                    completed!("SELECT run_id FROM run WHERE", "ORDER BY rowid DESC LIMIT 1"),
                    [],
                    |row| row.get(0),
                )
                .optional()
        })?;
        name.and_then(|name| RunId::parse(&name)).map_or(Ok(None), |run| self.run(&run))
    }

    /// Whether a run has carried an export through: until then, the guard takes all for a first load.
    pub fn first_load_finished(&self) -> Result<bool, Error> {
        self.ask(|connection| {
            connection
                .query_row(completed!("SELECT EXISTS (SELECT 1 FROM run WHERE", ")"), [], |row| row.get(0))
        })
    }

    /// Notes that a run begins; durable at once.
    pub fn begin_run(&self, run: &NewRun) -> Result<(), Error> {
        let NewRun { run_id, mode, started_at, inputs } = run;
        self.write(|connection| {
            connection.execute(
                "INSERT INTO run (run_id, mode, started_at, inputs) VALUES (?1, ?2, ?3, ?4)",
                params![run_id.as_str(), mode, started_at, columns::to_json(inputs)?],
            )
        })
        .map(drop)
    }

    /// Notes what the run reads, where that was not known when it began.
    pub fn set_inputs(&self, run: &RunId, inputs: &Value) -> Result<(), Error> {
        self.change(run, |connection| {
            connection.execute(
                "UPDATE run SET inputs = ?2 WHERE run_id = ?1",
                params![run.as_str(), columns::to_json(inputs)?],
            )
        })
    }

    /// Notes that the run is of another kind than it was called: what it reads tells.
    pub fn set_mode(&self, run: &RunId, mode: &str) -> Result<(), Error> {
        self.change(run, |connection| {
            connection.execute("UPDATE run SET mode = ?2 WHERE run_id = ?1", params![run.as_str(), mode])
        })
    }

    /// Notes what the guard said of the plan.
    pub fn set_guard(&self, run: &RunId, verdict: &str, plan: Option<Fingerprint>) -> Result<(), Error> {
        self.change(run, |connection| {
            connection.execute(
                "UPDATE run SET guard = ?2, plan = ?3 WHERE run_id = ?1",
                params![run.as_str(), verdict, columns::bytes(plan)],
            )
        })
    }

    /// Notes a person's release of the plan that `run` held. An earlier release that was not spent is replaced, one
    /// that was spent stays.
    pub fn approve(&self, run: &RunId, reason: &str, at: i64) -> Result<(), Error> {
        self.change(run, |connection| {
            connection.execute(
                "UPDATE run SET approval_reason = iif(approval_spent_by IS NULL, ?2, approval_reason),
                     approved_at = iif(approval_spent_by IS NULL, ?3, approved_at)
                 WHERE run_id = ?1",
                params![run.as_str(), reason, at],
            )
        })
    }

    /// Uses the release of `held` for the run `by`; `false` where there is none, or another run has used it.
    pub fn spend_approval(&self, held: &RunId, by: &RunId) -> Result<bool, Error> {
        self.write(|connection| {
            connection.execute(
                "UPDATE run SET approval_spent_by = ?2
                 WHERE run_id = ?1 AND approved_at IS NOT NULL AND coalesce(approval_spent_by, ?2) = ?2",
                params![held.as_str(), by.as_str()],
            )
        })
        .map(|changed| changed > 0)
    }

    /// Notes how the run ended; durable at once.
    pub fn finish_run(
        &self,
        run: &RunId,
        finished_at: i64,
        exit_code: u8,
        summary: &Value,
    ) -> Result<(), Error> {
        self.change(run, |connection| {
            connection.execute(
                "UPDATE run SET finished_at = ?2, exit_code = ?3, summary = ?4 WHERE run_id = ?1",
                params![run.as_str(), finished_at, exit_code, columns::to_json(summary)?],
            )
        })
    }

    /// Runs an update of one run, which must be there.
    pub(super) fn change(
        &self,
        run: &RunId,
        update: impl FnOnce(&Connection) -> rusqlite::Result<usize>,
    ) -> Result<(), Error> {
        match self.write(update)? {
            0 => Err(Error::UnknownRun { path: self.path.clone(), run: run.clone() }),
            _ => Ok(()),
        }
    }
}

/// A run, from the columns of `select_run!`.
fn read(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let approval = match (row.get(6)?, row.get(7)?) {
        (Some(reason), Some(at)) => {
            Some(Approval { reason, at, spent_by: columns::optional(row, 8, columns::run_id)? })
        }
        _ => None,
    };
    Ok(RunRow {
        run: NewRun {
            run_id: columns::run_id(row, 0)?,
            mode: row.get(1)?,
            started_at: row.get(2)?,
            inputs: columns::json(row, 3)?,
        },
        guard: row.get(4)?,
        plan: columns::optional(row, 5, columns::fingerprint)?,
        approval,
        finished_at: row.get(9)?,
        exit_code: row.get(10)?,
        summary: columns::optional(row, 11, columns::json)?,
    })
}

/// Deletes the runs that `$condition` picks and that are not still needed.
macro_rules! prune {
    ($condition:literal) => {
        concat!(
            "DELETE FROM run WHERE ",
            $condition,
            " AND run_id NOT IN (SELECT run_id FROM intent)
             AND (approved_at IS NULL OR approval_spent_by IS NOT NULL)
             AND run_id NOT IN (",
            completed!("SELECT run_id FROM run WHERE", "ORDER BY rowid DESC LIMIT 1"),
            ")"
        )
    };
}

impl Batch<'_> {
    /// Forgets all but the newest `keep` runs, with their before-images; how many went. Three kinds stay whatever
    /// their age: the last that carried an export through (else the guard would take the next for a first load),
    /// those with open intents, and those released but not yet spent.
    pub fn prune_runs(&self, keep: usize) -> Result<usize, Error> {
        self.ask(|connection| {
            connection.execute(
                prune!("run_id NOT IN (SELECT run_id FROM run ORDER BY rowid DESC LIMIT ?1)"),
                [i64::try_from(keep).unwrap_or(i64::MAX)],
            )
        })
    }

    /// Forgets the runs that began before `at` (seconds since 1970, UTC), with their before-images, but for those
    /// that [`Batch::prune_runs`] spares; how many went.
    pub fn prune_runs_before(&self, at: i64) -> Result<usize, Error> {
        self.ask(|connection| connection.execute(prune!("started_at < ?1"), [at]))
    }
}

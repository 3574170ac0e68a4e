//! [`RunSummary`]: what a run says of itself, the shape of `summary.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DepartmentName, OutcomeKind, RunId};

/// Version of the shape of `summary.json`.
pub const SCHEMA: u32 = 1;

/// Everything about one run of one department that is not about a single customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The run.
    pub run_id: RunId,
    /// The department.
    pub department: DepartmentName,
    /// The command that ran: `sync`, `diff`, `migrate`, `retry`, `apply`.
    pub mode: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC.
    pub finished_at: String,
    /// How it ended.
    pub exit: Exit,
    /// The files that were read.
    pub inputs: Vec<InputSummary>,
    /// Rows by fate.
    pub rows: RowCounts,
    /// Customers by outcome.
    pub customers: CustomerCounts,
    /// Warnings, as many as lines of `warnings.csv`.
    pub warnings: u64,
    /// What went over the wire.
    pub requests: RequestCounts,
    /// Wall time per phase, in milliseconds.
    pub phases_ms: BTreeMap<String, u64>,
    /// What the guard said.
    pub guard: GuardSummary,
    /// Why customers and rows need work, most frequent first.
    pub causes: Vec<CauseCount>,
}

/// Exit code and its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Of the process, had this department been alone.
    pub code: u8,
    /// Its public name.
    pub name: String,
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputSummary {
    /// As given.
    pub path: String,
    /// Of the bytes on disk, lower-case hexadecimal.
    pub sha256: String,
    /// Records, without the header.
    pub rows: u64,
    /// How the bytes were decoded, e.g. `utf-8`.
    pub encoding: String,
    /// What the profile has columns of consent for and the file has none: its opt-outs are not heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consent_not_there: Vec<String>,
}

/// Rows by fate: `total` is the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RowCounts {
    /// All of them.
    pub total: u64,
    /// Those that count towards a customer.
    pub used: u64,
    /// Malformed ones, and those without a customer key.
    pub rejected: u64,
}

/// Customers by outcome: `total` is the sum of all but `missing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CustomerCounts {
    /// Customers of the export.
    pub total: u64,
    /// See [`OutcomeKind::Unchanged`].
    pub unchanged: u64,
    /// See [`OutcomeKind::Created`].
    pub created: u64,
    /// See [`OutcomeKind::Updated`].
    pub updated: u64,
    /// See [`OutcomeKind::Skipped`].
    pub skipped: u64,
    /// See [`OutcomeKind::Rejected`].
    pub rejected: u64,
    /// See [`OutcomeKind::Failed`].
    pub failed: u64,
    /// See [`OutcomeKind::InDoubt`].
    pub in_doubt: u64,
    /// See [`OutcomeKind::Held`].
    pub held: u64,
    /// See [`OutcomeKind::NotAttempted`].
    pub not_attempted: u64,
    /// In the checkpoint and not in a full export; touched by nothing.
    pub missing: u64,
}

impl CustomerCounts {
    /// Counts `n` more customers that ended as `kind`.
    pub fn add(&mut self, kind: OutcomeKind, n: u64) {
        self.total += n;
        *self.slot(kind) += n;
    }

    /// How many ended as `kind`.
    pub fn of(&self, kind: OutcomeKind) -> u64 {
        let mut copy = *self;
        *copy.slot(kind)
    }

    /// Whether `total` is the sum of the outcomes: nothing was lost on the way.
    pub fn conserve(&self) -> bool {
        self.total == OutcomeKind::ALL.iter().map(|kind| self.of(*kind)).sum::<u64>()
    }

    fn slot(&mut self, kind: OutcomeKind) -> &mut u64 {
        match kind {
            OutcomeKind::Unchanged => &mut self.unchanged,
            OutcomeKind::Created => &mut self.created,
            OutcomeKind::Updated => &mut self.updated,
            OutcomeKind::Skipped => &mut self.skipped,
            OutcomeKind::Rejected => &mut self.rejected,
            OutcomeKind::Failed => &mut self.failed,
            OutcomeKind::InDoubt => &mut self.in_doubt,
            OutcomeKind::Held => &mut self.held,
            OutcomeKind::NotAttempted => &mut self.not_attempted,
        }
    }
}

/// What went over the wire.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RequestCounts {
    /// Attempts, retries included.
    pub total: u64,
    /// By status, or by the kind of network failure.
    pub by_status: BTreeMap<String, u64>,
    /// Attempts after the first.
    pub retries: u64,
    /// Answers 429.
    pub throttled: u64,
    /// Over the push phase; 0 where nothing was sent.
    pub per_second: f64,
}

/// What the guard said of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GuardSummary {
    /// `passed`, `held`, `approved`, `resumed` or `not_judged`.
    pub verdict: String,
    /// Every limit that the plan breaks, as sentences.
    pub breaches: Vec<String>,
    /// Where the plan is held, what mostly lies behind that, likeliest first. For people: `summary.json` has no place for
    /// guesses.
    #[serde(skip)]
    pub likely: Vec<String>,
}

/// One reason why customers need work, and how many of them it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseCount {
    /// The stable code.
    pub code: String,
    /// Customers (rows, for rows without a customer) that it concerns.
    pub customers: u64,
    /// How many of them did not have it on the last run.
    pub new: u64,
}

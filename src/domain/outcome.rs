//! [`Outcome`]: what became of one customer.

use serde::{Deserialize, Serialize};

use super::{CustomerKey, CustomerUuid, Position};

/// How one customer's part of a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// Nothing to do, or merged equals theirs.
    Unchanged,
    /// New at myKaarma.
    Created,
    /// Changed at myKaarma, adopted customers included.
    Updated,
    /// Left alone on purpose.
    Skipped,
    /// Our rules refused it.
    Rejected,
    /// The API or the network refused it.
    Failed,
    /// Sent, answer unknown; or ambiguous.
    InDoubt,
    /// The guard stopped the run before anything was sent.
    Held,
    /// The run stopped before its turn.
    NotAttempted,
}

impl OutcomeKind {
    /// Every kind, in the order of `summary.json`.
    pub const ALL: [Self; 9] = [
        Self::Unchanged,
        Self::Created,
        Self::Updated,
        Self::Skipped,
        Self::Rejected,
        Self::Failed,
        Self::InDoubt,
        Self::Held,
        Self::NotAttempted,
    ];

    /// The kind as `summary.json` and `results.csv` spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Skipped => "skipped",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::InDoubt => "in_doubt",
            Self::Held => "held",
            Self::NotAttempted => "not_attempted",
        }
    }

    /// Whether a person or a later run has work left.
    pub fn needs_work(self) -> bool {
        matches!(self, Self::Rejected | Self::Failed | Self::InDoubt)
    }
}

/// What became of one customer: a line of `results.csv`, and where it needs work, of `errors.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whose.
    pub key: CustomerKey,
    /// How it ended.
    pub kind: OutcomeKind,
    /// The customer's first row.
    pub at: Option<Position>,
    /// myKaarma's identity, where known.
    pub uuid: Option<CustomerUuid>,
    /// Requests that were sent for it, retries and look-ups included.
    pub attempts: u32,
    /// Status of the last answer.
    pub http_status: Option<u16>,
    /// Why, where it is not plain success: the cause's stable code.
    pub cause: Option<Cause>,
    /// Our `X-Request-Id` of the last request.
    pub request_id: Option<String>,
    /// The gateway's own correlation header of the last answer.
    pub correlation_id: Option<String>,
}

impl Outcome {
    /// The outcome of a customer for whom no request was sent.
    pub fn unsent(key: CustomerKey, at: Position, kind: OutcomeKind, cause: Option<Cause>) -> Self {
        Self {
            key,
            kind,
            at: Some(at),
            uuid: None,
            attempts: 0,
            http_status: None,
            cause,
            request_id: None,
            correlation_id: None,
        }
    }
}

/// Where in the line something was refused: the `error_stage` of `errors.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The row could not be read.
    Read,
    /// The row has no customer key.
    Map,
    /// The rows of one key contradict each other.
    Group,
    /// A rule of ours refused the record.
    Validate,
    /// The API, the network or a look-up.
    Push,
}

impl Stage {
    /// As `errors.csv` spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Map => "map",
            Self::Group => "group",
            Self::Validate => "validate",
            Self::Push => "push",
        }
    }
}

/// Why a row or a customer needs work. Quotes no value: its texts may be logged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// Where in the line.
    pub stage: Stage,
    /// Stable code, e.g. `name.missing`, `http.403`, `adopt.mismatch`; several violations are joined by `;`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What a person can do.
    pub tip: String,
}

/// The columns that `errors.csv` puts before those of the row: written by `report`, ignored by `read` and `map`
/// when the file is fed back.
pub const ERROR_COLUMNS: [&str; 11] = [
    "error_stage",
    "error_code",
    "error_class",
    "error_message",
    "error_tip",
    "http_status",
    "attempts",
    "first_seen",
    "times_seen",
    "source_file",
    "source_line",
];

/// Of these, the one that names the export that a row stood in.
pub const SOURCE_FILE: &str = "source_file";

/// The last column of an `errors.csv`, where it has rows that could not be split into the export's own columns.
pub const RAW_COLUMN: &str = "raw";

/// Whether `header` is that of an `errors.csv`.
pub fn is_errors_header(header: &[String]) -> bool {
    header.len() >= ERROR_COLUMNS.len()
        && header.iter().zip(ERROR_COLUMNS).all(|(name, ours)| name.trim() == ours)
}

/// Whether a header that is none of an `errors.csv` has too many of the added columns to be an export's.
pub fn is_broken_errors_header(header: &[String]) -> bool {
    const TELLING: usize = 3;
    let letters = |name: &str| name.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    let ours: Vec<_> = ERROR_COLUMNS.iter().map(|name| letters(name)).collect();
    let found = header.iter().filter(|name| ours.contains(&letters(name))).count();
    found >= TELLING && !is_errors_header(header)
}

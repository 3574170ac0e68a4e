//! The journal: every request that arrived, what it was about and what became of it.
//!
//! Keys and uuids name customers; no other personal value is ever in it. Tests assert on the copy in memory, a
//! person reads the file while the sandbox runs.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::error::SandboxError;

/// Entries kept in memory; older ones are only in the file.
const KEPT: usize = 200_000;

/// One request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct JournalEntry {
    /// Milliseconds from the sandbox's start to the request's arrival.
    pub at_ms: u64,
    /// The HTTP method.
    pub method: String,
    /// The operation: `create`, `update`, `read`, `search`, `listMinimal`, `match`, `linked`, `profile`, or
    /// `unknown` for a path that is none of them.
    pub route: String,
    /// The department of the path.
    pub department: Option<String>,
    /// The customer key of the body, of the customer named by the path, or looked up by `listMinimal`.
    pub customer_key: Option<String>,
    /// The uuid of the path, or the one that a create handed out.
    pub customer_uuid: Option<String>,
    /// The status that was answered; `None` where no answer left.
    pub status: Option<u16>,
    /// Whether the request changed the state.
    pub applied: bool,
    /// The fault that was played, by its name.
    pub fault: Option<String>,
    /// Whether the body kept to the contract; `None` where the operation has none or it was not looked at.
    pub body_valid: Option<bool>,
    /// Codes of the warnings in the answer that the model gave.
    pub warnings: Vec<u32>,
    /// The client's `X-Request-Id`.
    pub request_id: Option<String>,
    /// Our `X-Kong-Request-Id`.
    pub correlation_id: String,
}

/// The journal in memory and, if asked for, on disk.
pub(crate) struct Journal {
    pages: Mutex<Pages>,
}

struct Pages {
    entries: VecDeque<JournalEntry>,
    /// How often each warning was answered, entries that are gone included.
    warned: BTreeMap<u32, u64>,
    file: Option<File>,
}

impl Journal {
    /// Opens the file for appending, creating it with mode 0600.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, SandboxError> {
        let file = path.map(append_to).transpose()?;
        Ok(Self { pages: Mutex::new(Pages { entries: VecDeque::new(), warned: BTreeMap::new(), file }) })
    }

    /// Notes the request. A full disk costs the file, not the sandbox.
    pub(crate) fn note(&self, entry: JournalEntry) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut pages.file {
            let mut line = serde_json::to_vec(&entry).unwrap_or_default();
            line.push(b'\n');
            if let Err(error) = file.write_all(&line) {
                tracing::warn!(%error, "the sandbox's journal file cannot be written; it ends here");
                pages.file = None;
            }
        }
        for code in &entry.warnings {
            *pages.warned.entry(*code).or_default() += 1;
        }
        if pages.entries.len() == KEPT {
            pages.entries.pop_front();
        }
        pages.entries.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<JournalEntry> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).entries.iter().cloned().collect()
    }

    pub(crate) fn warned(&self, code: u32) -> u64 {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.warned.get(&code).copied().unwrap_or_default()
    }

    pub(crate) fn clear(&self) {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).entries.clear();
    }
}

fn append_to(path: &Path) -> Result<File, SandboxError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| SandboxError::Journal { path: path.to_owned(), source })
}

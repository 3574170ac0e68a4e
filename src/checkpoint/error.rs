//! [`CheckpointError`]: what can be wrong with a checkpoint, and what a person does about it.
//!
//! Messages name the file and the remedy, never a stored value. Trouble with the lock has its own type, in `lock`.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Error as Sql, ErrorCode};

use crate::domain::RunId;

/// Why the checkpoint cannot be used. All of them end the run of the department.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// `SQLite`, or we, cannot make sense of what the file holds.
    #[error("checkpoint {} is damaged ({detail}); put a copy back with `dms-sync checkpoint restore FILE`", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found, without any stored value.
        detail: String,
    },
    /// The same, of a copy that is to be put back.
    #[error("copy {} is damaged ({detail}); nothing was changed: choose another copy", .path.display())]
    DamagedCopy {
        /// The file.
        path: PathBuf,
        /// What was found, without any stored value.
        detail: String,
    },
    /// A sound `SQLite` file that this program did not make.
    #[error("{} is a SQLite file of another program; move it away, or give `[checkpoint] dir` a directory of its own", .path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// Ours, but of another department: its uuids would be used against the wrong customers.
    #[error("checkpoint {} belongs to department `{found}`, not to `{wanted}`; give each department its own file back", .path.display())]
    OtherDepartment {
        /// The file.
        path: PathBuf,
        /// Whose it says it is.
        found: String,
        /// Whose it should be.
        wanted: String,
    },
    /// Written by a newer version of this program.
    #[error("checkpoint {} has schema {found}, and this program knows up to {known}; use the newer dms-sync that wrote it", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that we know.
        known: i64,
    },
    /// Written by an older version, and opened for reading alone.
    #[error("checkpoint {} has schema {found}, and reading it takes {known}; run `dms-sync sync` once to migrate it", .path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The schema that we read.
        known: i64,
    },
    /// Another connection holds it for longer than we wait.
    #[error("checkpoint {} is in use by another program; close whatever has it open and run again", .path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Another run holds it.
    #[error("checkpoint {} is held by another run; wait until it is over, or stop it", .path.display())]
    Held {
        /// The file.
        path: PathBuf,
    },
    /// What the run holds was removed, renamed or replaced under it.
    #[error("{} was removed, renamed or replaced while the run was on, and nothing more is sent; {remedy}", .path.display())]
    Gone {
        /// The lock's file, the database or its log.
        path: PathBuf,
        /// What to do about it.
        remedy: &'static str,
    },
    /// No room for what was to be written; nothing of it was.
    #[error("no room left for checkpoint {}; free some disk space and run again: nothing is lost", .path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The file or its directory may not be written.
    #[error("checkpoint {} may not be opened or written; check owner and mode of the file and of its directory", .path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file system cannot share memory between readers and a writer, as network file systems cannot.
    #[error("checkpoint {} is on a file system without write-ahead logging; give `[checkpoint] dir` a local disk", .path.display())]
    NoLog {
        /// The file.
        path: PathBuf,
    },
    /// A run that the checkpoint has never heard of, or has pruned.
    #[error("checkpoint {} knows no run {run}; `dms-sync status` lists those it knows", .path.display())]
    UnknownRun {
        /// The file.
        path: PathBuf,
        /// The run.
        run: RunId,
    },
    /// A backup may not go there, or a restore may not come from there.
    #[error("{} {reason}; name another file", .path.display())]
    BadCopy {
        /// The file that was named.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The file system refused.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried, e.g. `create`.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system would not write or read: a quota, a limit of the file's size, a failing disk.
    #[error("checkpoint {} cannot be written or read ({source}); check room, quota and health of its disk and run again: what was committed is kept", .path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: Sql,
    },
    /// Anything else that `SQLite` refuses: a bug of ours.
    #[error("checkpoint {}: {source}; keep a copy with `dms-sync checkpoint backup FILE`, and report this", .path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: Sql,
    },
    /// No random numbers from the system.
    #[error("cannot create checkpoint {}: the system has no random numbers to give: {source}", .path.display())]
    Random {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: getrandom::Error,
    },
}

impl CheckpointError {
    /// What `SQLite` said about the file at `path`, as something that a person can act on.
    pub(super) fn sql(path: &Path, source: Sql) -> Self {
        let path = path.to_owned();
        match source {
            Sql::FromSqlConversionFailure(_, _, detail) => Self::Corrupt { path, detail: detail.to_string() },
            Sql::InvalidColumnType(_, column, _) => {
                Self::Corrupt { path, detail: format!("column `{column}` has a value of a wrong type") }
            }
            Sql::IntegralValueOutOfRange(..) => {
                Self::Corrupt { path, detail: "it has a number that is out of range".to_owned() }
            }
            source => match source.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    Self::Corrupt { path, detail: source.to_string() }
                }
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
                Some(ErrorCode::DiskFull) => Self::DiskFull { path },
                Some(ErrorCode::SystemIoFailure) => Self::Disk { path, source },
                Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                    Self::ReadOnly { path }
                }
                _ => Self::Sqlite { path, source },
            },
        }
    }

    /// The same trouble, where the file is a copy that is to be put back: no other copy helps a copy.
    pub(super) fn of_a_copy(self) -> Self {
        match self {
            Self::Corrupt { path, detail } => Self::DamagedCopy { path, detail },
            other => other,
        }
    }

    /// The same trouble, where what was found damaged is what `path` holds.
    pub(super) fn blaming(self, damaged: &Path) -> Self {
        match self {
            Self::Corrupt { path: _, detail } => Self::Corrupt { path: damaged.to_owned(), detail },
            other => other,
        }
    }

    /// The file at `path` may not be used as a copy, for this `reason`.
    pub(super) fn bad_copy(path: &Path, reason: impl Into<String>) -> Self {
        Self::BadCopy { path: path.to_owned(), reason: reason.into() }
    }

    /// What the file system said when we tried to `action` the thing at `path`.
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::DiskFull { path }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            _ => Self::Io { action, path, source },
        }
    }
}

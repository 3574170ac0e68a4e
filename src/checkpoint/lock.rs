//! [`Lock`]: one run at a time per department, by a lock of the operating system that dies with its process.
//!
//! The lock is on a file of its own; what that file says is for people, the lock alone decides. The file stays when
//! the run is over: removing it would let two runs lock two files of one name. Where somebody removes it all the same,
//! the database is locked too, and the run stops before its next commit (`held`).

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::files;
use super::held::{Held, Pin};
use crate::domain::{DepartmentName, RunId};

/// Who holds a department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The run.
    pub run_id: RunId,
    /// Its process.
    pub pid: u32,
    /// Since when: seconds since 1970, UTC.
    pub started_at: i64,
    /// What was called, without values that are personal or secret.
    pub command: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run_id, pid, started_at, command } = self;
        write!(f, "run {run_id} (`{command}`, process {pid}")?;
        match jiff::Timestamp::from_second(*started_at) {
            Ok(since) => write!(f, ", since {since})"),
            Err(_) => f.write_str(")"),
        }
    }
}

/// Why a department could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run has it.
    #[error("{} is held by {}; wait until it is over, or stop it", .path.display(),
        .holder.as_ref().map_or_else(|| "another run".to_owned(), Holder::to_string))]
    Held {
        /// The lock's file; or the database, where the holder's lock file was removed.
        path: PathBuf,
        /// Who, where the file says so: the holder may be about to write it.
        holder: Option<Holder>,
    },
    /// A file has the directory's name.
    #[error("{} is a file, and no directory for checkpoints; move it away, or give `[checkpoint] dir` another name", .dir.display())]
    NoDirectory {
        /// The directory that is wanted.
        dir: PathBuf,
    },
    /// The file system refused.
    #[error("cannot lock {}: {source}; check room, owner and mode of the directory, and that it is on a local disk", .path.display())]
    Io {
        /// The lock's file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A department that is ours until this, and every checkpoint that was opened under it, is dropped or the process
/// ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    pub(super) held: Arc<Held>,
    dir: PathBuf,
    department: DepartmentName,
}

impl Lock {
    /// Locks the department, or says at once who has it. Makes the directory (0700) and the file (0600) where they
    /// are missing.
    pub fn acquire(dir: &Path, department: &DepartmentName, holder: &Holder) -> Result<Self, LockError> {
        let path = files::lock(dir, department);
        let refused = |source| LockError::Io { path: path.clone(), source };
        if dir.is_file() {
            return Err(LockError::NoDirectory { dir: dir.to_owned() });
        }
        files::private_dir(dir).map_err(refused)?;
        let held = Held::new(lock_file(&path)?);
        let database = files::database(dir, department);
        // What cannot be opened here is told by who opens it next.
        if database.is_file()
            && let Err(TryLockError::WouldBlock) = held.seize(&database)
        {
            return Err(LockError::Held { path: database, holder: None });
        }
        write_holder(&held.lock.file, holder).map_err(refused)?;
        Ok(Self { held: Arc::new(held), dir: dir.to_owned(), department: department.clone() })
    }

    /// Where the department's files are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What is locked.
    pub fn department(&self) -> &DepartmentName {
        &self.department
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // So that nobody reads of a run that is over. The lock goes with the handle, whatever becomes of this.
        let _ = self.held.lock.file.set_len(0);
    }
}

/// Opens and locks the file at `path`: the one that has that name when it is locked.
fn lock_file(path: &Path) -> Result<Pin, LockError> {
    let refused = |source| LockError::Io { path: path.to_owned(), source };
    loop {
        let mut file = files::private_file(path).map_err(refused)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { path: path.to_owned(), holder: read_holder(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(refused(source)),
        }
        if let Some(pin) = Pin::new(file, path).map_err(refused)? {
            return Ok(pin);
        }
    }
}

/// What the file says of its holder.
fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// Says who holds it, in place of who held it before.
fn write_holder(mut file: &File, holder: &Holder) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(serde_json::to_string(holder)?.as_bytes())
}

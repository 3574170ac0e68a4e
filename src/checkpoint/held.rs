//! [`Held`]: the files that a run counts on while it is on. Locked, and looked at before each commit: a file that was
//! removed, renamed or replaced is no lock any more, and what is written to it is lost.
//!
//! `lock` takes them, `connection` looks, for every statement that writes and every batch. The database is locked beside the lock's own file, so that who
//! removes that one lets nobody in.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::error::CheckpointError as Error;
use super::files;

/// What to do where the lock's file is gone.
const LOCK_GONE: &str = "leave the files of this directory alone while a run is on, and run again";

/// What to do where the database, or its log, is gone.
const DATABASE_GONE: &str =
    "put it back as it was, or a copy with `dms-sync checkpoint restore FILE`, and run again";

/// An open file, and the name that has to lead to it.
#[derive(Debug)]
pub(super) struct Pin {
    pub(super) file: File,
    path: PathBuf,
}

impl Pin {
    /// Pins what was opened as `path`; `None` where that leads to something else by now.
    pub(super) fn new(file: File, path: &Path) -> io::Result<Option<Self>> {
        // Of a working directory that is renamed, a relative name would go on telling of the same file.
        let path = std::path::absolute(path)?;
        Ok(files::leads_to(&path, &file)?.then_some(Self { file, path }))
    }

    fn verify(&self, remedy: &'static str) -> Result<(), Error> {
        let path = &self.path;
        match files::leads_to(path, &self.file) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::Gone { path: path.clone(), remedy }),
            Err(error) => Err(Error::io("look at", path, error)),
        }
    }
}

/// What one run holds. Shared by its [`Lock`](super::Lock) and its connections: the last of them lets go, so that no
/// handle on the database is closed while `SQLite` has its own locks on it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) lock: Pin,
    database: OnceLock<Pin>,
}

impl Held {
    /// The lock's file alone: there may be no database yet.
    pub(super) fn new(lock: Pin) -> Self {
        Self { lock, database: OnceLock::new() }
    }

    /// Whether the database is held.
    pub(super) fn has_database(&self) -> bool {
        self.database.get().is_some()
    }

    /// Holds the database at `path` too; once is enough. No connection to it may be open in this process.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] where another run holds it.
    pub(super) fn seize(&self, path: &Path) -> Result<(), TryLockError> {
        while !self.has_database() {
            let file = File::open(path).map_err(TryLockError::Error)?;
            try_lock(&file)?;
            if let Some(pin) = Pin::new(file, path).map_err(TryLockError::Error)? {
                let _ = self.database.set(pin);
            }
        }
        Ok(())
    }

    /// Whether all of it is still what it was, and where it was. It costs a system call or two for each file.
    ///
    /// # Errors
    /// [`Error::Gone`] names the first that is not.
    pub(super) fn verify(&self) -> Result<(), Error> {
        self.lock.verify(LOCK_GONE)?;
        self.database.get().map_or(Ok(()), |database| database.verify(DATABASE_GONE))
    }
}

/// `flock`, which on Linux is apart from the `fcntl` locks of `SQLite`. Elsewhere they may be the same ones, and would
/// keep our own connections out: there, what is held is looked at, and not locked.
#[cfg(target_os = "linux")]
fn try_lock(database: &File) -> Result<(), TryLockError> {
    database.try_lock()
}

#[cfg(not(target_os = "linux"))]
fn try_lock(_database: &File) -> Result<(), TryLockError> {
    Ok(())
}

/// What a connection of a run sees to before it commits.
#[derive(Debug)]
pub(super) struct Watch {
    held: Arc<Held>,
    /// The write-ahead log, which stays in place while the connection is open.
    log: Option<Pin>,
}

impl Watch {
    /// Watches what is held, and the log of the database at `path`, to which a connection is open.
    pub(super) fn over(held: &Arc<Held>, path: &Path) -> Result<Self, Error> {
        let log = files::beside(path, "-wal");
        let pin = match File::open(&log) {
            Ok(file) => Pin::new(file, &log),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        let log = pin.map_err(|error| Error::io("open", &log, error))?;
        Ok(Self { held: Arc::clone(held), log })
    }

    /// Whether all of it is still there; see [`Held::verify`].
    pub(super) fn verify(&self) -> Result<(), Error> {
        self.held.verify()?;
        self.log.as_ref().map_or(Ok(()), |log| log.verify(DATABASE_GONE))
    }
}

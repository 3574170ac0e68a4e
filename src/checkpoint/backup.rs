//! Copies of a checkpoint, out and back in, each verified before it takes its name.
//!
//! A copy is one plain file without a log, with a [`digest`] of what it says. It is as personal as the checkpoint, forgotten customers included that
//! were there when it was made; where it lies, and for how long, is its owner's business.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::connection::{self, Checkpoint};
use super::digest::{self, Sealed};
use super::drafts::{self, BackupDraft};
use super::error::CheckpointError as Error;
use super::files;
use super::lock::Lock;
use super::memory::{Carried, Memory, Unsent};
use super::sound;
use crate::domain::DepartmentName;

/// What a restore did.
#[derive(Debug)]
pub struct Restored {
    /// Where the replaced checkpoint is now; `None` where there was none.
    pub replaced: Option<PathBuf>,
    /// What became of its opt-outs and forgotten customers.
    pub carried: Carried,
    /// What became of the opt-outs that it had still to send.
    pub unsent: Unsent,
}

impl Checkpoint {
    /// Writes a consistent copy to `path` (0600), also while another connection writes. Every value in it is read before
    /// it takes the place of an earlier copy of this checkpoint; nothing else is replaced. Drafts that killed backups of
    /// the department have left beside `path` are removed.
    ///
    /// # Errors
    /// [`CheckpointError::BadCopy`](Error::BadCopy) where `path` is anything else; damage of the checkpoint.
    pub fn backup_to(&self, path: &Path) -> Result<(), Error> {
        let department = self.department()?;
        self.may_replace(path, &department)?;
        let dir = files::parent(path);
        let refused = |error| Error::io("create", path, error);
        let draft = BackupDraft::new(dir, &department).map_err(refused)?;
        self.copy_sealed(&draft.path, path).map_err(|error| error.blaming(&self.path))?;
        // Through another connection: from the file, not from the writer's memory.
        let copy = connection::read(&draft.path).map_err(|error| error.blaming(path))?;
        if verify(&copy, &draft.path).map_err(|error| error.blaming(path))? != Sealed::Whole {
            return Err(Error::bad_copy(path, "does not hold what was just written to it"));
        }
        drop(copy);
        let BackupDraft { path: draft, .. } = draft;
        draft.persist(path).map_err(|error| refused(error.error))?;
        files::sync_dir(dir).map_err(refused)
    }

    /// Puts the copy `from` in the place of the locked department's checkpoint. The replaced one goes beside it, as
    /// `<department>.sqlite.replaced`, in the place of one that was replaced before; its opt-outs and forgotten customers
    /// are carried over where it can be read, also opt-outs that were still to be sent. The copy is marked
    /// ([`Checkpoint::is_restored`]) before it takes its place. A copy without a digest, which no backup has made, is read
    /// value by value instead.
    ///
    /// # Errors
    /// A copy that is damaged, another program's, another department's or newer than this program changes nothing.
    pub fn restore(lock: &Lock, from: &Path) -> Result<Restored, Error> {
        let path = files::database(lock.dir(), lock.department());
        may_be_restored(from, &path)?;
        let source = identified(from, lock.department()).map_err(Error::of_a_copy)?;
        let draft = drafts::own_draft(lock.dir(), lock.department())
            .map_err(|error| Error::io("create", &path, error))?;
        let mut copy =
            copy_verified(&source, &draft, from).map_err(|error| error.blaming(from).of_a_copy())?;
        let (carried, unsent) = carry(Memory::of(&path, lock.department()), &mut copy)?;
        copy.connection.close().map_err(|(_, error)| Error::sql(&draft, error))?;
        let replaced = put_aside(&path).map_err(|error| Error::io("put aside", &path, error))?;
        draft.persist(&path).map_err(|error| Error::io("create", &path, error.error))?;
        files::sync_dir(lock.dir()).map_err(|error| Error::io("create", &path, error))?;
        Ok(Restored { replaced, carried, unsent })
    }

    /// What the file and its log take on disk, in bytes.
    pub fn size_bytes(&self) -> Result<u64, Error> {
        let log = files::beside(&self.path, "-wal");
        [&self.path, &log].into_iter().try_fold(0, |sum, path| {
            let length = files::length(path).map_err(|error| Error::io("look at", path, error))?;
            Ok(sum + length.unwrap_or(0))
        })
    }

    /// Copies into the empty file at `draft`, without a log, reads every value of it, and seals it. Messages name `path`.
    fn copy_sealed(&self, draft: &Path, path: &Path) -> Result<(), Error> {
        let sql = |error| Error::sql(path, error);
        let copy = copy(&self.connection, draft, path)?;
        sound::structure(&copy, path)?;
        let copy = Self::finish(copy, path.to_owned())?;
        copy.read_all()?;
        digest::seal(&copy.connection).map_err(sql)?;
        copy.connection.close().map_err(|(_, error)| sql(error))
    }

    /// Whether a copy of this checkpoint may be written to `path`: it is free, or holds an earlier copy of the same.
    fn may_replace(&self, path: &Path, department: &DepartmentName) -> Result<(), Error> {
        let refused = |reason: &str| Err(Error::bad_copy(path, reason));
        let in_state = files::is_same(files::parent(path), files::parent(&self.path));
        if files::is_same(path, &self.path) {
            return refused("is the checkpoint itself");
        }
        if in_state && path.file_name().is_some_and(files::is_reserved) {
            return refused("has a name that dms-sync itself uses in `[checkpoint] dir`");
        }
        match fs::metadata(path) {
            Err(_) => Ok(()),
            Ok(metadata) if metadata.is_dir() => refused("is a directory"),
            Ok(metadata) if !metadata.is_file() => refused("is no file"),
            Ok(_) if files::beside(path, "-wal").exists() => refused("is a checkpoint in use"),
            Ok(_) => self.is_earlier_copy(path, department).and_then(|reason| reason.map_or(Ok(()), refused)),
        }
    }

    /// Why the file at `path` is no earlier copy of this checkpoint; `None` where it is one.
    fn is_earlier_copy(
        &self,
        path: &Path,
        department: &DepartmentName,
    ) -> Result<Option<&'static str>, Error> {
        let no_copy = Ok(Some("is there already, and is no whole copy that `checkpoint backup` made"));
        let Ok(found) = connection::read_unchanging(path) else { return no_copy };
        match connection::identify(&found, path, department) {
            Err(Error::OtherDepartment { found, .. }) => {
                return Err(Error::bad_copy(path, format!("is of department `{found}`")));
            }
            Err(Error::Newer { .. }) => return Ok(Some("is a copy that a newer dms-sync made")),
            Err(_) => return no_copy,
            Ok(_) => {}
        }
        match (digest::is_sealed(&found), Self::finish(found, path.to_owned())) {
            (Ok(true), Ok(copy)) if copy.hash == self.hash => Ok(None),
            (Ok(true), Ok(_)) => Ok(Some(
                "is a copy of an earlier checkpoint of this department, and may be all that is left of it",
            )),
            _ => no_copy,
        }
    }

    /// Whose it is.
    fn department(&self) -> Result<DepartmentName, Error> {
        let name: String = self.ask(|connection| {
            connection.query_row("SELECT value FROM meta WHERE name = 'department'", [], |row| row.get(0))
        })?;
        let detail = || "its department has no name".to_owned();
        DepartmentName::parse(&name)
            .ok_or_else(|| Error::Corrupt { path: self.path.clone(), detail: detail() })
    }
}

/// Whether `from` can be a copy at all.
fn may_be_restored(from: &Path, checkpoint: &Path) -> Result<(), Error> {
    let metadata = fs::metadata(from).map_err(|error| Error::io("read", from, error))?;
    let refused = |reason| Err(Error::bad_copy(from, reason));
    match () {
        () if files::is_same(from, checkpoint) => refused("is the checkpoint itself"),
        () if metadata.is_dir() => refused("is a directory"),
        () if !metadata.is_file() => refused("is no file"),
        () => Ok(()),
    }
}

/// Opens the copy at `from`, where it is the department's.
fn identified(from: &Path, department: &DepartmentName) -> Result<Connection, Error> {
    connection::exists(from)?;
    let source = connection::read(from)?;
    connection::identify(&source, from, department)?;
    sound::length(&source, from)?;
    Ok(source)
}

/// Copies `source` into the empty file at `draft` and opens that, verified; messages name `path`.
fn copy_verified(source: &Connection, draft: &Path, path: &Path) -> Result<Checkpoint, Error> {
    let copied = copy(source, draft, path)?;
    let sealed = verify(&copied, draft)?;
    copied.close().map_err(|(_, error)| Error::sql(path, error))?;
    let copy = connection::open_copy(draft)?;
    match sealed {
        Sealed::Whole => digest::remove(&copy.connection).map_err(|error| Error::sql(path, error))?,
        Sealed::Not => copy.read_all()?,
        Sealed::Broken => {
            let detail = "it does not hold what was written to it".to_owned();
            return Err(Error::Corrupt { path: path.to_owned(), detail });
        }
    }
    Ok(copy)
}

/// The whole check of the copy at `path`, which `connection` reads; what its digest says.
fn verify(connection: &Connection, path: &Path) -> Result<Sealed, Error> {
    sound::length(connection, path)?;
    sound::structure(connection, path)?;
    digest::check(connection).map_err(|error| Error::sql(path, error))
}

/// Adds to the copy what the replaced checkpoint remembers, and marks it.
fn carry(memory: Result<Option<Memory>, Error>, copy: &mut Checkpoint) -> Result<(Carried, Unsent), Error> {
    let carried = match memory {
        Ok(Some(memory)) => (memory.carry(copy)?, memory.owe(copy)?),
        Ok(None) => (Carried::Nothing, Unsent::default()),
        Err(error) => (Carried::Unreadable(error), Unsent::default()),
    };
    copy.mark_restored()?;
    Ok(carried)
}

/// Copies `source` into the empty file at `draft`, without a log; messages name `path`.
fn copy(source: &Connection, draft: &Path, path: &Path) -> Result<Connection, Error> {
    let mut target = connection::connect(draft)?;
    copy_pages(source, &mut target, path)?;
    target
        .pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0))
        .map_err(|error| Error::sql(path, error))?;
    Ok(target)
}

/// All pages in one step: one moment of the source, whatever is written to it meanwhile.
fn copy_pages(source: &Connection, target: &mut Connection, path: &Path) -> Result<(), Error> {
    let sql = |error| Error::sql(path, error);
    let backup = Backup::new(source, target).map_err(sql)?;
    for _ in 0..100 {
        match backup.step(-1).map_err(sql)? {
            StepResult::Done => return Ok(()),
            _ => std::thread::sleep(Duration::from_millis(50)),
        }
    }
    Err(Error::Busy { path: path.to_owned() })
}

/// Renames the database, damaged or not, and its log; the new name. No log may stay: `SQLite` would replay it into the
/// file that comes next.
fn put_aside(path: &Path) -> std::io::Result<Option<PathBuf>> {
    let replaced = files::beside(path, ".replaced");
    files::remove_siblings(&replaced)?;
    let is_there = path.exists();
    if is_there {
        fs::rename(path, &replaced)?;
        let log = files::beside(path, "-wal");
        if files::length(&log)?.is_some_and(|bytes| bytes > 0) {
            fs::rename(log, files::beside(&replaced, "-wal"))?;
        }
    }
    files::remove_siblings(path)?;
    Ok(is_there.then_some(replaced))
}

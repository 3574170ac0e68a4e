//! Copies of a checkpoint, out and back in, each verified before it takes its name; and the file's own health.
//!
//! A copy is one plain file without a log. It is as personal as the checkpoint, forgotten customers included that
//! were there when it was made; where it lies, and for how long, is its owner's business.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::connection::{self, Checkpoint};
use super::error::CheckpointError as Error;
use super::files;
use super::lock::Lock;
use super::memory::{Carried, Memory};
use super::schema::APPLICATION_ID;

/// What a restore did.
#[derive(Debug)]
pub struct Restored {
    /// Where the replaced checkpoint is now; `None` where there was none.
    pub replaced: Option<PathBuf>,
    /// What became of its opt-outs and forgotten customers.
    pub carried: Carried,
}

impl Checkpoint {
    /// Writes a consistent copy to `path` (0600), also while another connection writes. An earlier copy there is
    /// replaced once the new one is verified; any other file is refused.
    pub fn backup_to(&self, path: &Path) -> Result<(), Error> {
        may_replace(path, &self.path)?;
        let dir = files::parent(path);
        let draft = files::draft(dir).map_err(|error| Error::io("create", path, error))?;
        copy(&self.connection, &draft, path)?;
        draft.persist(path).map_err(|error| Error::io("create", path, error.error))?;
        files::sync_dir(dir).map_err(|error| Error::io("create", path, error))
    }

    /// Puts the copy `from` in the place of the locked department's checkpoint. The replaced one goes beside it, as
    /// `<department>.sqlite.replaced`, in the place of one that was replaced before; its opt-outs and forgotten customers
    /// are carried over where it can be read. It is marked ([`Checkpoint::is_restored`]) before it takes its place. An
    /// older schema is migrated when it is next opened.
    ///
    /// # Errors
    /// A copy that is damaged, another program's, another department's or newer than this program changes nothing.
    pub fn restore(lock: &Lock, from: &Path) -> Result<Restored, Error> {
        let path = files::database(lock.dir(), lock.department());
        if is_same(from, &path) {
            return Err(Error::BadCopy { path: from.to_owned(), reason: "is the checkpoint itself" });
        }
        fs::metadata(from).map_err(|error| Error::io("read", from, error))?;
        let source = connection::read(from)?;
        connection::identify(&source, from, lock.department())?;
        let draft = files::own_draft(lock.dir(), lock.department())
            .map_err(|error| Error::io("create", &path, error))?;
        copy(&source, &draft, from)?;
        let carried = carry(Memory::of(&path, lock.department()), &draft)?;
        let replaced = put_aside(&path).map_err(|error| Error::io("put aside", &path, error))?;
        draft.persist(&path).map_err(|error| Error::io("create", &path, error.error))?;
        files::sync_dir(lock.dir()).map_err(|error| Error::io("create", &path, error))?;
        Ok(Restored { replaced, carried })
    }

    /// Reads the whole file and compares its parts with each other: seconds for a large one.
    pub fn integrity_check(&self) -> Result<(), Error> {
        verify(&self.connection, &self.path)
    }

    /// What the file and its log take on disk, in bytes.
    pub fn size_bytes(&self) -> Result<u64, Error> {
        let log = files::beside(&self.path, "-wal");
        [&self.path, &log].into_iter().try_fold(0, |sum, path| {
            let length = files::length(path).map_err(|error| Error::io("look at", path, error))?;
            Ok(sum + length.unwrap_or(0))
        })
    }
}

/// Adds to the copy at `draft` what the replaced checkpoint remembers, marks it, and starts its log.
fn carry(memory: Result<Option<Memory>, Error>, draft: &Path) -> Result<Carried, Error> {
    let mut copy = connection::open_copy(draft)?;
    let carried = match memory {
        Ok(Some(memory)) => memory.carry(&mut copy)?,
        Ok(None) => Carried::Nothing,
        Err(error) => Carried::Unreadable(error),
    };
    copy.mark_restored()?;
    copy.connection.close().map_err(|(_, error)| Error::sql(draft, error))?;
    Ok(carried)
}

/// Copies `source` into the empty file at `draft`, without a log, and verifies it; messages name `path`.
fn copy(source: &Connection, draft: &Path, path: &Path) -> Result<(), Error> {
    let sql = |error| Error::sql(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(draft, flags).map_err(sql)?;
    copy_pages(source, &mut target, path)?;
    target
        .pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0))
        .map_err(sql)?;
    verify(&target, path)?;
    target.close().map_err(|(_, error)| sql(error))
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

/// `SQLite`'s full check of a file, and of what its rows say of each other.
fn verify(connection: &Connection, path: &Path) -> Result<(), Error> {
    let sql = |error| Error::sql(path, error);
    let corrupt = |detail: String| Error::Corrupt { path: path.to_owned(), detail };
    let found: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(sql)?;
    if found != "ok" {
        return Err(corrupt(found));
    }
    let orphaned = connection.prepare("PRAGMA foreign_key_check").and_then(|mut check| check.exists([]));
    if orphaned.map_err(sql)? {
        return Err(corrupt("a before-image belongs to no run".to_owned()));
    }
    Ok(())
}

/// Whether a copy may be written to `path`: it is free, or holds an earlier copy.
fn may_replace(path: &Path, checkpoint: &Path) -> Result<(), Error> {
    let refused = |reason| Err(Error::BadCopy { path: path.to_owned(), reason });
    match fs::metadata(path) {
        Err(_) => Ok(()),
        Ok(_) if is_same(path, checkpoint) => refused("is the checkpoint itself"),
        Ok(metadata) if !metadata.is_file() => refused("is no file"),
        Ok(_) if files::beside(path, "-wal").exists() => refused("is a checkpoint in use"),
        Ok(_) => match application_of(path) {
            Ok(APPLICATION_ID) => Ok(()),
            _ => refused("is there already, and is no copy of a checkpoint"),
        },
    }
}

/// Whose `SQLite` file it is.
fn application_of(path: &Path) -> Result<i32, Error> {
    let connection = connection::read_unchanging(path)?;
    connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|error| Error::sql(path, error))
}

/// Whether both names lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
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

//! [`Checkpoint`]: opening the file, the settings that every connection gets, and the one way to ask it something and to
//! have it write something.
//!
//! A new file is made under another name and takes its own only when it is whole, so that an empty or half-made
//! file is always damage and never a beginning. What the tables hold is in the subjects' files.

use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::digest;
use super::drafts;
use super::error::CheckpointError as Error;
use super::files;
use super::held::Watch;
use super::keyed_hash::KeyedHash;
use super::lock::Lock;
use super::schema::{self, APPLICATION_ID, MIGRATIONS};
use crate::domain::DepartmentName;

/// How long we wait for another connection before we call the file busy. Runs do not meet here, they meet at the lock:
/// it is another program that has the file.
const PATIENCE: Duration = Duration::from_secs(5);

/// The smallest page, and so the smallest file, that `SQLite` makes, in bytes.
const SMALLEST: u64 = 512;

/// What of a path is escaped in `SQLite`'s `file:` addresses.
const IN_A_URI: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/');

/// One department's checkpoint, open. `Send`, not `Sync`: it belongs to one thread at a time.
#[derive(Debug)]
pub struct Checkpoint {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) hash: KeyedHash,
    /// Of a run: what has to stay in place. Behind the connection, so that it is dropped after it.
    pub(super) watch: Option<Watch>,
}

impl Checkpoint {
    /// Opens the checkpoint of a run, as [`Checkpoint::open`] does, and holds it for as long as the lock: nothing is
    /// committed any more once the lock's file, the database or its log was removed, renamed or replaced.
    ///
    /// # Errors
    /// [`CheckpointError::Held`](Error::Held) where another run holds the file, [`CheckpointError::Gone`](Error::Gone)
    /// where this run held one that is not there any more: it is not made anew.
    pub fn open_under(lock: &Lock) -> Result<Self, Error> {
        let (dir, department) = (lock.dir(), lock.department());
        let path = files::database(dir, department);
        lock.held.verify()?;
        if lock.held.has_database() {
            drafts::remove_own_drafts(dir, department);
            // One that is cut short is damage, and told as such.
            exists(&path)?;
        } else {
            make(dir, department, &path)?;
            lock.held.seize(&path).map_err(|error| match error {
                TryLockError::WouldBlock => Error::Held { path: path.clone() },
                TryLockError::Error(error) => Error::io("lock", &path, error),
            })?;
        }
        let checkpoint = Self::open_made(path, department)?;
        let watch = Watch::over(&lock.held, &checkpoint.path)?;
        watch.verify()?;
        Ok(Self { watch: Some(watch), ..checkpoint })
    }

    /// Opens `<dir>/<department>.sqlite` for writing; makes it (0600) and the directory (0700) where they are
    /// missing, and brings an older schema up to ours. The caller sees to it that no run is on: a run has
    /// [`Checkpoint::open_under`].
    pub fn open(dir: &Path, department: &DepartmentName) -> Result<Self, Error> {
        let path = files::database(dir, department);
        make(dir, department, &path)?;
        Self::open_made(path, department)
    }

    /// Opens the file, which is there.
    fn open_made(path: PathBuf, department: &DepartmentName) -> Result<Self, Error> {
        let connection = connect(&path)?;
        identify(&connection, &path, department)?;
        files::tighten(&path).map_err(|error| Error::io("make private", &path, error))?;
        let mut connection = prepare_writer(connection, &path)?;
        migrate(&mut connection, &path)?;
        // Of a copy that was put here by hand. From now on it says something else.
        digest::remove(&connection).map_err(|error| Error::sql(&path, error))?;
        Self::finish(connection, path)
    }

    /// Opens an existing checkpoint for reading, also while a run is writing it; `None` where there is none.
    ///
    /// Makes no file that stays, and changes nothing in this one: `SQLite`'s own `-wal` and `-shm` stand beside it
    /// while it is open. They are the price of being told of a writer that starts meanwhile; where the directory
    /// cannot be written (a mounted backup), the file is read as one that nobody changes.
    ///
    /// # Errors
    /// An older schema is [`CheckpointError::Older`](Error::Older): only a run migrates.
    pub fn open_existing_read_only(dir: &Path, department: &DepartmentName) -> Result<Option<Self>, Error> {
        let path = files::database(dir, department);
        if !exists(&path)? {
            return Ok(None);
        }
        let connection = read(&path)?;
        let found = identify(&connection, &path, department)?;
        let known = schema::newest(MIGRATIONS);
        if found < known {
            return Err(Error::Older { path, found, known });
        }
        Self::finish(connection, path).map(Some)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `question`, which changes nothing, and gives `SQLite`'s refusals the file's name.
    pub(super) fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        question(&self.connection).map_err(|error| Error::sql(&self.path, error))
    }

    /// Runs one statement that writes; durable when this returns. Several that belong together are a
    /// [`batch`](Self::batch).
    ///
    /// # Errors
    /// [`CheckpointError::Gone`](Error::Gone) as of a batch.
    pub(super) fn write<T>(
        &self,
        statement: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        self.verify_held()?;
        self.ask(statement)
    }

    /// Whether all that a run counts on is in its place: asked before anything is written, by every way there is.
    ///
    /// # Errors
    /// [`CheckpointError::Gone`](Error::Gone) where it is not.
    pub(super) fn verify_held(&self) -> Result<(), Error> {
        self.watch.as_ref().map_or(Ok(()), Watch::verify)
    }

    /// Takes the file's key: the last step of every opening.
    pub(super) fn finish(connection: Connection, path: PathBuf) -> Result<Self, Error> {
        let key = connection
            .query_row("SELECT value FROM meta WHERE name = 'hash_key'", [], |row| {
                Ok(row.get_ref(0)?.as_blob().ok().and_then(KeyedHash::from_bytes))
            })
            .optional()
            .map_err(|error| Error::sql(&path, error))?;
        let Some(hash) = key.flatten() else {
            return Err(Error::Corrupt { path, detail: "its hash key is missing".to_owned() });
        };
        Ok(Self { connection, path, hash, watch: None })
    }
}

/// Whether there is a file.
///
/// # Errors
/// A file too short for `SQLite` is damage: ours never are, and `SQLite` would take it for an empty one.
pub(super) fn exists(path: &Path) -> Result<bool, Error> {
    match files::length(path).map_err(|error| Error::io("look at", path, error))? {
        None => Ok(false),
        Some(0) => Err(Error::Corrupt { path: path.to_owned(), detail: "the file is empty".to_owned() }),
        Some(..SMALLEST) => {
            Err(Error::Corrupt { path: path.to_owned(), detail: "the file is cut short".to_owned() })
        }
        Some(_) => Ok(true),
    }
}

/// Makes an empty checkpoint where there is none, and clears away what a killed process left of one.
fn make(dir: &Path, department: &DepartmentName, path: &Path) -> Result<(), Error> {
    drafts::remove_own_drafts(dir, department);
    if exists(path)? { Ok(()) } else { create(dir, department, path) }
}

/// Makes an empty checkpoint. Where somebody else makes it at the same time, theirs stays.
fn create(dir: &Path, department: &DepartmentName, path: &Path) -> Result<(), Error> {
    files::private_dir(dir).map_err(|error| Error::io("create", dir, error))?;
    files::remove_siblings(path).map_err(|error| Error::io("clear the way for", path, error))?;
    let draft = drafts::own_draft(dir, department).map_err(|error| Error::io("create", path, error))?;
    let key = KeyedHash::random().map_err(|source| Error::Random { path: path.to_owned(), source })?;
    let connection = prepare_writer(connect(&draft)?, path)?;
    fill(connection, department, key).map_err(|error| Error::sql(path, error))?;
    match draft.persist_noclobber(path) {
        Err(taken) if taken.error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Error::io("create", path, taken.error))
        }
        _ => files::sync_dir(dir).map_err(|error| Error::io("create", path, error)),
    }
}

/// Writes the tables and what `meta` always has.
fn fill(mut connection: Connection, department: &DepartmentName, key: KeyedHash) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    schema::migrate(&mut connection, MIGRATIONS).map_err(|(_, error)| error)?;
    connection.execute(
        "INSERT INTO meta (name, value) VALUES ('department', ?1), ('hash_key', ?2)",
        params![department.as_str(), key.to_bytes()],
    )?;
    connection.close().map_err(|(_, error)| error)
}

/// Applies missing migrations, and names the one that failed.
fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    schema::migrate(connection, MIGRATIONS).map_err(|(name, error)| match Error::sql(path, error) {
        Error::Corrupt { path, detail } => {
            Error::Corrupt { path, detail: format!("migration `{name}`: {detail}") }
        }
        other => other,
    })
}

/// Opens the file at `path`, which exists.
fn open_with(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    // No SQL in a damaged or planted schema may do more than ours does; damage shows where it is met.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // Sorting spills customers; not to a directory of everybody's.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Opens a copy, which has no log, brings an older schema up to ours, and turns it into a file that readers and a writer
/// can share from the first.
pub(super) fn open_copy(path: &Path) -> Result<Checkpoint, Error> {
    let mut connection = prepare_writer(connect(path)?, path)?;
    migrate(&mut connection, path)?;
    Checkpoint::finish(connection, path.to_owned())
}

/// A connection that may write.
pub(super) fn connect(path: &Path) -> Result<Connection, Error> {
    open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| Error::sql(path, error))
}

/// A connection that reads: beside a writer, or of a file whose directory cannot be written.
pub(super) fn read(path: &Path) -> Result<Connection, Error> {
    let attempt = open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
        connection.pragma_update(None, "query_only", true)?;
        schema::version(&connection).map(|_| connection)
    });
    match attempt.map_err(|error| Error::sql(path, error)) {
        Err(Error::ReadOnly { .. }) => read_unchanging(path),
        other => other,
    }
}

/// Reads a file that is about to be put aside, and leaves its log as it is: what is in it is not the reader's to judge.
pub(super) fn read_untouched(path: &Path) -> Result<Connection, Error> {
    let connection = read(path)?;
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(|error| Error::sql(path, error))?;
    Ok(connection)
}

/// Reads a file that nobody is writing: without the `-wal` and `-shm` that could not be made.
///
/// # Errors
/// [`Error::ReadOnly`] where a write-ahead log stands beside it: without it, the file would be read as it once was.
pub(super) fn read_unchanging(path: &Path) -> Result<Connection, Error> {
    let log = files::beside(path, "-wal");
    if files::length(&log).map_err(|error| Error::io("look at", &log, error))?.is_some_and(|bytes| bytes > 0)
    {
        return Err(Error::ReadOnly { path: path.to_owned() });
    }
    let absolute = std::path::absolute(path).map_err(|error| Error::io("find", path, error))?;
    let name = percent_encoding::percent_encode(absolute.as_os_str().as_encoded_bytes(), IN_A_URI);
    let uri = PathBuf::from(format!("file:{name}?immutable=1"));
    open_with(&uri, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
        .and_then(|connection| schema::version(&connection).map(|_| connection))
        .map_err(|error| Error::sql(path, error))
}

/// Settings of a connection that writes. Those that a file keeps (WAL) are set again at no cost.
fn prepare_writer(connection: Connection, path: &Path) -> Result<Connection, Error> {
    match settings_of_a_writer(&connection).map_err(|error| Error::sql(path, error))?.as_str() {
        "wal" => Ok(connection),
        _ => Err(Error::NoLog { path: path.to_owned() }),
    }
}

/// Applies the settings; the journal mode that came of it.
fn settings_of_a_writer(connection: &Connection) -> rusqlite::Result<String> {
    // What was committed survives a power cut: that is what an intent is for.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten: customers can be forgotten.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
}

/// Whether it is a checkpoint that we can work with; its schema.
///
/// # Errors
/// [`Error::NotOurs`], [`Error::Newer`], and damage.
pub(super) fn identify(
    connection: &Connection,
    path: &Path,
    department: &DepartmentName,
) -> Result<i64, Error> {
    let sql = |error| Error::sql(path, error);
    let application: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(sql)?;
    if application != APPLICATION_ID {
        return Err(Error::NotOurs { path: path.to_owned() });
    }
    let (found, known) = (schema::version(connection).map_err(sql)?, schema::newest(MIGRATIONS));
    if found > known {
        return Err(Error::Newer { path: path.to_owned(), found, known });
    }
    belongs(connection, path, department)?;
    Ok(found)
}

/// Whether the file is the department's own.
fn belongs(connection: &Connection, path: &Path, department: &DepartmentName) -> Result<(), Error> {
    let found: Option<String> = connection
        .query_row("SELECT value FROM meta WHERE name = 'department'", [], |row| row.get(0))
        .optional()
        .map_err(|error| Error::sql(path, error))?;
    match found {
        Some(found) if found == department.as_str() => Ok(()),
        Some(found) => {
            let wanted = department.as_str().to_owned();
            Err(Error::OtherDepartment { path: path.to_owned(), found, wanted })
        }
        None => Err(Error::Corrupt { path: path.to_owned(), detail: "its department is missing".to_owned() }),
    }
}

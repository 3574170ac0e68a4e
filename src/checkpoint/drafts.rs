//! Drafts: files that are written under another name, and take their own only when they are whole. What a killed process
//! leaves of one is personal, and goes with the next of its kind.
//!
//! The department's own drafts are made under its lock. Those of a backup, in a directory of anybody's, are locked
//! one by one while they are written, so that a backup clears away those that nobody is writing.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use tempfile::TempPath;

use super::files;
use crate::domain::DepartmentName;

/// How a draft's name ends.
const DRAFT: &str = ".new";

/// Letters and digits before that, which make it the only one of its name.
const RANDOM: usize = 6;

/// A draft of a backup. Its file is locked until this is dropped.
#[derive(Debug)]
pub(super) struct BackupDraft {
    /// Behind the path, so that it is let go when the name is taken or gone.
    pub(super) path: TempPath,
    _locked: File,
}

impl BackupDraft {
    /// An empty file in `dir`, ours alone and gone unless it is given its final name. What killed backups of the
    /// department have left there is removed.
    pub(super) fn new(dir: &Path, department: &DepartmentName) -> io::Result<Self> {
        let prefix = backup_prefix(department);
        remove(dir, &prefix, is_abandoned);
        loop {
            let (file, path) = draft_named(dir, &prefix)?.into_parts();
            lock(&file)?;
            // Another backup may have met it before it was locked, and taken it for abandoned.
            if files::leads_to(&path, &file)? {
                return Ok(Self { path, _locked: file });
            }
        }
    }
}

/// An empty file in `dir` that is to become the department's own. Only the holder of its lock makes one. No handle stays
/// open.
pub(super) fn own_draft(dir: &Path, department: &DepartmentName) -> io::Result<TempPath> {
    Ok(draft_named(dir, &own_prefix(department))?.into_temp_path())
}

/// Removes drafts of the department's own file that a process left behind when it was killed, logs and all, and
/// nothing that is called otherwise. Only for the holder of its lock. What cannot be removed is in nobody's way.
pub(super) fn remove_own_drafts(dir: &Path, department: &DepartmentName) {
    remove(dir, &own_prefix(department), |_| true);
}

/// Whether a run, or a backup, may take a file of this name for a draft.
pub(super) fn is_one(name: &str) -> bool {
    name.starts_with('.') && name.contains(DRAFT)
}

/// Removes the drafts in `dir` that begin with `prefix` and whose file `is_abandoned`, and what `SQLite` put beside them.
fn remove(dir: &Path, prefix: &str, is_abandoned: impl Fn(&Path) -> bool) {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => {
            tracing::warn!("what a killed run left in {} cannot be looked for: {error}", dir.display());
            return;
        }
        Ok(entries) => entries,
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(draft) = name.to_str().and_then(|name| draft_of(name, prefix)) else { continue };
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !is_abandoned(&dir.join(draft)) {
            continue;
        }
        if let Err(error) = fs::remove_file(entry.path()) {
            tracing::warn!("what a killed run left, {}, cannot be removed: {error}", entry.path().display());
        }
    }
}

/// The name of the draft that a file of this name is, or is beside as `SQLite`'s own; `None` where it is neither.
fn draft_of<'name>(name: &'name str, prefix: &str) -> Option<&'name str> {
    let (random, end) = name.strip_prefix(prefix)?.split_at_checked(RANDOM)?;
    let beside = end.strip_prefix(DRAFT)?;
    let is_draft = random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && matches!(beside, "" | "-wal" | "-shm" | "-journal");
    is_draft.then(|| &name[..name.len() - beside.len()])
}

/// Whether nobody is writing the draft of a backup: it is gone, or not locked.
fn is_abandoned(draft: &Path) -> bool {
    match OpenOptions::new().read(true).write(true).open(draft) {
        Ok(file) => is_free(&file),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Locks a draft that is being written: `flock`, which on Linux is apart from the `fcntl` locks of `SQLite`. Elsewhere
/// they may be the same ones, and would keep our own connections out.
#[cfg(target_os = "linux")]
fn lock(file: &File) -> io::Result<()> {
    match file.lock() {
        Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
        _ => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn is_free(file: &File) -> bool {
    file.try_lock().is_ok()
}

#[cfg(not(target_os = "linux"))]
fn lock(_file: &File) -> io::Result<()> {
    Ok(())
}

/// Where none is locked, nobody can tell: it stays.
#[cfg(not(target_os = "linux"))]
fn is_free(_file: &File) -> bool {
    false
}

/// No department's name has a dot in it, so nobody's prefix is the beginning of another's.
fn own_prefix(department: &DepartmentName) -> String {
    format!(".{department}.")
}

/// No draft of the department's own is called so: this is longer than what makes one the only one of its name.
fn backup_prefix(department: &DepartmentName) -> String {
    format!(".{department}.backup-")
}

fn draft_named(dir: &Path, prefix: &str) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).rand_bytes(RANDOM).suffix(DRAFT).tempfile_in(dir)
}

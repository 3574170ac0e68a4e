//! Where a department's files are, and who may read them: directories 0700 and files 0600.
//!
//! The database file is never opened here: closing a second handle would drop the locks that `SQLite` holds on it
//! in this process (they belong to the process, not to the handle). Only names and modes are touched. The one second
//! handle that there is, `held` keeps open for as long as any connection of the run.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::drafts;
use crate::domain::DepartmentName;

/// The day's requests of all departments, where they are bounded.
const REQUESTS: &str = "requests-today.json";

/// The department's database.
pub(super) fn database(dir: &Path, department: &DepartmentName) -> PathBuf {
    dir.join(format!("{department}.sqlite"))
}

/// The file that a run locks. It is apart from the database, so that a restore can replace that.
pub(super) fn lock(dir: &Path, department: &DepartmentName) -> PathBuf {
    dir.join(format!("{department}.lock"))
}

/// Whether the program itself gives this name to a file of a checkpoint's directory, whatever the department.
pub(super) fn is_reserved(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let of_department = |(department, rest): (&str, &str)| {
        let (base, beside) = rest.split_once('-').unwrap_or((rest, ""));
        DepartmentName::parse(department).is_some()
            && matches!(base, "lock" | "sqlite" | "sqlite.replaced")
            && matches!(beside, "" | "wal" | "shm" | "journal")
    };
    name.starts_with(REQUESTS) || drafts::is_one(name) || name.split_once('.').is_some_and(of_department)
}

/// Whether both names lead to one file or directory.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// The path with `suffix` behind its last part, as `SQLite` names its `-wal` and `-shm`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// The directory that `path` is in.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes `dir` for us alone; one that is there stays as it is.
pub(super) fn private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Opens `path` for reading and writing, made for us alone where it is missing.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Takes group and others off a file that was copied here with looser modes.
#[cfg(unix)]
pub(super) fn tighten(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)?.permissions().mode();
    let private = mode & !0o077;
    if mode == private { Ok(()) } else { fs::set_permissions(path, fs::Permissions::from_mode(private)) }
}

/// Modes are a matter of Unix.
#[cfg(not(unix))]
pub(super) fn tighten(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes names that were given in `dir` survive a power cut.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

/// Removes what is left of a write-ahead log whose database is gone: `SQLite` would replay it into a new one.
pub(super) fn remove_siblings(path: &Path) -> io::Result<()> {
    for suffix in ["-wal", "-shm"] {
        match fs::remove_file(beside(path, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Whether `path` leads to the open `file`, and not to another that has its name by now, or to nothing.
pub(super) fn leads_to(path: &Path, file: &File) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(found) => Ok(is_one(&found, &file.metadata()?)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Whether both are of one file. Its number is nobody else's while it is open.
#[cfg(unix)]
fn is_one(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere a file has no number that could be asked for: that there is one must do.
#[cfg(not(unix))]
fn is_one(_one: &fs::Metadata, _other: &fs::Metadata) -> bool {
    true
}

/// The length of `path` in bytes; `None` where there is no such file.
pub(super) fn length(path: &Path) -> io::Result<Option<u64>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

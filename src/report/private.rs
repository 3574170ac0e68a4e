//! Files and directories that only their owner can read, and that survive a power cut once written.
//!
//! The one place of the room that knows modes, links and renames. It does not know what is in the files.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::Path;

use super::ReportError;

/// Creates `dir` and what is missing above it, mode 0700. A directory that is there keeps its mode.
pub(super) fn create_dirs(dir: &Path) -> Result<(), ReportError> {
    builder().recursive(true).create(dir).map_err(|error| ReportError::writing(dir, error))
}

/// Creates `dir`, mode 0700, which must not be there yet.
pub(super) fn create_new_dir(dir: &Path) -> Result<(), ReportError> {
    builder().create(dir).map_err(|error| ReportError::writing(dir, error))
}

fn builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Creates `path`, mode 0600, which must not be there yet, not even as a link.
pub(super) fn create_new_file(path: &Path) -> Result<File, ReportError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| ReportError::writing(path, error))
}

/// Writes all of `bytes` to `path`, mode 0600: a reader sees the old file or the new one, never a part.
pub(super) fn replace_file(dir: &Path, path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let write = || -> io::Result<()> {
        // Temporary files are 0600 from the start, in the same directory so that the rename cannot cross volumes.
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        sync_dir(dir)
    };
    write().map_err(|error| ReportError::writing(path, error))
}

/// Points the link `dir/name` at `target`, atomically: whoever follows it finds the old target or the new one.
pub(super) fn replace_link(dir: &Path, name: &str, target: &str) -> Result<(), ReportError> {
    let link = dir.join(name);
    let next = dir.join(format!(".{name}.{target}"));
    let write = || -> io::Result<()> {
        match symlink(target, &next) {
            // Left behind by a run that was cut off between the two steps.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                std::fs::remove_file(&next)?;
                symlink(target, &next)?;
            }
            other => other?,
        }
        std::fs::rename(&next, &link).inspect_err(|_| drop(std::fs::remove_file(&next)))?;
        sync_dir(dir)
    };
    write().map_err(|error| ReportError::writing(&link, error))
}

/// Makes `file` at `path` durable, with its name.
pub(super) fn sync_file(path: &Path, file: &File) -> Result<(), ReportError> {
    let sync = || -> io::Result<()> {
        file.sync_all()?;
        path.parent().map_or(Ok(()), sync_dir)
    };
    sync().map_err(|error| ReportError::writing(path, error))
}

/// Makes names in `dir` durable: a file's own fsync does not.
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

//! The state file: an append-only log of records, so that what was answered as saved survives a SIGKILL.
//!
//! One JSON line per write, handed to the kernel before the answer leaves (no fsync: a power cut may cost the
//! tail). At start the log is replayed, a torn last line forgotten, and the rest rewritten in compact form. The
//! file is locked while it is open. It knows lines and files; what they mean is `model/world.rs`'s.

use std::fs::{File, TryLockError};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::SandboxError;
use super::model::customer::Customer;

/// One line of the log.
#[derive(Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Line {
    /// The first line: format, and the highest identity handed out.
    Start { format: u32, last: i64 },
    /// The customer is now this.
    Put { department: String, last: i64, customer: Box<Customer> },
    /// The customer is no more.
    Gone { department: String, id: i64 },
}

/// The only format so far.
pub(crate) const FORMAT: u32 = 1;

/// What replaying found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Lines replayed.
    pub lines: u64,
    /// Whether the last line had been cut short and was forgotten.
    pub torn: bool,
}

/// The log, open for appending and locked.
pub(crate) struct Store {
    file: File,
}

impl Store {
    /// Replays the log at `path` (none: an empty one), line by line, into `apply`; `apply` says whether the line
    /// makes sense.
    pub(crate) fn replay(path: &Path, mut apply: impl FnMut(Line) -> bool) -> Result<Recovery, SandboxError> {
        let failed = |source| SandboxError::State { path: path.to_owned(), source };
        let mut recovery = Recovery::default();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(recovery),
            Err(error) => return Err(failed(error)),
        };
        lock(&file, path)?;
        let mut reader = BufReader::new(file);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).map_err(failed)? > 0 {
            let whole = bytes.ends_with(b"\n");
            match serde_json::from_slice::<Line>(&bytes).map(&mut apply) {
                Ok(true) => recovery.lines += 1,
                Err(_) if !whole => recovery.torn = true,
                Ok(false) | Err(_) => {
                    return Err(SandboxError::StateDamaged {
                        path: path.to_owned(),
                        line: recovery.lines + 1,
                    });
                }
            }
            bytes.clear();
        }
        Ok(recovery)
    }

    /// Puts a log of just these lines in the place of the one at `path`, in one step, mode 0600.
    pub(crate) fn compact(path: &Path, lines: impl Iterator<Item = Line>) -> Result<Self, SandboxError> {
        let failed = |source| SandboxError::State { path: path.to_owned(), source };
        let folder =
            path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(Path::new("."), |it| it);
        let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        lock(temporary.as_file(), path)?;
        let mut writer = BufWriter::new(temporary.as_file_mut());
        for line in lines {
            writer.write_all(&encode(&line).map_err(failed)?).map_err(failed)?;
        }
        writer.flush().map_err(failed)?;
        drop(writer);
        let file = temporary.persist(path).map_err(|error| failed(error.error))?;
        Ok(Self { file })
    }

    /// Hands the line to the kernel.
    pub(crate) fn append(&mut self, line: &Line) -> io::Result<()> {
        self.file.write_all(&encode(line)?)
    }
}

fn encode(line: &Line) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn lock(file: &File, path: &Path) -> Result<(), SandboxError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(SandboxError::StateInUse(PathBuf::from(path))),
        // A file system without locks still holds a state file.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(source)) => Err(SandboxError::State { path: path.to_owned(), source }),
    }
}

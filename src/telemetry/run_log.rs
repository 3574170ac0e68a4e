//! [`RunLog`]: `run.log`, JSON lines, of the run that is on.
//!
//! A process may run several departments, one after another, each with a directory of its own: the file is attached
//! when a run begins and detached when it ends. Without one, lines of this layer go nowhere.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// The place of the file; clones share it.
#[derive(Debug, Clone, Default)]
pub struct RunLog(Arc<Mutex<Option<File>>>);

impl RunLog {
    /// Writes to the file at `path` from now on, behind what it holds; a new file is the owner's alone (0600).
    pub fn attach(&self, path: &Path) -> io::Result<()> {
        let file = open_private(path)?;
        *self.lock() = Some(file);
        Ok(())
    }

    /// Writes nowhere from now on. What was written is handed to the system by then.
    pub fn detach(&self) {
        *self.lock() = None;
    }

    /// A panic in another thread while it wrote a line is no reason to lose the rest of the log.
    fn lock(&self) -> MutexGuard<'_, Option<File>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens `path` to append; a new file is the owner's alone.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes one line while it holds the place.
pub struct RunLogWriter<'a>(MutexGuard<'a, Option<File>>);

impl Write for RunLogWriter<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.as_mut().map_or(Ok(line.len()), |file| file.write(line))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.as_mut().map_or(Ok(()), File::flush)
    }
}

impl<'a> MakeWriter<'a> for RunLog {
    type Writer = RunLogWriter<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        RunLogWriter(self.lock())
    }
}

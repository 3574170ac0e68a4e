//! [`ReportError`]: the disk said no. Names the path and what to do; what a row is missing is never an error here.

use std::io;
use std::path::{Path, PathBuf};

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The operating system refused.
    #[error("cannot write {}: {remedy}", path.display())]
    Write {
        /// What was being written.
        path: PathBuf,
        /// What to do about it.
        remedy: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// A row does not fit the columns that the file was begun with.
    #[error("cannot add the row at {at} to {}: begin the file with a raw column", path.display())]
    NoRawColumn {
        /// The file.
        path: PathBuf,
        /// The row's position in the export.
        at: String,
    },
}

impl ReportError {
    /// A failure to write `path`, with the remedy that fits its kind. For callers of [`super::diff`] and
    /// [`super::text`], who alone know where their output goes.
    pub fn writing(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), remedy: remedy(source.kind()), source }
    }

    /// Whether the reader of a pipe has gone away, which is no trouble: `dms-sync diff | head`.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Likewise, for what the `csv` crate returns.
    pub(super) fn writing_csv(path: &Path, error: csv::Error) -> Self {
        Self::writing(path, into_io(error))
    }
}

/// The input or output failure within a failure of the `csv` crate.
pub(super) fn into_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// What helps against a failure of this kind.
fn remedy(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind as K;
    match kind {
        K::StorageFull | K::QuotaExceeded | K::FileTooLarge => {
            "free some space there, or point [report] dir to another volume"
        }
        K::ReadOnlyFilesystem => "the volume is read-only: point [report] dir to one that can be written",
        K::PermissionDenied => "let this user write there, or point [report] dir elsewhere",
        K::AlreadyExists => "it is there already and is never overwritten: run again, under a new run id",
        K::NotADirectory | K::IsADirectory | K::DirectoryNotEmpty => {
            "something else has that name: move it away, or point [report] dir elsewhere"
        }
        K::NotFound => "a directory on the way to it is gone: see that nothing else clears [report] dir",
        K::BrokenPipe => "whatever read the output has gone away",
        _ => "see that its directory exists and can be written",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_path_and_a_remedy() {
        for (kind, part) in [
            (io::ErrorKind::StorageFull, "free some space"),
            (io::ErrorKind::ReadOnlyFilesystem, "read-only"),
            (io::ErrorKind::PermissionDenied, "let this user write"),
            (io::ErrorKind::AlreadyExists, "never overwritten"),
            (io::ErrorKind::Other, "see that its directory"),
        ] {
            let text = ReportError::writing(Path::new("reports/x.csv"), kind.into()).to_string();
            assert!(text.starts_with("cannot write reports/x.csv: ") && text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_reader_that_left_can_be_told_from_a_full_disk() {
        let error = |kind: io::ErrorKind| ReportError::writing(Path::new("-"), kind.into());
        assert!(error(io::ErrorKind::BrokenPipe).is_broken_pipe());
        assert!(!error(io::ErrorKind::StorageFull).is_broken_pipe());
    }
}

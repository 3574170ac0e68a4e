//! [`ReadError`]: trouble with an input as a whole. Trouble with one row is a [`super::Malformed`], not an error.

use std::io;

use super::formats::{Foreign, Format};

/// Why an input cannot be used. Every message names the file as the operator knows it, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Neither the configuration nor the command line names an input.
    #[error("no input is named; set `input` of the department, or pass --input PATH")]
    NoInput,
    /// Nothing is there.
    #[error("{file}: no such file; check the path, and whether the export has arrived")]
    Missing {
        /// As given.
        file: String,
    },
    /// A link whose target is gone.
    #[error(
        "{file}: a link to {target}, where nothing is; mend the link, or check whether the export has arrived"
    )]
    Nowhere {
        /// As given.
        file: String,
        /// Where the link leads.
        target: String,
    },
    /// A pattern or a directory without a file.
    #[error("{pattern}: no {wanted} matches; check the path, and whether the export has arrived")]
    NoMatch {
        /// As given.
        pattern: String,
        /// What was looked for.
        wanted: &'static str,
    },
    /// A pattern that is none.
    #[error("{pattern}: not a file, a directory or a valid pattern: {reason}")]
    Pattern {
        /// As given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A pipe, a socket, a device.
    #[error("{file}: not a regular file; name a file, a directory or a pattern, or pipe the export into `-`")]
    NotAFile {
        /// As given.
        file: String,
    },
    /// No bytes, or no row in them.
    #[error("{file}: the input is empty; export it again, or take it out of the input")]
    Empty {
        /// As given.
        file: String,
    },
    /// A header and nothing else.
    #[error("{file}: input has a header and no rows; export it again, or take it out of the input")]
    HeaderOnly {
        /// As given.
        file: String,
    },
    /// Something that no export is: a spreadsheet, a web page.
    #[error("{file}: this is {what}, not text; {remedy}")]
    Format {
        /// As given.
        file: String,
        /// With its article.
        what: &'static str,
        /// What a person can do.
        remedy: &'static str,
    },
    /// An archive that is cut off, damaged, encrypted, or not of one file; or one that unpacks to far too much.
    #[error("{file}: cannot be unpacked as {format}: {what}")]
    Packed {
        /// As given.
        file: String,
        /// `gzip`, `zstd` or `zip`.
        format: &'static str,
        /// What is wrong, and what may help.
        what: String,
    },
    /// The first row cannot be read as a header.
    #[error("{file}:{line}: the header cannot be read: {what}")]
    Header {
        /// As given.
        file: String,
        /// Where the header begins.
        line: u64,
        /// What is wrong, and what may help.
        what: String,
    },
    /// The file says another encoding than its profile.
    #[error(
        "{file}: begins with the byte-order mark of {mark}, but the profile pins {pinned}; pin {mark}, or `detect`"
    )]
    Mark {
        /// As given.
        file: String,
        /// What the file says.
        mark: &'static str,
        /// What the profile says.
        pinned: &'static str,
    },
    /// The file's letters are in another encoding than its profile says: read by it, every accent would be garbage.
    #[error(
        "{file}: every letter in it is utf-8, but the profile pins {pinned}; take `encoding` out of the profile, or have \
         the export made as {pinned}"
    )]
    NotPinned {
        /// As given.
        file: String,
        /// What the profile says.
        pinned: &'static str,
    },
    /// Somebody wrote to the file while we worked.
    #[error("{file}: changed while it was read; run again when the export is complete")]
    Changed {
        /// As given.
        file: String,
    },
    /// The system refused.
    #[error("{file}: cannot {doing}: {source}")]
    Io {
        /// As given.
        file: String,
        /// What we tried.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// Standard input cannot be kept for the second pass.
    #[error("standard input cannot be kept in {dir}: {source}; make room, or pass a file")]
    Spool {
        /// Where we tried.
        dir: String,
        /// What the system says.
        source: io::Error,
    },
}

impl ReadError {
    /// What the system says of `file`, or what we said on the way; a missing file has its own sentence.
    pub(super) fn io(file: &str, doing: &'static str, source: io::Error) -> Self {
        let file = file.to_owned();
        let source = match source.downcast::<Unusable>() {
            Ok(Unusable::Foreign(Foreign { what, remedy })) => return Self::Format { file, what, remedy },
            Ok(Unusable::Packed { format, what }) => {
                return Self::Packed { file, format: format.name(), what };
            }
            Err(source) => source,
        };
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { file },
            _ => Self::Io { file, doing, source },
        }
    }
}

/// What is wrong with the bytes of a file, on its way through [`io::Error`] to a [`ReadError`].
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("this is {}", .0.what)]
    Foreign(Foreign),
    #[error("cannot be unpacked as {}: {what}", format.name())]
    Packed { format: Format, what: String },
}

impl Unusable {
    /// Something that no export is.
    pub(super) fn foreign(foreign: Foreign) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Self::Foreign(foreign))
    }

    /// An archive that cannot be used.
    pub(super) fn packed(format: Format, what: impl Into<String>) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Self::Packed { format, what: what.into() })
    }
}

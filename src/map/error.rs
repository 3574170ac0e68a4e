//! [`ProfileError`]: a profile that cannot be used, or a header that it does not fit.

use std::io;

/// Why rows cannot be mapped. The first three are the profile's fault, the last is the input's.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Neither a built-in name nor a file.
    #[error("profile {name:?} is neither built in ({builtin}) nor a file at {path}{hint}")]
    Unknown {
        /// As given.
        name: String,
        /// Where a file was looked for.
        path: String,
        /// The built-in names.
        builtin: String,
        /// `; did you mean …?`, where a name is near.
        hint: String,
    },
    /// The system refused.
    #[error("profile {file}: cannot read it: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file's content.
    #[error("profile {file}:{line}: {what}")]
    Invalid {
        /// The file, or the built-in name.
        file: String,
        /// From 1.
        line: usize,
        /// What is wrong, and what would be right.
        what: String,
    },
    /// A file's header does not fit.
    #[error("{file}:1: {what}")]
    Header {
        /// The export's file, as the operator knows it.
        file: String,
        /// What is wrong, and what to do.
        what: String,
    },
}

impl ProfileError {
    /// Whether the input is refused (its header does not fit), rather than the profile.
    pub fn refuses_input(&self) -> bool {
        matches!(self, Self::Header { .. })
    }
}

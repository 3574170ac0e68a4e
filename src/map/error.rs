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
    /// The file's content: everything that is wrong with it, at once.
    #[error("{}", list(.file, .mistakes))]
    Invalid {
        /// The file, or the built-in name.
        file: String,
        /// At least one, in the order of the file.
        mistakes: Vec<Mistake>,
    },
    /// A file's header does not fit.
    #[error("{file}:{line}: {what}")]
    Header {
        /// The export's file, as the operator knows it.
        file: String,
        /// Where the header stands, from 1.
        line: u64,
        /// What is wrong, and what to do.
        what: String,
    },
}

/// One thing to mend in a profile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Where it stands, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// Each mistake on a line of its own, under a heading where there are several.
fn list(file: &str, mistakes: &[Mistake]) -> String {
    let line = |Mistake { line, what }: &Mistake| format!("{file}:{line}: {what}");
    match mistakes {
        [one] => format!("profile {}", line(one)),
        many => {
            let lines: Vec<_> = many.iter().map(line).collect();
            format!("{} mistakes in profile {file}:\n  {}", many.len(), lines.join("\n  "))
        }
    }
}

impl ProfileError {
    /// The same of a header that stands in another line than the first, and with `hint` behind it.
    #[must_use]
    pub fn of_header_at(self, at: u64, hint: &str) -> Self {
        match self {
            Self::Header { file, what, .. } => Self::Header { file, line: at, what: what + hint },
            other => other,
        }
    }

    /// Whether the input is refused (its header does not fit), rather than the profile.
    pub fn refuses_input(&self) -> bool {
        matches!(self, Self::Header { .. })
    }
}

//! [`Input`]: where a department's export comes from. Names it; `read` expands and opens it.

use std::fmt;
use std::path::{Path, PathBuf};

/// One source of an export.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file, or a pattern of files.
    Path(PathBuf),
}

impl Input {
    /// The input that a person names on the command line: `-`, or a path relative to `cwd`.
    pub fn from_flag(text: &Path, cwd: &Path) -> Self {
        if text == Path::new("-") { Self::Stdin } else { Self::Path(super::place::resolve(cwd, text)) }
    }
}

impl Input {
    /// The input as `read` takes it: a path or pattern, or `-`.
    pub fn pattern(&self) -> PathBuf {
        match self {
            Self::Stdin => PathBuf::from("-"),
            Self::Path(path) => path.clone(),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("-"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

//! What can be wrong with a configuration, and where each value came from.
//!
//! A [`Problem`] is one thing to mend, with its place; [`ConfigError`] is what a load ends with. Nothing here
//! reads anything: `layer` and `check` find the problems. No text quotes a token or a credential.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a setting's value was written down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// In a file, at a line and a column (in characters), both from 1.
    File {
        /// The file, as it was named.
        file: Arc<str>,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// In an environment variable of this name.
    Env(String),
    /// In a flag, e.g. `--input`.
    Flag(&'static str),
    /// Nowhere: built in.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Env(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One thing to mend: where, which setting, what is wrong and what is legal. Ordered as a person mends them:
/// down the file, then the environment, then the flags.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where the offending text stands.
    pub at: Origin,
    /// The setting, e.g. `rate.per_second`; empty where it is about the file as a whole.
    pub key: String,
    /// What is wrong with it: continues a sentence that begins with the key.
    pub text: String,
}

impl Problem {
    /// A problem of `key` at `at`.
    pub(super) fn new(at: &Origin, key: impl Into<String>, text: impl Into<String>) -> Self {
        Self { at: at.clone(), key: key.into(), text: text.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.at, self.key.as_str()) {
            (at @ (Origin::File { .. } | Origin::Flag(_)), "") => write!(f, "{at}: {}", self.text),
            (at @ (Origin::File { .. } | Origin::Flag(_)), key) => write!(f, "{at}: {key} {}", self.text),
            (Origin::Env(name), _) => write!(f, "{name} {}", self.text),
            (Origin::Default, key) => write!(f, "{key} {}", self.text),
        }
    }
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No file was named and none stands where one is looked for.
    #[error("no configuration file: looked for {}; `dms-sync init` writes a first one, or name one with --config", paths(.looked))]
    NotFound {
        /// Where it was looked for, in order.
        looked: Vec<PathBuf>,
    },
    /// The file could not be read.
    #[error("cannot read the configuration file {}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is far larger than any configuration.
    #[error("{} is larger than {limit} bytes: this is no configuration file", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read, in bytes.
        limit: u64,
    },
    /// Everything that is wrong with the settings, at once.
    #[error("{}", list(.0))]
    Invalid(Vec<Problem>),
    /// No username, or no password, for an address that needs them.
    #[error("no {what}: set {variable}, or name a file that holds it in api.{key}")]
    NoCredential {
        /// `username` or `password`.
        what: &'static str,
        /// The variable that could hold it.
        variable: &'static str,
        /// The setting that could name a file.
        key: &'static str,
    },
    /// A credential that cannot be used; its text is never quoted.
    #[error("the {what} from {from} {why}")]
    BadCredential {
        /// `username` or `password`.
        what: &'static str,
        /// The variable or the file.
        from: String,
        /// What is wrong and what to do.
        why: String,
    },
}

/// Paths in a sentence.
fn paths(looked: &[PathBuf]) -> String {
    looked.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// One problem on its own line each, under a heading where there are several.
fn list(problems: &[Problem]) -> String {
    match problems {
        [one] => one.to_string(),
        many => {
            let lines: Vec<_> = many.iter().map(ToString::to_string).collect();
            format!("{} problems in the configuration:\n  {}", many.len(), lines.join("\n  "))
        }
    }
}

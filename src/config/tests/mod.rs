//! The room as a whole: defaults, layers, every refusal with its place, masking, arbitrary bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use super::*;
use crate::domain::policy::*;
use crate::domain::{Field, Locale};

mod arbitrary;
mod layers;
mod problems;
mod reference;
mod shown;

/// What every configuration needs.
const MINIMAL: &str = "[[department]]\nname = \"springfield\"\ntoken = \"0123456789abcdef0123\"\n";

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Loads `text` from a file dms-sync.toml in the working directory; messages name it without its directory.
fn load_with(text: impl AsRef<[u8]>, pairs: &[(&str, &str)]) -> Result<Settings, String> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("dms-sync.toml"), text).unwrap();
    let source = Source { env: env(pairs), cwd: dir.path().to_owned(), ..Source::default() };
    load(&source).map_err(|error| error.to_string())
}

fn minimal_and(rest: &str) -> String {
    format!("{rest}\n{MINIMAL}")
}

fn fails(text: &str) -> String {
    load_with(text, &[]).unwrap_err()
}

//! [`matching`]: the paths that a pattern such as `exports/*/crm_*.csv` names.
//!
//! Directories are listed here, one component of the pattern after the other, and the `glob` crate only compares names:
//! its own walk panics at a name that is not UTF-8, and passes over directories that it may not look into. What becomes
//! of the paths is the business of `inputs`.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::ReadError;
use super::file::shown;

/// Letter case counts, and a hidden name is matched only where the pattern begins with its dot.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// Any directories, or none.
const RECURSIVE: &str = "**";

/// Whether `text` may be a pattern, and not a name alone.
pub(super) fn may_be_pattern(text: &OsStr) -> bool {
    text.as_encoded_bytes().iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

/// Every path that `pattern` matches, in order. `?`, `*` and `[…]` stand for parts of one name, `**` for any directories
/// below; links are followed, and nothing is met twice. A component that exists under its very name is that name. Bytes
/// that are not UTF-8 are matched by `?` and `*`.
///
/// # Errors
/// [`ReadError::Pattern`]; and whatever cannot be listed or looked at on the way, other than that it is not there.
pub(super) fn matching(pattern: &Path) -> Result<BTreeSet<PathBuf>, ReadError> {
    let mut found = BTreeSet::from([PathBuf::new()]);
    for component in pattern.components() {
        let mut next = BTreeSet::new();
        for base in &found {
            next.extend(below(base, component.as_os_str(), pattern)?);
        }
        found = next;
    }
    Ok(found)
}

/// What `component` of `pattern` names in `base`.
fn below(base: &Path, component: &OsStr, pattern: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let literal = base.join(component);
    if !may_be_pattern(component) {
        let is_there = there(std::fs::symlink_metadata(&literal));
        let is_there = is_there.map_err(|error| ReadError::io(&shown(&literal), "look at it", error))?;
        return Ok(is_there.map(|_| literal).into_iter().collect());
    }
    if std::fs::symlink_metadata(&literal).is_ok() {
        return Ok(vec![literal]);
    }
    if component == RECURSIVE {
        return directories(base);
    }
    let matcher = Pattern::new(&component.to_string_lossy())
        .map_err(|error| ReadError::Pattern { pattern: shown(pattern), reason: error.msg.to_owned() })?;
    let matches = |name: &OsString| matcher.matches_with(&name.to_string_lossy(), OPTIONS);
    Ok(names(base)?.into_iter().filter(matches).map(|name| base.join(name)).collect())
}

/// `base` and every directory below it, hidden ones aside. What links lead back to is met once.
fn directories(base: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let mut todo = vec![base.to_owned()];
    let (mut met, mut all) = (BTreeSet::new(), Vec::new());
    while let Some(dir) = todo.pop() {
        let look = |error| ReadError::io(&shown(&dir), "look at it", error);
        let is_directory = there(std::fs::metadata(here(&dir))).map_err(look)?.is_some_and(|it| it.is_dir());
        if !is_directory || !met.insert(std::fs::canonicalize(here(&dir)).map_err(look)?) {
            continue;
        }
        let is_hidden = |name: &OsString| name.as_encoded_bytes().starts_with(b".");
        todo.extend(
            names(&dir)?.into_iter().rev().filter(|name| !is_hidden(name)).map(|name| dir.join(name)),
        );
        all.push(dir);
    }
    Ok(all)
}

/// The names in `dir`, in order; none where it is no directory.
pub(super) fn names(dir: &Path) -> Result<BTreeSet<OsString>, ReadError> {
    let list = || std::fs::read_dir(here(dir))?.map(|entry| Ok(entry?.file_name())).collect();
    let names = there(list()).map_err(|error| ReadError::io(&shown(dir), "list it", error))?;
    Ok(names.unwrap_or_default())
}

/// The first component of a relative pattern is looked for in the working directory.
fn here(dir: &Path) -> &Path {
    if dir.as_os_str().is_empty() { Path::new(".") } else { dir }
}

/// That something is not there is an answer, and no trouble.
fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

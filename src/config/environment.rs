//! The layer of the environment: `DMS_SYNC_<TABLE>__<KEY>`, e.g. `DMS_SYNC_RATE__PER_SECOND=5`.
//!
//! Departments are set in the file alone. A variable that begins with `DMS_SYNC_` and means nothing is a
//! problem: it was meant to change something. Values of such variables are never quoted.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::layer::{Layer, Stated};
use super::nearest::nearest;
use super::problem::{ConfigError, Origin, Problem};
use super::raw::Raw;

/// What every variable of ours begins with.
const PREFIX: &str = "DMS_SYNC_";
/// Variables that are no settings: the file, the credentials, the log's filter.
const OTHERS: [&str; 4] =
    [CONFIG, super::credentials::USERNAME, super::credentials::PASSWORD, "DMS_SYNC_LOG"];
/// Names the configuration file.
pub(super) const CONFIG: &str = "DMS_SYNC_CONFIG";

/// The environment as text. What is not text is left out, unless it is ours: then it was meant to change something.
///
/// # Errors
/// [`ConfigError::Invalid`] names every variable of ours whose name or value is not UTF-8.
pub fn as_text(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let (mut texts, mut problems) = (BTreeMap::new(), Vec::new());
    for (name, value) in variables {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => drop(texts.insert(name, value)),
            (name, _) => {
                let name = name.unwrap_or_else(|name| name.to_string_lossy().into_owned());
                if name.starts_with(PREFIX) {
                    let at = Origin::Env(name);
                    problems.push(Problem::new(&at, "", "is not UTF-8: set it again, in UTF-8"));
                }
            }
        }
    }
    if problems.is_empty() { Ok(texts) } else { Err(ConfigError::Invalid(problems)) }
}

/// The variable that sets `key`.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// What `env` states of the settings `legal`; paths are relative to the working directory `cwd`.
pub(super) fn read(
    env: &BTreeMap<String, String>,
    cwd: &Path,
    legal: &[String],
    problems: &mut Vec<Problem>,
) -> Layer {
    let names: BTreeMap<String, &String> = legal.iter().map(|key| (variable(key), key)).collect();
    let mut values = BTreeMap::new();
    for (name, value) in env.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        let at = Origin::Env(name.clone());
        if let Some(key) = names.get(name) {
            values.insert((*key).clone(), Stated { readings: Raw::readings(value), at });
        } else if !OTHERS.contains(&name.as_str()) {
            problems.push(Problem::new(&at, "", unknown(name, names.keys().map(String::as_str))));
        }
    }
    Layer { at: Origin::Default, base: cwd.to_owned(), values }
}

/// What to say of a variable that means nothing.
fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    if name.starts_with("DMS_SYNC_DEPARTMENT") {
        return "sets nothing: departments are set in the configuration file alone".to_owned();
    }
    let known = known.chain(OTHERS).filter_map(|known| known.strip_prefix(PREFIX));
    match nearest(&name[PREFIX.len()..], known) {
        Some(meant) => format!("sets nothing; did you mean {PREFIX}{meant}?"),
        None => "sets nothing; a setting is DMS_SYNC_<TABLE>__<KEY>, with two underscores".to_owned(),
    }
}

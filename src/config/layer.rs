//! [`Layer`]: the settings that one source states: the built-in file, the operator's file, the environment.
//!
//! Turns text into keys with values and places, and finds keys that do not exist. What a value must be is said by
//! its rule and judged in `reader`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest;
use super::problem::{Origin, Problem};
use super::raw::Raw;

/// One stated value.
#[derive(Debug, Clone)]
pub(super) struct Stated {
    /// What it can mean, in the order in which it is tried; never empty.
    pub(super) readings: Vec<Raw>,
    /// Where it is stated.
    pub(super) at: Origin,
}

/// The settings that one source states, by dotted key.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    /// Where the layer, or its department, begins.
    pub(super) at: Origin,
    /// The directory that its paths are relative to.
    pub(super) base: PathBuf,
    /// Its values.
    pub(super) values: BTreeMap<String, Stated>,
}

/// What one file states.
#[derive(Debug)]
pub(super) struct FileLayers {
    /// Everything but departments.
    pub(super) shared: Layer,
    /// One per `[[department]]`, in order.
    pub(super) departments: Vec<Layer>,
}

/// The keys that are legal.
pub(super) struct Legal {
    /// Outside departments.
    pub(super) shared: Vec<String>,
    /// In a department, without the `department.` before them.
    pub(super) department: Vec<String>,
}

/// Names that hint at a credential, which has no place in a file that gets copied and committed.
const CREDENTIALS: [&str; 8] =
    ["username", "password", "user", "pass", "login", "passwd", "credentials", "authorization"];

/// Reads the TOML `text` of `file`, whose relative paths begin at `base`. `origin` decides how places are named.
pub(super) fn read_file(
    text: &str,
    origin: &dyn Fn(usize, usize) -> Origin,
    base: &Path,
    legal: &Legal,
    problems: &mut Vec<Problem>,
) -> FileLayers {
    let lines = Lines { text, origin };
    let (document, errors) = DeTable::parse_recoverable(text);
    let layer = |at: Origin| Layer { at, base: base.to_owned(), values: BTreeMap::new() };
    let mut walk = Walk { lines: &lines, problems: Vec::new() };
    let mut layers = FileLayers { shared: layer(lines.at(0)), departments: Vec::new() };
    let mut rest = DeTable::new();
    for (key, value) in document.into_inner() {
        if key.get_ref() == "department" {
            for (table, at) in walk.departments(&key, &value) {
                let mut department = layer(at);
                walk.table(table, "", ("department.", &legal.department), &mut department);
                layers.departments.push(department);
            }
        } else {
            rest.insert(key, value);
        }
    }
    walk.table(&rest, "", ("", &legal.shared), &mut layers.shared);
    problems.append(&mut walk.problems);
    problems.extend(errors.iter().map(|error| syntax_problem(error, &lines)));
    layers
}

/// A syntax error without the line that it stands on: the line may hold a token.
fn syntax_problem(error: &toml::de::Error, lines: &Lines<'_>) -> Problem {
    let at = lines.at(error.span().map_or(0, |span| span.start));
    Problem::new(&at, "", format!("not TOML: {}", error.message().replace('\n', "; ")))
}

/// Leaves out what was salvaged from a line that is no TOML: it is no second problem. Says whether there is such a line.
pub(super) fn keep_one_per_broken_line(problems: &mut Vec<Problem>) -> bool {
    let broken: Vec<_> = problems
        .iter()
        .filter(|problem| problem.key.is_empty())
        .filter_map(|problem| line_of(&problem.at))
        .collect();
    problems.retain(|problem| {
        problem.key.is_empty() || line_of(&problem.at).is_none_or(|line| !broken.contains(&line))
    });
    !broken.is_empty()
}

/// The line of a place in a file.
pub(super) fn line_of(at: &Origin) -> Option<usize> {
    match at {
        Origin::File { line, .. } => Some(*line),
        _ => None,
    }
}

/// Turns byte offsets into places.
struct Lines<'a> {
    text: &'a str,
    origin: &'a dyn Fn(usize, usize) -> Origin,
}

impl Lines<'_> {
    fn at(&self, offset: usize) -> Origin {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (self.origin)(line, column)
    }
}

/// A walk over a document that collects what does not belong there.
struct Walk<'a> {
    lines: &'a Lines<'a>,
    problems: Vec<Problem>,
}

/// A table and where it begins.
type At<'t, 'i> = (&'t DeTable<'i>, Origin);

impl Walk<'_> {
    /// The tables of `[[department]]`.
    fn departments<'t, 'i>(
        &mut self,
        key: &Spanned<std::borrow::Cow<'i, str>>,
        value: &'t Spanned<DeValue<'i>>,
    ) -> Vec<At<'t, 'i>> {
        let DeValue::Array(items) = value.get_ref() else {
            let at = self.lines.at(key.span().start);
            self.problems.push(Problem::new(
                &at,
                "department",
                "must be written [[department]], in double brackets",
            ));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            let at = self.lines.at(item.span().start);
            match item.get_ref() {
                DeValue::Table(table) => tables.push((table, at)),
                _ => self.problems.push(Problem::new(&at, "department", "must be a table")),
            }
        }
        tables
    }

    /// Takes what `table` states under `prefix`. `legal` is how messages name the keys, and the keys.
    fn table(&mut self, table: &DeTable<'_>, prefix: &str, legal: (&str, &[String]), layer: &mut Layer) {
        for (name, value) in table {
            let key = format!("{prefix}{}", name.get_ref());
            let at = self.lines.at(value.span().start);
            let inner = format!("{key}.");
            let dotted = name.get_ref().contains('.');
            if !dotted && legal.1.contains(&key) {
                layer.values.insert(key, Stated { readings: vec![value.get_ref().into()], at });
            } else if !dotted && legal.1.iter().any(|known| known.starts_with(&inner)) {
                match value.get_ref() {
                    DeValue::Table(table) => self.table(table, &inner, legal, layer),
                    other => {
                        let text = format!("must be a table, not {}", Raw::from(other));
                        self.problems.push(Problem::new(&at, format!("{}{key}", legal.0), text));
                    }
                }
            } else {
                let at = self.lines.at(name.span().start);
                self.problems.push(unknown(&at, prefix, name.get_ref(), legal));
            }
        }
    }
}

/// A key that does not exist, and what was meant, or what to do where it is a credential.
fn unknown(at: &Origin, prefix: &str, name: &str, (owner, legal): (&str, &[String])) -> Problem {
    let key = format!("{owner}{prefix}{}", shown(name));
    let text = if CREDENTIALS.contains(&name.to_lowercase().as_str()) {
        "has no place in a file: set DMS_SYNC_USERNAME and DMS_SYNC_PASSWORD, or name files that hold them in \
         api.username_file and api.password_file"
            .to_owned()
    } else {
        let siblings = legal.iter().filter_map(|key| key.strip_prefix(prefix)).map(segment);
        format!("is no setting; {}", nearest::advice(name, prefix, owner, siblings, legal))
    };
    Problem::new(at, key, text)
}

/// A key as a message shows it: bare where TOML lets it be bare, short where it is long.
fn shown(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let short: String = name.chars().take(40).collect();
    if bare { short } else { format!("{short:?}") }
}

/// The first part of a dotted key.
fn segment(key: &str) -> &str {
    key.split('.').next().unwrap_or(key)
}

/// The origin of places in `file`.
pub(super) fn in_file(file: &str) -> impl Fn(usize, usize) -> Origin + use<> {
    let file: Arc<str> = file.into();
    move |line, column| Origin::File { file: Arc::clone(&file), line, column }
}

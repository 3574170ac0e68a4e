//! [`show`]: the effective settings as TOML, secrets masked, and where each came from.
//!
//! What it writes can be read back, but for the tokens.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::problem::Origin;
use super::reader::Table;
use super::settings::Settings;

/// The longest line that a comment is aligned behind, in characters.
const WIDEST: usize = 60;

/// Whether each value is followed by where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShowOrigin {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// The effective settings as TOML. Tokens are masked, and so are credentials of a proxy.
pub fn show(settings: &Settings, with: ShowOrigin) -> String {
    let mut text = String::new();
    let Settings { file: _, api, rate, retry, breaker, run, checkpoint, report, guard, departments, origins } =
        settings;
    let mut shared = Vec::new();
    api.write(&mut shared);
    rate.write(&mut shared);
    retry.write(&mut shared);
    breaker.write(&mut shared);
    run.write(&mut shared);
    checkpoint.write(&mut shared);
    report.write(&mut shared);
    guard.write(&mut shared);
    write_lines(&mut text, &shared, &origins.shared, "", with);
    let none = BTreeMap::new();
    for department in departments {
        let mut lines = Vec::new();
        department.write(&mut lines);
        text.push_str("\n[[department]]\n");
        write_lines(
            &mut text,
            &lines,
            origins.departments.get(&department.name).unwrap_or(&none),
            "department",
            with,
        );
    }
    text
}

/// Writes keys and values under the headings that their keys ask for; `owner` is what stands before each heading.
fn write_lines(
    out: &mut String,
    lines: &[(String, String)],
    origins: &BTreeMap<String, Origin>,
    owner: &str,
    with: ShowOrigin,
) {
    let mut heading = "";
    for (key, value) in lines {
        let (table, leaf) = key.rsplit_once('.').unwrap_or(("", key));
        if table != heading {
            let gap = if out.is_empty() { "" } else { "\n" };
            let dot = if owner.is_empty() { "" } else { "." };
            let _ = writeln!(out, "{gap}[{owner}{dot}{table}]");
            heading = table;
        }
        let line = format!("{leaf} = {value}");
        let _ = match with {
            ShowOrigin::Yes => writeln!(out, "{line:<WIDEST$}  # {}", origin(origins.get(key))),
            ShowOrigin::No => writeln!(out, "{line}"),
        };
    }
}

/// Where a value came from, as a comment.
fn origin(origin: Option<&Origin>) -> String {
    match origin {
        Some(Origin::File { file, line, column: _ }) => format!("from {file}:{line}"),
        Some(other @ (Origin::Env(_) | Origin::Flag(_))) => format!("from {other}"),
        Some(Origin::Default) | None => "default".to_owned(),
    }
}

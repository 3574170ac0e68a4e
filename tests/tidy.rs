//! Holds the shape of `src/`: which room imports which, how a file opens, how long it may be, and what may be named
//! where; and that the documents keep up. It reads all of that as text; what the compiler and clippy hold already is
//! not repeated here.
//!
//! The table of rooms is that of `ARCHITECTURE.md`. Tests are exempt: `#[cfg(test)]` items, `tests.rs`,
//! `*_tests.rs` and folders called `tests`. The last part of the file shows that every check can fail.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What a room may import of ours, beside itself.
enum May {
    /// These rooms.
    Import(&'static [&'static str]),
    /// Every room but these.
    ImportAllBut(&'static [&'static str]),
}

/// The arrows. `sandbox` may name the domain's identifiers; today it does not.
const ROOMS: [(&str, May); 17] = [
    ("domain", May::Import(&[])),
    ("read", May::Import(&["domain"])),
    ("map", May::Import(&["domain"])),
    ("group", May::Import(&["domain"])),
    ("normalize", May::Import(&["domain"])),
    ("validate", May::Import(&["domain"])),
    ("plan", May::Import(&["domain"])),
    ("push", May::Import(&["domain", "api"])),
    // It implements the journal that `push` needs, so that `push` need not know of a checkpoint.
    ("record", May::Import(&["domain", "checkpoint", "report", "push"])),
    ("report", May::Import(&["domain"])),
    ("checkpoint", May::Import(&["domain"])),
    ("api", May::Import(&[])),
    ("sandbox", May::Import(&["domain"])),
    ("config", May::Import(&["domain"])),
    ("telemetry", May::Import(&["domain"])),
    ("pipeline", May::ImportAllBut(&["cli"])),
    ("cli", May::ImportAllBut(&[])),
];

/// The most lines of a file before its tests.
const LONGEST: usize = 400;

/// Names that say nothing.
const EMPTY_NAMES: [&str; 8] = ["utils", "util", "helpers", "helper", "common", "manager", "misc", "shared"];

/// Crates that are named in these files alone.
const CONFINED_CRATES: [(&str, &[&str]); 2] =
    [("backoff", &["api/retry.rs"]), ("governor", &["api/gate.rs", "api/clock.rs"])];

// ---------------------------------------------------------------------------------------------------------------
// The checks
// ---------------------------------------------------------------------------------------------------------------

#[test]
fn rooms_import_only_what_the_table_allows() {
    assert_none(&sources().iter().flat_map(forbidden_imports).collect::<Vec<_>>());
}

#[test]
fn the_table_names_every_room() {
    let table: BTreeSet<String> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    let library = std::fs::read_to_string(root().join("lib.rs")).unwrap();
    let declared: BTreeSet<String> = public_modules(&code_of(&library)).into_iter().collect();
    assert_eq!(declared, table, "lib.rs declares the left, the table has the right");
    let found: BTreeSet<String> =
        sources().iter().filter_map(|source| source.room().map(str::to_owned)).collect();
    assert_eq!(found, table, "src/ holds the left, the table has the right");
}

#[test]
fn every_file_opens_with_its_purpose() {
    assert_none(&all_files().iter().filter_map(lacks_purpose).collect::<Vec<_>>());
}

#[test]
fn no_file_is_too_long() {
    assert_none(&sources().iter().filter_map(too_long).collect::<Vec<_>>());
}

#[test]
fn every_module_has_a_name_that_says_something() {
    assert_none(&sources().iter().flat_map(empty_names).collect::<Vec<_>>());
}

#[test]
fn some_crates_are_named_in_one_place() {
    assert_none(&sources().iter().flat_map(strayed_crates).collect::<Vec<_>>());
}

#[test]
fn only_the_edge_reads_the_environment() {
    assert_none(&sources().iter().flat_map(environment_reads).collect::<Vec<_>>());
}

#[test]
fn nobody_prints_past_the_output_of_the_command_line() {
    assert_none(&sources().iter().flat_map(prints).collect::<Vec<_>>());
}

#[test]
fn the_architecture_names_tests_that_exist() {
    assert_none(&unknown_tests(&document("ARCHITECTURE.md")));
}

#[test]
fn the_manual_lists_every_code() {
    let manual = document("README.md");
    for path in [
        "normalize/codes.rs",
        "validate/codes.rs",
        "push/cause.rs",
        "read/records.rs",
        "map/skip.rs",
        "pipeline/vetoes.rs",
    ] {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        assert_none(&unlisted_codes(path, &text, &manual));
    }
}

fn document(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

fn forbidden_imports(source: &Source) -> Vec<String> {
    let Some(room) = source.room() else { return Vec::new() };
    let Some((_, may)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{}: the room `{room}` is not in the table", source.path)];
    };
    let allowed = |other: &str| match may {
        May::Import(rooms) => rooms.contains(&other),
        May::ImportAllBut(rooms) => !rooms.contains(&other),
    };
    let mut complaints = Vec::new();
    for (line, other) in imported(&source.code, source.depth()) {
        if other != room && !allowed(&other) {
            complaints.push(format!("{}:{line}: {room} may not import {other}", source.path));
        }
    }
    complaints
}

fn lacks_purpose((path, text): &(String, String)) -> Option<String> {
    let first = text.lines().next().unwrap_or_default();
    let says = first.strip_prefix("//!").is_some_and(|rest| !rest.trim().is_empty());
    (!says).then(|| format!("{path}:1: the first line is no `//!` that says what the file is for"))
}

fn too_long(source: &Source) -> Option<String> {
    let allowed = LONGEST;
    let lines = lines_before_tests(&source.text);
    (lines > allowed).then(|| format!("{}: {lines} lines before its tests, allowed {allowed}", source.path))
}

fn empty_names(source: &Source) -> Vec<String> {
    let path = Path::new(&source.path).with_extension("");
    let mut names: BTreeSet<String> =
        path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let words = words(&source.code);
    let declared = words.windows(2).filter(|pair| pair[0].1 == "mod").map(|pair| pair[1].1.to_owned());
    names.extend(declared);
    names.retain(|name| EMPTY_NAMES.contains(&name.as_str()));
    names.into_iter().map(|name| format!("{}: `{name}` says nothing", source.path)).collect()
}

fn strayed_crates(source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, files) in CONFINED_CRATES {
        let line = crate_uses(&source.code, name).into_iter().next();
        if let Some(line) = line.filter(|_| !files.contains(&source.path.as_str())) {
            complaints.push(format!("{}:{line}: `{name}` is for {} alone", source.path, files.join(", ")));
        }
    }
    complaints
}

fn environment_reads(source: &Source) -> Vec<String> {
    if matches!(source.room(), Some("cli" | "config")) {
        return Vec::new();
    }
    let words = words(&source.code);
    let reads = words.windows(2).filter(|pair| {
        pair[0].1 == "env"
            && matches!(pair[1].1, "var" | "var_os" | "vars" | "vars_os" | "set_var" | "remove_var")
    });
    reads
        .map(|pair| format!("{}:{}: the environment is for cli and config to read", source.path, pair[0].0))
        .collect()
}

fn prints(source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    for name in ["println", "print", "eprintln", "eprint", "dbg"] {
        // The name and its `!`: a function called `print` is another thing.
        let calls = places(&source.code, name)
            .into_iter()
            .filter(|at| source.code[at + name.len()..].starts_with('!'));
        complaints.extend(calls.map(|at| {
            format!("{}:{}: `{name}!` cannot handle a closed pipe", source.path, line_of(&source.code, at))
        }));
    }
    complaints
}

/// Tests that `text` names as `path.rs::function`, or files of tests that it names, and that are not there.
fn unknown_tests(text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let quoted = text.split('`').skip(1).step_by(2);
    for name in quoted.filter(|name| name.starts_with("src/") || name.starts_with("tests/")) {
        let (path, function) =
            name.split_once("::").map_or((name, None), |(path, function)| (path, Some(function)));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let found = std::fs::read_to_string(&path)
            .is_ok_and(|text| function.is_none_or(|function| text.contains(&format!("fn {function}("))));
        if !found && !path.is_dir() {
            complaints.push(format!("there is no {name}"));
        }
    }
    complaints
}

/// Codes that `text` has as literals and `manual` does not show.
fn unlisted_codes(path: &str, text: &str, manual: &str) -> Vec<String> {
    let is_code = |literal: &&str| {
        let legal =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        literal.split_once('.').is_some_and(|(subject, rule)| legal(subject) && legal(rule))
    };
    let codes: BTreeSet<&str> = text.split('"').filter(is_code).collect();
    let unlisted = codes.into_iter().filter(|code| !manual.contains(&format!("`{code}`")));
    unlisted.map(|code| format!("{path}: the manual does not list `{code}`")).collect()
}

// ---------------------------------------------------------------------------------------------------------------
// The sources
// ---------------------------------------------------------------------------------------------------------------

/// One file that is no test.
struct Source {
    /// Beneath `src/`, with `/`.
    path: String,
    /// As it stands.
    text: String,
    /// Without comments, strings and tests; line numbers stay.
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: without_tests(&code_of(text)) }
    }

    /// The room it is in; none for `lib.rs` and `main.rs`.
    fn room(&self) -> Option<&str> {
        let first = self.path.split('/').next()?;
        let name = first.strip_suffix(".rs").unwrap_or(first);
        (!matches!(name, "lib" | "main")).then_some(name)
    }

    /// How many `super` lead from this file's module to the crate's root.
    fn depth(&self) -> usize {
        let path = self.path.strip_suffix("/mod.rs").unwrap_or(&self.path);
        path.split('/').count()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file beneath `src/` with its text, in the order of their paths.
fn all_files() -> Vec<(String, String)> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
                files.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(files.len() > 100, "only {} files beneath {}", files.len(), root().display());
    files.into_iter().collect()
}

/// Every file that is no test.
fn sources() -> Vec<Source> {
    let files = all_files();
    let is_test = |path: &str| {
        let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
        folders.split('/').any(|folder| folder == "tests")
            || file == "tests.rs"
            || file.ends_with("_tests.rs")
    };
    files.iter().filter(|(path, _)| !is_test(path)).map(|(path, text)| Source::new(path, text)).collect()
}

// ---------------------------------------------------------------------------------------------------------------
// The parser: enough of Rust to tell code from comments, strings and tests
// ---------------------------------------------------------------------------------------------------------------

/// `text` with every comment and the content of every string and character blanked; line ends stay.
fn code_of(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end.max(at + 1);
    }
    String::from_utf8(code).expect("blanks replace whole characters")
}

/// The end of the comment, string or character that begins at `at`; `at` where none does.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let find = |from: usize, needle: &[u8]| {
        let found = rest[from..].windows(needle.len()).position(|window| window == needle);
        found.map_or(bytes.len(), |found| at + from + found + needle.len())
    };
    match rest {
        [b'/', b'/', ..] => find(0, b"\n"),
        [b'/', b'*', ..] => comment_end(bytes, at),
        [b'"', ..] => string_end(bytes, at + 1),
        [b'r', b'"' | b'#', ..] | [b'b', b'r', b'"' | b'#', ..] if !follows_word(bytes, at) => {
            let prefix = if rest[0] == b'b' { 2 } else { 1 };
            let hashes = rest[prefix..].iter().take_while(|byte| **byte == b'#').count();
            // `r#name` is a name.
            if rest.get(prefix + hashes) != Some(&b'"') {
                return at;
            }
            let close = [&b"\""[..], &vec![b'#'; hashes]].concat();
            find(prefix + hashes + 1, &close)
        }
        // A lifetime has no closing quote behind its first character.
        [b'\'', b'\\', ..] => {
            1 + (at + 3..bytes.len()).find(|i| bytes[*i] == b'\'').unwrap_or(bytes.len() - 1)
        }
        [b'\'', first, ..] => {
            let width = match first {
                0..=0x7F => 1,
                0x80..=0xDF => 2,
                0xE0..=0xEF => 3,
                _ => 4,
            };
            if rest.get(1 + width) == Some(&b'\'') { at + width + 2 } else { at }
        }
        _ => at,
    }
}

/// Comments nest.
fn comment_end(bytes: &[u8], at: usize) -> usize {
    let (mut depth, mut i) = (0, at);
    while i < bytes.len() {
        match &bytes[i..] {
            [b'/', b'*', ..] => (depth, i) = (depth + 1, i + 2),
            [b'*', b'/', ..] => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut i = from;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => i += 2,
            b'"' => return i + 1,
            _ => i += 1,
        }
    }
    bytes.len()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn follows_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && is_word(bytes[at - 1])
}

/// `code` with the items behind `#[cfg(test)]` blanked.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = code.to_owned();
    while let Some(begin) = out.find(MARK) {
        let end = begin + MARK.len() + item_length(&out[begin + MARK.len()..]);
        let blank: String = out[begin..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(begin..end, &blank);
    }
    out
}

/// How long the item that `code` begins with is: to its `;`, or to the end of its braces.
fn item_length(code: &str) -> usize {
    let mut depth = 0;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        // An attribute's brackets close at depth 0 too, but only a brace ends an item.
        if depth == 0 && matches!(byte, b';' | b'}') {
            return at + 1;
        }
    }
    code.len()
}

/// Lines before the module of tests that a file holds itself.
fn lines_before_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let opens = |from: usize| {
        let behind = lines[from + 1..].iter().find(|line| !line.starts_with("#["));
        behind.is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    };
    (0..lines.len()).find(|i| lines[*i] == "#[cfg(test)]" && opens(*i)).unwrap_or(lines.len())
}

/// Every name in `code`, with its line, from 1.
fn words(code: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    for (number, line) in (1..).zip(code.lines()) {
        let names = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty());
        words.extend(names.map(|name| (number, name)));
    }
    words
}

/// Where `word` stands as a whole word.
fn places(code: &str, word: &str) -> Vec<usize> {
    let bytes = code.as_bytes();
    let whole = |at: &usize| {
        !follows_word(bytes, *at) && bytes.get(at + word.len()).is_none_or(|byte| !is_word(*byte))
    };
    code.match_indices(word).map(|(at, _)| at).filter(whole).collect()
}

fn line_of(code: &str, at: usize) -> usize {
    1 + code[..at].matches('\n').count()
}

/// Lines on which the crate `name` is used as a path: `name::…`, or a bare `use name`.
fn crate_uses(code: &str, name: &str) -> Vec<usize> {
    let is_use = |at: &usize| {
        let behind = code[at + name.len()..].trim_start();
        let before = code[..*at].trim_end();
        let is_root = !before.ends_with("::") || before.trim_end_matches("::").trim_end().is_empty();
        is_root && (behind.starts_with("::") || before.ends_with("use") && behind.starts_with([';', ' ']))
    };
    places(code, name).into_iter().filter(is_use).map(|at| line_of(code, at)).collect()
}

/// Names of `pub mod name;`.
fn public_modules(code: &str) -> Vec<String> {
    let words = words(code);
    let found = words.windows(3).filter(|three| three[0].1 == "pub" && three[1].1 == "mod");
    found.map(|three| three[2].1.to_owned()).collect()
}

/// Every room that `code`, `depth` modules beneath the crate's root, names by a path from the root, with its line.
fn imported(code: &str, depth: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in places(code, "crate") {
        if !code[..at].trim_end().ends_with('$') {
            found.extend(
                rooms_behind(&code[at + "crate".len()..]).into_iter().map(|room| (line_of(code, at), room)),
            );
        }
    }
    for at in places(code, "super") {
        // The first of a chain only.
        if code[..at].trim_end().ends_with("::") {
            continue;
        }
        let mut rest = &code[at..];
        let mut supers = 0;
        while let Some(behind) = rest.strip_prefix("super") {
            supers += 1;
            let Some(path) = behind.trim_start().strip_prefix("::") else { break };
            rest = path.trim_start();
            if supers >= depth {
                let behind = format!("::{rest}");
                found.extend(rooms_behind(&behind).into_iter().map(|room| (line_of(code, at), room)));
                break;
            }
        }
    }
    found
}

/// The first segments of the paths behind a root: `::room::…`, or `::{room, other::{…}}`.
fn rooms_behind(rest: &str) -> Vec<String> {
    let Some(path) = rest.trim_start().strip_prefix("::") else { return Vec::new() };
    let path = path.trim_start();
    let Some(group) = path.strip_prefix('{') else { return first_word(path).into_iter().collect() };
    let mut rooms = Vec::new();
    let (mut depth, mut begins) = (0, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            c if c.is_whitespace() => {}
            _ if begins => {
                rooms.extend(first_word(&group[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    rooms
}

/// The name that `text` begins with, where it is a module's: rooms are written in lower case.
fn first_word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    word.starts_with(|c: char| c.is_ascii_lowercase()).then_some(word)
}

// ---------------------------------------------------------------------------------------------------------------
// The checks can fail
// ---------------------------------------------------------------------------------------------------------------

/// Everything that is forbidden, once; and, beside it, the same words where they mean nothing.
const BAD: &str = r##"use std::fmt;
use crate::{
    domain::{Customer, api::Nested},
    api, // crate::sandbox
    report::{self, text::summary},
};
use super::super::checkpoint::Checkpoint;
/// Says [`crate::cli`] and `println!`.
pub fn run<'a>(quote: char, text: &'a str) {
    let _ = ("crate::config::Settings", r#"use crate::sandbox; "quoted" "#, '"', '\'', b'"', '€');
    /* crate::telemetry /* nested */ std::env::var("X") */
    println!("{text}");
    let _ = std::env::var_os("HOME");
    let _: backoff::ExponentialBackoff = crate::push::merge();
}
mod helpers {}
fn print(env: &str, var: &str, backoff: u32) {}
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::sandbox::Sandbox;
    fn only_here(x: [u8; 2]) { eprintln!("}}"); }
}
#[cfg(test)]
use crate::cli;
use governor::Quota;
"##;

#[test]
fn a_bad_file_is_found_out() {
    let bad = Source::new("group/rank.rs", BAD);
    assert_eq!(
        forbidden_imports(&bad),
        [
            "group/rank.rs:2: group may not import api",
            "group/rank.rs:2: group may not import report",
            "group/rank.rs:14: group may not import push",
            "group/rank.rs:7: group may not import checkpoint",
        ]
    );
    let whole = lacks_purpose(&("group/rank.rs".to_owned(), BAD.to_owned()));
    assert_eq!(whole.unwrap(), "group/rank.rs:1: the first line is no `//!` that says what the file is for");
    assert_eq!(empty_names(&bad), ["group/rank.rs: `helpers` says nothing"]);
    assert_eq!(environment_reads(&bad), ["group/rank.rs:13: the environment is for cli and config to read"]);
    assert_eq!(prints(&bad), ["group/rank.rs:12: `println!` cannot handle a closed pipe"]);
    assert_eq!(
        strayed_crates(&bad),
        [
            "group/rank.rs:14: `backoff` is for api/retry.rs alone",
            "group/rank.rs:26: `governor` is for api/gate.rs, api/clock.rs alone",
        ]
    );
}

#[test]
fn a_document_that_lags_behind_is_found_out() {
    let text = "`src/lib.rs`, `tests/tidy.rs::every_file_opens_with_its_purpose`, `src/gone.rs`, `src/lib.rs::gone`, `tests/data`";
    assert_eq!(unknown_tests(text), ["there is no src/gone.rs", "there is no src/lib.rs::gone"]);
    let code = r#"A = "phone.note", "a message. With words"; B = "phone.gone";"#;
    assert_eq!(
        unlisted_codes("x.rs", code, "| `phone.note` |"),
        ["x.rs: the manual does not list `phone.gone`"]
    );
}

#[test]
fn the_same_file_is_fine_where_the_table_allows_it() {
    assert!(
        forbidden_imports(&Source::new("pipeline/scan.rs", "use crate::{api, push::Pusher};")).is_empty()
    );
    assert_eq!(forbidden_imports(&Source::new("pipeline/scan.rs", "use crate::cli::run;")).len(), 1);
    assert!(environment_reads(&Source::new("cli/setup.rs", "std::env::var(X)")).is_empty());
    assert!(strayed_crates(&Source::new("api/retry.rs", "use backoff::backoff::Backoff;")).is_empty());
    assert_eq!(
        forbidden_imports(&Source::new("attic/mod.rs", "")),
        ["attic/mod.rs: the room `attic` is not in the table"]
    );
}

#[test]
fn super_leaves_the_room_only_at_its_end() {
    let found = |path: &str, code: &str| {
        let source = Source::new(path, code);
        imported(&source.code, source.depth()).into_iter().map(|(_, room)| room).collect::<Vec<_>>()
    };
    assert_eq!(found("record.rs", "use super::report;"), ["report"]);
    assert_eq!(found("push/mod.rs", "use super::{plan, cli::args};"), ["plan", "cli"]);
    assert_eq!(found("push/merge/mod.rs", "use super::super::plan::Plan;"), ["plan"]);
    assert_eq!(found("push/merge/mod.rs", "use super::cause;"), Vec::<String>::new());
    assert_eq!(found("push/merge/mod.rs", "use super::super::*; pub(super) fn f() {}"), Vec::<String>::new());
    assert_eq!(
        found("push/merge/mod.rs", "macro_rules! m { () => { $crate::plan::x() } }"),
        Vec::<String>::new()
    );
}

#[test]
fn long_files_are_measured_up_to_their_tests() {
    let code = |lines: usize| "x\n".repeat(lines);
    let tests = "#[cfg(test)]\n#[allow(clippy::unwrap_used)]\nmod tests {\n".to_owned() + &code(900) + "}\n";
    assert!(too_long(&Source::new("a/b.rs", &(code(LONGEST) + &tests))).is_none());
    let mut expected = String::new();
    write!(expected, "a/b.rs: {} lines before its tests, allowed {LONGEST}", LONGEST + 1).unwrap();
    assert_eq!(too_long(&Source::new("a/b.rs", &(code(LONGEST + 1) + &tests))).unwrap(), expected);
    // A declaration at the top of a file is not where its tests begin.
    let top = "#[cfg(test)]\nmod tests;\n".to_owned() + &code(LONGEST);
    assert!(too_long(&Source::new("a/mod.rs", &top)).is_some());
}

//! Which character separates the columns of a header: only ever to tell somebody, for the profile decides.
//!
//! Cells use `|` and `^` for lists, so characters are not counted: the one counts that gives known columns.

use std::collections::BTreeSet;

use super::fold::fold;

/// What separates columns in exports, the commonest first.
const COMMON: [u8; 4] = [b'\t', b',', b'|', b';'];

/// What to say of `header`, where another delimiter would give more of the columns of `names` (folded); `None` where
/// the profile's own does as well as any.
pub(super) fn another_delimiter(header: &[String], used: u8, names: &[String]) -> Option<String> {
    let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let known = |name: &str| names.contains(fold(name).as_str());
    let now = header.iter().filter(|name| known(name)).count();
    let line = header.join(char::from(used).to_string().as_str());
    let with = |delimiter: u8| line.split(char::from(delimiter)).filter(|name| known(name)).count();
    let others = COMMON.into_iter().filter(|other| *other != used);
    let (found, delimiter) = others.map(|other| (with(other), other)).rev().max()?;
    (found > now.max(1)).then(|| {
        format!(
            "the columns are separated by {}, and the profile says {}: {found} of its columns are there that way; name the profile of this layout, or set delimiter = {:?} in one of your own",
            named(delimiter),
            named(used),
            char::from(delimiter).to_string(),
        )
    })
}

/// The delimiter that gives most of `names` (folded) in the first line of a file; else the one that occurs most.
pub(super) fn likely(line: &str, names: &BTreeSet<String>) -> u8 {
    let score = |delimiter: u8| {
        let cells = || line.split(char::from(delimiter));
        (cells().filter(|name| names.contains(&fold(name))).count(), cells().count())
    };
    let best = COMMON.into_iter().rev().max_by_key(|delimiter| score(*delimiter));
    best.unwrap_or(b',')
}

/// A delimiter as a person calls it.
fn named(delimiter: u8) -> String {
    match delimiter {
        b'\t' => "tabs".to_owned(),
        b',' => "commas".to_owned(),
        b';' => "semicolons".to_owned(),
        b'|' => "bars (|)".to_owned(),
        other => format!("{:?}", char::from(other)),
    }
}

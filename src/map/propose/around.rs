//! What stands around the data of a file: a title above the header, totals below the last row. What is recognised is
//! proposed, what is not is said; no text of the file is ever repeated.

use std::fmt::Write as _;

use super::knowledge::Knowledge;
use crate::map::delimiter;
use crate::map::fold::fold;

/// A title is looked for in so many lines.
pub const TITLE_LINES: usize = 20;
/// Totals are looked for in so many rows.
pub const TOTALS_ROWS: usize = 8;

/// A row that names so many columns is a header.
const NAMES: usize = 3;
/// A row of a table has so many cells that are filled.
const CELLS: usize = 3;

/// What lines begin with that sum data up or end it, in lower case; the longer of two that begin alike first.
const STOPS: [&str; 13] = [
    "grand total",
    "report total",
    "total",
    "subtotal",
    "end of report",
    "end of file",
    "end of list",
    "*** end",
    "** end",
    "record count",
    "row count",
    "number of",
    "records:",
];

/// Where the header of a file stands, and what separates its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Lines above it.
    pub skip_lines: u32,
    /// Between two columns.
    pub delimiter: u8,
    /// Why it is taken for the header.
    pub evidence: Evidence,
}

impl Start {
    /// Whether quotes let a cell hold delimiters: where commas or semicolons separate.
    pub fn has_quotes(self) -> bool {
        matches!(self.delimiter, b',' | b';')
    }
}

/// Why a line is taken for the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Built-in profiles know several of its columns.
    Names,
    /// It is the first line that is shaped like those that follow.
    Shape,
    /// It is the first line, and nothing speaks for another.
    First,
}

/// Finds the header among the first `lines` of a file, each with its number, from 1.
pub fn find_start(lines: &[(u64, String)]) -> Start {
    let names = Knowledge::names();
    let cells = |line: &str, delimiter: u8| -> Vec<String> {
        line.split(char::from(delimiter)).map(|cell| cell.trim().trim_matches('"').to_owned()).collect()
    };
    let start = |line: u64, delimiter, evidence| {
        let skip_lines = u32::try_from(line.saturating_sub(1)).unwrap_or(0);
        Start { skip_lines, delimiter, evidence }
    };
    for (line, text) in lines {
        let delimiter = delimiter::likely(text, &names);
        if cells(text, delimiter).iter().filter(|cell| names.contains(&fold(cell))).count() >= NAMES {
            return start(*line, delimiter, Evidence::Names);
        }
    }
    // By their shape: the last lines at hand are the data.
    let Some((_, last)) = lines.last() else { return start(1, b',', Evidence::First) };
    let delimiter = delimiter::likely(last, &names);
    let width = cells(last, delimiter).len();
    let is_full = |text: &str| {
        let cells = cells(text, delimiter);
        cells.len() == width && cells.iter().filter(|cell| !cell.is_empty()).count() >= CELLS
    };
    match lines.iter().position(|(_, text)| is_full(text)) {
        Some(place) if place > 0 && width >= CELLS => start(lines[place].0, delimiter, Evidence::Shape),
        _ => {
            let first = lines.first().map_or("", |(_, text)| text.as_str());
            start(1, delimiter::likely(first, &names), Evidence::First)
        }
    }
}

/// One of the last rows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// Its line, from 1.
    pub line: u64,
    /// Its cells, as far as it could be split.
    pub cells: Vec<String>,
    /// Whether it has as many cells as the header.
    pub is_whole: bool,
}

/// What was found under the data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Under {
    /// What its totals begin with.
    pub(super) stops: Vec<&'static str>,
    /// The line of the first that was recognised.
    pub(super) totals: Option<u64>,
    /// The line of the first that is no row of the data and no totals that are known.
    pub(super) odd: Option<u64>,
}

/// Looks at the last rows of a file.
pub(super) fn under(tail: &[Tail]) -> Under {
    let mut under = Under::default();
    for Tail { line, cells, is_whole } in tail {
        let filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
        if *is_whole && 2 * filled > cells.len() || filled == 0 {
            continue;
        }
        let first = cells.iter().map(|cell| cell.trim().to_lowercase()).find(|cell| !cell.is_empty());
        let stop = STOPS.iter().find(|stop| first.as_ref().is_some_and(|first| first.starts_with(**stop)));
        match stop {
            Some(stop) => {
                under.totals.get_or_insert(*line);
                if !under.stops.contains(stop) {
                    under.stops.push(stop);
                }
            }
            // What stands below totals is refused by a run, which says so.
            None if !*is_whole => drop(under.odd.get_or_insert(*line)),
            None => {}
        }
    }
    under
}

/// `skip_lines` and `stop_at`, and what a person should know of them.
pub(super) fn keys(start: Start, under: &Under) -> String {
    let Start { skip_lines, delimiter: _, evidence } = start;
    let why = match (skip_lines, evidence) {
        (0, _) => "nothing stands above the first row".to_owned(),
        (_, Evidence::Names) => format!("line {} names columns that are known", skip_lines + 1),
        (_, _) => format!("line {} is the first that is like the others: is it the header?", skip_lines + 1),
    };
    let stops: Vec<_> = under.stops.iter().map(|stop| format!("{stop:?}")).collect();
    let found = match under.totals {
        Some(line) => format!("line {line} sums the data up"),
        None => "no totals were recognised under the data".to_owned(),
    };
    let mut out =
        format!("skip_lines = {skip_lines}         # {why}\nstop_at = [{}]    # {found}\n", stops.join(", "));
    if let Some(line) = under.odd {
        let _ = writeln!(
            out,
            "# Line {line} is not like the others, and was not recognised: if it is a total, add what it begins with to stop_at."
        );
    }
    out
}

//! [`Splitter`]: the cells of one row, from text that may end in the middle of it.
//!
//! A pure function over bytes: no I/O, no positions; `rows` feeds it and goes on after what it refuses.
//!
//! Cells are those of RFC 4180, read as the `csv` crate reads them: a quote opens a cell only as its first byte,
//! doubled it stands for itself, and text between the closing quote and the delimiter is kept. A row ends with `\n`,
//! `\r\n` or a lone `\r`. Beyond that, a quoted cell is taken for one whose quote was never meant to open
//! (`15" WHEELS`), and its row refused, where it
//! - holds more than [`MAX_LINE_ENDS`] line ends, or holds one and is longer than [`MAX_CELL`] bytes,
//! - is still open at the end of the file, or
//! - holds a line end, and its closing quote is followed by neither a delimiter nor a line end: it swallowed the
//!   opening quote of a later row, or
//! - holds a line end, while the line on which it opens and the one on which it closes would each be a row of the right
//!   width without it ([`Splitter::joins_rows`]): two stray quotes in two rows.

use csv::ByteRecord;

use super::dialect::{Dialect, Quote};
use super::stops::{BLOCK, Stops};

/// The longest cell, in bytes, quotes included.
pub(super) const MAX_CELL: usize = 64 * 1024;
/// The longest row, in bytes.
pub(super) const MAX_ROW: usize = 1024 * 1024;
/// The most line ends in one quoted cell.
pub(super) const MAX_LINE_ENDS: u64 = 20;

/// The fewest cells of a row that tell rows from prose within a cell, where their first cells are alike.
const NARROWEST: usize = 4;
/// The same, whatever their first cells are: nobody writes that many commas on the right lines.
const WIDE: usize = 10;

/// What the text at hand says of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// It ends before the row does: get more, and ask again from the row's beginning.
    More,
    /// A row.
    Row {
        /// Its bytes without the line end.
        content: usize,
        /// Its bytes with the line end.
        total: usize,
        /// Line ends in it, its own included.
        line_ends: u64,
    },
    /// No row.
    Broken {
        /// Why.
        fault: Fault,
        /// Where the cell begins whose line is to be refused.
        opened: usize,
    },
}

/// Why text is not a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A quote that opened by mistake, or was never closed.
    Quote,
    /// A cell over [`MAX_CELL`] bytes.
    LongCell,
    /// A row over [`MAX_ROW`] bytes.
    LongRow,
}

/// One cell's end.
enum Cell {
    /// Another cell begins at `next`.
    Delimited { next: usize, line_ends: u64 },
    /// The row is over.
    Last { content: usize, total: usize, line_ends: u64 },
    /// The text ends first.
    More,
    /// No cell.
    Broken(Fault),
}

/// Cuts rows by one dialect.
pub(super) struct Splitter {
    delimiter: u8,
    quote: Option<u8>,
    /// Bytes that may end an unquoted cell or open a quoted one.
    stops: Stops,
    /// Bytes that end an unquoted cell.
    ends_plain: [bool; 256],
    /// Bytes that matter inside quotes.
    ends_quoted: [bool; 256],
    /// A quoted cell without its doubled quotes.
    unquoted: Vec<u8>,
}

impl Splitter {
    pub(super) fn new(dialect: &Dialect) -> Self {
        let quote = match dialect.quote {
            Quote::Doubled(quote) => Some(quote),
            Quote::None => None,
        };
        let table = |bytes: &[u8]| std::array::from_fn(|b| bytes.iter().any(|stop| usize::from(*stop) == b));
        Self {
            delimiter: dialect.delimiter,
            quote,
            stops: Stops::new([dialect.delimiter, quote.unwrap_or(b'\n'), b'\n', b'\r']),
            ends_plain: table(&[dialect.delimiter, b'\n', b'\r']),
            ends_quoted: table(&[quote.unwrap_or(b'\n'), b'\n', b'\r']),
            unquoted: Vec::new(),
        }
    }

    /// The delimiter.
    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Reads the row that `text` begins with into `row`. `last`: no more text follows.
    pub(super) fn split(&mut self, text: &[u8], last: bool, row: &mut ByteRecord) -> Split {
        self.split_unquoted(text, row).unwrap_or_else(|| self.split_any(text, last, row))
    }

    /// The same for a row that is wholly in `text` and has no quoted cell: what most rows are. Looks at many bytes at
    /// a time; `None` where the row needs a closer look.
    fn split_unquoted(&self, text: &[u8], row: &mut ByteRecord) -> Option<Split> {
        row.clear();
        let mut cell = 0;
        for (block, at) in text.chunks(BLOCK).zip((0..).step_by(BLOCK)) {
            let mut stops = self.stops.in_block(block);
            while stops != 0 {
                let end = at + stops.trailing_zeros() as usize;
                stops &= stops - 1;
                match text[end] {
                    byte if byte == self.delimiter => {
                        row.push_field(short(text, cell, end)?);
                        cell = end + 1;
                    }
                    b'\n' | b'\r' => {
                        row.push_field(short(text, cell, end)?);
                        let total = end + line_end(text, end, false)?;
                        return (total <= MAX_ROW).then_some(Split::Row {
                            content: end,
                            total,
                            line_ends: 1,
                        });
                    }
                    // A quote within a cell is a character like any other.
                    _ if end != cell => {}
                    _ => return None,
                }
            }
        }
        None
    }

    /// The same for any row.
    pub(super) fn split_any(&mut self, text: &[u8], last: bool, row: &mut ByteRecord) -> Split {
        row.clear();
        let (mut at, mut lines) = (0, 0);
        loop {
            let cell = match self.quote {
                Some(quote) if text.get(at) == Some(&quote) => self.quoted(text, at, quote, last, row),
                _ => self.plain(text, at, at, last, row),
            };
            match cell {
                Cell::Delimited { next, line_ends } => {
                    at = next;
                    lines += line_ends;
                }
                Cell::Last { total, .. } if total > MAX_ROW => {
                    return Split::Broken { fault: Fault::LongRow, opened: 0 };
                }
                Cell::Last { content, total, line_ends } => {
                    return Split::Row { content, total, line_ends: lines + line_ends };
                }
                Cell::More if text.len() > MAX_ROW => {
                    return Split::Broken { fault: Fault::LongRow, opened: 0 };
                }
                Cell::More => return Split::More,
                Cell::Broken(fault) => return Split::Broken { fault, opened: at },
            }
        }
    }

    /// Whether `text`, one row of several lines, looks like several rows of `width` cells that stray quotes have joined:
    /// its first and its last line, each on its own and with the quote for a plain character, are as wide as a row. Rows
    /// of fewer than [`NARROWEST`] cells are left in peace, for prose has commas too; those of fewer than [`WIDE`] unless
    /// both lines begin alike, say with a number.
    pub(super) fn joins_rows(&mut self, text: &[u8], width: usize) -> bool {
        let is_end = |b: &u8| matches!(b, b'\n' | b'\r');
        let (Some(first), Some(last)) = (text.iter().position(is_end), text.iter().rposition(is_end)) else {
            return false;
        };
        let (first, last) = (&text[..first], &text[last + 1..]);
        width >= NARROWEST
            && (width >= WIDE || shape(self.first_cell(first)) == shape(self.first_cell(last)))
            && self.plain_width(first) == width
            && self.plain_width(last) == width
    }

    fn first_cell<'t>(&self, line: &'t [u8]) -> &'t [u8] {
        line.split(|byte| *byte == self.delimiter).next().unwrap_or_default()
    }

    /// The cells of one line whose last quote may never close; such a quote is a plain character.
    fn plain_width(&mut self, line: &[u8]) -> usize {
        let mut row = ByteRecord::new();
        match self.split_any(line, true, &mut row) {
            Split::Broken { opened, .. } => {
                row.len() + line[opened..].split(|byte| *byte == self.delimiter).count()
            }
            Split::Row { .. } | Split::More => row.len(),
        }
    }

    /// The rest, from `from`, of the cell that begins at `opened` and is not (or no longer) quoted.
    fn plain(&mut self, text: &[u8], opened: usize, from: usize, last: bool, row: &mut ByteRecord) -> Cell {
        let rest = &text[from..];
        let stop = rest.iter().position(|b| self.ends_plain[usize::from(*b)]);
        let end = from + stop.unwrap_or(rest.len());
        if end - opened > MAX_CELL {
            return Cell::Broken(Fault::LongCell);
        }
        let cell = match stop {
            None if last => Cell::Last { content: end, total: end, line_ends: 0 },
            None => return Cell::More,
            Some(_) => self.after(text, end, last),
        };
        if from == opened {
            row.push_field(&text[from..end]);
        } else {
            self.unquoted.extend_from_slice(&text[from..end]);
            row.push_field(&self.unquoted);
        }
        cell
    }

    /// What the delimiter or line end at `end` makes of the cell before it.
    fn after(&self, text: &[u8], end: usize, last: bool) -> Cell {
        if text[end] == self.delimiter {
            return Cell::Delimited { next: end + 1, line_ends: 0 };
        }
        match line_end(text, end, last) {
            Some(length) => Cell::Last { content: end, total: end + length, line_ends: 1 },
            None => Cell::More,
        }
    }

    /// The cell whose quote opens at `opened`.
    fn quoted(&mut self, text: &[u8], opened: usize, quote: u8, last: bool, row: &mut ByteRecord) -> Cell {
        self.unquoted.clear();
        let (mut at, mut from, mut lines) = (opened + 1, opened + 1, 0);
        loop {
            let stop = text[at..].iter().position(|b| self.ends_quoted[usize::from(*b)]);
            at += stop.unwrap_or(text.len() - at);
            if at - opened > MAX_CELL {
                return Cell::Broken(if lines > 0 { Fault::Quote } else { Fault::LongCell });
            }
            if stop.is_none() {
                return if last { Cell::Broken(Fault::Quote) } else { Cell::More };
            }
            if text[at] != quote {
                lines += 1;
                at += line_end(text, at, true).unwrap_or(1);
                if lines > MAX_LINE_ENDS {
                    return Cell::Broken(Fault::Quote);
                }
            } else if text.get(at + 1) == Some(&quote) {
                self.unquoted.extend_from_slice(&text[from..=at]);
                at += 2;
                from = at;
            } else if at + 1 == text.len() && !last {
                return Cell::More;
            } else {
                return self.closed(text, Quoted { opened, from, close: at, lines }, last, row);
            }
        }
    }

    /// The cell whose quote closed.
    fn closed(&mut self, text: &[u8], cell: Quoted, last: bool, row: &mut ByteRecord) -> Cell {
        let Quoted { opened, from, close, lines } = cell;
        let next = close + 1;
        let end = match text.get(next) {
            None => Cell::Last { content: next, total: next, line_ends: 0 },
            Some(byte) if self.ends_plain[usize::from(*byte)] => self.after(text, next, last),
            Some(_) if lines > 0 => return Cell::Broken(Fault::Quote),
            Some(_) => {
                self.unquoted.extend_from_slice(&text[from..close]);
                return self.plain(text, opened, next, last, row);
            }
        };
        if self.unquoted.is_empty() {
            row.push_field(&text[from..close]);
        } else {
            self.unquoted.extend_from_slice(&text[from..close]);
            row.push_field(&self.unquoted);
        }
        match end {
            Cell::Delimited { next, line_ends } => Cell::Delimited { next, line_ends: line_ends + lines },
            Cell::Last { content, total, line_ends } => {
                Cell::Last { content, total, line_ends: line_ends + lines }
            }
            other => other,
        }
    }
}

/// A quoted cell in the text: where its quote opens and closes, where the text begins that is not yet copied, and
/// the line ends in it.
#[derive(Clone, Copy)]
struct Quoted {
    opened: usize,
    from: usize,
    close: usize,
    lines: u64,
}

/// What a text is made of: digits, other letters, anything else.
fn shape(text: &[u8]) -> [bool; 3] {
    let text = text.trim_ascii();
    let digit = |b: &u8| b.is_ascii_digit();
    let letter = |b: &u8| b.is_ascii_alphabetic() || !b.is_ascii();
    [text.iter().any(digit), text.iter().any(letter), text.iter().any(|b| !digit(b) && !letter(b))]
}

/// The cell from `from` to `to`, unless it is too long for one.
fn short(text: &[u8], from: usize, to: usize) -> Option<&[u8]> {
    (to - from <= MAX_CELL).then(|| &text[from..to])
}

/// The length of the line end at `at`, where there is one; `None` where more text decides whether it is `\r\n`.
pub(super) fn line_end(text: &[u8], at: usize, last: bool) -> Option<usize> {
    match (text.get(at), text.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Some(2),
        (Some(b'\r'), None) if !last => None,
        _ => Some(1),
    }
}

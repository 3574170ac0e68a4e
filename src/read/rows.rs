//! [`Rows`]: rows one after another, each with the line on which it begins; goes on after what is no row.
//!
//! Holds one buffer, which grows to the longest row it meets and never beyond what [`MAX_ROW`] asks for. Knows
//! nothing of headers and of encodings, and of how many cells a row should have only to find rows that a quote has joined.

use std::io;
use std::ops::Range;

use csv::ByteRecord;

use super::dialect::Dialect;
use super::encoding::read_some;
use super::source::{OnDisk, Text};
use super::split::{Fault, MAX_ROW, Split, Splitter, line_end};

/// Read at once. Large enough that a system call costs nothing beside the work on its bytes.
const CHUNK: usize = 256 * 1024;

/// Where text stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// From 1.
    pub(super) line: u64,
    /// From 0, in the decoded text.
    pub(super) byte: u64,
}

/// The next thing in a file.
pub(super) enum Framed {
    /// A row; [`Rows::raw`] has its bytes.
    Row(Place),
    /// Text that is no row, without its line end.
    Broken { place: Place, fault: Fault, raw: Vec<u8> },
    /// Nothing.
    End,
}

/// Cuts a text into rows.
pub(super) struct Rows {
    text: Text,
    splitter: Splitter,
    buffer: Vec<u8>,
    /// What of `buffer` is not yet cut.
    todo: Range<usize>,
    /// The row that was cut last, without its line end.
    raw: Range<usize>,
    /// Where `todo` begins.
    place: Place,
    /// Whether `text` has nothing more.
    ended: bool,
    /// How many cells a row should have, where that is known.
    width: Option<usize>,
}

impl Rows {
    pub(super) fn new(text: Text, dialect: &Dialect) -> Self {
        Self {
            text,
            splitter: Splitter::new(dialect),
            buffer: Vec::new(),
            todo: 0..0,
            raw: 0..0,
            place: Place { line: 1, byte: 0 },
            ended: false,
            width: None,
        }
    }

    /// From here on, rows should have `width` cells: what tells a quote that opened by mistake from a cell with lines.
    pub(super) fn expect_width(&mut self, width: usize) {
        self.width = Some(width);
    }

    /// The bytes of the row that came last, without its line end.
    pub(super) fn raw(&self) -> &[u8] {
        &self.buffer[self.raw.clone()]
    }

    /// The line that comes next, from 1.
    pub(super) fn line(&self) -> u64 {
        self.place.line
    }

    /// The bytes beneath.
    pub(super) fn disk(&self) -> &OnDisk {
        self.text.disk()
    }

    /// The bytes beneath, for good.
    pub(super) fn into_disk(self) -> OnDisk {
        self.text.into_disk()
    }

    /// Passes over the next `count` lines, whatever is in them.
    pub(super) fn skip_lines(&mut self, count: u32) -> io::Result<()> {
        for _ in 0..count {
            if self.ended && self.todo.is_empty() {
                break;
            }
            self.skip_line()?;
        }
        Ok(())
    }

    /// Whether a row, or what should be one, is still to come. Skips blank lines.
    pub(super) fn more(&mut self) -> io::Result<bool> {
        while !self.skip_blank_lines() {
            if self.ended {
                return Ok(false);
            }
            self.fill()?;
        }
        Ok(true)
    }

    /// The next row, in `row`.
    pub(super) fn next(&mut self, row: &mut ByteRecord) -> io::Result<Framed> {
        if !self.more()? {
            row.clear();
            return Ok(Framed::End);
        }
        loop {
            match self.splitter.split(&self.buffer[self.todo.clone()], self.ended, row) {
                Split::More => self.fill()?,
                Split::Row { content, line_ends, .. } if line_ends > 1 && self.swallows(content) => {
                    return self.refuse(Fault::Quote, 0);
                }
                Split::Row { content, total, line_ends } => {
                    let place = self.place;
                    self.raw = self.todo.start..self.todo.start + content;
                    self.pass(total, line_ends);
                    return Ok(Framed::Row(place));
                }
                Split::Broken { fault, opened } => return self.refuse(fault, opened),
            }
        }
    }

    /// Whether the row of several lines, `content` bytes long, is several rows that a stray quote has joined.
    fn swallows(&mut self, content: usize) -> bool {
        let text = &self.buffer[self.todo.start..self.todo.start + content];
        self.width.is_some_and(|width| self.splitter.joins_rows(text, width))
    }

    /// Refuses the row up to the end of the line on which the cell at `opened` begins.
    fn refuse(&mut self, fault: Fault, opened: usize) -> io::Result<Framed> {
        let place = self.place;
        let text = &self.buffer[self.todo.clone()];
        let end = end_of_line(text, opened).unwrap_or(text.len());
        let raw = text[..end.min(MAX_ROW)].to_vec();
        let inner = line_ends(&text[..end]);
        self.pass(end, inner);
        self.skip_line()?;
        Ok(Framed::Broken { place, fault, raw })
    }

    /// Goes to the beginning of the next line, however far it is.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let text = &self.buffer[self.todo.clone()];
            let end = end_of_line(text, 0);
            match end.map(|end| (end, line_end(text, end, self.ended))) {
                Some((end, Some(length))) => {
                    self.pass(end + length, 1);
                    return Ok(());
                }
                _ if self.ended => {
                    self.pass(self.todo.len(), 0);
                    return Ok(());
                }
                // What is left is a `\r` that the next byte may complete, or nothing of use.
                Some((end, None)) => self.pass(end, 0),
                None => self.pass(self.todo.len(), 0),
            }
            self.fill()?;
        }
    }

    /// Whether `todo` begins with something that is no blank line. Blank: spaces and tabs at most, no delimiter.
    fn skip_blank_lines(&mut self) -> bool {
        loop {
            let text = &self.buffer[self.todo.clone()];
            let delimiter = self.splitter.delimiter();
            let blank = text.iter().take_while(|b| matches!(b, b' ' | b'\t') && **b != delimiter).count();
            match text.get(blank) {
                None if self.ended => {
                    self.pass(blank, 0);
                    return false;
                }
                // A line of blanks alone may grow into a row; one that fills the longest row is left to the splitter.
                None => return blank > MAX_ROW,
                Some(b'\n' | b'\r') => match line_end(text, blank, self.ended) {
                    Some(length) => self.pass(blank + length, 1),
                    None => return false,
                },
                Some(_) => return true,
            }
        }
    }

    /// Moves on by `bytes`, in which there are `lines` line ends.
    fn pass(&mut self, bytes: usize, lines: u64) {
        self.todo.start += bytes;
        self.place.byte += bytes as u64;
        self.place.line += lines;
    }

    /// Reads more behind what is there.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.todo.clone(), 0);
        self.todo = 0..self.todo.len();
        self.raw = 0..0;
        let wanted = self.todo.end + CHUNK;
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        let read = read_some(&mut self.text, &mut self.buffer[self.todo.end..])?;
        self.todo.end += read;
        self.ended = read == 0;
        Ok(())
    }
}

/// Where the line ends that `from` is on.
fn end_of_line(text: &[u8], from: usize) -> Option<usize> {
    let stop = text[from..].iter().position(|b| matches!(b, b'\n' | b'\r'));
    stop.map(|n| from + n)
}

/// How many line ends `text` has.
pub(super) fn line_ends(text: &[u8]) -> u64 {
    let mut at = 0;
    let mut count = 0;
    while let Some(end) = end_of_line(text, at) {
        at = end + line_end(text, end, true).unwrap_or(1);
        count += 1;
    }
    count
}

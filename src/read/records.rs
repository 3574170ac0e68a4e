//! [`Records`]: the rows of one file, streamed; what is wrong with a row is a value with its position.
//!
//! Promises of a row that it hands out: as many cells as the header (or as the first row, where there is no header),
//! no NUL byte, and every byte decodable by [`Records::decoder`]. Cells are raw bytes, trimmed of nothing.

use std::sync::Arc;

use csv::ByteRecord;

use super::ReadError;
use super::dialect::{Dialect, HeaderMode, Quote};
use super::encoding::{Decoder, TextEncoding, looks_like_utf16};
use super::header_again::HeaderAgain;
use super::rows::{Framed, Place, Rows};
use super::source::Text;
use super::split::{Fault, MAX_CELL, MAX_LINE_ENDS, MAX_ROW};
use super::totals::{Totals, is_blank_row};
use crate::domain::Finding;

/// What a message quotes of a column's name.
const LONGEST_NAME: usize = 40;

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowAt {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Its number, from 1; the header, blank lines and totals do not count, malformed rows do.
    pub record: u64,
    /// Where it begins, in bytes from the file's beginning behind its byte-order mark; in transcoded text where the
    /// file is UTF-16.
    pub byte: u64,
}

/// A row that cannot be read.
#[derive(Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Where it stands.
    pub at: RowAt,
    /// What is wrong: `row.fields`, `row.nul`, `row.encoding`, `row.quote`, `row.too_long`, `row.header_again` or
    /// `row.after_totals`.
    pub finding: Finding,
    /// Its bytes without the line end; cut off after 1 MiB. [`Decoder::escaped`] makes text of them.
    pub raw: Vec<u8>,
}

impl Malformed {
    /// Whether the row was cut into cells as any other, and is refused for what stands in one of them, or for where it
    /// stands itself. That it has as many cells as the header is not said by this.
    pub fn is_cut(&self) -> bool {
        matches!(&*self.finding.code, "row.nul" | "row.encoding" | "row.after_totals")
    }
}

impl std::fmt::Debug for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Malformed({} at line {}, record {})", self.finding.code, self.at.line, self.at.record)
    }
}

/// What was read of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// SHA-256 of the bytes on disk, lower-case hexadecimal.
    pub sha256: String,
    /// Rows that were read, malformed ones included, the header not.
    pub rows: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

/// The rows of one file.
pub struct Records {
    file: Arc<str>,
    rows: Rows,
    encoding: TextEncoding,
    decoder: Decoder,
    header: Vec<String>,
    /// Where the header begins; where there is none, the first row.
    begins: u64,
    /// What of the header tells a second one; none where the file has no header.
    repeated: Option<HeaderAgain>,
    /// How many cells a row has, as soon as that is known.
    width: Option<usize>,
    record: u64,
    totals: Totals,
    /// Whether the totals came by.
    is_over: bool,
    /// The first row and what became of it, until somebody reads it.
    first: Option<(Result<RowAt, Malformed>, ByteRecord)>,
}

impl Records {
    /// Reads the header, and makes sure that there is something behind it.
    pub(super) fn open(
        file: Arc<str>,
        text: Text,
        dialect: &Dialect,
        encoding: TextEncoding,
    ) -> Result<Self, ReadError> {
        let mut records = Self {
            file,
            rows: Rows::new(text, dialect),
            encoding,
            decoder: encoding.decoder(),
            header: Vec::new(),
            begins: 1,
            repeated: None,
            width: None,
            record: 0,
            totals: Totals::new(&dialect.stop_at),
            is_over: false,
            first: None,
        };
        records.skip_preamble(dialect.skip_lines)?;
        if dialect.header == HeaderMode::Present {
            records.read_header(dialect.quote)?;
        }
        let mut row = ByteRecord::new();
        records.first = records.next(&mut row)?.map(|read| (read, row));
        if let (HeaderMode::Absent, Some((first, _))) = (dialect.header, &records.first) {
            records.begins = first.as_ref().map_or_else(|malformed| malformed.at.line, |at| at.line);
        }
        let file = || records.file.to_string();
        match (&records.first, dialect.header) {
            (Some(_), _) => Ok(records),
            (None, HeaderMode::Present) => Err(ReadError::HeaderOnly { file: file() }),
            (None, HeaderMode::Absent) => Err(ReadError::Empty { file: file() }),
        }
    }

    /// The columns' names as they stand in the file; empty where it has no header.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The line of the header, from 1; where there is none, that of the first row.
    pub fn begins(&self) -> u64 {
        self.begins
    }

    /// Whether the dialect names totals that did not come by. At the end of a file: it may be cut off.
    pub fn lacks_totals(&self) -> bool {
        !self.is_over && !self.totals.are_none()
    }

    /// How the file is decoded; a later pass takes it as [`super::EncodingChoice::Known`].
    pub fn encoding(&self) -> TextEncoding {
        self.encoding
    }

    /// What a person should know of how the file is read.
    pub fn notice(&self) -> Option<String> {
        self.encoding.notice(&self.file)
    }

    /// Reads the cells of the rows.
    pub fn decoder(&self) -> Decoder {
        self.decoder
    }

    /// Whether the file is an `errors.csv` of ours, fed back.
    pub fn is_fed_back(&self) -> bool {
        crate::domain::outcome::is_errors_header(&self.header)
    }

    /// Bytes on disk that were read so far.
    pub fn bytes_read(&self) -> u64 {
        self.rows.disk().bytes()
    }

    /// The next row, in `row`; `None` at the end of the file. Totals and the blank rows under them are passed over.
    /// After a malformed row reading goes on; `row` holds the cells that could be cut, see [`Malformed::is_cut`].
    pub fn read(&mut self, row: &mut ByteRecord) -> Result<Option<Result<RowAt, Malformed>>, ReadError> {
        match self.first.take() {
            Some((first, cells)) => {
                *row = cells;
                Ok(Some(first))
            }
            None => self.next(row),
        }
    }

    fn next(&mut self, row: &mut ByteRecord) -> Result<Option<Result<RowAt, Malformed>>, ReadError> {
        let (place, broken) = loop {
            match self.rows.next(row).map_err(|error| ReadError::io(&self.file, "read", error))? {
                Framed::End => return Ok(None),
                Framed::Broken { place, fault, raw } => break (place, Some((fault, raw))),
                Framed::Row(_) if self.totals.are(row, self.decoder) => self.is_over = true,
                Framed::Row(_) if self.is_over && is_blank_row(row) => {}
                Framed::Row(place) => break (place, None),
            }
        };
        self.record += 1;
        let at = RowAt { line: place.line, record: self.record, byte: place.byte };
        Ok(Some(match broken {
            Some((fault, raw)) => {
                let finding = self.out_of_place(None).unwrap_or_else(|| self.broken(fault, row));
                Err(Malformed { at, finding, raw })
            }
            None => match self.out_of_place(Some(row)).or_else(|| self.finding(row)) {
                Some(finding) => Err(Malformed { at, finding, raw: self.rows.raw().to_vec() }),
                None => Ok(at),
            },
        }))
    }

    /// The digest of the whole file. Bytes that no row was read from are read for it.
    pub fn finish(self) -> Result<Digest, ReadError> {
        let digest = self.rows.into_disk().digest();
        let (sha256, bytes) = digest.map_err(|error| ReadError::io(&self.file, "read", error))?;
        Ok(Digest { sha256, rows: self.record - u64::from(self.first.is_some()), bytes })
    }

    /// Goes to the header, or to the first row; there must be something.
    fn skip_preamble(&mut self, lines: u32) -> Result<(), ReadError> {
        let skipped = self.rows.skip_lines(lines).and_then(|()| self.rows.more());
        match skipped.map_err(|error| ReadError::io(&self.file, "read", error))? {
            true => Ok(()),
            false if lines == 0 => Err(ReadError::Empty { file: self.file.to_string() }),
            false => Err(ReadError::Header {
                file: self.file.to_string(),
                line: self.rows.line(),
                what: format!(
                    "there is nothing behind the {lines} lines that the profile skips; is this the whole export?"
                ),
            }),
        }
    }

    fn read_header(&mut self, quote: Quote) -> Result<(), ReadError> {
        let mut row = ByteRecord::new();
        let framed = self.rows.next(&mut row).map_err(|error| ReadError::io(&self.file, "read", error))?;
        let (place, finding) = match framed {
            Framed::Row(place) => (place, self.finding(&row)),
            Framed::Broken { place, fault, .. } => (place, Some(self.broken(fault, &row))),
            Framed::End => (Place { line: 1, byte: 0 }, None),
        };
        if let Some(finding) = finding {
            return Err(self.no_header(place, &finding));
        }
        self.begins = place.line;
        self.width = Some(row.len());
        self.rows.expect_width(row.len());
        let names = row.iter().map(|name| self.decoder.decode(name).map(std::borrow::Cow::into_owned));
        self.header = names.collect::<Result<_, _>>().map_err(|finding| self.no_header(place, &finding))?;
        if quote == Quote::None && are_quoted(&self.header) {
            let what = "the columns' names stand in quotes, and the profile says that there are none, so every cell \
                        would keep its own; use a profile of your own with quote = '\"'";
            return Err(ReadError::Header {
                file: self.file.to_string(),
                line: place.line,
                what: what.to_owned(),
            });
        }
        self.repeated = HeaderAgain::of(&self.header);
        Ok(())
    }

    fn no_header(&self, place: Place, finding: &Finding) -> ReadError {
        let hint = match looks_like_utf16(self.rows.raw()) {
            Some(encoding) => {
                let name = encoding.name().to_ascii_lowercase();
                format!("; it looks like {name} without a byte-order mark: pin that in the profile")
            }
            None => "; is this the export, and is its encoding right?".to_owned(),
        };
        let what = format!("{}{hint}", finding.message);
        ReadError::Header { file: self.file.to_string(), line: place.line, what }
    }

    /// What is wrong with where a row stands, or with its being there at all; `row` where it could be cut.
    fn out_of_place(&self, row: Option<&ByteRecord>) -> Option<Finding> {
        let repeats = |row| self.repeated.as_ref().is_some_and(|header| header.is(row, self.decoder));
        if row.is_some_and(repeats) {
            let message = "the header again; were several exports put into one file?";
            return Some(Finding::new("row.header_again", message.to_owned()));
        }
        let message =
            "a row below the totals, which end the data; is it one of the data, or are those no totals?";
        self.is_over.then(|| Finding::new("row.after_totals", message.to_owned()))
    }

    /// What is wrong with the row that was cut last.
    fn finding(&mut self, row: &ByteRecord) -> Option<Finding> {
        let raw = self.rows.raw();
        if raw.contains(&0) {
            let place = self.cell_with(row, |cell| cell.contains(&0));
            return Some(Finding::new("row.nul", format!("a NUL byte{place}")));
        }
        if !self.decoder.accepts(raw) {
            let place = self.cell_with(row, |cell| !self.decoder.accepts(cell));
            let message = format!("bytes that are not {}{place}", self.decoder.name());
            return Some(Finding::new("row.encoding", message));
        }
        let width = *self.width.get_or_insert(row.len());
        if self.header.is_empty() {
            self.rows.expect_width(width);
        }
        if row.len() != width {
            let says = if self.header.is_empty() { "the first row" } else { "the header" };
            return Some(Finding::new(
                "row.fields",
                format!(
                    "{} where {says} has {width}; is a quote or a line end misplaced, or the row cut off?",
                    cells(row.len())
                ),
            ));
        }
        None
    }

    /// What is wrong with text that is no row; `row` has the cells before the trouble.
    fn broken(&self, fault: Fault, row: &ByteRecord) -> Finding {
        let place = self.column(row.len());
        match fault {
            Fault::Quote => Finding::new(
                "row.quote",
                format!(
                    "a quote that opens{place} is not closed where a cell can end, within {MAX_LINE_ENDS} line ends \
                     and {} KiB; reading went on with the next line",
                    MAX_CELL / 1024
                ),
            ),
            Fault::LongCell => {
                Finding::new("row.too_long", format!("more than {} KiB{place}", MAX_CELL / 1024))
            }
            Fault::LongRow => {
                Finding::new("row.too_long", format!("a row of more than {} KiB", MAX_ROW / 1024))
            }
        }
    }

    /// ` in column N (name)`, for the first cell that `is_it`; nothing where there is none.
    fn cell_with(&self, row: &ByteRecord, is_it: impl Fn(&[u8]) -> bool) -> String {
        row.iter().position(is_it).map_or_else(String::new, |index| self.column(index))
    }

    fn column(&self, index: usize) -> String {
        match self.header.get(index) {
            Some(name) => {
                let name: String = name.trim().chars().take(LONGEST_NAME).collect();
                format!(" in column {} ({name})", index + 1)
            }
            None => format!(" in column {}", index + 1),
        }
    }
}

/// Whether more than half of the names stand in quotes.
fn are_quoted(names: &[String]) -> bool {
    let is_quoted = |name: &&String| {
        let name = name.trim();
        name.len() > 1 && name.starts_with('"') && name.ends_with('"')
    };
    names.iter().filter(is_quoted).count() * 2 > names.len()
}

/// `1 field`, `2 fields`.
fn cells(count: usize) -> String {
    format!("{count} field{}", if count == 1 { "" } else { "s" })
}

//! [`TextEncoding`]: how the bytes of one file become text, and how that is found out.
//!
//! The rule: a byte-order mark; else UTF-8, if every byte of the file is that; else, with a notice, whichever of UTF-8
//! and Windows-1252 accounts for more of what is not ASCII. Where that is UTF-8, rows that are not are refused: read
//! as Windows-1252 they would spoil everybody else's names. The second step needs the whole file, and a verdict that
//! changed half way would decode the first half wrong. So [`EncodingChoice::Detect`] reads the file once before its
//! rows. That costs a few hundredths of a second per 100 MB, because ASCII is checked a word at a time and the second
//! reading comes from the page cache (a packed file is unpacked once more); a later pass gets the verdict as
//! [`EncodingChoice::Known`].
//!
//! Nothing is ever replaced: bytes that the encoding does not have are a fault of their row.

use std::borrow::Cow;
use std::io::{self, Read};
use std::str;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::dialect::EncodingChoice;
use super::formats::Format;
use super::rows::line_ends;
use super::unpack::Packed;
use crate::domain::Finding;

const CHUNK: usize = 1024 * 1024;

/// Letters that a DMS may have had spoilt for years: that many say nothing of the file.
const SPOILT_BEFORE: u64 = 2;

/// How the bytes of one file become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextEncoding {
    encoding: &'static Encoding,
    evidence: Evidence,
    format: Option<Format>,
}

/// Why we think so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Evidence {
    /// The file begins with a byte-order mark.
    Mark,
    /// Every byte of it is UTF-8.
    Valid,
    /// It is not UTF-8, first in this line; Windows-1252 is the likeliest rest.
    Guess { line: u64 },
    /// Most of it is UTF-8, and something in this line is not.
    Mostly { line: u64 },
    /// The profile says so.
    Pinned,
}

impl TextEncoding {
    /// As it stands in `summary.json`: `utf-8`, `utf-8 with byte-order mark`, `windows-1252`, `utf-16le`, or another
    /// name of the WHATWG encoding standard in lower case; behind it `, gzip`, `, zstd` or `, zip` where the file is
    /// packed.
    pub fn label(&self) -> String {
        let mut label = self.encoding.name().to_ascii_lowercase();
        if self.evidence == Evidence::Mark && self.encoding == UTF_8 {
            label += " with byte-order mark";
        }
        if let Some(format) = self.format {
            label += ", ";
            label += format.name();
        }
        label
    }

    /// What to tell a person where the encoding is a guess.
    pub(super) fn notice(&self, file: &str) -> Option<String> {
        match self.evidence {
            Evidence::Guess { line } => Some(format!(
                "{file}:{line}: not utf-8, and no byte-order mark; the file is read as windows-1252 (a profile can pin \
                 another encoding)"
            )),
            Evidence::Mostly { line } => Some(format!(
                "{file}:{line}: not utf-8, while the rest of the file is; such rows are refused (a profile can pin \
                 another encoding)"
            )),
            Evidence::Mark | Evidence::Valid | Evidence::Pinned => None,
        }
    }

    /// Reads cells of the file. What is transcoded on the way arrives as UTF-8.
    pub(super) fn decoder(&self) -> Decoder {
        Decoder { encoding: if self.transcode().is_some() { UTF_8 } else { self.encoding } }
    }

    /// The encoding, where its rows cannot be cut as bytes: anything but UTF-8 and the single-byte encodings.
    pub(super) fn transcode(&self) -> Option<&'static Encoding> {
        (self.encoding != UTF_8 && !self.encoding.is_single_byte()).then_some(self.encoding)
    }

    /// Finds out. `prefix` is the beginning of `file`. `Ok(Err(_))`: the file contradicts what is pinned.
    pub(super) fn of(
        choice: EncodingChoice,
        prefix: &[u8],
        file: &Packed,
    ) -> io::Result<Result<Self, Contradiction>> {
        let mark = Encoding::for_bom(prefix).map(|(encoding, _)| encoding);
        let with = |encoding, evidence| Self { encoding, evidence, format: file.format() };
        Ok(match (choice, mark) {
            (EncodingChoice::Known(known), _) => Ok(known),
            (EncodingChoice::Pinned(pinned), Some(mark)) if mark != pinned => Err(Contradiction::Mark(mark)),
            (_, Some(encoding)) => Ok(with(encoding, Evidence::Mark)),
            // In a single-byte encoding, letters beyond ASCII do not happen to be UTF-8; a few old ones may have been
            // spoilt before they came into the DMS.
            (EncodingChoice::Pinned(encoding), None)
                if encoding.is_single_byte()
                    && matches!(census(file)?, Census::Utf8 { characters } if characters > SPOILT_BEFORE) =>
            {
                Err(Contradiction::Utf8)
            }
            (EncodingChoice::Pinned(encoding), None) => Ok(with(encoding, Evidence::Pinned)),
            (EncodingChoice::Detect, None) => Ok(match census(file)? {
                Census::Ascii | Census::Utf8 { .. } => with(UTF_8, Evidence::Valid),
                Census::Other { line } if is_mostly_utf8(file)? => with(UTF_8, Evidence::Mostly { line }),
                Census::Other { line } => with(WINDOWS_1252, Evidence::Guess { line }),
            }),
        })
    }
}

/// Length of the byte-order mark that `prefix` begins with.
pub(super) fn mark_length(prefix: &[u8]) -> usize {
    Encoding::for_bom(prefix).map_or(0, |(_, length)| length)
}

/// How a file says another encoding than its profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contradiction {
    /// By its byte-order mark.
    Mark(&'static Encoding),
    /// By its letters, which are all UTF-8.
    Utf8,
}

/// What all bytes of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Census {
    Ascii,
    /// UTF-8, with this many characters beyond ASCII.
    Utf8 {
        characters: u64,
    },
    /// Not UTF-8, first in this line.
    Other {
        line: u64,
    },
}

/// Reads the file until something in it is not UTF-8.
fn census(file: &Packed) -> io::Result<Census> {
    let mut disk = file.reader()?;
    let mut buffer = vec![0; CHUNK];
    let (mut kept, mut passed, mut characters) = (0, 0, 0);
    loop {
        let read = read_some(&mut disk, &mut buffer[kept..])?;
        let text = &buffer[..kept + read];
        let valid = match str::from_utf8(text) {
            Ok(_) => text.len(),
            // Half a character, which the next bytes may complete.
            Err(error) if error.error_len().is_none() && read > 0 => error.valid_up_to(),
            Err(error) => {
                let line = line_at(file, passed + error.valid_up_to() as u64)?;
                return Ok(Census::Other { line });
            }
        };
        if characters <= SPOILT_BEFORE && !text[..valid].is_ascii() {
            // The first byte of a character beyond ASCII; those that follow it are below 0xC0.
            characters += text[..valid].iter().filter(|byte| **byte >= 0xC0).count() as u64;
        }
        if read == 0 {
            return Ok(if characters == 0 { Census::Ascii } else { Census::Utf8 { characters } });
        }
        passed += valid as u64;
        let filled = text.len();
        buffer.copy_within(valid..filled, 0);
        kept = filled - valid;
    }
}

/// Whether more characters beyond ASCII are UTF-8 than bytes are not. A third reading, of broken files alone.
fn is_mostly_utf8(file: &Packed) -> io::Result<bool> {
    let mut disk = file.reader()?;
    let mut buffer = vec![0; CHUNK];
    let (mut kept, mut sound, mut odd) = (0, 0_u64, 0_u64);
    loop {
        let read = read_some(&mut disk, &mut buffer[kept..])?;
        let filled = kept + read;
        let mut from = 0;
        kept = 0;
        while from < filled {
            let rest = &buffer[from..filled];
            let (valid, wrong) = match str::from_utf8(rest) {
                Ok(_) => (rest.len(), 0),
                Err(error) => (error.valid_up_to(), error.error_len().unwrap_or(0)),
            };
            // The first byte of a character beyond ASCII; those that follow it are below 0xC0.
            sound += rest[..valid].iter().filter(|byte| **byte >= 0xC0).count() as u64;
            from += valid + wrong;
            if wrong > 0 {
                odd += 1;
            } else if from < filled {
                // Half a character at the end: the next bytes may complete it, or there are none.
                kept = filled - from;
                break;
            }
        }
        if read == 0 {
            return Ok(sound > odd + u64::from(kept > 0));
        }
        buffer.copy_within(filled - kept..filled, 0);
    }
}

/// The line, from 1, of the byte at `offset`. A second look, because only a guess needs it.
fn line_at(file: &Packed, offset: u64) -> io::Result<u64> {
    let mut before = file.reader()?.take(offset);
    let mut buffer = vec![0; CHUNK];
    let (mut line, mut last) = (1, 0);
    loop {
        let read = read_some(&mut before, &mut buffer)?;
        let Some(end) = buffer[..read].last() else { return Ok(line) };
        line += line_ends(&buffer[..read]);
        // A `\r\n` across two chunks was counted in both.
        line -= u64::from(last == b'\r' && buffer[0] == b'\n');
        last = *end;
    }
}

/// Reads once, however often a signal comes in between.
pub(super) fn read_some(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Reads cells of one file. Strict: nothing is ever replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoder {
    encoding: &'static Encoding,
}

/// Bytes that Windows-1252 leaves undefined. The WHATWG table maps them to control characters, which no export means.
fn undefined_in_1252(byte: u8) -> bool {
    matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)
}

impl Decoder {
    /// The text of `bytes`; borrowed wherever they are UTF-8 as they stand. The finding is `row.encoding`; rows that
    /// [`super::Records`] hands out have none.
    pub fn decode<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, str>, Finding> {
        let text = if self.encoding == UTF_8 {
            str::from_utf8(bytes).ok().map(Cow::Borrowed)
        } else if self.encoding == WINDOWS_1252 && bytes.iter().copied().any(undefined_in_1252) {
            None
        } else {
            self.encoding.decode_without_bom_handling_and_without_replacement(bytes)
        };
        text.ok_or_else(|| Finding::new("row.encoding", format!("bytes that are not {}", self.name())))
    }

    /// Whether every byte can be decoded. Cheaper than to decode.
    pub(super) fn accepts(self, bytes: &[u8]) -> bool {
        if self.encoding == UTF_8 {
            return str::from_utf8(bytes).is_ok();
        }
        bytes.is_ascii() || self.decode(bytes).is_ok()
    }

    /// The text of bytes that need not be text, for a report: what cannot be decoded stands as `\xNN`.
    pub fn escaped<'a>(&self, bytes: &'a [u8]) -> Cow<'a, str> {
        if let Ok(text) = self.decode(bytes) {
            return text;
        }
        // Single-byte encodings are decoded byte by byte; of UTF-8, what is valid stays whole.
        let mut shown = String::with_capacity(bytes.len());
        if self.encoding == UTF_8 {
            for chunk in bytes.utf8_chunks() {
                shown.push_str(chunk.valid());
                chunk.invalid().iter().for_each(|byte| shown.push_str(&hex(*byte)));
            }
        } else {
            for byte in bytes {
                match self.decode(std::slice::from_ref(byte)) {
                    Ok(text) => shown.push_str(&text),
                    Err(_) => shown.push_str(&hex(*byte)),
                }
            }
        }
        Cow::Owned(shown)
    }

    /// The encoding of the cells, by the WHATWG standard, in lower case.
    pub fn name(self) -> String {
        self.encoding.name().to_ascii_lowercase()
    }
}

/// A byte as a report shows it.
fn hex(byte: u8) -> String {
    format!("\\x{byte:02X}")
}

/// Whether the beginning of a file looks like UTF-16 without its byte-order mark, and which.
pub(super) fn looks_like_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => Some(UTF_16LE),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => Some(UTF_16BE),
        _ => None,
    }
}

//! [`find`]: the one file in a zip archive, by the directory at the archive's end.
//!
//! Only where it lies and how it is packed; `unpack` reads it. The archive's directory is read entry by entry and never
//! kept. Every entry counts, also where two have the same name: of two exports, neither is chosen.
//!
//! The layout is that of PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 (records), 4.4 (fields) and 4.5.3 (64-bit sizes).

use std::io::{self, BufReader, ErrorKind, Read};

use super::error::Unusable;
use super::formats::{self, Format};
use super::handle::Handle;

const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
/// The end record without its comment, whose length has 16 bits.
const END_LENGTH: usize = 22;
const LONGEST_END: u64 = 22 + 0xFFFF;
const LOCATOR_LENGTH: usize = 20;
/// What a message lists.
const MOST_NAMES: usize = 8;

/// The file in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    /// Where its packed bytes begin.
    pub(super) start: u64,
    /// How many they are.
    pub(super) packed: u64,
    /// How many they become.
    pub(super) size: u64,
    /// The CRC-32 of what they become.
    pub(super) crc: u32,
    /// How they are packed.
    pub(super) method: Method,
}

/// How a file is packed in its archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflated,
}

/// Where the directory lies.
struct Directory {
    start: u64,
    length: u64,
    entries: u64,
}

/// One entry of the directory.
struct Entry {
    name: Vec<u8>,
    is_encrypted: bool,
    is_regular: bool,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    local: u64,
}

/// The one regular file in the archive `file` of `length` bytes. Folders do not count, nor does what macOS adds for
/// itself.
/// What is wrong with the archive is an error with [`Unusable`] in it.
pub(super) fn find(file: &Handle, length: u64) -> io::Result<Member> {
    let directory = directory(file, length).map_err(as_cut_off)?;
    let entry = only_file(file, &directory).map_err(as_cut_off)?;
    if entry.is_encrypted {
        return Err(refused("it is encrypted; pack it without a password, or unpack it first"));
    }
    let method = match entry.method {
        0 => Method::Stored,
        8 => Method::Deflated,
        other => {
            return Err(refused(format!("packed by method {other}; pack it with the usual one, deflate")));
        }
    };
    if entry.local >= directory.start {
        return Err(damaged("its directory contradicts its file"));
    }
    let start = data_start(file, entry.local).map_err(as_cut_off)?;
    let fits = start.checked_add(entry.packed).is_some_and(|end| end <= directory.start);
    if !fits || (method == Method::Stored && entry.packed != entry.size) {
        return Err(damaged("its directory contradicts its file"));
    }
    Ok(Member { start, packed: entry.packed, size: entry.size, crc: entry.crc, method })
}

fn directory(file: &Handle, length: u64) -> io::Result<Directory> {
    let tail_at = length.saturating_sub(LONGEST_END);
    let mut tail = Vec::new();
    file.at(tail_at).take(LONGEST_END).read_to_end(&mut tail)?;
    // A comment may hold anything: only a record whose comment ends with the file is one.
    let is_end = |at: &usize| {
        let comment = u16_at(&tail, at + 20).map(usize::from);
        tail[*at..].starts_with(END) && comment.is_some_and(|comment| at + END_LENGTH + comment == tail.len())
    };
    let last = tail.len().saturating_sub(END_LENGTH);
    let Some(end) = (0..=last).rev().find(is_end) else {
        return Err(damaged("it has no directory; it may be cut off"));
    };
    let record = &tail[end..];
    let field = |at| u16_at(record, at).unwrap_or_default();
    let small = Directory {
        start: u64::from(u32_at(record, 16).unwrap_or_default()),
        length: u64::from(u32_at(record, 12).unwrap_or_default()),
        entries: u64::from(field(10)),
    };
    let large =
        small.start == u64::from(u32::MAX) || small.length == u64::from(u32::MAX) || field(10) == u16::MAX;
    let locator = end.checked_sub(LOCATOR_LENGTH).map(|at| &tail[at..end]);
    let locator = locator.filter(|locator| large && locator.starts_with(LOCATOR_64));
    if locator.is_none() && (field(4) != 0 || field(6) != 0) {
        return Err(refused("it is one of several parts; pack the export into one file"));
    }
    let found = match locator {
        Some(locator) => {
            let at = u64_at(locator, 8).filter(|at| *at < length);
            directory_64(file, at.ok_or_else(|| damaged("its directory is not where it should be"))?)?
        }
        None => small,
    };
    let fits = found.start.checked_add(found.length).is_some_and(|stop| stop <= tail_at + end as u64);
    if fits { Ok(found) } else { Err(damaged("its directory is not where it should be")) }
}

/// The same by the record for large archives at `at`.
fn directory_64(file: &Handle, at: u64) -> io::Result<Directory> {
    let mut record = [0; 56];
    file.at(at).read_exact(&mut record)?;
    match (record.starts_with(END_64), u64_at(&record, 48), u64_at(&record, 40), u64_at(&record, 32)) {
        (true, Some(start), Some(length), Some(entries)) => Ok(Directory { start, length, entries }),
        _ => Err(damaged("its directory is not where it should be")),
    }
}

/// Reads the whole directory for its only file.
fn only_file(file: &Handle, directory: &Directory) -> io::Result<Entry> {
    let mut listing = BufReader::new(file.at(directory.start).take(directory.length));
    let (mut only, mut names, mut files) = (None, Vec::new(), 0_u64);
    let (mut is_office, mut is_sheet, mut is_open) = (false, false, false);
    for number in 0..directory.entries {
        let entry = next_entry(&mut listing)?;
        is_office |= entry.name == b"[Content_Types].xml";
        is_sheet |= entry.name.starts_with(b"xl/");
        is_open |= number == 0 && entry.name == b"mimetype";
        if !entry.is_regular {
            continue;
        }
        files += 1;
        if names.len() < MOST_NAMES {
            names.push(String::from_utf8_lossy(&entry.name).escape_debug().to_string());
        }
        only = Some(entry);
    }
    match (only, files) {
        _ if is_office && is_sheet => Err(Unusable::foreign(formats::SPREADSHEET)),
        _ if is_office => Err(Unusable::foreign(formats::OFFICE)),
        _ if is_open => Err(Unusable::foreign(formats::OPEN_DOCUMENT)),
        (Some(entry), 1) => Ok(entry),
        (None, _) => Err(refused("there is no file in it; pack the export again")),
        (Some(_), files) => {
            let more = if files > names.len() as u64 { ", and more" } else { "" };
            Err(refused(format!(
                "it holds {files} files ({}{more}); pack one export per archive, or unpack it first",
                names.join(", ")
            )))
        }
    }
}

fn next_entry(listing: &mut impl Read) -> io::Result<Entry> {
    let mut fixed = [0; 46];
    listing.read_exact(&mut fixed)?;
    if !fixed.starts_with(ENTRY) {
        return Err(damaged("its directory cannot be read"));
    }
    let short = |at| u16_at(&fixed, at).unwrap_or_default();
    let long = |at| u64::from(u32_at(&fixed, at).unwrap_or_default());
    let mut bytes = |length: u16| -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::from(length)];
        listing.read_exact(&mut bytes)?;
        Ok(bytes)
    };
    let (name, extra, _comment) = (bytes(short(28))?, bytes(short(30))?, bytes(short(32))?);
    let [size, packed, local] = large([long(24), long(20), long(42)], &extra)?;
    // Files of Unix and of macOS say what they are; see `st_mode`.
    let mode = if matches!(fixed[5], 3 | 19) { short(40) & 0o170_000 } else { 0 };
    let folder = name.last().is_none_or(|last| matches!(last, b'/' | b'\\'));
    let of_macos = name.starts_with(b"__MACOSX/") || name.ends_with(b".DS_Store");
    Ok(Entry {
        is_encrypted: short(8) & 1 != 0,
        is_regular: matches!(mode, 0 | 0o100_000) && !folder && !of_macos,
        method: short(10),
        crc: u32_at(&fixed, 16).unwrap_or_default(),
        name,
        packed,
        size,
        local,
    })
}

/// The fields that have 64 bits, where their 32 do not suffice: then `extra` has them, in this order.
fn large(mut fields: [u64; 3], extra: &[u8]) -> io::Result<[u64; 3]> {
    if !fields.contains(&u64::from(u32::MAX)) {
        return Ok(fields);
    }
    let mut rest = extra;
    while let (Some(id), Some(length)) = (u16_at(rest, 0), u16_at(rest, 2)) {
        let Some(block) = rest.get(4..4 + usize::from(length)) else { break };
        rest = &rest[4 + block.len()..];
        if id != 1 {
            continue;
        }
        let mut at = 0;
        for field in fields.iter_mut().filter(|field| **field == u64::from(u32::MAX)) {
            *field = u64_at(block, at).ok_or_else(|| damaged("its directory cannot be read"))?;
            at += 8;
        }
        return Ok(fields);
    }
    Err(damaged("its directory cannot be read"))
}

/// Where the bytes begin of the file whose header is at `local`.
fn data_start(file: &Handle, local: u64) -> io::Result<u64> {
    let mut header = [0; 30];
    file.at(local).read_exact(&mut header)?;
    let lengths = u16_at(&header, 26).zip(u16_at(&header, 28));
    match lengths.filter(|_| header.starts_with(LOCAL)) {
        Some((name, extra)) => Ok(local + 30 + u64::from(name) + u64::from(extra)),
        None => Err(damaged("its directory contradicts its file")),
    }
}

fn as_cut_off(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::UnexpectedEof => damaged("its directory cannot be read"),
        _ => error,
    }
}

fn refused(what: impl Into<String>) -> io::Error {
    Unusable::packed(Format::Zip, what)
}

fn damaged(what: &str) -> io::Error {
    Unusable::packed(Format::Zip, format!("{what}; fetch or pack it again"))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

//! The lines above the data: whether a file has as many as its profile skips.
//!
//! Where it has a header, one that is not found says so, and [`hint`] looks where it stands. Where it has none, nothing
//! but its looks tells a title from a row, and a row that was skipped would be lost without a word: [`is_no_data`].

use csv::ByteRecord;

use super::intake::IntakeError;
use crate::map::{Binding, ProfileError};
use crate::read::{Dialect, HeaderMode, InputFile};

/// A header that stands further down is not looked for.
const LONGEST: u32 = 20;

/// What to say where the header does not fit, and stands in another line. `fits`: whether these are the columns.
pub(super) fn hint(file: &InputFile, dialect: &Dialect, fits: &dyn Fn(&[String]) -> bool) -> Option<String> {
    if dialect.header == HeaderMode::Absent {
        return None;
    }
    let skipped = dialect.skip_lines;
    let begins = |skip_lines| {
        let records = file.open(&Dialect { skip_lines, ..dialect.clone() }).ok()?;
        fits(records.header()).then(|| records.begins())
    };
    let line = (0..=LONGEST).filter(|lines| *lines != skipped).find_map(begins)?;
    let right = line - 1;
    let lines = if skipped == 1 { "line" } else { "lines" };
    Some(format!(
        "; the columns stand in line {line}, and the profile skips {skipped} {lines}: have the export made as it was, or set \
         skip_lines = {right} under [file] in a profile of your own"
    ))
}

/// Whether what is skipped of a file without a header, whose first row `first` is in line `begins`, is a title.
///
/// # Errors
/// Where one of the lines looks like the rows that follow, and where the file cannot be read.
pub(super) fn is_no_data(
    file: &InputFile,
    dialect: &Dialect,
    begins: u64,
    first: &ByteRecord,
    binding: &Binding,
) -> Result<(), IntakeError> {
    if dialect.skip_lines == 0 {
        return Ok(());
    }
    let mut records = file.open(&Dialect { skip_lines: 0, ..dialect.clone() })?;
    let mut row = ByteRecord::new();
    while let Some(read) = records.read(&mut row)? {
        let at = read.unwrap_or_else(|malformed| malformed.at);
        if at.line >= begins {
            break;
        }
        if is_like(&row, first) && !binding.key(&row).is_empty() {
            let what = format!(
                "a row like those that follow it, and the profile skips the first {} lines; have the export made with its \
                 title, or set skip_lines = {} under [file] in a profile of your own",
                dialect.skip_lines,
                at.line - 1
            );
            let error = ProfileError::Header { file: file.display.to_string(), line: at.line, what };
            return Err(IntakeError::Header(error));
        }
    }
    Ok(())
}

/// Whether the first row of a file without a header is one of the data: a title that is as wide as the rows below has
/// words in the column of the customer number, where they have digits.
///
/// # Errors
/// Where it is a title, and where the file cannot be read.
pub(super) fn is_no_title(
    file: &InputFile,
    dialect: &Dialect,
    begins: u64,
    binding: &Binding,
) -> Result<(), IntakeError> {
    let mut records = file.open(dialect)?;
    let mut row = ByteRecord::new();
    let mut keys = Vec::new();
    while keys.len() < 2
        && let Some(read) = records.read(&mut row)?
    {
        if read.is_ok() {
            keys.push(binding.key(&row).to_vec());
        }
    }
    let is_words = |key: &[u8]| key.contains(&b' ') && !key.iter().any(u8::is_ascii_digit);
    let is_number = |key: &[u8]| key.iter().any(u8::is_ascii_digit);
    match keys.as_slice() {
        [first, second] if is_words(first) && is_number(second) => {
            let what = format!(
                "the first row has words where the next has a customer number: a title; have the export made without it, or set \
                 skip_lines = {} under [file] in a profile of your own",
                dialect.skip_lines.saturating_add(1)
            );
            Err(IntakeError::Header(ProfileError::Header {
                file: file.display.to_string(),
                line: begins,
                what,
            }))
        }
        _ => Ok(()),
    }
}

/// As many cells, half as many of them filled at least, and one that holds what names of columns do not.
fn is_like(row: &ByteRecord, other: &ByteRecord) -> bool {
    const DIGITS: usize = 5;
    // A title may be two texts, a name and a date.
    const FILLED: usize = 3;
    let filled = |row: &ByteRecord| row.iter().filter(|cell| !cell.trim_ascii().is_empty()).count();
    let is_data = |cell: &[u8]| {
        cell.contains(&b'@') || cell.iter().filter(|byte| byte.is_ascii_digit()).count() >= DIGITS
    };
    row.len() == other.len()
        && filled(row) >= FILLED.max(filled(other).div_ceil(2))
        && row.iter().any(is_data)
}

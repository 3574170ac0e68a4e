//! Recognises an `errors.csv` of ours that is fed back, perhaps by way of a spreadsheet.
//!
//! Such a file is ours, whatever layout its rows had: with a header, quoted with `"`, and separated by commas, or by
//! what a spreadsheet of that country makes of them.

use crate::domain::outcome::ERROR_COLUMNS;

use super::dialect::{Dialect, EncodingChoice, HeaderMode, Quote};

/// How to read the file that begins with `prefix`, where that is the header of an errors file: nothing stands above it,
/// and no totals under it, whatever the profile says of exports.
pub(super) fn dialect(prefix: &[u8], given: &Dialect) -> Option<Dialect> {
    // A spreadsheet may have written UTF-16; the names are ASCII in every other encoding.
    let (text, ..) = encoding_rs::UTF_8.decode(prefix);
    let line = text.split(['\n', '\r']).next()?;
    let names_ours = |delimiter: u8| {
        let mut names = line.split(char::from(delimiter)).map(|name| name.trim_matches('"'));
        ERROR_COLUMNS.iter().all(|added| names.next() == Some(*added))
    };
    let delimiter = *b",;\t".iter().find(|delimiter| names_ours(**delimiter))?;
    // The export's encoding was decoded when the report was written; only what an earlier pass found out still holds.
    let encoding = match given.encoding {
        known @ EncodingChoice::Known(_) => known,
        EncodingChoice::Pinned(_) | EncodingChoice::Detect => EncodingChoice::Detect,
    };
    Some(Dialect {
        delimiter,
        quote: Quote::Doubled(b'"'),
        header: HeaderMode::Present,
        encoding,
        ..Dialect::default()
    })
}

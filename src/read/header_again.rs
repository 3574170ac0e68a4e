//! [`HeaderAgain`]: whether a row is the header a second time, as where exports were put into one file.
//!
//! Such headers differ in case, padding, quotes or a byte-order mark. A row is compared from its first cell on, so that
//! one of the data costs a byte or two.

use csv::ByteRecord;

use super::encoding::Decoder;
use crate::domain::text::{fold, folded};

/// A header, as it is compared: letters and digits in lower case.
pub(super) struct HeaderAgain {
    names: Vec<String>,
}

impl HeaderAgain {
    /// `None` where the header has no name to compare.
    pub(super) fn of(header: &[String]) -> Option<Self> {
        let names: Vec<String> = header.iter().map(|name| fold(name)).collect();
        names.iter().any(|name| !name.is_empty()).then_some(Self { names })
    }

    /// Whether every cell of the row names its column.
    pub(super) fn is(&self, row: &ByteRecord, decoder: Decoder) -> bool {
        let mut cells = row.iter();
        row.len() == self.names.len()
            && self.names.iter().all(|name| cells.next().is_some_and(|cell| named(cell, name, decoder)))
    }
}

fn named(cell: &[u8], name: &str, decoder: Decoder) -> bool {
    if cell.is_ascii() {
        let letters = cell.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase);
        return letters.eq(name.bytes());
    }
    decoder.decode(cell).is_ok_and(|cell| folded(&cell).eq(name.chars()))
}

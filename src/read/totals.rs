//! [`Totals`]: recognises the line under the data that sums it up.

use csv::ByteRecord;

use super::encoding::Decoder;

/// What the first cell of such a line begins with, in lower case.
#[derive(Debug)]
pub(super) struct Totals(Vec<String>);

impl Totals {
    /// By [`super::Dialect::stop_at`].
    pub(super) fn new(stop_at: &[String]) -> Self {
        let fold = |text: &String| text.trim().to_lowercase();
        Self(stop_at.iter().map(fold).filter(|text| !text.is_empty()).collect())
    }

    /// Whether there are none to wait for.
    pub(super) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `row` is such a line. A cell that cannot be decoded is none.
    pub(super) fn are(&self, row: &ByteRecord, decoder: Decoder) -> bool {
        if self.are_none() {
            return false;
        }
        let Some(cell) = row.iter().find(|cell| !is_blank(cell)) else { return false };
        let Ok(text) = decoder.decode(cell) else { return false };
        let begins = |with: &String| {
            let mut folded = text.trim().chars().flat_map(char::to_lowercase);
            with.chars().all(|wanted| folded.next() == Some(wanted))
        };
        self.0.iter().any(begins)
    }
}

/// Whether nothing is in `row`.
pub(super) fn is_blank_row(row: &ByteRecord) -> bool {
    row.iter().all(is_blank)
}

fn is_blank(cell: &[u8]) -> bool {
    cell.trim_ascii().is_empty()
}

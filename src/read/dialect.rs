//! [`Dialect`]: how the text of a file is cut into rows and cells.
//!
//! It comes from the profile, by way of the pipeline. Nothing is sniffed from the data but the encoding: exports use
//! `|` and `^` inside cells, so that counting delimiters misleads.

use super::encoding::TextEncoding;

/// How a file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// Between two cells; an ASCII byte.
    pub delimiter: u8,
    /// What lets a cell hold delimiters and line ends.
    pub quote: Quote,
    /// Whether the first row names the columns.
    pub header: HeaderMode,
    /// How bytes become text.
    pub encoding: EncodingChoice,
    /// Lines before the header, or before the first row where there is none: a report's title. They are counted in
    /// positions and read for nothing else, blank ones included.
    pub skip_lines: u32,
    /// What the totals under the data begin with, say `total`: a row whose first cell that is not blank, trimmed and in
    /// any case, begins with one of these ends the data. It, further such rows and blank rows are passed over; any
    /// other row below it is refused as `row.after_totals`. A blank text here stands for nothing.
    pub stop_at: Vec<String>,
}

/// What lets a cell hold delimiters and line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// A cell that begins with this byte ends with it; doubled inside, it stands for itself.
    Doubled(u8),
    /// Nothing does: every such byte is a plain character.
    None,
}

/// Whether the first row names the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderMode {
    /// It does, and says how many cells a row has.
    Present,
    /// It is a row like any other; the first readable row says how many cells there are.
    Absent,
}

/// How bytes become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncodingChoice {
    /// Byte-order mark, else strict UTF-8 if the whole file is that, else Windows-1252.
    Detect,
    /// The profile says so.
    Pinned(&'static encoding_rs::Encoding),
    /// An earlier pass over the same bytes found out; see [`super::Records::encoding`].
    Known(TextEncoding),
}

impl Default for Dialect {
    /// Commas, doubled quotes, a header, an encoding to be found out.
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: Quote::Doubled(b'"'),
            header: HeaderMode::Present,
            encoding: EncodingChoice::Detect,
            skip_lines: 0,
            stop_at: Vec::new(),
        }
    }
}

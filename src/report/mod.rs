//! What a run says, for people and for machines: files that stay, and text that scrolls by.
//!
//! This room only writes. It judges nothing, counts nothing but its own lines, and knows no clock: the caller brings
//! outcomes, causes and a finished [`RunSummary`](crate::domain::RunSummary). Its neighbours are `record`, which feeds
//! the files, and the commands, which print the text.
//!
//! - [`RunDir`] is one run's directory: `summary.json`, [`ResultsWriter`], [`WarningsWriter`], [`ErrorsWriter`].
//! - [`text`] is what a person reads after a run; [`diff`] is a dry run in four formats, one file each.
//! - [`quality`] is what an export is worth before it is sent.
//! - [`mask`] decides which values a person must ask for before they are shown.
//!
//! # Spreadsheets and formulas
//! A cell that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet. The source columns of `errors.csv`
//! stay verbatim, because the file is meant to be fed back, and so do customer keys, uuids and request ids, which
//! are identities. Open such a file as text where an export is not trusted. Cells that this room words itself never
//! begin with such a character.

pub mod diff;
pub mod mask;
pub mod quality;
pub mod text;

mod cell;
mod error;
mod errors;
mod private;
mod results;
mod retention;
mod run_dir;
mod sheet;
mod visible;
mod warnings;

pub use error::ReportError;
pub use errors::{ErrorColumns, ErrorLine, ErrorRow, ErrorsWriter};
pub use mask::Values;
pub use results::ResultsWriter;
pub use run_dir::RunDir;
pub use warnings::WarningsWriter;

#[cfg(test)]
mod sample;

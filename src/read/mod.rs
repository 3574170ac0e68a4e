//! Files, globs and standard input -> rows with their position.
//!
//! [`resolve`] finds the files and puts them in order, [`InputFile::open`] decides a file's encoding and reads its
//! header, [`Records`] streams its rows. A row that cannot be read is a value ([`Malformed`]) with its line and
//! record, and reading goes on; only trouble with the file as a whole is an error ([`ReadError`]).
//!
//! What a column means is the business of `map`. Nothing here knows a customer.
//!
//! The rows are [`csv::ByteRecord`]s, and the `csv` crate's reader is the oracle of our tests. It is not the reader
//! itself because it cannot give back a row as it was, counts lines by `\n` alone, and lets a stray quote swallow
//! the rest of the file.
//!
//! Reading order: [`inputs`](self::resolve) over `pattern`, `file` over `handle`, `formats`, `unpack` over
//! `zip_directory`, `encoding`, `source`, `rows` over `split`, `records`.

mod dialect;
mod encoding;
mod error;
mod fed_back;
mod file;
mod file_time;
mod formats;
mod handle;
mod header_again;
mod inputs;
mod pattern;
mod records;
mod rows;
mod source;
mod split;
mod spool;
mod stops;
#[cfg(test)]
mod tests;
mod totals;
mod unpack;
mod zip_directory;

pub use dialect::{Dialect, EncodingChoice, HeaderMode, Quote};
pub use encoding::{Decoder, TextEncoding};
pub use error::ReadError;
pub use file::{InputFile, Stamp};
pub use file_time::time_in_name;
pub use inputs::{Inputs, resolve, resolve_from};
pub use records::{Digest, Malformed, Records, RowAt};

//! Profile: row -> named fields.
//!
//! A [`Profile`] is a TOML file that says how one layout's columns are named; [`Profile::bind`] finds them in a
//! header, tolerantly, and refuses a header in which they cannot be found for certain; the [`Binding`] then takes
//! from each row its key, its fingerprint, its date, or all of its values.
//!
//! Values are not interpreted here (`normalize` does that), and rows are not compared (`group` does). How a file is
//! cut into rows is the business of `read`; a profile carries its settings as plain values ([`FileFormat`]).
//!
//! Reading order: `profile`, `parse` (its TOML), `bind`, `binding`, `date`.

mod bind;
mod binding;
mod date;
mod error;
mod fold;
mod parse;
mod profile;
#[cfg(test)]
mod tests;
mod toml_table;

pub use binding::{Binding, Decode};
pub use date::{DateFormat, Reading};
pub use error::ProfileError;
pub use profile::{ColumnRule, FileFormat, Profile, SourceIdRule};

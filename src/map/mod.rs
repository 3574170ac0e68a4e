//! Profile: row -> named fields.
//!
//! A [`Profile`] is a TOML file that says how one layout's columns are named; [`Profile::bind`] finds them in a
//! header, tolerantly, and refuses a header in which they cannot be found for certain; the [`Binding`] then takes
//! from each row its key, its fingerprint, its date, or all of its values.
//!
//! What only this layout writes becomes what every layout could have written: its words for nothing, a column that says
//! "do not contact", all phones in one cell. Other than that values are not interpreted here (`normalize` does that),
//! and rows are not compared (`group` does). How a file is
//! cut into rows is the business of `read`; a profile carries its settings as plain values ([`FileFormat`]).
//!
//! Reading order: `profile`, `layout`, `parse`, `parse_file` and `parse_layout` (their TOML), `bind`, `binding`, then what it takes
//! from a row: `cell`, `whole`, `skip`, `date`. `role` is for those who look at a file as a whole. `propose` goes the other way: a profile from a file.

mod bind;
mod binding;
mod cell;
#[cfg(test)]
mod consent_tests;
mod date;
mod delimiter;
mod error;
mod fold;
mod heading;
mod layout;
mod parse;
mod parse_file;
mod parse_layout;
mod profile;
#[cfg(test)]
mod profiles_tests;
mod propose;
mod role;
mod skip;
#[cfg(test)]
mod tests;
mod toml_table;
mod whole;

pub use binding::{Binding, Decode, Vetoed};
pub use date::{DateFormat, Reading};
pub use error::{Mistake, ProfileError};
pub use heading::names_columns;
pub use layout::{ColumnRule, ConsentRule, FlagRule, Layout, Polarity, Rows};
pub use profile::{FileFormat, LoneLastName, Odometer, Profile, SourceIdRule, Words};
pub use propose::{Evidence, Sample, Start, TITLE_LINES, TOTALS_ROWS, Tail, find_start, propose};
pub use role::{Part, Role, Veto};

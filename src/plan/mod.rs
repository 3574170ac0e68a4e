//! What push would do, and whether it should: export x checkpoint -> [`Change`]s, tallied and judged.
//!
//! Two passes (the order of calls is the pipeline's). [`scan`] hashes every row and finds the customers whose
//! rows differ from what was last pushed; only those are built. [`overlay`] puts what the export says over what
//! it said before, [`difference`] says field by field what that changes, [`mod@decide`] makes a [`Change`] of it, and
//! [`guard`] judges the whole, and [`likely`] says what may lie behind it. [`spool`] keeps a plan on disk, so that its size costs no memory.
//!
//! Knows neither files nor the checkpoint nor the remote: what it needs of them comes as values.

pub mod decide;
pub mod difference;
pub mod guard;
pub mod likely;
pub mod overlay;
#[cfg(test)]
pub(crate) mod samples;
pub mod scan;
mod signs;
pub mod spool;

pub use decide::{Decision, Standing, decide, opt_outs};
pub use guard::{Beside, Breach, GuardLimits, Tally};
pub use likely::{Sign, likeliest};
pub use overlay::Reach;
pub use scan::{KeyHash, RowOrder, Scan, Work};

#[cfg(doc)]
use crate::domain::Change;

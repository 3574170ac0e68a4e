//! What an export says, before we make anything of it: one row, and all rows of one customer.
//!
//! `map` makes [`SourceRow`]s, `group` folds those of one customer into a [`SourceRecord`], `normalize` reads it.
//! Values are raw text, trimmed of nothing.

use std::collections::BTreeMap;

use super::field::Slot;
use super::finding::{Finding, Position, Warning};
use super::ids::CustomerKey;

/// One row of an export: its mapped columns by name.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceRow {
    /// Where it stands.
    pub at: Position,
    /// Whose it is.
    pub key: CustomerKey,
    /// Every mapped column that the file has, in the profile's order, blank ones included; without the key and the date
    /// of change.
    pub values: Vec<(Slot, String)>,
    /// When the DMS last changed the row, where the profile maps it and it says so: seconds since 1970, UTC.
    pub updated_at: Option<i64>,
    /// The time in the name of the row's file, as [`Recency`](super::Recency) counts it.
    pub named_at: Option<i64>,
    /// Whether it is there to be synced.
    pub presence: Presence,
    /// What could not be understood in columns that are no field: those that say whether it is.
    pub doubts: Vec<Finding>,
}

/// Whether a row, or a customer, is there to be synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Presence {
    /// It is.
    #[default]
    Active,
    /// Only a vehicle is told of; whose it is stands in rows of another layout. Of a record: these are missing.
    VehicleOnly,
    /// The DMS has flagged the customer as inactive.
    Inactive,
    /// The DMS has flagged the customer as deleted: in any row, for a request to be deleted must not be lost.
    Deleted,
}

/// A raw value, and the row that said it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sourced {
    /// The cell's text.
    pub raw: String,
    /// Its row.
    pub at: Position,
}

/// All that an export says of one customer.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceRecord {
    /// Whose it is.
    pub key: CustomerKey,
    /// The customer's row that stands first in the export.
    pub at: Position,
    /// Customer columns: the winning value per column. A column that the file lacks is missing here; one that is
    /// blank in every row has a blank value.
    pub fields: BTreeMap<Slot, Sourced>,
    /// Consent columns: every distinct value that any row has, because a block in any row wins.
    pub consents: BTreeMap<Slot, Vec<Sourced>>,
    /// One per vehicle, in the order of its folded identity. Rows without any vehicle value make none.
    pub vehicles: Vec<SourceVehicle>,
    /// How many rows there are.
    pub rows: u32,
    /// Whether the customer is there to be synced.
    pub presence: Presence,
    /// Rows that contradict each other about who the customer is.
    pub conflict: Option<Conflict>,
    /// Disagreements between rows, and what won.
    pub warnings: Vec<Warning>,
}

/// What an export says of one vehicle: its columns, likewise.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceVehicle {
    /// The row that stands first for it.
    pub at: Position,
    /// Vehicle columns: the winning value per column.
    pub fields: BTreeMap<Slot, Sourced>,
}

/// Why rows of one key cannot be one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// The rows name two people who share no name, phone, e-mail or VIN.
    TwoPeople {
        /// A row that names the one.
        one: Position,
        /// A row that names the other.
        other: Position,
    },
}

/// Keeps raw values out of logs.
macro_rules! masked_debug {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.at)
            }
        }
    )+};
}
masked_debug!(SourceRow, SourceRecord, SourceVehicle, Sourced);

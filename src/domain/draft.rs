//! [`Draft`]: a record with one spelling per value, not yet judged. `normalize` writes it, `validate` reads it.

use std::collections::BTreeMap;

use super::customer::NameClaims;
use super::{
    Address, AddressKind, Claim, Conflict, Consents, CustomerKey, Email, EmailSlot, Locale, Phone, PhoneSlot,
    Position, PreferredCommunication, Warning,
};

/// A customer that may still be refused: no usable name, an impossible VIN.
#[derive(Clone)]
pub struct Draft {
    /// Whose it is.
    pub key: CustomerKey,
    /// The customer's first row.
    pub at: Position,
    /// Name columns.
    pub name: NameClaims,
    /// Language.
    pub preferred_locale: Claim<Locale>,
    /// Preferred way to be reached.
    pub preferred_communication: Claim<PreferredCommunication>,
    /// Addresses by kind.
    pub addresses: BTreeMap<AddressKind, Claim<Address>>,
    /// Phones by column.
    pub phones: BTreeMap<PhoneSlot, Claim<Vec<Phone>>>,
    /// E-mails by column.
    pub emails: BTreeMap<EmailSlot, Claim<Vec<Email>>>,
    /// Per channel.
    pub consents: Consents,
    /// One per vehicle of the source record.
    pub vehicles: Vec<VehicleDraft>,
    /// Rows that contradict each other, as `group` found them.
    pub conflict: Option<Conflict>,
    /// What was repaired or dropped on the way here, grouping included.
    pub warnings: Vec<Warning>,
}

/// A vehicle whose VIN is still text.
#[derive(Clone)]
pub struct VehicleDraft {
    /// Its first row.
    pub at: Position,
    /// The VIN column: upper case, no spaces, not otherwise judged.
    pub vin: Claim<String>,
    /// The DMS's key of the vehicle.
    pub key: Claim<String>,
    /// Model year, four digits.
    pub year: Claim<String>,
    /// Make.
    pub make: Claim<String>,
    /// Model.
    pub model: Claim<String>,
    /// Trim.
    pub trim: Claim<String>,
    /// Engine.
    pub engine: Claim<String>,
    /// Colour.
    pub color: Claim<String>,
    /// Licence plate.
    pub plate: Claim<String>,
    /// Odometer in miles, digits only.
    pub mileage: Claim<String>,
    /// Whether the customer owns it.
    pub owned: Claim<bool>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Draft({})", self.key)
    }
}

impl std::fmt::Debug for VehicleDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VehicleDraft(masked)")
    }
}

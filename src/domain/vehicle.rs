//! [`Vehicle`]: one vehicle of one customer, as far as the export tells.

use serde::{Deserialize, Serialize};

use super::claim::Claim;
use super::vin::Vin;

/// A vehicle that may be sent: it has a VIN, or else year, make and model.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Vehicle {
    /// The VIN; identity where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vin: Option<Vin>,
    /// The DMS's own key of the vehicle; identity where there is no VIN.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub key: Claim<String>,
    /// Model year, four digits.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub year: Claim<String>,
    /// Make.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub make: Claim<String>,
    /// Model.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub model: Claim<String>,
    /// Trim.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub trim: Claim<String>,
    /// Engine.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub engine: Claim<String>,
    /// Colour.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub color: Claim<String>,
    /// Licence plate.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub plate: Claim<String>,
    /// Odometer in miles, digits only.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub mileage: Claim<String>,
    /// Whether the customer owns it at present.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub owned: Claim<bool>,
}

/// How much rows tell of the vehicles that they list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VehicleList {
    /// Every one can be told from the others, by VIN or key.
    Whole,
    /// One cannot: its VIN is missing or invalid. What is not listed may be that one.
    Partial,
}

impl Vehicle {
    /// Whether both are the same vehicle: by VIN where both have one, else by key, else by year, make and model
    /// where neither has a VIN or a key.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.vin, &other.vin) {
            (Some(mine), Some(theirs)) => return mine == theirs,
            (None, None) => {}
            _ => return self.key.value().is_some() && self.key.value() == other.key.value(),
        }
        match (self.key.value(), other.key.value()) {
            (Some(mine), Some(theirs)) => mine == theirs,
            (None, None) => self.is_described_as(other),
            _ => false,
        }
    }

    /// Whether both are of the same year, make and model.
    pub fn is_described_as(&self, other: &Self) -> bool {
        self.described() == other.described()
    }

    /// Year, make and model, folded: what tells vehicles apart that have neither VIN nor key.
    fn described(&self) -> [Option<String>; 3] {
        [&self.year, &self.make, &self.model].map(|claim| claim.value().map(|text| text.to_lowercase()))
    }
}

impl std::fmt::Debug for Vehicle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vehicle(masked)")
    }
}

//! Vehicles, both sides: as the API shows them and as it lets a client write them, and the way from one to the
//! other. Whether a VIN is a good one is not judged here.

use serde::{Deserialize, Serialize};

use super::unsendable::Unsendable;
use super::{masked_debug, read_side};

/// A vehicle as the API lets a client write it: a VIN, or else year, make and model.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VehicleWrite {
    /// Vehicle identification number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vin: Option<String>,
    /// Model year, four digits, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_year: Option<String>,
    /// Make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_make: Option<String>,
    /// Model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_model: Option<String>,
    /// Mileage, digits, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_mileage: Option<String>,
    /// The dealer management system's vehicle number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_key: Option<String>,
    /// Trim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_trim: Option<String>,
    /// License plate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_plate: Option<String>,
    /// Color.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// The API's identity of the vehicle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_uuid: Option<String>,
    /// Engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_engine: Option<String>,
    /// Write-only; its meaning is not documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_matching: Option<bool>,
    /// The customer owns the vehicle at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_valid: Option<bool>,
}

masked_debug!(VehicleWrite);

read_side! {
    /// A vehicle as the API shows it.
    VehicleRead {
        /// The API's number of the vehicle; read-only.
        id: Option<i64>,
        /// Vehicle identification number.
        vin: Option<String>,
        /// The API's identity of the vehicle.
        vehicle_uuid: Option<String>,
        /// The dealer management system's vehicle number.
        vehicle_key: Option<String>,
        /// The customer owns the vehicle at present.
        is_valid: Option<bool>,
        /// A picture; read-only.
        image_url: Option<String>,
        /// The API's number of the brand; read-only.
        brand_id: Option<i64>,
        /// License plate.
        license_plate: Option<String>,
        /// Color.
        color: Option<String>,
        /// Model year.
        vehicle_year: Option<String>,
        /// Make.
        vehicle_make: Option<String>,
        /// Model.
        vehicle_model: Option<String>,
        /// Trim.
        vehicle_trim: Option<String>,
        /// Engine.
        vehicle_engine: Option<String>,
        /// Mileage.
        estimated_mileage: Option<String>,
    }
}

impl VehicleRead {
    /// The vehicle as it may be sent back: read-only fields left out, blank fields absent, the rest verbatim.
    /// Unsendable without a VIN and without one of year, make and model.
    pub fn to_write(&self) -> Result<VehicleWrite, Unsendable> {
        let Self {
            id: _,
            vin,
            vehicle_uuid,
            vehicle_key,
            is_valid,
            image_url: _,
            brand_id: _,
            license_plate,
            color,
            vehicle_year,
            vehicle_make,
            vehicle_model,
            vehicle_trim,
            vehicle_engine,
            estimated_mileage,
        } = self;
        let vehicle = VehicleWrite {
            vin: filled(vin.as_ref()),
            vehicle_year: filled(vehicle_year.as_ref()),
            vehicle_make: filled(vehicle_make.as_ref()),
            vehicle_model: filled(vehicle_model.as_ref()),
            estimated_mileage: filled(estimated_mileage.as_ref()),
            vehicle_key: filled(vehicle_key.as_ref()),
            vehicle_trim: filled(vehicle_trim.as_ref()),
            license_plate: filled(license_plate.as_ref()),
            color: filled(color.as_ref()),
            vehicle_uuid: filled(vehicle_uuid.as_ref()),
            vehicle_engine: filled(vehicle_engine.as_ref()),
            is_matching: None,
            is_valid: *is_valid,
        };
        vehicle.identified().map(|()| vehicle)
    }
}

impl VehicleWrite {
    /// Holds where the write schema can tell which vehicle is meant; else names the first missing field.
    pub fn identified(&self) -> Result<(), Unsendable> {
        let missing = match self {
            Self { vin: Some(_), .. } => return Ok(()),
            Self { vehicle_year: None, vehicle_make: None, vehicle_model: None, .. } => "vin",
            Self { vehicle_year: None, .. } => "vehicleYear",
            Self { vehicle_make: None, .. } => "vehicleMake",
            Self { vehicle_model: None, .. } => "vehicleModel",
            _ => return Ok(()),
        };
        Err(Unsendable { what: "vehicle", field: missing })
    }
}

fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty()).cloned()
}

//! [`Field`]: the columns that a profile can map, by the names of the `generic` layout.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares the fields once: variant, name.
macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident => $name:literal),+ $(,)?) => {
        /// A field of a customer or a vehicle, named as the `generic` profile names its column. The same names
        /// stand in `[department.fields.<name>]`, in `warnings.csv` and in the differences of a plan.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Field {
            $($(#[$doc])* #[serde(rename = $name)] $variant),+
        }

        impl Field {
            /// Every field, in the order of the `generic` layout.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The field's name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

fields! {
    /// The DMS's customer number.
    CustomerKey => "customerKey",
    /// First name.
    FirstName => "firstName",
    /// Last name.
    LastName => "lastName",
    /// Company.
    Company => "company",
    /// Business flag.
    IsBusiness => "isBusiness",
    /// Language.
    PreferredLocale => "preferredLocale",
    /// Preferred way to be reached.
    PreferredCommunication => "preferredCommunication",
    /// Street and number.
    AddressLine1 => "addressLine1",
    /// Apartment, suite.
    AddressLine2 => "addressLine2",
    /// City.
    City => "city",
    /// State or province.
    State => "state",
    /// Postal code.
    Zip => "zip",
    /// Country.
    Country => "country",
    /// Landline at home.
    HomePhone => "homePhone",
    /// Phone at work.
    WorkPhone => "workPhone",
    /// Mobile phone.
    CellPhone => "cellPhone",
    /// E-mail address.
    Email => "email",
    /// Consent to calls.
    OkToCall => "okToCall",
    /// Consent to text messages.
    OkToText => "okToText",
    /// Consent to e-mails.
    OkToEmail => "okToEmail",
    /// Vehicle identification number.
    Vin => "vin",
    /// Model year.
    VehicleYear => "vehicleYear",
    /// Make.
    VehicleMake => "vehicleMake",
    /// Model.
    VehicleModel => "vehicleModel",
    /// Trim.
    VehicleTrim => "vehicleTrim",
    /// Engine.
    VehicleEngine => "vehicleEngine",
    /// Colour.
    Color => "color",
    /// Licence plate.
    LicensePlate => "licensePlate",
    /// Odometer.
    EstimatedMileage => "estimatedMileage",
    /// The DMS's key of the vehicle.
    VehicleKey => "vehicleKey",
    /// Whether the customer owns the vehicle at present.
    VehicleIsValid => "vehicleIsValid",
    /// When the DMS last changed the row.
    UpdatedAt => "updatedAt",
}

impl Field {
    /// The field with this name, spelled exactly.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.as_str() == name)
    }

    /// Whether the field describes a vehicle: such fields of many rows make many vehicles.
    pub fn is_vehicle(self) -> bool {
        use Field as F;
        matches!(
            self,
            F::Vin
                | F::VehicleYear
                | F::VehicleMake
                | F::VehicleModel
                | F::VehicleTrim
                | F::VehicleEngine
                | F::Color
                | F::LicensePlate
                | F::EstimatedMileage
                | F::VehicleKey
                | F::VehicleIsValid
        )
    }

    /// Whether the field is a consent flag, of which every row's word counts.
    pub fn is_consent(self) -> bool {
        matches!(self, Self::OkToCall | Self::OkToText | Self::OkToEmail)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One mapped column: a field, and its ordinal where a layout has several columns for it (`Email 1`, `Email 2`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// The field that the column maps to.
    pub field: Field,
    /// 1 for the first column of that field.
    pub ordinal: u8,
}

impl Slot {
    /// The field's first, mostly only, column.
    pub fn first(field: Field) -> Self {
        Self { field, ordinal: 1 }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field.as_str())?;
        if self.ordinal > 1 { write!(f, ".{}", self.ordinal) } else { Ok(()) }
    }
}

//! What the remote stores: a customer with contacts, addresses and vehicles, in the wire's own spelling.
//!
//! These are the stored forms, looser than what a request may carry: an advisor's `+44` number or an unlabelled
//! entry is representable here and refused in `contract.rs`. `Debug` names no person: keys, uuids and counts only.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::sandbox::shape::given;

/// One stored customer. Blank identity fields (`id`, `customer_uuid`) are filled in when it is seeded.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Customer {
    /// The remote's number; `customerId` is its decimal text.
    pub id: i64,
    /// The remote's opaque identity; may begin with `-`.
    pub customer_uuid: String,
    /// The DMS's customer number. No write gives it to a second customer of a department; several may have it from
    /// before.
    pub customer_key: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Read-only for clients.
    pub middle_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Company name; the only name that a business needs.
    pub company: Option<String>,
    /// Whether the customer is a business.
    pub is_business: Option<bool>,
    /// Read-only for clients.
    pub availability: Option<i32>,
    /// When to call; the format is not documented.
    pub best_time_to_contact: Option<TimeWindow>,
    /// `text`, `phone` or `email` when a client wrote it; anything when an advisor did.
    pub preferred_communication: Option<String>,
    /// `en-us` or `fr-ca` when a client wrote it; anything when an advisor did.
    pub preferred_locale: Option<String>,
    /// Postal addresses.
    pub addresses: Vec<Address>,
    /// E-mail addresses; replaced as a whole by every save.
    pub emails: Vec<Email>,
    /// Phone numbers; replaced as a whole by every save.
    pub phone_numbers: Vec<Phone>,
    /// Vehicles; a save adds and changes, it never removes.
    pub vehicles: Vec<Vehicle>,
}

/// `bestTimeToContact`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimeWindow {
    /// Start, as it was sent.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// End, as it was sent.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
}

/// One postal address, on the wire and in the store.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Address {
    /// `COMMON`, `PRIMARY`, `BILLING` or `OTHER`.
    #[serde(default, rename = "type", deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Documented once as the same enum and once as a letter; kept as sent.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub address_type: Option<String>,
    /// First line.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub line1: Option<String>,
    /// Second line.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// City.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    /// Country.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// RFC 3339 time of the last change, as it was sent.
    #[serde(
        default,
        rename = "updateTS",
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub update_ts: Option<String>,
    /// The remote's identity of the address; the sandbox assigns one where none was sent.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// Whether the address is valid.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub is_valid: Option<bool>,
    /// Whether this address is preferred.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub is_preferred: Option<bool>,
}

/// One e-mail address, on the wire and in the store.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Email {
    /// The address.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// `personal` or `work`; any text is accepted.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Consent to e-mail.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub ok_to_email: Option<bool>,
    /// Whether this address is preferred.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub is_preferred: Option<bool>,
    /// Free text.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
}

/// One phone number, on the wire and in the store.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Phone {
    /// `+1` and ten digits when a client wrote it; anything when an advisor did.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// `cell`, `home` or `work`; any text is accepted.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Consent to call.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub ok_to_call: Option<bool>,
    /// Consent to text.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub ok_to_text: Option<bool>,
    /// Whether this number is preferred.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub is_preferred: Option<bool>,
    /// Free text.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
}

/// One stored vehicle.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Vehicle {
    /// The remote's number; read-only for clients.
    pub id: i64,
    /// The remote's opaque identity; assigned where blank.
    pub vehicle_uuid: String,
    /// Vehicle identification number.
    pub vin: Option<String>,
    /// The DMS's number of the vehicle.
    pub vehicle_key: Option<String>,
    /// Whether the customer owns it at present.
    pub is_valid: Option<bool>,
    /// Read-only for clients.
    pub image_url: Option<String>,
    /// Read-only for clients.
    pub brand_id: Option<i64>,
    /// License plate.
    pub license_plate: Option<String>,
    /// Color.
    pub color: Option<String>,
    /// Model year, a string.
    pub vehicle_year: Option<String>,
    /// Make.
    pub vehicle_make: Option<String>,
    /// Model.
    pub vehicle_model: Option<String>,
    /// Trim.
    pub vehicle_trim: Option<String>,
    /// Engine.
    pub vehicle_engine: Option<String>,
    /// Mileage, a string.
    pub estimated_mileage: Option<String>,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Customer")
            .field("id", &self.id)
            .field("customer_uuid", &self.customer_uuid)
            .field("customer_key", &self.customer_key)
            .field("phones", &self.phone_numbers.len())
            .field("emails", &self.emails.len())
            .field("addresses", &self.addresses.len())
            .field("vehicles", &self.vehicles.len())
            .finish_non_exhaustive()
    }
}

/// A `Debug` that says only what kind of thing it is.
macro_rules! masked {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}
masked!(TimeWindow, Address, Email, Phone, Vehicle);

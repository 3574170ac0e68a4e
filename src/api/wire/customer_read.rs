//! The read side of a customer, and the answer of every operation that returns one. Contact lists stay as JSON
//! objects: they go back to the API verbatim, so nothing here may interpret them. The way back is
//! `from_read` in [`super::customer_write`].

use serde_json::{Map, Value};

use super::{TimeWindow, VehicleRead, read_side};

/// One entry of a contact list, exactly as the API wrote it.
pub type JsonObject = Map<String, Value>;

read_side! {
    /// A customer as the API shows it.
    CustomerRead {
        /// The API's number of the customer; read-only.
        id: Option<i64>,
        /// The same, as text; read-only.
        customer_id: Option<String>,
        /// The API's identity of the customer; opaque, may begin with `-`.
        customer_uuid: Option<String>,
        /// The dealer management system's customer number.
        customer_key: Option<String>,
        /// First name.
        first_name: Option<String>,
        /// Middle name; read-only.
        middle_name: Option<String>,
        /// Last name.
        last_name: Option<String>,
        /// Company name.
        company: Option<String>,
        /// A business and not a person.
        is_business: Option<bool>,
        /// Undocumented number; read-only.
        availability: Option<i64>,
        /// When to call.
        best_time_to_contact: Option<TimeWindow>,
        /// `text`, `phone` or `email`, or whatever was stored before there were rules.
        preferred_communication: Option<String>,
        /// `en-us` or `fr-ca`, or whatever was stored before there were rules.
        preferred_locale: Option<String>,
        /// Addresses, verbatim.
        addresses: Vec<JsonObject>,
        /// E-mail addresses, verbatim.
        emails: Vec<JsonObject>,
        /// Phones, verbatim.
        phone_numbers: Vec<JsonObject>,
    }

    /// A customer and the vehicles that belong to it.
    CustomerWithVehicles {
        /// The customer.
        customer: Option<CustomerRead>,
        /// The vehicles, past ones too.
        vehicles: Vec<VehicleRead>,
    }

    /// The answer of read, match and linked. `None`: there is no such customer (warning 10001).
    CustomerWithVehiclesResponse {
        /// The customer found.
        customer_with_vehicles: Option<CustomerWithVehicles>,
    }
}

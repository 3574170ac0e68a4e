//! The write side: what a save or a match request may say of a customer, and the answer to a save.
//!
//! A field that is `None` is left out of the request. The API deletes phones and e-mails that are left out or
//! empty, so "say nothing" is a decision of the caller; nothing here decides it. Vehicles are next door in
//! [`super::vehicle`].

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::unsendable::{Attributes, Unsendable};
use super::{VehicleWrite, masked_debug, read_side};

/// The body of create and update.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SaveCustomerRequest {
    /// The user on whose behalf the save is made.
    #[serde(rename = "requesterUserUUID", skip_serializing_if = "Option::is_none")]
    pub requester_user_uuid: Option<String>,
    /// The dealers that the customer belongs to.
    #[serde(rename = "dealerUUIDList", skip_serializing_if = "Option::is_none")]
    pub dealer_uuid_list: Option<Vec<String>>,
    /// The customer; the only required part.
    pub customer: CustomerWrite,
    /// The customer's vehicles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicles: Option<Vec<VehicleWrite>>,
    /// Asks the API to refuse vehicles with an invalid VIN; the customer is saved all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_vin: Option<bool>,
    /// Lets the API update a customer that its matching logic takes for this one. Dangerous together with the
    /// rule that omitted lists are deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_for_duplicate: Option<bool>,
}

/// The body of `getMatchingCustomer`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MatchRequest {
    /// The customer to match.
    pub customer: CustomerWrite,
    /// The customer's vehicles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicles: Option<Vec<VehicleWrite>>,
    /// Asks the API to refuse vehicles with an invalid VIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate_vin: Option<bool>,
}

/// A customer as the API lets a client write it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CustomerWrite {
    /// The dealer management system's customer number; unique in a department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_key: Option<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Company name; with `is_business` it stands in for the names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// A business and not a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_business: Option<bool>,
    /// When to call; the format of its times is not documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_time_to_contact: Option<TimeWindow>,
    /// `text`, `phone` or `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_communication: Option<String>,
    /// `en-us` or `fr-ca`, lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_locale: Option<String>,
    /// The API's identity of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_uuid: Option<String>,
    /// All addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<Address>>,
    /// All e-mail addresses; left out or empty, the API deletes every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emails: Option<Vec<Email>>,
    /// All phones; left out or empty, the API deletes every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_numbers: Option<Vec<Phone>>,
}

/// One postal address.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// Street and number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line1: Option<String>,
    /// Apartment, suite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// ZIP or postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    /// Country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Documented as the same values as `kind` in one place and as a letter in another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_type: Option<String>,
    /// The wire's `type`: `COMMON` (home and billing), `PRIMARY`, `BILLING`, `OTHER`. Required.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was last changed, RFC 3339. The wire writes `updateTS`.
    #[serde(default, rename = "updateTS", skip_serializing_if = "Option::is_none")]
    pub update_ts: Option<String>,
    /// The API's identity of the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// The address is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_valid: Option<bool>,
    /// The one to use first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_preferred: Option<bool>,
}

/// One e-mail address with its consent.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Email {
    /// The address. Required.
    pub email_address: String,
    /// `personal` or `work`. Required.
    pub label: String,
    /// Consent to e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok_to_email: Option<bool>,
    /// The one to use first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_preferred: Option<bool>,
    /// Free text of the dealer's people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
}

/// One phone with its consents.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Phone {
    /// `+1` and ten digits. Required.
    pub phone_number: String,
    /// `cell`, `home` or `work`. Required: the API drops an entry without one.
    pub label: String,
    /// Consent to calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok_to_call: Option<bool>,
    /// Consent to texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok_to_text: Option<bool>,
    /// The one to use first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_preferred: Option<bool>,
    /// Free text of the dealer's people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
}

/// A part of the day. The format of its ends is not documented.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TimeWindow {
    /// From.
    #[serde(deserialize_with = "super::lenient::read", skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// To.
    #[serde(deserialize_with = "super::lenient::read", skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
}

masked_debug!(SaveCustomerRequest, MatchRequest, CustomerWrite, Address, Email, Phone, TimeWindow);

read_side! {
    /// The answer to create and update. The update's reference page shows neither id, so both are optional.
    SaveCustomerResponse {
        /// The API's identity of the customer; opaque, may begin with `-`.
        customer_uuid: Option<String>,
        /// The API's older number of the customer.
        customer_id: Option<String>,
    }
}

impl Phone {
    /// The entry as it may be sent back: known attributes verbatim, read-only ones left out.
    pub fn from_read(entry: &Map<String, Value>) -> Result<Self, Unsendable> {
        let from = Attributes::new("phone", entry);
        Ok(Self {
            phone_number: from.required_text("phoneNumber")?,
            label: from.required_text("label")?,
            ok_to_call: from.flag("okToCall")?,
            ok_to_text: from.flag("okToText")?,
            is_preferred: from.flag("isPreferred")?,
            comments: from.text("comments")?,
        })
    }
}

impl Email {
    /// The entry as it may be sent back: known attributes verbatim, read-only ones left out.
    pub fn from_read(entry: &Map<String, Value>) -> Result<Self, Unsendable> {
        let from = Attributes::new("email", entry);
        Ok(Self {
            email_address: from.required_text("emailAddress")?,
            label: from.required_text("label")?,
            ok_to_email: from.flag("okToEmail")?,
            is_preferred: from.flag("isPreferred")?,
            comments: from.text("comments")?,
        })
    }
}

impl Address {
    /// The entry as it may be sent back: known attributes verbatim, read-only ones left out.
    pub fn from_read(entry: &Map<String, Value>) -> Result<Self, Unsendable> {
        let from = Attributes::new("address", entry);
        Ok(Self {
            line1: from.text("line1")?,
            line2: from.text("line2")?,
            city: from.text("city")?,
            state: from.text("state")?,
            zip: from.text("zip")?,
            country: from.text("country")?,
            address_type: from.text("addressType")?,
            kind: from.required_text("type")?,
            update_ts: from.text("updateTS")?,
            uuid: from.text("uuid")?,
            is_valid: from.flag("isValid")?,
            is_preferred: from.flag("isPreferred")?,
        })
    }
}

impl super::lenient::Lenient for Option<TimeWindow> {
    fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Deserialize::deserialize(deserializer)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

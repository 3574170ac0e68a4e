//! The write contract, held to the letter: what a request body may say, and everything that it says wrongly.
//!
//! Unknown fields, `null` scalars and wrong types are refused while reading (`shape.rs`); patterns, enums and required fields
//! by [`check_customer`] and [`check_vehicles`], all of them, not the first. A value that the customer already
//! has, verbatim, is accepted back whatever its form: an update must be able to leave alone what an advisor
//! wrote. What a valid request then does is `model/save.rs`'s business.

use serde::Deserialize;

use super::model::customer::{Address, Customer, Email, Phone, TimeWindow, Vehicle};
use super::model::vin;
use super::options::Strictness;
use super::shape::{given, given_object, given_objects, object, objects_or_null};

/// Body of create and update.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SaveRequest {
    #[serde(default, rename = "requesterUserUUID", deserialize_with = "given")]
    _requester_user_uuid: Option<String>,
    #[serde(default, rename = "dealerUUIDList", deserialize_with = "given")]
    _dealer_uuid_list: Option<Vec<String>>,
    #[serde(deserialize_with = "object")]
    pub(crate) customer: CustomerWrite,
    #[serde(default, deserialize_with = "given_objects")]
    pub(crate) vehicles: Option<Vec<VehicleWrite>>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) validate_vin: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) search_for_duplicate: Option<bool>,
}

/// Body of the match operation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MatchRequest {
    #[serde(deserialize_with = "object")]
    pub(crate) customer: CustomerWrite,
    #[serde(default, deserialize_with = "given_objects")]
    pub(crate) vehicles: Option<Vec<VehicleWrite>>,
    #[serde(default, rename = "validateVin", deserialize_with = "given")]
    _validate_vin: Option<bool>,
}

/// The customer of a request. Lists may be `null`: that is how the real one is told to delete them.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct CustomerWrite {
    #[serde(deserialize_with = "given")]
    pub(crate) customer_key: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) first_name: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) last_name: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) company: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) is_business: Option<bool>,
    #[serde(deserialize_with = "given_object")]
    pub(crate) best_time_to_contact: Option<TimeWindow>,
    #[serde(deserialize_with = "given")]
    pub(crate) preferred_communication: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) preferred_locale: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) customer_uuid: Option<String>,
    #[serde(deserialize_with = "given_objects")]
    pub(crate) addresses: Option<Vec<Address>>,
    #[serde(deserialize_with = "objects_or_null")]
    pub(crate) emails: Option<Vec<Email>>,
    #[serde(deserialize_with = "objects_or_null")]
    pub(crate) phone_numbers: Option<Vec<Phone>>,
}

/// A vehicle of a request.
#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct VehicleWrite {
    #[serde(deserialize_with = "given")]
    pub(crate) vin: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) vehicle_year: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) vehicle_make: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) vehicle_model: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) estimated_mileage: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) vehicle_key: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) vehicle_trim: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) license_plate: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) color: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) vehicle_uuid: Option<String>,
    #[serde(deserialize_with = "given")]
    pub(crate) vehicle_engine: Option<String>,
    #[serde(rename = "isMatching", deserialize_with = "given")]
    pub(crate) _is_matching: Option<bool>,
    #[serde(deserialize_with = "given")]
    pub(crate) is_valid: Option<bool>,
}

/// Everything in the customer that the contract forbids; paths and rules, never values.
pub(crate) fn check_customer(
    sent: &CustomerWrite,
    stored: Option<&Customer>,
    how: Strictness,
) -> Vec<String> {
    let mut problems = Problems::default();
    problems.unless(sent.customer_key.as_deref() != Some(""), "customer.customerKey", "is shorter than 1");
    problems.one_of(
        "customer.preferredCommunication",
        sent.preferred_communication.as_deref(),
        &["text", "phone", "email"],
        stored.and_then(|customer| customer.preferred_communication.as_deref()),
    );
    problems.one_of(
        "customer.preferredLocale",
        sent.preferred_locale.as_deref(),
        &["en-us", "fr-ca"],
        stored.and_then(|customer| customer.preferred_locale.as_deref()),
    );
    let theirs = stored.map_or(&[][..], |customer| &customer.addresses);
    for (index, address) in sent.addresses.iter().flatten().enumerate() {
        check_address(&mut problems, &format!("customer.addresses[{index}]"), address, theirs);
    }
    if how == Strictness::Contract {
        check_contacts(&mut problems, sent, stored);
    }
    problems.0
}

/// Everything in the vehicles that the contract forbids.
pub(crate) fn check_vehicles(
    sent: Option<&[VehicleWrite]>,
    stored: Option<&Customer>,
    how: Strictness,
) -> Vec<String> {
    let mut problems = Problems::default();
    let theirs = stored.map_or(&[][..], |customer| &customer.vehicles);
    for (index, vehicle) in sent.unwrap_or_default().iter().enumerate() {
        let path = format!("vehicles[{index}]");
        let described = vehicle.vehicle_year.is_some()
            && vehicle.vehicle_make.is_some()
            && vehicle.vehicle_model.is_some();
        problems.unless(
            vehicle.vin.is_some() || described,
            &path,
            "has neither vin nor vehicleYear, vehicleMake and vehicleModel",
        );
        let known = |field: fn(&Vehicle) -> &Option<String>, value: &Option<String>| {
            theirs.iter().any(|vehicle| field(vehicle) == value)
        };
        let vin = vehicle.vin.as_deref().is_none_or(vin::well_formed);
        problems.unless(
            vin || how == Strictness::AsObserved || known(|vehicle| &vehicle.vin, &vehicle.vin),
            &format!("{path}.vin"),
            "does not match ^[A-HJ-NPR-Z0-9]{17}$",
        );
        let year = vehicle.vehicle_year.as_deref().is_none_or(|year| year.len() == 4 && digits(year));
        problems.unless(
            year || known(|vehicle| &vehicle.vehicle_year, &vehicle.vehicle_year),
            &format!("{path}.vehicleYear"),
            "does not match ^[0-9]{4}$",
        );
        let mileage = vehicle.estimated_mileage.as_deref().is_none_or(digits);
        problems.unless(
            mileage || known(|vehicle| &vehicle.estimated_mileage, &vehicle.estimated_mileage),
            &format!("{path}.estimatedMileage"),
            "does not match ^[0-9]+$",
        );
    }
    problems.0
}

/// `^\+1[2-9][0-9]{9}$`.
pub(crate) fn writable_phone(number: &str) -> bool {
    number.strip_prefix("+1").is_some_and(|rest| {
        rest.len() == 10 && digits(rest) && matches!(rest.as_bytes().first(), Some(b'2'..=b'9'))
    })
}

fn check_address(problems: &mut Problems, path: &str, sent: &Address, stored: &[Address]) {
    let legal =
        sent.kind.as_deref().is_some_and(|kind| ["COMMON", "PRIMARY", "BILLING", "OTHER"].contains(&kind));
    let known = stored.iter().any(|address| address.kind == sent.kind);
    problems.unless(legal || known, &format!("{path}.type"), "is not one of COMMON, PRIMARY, BILLING, OTHER");
    let time = sent.update_ts.as_deref().is_none_or(|time| time.parse::<jiff::Timestamp>().is_ok());
    let known = stored.iter().any(|address| address.update_ts == sent.update_ts);
    problems.unless(time || known, &format!("{path}.updateTS"), "is not a date-time");
}

fn check_contacts(problems: &mut Problems, sent: &CustomerWrite, stored: Option<&Customer>) {
    let theirs = stored.map_or(&[][..], |customer| &customer.emails);
    for (index, email) in sent.emails.iter().flatten().enumerate() {
        let path = format!("customer.emails[{index}]");
        if theirs.iter().any(|one| one.email_address == email.email_address && one.label == email.label) {
            continue;
        }
        let long = email.email_address.as_ref().is_some_and(|address| address.chars().count() >= 3);
        problems.unless(long, &format!("{path}.emailAddress"), "is missing or shorter than 3");
        problems.label(&path, email.label.as_deref());
    }
    let theirs = stored.map_or(&[][..], |customer| &customer.phone_numbers);
    for (index, phone) in sent.phone_numbers.iter().flatten().enumerate() {
        let path = format!("customer.phoneNumbers[{index}]");
        let number = phone.phone_number.as_deref().is_some_and(writable_phone);
        let known = theirs.iter().filter(|one| one.phone_number == phone.phone_number);
        if known.clone().any(|one| one.label == phone.label) {
            continue;
        }
        problems.unless(
            number || known.count() > 0,
            &format!("{path}.phoneNumber"),
            "is missing or does not match ^\\+1[2-9][0-9]{9}$",
        );
        problems.label(&path, phone.label.as_deref());
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn unless(&mut self, holds: bool, path: &str, rule: &str) {
        if !holds {
            self.0.push(format!("{path} {rule}"));
        }
    }

    fn one_of(&mut self, path: &str, sent: Option<&str>, legal: &[&str], stored: Option<&str>) {
        let holds = sent.is_none_or(|value| legal.contains(&value)) || sent == stored;
        self.unless(holds, path, &format!("is not one of {}", legal.join(", ")));
    }

    fn label(&mut self, path: &str, label: Option<&str>) {
        let given = label.is_some_and(|label| !label.is_empty());
        self.unless(given, &format!("{path}.label"), "is missing or shorter than 1");
    }
}

//! The remote's matching logic: candidates by contact or VIN, the name as a gate, then the customer key.
//!
//! It judges the records as they are now, without the lag of the searches.

use crate::sandbox::contract::{CustomerWrite, VehicleWrite};

use super::customer::Customer;
use super::department::Department;

/// The one customer that the request describes. Several that pass the gate: the one with the request's key,
/// else the oldest that does not have another key.
pub(crate) fn pick<'a>(
    department: &'a Department,
    wanted: &CustomerWrite,
    vehicles: Option<&[VehicleWrite]>,
) -> Option<&'a Customer> {
    let vehicles = vehicles.unwrap_or_default();
    let mut passed = department
        .customers()
        .filter(|customer| shares_contact(customer, wanted) || shares_vin(customer, vehicles))
        .filter(|customer| same_name(customer, wanted));
    let Some(key) = wanted.customer_key.as_deref() else { return passed.next() };
    let passed: Vec<&Customer> = passed.collect();
    let exact = passed.iter().find(|customer| customer.customer_key.as_deref() == Some(key));
    exact.or_else(|| passed.iter().find(|customer| customer.customer_key.is_none())).copied()
}

fn shares_contact(customer: &Customer, wanted: &CustomerWrite) -> bool {
    let phone = wanted.phone_numbers.iter().flatten().any(|sent| {
        sent.phone_number.is_some()
            && customer.phone_numbers.iter().any(|phone| phone.phone_number == sent.phone_number)
    });
    let email = wanted.emails.iter().flatten().any(|sent| {
        customer
            .emails
            .iter()
            .any(|email| same_text(email.email_address.as_deref(), sent.email_address.as_deref()))
    });
    phone || email
}

fn shares_vin(customer: &Customer, vehicles: &[VehicleWrite]) -> bool {
    let same =
        |vin: Option<&str>| customer.vehicles.iter().any(|vehicle| same_text(vehicle.vin.as_deref(), vin));
    vehicles.iter().any(|sent| same(sent.vin.as_deref()))
}

fn same_name(customer: &Customer, wanted: &CustomerWrite) -> bool {
    let person = same_text(customer.first_name.as_deref(), wanted.first_name.as_deref())
        && same_text(customer.last_name.as_deref(), wanted.last_name.as_deref());
    person || same_text(customer.company.as_deref(), wanted.company.as_deref())
}

/// Equal but for case and surrounding space; blank equals nothing.
fn same_text(one: Option<&str>, other: Option<&str>) -> bool {
    let fold =
        |text: Option<&str>| text.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
    fold(one).is_some_and(|one| Some(one) == fold(other))
}

//! Create and update: what a valid request makes of a customer.
//!
//! The rules are section "Semantics that bite" of the API notes. What is not documented there is decided here
//! and says so: a scalar that is left out stays, an empty one is cleared, a refused write changes nothing, and a key
//! is refused to who would be the second to have it, not to who is one of several already.

use crate::sandbox::contract::{CustomerWrite, SaveRequest, check_customer, check_vehicles};
use crate::sandbox::envelope::{Code, NO_CUSTOMER_FOUND};
use crate::sandbox::options::Strictness;

use super::contacts::{replace_emails, replace_phones};
use super::customer::Customer;
use super::department::Department;
use super::ids::Ids;
use super::matching::pick;
use super::vehicles::{merge_vehicles, replace_addresses, set};

/// Why a write was refused; nothing was changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The body breaks the contract, in each of these ways.
    Contract(Vec<String>),
    /// Another customer has the key.
    KeyTaken,
    /// Neither first and last name nor a business with a company.
    Nameless,
    /// The body names another customer than the path.
    OtherCustomer,
    /// The state file could not be written.
    NotStored(String),
}

/// A write that may be applied, not yet applied.
pub(crate) struct Draft {
    /// The customer as it will be; `None` where there is nothing to write to.
    pub(crate) customer: Option<Customer>,
    pub(crate) warnings: Vec<Code>,
}

/// What a create would store. With `searchForDuplicate` it may be an update of the customer that matches.
pub(crate) fn create(
    department: &Department,
    request: &SaveRequest,
    ids: &mut Ids,
    how: Strictness,
) -> Result<Draft, Refusal> {
    check(request, None, how)?;
    if request.search_for_duplicate == Some(true)
        && let Some(known) = pick(department, &request.customer, request.vehicles.as_deref())
    {
        return save(department, known.clone(), request, ids, how);
    }
    let (id, customer_uuid) = ids.fresh();
    save(department, Customer { id, customer_uuid, ..Customer::default() }, request, ids, how)
}

/// What an update would store. An unknown uuid is answered, as documented, with warning 10001 in a 200.
pub(crate) fn update(
    department: &Department,
    uuid: &str,
    request: &SaveRequest,
    ids: &mut Ids,
    how: Strictness,
) -> Result<Draft, Refusal> {
    let stored = department.by_uuid(uuid);
    check(request, stored, how)?;
    if request.customer.customer_uuid.as_deref().is_some_and(|sent| sent != uuid) {
        return Err(Refusal::OtherCustomer);
    }
    match stored {
        Some(stored) => save(department, stored.clone(), request, ids, how),
        None => Ok(Draft { customer: None, warnings: vec![NO_CUSTOMER_FOUND] }),
    }
}

fn check(request: &SaveRequest, stored: Option<&Customer>, how: Strictness) -> Result<(), Refusal> {
    let mut problems = check_customer(&request.customer, stored, how);
    problems.extend(check_vehicles(request.vehicles.as_deref(), stored, how));
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Contract(problems)) }
}

fn save(
    department: &Department,
    mut customer: Customer,
    request: &SaveRequest,
    ids: &mut Ids,
    how: Strictness,
) -> Result<Draft, Refusal> {
    let mut warnings = Vec::new();
    if department.would_share_key(&customer, request.customer.customer_key.as_deref()) {
        return Err(Refusal::KeyTaken);
    }
    apply(&mut customer, &request.customer, ids, how, &mut warnings);
    if !named(&customer) {
        return Err(Refusal::Nameless);
    }
    let validate = request.validate_vin == Some(true);
    let vehicles = request.vehicles.as_deref().unwrap_or_default();
    merge_vehicles(&mut customer.vehicles, vehicles, validate, ids, &mut warnings);
    Ok(Draft { customer: Some(customer), warnings })
}

fn apply(
    customer: &mut Customer,
    sent: &CustomerWrite,
    ids: &mut Ids,
    how: Strictness,
    warnings: &mut Vec<Code>,
) {
    let CustomerWrite {
        customer_key,
        first_name,
        last_name,
        company,
        is_business,
        best_time_to_contact,
        preferred_communication,
        preferred_locale,
        customer_uuid: _,
        addresses,
        emails,
        phone_numbers,
    } = sent;
    set(&mut customer.customer_key, customer_key.as_ref());
    set_text(&mut customer.first_name, first_name.as_ref());
    set_text(&mut customer.last_name, last_name.as_ref());
    set_text(&mut customer.company, company.as_ref());
    set(&mut customer.is_business, is_business.as_ref());
    set(&mut customer.best_time_to_contact, best_time_to_contact.as_ref());
    set(&mut customer.preferred_communication, preferred_communication.as_ref());
    set(&mut customer.preferred_locale, preferred_locale.as_ref());
    if let Some(addresses) = addresses {
        customer.addresses = replace_addresses(&customer.addresses, addresses, ids);
    }
    customer.emails = replace_emails(emails.as_deref(), &customer.emails, warnings);
    customer.phone_numbers = replace_phones(phone_numbers.as_deref(), &customer.phone_numbers, how, warnings);
}

/// Like [`set`], but an empty text clears.
fn set_text(slot: &mut Option<String>, sent: Option<&String>) {
    if let Some(text) = sent {
        *slot = Some(text.clone()).filter(|text| !text.is_empty());
    }
}

fn named(customer: &Customer) -> bool {
    let has = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    (has(&customer.first_name) && has(&customer.last_name))
        || (customer.is_business == Some(true) && has(&customer.company))
}

//! What answers say of a record: whose it is, that it is gone, or that it cannot be told.

use super::cause;
use super::trouble::Trouble;
use crate::api::wire::{CustomerWithVehicles, CustomerWithVehiclesResponse, SaveCustomerResponse};
use crate::api::{Failure, Reply, warning_codes};
use crate::domain::{Customer, CustomerUuid};

/// Answers to a create that do not say whose record there is.
pub(super) enum Unclear {
    /// Done, without a uuid.
    Accepted,
    /// No answer.
    InDoubt,
    /// Refused; it may be that the key exists.
    Refused(Failure),
}

/// A record that carries another key is another customer's by now. One without a key gets ours.
pub(super) fn check_key(ours: &Customer, theirs: &CustomerWithVehicles) -> Result<(), Trouble> {
    let key =
        theirs.customer.as_ref().and_then(|customer| customer.customer_key.as_deref()).unwrap_or_default();
    if key.is_empty() || key == ours.key.as_str() {
        return Ok(());
    }
    Err(Trouble::ambiguous(cause::key_changed()))
}

/// A record that names itself another one than `uuid`, which was asked for, is somebody else's. Many name nothing.
pub(super) fn check_uuid(uuid: &CustomerUuid, theirs: &CustomerWithVehicles) -> Result<(), Trouble> {
    let named =
        theirs.customer.as_ref().and_then(|customer| customer.customer_uuid.as_deref()).unwrap_or_default();
    if named.is_empty() || named == uuid.as_str() {
        return Ok(());
    }
    Err(Trouble::ambiguous(cause::other_record()))
}

/// The record, unless the answer says that there is none.
pub(super) fn record(reply: Reply<CustomerWithVehiclesResponse>) -> Option<CustomerWithVehicles> {
    let gone = reply.has_warning(warning_codes::NO_CUSTOMER_FOUND);
    reply.body.customer_with_vehicles.filter(|found| !gone && found.customer.is_some())
}

/// Whether the answer to a save says that there is no such record.
pub(super) fn is_gone(reply: &Reply<SaveCustomerResponse>) -> bool {
    reply.has_warning(warning_codes::NO_CUSTOMER_FOUND)
}

/// The uuid of what was created, where the answer says it.
pub(super) fn new_uuid(reply: &Reply<SaveCustomerResponse>) -> Option<CustomerUuid> {
    reply.body.customer_uuid.clone().and_then(CustomerUuid::new)
}

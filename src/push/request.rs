//! From a merged customer to the body of a save.

use super::merge::Payload;
use crate::api::wire::SaveCustomerRequest;

/// What every save of a department says beside the customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WireSettings {
    /// Sent where configured.
    pub requester_user_uuid: Option<String>,
    /// Sent where not empty.
    pub dealer_uuids: Vec<String>,
    /// Asks the API to refuse invalid VINs.
    pub validate_vin: bool,
    /// True may update a customer that merely matches: see the configuration.
    pub search_for_duplicate: bool,
}

impl WireSettings {
    /// The body of a save of `payload`.
    pub fn request(&self, payload: Payload) -> SaveCustomerRequest {
        let Payload { mut customer, vehicles } = payload;
        for address in customer.addresses.iter_mut().flatten() {
            // Documented as the same value in one place; what theirs has goes back verbatim.
            address.address_type.get_or_insert_with(|| address.kind.clone());
        }
        SaveCustomerRequest {
            requester_user_uuid: self.requester_user_uuid.clone(),
            dealer_uuid_list: (!self.dealer_uuids.is_empty()).then(|| self.dealer_uuids.clone()),
            customer,
            vehicles: (!vehicles.is_empty()).then_some(vehicles),
            validate_vin: Some(self.validate_vin),
            search_for_duplicate: Some(self.search_for_duplicate),
        }
    }
}

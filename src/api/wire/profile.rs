//! The answer of `getCustomerProfileData`: documents that were asked of a customer, and what became of them. Read
//! only; states are kept as text because the API may add some.

use std::collections::BTreeMap;

use super::{JsonObject, read_side};

read_side! {
    /// The answer of `getCustomerProfileData`.
    CustomerProfileDataResponse {
        /// The request that the token stands for.
        #[serde(rename = "customerProfileDataRequestDTO")]
        customer_profile_data_request: Option<ProfileDataRequest>,
    }

    /// One request for a customer's documents.
    ProfileDataRequest {
        /// Who was asked.
        customer_info: Option<ProfileCustomer>,
        /// Who asked.
        dealer_info: Option<ProfileDealer>,
        /// The vehicle that it is about.
        vehicle_info: Option<ProfileVehicle>,
        /// The request's identity.
        #[serde(rename = "vaultDataRequestUUID")]
        vault_data_request_uuid: Option<String>,
        /// What was asked for.
        items: Vec<ProfileItem>,
        /// The department that asked.
        department_uuid: Option<String>,
        /// Further attributes, by name.
        attributes: BTreeMap<String, String>,
    }

    /// The customer of a profile request.
    ProfileCustomer {
        /// The API's number of the customer.
        id: Option<i64>,
        /// First name.
        fname: Option<String>,
        /// Last name.
        lname: Option<String>,
        /// The dealer management system's customer number.
        customer_key: Option<String>,
        /// The API's identity of the customer.
        uuid: Option<String>,
        /// Company name.
        company: Option<String>,
        /// The API's number of the dealer.
        dealer_id: Option<i64>,
        /// Phones and e-mail addresses.
        communications: Vec<ProfileCommunication>,
        /// Vehicles.
        vehicles: Vec<ProfileVehicle>,
        /// People who belong to the customer.
        secondary_customer_data: Vec<ProfileSecondaryCustomer>,
    }

    /// One phone or e-mail address in a profile request.
    ProfileCommunication {
        /// The number or address.
        comm_value: Option<String>,
        /// Phone or e-mail.
        comm_type: Option<String>,
        /// Its label.
        comm_label: Option<String>,
        /// The one to use first.
        preferred: Option<bool>,
        /// The API's number of the entry.
        id: Option<i64>,
    }

    /// A person who belongs to the customer of a profile request.
    ProfileSecondaryCustomer {
        /// First name.
        fname: Option<String>,
        /// Last name.
        lname: Option<String>,
        /// The dealer management system's customer number.
        customer_key: Option<String>,
        /// The API's identity of the person.
        guid: Option<String>,
        /// The API's number of the person.
        customer_id: Option<i64>,
    }

    /// The dealer of a profile request.
    ProfileDealer {
        /// Name.
        name: Option<String>,
        /// The API's identity of the dealer.
        #[serde(rename = "dealerUUID")]
        dealer_uuid: Option<String>,
    }

    /// A vehicle in a profile request.
    ProfileVehicle {
        /// The API's number of the vehicle.
        id: Option<i64>,
        /// Model.
        model: Option<String>,
        /// Model year.
        year: Option<String>,
        /// Make.
        make: Option<String>,
        /// Engine.
        engine: Option<String>,
        /// Body style.
        body_style: Option<String>,
        /// Trim.
        trim: Option<String>,
        /// Vehicle identification number.
        vin: Option<String>,
        /// The customer owns the vehicle at present.
        is_valid: Option<bool>,
        /// The API's identity of the vehicle.
        uuid: Option<String>,
        /// The dealer management system's vehicle number.
        vehicle_key: Option<String>,
        /// A picture.
        image_url: Option<String>,
    }

    /// One thing that was asked for.
    ProfileItem {
        /// The item's identity.
        uuid: Option<String>,
        /// What sort of thing.
        #[serde(rename = "type")]
        kind: Option<String>,
        /// Its name.
        name: Option<String>,
        /// What the customer is to do.
        action: Option<String>,
        /// In words.
        description: Option<String>,
        /// It must be given.
        required: Option<bool>,
        /// Someone at the dealer has to approve it.
        approval_needed: Option<bool>,
        /// Past versions are kept.
        maintain_history: Option<bool>,
        /// The kind of data, by identity.
        vault_supported_data_uuid: Option<String>,
        /// Who may approve; their schema is not documented.
        dealer_associates_with_approval_authority: Vec<JsonObject>,
        /// Settings of the dealer's; their schema is not documented.
        dealer_supported_item_meta_data: Option<JsonObject>,
        /// `SCHEDULED`, `REQUESTED`, `PENDING_APPROVAL`, `COMPLETED` or `DECLINED`.
        status: Option<String>,
        /// Where the data is kept, by identity.
        vault_pii_data_uuid: Option<String>,
        /// What reviewers said.
        reviews: Vec<ProfileReview>,
        /// A picture of the back may be given.
        is_back_page_supported: Option<bool>,
    }

    /// One review of a thing that was given.
    ProfileReview {
        /// `APPROVED`, `DECLINED` or `REQUESTED_AGAIN`.
        review_status: Option<String>,
        /// The reviewer, by identity.
        reviewer_user_uuid: Option<String>,
        /// The reviewer, by name.
        reviewer_name: Option<String>,
        /// Why.
        reason: Option<String>,
        /// When; the format is not documented.
        reviewed_at_date_time: Option<String>,
    }
}

//! The two searches: what can be asked and what comes back. Search is fuzzy, answers at most 100, has no pages and
//! lags a write by a second or two; keeping only exact matches is the caller's part.

use super::{CustomerWithVehicles, masked_debug, read_side};

/// The longest search term that the API takes, in characters.
pub const MAX_TERM_CHARS: usize = 30;

/// The most results that the API returns; a full page proves nothing about what is not on it.
pub const MAX_RESULTS: u8 = 100;

/// What a search prefers to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchPreference {
    /// Customers' own fields.
    Customer,
    /// Vehicles.
    Vehicle,
}

impl SearchPreference {
    /// The wire's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Vehicle => "vehicle",
        }
    }
}

/// Parameters of the full search.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// What to look for; the API takes at most [`MAX_TERM_CHARS`] characters.
    pub term: String,
    /// What to prefer; the API's default where `None`.
    pub preference: Option<SearchPreference>,
    /// 1 to [`MAX_RESULTS`]; the API's default where `None`.
    pub max_results: Option<u8>,
}

/// A field that the minimal search can be limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinimalField {
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// Company.
    Company,
    /// The dealer management system's customer number.
    CustomerKey,
    /// Phones and e-mail addresses.
    Communication,
    /// Vehicle identification numbers.
    Vin,
}

impl MinimalField {
    /// The wire's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstName => "fname",
            Self::LastName => "lname",
            Self::Company => "company",
            Self::CustomerKey => "customerKey",
            Self::Communication => "communications.commValue",
            Self::Vin => "vehicles.vin",
        }
    }
}

/// Parameters of the minimal search.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MinimalQuery {
    /// What to look for; the API takes at most [`MAX_TERM_CHARS`] characters.
    pub term: String,
    /// The fields to look at; all where empty.
    pub fields: Vec<MinimalField>,
    /// 1 to [`MAX_RESULTS`]; the API's default where `None`.
    pub max_results: Option<u8>,
}

masked_debug!(SearchQuery, MinimalQuery);

read_side! {
    /// The answer of the full search.
    SearchResponse {
        /// How many matched; may exceed the list.
        matching_count: Option<i64>,
        /// The matches.
        matching_customers: Vec<CustomerWithVehicles>,
    }

    /// The answer of the minimal search.
    SearchMinimalResponse {
        /// How many matched; may exceed the list.
        matching_count: Option<i64>,
        /// The matches. The API documents a list of objects: none, or a null in it, says nothing about who is there.
        matching_customers: Option<Vec<Option<MinimalCustomer>>>,
    }

    /// A customer as the minimal search shows it, under names of its own.
    MinimalCustomer {
        /// The API's number of the customer.
        id: Option<i64>,
        /// The API's identity of the customer; elsewhere called `customerUuid`.
        uuid: Option<String>,
        /// First name.
        fname: Option<String>,
        /// Last name.
        lname: Option<String>,
        /// Company name.
        company: Option<String>,
        /// The dealer management system's customer number.
        customer_key: Option<String>,
        /// Phones and e-mail addresses.
        communications: Vec<Communication>,
        /// Vehicles.
        vehicles: Vec<MinimalVehicle>,
    }

    /// One phone or e-mail address in a minimal search.
    Communication {
        /// Phone or e-mail.
        comm_type: Option<String>,
        /// The number or address.
        comm_value: Option<String>,
        /// Its label.
        comm_label: Option<String>,
    }

    /// One vehicle in a minimal search.
    MinimalVehicle {
        /// The API's identity of the vehicle.
        uuid: Option<String>,
        /// Vehicle identification number.
        vin: Option<String>,
        /// Model year.
        year: Option<String>,
        /// Make.
        make: Option<String>,
        /// Model.
        model: Option<String>,
    }
}

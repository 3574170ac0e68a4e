//! The wire types: every schema of the customer API as a Rust type, one file per family.
//!
//! Two sides that are kept apart on purpose. The *write side* ([`CustomerWrite`] and its parts) holds exactly what
//! the API lets a client send. The *read side* ([`CustomerRead`] and the answers) tolerates what an old remote may
//! answer: unknown fields, nulls, numbers for strings. Nothing here sends anything; the neighbour that does is
//! [`super::client`].
//!
//! All of these types carry personal data, so their `Debug` prints the name of the type and no value.

mod customer_read;
mod customer_write;
mod envelope;
mod lenient;
mod profile;
mod search;
mod unsendable;
mod vehicle;

pub use customer_read::{CustomerRead, CustomerWithVehicles, CustomerWithVehiclesResponse, JsonObject};
pub use customer_write::{
    Address, CustomerWrite, Email, MatchRequest, Phone, SaveCustomerRequest, SaveCustomerResponse, TimeWindow,
};
pub use envelope::{ApiProblem, ApiWarning};
pub use profile::{
    CustomerProfileDataResponse, ProfileCommunication, ProfileCustomer, ProfileDataRequest, ProfileDealer,
    ProfileItem, ProfileReview, ProfileSecondaryCustomer, ProfileVehicle,
};
pub use search::{
    Communication, MAX_RESULTS, MAX_TERM_CHARS, MinimalCustomer, MinimalField, MinimalQuery, MinimalVehicle,
    SearchMinimalResponse, SearchPreference, SearchQuery, SearchResponse,
};
pub use unsendable::Unsendable;
pub use vehicle::{VehicleRead, VehicleWrite};

pub(super) use envelope::Envelope;

/// Gives types that carry personal data a `Debug` that names the type and shows none of its values.
macro_rules! masked_debug {
    ($($name:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}

/// Defines a read-side type: camelCase names, every field optional on the wire and read by [`lenient::read`],
/// absent values left out when it is printed again, and a masked `Debug`.
macro_rules! read_side {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {$(
            $(#[$field_meta])*
            #[serde(
                deserialize_with = "super::lenient::read",
                skip_serializing_if = "super::lenient::Lenient::is_absent"
            )]
            pub $field: $kind,
        )+}

        super::masked_debug!($name);

        impl super::lenient::Lenient for Option<$name> {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }

            fn is_absent(&self) -> bool {
                self.is_none()
            }
        }
    )+};
}

use {masked_debug, read_side};

#[cfg(test)]
mod tests;

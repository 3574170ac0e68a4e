//! [`Address`]: where a customer lives or gets the bill.

use serde::{Deserialize, Serialize};

use super::claim::Claim;

/// The kinds of address that the remote has; one of each per customer comes from an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AddressKind {
    /// Home and billing address are the same: what a plain export has.
    Common,
    /// Home.
    Primary,
    /// Billing.
    Billing,
    /// Anything else.
    Other,
}

impl AddressKind {
    /// The kind on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Common => "COMMON",
            Self::Primary => "PRIMARY",
            Self::Billing => "BILLING",
            Self::Other => "OTHER",
        }
    }
}

/// One address. It exists only where at least one part but the country has a value: a country alone is no
/// address, and one whose every part is blank is a blank claim about the whole address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Address {
    /// Street and number.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub line1: Claim<String>,
    /// Apartment, suite.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub line2: Claim<String>,
    /// City.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub city: Claim<String>,
    /// Two letters: a state or a Canadian province.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub state: Claim<String>,
    /// `NNNNN`, `NNNNN-NNNN` or `ANA NAN`.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub zip: Claim<String>,
    /// ISO 3166 alpha-2.
    #[serde(default, skip_serializing_if = "Claim::is_silent")]
    pub country: Claim<String>,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(masked)")
    }
}

//! [`Address`]: where a customer lives or gets the bill.

use serde::{Deserialize, Serialize};

use super::claim::Claim;
use super::text::caseless;

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

impl Address {
    /// Whether both are of one street or, where either's street is not known, of one postal code, however they are
    /// written: then what one of them leaves open may be known from the other.
    pub fn is_same_place(&self, other: &Self) -> bool {
        let known = |claim: &Claim<String>| claim.value().map(|text| caseless(text));
        match (known(&self.line1), known(&other.line1)) {
            (Some(street), Some(others)) => street == others,
            _ => known(&self.zip).is_some_and(|zip| Some(zip) == known(&other.zip)),
        }
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(masked)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line1: Option<&str>, zip: Option<&str>) -> Address {
        let claim = |text: Option<&str>| text.map_or(Claim::Silent, |text| Claim::Value(text.to_owned()));
        Address { line1: claim(line1), zip: claim(zip), ..Address::default() }
    }

    #[test]
    fn a_place_is_its_street_or_else_its_postal_code() {
        let (street, zip) = (Some("12 Main St"), Some("K1A 0B1"));
        for (one, other, same) in [
            (at(street, zip), at(Some("12  MAIN ST "), None), true),
            (at(street, zip), at(Some("14 Main St"), zip), false),
            (at(None, zip), at(street, Some("k1a 0b1")), true),
            (at(street, None), at(None, zip), false),
            (at(None, None), at(None, None), false),
        ] {
            assert_eq!(one.is_same_place(&other), same, "{:?} {:?}", one.line1, other.line1);
            assert_eq!(other.is_same_place(&one), same);
        }
    }
}

//! Addresses: state, postal code and country lean on each other; streets and cities keep their spelling.
//!
//! A plain export has one address, of the kind `COMMON`. The department's default country decides how a postal
//! code without a country is read; it is filled in later, not here.

mod postal;
mod region;
#[cfg(test)]
mod tests;

use postal::{Padding, Postal, postal};
use region::Nation;

use super::cells::{Cells, Notes};
use super::codes;
use super::text::{self, Nulls};
use crate::domain::{Address, Claim, Field, Sourced};

/// The claim about the whole address; silent where no part is mapped but the country, or none can be used.
pub(super) fn address(
    cells: &mut Cells,
    plus4: Option<&Sourced>,
    default_country: Option<&str>,
    notes: &mut Notes,
) -> Claim<Address> {
    let mut place = Place { nation: None, lost: false };
    let line1 = cells.text(Field::AddressLine1, Nulls::Any);
    let line2 = cells.text(Field::AddressLine2, Nulls::Any);
    let city = cells.text(Field::City, Nulls::Any);
    let country = cells.read(Field::Country, notes, |text| match region::country(text) {
        _ if text::is_null(text, Nulls::Any) => Ok(None),
        Some(code) => Ok(Some(code)),
        None => Err(codes::ADDRESS_COUNTRY),
    });
    let state = cells.read(Field::State, notes, |text| place.state(text));
    let padding = padding(country.value().map(String::as_str), place.nation, default_country);
    let zip_cell = cells.take(Field::Zip);
    let (zip, country) =
        place.zip(zip_cell.as_ref(), plus4, padding, notes).derive(country, default_country, notes);
    whole(Address { line1, line2, city, state, zip, country }, place.lost)
}

/// What the parts read so far say of the place.
struct Place {
    /// Whose state or province it is.
    nation: Option<Nation>,
    /// Whether a part was unusable, so that the rest being blank says nothing.
    lost: bool,
}

/// A postal code, and the row of a Canadian one.
struct Zip<'a> {
    claim: Claim<String>,
    canadian: Option<&'a Sourced>,
}

impl Place {
    fn state(&mut self, text: &str) -> super::cells::Read<String> {
        if text::is_null(text, Nulls::Any) {
            return Ok(None);
        }
        let found = region::region(text);
        self.nation = found.map(|(_, nation)| nation);
        self.lost |= found.is_none();
        found.map(|(code, _)| Some(code.to_owned())).ok_or(codes::ADDRESS_STATE)
    }

    fn zip<'a>(
        &mut self,
        cell: Option<&'a Sourced>,
        plus4: Option<&Sourced>,
        padding: Padding,
        notes: &mut Notes,
    ) -> Zip<'a> {
        let Some(cell) = cell else { return Zip { claim: Claim::Silent, canadian: None } };
        if text::is_null(&cell.raw, Nulls::Any) && !cell.raw.contains("000") {
            return Zip { claim: Claim::Blank, canadian: None };
        }
        let mut canadian = None;
        let claim = match postal(&cell.raw, plus4.map(|cell| cell.raw.as_str()), padding) {
            Ok(Postal::Zip(zip)) => Claim::Value(zip),
            Ok(Postal::Padded(zip)) => {
                notes.add(codes::ADDRESS_ZIP_PADDED, Field::Zip, &cell.at);
                Claim::Value(zip)
            }
            Ok(Postal::Canadian(code)) => {
                canadian = Some(cell);
                Claim::Value(code)
            }
            Err(rule) => {
                notes.add(rule, Field::Zip, &cell.at);
                let placeholder = rule == codes::ADDRESS_ZIP_PLACEHOLDER;
                self.lost |= !placeholder;
                if placeholder { Claim::Blank } else { Claim::Silent }
            }
        };
        Zip { claim, canadian }
    }
}

impl Zip<'_> {
    /// A Canadian code without a country makes it Canada where the department's default would make it the
    /// United States; any other country is left to the default.
    fn derive(
        self,
        country: Claim<String>,
        default_country: Option<&str>,
        notes: &mut Notes,
    ) -> (Claim<String>, Claim<String>) {
        match self.canadian {
            Some(cell) if country.value().is_none() && default_country == Some("US") => {
                notes.add(codes::ADDRESS_COUNTRY_DERIVED, Field::Country, &cell.at);
                (self.claim, Claim::Value("CA".to_owned()))
            }
            _ => (self.claim, country),
        }
    }
}

/// Whether the address is, or is taken to be, where ZIP codes are.
fn padding(country: Option<&str>, nation: Option<Nation>, default_country: Option<&str>) -> Padding {
    let states = match (country, nation) {
        (Some(country), _) => matches!(country, "US" | "PR" | "VI" | "GU" | "AS" | "MP"),
        (None, Some(nation)) => nation == Nation::UnitedStates,
        (None, None) => default_country.is_none_or(|country| country == "US"),
    };
    if states { Padding::Restore } else { Padding::Refuse }
}

/// One claim from the parts: a value where any part but the country has one; a blank where every mapped part is.
fn whole(address: Address, lost: bool) -> Claim<Address> {
    let Address { line1, line2, city, state, zip, country: _ } = &address;
    let parts = [line1, line2, city, state, zip];
    if parts.iter().any(|part| part.value().is_some()) {
        Claim::Value(address)
    } else if !lost && parts.iter().any(|part| part.is_blank()) {
        Claim::Blank
    } else {
        Claim::Silent
    }
}

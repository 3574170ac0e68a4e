//! Addresses as exports have them.
#![allow(clippy::unwrap_used, clippy::panic)]

use crate::domain::policy::Defaults;
use crate::domain::{Address, AddressKind, Claim, Field};
use crate::normalize::Normalizer;
use crate::normalize::tests::record;

use Field::{AddressLine1, City, Country, State, Zip};

fn run(fields: &[(Field, &str)], country: Option<&str>) -> (Option<Claim<Address>>, Vec<String>) {
    let defaults = Defaults { locale: None, country: country.map(str::to_owned) };
    let mut draft = Normalizer::new(&defaults).draft(record(fields.iter().copied()));
    let codes = draft.warnings.iter().map(|warning| warning.finding.code.to_string()).collect();
    (draft.addresses.remove(&AddressKind::Common), codes)
}

fn address(fields: &[(Field, &str)], country: Option<&str>) -> (Address, Vec<String>) {
    match run(fields, country) {
        (Some(Claim::Value(address)), codes) => (address, codes),
        (other, codes) => panic!("no address: {:?} {codes:?}", other.map(|claim| claim.is_blank())),
    }
}

fn value(text: &str) -> Claim<String> {
    Claim::Value(text.to_owned())
}

#[test]
fn states_and_provinces_by_letters_and_by_name() {
    for (text, code) in [
        ("NC", "NC"),
        ("nc", "NC"),
        ("N.C.", "NC"),
        ("North Carolina", "NC"),
        ("NORTH  CAROLINA", "NC"),
        ("Puerto Rico", "PR"),
        ("ON", "ON"),
        ("Ontario", "ON"),
        ("Québec", "QC"),
        ("PQ", "QC"),
        ("Colombie-Britannique", "BC"),
        ("Île-du-Prince-Édouard", "PE"),
        ("Newfoundland & Labrador", "NL"),
    ] {
        let (address, codes) = address(&[(City, "Anytown"), (State, text)], Some("US"));
        assert_eq!((address.state, codes), (value(code), vec![]), "{text}");
    }
    let (address, codes) = address(&[(City, "Anytown"), (State, "XX")], Some("US"));
    assert!(address.state.is_silent());
    assert_eq!(codes, ["address.state"]);
}

#[test]
fn countries() {
    for (text, code) in [
        ("US", "US"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("United States", "US"),
        ("CAN", "CA"),
        ("canada", "CA"),
        ("mx", "MX"),
    ] {
        assert_eq!(address(&[(City, "Anytown"), (Country, text)], None).0.country, value(code), "{text}");
    }
    for text in ["XX", "Atlantis", "1"] {
        let (address, codes) = address(&[(City, "Anytown"), (Country, text)], None);
        assert!(address.country.is_silent(), "{text}");
        assert_eq!(codes, ["address.country"], "{text}");
    }
}

#[test]
fn lost_zeros_come_back_where_the_address_is_american() {
    let padded = ["address.zip_padded"];
    for (fields, country, zip) in [
        (&[(State, "MA"), (Zip, "2139")][..], Some("US"), Some("02139")),
        (&[(City, "Cambridge"), (Zip, "2139")], None, Some("02139")),
        (&[(State, "MA"), (Zip, "2139")], Some("CA"), Some("02139")),
        (&[(State, "MA"), (Zip, "2139"), (Country, "USA")], Some("CA"), Some("02139")),
        (&[(State, "ON"), (Zip, "2139")], Some("US"), None),
        (&[(City, "Anytown"), (Zip, "2139")], Some("CA"), None),
        (&[(City, "Anytown"), (Zip, "2139"), (Country, "MX")], Some("US"), None),
    ] {
        let (address, codes) = address(fields, country);
        assert_eq!(address.zip.value().map(String::as_str), zip, "{fields:?}");
        assert_eq!(codes == padded, zip.is_some(), "{fields:?}");
    }
}

#[test]
fn zip_and_zip4_in_two_columns() {
    let (address, _) = address(&[(Zip, "27601"), (Zip, "1234")], Some("US"));
    assert_eq!(address.zip, value("27601-1234"));
}

#[test]
fn a_canadian_postal_code_keeps_the_american_default_away() {
    let derived = ["address.country_derived"];
    let (found, codes) = address(&[(Zip, "k1a0b1"), (Country, "")], Some("US"));
    assert_eq!((found.zip, found.country), (value("K1A 0B1"), value("CA")));
    assert_eq!(codes, derived);
    for (fields, default, country) in [
        (&[(Zip, "k1a0b1")][..], Some("CA"), Claim::Silent),
        (&[(Zip, "k1a0b1")], None, Claim::Silent),
        (&[(State, "ON"), (Zip, "")], Some("US"), Claim::Silent),
        (&[(Zip, "K1A 0B1"), (Country, "US")], Some("US"), value("US")),
    ] {
        let (found, codes) = address(fields, default);
        assert_eq!(found.country, country, "{fields:?}");
        assert!(codes.is_empty(), "{fields:?}");
    }
}

#[test]
fn when_the_whole_address_is_blank_or_silent() {
    for fields in [
        &[(AddressLine1, ""), (City, "NONE"), (Zip, "0")][..],
        &[(City, ""), (Country, "US")],
        &[(City, ""), (Zip, "00000")],
    ] {
        assert!(run(fields, Some("US")).0.unwrap().is_blank(), "{fields:?}");
    }
    for fields in [&[][..], &[(Country, "US")], &[(City, ""), (Zip, "ABC")], &[(City, ""), (State, "XX")]] {
        assert!(run(fields, Some("US")).0.is_none(), "{fields:?}");
    }
    assert_eq!(run(&[(Zip, "00000")], Some("US")).1, ["address.zip_placeholder"]);
}

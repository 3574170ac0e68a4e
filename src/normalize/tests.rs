//! Whole records: what is silent and what is blank.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::domain::{Consent, CustomerKey, Locale, Position, SourceVehicle, VehicleDraft, Vin};

pub(super) fn at(line: u64) -> Position {
    Position { file: "export.csv".into(), line, record: line - 1 }
}

pub(super) fn cell(raw: &str) -> Sourced {
    Sourced { raw: raw.to_owned(), at: at(2) }
}

pub(super) fn record<'a>(fields: impl IntoIterator<Item = (Field, &'a str)>) -> SourceRecord {
    let mut record = SourceRecord {
        key: CustomerKey::parse("000176").unwrap(),
        at: at(2),
        fields: BTreeMap::new(),
        consents: BTreeMap::new(),
        vehicles: Vec::new(),
        rows: 1,
        presence: crate::domain::Presence::Active,
        conflict: None,
        warnings: Vec::new(),
    };
    for (field, raw) in fields {
        let ordinal =
            u8::try_from(record.fields.keys().filter(|slot| slot.field == field).count() + 1).unwrap();
        record.fields.insert(Slot { field, ordinal }, cell(raw));
    }
    record
}

pub(super) fn with_vehicle(fields: &[(Field, &str)]) -> SourceRecord {
    let mut source = record([]);
    let fields = fields.iter().map(|(field, raw)| (Slot::first(*field), cell(raw))).collect();
    source.vehicles.push(SourceVehicle { at: at(2), fields });
    source
}

pub(super) fn draft(record: SourceRecord) -> (Draft, Vec<String>) {
    let defaults = Defaults { locale: Some(Locale::EnUs), country: Some("US".to_owned()) };
    let draft = Normalizer::new(&defaults).draft(record);
    let codes = draft.warnings.iter().map(|warning| warning.finding.code.to_string()).collect();
    (draft, codes)
}

fn value(text: &str) -> Claim<String> {
    Claim::Value(text.to_owned())
}

#[test]
fn an_unmapped_column_is_silent_and_an_empty_one_is_blank() {
    let (nothing, codes) = draft(record([]));
    assert!(nothing.name.first.is_silent() && nothing.preferred_locale.is_silent());
    assert!(nothing.addresses.is_empty() && nothing.phones.is_empty() && nothing.emails.is_empty());
    let all = Field::ALL.iter().filter(|field| !field.is_vehicle() && !field.is_consent());
    let (empty, more) = draft(record(all.map(|field| (*field, " "))));
    assert!(empty.name.first.is_blank() && empty.name.is_business.is_blank());
    assert!(empty.preferred_locale.is_blank() && empty.preferred_communication.is_blank());
    assert!(empty.addresses[&AddressKind::Common].is_blank());
    assert_eq!(empty.phones.values().filter(|claim| claim.is_blank()).count(), 3);
    assert_eq!(empty.emails.values().filter(|claim| claim.is_blank()).count(), 1);
    assert!(codes.is_empty() && more.is_empty());
}

#[test]
fn an_unusable_value_leaves_its_slot_out_and_says_so() {
    let (draft, codes) = draft(record([
        (Field::CellPhone, "555-0143"),
        (Field::HomePhone, "206-555-0143"),
        (Field::Email, "jane@"),
        (Field::Email, "jane@example.com"),
        (Field::PreferredLocale, "ES"),
        (Field::PreferredCommunication, "mail"),
    ]));
    let slots: Vec<String> = draft.phones.keys().map(ToString::to_string).collect();
    assert_eq!(slots, ["home"]);
    let slots: Vec<String> = draft.emails.keys().map(ToString::to_string).collect();
    assert_eq!(slots, ["personal.2"]);
    assert!(draft.preferred_locale.is_silent() && draft.preferred_communication.is_silent());
    assert_eq!(
        codes,
        ["locale.unsupported", "communication.unsupported", "phone.too_short", "email.invalid"]
    );
    assert!(draft.warnings.iter().all(|warning| warning.at == Some(at(2))));
}

#[test]
fn names_in_all_their_disguises() {
    use Field::{Company, FirstName, IsBusiness, LastName};
    type Row<'a> = (&'a [(Field, &'a str)], [&'a str; 4], &'a [&'a str]);
    let rows: &[Row] = &[
        (&[(FirstName, " Ann  Marie "), (LastName, "\"O'Neil\"")], ["Ann Marie", "O'Neil", "~", "~"], &[]),
        (&[(FirstName, "ANN"), (LastName, "McDONALD\"")], ["ANN", "McDONALD", "~", "~"], &[]),
        (&[(FirstName, "NONE"), (LastName, "Na")], ["", "Na", "~", "~"], &[]),
        (&[(FirstName, ""), (LastName, "DOE, JANE M")], ["JANE M", "DOE", "~", "~"], &["name.split"]),
        (&[(LastName, "DOE,JANE"), (IsBusiness, "N")], ["JANE", "DOE", "~", "N"], &["name.split"]),
        (&[(FirstName, ""), (LastName, "DOE, JR")], ["", "DOE, JR", "~", "~"], &[]),
        (&[(LastName, "ACME, INC"), (IsBusiness, "N")], ["~", "ACME, INC", "~", "N"], &[]),
        (&[(FirstName, "JANE"), (LastName, "DOE, JANE")], ["JANE", "DOE, JANE", "~", "~"], &[]),
        (
            &[(FirstName, ""), (LastName, "ACME TOWING, EAST"), (Company, ""), (IsBusiness, "Y")],
            ["", "~", "ACME TOWING, EAST", "Y"],
            &["name.company_from_last"],
        ),
        (
            &[(FirstName, ""), (LastName, "ACME TOWING, INC."), (IsBusiness, "")],
            ["", "~", "ACME TOWING, INC.", "Y"],
            &["name.company_from_last", "name.business_assumed"],
        ),
        (
            &[(FirstName, ""), (LastName, ""), (Company, "ACME"), (IsBusiness, "")],
            ["", "", "ACME", "Y"],
            &["name.business_assumed"],
        ),
        (
            &[(FirstName, ""), (LastName, "DURHAM, CITY OF"), (IsBusiness, "")],
            ["", "~", "DURHAM, CITY OF", "Y"],
            &["name.company_from_last", "name.business_assumed"],
        ),
        (
            &[(FirstName, "County of"), (LastName, "Wake")],
            ["~", "~", "County of Wake", "Y"],
            &["name.company_from_last", "name.business_assumed"],
        ),
        (&[(FirstName, "Of"), (LastName, "Wake")], ["Of", "Wake", "~", "~"], &[]),
        (
            &[(FirstName, "City of"), (LastName, "Wake"), (IsBusiness, "N")],
            ["City of", "Wake", "~", "N"],
            &[],
        ),
        (&[(LastName, "SMITH, JOHN AND MARY")], ["JOHN AND MARY", "SMITH", "~", "~"], &["name.split"]),
        (&[(Company, "ACME")], ["~", "~", "ACME", "Y"], &["name.business_assumed"]),
        (&[(LastName, "Acme"), (Company, "ACME")], ["~", "Acme", "ACME", "Y"], &["name.business_assumed"]),
        (&[(Company, "ACME"), (IsBusiness, "N")], ["~", "~", "ACME", "N"], &[]),
        (
            &[(FirstName, "Jane"), (LastName, "Doe"), (Company, "ACME"), (IsBusiness, "?!x")],
            ["Jane", "Doe", "ACME", "Y"],
            &[],
        ),
        (
            &[(FirstName, "Jane"), (LastName, "Doe"), (IsBusiness, "maybe")],
            ["Jane", "Doe", "~", "~"],
            &["name.business_flag"],
        ),
    ];
    for (fields, expected, expected_codes) in rows {
        let (draft, codes) = draft(record(fields.iter().copied()));
        let shown = |claim: Claim<String>| match claim {
            Claim::Silent => "~".to_owned(),
            Claim::Blank => String::new(),
            Claim::Value(text) => text,
        };
        let flag = draft.name.is_business.map(|yes| if yes { "Y" } else { "N" }.to_owned());
        let got = [draft.name.first, draft.name.last, draft.name.company, flag].map(shown);
        assert_eq!(got, *expected, "{fields:?}");
        assert_eq!(codes, *expected_codes, "{fields:?}");
    }
}

#[test]
fn consent_is_read_from_every_row_and_a_block_wins() {
    for (cells, expected, warnings) in [
        (&["Y"][..], Consent::Allowed, 0),
        (&["N"], Consent::Blocked, 0),
        (&[""], Consent::Unknown, 0),
        (&["Y", "", "N", "Y"], Consent::Blocked, 0),
        (&["maybe"], Consent::Unknown, 1),
        (&["maybe", "Y"], Consent::Allowed, 1),
        (&["N", "maybe"], Consent::Blocked, 1),
    ] {
        let mut source = record([]);
        let slot = Slot::first(Field::OkToText);
        source.consents.insert(slot, cells.iter().map(|raw| cell(raw)).collect());
        let (draft, codes) = draft(source);
        assert_eq!(draft.consents.text, expected, "{cells:?}");
        assert_eq!(draft.consents.call, Consent::Unknown);
        assert_eq!(codes, vec!["consent.unrecognised"; warnings], "{cells:?}");
    }
}

#[test]
fn one_spelling_per_vin_and_plate() {
    for (raw, vin) in [
        ("1HGCM82633A004352", value("1HGCM82633A004352")),
        (" 1hgcm82633a004352 ", value("1HGCM82633A004352")),
        ("1HG CM826-33A004352", value("1HGCM82633A004352")),
        ("*1HGCM82633A004352*", value("1HGCM82633A004352")),
        ("33A004352", value("33A004352")),
        ("00000000000000000", value("00000000000000000")),
        ("0", Claim::Blank),
        ("0000000000", Claim::Blank),
        ("NONE", Claim::Blank),
        ("unknown", Claim::Blank),
        ("", Claim::Blank),
    ] {
        let (draft, codes) = draft(with_vehicle(&[(Field::Vin, raw), (Field::LicensePlate, " abc  123 ")]));
        let VehicleDraft { vin: got, plate, year, owned, .. } = &draft.vehicles[0];
        assert_eq!(*got, vin, "{raw}");
        assert_eq!(*plate, value("ABC 123"));
        assert!(year.is_silent() && owned.is_silent() && codes.is_empty());
    }
    assert!(Vin::parse("1HGCM82633A004352").is_ok());
}

#[test]
fn odd_vehicle_cells_are_silent_with_a_warning() {
    let (draft, codes) = draft(with_vehicle(&[
        (Field::VehicleYear, "next"),
        (Field::VehicleMake, "  HONDA\tMOTOR "),
        (Field::VehicleModel, "Unknown"),
        (Field::EstimatedMileage, "9999999"),
        (Field::VehicleIsValid, "sold"),
    ]));
    let VehicleDraft { year, make, model, mileage, owned, .. } = &draft.vehicles[0];
    assert!(year.is_silent() && mileage.is_silent() && owned.is_silent() && model.is_blank());
    assert_eq!(*make, value("HONDA MOTOR"));
    assert_eq!(codes, ["vehicle.year", "vehicle.mileage", "vehicle.owned"]);
}

#[test]
fn warnings_of_the_record_come_first_and_no_message_quotes_a_value() {
    let mut source = record([(Field::CellPhone, "5550143")]);
    let finding = crate::domain::Finding::new("group.disagreement", "rows disagree");
    source.warnings.push(crate::domain::Warning { finding, at: None });
    let (draft, codes) = draft(source);
    assert_eq!(codes, ["group.disagreement", "phone.too_short"]);
    assert!(draft.warnings.iter().all(|warning| !warning.finding.message.contains("0143")));
}

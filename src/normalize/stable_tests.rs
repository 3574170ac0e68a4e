//! What is normal stays as it is: over drafts of any cells at all, every field of them.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::tests::{at, cell, draft, record, with_vehicle};
use super::*;
use crate::domain::{Consent, Consents, SourceVehicle, VehicleDraft};

/// A claim as the cell that would make it; `None` where there is no such column.
fn text(claim: Claim<String>) -> Option<String> {
    match claim {
        Claim::Silent => None,
        Claim::Blank => Some(String::new()),
        Claim::Value(text) => Some(text),
    }
}

fn flag(yes: bool) -> String {
    if yes { "Y" } else { "N" }.to_owned()
}

/// The draft's values as a record again, slot by slot.
fn back(draft: &Draft) -> SourceRecord {
    let Draft {
        key: _,
        at: _,
        name,
        preferred_locale,
        preferred_communication,
        addresses,
        phones,
        emails,
        consents,
        vehicles,
        conflict: _,
        warnings: _,
    } = draft.clone();
    let mut source = record([]);
    let mut put = |field: Field, ordinal: u8, claim: Claim<String>| {
        if let Some(raw) = text(claim) {
            source.fields.insert(Slot { field, ordinal }, cell(&raw));
        }
    };
    put(Field::FirstName, 1, name.first);
    put(Field::LastName, 1, name.last);
    put(Field::Company, 1, name.company);
    put(Field::IsBusiness, 1, name.is_business.map(flag));
    put(Field::PreferredLocale, 1, preferred_locale.map(|locale| locale.as_str().to_owned()));
    put(Field::PreferredCommunication, 1, preferred_communication.map(|way| way.as_str().to_owned()));
    if let Some(Claim::Value(address)) = addresses.get(&AddressKind::Common).cloned() {
        let crate::domain::Address { line1, line2, city, state, zip, country } = address;
        put(Field::AddressLine1, 1, line1);
        put(Field::AddressLine2, 1, line2);
        put(Field::City, 1, city);
        put(Field::State, 1, state);
        put(Field::Zip, 1, zip);
        put(Field::Country, 1, country);
    } else if addresses.get(&AddressKind::Common).is_some_and(Claim::is_blank) {
        put(Field::AddressLine1, 1, Claim::Blank);
    }
    for (slot, claim) in phones {
        let cell = claim.map(|all| all.iter().map(Phone::e164).collect::<Vec<_>>().join("; "));
        put(slot.label.field(), slot.ordinal, cell);
    }
    for (slot, claim) in emails {
        let cell = claim.map(|all| all.iter().map(Email::as_str).collect::<Vec<_>>().join("; "));
        put(Field::Email, slot.ordinal, cell);
    }
    let Consents { call, text: texts, email } = consents;
    for (field, consent) in [(Field::OkToCall, call), (Field::OkToText, texts), (Field::OkToEmail, email)] {
        let word = match consent {
            Consent::Unknown => "",
            Consent::Allowed => "Y",
            Consent::Blocked => "N",
        };
        source.consents.insert(Slot::first(field), vec![cell(word)]);
    }
    source.vehicles = vehicles.into_iter().map(vehicle_back).collect();
    source
}

fn vehicle_back(vehicle: VehicleDraft) -> SourceVehicle {
    let VehicleDraft { at, vin, key, year, make, model, trim, engine, color, plate, mileage, owned } =
        vehicle;
    let claims = [
        (Field::Vin, vin),
        (Field::VehicleKey, key),
        (Field::VehicleYear, year),
        (Field::VehicleMake, make),
        (Field::VehicleModel, model),
        (Field::VehicleTrim, trim),
        (Field::VehicleEngine, engine),
        (Field::Color, color),
        (Field::LicensePlate, plate),
        (Field::EstimatedMileage, mileage),
        (Field::VehicleIsValid, owned.map(flag)),
    ];
    let cells =
        claims.into_iter().filter_map(|(field, claim)| Some((Slot::first(field), cell(&text(claim)?))));
    SourceVehicle { at, fields: cells.collect() }
}

/// A cell as an export may have it, or any text at all.
fn any_cell() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            " ",
            "NONE",
            "0",
            "N/A",
            "DOE, JANE",
            "ACME TOWING INC",
            "\"Jane\"",
            "Y",
            "X",
            "maybe",
            "EN",
            "fr-CA",
            "ES",
            "sms",
            "2065550143 x5",
            "206-555-0143 / 206-555-0144",
            "jane@example.com",
            "JANE @example.com",
            "na",
            "2139",
            "27601-1234",
            "k1a0b1",
            "Québec",
            "N.C.",
            "ON",
            "USA",
            "Canada",
            "2012.0",
            "98",
            "45,210.7",
            "1hg cm82633a004352",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,24}",
        "\\PC{0,12}",
        any::<String>(),
    ]
}

/// A record with any cells: every field, some of them in a second column, consent in several words.
fn any_record() -> impl Strategy<Value = SourceRecord> {
    let cells = prop::collection::vec(any_cell(), Field::ALL.len());
    let seconds = (any_cell(), any_cell(), any_cell());
    let words = prop::collection::vec(prop::collection::vec(any_cell(), 1..3), 3);
    (cells, seconds, words).prop_map(|(cells, (phone, email, plus4), words)| {
        let texts = Field::ALL.iter().copied().zip(cells.iter().map(String::as_str));
        let (customer, vehicle): (Vec<_>, Vec<_>) = texts.partition(|(field, _)| !field.is_vehicle());
        let mut source = record(customer.into_iter().filter(|(field, _)| !field.is_consent()));
        for (field, raw) in [(Field::WorkPhone, phone), (Field::Email, email), (Field::Zip, plus4)] {
            source.fields.insert(Slot { field, ordinal: 2 }, cell(&raw));
        }
        for (field, said) in [Field::OkToCall, Field::OkToText, Field::OkToEmail].into_iter().zip(words) {
            source.consents.insert(Slot::first(field), said.iter().map(|raw| cell(raw)).collect());
        }
        source.vehicles = with_vehicle(&vehicle).vehicles;
        source
    })
}

proptest! {
    #![proptest_config(fixed(2000))]

    #[test]
    fn what_is_normal_stays_and_warns_of_nothing(source in any_record()) {
        let (first, _) = draft(source);
        let one = back(&first);
        let (second, codes) = draft(one.clone());
        prop_assert_eq!(codes, Vec::<String>::new());
        let two = back(&second);
        prop_assert_eq!(shown(&one), shown(&two));
        prop_assert!(one == two);
        prop_assert_eq!(&one.at, &at(2));
    }
}

/// Every cell, for a failure to be read.
fn shown(source: &SourceRecord) -> String {
    let fields = source.fields.iter().map(|(slot, cell)| format!("{slot}={:?}", cell.raw));
    let vehicles =
        source.vehicles.iter().flat_map(|v| v.fields.iter().map(|(s, c)| format!("{s}={:?}", c.raw)));
    let consents = source.consents.iter().map(|(slot, all)| format!("{slot}={:?}", all[0].raw));
    fields.chain(vehicles).chain(consents).collect::<Vec<_>>().join("\n")
}

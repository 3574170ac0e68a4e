//! Tables for the rules of the merge, and its laws on generated base, ours and theirs.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::*;
use crate::domain::policy::{AbsentVehicle, ConsentAuthority, FieldPolicy, MergeMode};
use crate::domain::{
    Address, AddressKind, Claim, Consent, Consents, EmailLabel, EmailSlot, Locale, Phone, PhoneLabel,
    PhoneSlot, Vehicle, Vin,
};
use crate::plan::Reach;
use crate::plan::overlay::over;
use crate::plan::samples::{self, any_customer, customer, email, phone, text};

/// A merge of which everything can be sent.
#[derive(Debug, Clone, PartialEq)]
struct Merged {
    write: Option<Payload>,
    opt_outs: Vec<(Channel, String)>,
}

fn merge(
    base: Option<&Customer>,
    ours: Ours<'_>,
    theirs: &CustomerWithVehicles,
    rules: Rules<'_>,
) -> Result<Merged, Unsendable> {
    let super::Merged { write, opt_outs } = super::merge(base, ours, theirs, rules);
    Ok(Merged { write: write?, opt_outs })
}

/// The memory of opt-outs.
#[derive(Debug, Clone, Default)]
struct Memory(BTreeSet<(Channel, String)>);

impl OptOuts for Memory {
    fn contains(&self, channel: Channel, contact: &str) -> bool {
        self.0.contains(&(channel, contact.to_owned()))
    }
}

/// What the server shows after a save: the lists replaced, what is missing deleted.
fn apply(payload: &Payload) -> CustomerWithVehicles {
    let body = json!({"customer": payload.customer, "vehicles": payload.vehicles});
    serde_json::from_value(body).unwrap()
}

fn record(body: Value) -> CustomerWithVehicles {
    serde_json::from_value(body).unwrap()
}

fn merged(
    base: Option<&Customer>,
    ours: &Customer,
    theirs: &CustomerWithVehicles,
    policies: &Policies,
) -> Merged {
    merge(base, Ours::again(ours), theirs, Rules { policies, opt_outs: &Memory::default() }).unwrap()
}

/// The payload as JSON; null where nothing is to be written.
fn written(
    base: Option<&Customer>,
    ours: &Customer,
    theirs: &CustomerWithVehicles,
    policies: &Policies,
) -> Value {
    let write = merged(base, ours, theirs, policies).write;
    write.map_or(Value::Null, |payload| json!({"customer": payload.customer, "vehicles": payload.vehicles}))
}

fn with_phones(slots: &[(PhoneLabel, &[u8])]) -> Customer {
    let claim = |lines: &[u8]| match lines {
        [] => Claim::Blank,
        lines => Claim::Value(lines.iter().map(|line| phone(*line)).collect()),
    };
    let slot = |label| PhoneSlot { label, ordinal: 1 };
    Customer {
        phones: slots.iter().map(|(label, lines)| (slot(*label), claim(lines))).collect(),
        ..customer("7")
    }
}

/// A record of the customer `7`, otherwise as `ours` writes it, with these phones.
fn theirs_with_phones(phones: &Value) -> CustomerWithVehicles {
    record(json!({"customer": {
        "customerKey": "7", "firstName": "Ana", "lastName": "Ruiz", "isBusiness": false, "phoneNumbers": phones,
    }}))
}

fn owned_by(field: Field, owner: Owner) -> Policies {
    let policy = FieldPolicy { owner, blank: BlankPolicy::Keep };
    Policies { fields: [(field, policy)].into(), ..Policies::default() }
}

fn numbers(body: &Value) -> Vec<&str> {
    let phones = body["customer"]["phoneNumbers"].as_array();
    phones.into_iter().flatten().map(|phone| phone["phoneNumber"].as_str().unwrap()).collect()
}

#[test]
fn phones_are_ours_and_what_of_theirs_base_did_not_have() {
    use PhoneLabel::{Cell, Home};
    let one = json!({"phoneNumber": "+12175550101", "label": "cell"});
    let two = json!({"phoneNumber": "(217) 555-0102", "label": "Home", "comments": "ask for Bo"});
    let advisors = json!({"phoneNumber": "+12175550109", "label": "work", "isPreferred": true});
    for (what, base, ours, theirs, expected) in [
        (
            "removed in the DMS",
            vec![1, 2],
            vec![1],
            json!([one, two, advisors]),
            Some(vec!["+12175550101", "+12175550109"]),
        ),
        (
            "added in the DMS",
            vec![1],
            vec![1, 3],
            json!([one, advisors]),
            Some(vec!["+12175550101", "+12175550109", "+12175550103"]),
        ),
        ("the advisor's edit alone is no reason to write", vec![1], vec![1], json!([one, advisors]), None),
        (
            "removed by the advisor, still in the DMS",
            vec![1],
            vec![1],
            json!([advisors]),
            Some(vec!["+12175550109", "+12175550101"]),
        ),
        ("the last one is not removed", vec![1], vec![], json!([one]), None),
        ("removed in both", vec![1, 2], vec![1], json!([one]), None),
    ] {
        let (base, ours) = (with_phones(&[(Cell, &base)]), with_phones(&[(Cell, &ours)]));
        let ours = if ours.phone_entries().is_empty() { with_phones(&[(Home, &[])]) } else { ours };
        let keep = Policies::default();
        let ours = if what.starts_with("the last") { customer("7") } else { ours };
        let body = written(Some(&base), &ours, &theirs_with_phones(&theirs), &keep);
        assert_eq!((!body.is_null()).then(|| numbers(&body)), expected, "{what}");
    }
}

#[test]
fn an_entry_in_both_keeps_what_we_do_not_map() {
    let base = with_phones(&[(PhoneLabel::Cell, &[1]), (PhoneLabel::Home, &[2])]);
    let ours = with_phones(&[(PhoneLabel::Cell, &[1]), (PhoneLabel::Home, &[3])]);
    let entry = json!({"phoneNumber": "217-555-0101", "label": "CELL", "okToText": false, "isPreferred": true,
        "comments": " rings  long "});
    let foreign = json!({"phoneNumber": "+44 20 7946 0123", "label": "home", "okToCall": true});
    let theirs = theirs_with_phones(&json!([entry, foreign]));
    let body = written(Some(&base), &ours, &theirs, &Policies::default());
    let new = json!({"phoneNumber": "+12175550103", "label": "home"});
    assert_eq!(body["customer"]["phoneNumbers"], json!([entry, foreign, new]));
}

#[test]
fn a_list_is_emptied_only_by_a_policy_and_only_of_ours() {
    let base = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let cleared = with_phones(&[(PhoneLabel::Cell, &[]), (PhoneLabel::Home, &[])]);
    let one = json!({"phoneNumber": "+12175550101", "label": "cell"});
    let other = json!({"phoneNumber": "+12175550109", "label": "work"});
    let keep = Policies::default();
    let body = written(Some(&base), &cleared, &theirs_with_phones(&json!([one])), &keep);
    assert!(
        !body.is_null() && body["customer"].get("phoneNumbers").is_none(),
        "a blank that came here clears"
    );
    let body = written(Some(&base), &cleared, &theirs_with_phones(&json!([one, other])), &keep);
    assert_eq!(body["customer"]["phoneNumbers"], json!([other]));
    assert!(written(Some(&base), &customer("7"), &theirs_with_phones(&json!([one])), &keep).is_null());
}

#[test]
fn who_owns_a_field_decides_what_is_written() {
    let ours = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let base = with_phones(&[(PhoneLabel::Cell, &[2])]);
    let cell = json!({"phoneNumber": "+12175550102", "label": "cell"});
    let home = json!({"phoneNumber": "+12175550108", "label": "home"});
    for (owner, theirs, expected) in [
        (Owner::Dms, json!([cell, home]), Some(vec!["+12175550108", "+12175550101"])),
        (Owner::Remote, json!([cell, home]), None),
        (Owner::Remote, json!([]), None),
        (Owner::Fill, json!([cell, home]), None),
        (Owner::Fill, json!([home]), Some(vec!["+12175550108", "+12175550101"])),
    ] {
        let policies = owned_by(Field::CellPhone, owner);
        let body = written(Some(&base), &ours, &theirs_with_phones(&theirs), &policies);
        assert_eq!((!body.is_null()).then(|| numbers(&body)), expected, "{owner:?} {theirs}");
    }
    for (owner, theirs, expected) in [
        (Owner::Dms, json!("Anna"), json!("Ana")),
        (Owner::Dms, json!(" Ana "), json!(null)),
        (Owner::Remote, json!("Anna"), json!(null)),
        (Owner::Remote, json!(null), json!(null)),
        (Owner::Fill, json!("Anna"), json!(null)),
        (Owner::Fill, json!(" "), json!("Ana")),
    ] {
        let theirs = record(json!({"customer": {
            "customerKey": "7", "firstName": theirs, "lastName": "Ruiz", "isBusiness": false}}));
        let body = written(None, &customer("7"), &theirs, &owned_by(Field::FirstName, owner));
        assert_eq!(body["customer"]["firstName"], expected, "{owner:?}");
    }
    // On create every value of ours is sent, whoever owns it afterwards.
    let policies = owned_by(Field::CellPhone, Owner::Remote);
    let (payload, _) =
        fresh(Ours::again(&ours), Rules { policies: &policies, opt_outs: &Memory::default() }).unwrap();
    assert_eq!(payload.customer.phone_numbers.unwrap().len(), 1);
}

#[test]
fn theirs_goes_back_byte_for_byte_and_read_only_fields_do_not() {
    let ours = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let phone =
        json!({"phoneNumber": "+44 20 7946 0123", "label": "HOME", "comments": "é\n", "isPreferred": true});
    let mail = json!({"emailAddress": "Ana@Example.com ", "label": "Personal", "okToEmail": true});
    let address = json!({"type": "OTHER", "line1": " 1  Main ", "zip": "SW1A 1AA", "uuid": "a-1", "isValid": false,
        "updateTS": "2019-01-01T00:00:00Z", "addressType": "O"});
    let car = json!({"vehicleUuid": "v-1", "vin": "1hgcm82633a004352", "vehicleYear": "2003", "color": "Red",
        "isValid": true});
    let mut car_read = car.clone();
    car_read["id"] = json!(9);
    car_read["imageUrl"] = json!("https://example.com/car.png");
    car_read["brandId"] = json!(3);
    let window = json!({"startTime": "09:00", "endTime": "noon"});
    let theirs = record(json!({"customer": {
        "id": 4, "customerId": "4", "customerUuid": "-u", "customerKey": "7", "firstName": " ana", "middleName": "M",
        "lastName": "Ruiz", "isBusiness": false, "availability": 1, "bestTimeToContact": window,
        "preferredLocale": "es_MX", "preferredCommunication": "Fax",
        "addresses": [address], "emails": [mail], "phoneNumbers": [phone],
    }, "vehicles": [car_read]}));
    let body = written(None, &ours, &theirs, &Policies::default());
    assert_eq!(
        body,
        json!({"customer": {
            "customerKey": "7", "firstName": "Ana", "lastName": "Ruiz", "isBusiness": false,
            "bestTimeToContact": window, "preferredLocale": "es_MX", "preferredCommunication": "Fax",
            "addresses": [address], "emails": [mail],
            "phoneNumbers": [phone, {"phoneNumber": "+12175550101", "label": "cell"}],
        }, "vehicles": [car]})
    );
}

#[test]
fn what_cannot_be_sent_back_fails_only_where_something_must_be_written() {
    let same = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let other = with_phones(&[(PhoneLabel::Cell, &[2])]);
    let says_no =
        Customer { consents: Consents { text: Consent::Blocked, ..Consents::default() }, ..same.clone() };
    let cell = json!({"phoneNumber": "+12175550101", "label": "cell", "okToText": false});
    for (what, ours, unlabelled, fails) in [
        ("nothing to write", &same, json!({"phoneNumber": "+12175550108"}), false),
        ("a new number", &other, json!({"phoneNumber": "+12175550108"}), true),
        (
            "an opt-out that it must get",
            &says_no,
            json!({"phoneNumber": "+12175550108", "okToText": true}),
            true,
        ),
        (
            "an opt-out that it has",
            &says_no,
            json!({"phoneNumber": "+12175550108", "okToText": false}),
            false,
        ),
    ] {
        let theirs = theirs_with_phones(&json!([cell, unlabelled]));
        let policies = Policies::default();
        let found = merge(
            Some(&same),
            Ours::again(ours),
            &theirs,
            Rules { policies: &policies, opt_outs: &Memory::default() },
        );
        let error = found.err().map(|Unsendable { what, field }| (what, field));
        assert_eq!(error, fails.then_some(("phone", "label")), "{what}");
    }
}

#[test]
fn one_number_in_two_entries_has_one_consent() {
    let ours = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let ours = Customer { consents: Consents { text: Consent::Allowed, ..Consents::default() }, ..ours };
    let theirs = theirs_with_phones(&json!([
        {"phoneNumber": "+12175550101", "label": "cell"},
        {"phoneNumber": "2175550101", "label": "cell", "okToText": false},
    ]));
    let body = written(Some(&ours), &ours, &theirs, &Policies::default());
    assert_eq!(body["customer"]["phoneNumbers"][0]["okToText"], json!(false));
    assert_eq!(body["customer"]["phoneNumbers"][1]["okToText"], json!(false));
}

#[test]
fn consent_goes_to_the_entries_that_it_concerns() {
    let both = with_phones(&[(PhoneLabel::Cell, &[1]), (PhoneLabel::Home, &[2])]);
    let says = |text| Customer { consents: Consents { text, ..Consents::default() }, ..both.clone() };
    let theirs = json!([
        {"phoneNumber": "+12175550101", "label": "cell"},
        {"phoneNumber": "+12175550102", "label": "home"},
        {"phoneNumber": "+12175550109", "label": "cell", "okToText": true},
        {"phoneNumber": "+12175550108", "label": "cell"},
    ]);
    let yes = json!(true);
    let no = json!(false);
    let none = Value::Null;
    for (said, expected) in
        [(Consent::Allowed, [&yes, &none, &yes, &none]), (Consent::Blocked, [&no, &no, &no, &no])]
    {
        let body = written(Some(&both), &says(said), &theirs_with_phones(&theirs), &Policies::default());
        let flags = [0, 1, 2, 3].map(|at| &body["customer"]["phoneNumbers"][at]["okToText"]);
        assert_eq!(flags, expected, "{said:?}");
    }
    let unknown =
        written(Some(&both), &says(Consent::Unknown), &theirs_with_phones(&theirs), &Policies::default());
    assert!(unknown.is_null());
}

#[test]
fn opt_outs_of_either_side_are_learned_once() {
    let ours = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let ours = Customer { consents: Consents { call: Consent::Blocked, ..Consents::default() }, ..ours };
    let theirs = theirs_with_phones(&json!([
        {"phoneNumber": "217 555 0102", "label": "home", "okToText": false},
        {"phoneNumber": "+12175550108", "okToText": false},
    ]));
    let Run { opt_outs, .. } = run(
        None,
        Ours::again(&ours),
        &theirs,
        Rules { policies: &Policies::default(), opt_outs: &Memory::default() },
        Occasion::Update,
    );
    let expected = [
        (Channel::Call, "+12175550101"),
        (Channel::Call, "+12175550102"),
        (Channel::Call, "+12175550108"),
        (Channel::Text, "+12175550102"),
        (Channel::Text, "+12175550108"),
    ];
    assert_eq!(opt_outs, expected.map(|(channel, contact)| (channel, contact.to_owned())));
}

#[test]
fn addresses_replace_what_base_wrote_and_spare_the_rest() {
    let of = |line1: &str, line2: Claim<String>, zip: &str| {
        let address = Address { line1: text(line1), line2, zip: text(zip), ..Address::default() };
        Customer { addresses: [(AddressKind::Common, Claim::Value(address))].into(), ..customer("7") }
    };
    let theirs = |addresses: Value| {
        record(json!({"customer": {
            "customerKey": "7", "firstName": "Ana", "lastName": "Ruiz", "isBusiness": false, "addresses": addresses}}))
    };
    let old =
        json!({"type": "COMMON", "line1": "1 MAIN ST", "line2": "Apt 4", "zip": "62701", "uuid": "a-1"});
    let moved = json!({"type": "COMMON", "line1": "9 Oak Ave", "zip": "62702", "uuid": "a-1"});
    let advisors = json!({"type": "COMMON", "line1": "5 Elm", "zip": "62703", "isPreferred": true});
    let found = json!({"type": "COMMON", "line1": "9 oak ave", "zip": "62702", "isValid": true});
    let base = of("1 Main St", text("Apt 4"), "62701");
    let new = of("9 Oak Ave", Claim::Silent, "62702");
    for (what, base, ours, addresses, expected) in [
        ("moved", Some(&base), &new, json!([old, advisors]), json!([moved, advisors])),
        ("the same place in another case", Some(&base), &base, json!([old, advisors]), Value::Null),
        ("moved to where the advisor put it already", Some(&base), &new, json!([old, found]), json!([found])),
        ("adopted: theirs stays", None, &new, json!([advisors]), {
            json!([advisors, {"type": "COMMON", "line1": "9 Oak Ave", "zip": "62702"}])
        }),
    ] {
        let body = written(base, ours, &theirs(addresses), &Policies::default());
        assert_eq!(body["customer"]["addresses"], expected, "{what}");
    }
    let cleared = Customer { addresses: [(AddressKind::Common, Claim::Blank)].into(), ..customer("7") };
    let body = written(Some(&base), &cleared, &theirs(json!([old, advisors])), &Policies::default());
    assert_eq!(body["customer"]["addresses"], json!([advisors]));
}

#[test]
fn a_vehicle_is_told_by_its_vin_before_its_key() {
    let [one, two] = [samples::VINS[0], samples::VINS[1]];
    let car = |vin: Option<&str>, key: &str, color: &str| Vehicle {
        vin: vin.map(|vin| Vin::parse(vin).unwrap()),
        key: text(key),
        color: text(color),
        ..Vehicle::default()
    };
    let ours = |vehicles| Customer { vehicles, ..customer("7") };
    let theirs = record(json!({"customer": {
    "customerKey": "7", "firstName": "Ana", "lastName": "Ruiz", "isBusiness": false},
    "vehicles": [
        {"vehicleUuid": "v-1", "vehicleKey": "K1", "vehicleYear": "2019", "vehicleMake": "M", "vehicleModel": "X"},
        {"vehicleUuid": "v-2", "vin": one.to_lowercase(), "vehicleKey": "K2"},
    ]}));
    let body = written(None, &ours(vec![car(Some(one), "K1", "Red")]), &theirs, &Policies::default());
    assert_eq!(body["vehicles"][0]["color"], Value::Null);
    assert_eq!(body["vehicles"][1]["color"], "Red");
    assert_eq!(body["vehicles"].as_array().unwrap().len(), 2);
    // Two of ours that are one of theirs: the last word counts, and only once.
    let twice = ours(vec![car(None, "K2", "Red"), car(Some(one), "K3", "Blue")]);
    let body = written(None, &twice, &theirs, &Policies::default());
    let again = record(json!({"customer": body["customer"], "vehicles": body["vehicles"]}));
    let rest = written(Some(&twice), &twice, &again, &Policies::default());
    assert!(rest.is_null() || rest["vehicles"].as_array().unwrap().len() <= 3, "at most one is added");
    // Not theirs at all: added, and nothing of theirs is missing.
    let body = written(None, &ours(vec![car(Some(two), "K9", "Red")]), &theirs, &Policies::default());
    assert_eq!(body["vehicles"].as_array().unwrap().len(), 3);
}

#[test]
fn defaults_fill_and_never_replace() {
    let mut policies = Policies::default();
    policies.defaults.locale = Some(Locale::FrCa);
    policies.defaults.country = Some("CA".to_owned());
    let theirs = |locale: Value| {
        record(json!({"customer": {"customerKey": "7", "firstName": "Ana", "lastName": "Ruiz",
            "isBusiness": false, "preferredLocale": locale}}))
    };
    assert_eq!(
        written(None, &customer("7"), &theirs(json!("")), &policies)["customer"]["preferredLocale"],
        "fr-ca"
    );
    assert!(written(None, &customer("7"), &theirs(json!("es")), &policies).is_null());
    let says = Customer { preferred_locale: Claim::Value(Locale::EnUs), ..customer("7") };
    assert!(written(None, &says, &theirs(json!("EN-US")), &policies).is_null(), "compared without case");
}

// --------------------------------------------------------------------------- tonight, and the nights before

/// A record of the customer `7` with these members.
fn theirs_with(members: &Value) -> CustomerWithVehicles {
    let mut customer =
        json!({"customerKey": "7", "firstName": "Ana", "lastName": "Ruiz", "isBusiness": false});
    customer.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    record(json!({"customer": customer}))
}

fn clearing(field: Field) -> Policies {
    let policy = FieldPolicy { owner: Owner::Dms, blank: BlankPolicy::Clear };
    Policies { fields: [(field, policy)].into(), ..Policies::default() }
}

fn named(company: Claim<String>, business: Claim<bool>, cell: u8) -> Customer {
    let phones = with_phones(&[(PhoneLabel::Cell, &[cell])]);
    Customer { name: samples::name(text("Ana"), text("Ruiz"), company, business), ..phones }
}

#[test]
fn a_blank_or_silent_scalar_leaves_theirs_unless_a_policy_clears() {
    let keep = Policies::default();
    let clear = clearing(Field::Company);
    let delta = Policies { export: ExportKind::Delta, ..clear.clone() };
    let (blank, silent) = (Claim::Blank, Claim::Silent);
    for (what, base, now, policies, expected) in [
        ("blank keeps", text("Ruiz Ltd"), blank.clone(), &keep, "Elm Corp"),
        ("not mapped any more", text("Ruiz Ltd"), silent.clone(), &keep, "Elm Corp"),
        ("blank clears", text("Ruiz Ltd"), blank.clone(), &clear, ""),
        ("still blank, and it clears", blank.clone(), blank.clone(), &clear, ""),
        ("silence never clears", blank.clone(), silent, &clear, "Elm Corp"),
        ("cleared once, and kept by now", blank.clone(), blank.clone(), &keep, "Elm Corp"),
        ("a delta clears nothing", blank.clone(), blank, &delta, "Elm Corp"),
        ("a value is written", text("Ruiz Ltd"), text("Ruiz Ltd"), &keep, "Ruiz Ltd"),
    ] {
        let base = named(base, Claim::Silent, 1);
        let night = Night::of(Some(base), named(now, Claim::Silent, 2), policies, Reach::Full);
        let cell = json!({"phoneNumber": "+12175550101", "label": "cell"});
        let theirs = theirs_with(&json!({"company": "Elm Corp", "phoneNumbers": [cell]}));
        let body = night.writes(&theirs, policies);
        assert_eq!(body["customer"]["company"], expected, "{what}");
        assert_eq!(numbers(&body), ["+12175550102"], "{what}: the phone change is written in any case");
    }
}

#[test]
fn a_business_stays_one_where_theirs_says_nothing() {
    let base = named(text("Ruiz Ltd"), Claim::Value(true), 1);
    let night =
        Night::of(Some(base), named(Claim::Blank, Claim::Blank, 2), &Policies::default(), Reach::Full);
    for (theirs, expected) in [(Value::Null, true), (json!(false), false), (json!(true), true)] {
        let body = night.writes(&theirs_with(&json!({"isBusiness": theirs})), &Policies::default());
        assert_eq!(body["customer"]["isBusiness"], expected, "{theirs}");
    }
}

#[test]
fn an_allowance_that_is_taken_back_allows_no_new_number() {
    let says = |lines: &[u8], consent| Customer {
        consents: Consents { call: consent, text: consent, email: consent },
        ..with_phones(&[(PhoneLabel::Cell, lines)])
    };
    let theirs = theirs_with_phones(
        &json!([{"phoneNumber": "+12175550101", "label": "cell", "okToText": true, "okToCall": true}]),
    );
    for (now, expected) in [
        (Consent::Unknown, [json!(null), json!(true)]),
        (Consent::Allowed, [json!(true), json!(true)]),
        (Consent::Blocked, [json!(false), json!(false)]),
    ] {
        let (base, now) = (says(&[1], Consent::Allowed), says(&[1, 2], now));
        let night = Night::of(Some(base), now, &Policies::default(), Reach::Full);
        let phones = night.writes(&theirs, &Policies::default())["customer"]["phoneNumbers"].clone();
        assert_eq!([&phones[1]["okToText"], &phones[0]["okToText"]], [&expected[0], &expected[1]]);
        assert_eq!(phones[1]["okToCall"], expected[0]);
    }
}

#[test]
fn a_delta_removes_nothing_and_adds_nothing_again() {
    use PhoneLabel::{Cell, Home, Work};
    let base = with_phones(&[(Cell, &[1]), (Home, &[2])]);
    let cell = json!({"phoneNumber": "+12175550101", "label": "cell"});
    let home = json!({"phoneNumber": "+12175550102", "label": "home"});
    let blank = with_phones(&[(Cell, &[]), (Home, &[]), (Work, &[3])]);
    let silent = with_phones(&[(Work, &[3])]);
    let moved = with_phones(&[(Cell, &[4]), (Home, &[])]);
    for (what, now, reach, theirs, expected) in [
        ("blank", &blank, Reach::Delta, json!([cell, home]), vec!["01", "02", "03"]),
        ("silent", &silent, Reach::Delta, json!([cell, home]), vec!["01", "02", "03"]),
        ("blank, removed by an advisor", &blank, Reach::Delta, json!([cell]), vec!["01", "03"]),
        ("not mapped any more, removed by an advisor", &silent, Reach::Full, json!([cell]), vec!["01", "03"]),
        ("the slot gets another", &moved, Reach::Delta, json!([cell, home]), vec!["02", "04"]),
        ("a full export's list is the list", &moved, Reach::Full, json!([cell, home]), vec!["04"]),
    ] {
        let night = Night::of(Some(base.clone()), now.clone(), &Policies::default(), reach);
        let body = night.writes(&theirs_with_phones(&theirs), &Policies::default());
        let expected: Vec<_> = expected.iter().map(|line| format!("+121755501{line}")).collect();
        assert_eq!(numbers(&body), expected, "{what}");
    }
}

#[test]
fn a_label_is_changed_by_what_tonight_says_and_not_by_what_it_leaves_out() {
    use PhoneLabel::{Cell, Home};
    let base = with_phones(&[(Cell, &[1])]);
    let home = with_phones(&[(Home, &[1])]);
    let both = Customer {
        consents: Consents { text: Consent::Allowed, ..Consents::default() },
        ..with_phones(&[(Home, &[1])])
    };
    for (what, now, reach, theirs, expected) in [
        ("a delta names the cell under home", &home, Reach::Delta, "cell", Value::Null),
        ("an advisor has put it under home too", &home, Reach::Delta, "home", Value::Null),
        ("neither", &home, Reach::Delta, "work", json!("home")),
        ("and it stays a number for texts", &both, Reach::Delta, "cell", json!("cell")),
    ] {
        let night = Night::of(Some(base.clone()), now.clone(), &Policies::default(), reach);
        let theirs = theirs_with_phones(&json!([{"phoneNumber": "+12175550101", "label": theirs}]));
        let body = night.writes(&theirs, &Policies::default());
        assert_eq!(body["customer"]["phoneNumbers"][0]["label"], expected, "{what}");
    }
    let full =
        Night::of(Some(base), with_phones(&[(Home, &[1]), (Cell, &[2])]), &Policies::default(), Reach::Full);
    let theirs = theirs_with_phones(&json!([{"phoneNumber": "+12175550101", "label": "cell"}]));
    let body = full.writes(&theirs, &Policies::default());
    assert_eq!(body["customer"]["phoneNumbers"][0]["label"], "home", "the cell is another number now");
}

#[test]
fn a_vehicle_that_is_not_listed_is_not_added_again_and_disowned_once() {
    let vin = |at: usize| Some(Vin::parse(samples::VINS[at]).unwrap());
    let car =
        |at, color: &str, owned| Vehicle { vin: vin(at), color: text(color), owned, ..Vehicle::default() };
    let owns = |vehicles| Customer { vehicles, ..customer("7") };
    let keep = Policies::default();
    let disown = Policies { absent_vehicle: AbsentVehicle::Disown, ..Policies::default() };
    let no = || Claim::Value(false);
    let (silent, read) = (|| Claim::Silent, |at: usize| json!({"vin": samples::VINS[at], "color": "Red"}));
    let mut taken_up = read(0);
    taken_up["isValid"] = json!(true);
    // What becomes of the first car; the second is repainted, so that something is written.
    for (what, policies, before, now, theirs, expected) in [
        ("kept", &keep, silent(), None, vec![read(0), read(1)], vec![Value::Null]),
        ("removed by an advisor", &keep, silent(), None, vec![read(1)], vec![]),
        ("disowned", &disown, silent(), None, vec![read(0), read(1)], vec![json!(false)]),
        ("disowned, and gone there", &disown, silent(), None, vec![read(1)], vec![]),
        ("listed as no longer owned, and gone there", &keep, silent(), Some(no()), vec![read(1)], vec![]),
        (
            "disowned long ago, taken up there",
            &disown,
            no(),
            None,
            vec![taken_up, read(1)],
            vec![json!(true)],
        ),
        ("listed again", &disown, no(), Some(silent()), vec![read(0), read(1)], vec![json!(true)]),
        (
            "listed again, its state left blank",
            &disown,
            no(),
            Some(Claim::Blank),
            vec![read(0), read(1)],
            vec![json!(true)],
        ),
        ("listed, and gone there", &keep, silent(), Some(silent()), vec![read(1)], vec![Value::Null]),
    ] {
        let base = owns(vec![car(0, "Red", before), car(1, "Red", Claim::Silent)]);
        let listed = now.map(|owned| car(0, "Red", owned));
        let now = owns(listed.into_iter().chain([car(1, "Blue", Claim::Silent)]).collect());
        let night = Night::of(Some(base), now, policies, Reach::Full);
        let mut theirs_all = theirs_with(&json!({}));
        theirs_all.vehicles = serde_json::from_value(json!(theirs)).unwrap();
        let body = night.writes(&theirs_all, policies);
        let sent = body["vehicles"].as_array().unwrap().clone();
        let first: Vec<_> = sent
            .iter()
            .filter(|car| car["vin"] == samples::VINS[0])
            .map(|car| car.get("isValid").cloned().unwrap_or_default())
            .collect();
        assert_eq!(first, expected, "{what}");
        assert!(sent.iter().any(|car| car["color"] == "Blue"), "{what}");
    }
}

#[test]
fn a_delta_disowns_nothing_again() {
    let car = |color: &str, owned| Vehicle {
        vin: Some(Vin::parse(samples::VINS[0]).unwrap()),
        color: text(color),
        owned,
        ..Vehicle::default()
    };
    let disown = Policies { absent_vehicle: AbsentVehicle::Disown, ..Policies::default() };
    let base = Customer {
        vehicles: vec![car("Red", Claim::Value(false))],
        ..with_phones(&[(PhoneLabel::Cell, &[1])])
    };
    let night = Night::of(Some(base), with_phones(&[(PhoneLabel::Cell, &[2])]), &disown, Reach::Delta);
    let mut theirs = theirs_with(&json!({}));
    theirs.vehicles = serde_json::from_value(json!([{"vin": samples::VINS[0], "isValid": true}])).unwrap();
    assert_eq!(night.writes(&theirs, &disown)["vehicles"][0]["isValid"], true);
}

#[test]
fn what_of_a_place_is_not_said_tonight_is_left_to_theirs() {
    let of = |line1: &str, line2: Claim<String>, zip: Claim<String>| {
        let address = Address { line1: text(line1), line2, zip, city: text("Salem"), ..Address::default() };
        Customer { addresses: [(AddressKind::Common, Claim::Value(address))].into(), ..customer("7") }
    };
    let at = |line2: &str, zip: &str, city: &str| json!({"type": "COMMON", "line1": "1 Main St", "line2": line2, "zip": zip, "city": city});
    let base = of("1 Main St", text("Apt 4"), text("62701"));
    for (what, now, theirs, expected) in [
        (
            "a blank apartment",
            of("1 Main St", Claim::Blank, text("62701")),
            json!([at("Apt 9", "62701", "Bend")]),
            json!([at("Apt 9", "62701", "Salem")]),
        ),
        (
            "a silent zip that an advisor has corrected",
            of("1 Main St", Claim::Silent, Claim::Silent),
            json!([at("Apt 4", "62709", "Bend")]),
            json!([at("Apt 4", "62709", "Salem")]),
        ),
        (
            "a zip that the DMS has corrected, and an advisor the apartment",
            of("1 Main St", Claim::Blank, text("62702")),
            json!([at("Apt 9", "62701", "Salem")]),
            json!([at("Apt 9", "62702", "Salem")]),
        ),
        (
            "gone there: added whole",
            of("1 Main St", Claim::Silent, text("62701")),
            json!([]),
            json!([at("Apt 4", "62701", "Salem")]),
        ),
    ] {
        let night = Night::of(Some(base.clone()), now, &Policies::default(), Reach::Full);
        let body = night.writes(&theirs_with(&json!({"addresses": theirs})), &Policies::default());
        assert_eq!(body["customer"]["addresses"], expected, "{what}");
    }
    // Silent altogether, or blank and kept: whatever an advisor has made of it stays.
    for claims in [BTreeMap::new(), [(AddressKind::Common, Claim::Blank)].into()] {
        let now = Customer { addresses: claims, ..with_phones(&[(PhoneLabel::Cell, &[1])]) };
        let night = Night::of(Some(base.clone()), now, &Policies::default(), Reach::Full);
        for theirs in [json!([]), json!([at("Apt 9", "62701", "Bend")])] {
            let body = night.writes(&theirs_with(&json!({"addresses": theirs})), &Policies::default());
            let sent = body["customer"].get("addresses").cloned().unwrap_or_else(|| json!([]));
            assert_eq!(sent, theirs);
        }
    }
}

// ------------------------------------------------------------------------------------------------ laws

fn flag() -> impl Strategy<Value = Value> {
    select(vec![Value::Null, json!(true), json!(false)])
}

fn spelled(line: u8, how: u8) -> String {
    let national = format!("21755501{line:02}");
    match how {
        0 => format!("+1{national}"),
        1 => format!("({}) {}-{}", &national[..3], &national[3..6], &national[6..]),
        _ => national,
    }
}

fn their_phone() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        6 => (0u8..9, 0u8..3).prop_map(|(line, how)| spelled(line, how)),
        1 => Just("+44 20 7946 0123".to_owned()),
    ];
    let label = select(&["cell", "CELL", "home", "work"][..]);
    (number, label, flag(), flag(), flag(), select(vec![Value::Null, json!("note")])).prop_map(
        |(number, label, call, text, preferred, comments)| {
            json!({"phoneNumber": number, "label": label, "okToCall": call, "okToText": text,
                "isPreferred": preferred, "comments": comments})
        },
    )
}

fn their_email() -> impl Strategy<Value = Value> {
    (select(&["a", "B", "c", "x", "y"][..]), select(&["personal", "Work"][..]), flag()).prop_map(
        |(local, label, ok)| json!({"emailAddress": format!("{local}@example.com"), "label": label, "okToEmail": ok}),
    )
}

fn their_address() -> impl Strategy<Value = Value> {
    let kind = select(&["COMMON", "BILLING"][..]);
    let street = select(&["1 Main St", "9 oak ave", "5 Elm"][..]);
    (kind, street, select(&["62701", "62702", "62703"][..]), select(vec![Value::Null, json!("Apt 4")])).prop_map(
        |(kind, street, zip, line2)| json!({"type": kind, "line1": street, "zip": zip, "line2": line2, "uuid": "a"}),
    )
}

fn their_vehicle() -> impl Strategy<Value = Value> {
    let vin = select(vec![
        Value::Null,
        json!(samples::VINS[0]),
        json!("1m8gdm9axkp042788"),
        json!("WVWZZZ1JZXW000099"),
    ]);
    let key = select(vec![Value::Null, json!("K1"), json!("k2"), json!("K9")]);
    (vin, key, select(&["Civic", "golf"][..]), flag()).prop_map(|(vin, key, model, owned)| {
        json!({"vin": vin, "vehicleKey": key, "vehicleYear": "2019", "vehicleMake": "make", "vehicleModel": model,
            "isValid": owned})
    })
}

fn any_theirs() -> impl Strategy<Value = CustomerWithVehicles> {
    let lists = (
        vec(their_phone(), 0..5),
        vec(their_email(), 0..3),
        vec(their_address(), 0..3),
        vec(their_vehicle(), 0..4),
    );
    let names = (
        (
            select(vec![Value::Null, json!("Ana "), json!("Zoe")]),
            select(vec![Value::Null, json!("Elm Corp")]),
        ),
        flag(),
        select(vec![Value::Null, json!("es"), json!("EN-US")]),
    );
    (lists, names).prop_map(
        |((phones, emails, addresses, mut vehicles), ((first, company), business, locale))| {
            for (at, vehicle) in vehicles.iter_mut().enumerate() {
                vehicle["vehicleUuid"] = json!(format!("v-{at}"));
            }
            record(json!({"customer": {"customerKey": "7", "firstName": first, "lastName": "Ruiz",
            "company": company, "isBusiness": business,
            "preferredLocale": locale, "phoneNumbers": phones, "emails": emails, "addresses": addresses},
            "vehicles": vehicles}))
        },
    )
}

fn any_policies() -> impl Strategy<Value = Policies> {
    let owner = || select(&[Owner::Dms, Owner::Dms, Owner::Fill, Owner::Remote][..]);
    let fields = [
        Field::CellPhone,
        Field::HomePhone,
        Field::Email,
        Field::AddressLine1,
        Field::FirstName,
        Field::Vin,
        Field::Color,
    ];
    (vec(owner(), fields.len()), any::<bool>()).prop_map(move |(owners, country)| {
        let mut policies = Policies { merge: MergeMode::ThreeWay, ..Policies::default() };
        policies.defaults.country = country.then(|| "US".to_owned());
        let policy = |owner| FieldPolicy { owner, blank: BlankPolicy::Keep };
        policies.fields =
            fields.into_iter().zip(owners).map(|(field, owner)| (field, policy(owner))).collect();
        policies
    })
}

/// One night: base, what the export says, and that over base.
#[derive(Debug)]
struct Night {
    base: Option<Customer>,
    now: Customer,
    next: Customer,
}

impl Night {
    /// As `plan` makes it.
    fn of(base: Option<Customer>, now: Customer, policies: &Policies, reach: Reach) -> Self {
        let next = over(now.clone(), base.as_ref(), policies, reach);
        Self { base, now, next }
    }

    fn ours(&self) -> Ours<'_> {
        Ours { now: &self.now, next: &self.next, scope: Scope::Whole }
    }

    /// The payload as JSON; null where nothing is to be written.
    fn writes(&self, theirs: &CustomerWithVehicles, policies: &Policies) -> Value {
        let rules = Rules { policies, opt_outs: &Memory::default() };
        let write = merge(self.base.as_ref(), self.ours(), theirs, rules).unwrap().write;
        write.map_or(Value::Null, |sent| json!({"customer": sent.customer, "vehicles": sent.vehicles}))
    }
}

fn any_night() -> impl Strategy<Value = Night> {
    (proptest::option::of(any_customer()), any_customer(), any::<bool>()).prop_map(|(base, now, full)| {
        let reach = if full { Reach::Full } else { Reach::Delta };
        let base = base.map(|base| over(base, None, &Policies::default(), reach));
        Night::of(base, now, &Policies::default(), reach)
    })
}

fn contact(raw: &str) -> String {
    Phone::from_loose(raw).map_or_else(|| raw.trim().to_lowercase(), |phone| phone.e164())
}

type Flags = Vec<(Channel, String, Option<bool>)>;

/// Every flag of every entry, by channel and contact.
fn flags(customer: &Value) -> Flags {
    let mut all = Flags::new();
    for (list, number, names) in [
        ("phoneNumbers", "phoneNumber", &[(Channel::Call, "okToCall"), (Channel::Text, "okToText")][..]),
        ("emails", "emailAddress", &[(Channel::Email, "okToEmail")][..]),
    ] {
        for entry in customer[list].as_array().into_iter().flatten() {
            for (channel, name) in names {
                all.push((*channel, contact(entry[number].as_str().unwrap()), entry[*name].as_bool()));
            }
        }
    }
    all
}

/// What of an entry must come back as it was, whatever becomes of label and flags.
fn kept(entry: &Map<String, Value>, name: &str) -> [Value; 3] {
    [name, "comments", "isPreferred"].map(|name| entry.get(name).cloned().unwrap_or_default())
}

fn kept_of(list: &Value, name: &str) -> Vec<[Value; 3]> {
    list.as_array().into_iter().flatten().map(|entry| kept(entry.as_object().unwrap(), name)).collect()
}

proptest! {
    #[test]
    fn nothing_of_theirs_that_base_lacks_is_dropped(
        night in any_night(), theirs in any_theirs(), policies in any_policies(),
    ) {
        let body = night.writes(&theirs, &policies);
        prop_assume!(!body.is_null());
        let base = &night.base;
        let record = theirs.customer.as_ref().unwrap();
        let was_ours: BTreeSet<String> = base
            .iter()
            .flat_map(|base| {
                let phones = base.phone_entries().into_iter().map(|(phone, _)| phone.e164()).collect::<Vec<_>>();
                phones.into_iter().chain(base.email_entries().into_iter().map(|(email, _)| email.folded()))
            })
            .collect();
        for (list, sent, name) in [
            (&record.phone_numbers, &body["customer"]["phoneNumbers"], "phoneNumber"),
            (&record.emails, &body["customer"]["emails"], "emailAddress"),
        ] {
            let sent = kept_of(sent, name);
            for entry in list {
                let is_ours = was_ours.contains(&contact(entry[name].as_str().unwrap()));
                prop_assert!(is_ours || sent.contains(&kept(entry, name)));
            }
            prop_assert!(list.is_empty() || !sent.is_empty(), "an empty list where theirs has entries");
        }
        let uuids = |vehicles: &Value| -> Vec<String> {
            vehicles.as_array().into_iter().flatten().filter_map(|v| Some(v["vehicleUuid"].as_str()?.to_owned())).collect()
        };
        let sent = uuids(&body["vehicles"]);
        let had = uuids(&serde_json::to_value(&theirs.vehicles).unwrap());
        prop_assert_eq!(&sent[..], &had[..], "vehicles are never dropped");
    }

    #[test]
    fn nobody_s_no_becomes_a_yes(
        night in any_night(), theirs in any_theirs(), lines in vec(0u8..9, 0..4),
    ) {
        let memory = Memory(lines.into_iter().map(|line| (Channel::Text, phone(line).e164())).collect());
        let policies = Policies::default();
        let rules = Rules { policies: &policies, opt_outs: &memory };
        let found = merge(night.base.as_ref(), night.ours(), &theirs, rules).unwrap();
        let after = found.write.as_ref().map_or_else(|| theirs.clone(), apply);
        let [before, after] = [&theirs, &after].map(|of| flags(&serde_json::to_value(&of.customer).unwrap()));
        for (channel, contact, now) in &after {
            if *now != Some(true) {
                continue;
            }
            let said_no = before.iter().any(|(c, who, flag)| c == channel && who == contact && *flag == Some(false));
            prop_assert!(!said_no && !memory.contains(*channel, contact));
        }
        for (channel, contact, flag) in before {
            prop_assert!(flag != Some(false) || found.opt_outs.contains(&(channel, contact)), "it is remembered");
        }
        let (payload, _) = fresh(Ours::again(&night.next), rules).unwrap();
        for (channel, contact, flag) in flags(&serde_json::to_value(&payload.customer).unwrap()) {
            prop_assert!(flag != Some(true) || !memory.contains(channel, &contact), "nor on create");
        }
    }

    #[test]
    fn what_the_dms_removed_goes(night in any_night(), theirs in any_theirs()) {
        let body = night.writes(&theirs, &Policies::default());
        prop_assume!(!body.is_null());
        let (has, had): (BTreeSet<_>, BTreeSet<_>) = (
            night.next.phone_entries().into_iter().map(|(phone, _)| phone.e164()).collect(),
            night.base.iter().flat_map(Customer::phone_entries).map(|(phone, _)| phone.e164()).collect(),
        );
        let sent: Vec<_> = numbers(&body).into_iter().map(contact).collect();
        let removed = |number: &String| had.contains(number) && !has.contains(number);
        // Where nothing else would be left the list stays as it is.
        prop_assert!(!sent.iter().any(removed) || sent.iter().all(removed));
        prop_assert!(night.now.phone_entries().iter().all(|(phone, _)| sent.contains(&phone.e164())));
    }

    #[test]
    fn what_tonight_does_not_say_is_not_written(night in any_night(), theirs in any_theirs()) {
        let body = night.writes(&theirs, &Policies::default());
        prop_assume!(!body.is_null());
        let theirs = serde_json::to_value(&theirs).unwrap();
        if night.now.name.claims().company.value().is_none() {
            prop_assert_eq!(&body["customer"]["company"], &theirs["customer"]["company"]);
        }
        let had: BTreeSet<_> = numbers(&theirs).into_iter().map(contact).collect();
        let said: BTreeSet<_> = night.now.phone_entries().into_iter().map(|(phone, _)| phone.e164()).collect();
        for number in numbers(&body).into_iter().map(contact) {
            prop_assert!(had.contains(&number) || said.contains(&number), "added, and not said tonight");
        }
        let vehicles = |of: &Value| of["vehicles"].as_array().map_or(0, Vec::len);
        prop_assert!(vehicles(&body) <= vehicles(&theirs) + night.now.vehicles.len());
        let allowed = |body: &Value| -> BTreeSet<_> {
            let yes = flags(&body["customer"]).into_iter().filter(|(_, _, flag)| *flag == Some(true));
            yes.map(|(channel, contact, _)| (channel, contact)).collect()
        };
        let Consents { call, text, email } = night.now.consents;
        for (channel, contact) in allowed(&body).difference(&allowed(&theirs)) {
            let said = match channel { Channel::Call => call, Channel::Text => text, Channel::Email => email };
            prop_assert!(said == Consent::Allowed, "{channel:?} of {contact} is allowed by nobody tonight");
        }
    }

    #[test]
    fn a_second_merge_writes_nothing(
        night in any_night(), theirs in any_theirs(), policies in any_policies(), newer: bool,
    ) {
        let authority = if newer { ConsentAuthority::DmsIsNewer } else { ConsentAuthority::OptOutSticks };
        let policies = Policies { consent: authority, ..policies };
        let mut memory = Memory::default();
        let once = merge(night.base.as_ref(), night.ours(), &theirs, Rules { policies: &policies, opt_outs: &memory }).unwrap();
        let after = once.write.as_ref().map_or_else(|| theirs.clone(), apply);
        memory.0.extend(once.opt_outs);
        let twice = merge(Some(&night.next), night.ours(), &after, Rules { policies: &policies, opt_outs: &memory }).unwrap();
        let [before, after] = [Some(&after), None].map(|of| serde_json::to_string(&of.cloned().unwrap_or_else(|| {
            twice.write.as_ref().map_or_else(CustomerWithVehicles::default, apply)
        })).unwrap());
        prop_assert!(twice.write.is_none(), "{before}\n{after}");
    }

    #[test]
    fn what_was_just_created_needs_no_update(night in any_night()) {
        let ours = night.next;
        let policies = Policies::default();
        let rules = Rules { policies: &policies, opt_outs: &Memory::default() };
        let (payload, _) = fresh(Ours::again(&ours), rules).unwrap();
        prop_assert!(merge(Some(&ours), Ours::again(&ours), &apply(&payload), rules).unwrap().write.is_none());
        prop_assert!(merge(None, Ours::again(&ours), &apply(&payload), rules).unwrap().write.is_none(), "nor where it is adopted");
    }

    #[test]
    fn an_advisors_edits_outlive_the_nights(nights in vec(any_customer(), 2..6)) {
        let policies = Policies::default();
        let mut memory = Memory::default();
        let mut base: Option<Customer> = None;
        let mut server = CustomerWithVehicles::default();
        let mut edits: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for (night, said) in nights.into_iter().enumerate() {
            let tonight = Night::of(base, said, &policies, Reach::Full);
            let found = merge(tonight.base.as_ref(), tonight.ours(), &server, Rules { policies: &policies, opt_outs: &memory }).unwrap();
            server = found.write.as_ref().map_or(server, apply);
            memory.0.extend(found.opt_outs);
            base = Some(tonight.next);
            let numbers = &mut server.customer.as_mut().unwrap().phone_numbers;
            for (number, edit) in &edits {
                let found = numbers.iter().find(|entry| entry["phoneNumber"] == **number);
                prop_assert!(found.is_some_and(|found| kept(found, "phoneNumber") == kept(edit, "phoneNumber")));
            }
            // By day the advisor adds a number that the DMS does not have, and a word to it.
            let number = spelled(90 + u8::try_from(night).unwrap(), 1);
            let edit = json!({"phoneNumber": number, "label": "work", "comments": "by hand"});
            numbers.push(edit.as_object().unwrap().clone());
            edits.insert(number, edit.as_object().unwrap().clone());
        }
    }
}

#[test]
fn emails_are_told_apart_without_case_and_sent_back_as_they_were() {
    let slot = EmailSlot { label: EmailLabel::Personal, ordinal: 1 };
    let of = |local| Customer { emails: [(slot, Claim::Value(vec![email(local)]))].into(), ..customer("7") };
    let theirs = record(json!({"customer": {"customerKey": "7", "firstName": "Ana", "lastName": "Ruiz",
        "isBusiness": false, "emails": [{"emailAddress": "A@Example.com", "label": "PERSONAL"}]}}));
    assert!(written(None, &of("a"), &theirs, &Policies::default()).is_null());
    let body = written(Some(&of("a")), &of("b"), &theirs, &Policies::default());
    assert_eq!(body["customer"]["emails"], json!([{"emailAddress": "b@example.com", "label": "personal"}]));
}

proptest! {
    #[test]
    fn opt_outs_alone_turn_flags_off_and_touch_nothing_else(
        base in any_customer(),
        blocks in samples::any_consents(),
        theirs in any_theirs(),
        policies in any_policies(),
    ) {
        let base = over(base, None, &Policies::default(), Reach::Full);
        let now = Customer {
            consents: blocks.blocks(),
            ..Customer::named(base.key.clone(), base.name.clone())
        };
        let next = Customer { consents: base.consents.and(now.consents), ..base.clone() };
        let ours = Ours { now: &now, next: &next, scope: Scope::OptOuts };
        let whole = |record: &CustomerWithVehicles| {
            let mut body = serde_json::to_value(record).unwrap();
            let mut flags = Vec::new();
            for (list, names) in [("phoneNumbers", &["okToCall", "okToText"][..]), ("emails", &["okToEmail"])] {
                for entry in body["customer"][list].as_array_mut().into_iter().flatten() {
                    for name in names {
                        flags.push((*name, entry.as_object_mut().unwrap().remove(*name)));
                    }
                }
            }
            (body, flags)
        };
        let rules = Rules { policies: &policies, opt_outs: &Memory::default() };
        let Ok(Merged { write: Some(written), .. }) = merge(Some(&base), ours, &theirs, rules) else {
            return Ok(());
        };
        // As a save that changes nothing would leave it.
        let untouched = {
            let silent = Ours { now: &Customer::named(base.key.clone(), base.name.clone()), ..ours };
            super::run(Some(&base), silent, &theirs, rules, Occasion::OptOuts).payload.unwrap()
        };
        let ((before, old), (after, new)) = (whole(&apply(&untouched)), whole(&apply(&written)));
        prop_assert_eq!(before, after);
        for ((name, old), (_, new)) in old.into_iter().zip(new) {
            let field = Field::parse(name).unwrap();
            if now.consents.blocked().any(|channel| channel.field() == field) {
                prop_assert_eq!(new, Some(json!(false)), "{}", name);
            } else {
                prop_assert_eq!(old, new, "{}", name);
            }
        }
    }
}

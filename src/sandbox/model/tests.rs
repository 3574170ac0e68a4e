//! Every rule of the model as a function call: no sockets, time as a number.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use serde_json::{Value, json};

use super::customer::{Customer, Email, Phone, Vehicle};
use super::matching::pick;
use super::save::Refusal;
use super::search::{Field, Search, run};
use super::world::{Saved, World};
use crate::sandbox::contract::SaveRequest;
use crate::sandbox::options::Strictness;
use crate::sandbox::shape::Object;

const D: &str = "d1";
const GOOD_VIN: &str = "1M8GDM9AXKP042788";
const BAD_DIGIT: &str = "1M8GDM9A0KP042788";
const ABROAD: &str = "WVWZZZ00ZZZ000000";

fn request(body: Value) -> SaveRequest {
    let Object(request) = serde_json::from_value(body).unwrap();
    request
}

/// A request for a named customer with these fields besides.
#[allow(clippy::needless_pass_by_value)] // so that callers can write `json!` in place
fn named(fields: Value) -> Value {
    let mut customer = json!({ "firstName": "Ada", "lastName": "Example" });
    customer.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({ "customer": customer })
}

/// A world with one customer, made by this body.
fn world_with(how: Strictness, body: Value) -> (World, String) {
    let mut world = World::new(how);
    let saved = create(&mut world, body).unwrap();
    (world, saved.customer.unwrap().1)
}

fn create(world: &mut World, body: Value) -> Result<Saved, Refusal> {
    world.create(D, &request(body), Duration::ZERO)
}

fn update(world: &mut World, uuid: &str, body: Value) -> Result<Saved, Refusal> {
    world.update(D, uuid, &request(body), Duration::ZERO)
}

fn codes(saved: &Saved) -> Vec<u32> {
    saved.warnings.iter().map(|warning| warning.0).collect()
}

fn stored<'a>(world: &'a World, uuid: &str) -> &'a Customer {
    world.department(D).by_uuid(uuid).unwrap()
}

fn phone(number: &str, label: &str) -> Value {
    json!({ "phoneNumber": number, "label": label })
}

#[test]
fn names_are_required_unless_a_business_has_one() {
    for (customer, accepted) in [
        (json!({ "firstName": "Ada", "lastName": "Example" }), true),
        (json!({ "isBusiness": true, "company": "Acme" }), true),
        (json!({ "isBusiness": false, "company": "Acme" }), false),
        (json!({ "company": "Acme" }), false),
        (json!({ "isBusiness": true }), false),
        (json!({ "firstName": "Ada" }), false),
        (json!({ "firstName": "Ada", "lastName": " " }), false),
        (json!({}), false),
    ] {
        let outcome = create(&mut World::new(Strictness::Contract), json!({ "customer": customer }));
        assert_eq!(outcome.is_ok(), accepted, "{customer}");
        assert!(accepted || outcome == Err(Refusal::Nameless), "{customer}");
    }
}

#[test]
fn a_key_belongs_to_one_customer_of_a_department() {
    let (mut world, one) = world_with(Strictness::Contract, named(json!({ "customerKey": "k1" })));
    let two = create(&mut world, named(json!({ "customerKey": "k2" }))).unwrap().customer.unwrap().1;
    let body = || named(json!({ "customerKey": "k1" }));
    assert_eq!(create(&mut world, body()), Err(Refusal::KeyTaken));
    assert_eq!(update(&mut world, &two, body()), Err(Refusal::KeyTaken));
    update(&mut world, &one, body()).unwrap();
    world.create("d2", &request(body()), Duration::ZERO).unwrap();
    update(&mut world, &one, named(json!({ "customerKey": "k9" }))).unwrap();
    assert_eq!(world.department(D).by_key("k9").unwrap().customer_uuid, one);
    assert!(world.department(D).by_key("k1").is_none());
    create(&mut world, body()).unwrap();
    let keyless = named(json!({}));
    create(&mut world, keyless.clone()).unwrap();
    create(&mut world, keyless).unwrap();
}

#[test]
fn records_of_old_may_share_a_key_and_no_write_makes_more_of_them() {
    let mut world = World::new(Strictness::Contract);
    let old = || Customer { customer_key: Some("k1".into()), ..stored_person() };
    let (one, two) = (world.seed(D, old()).unwrap(), world.seed(D, old()).unwrap());
    let other = create(&mut world, named(json!({ "customerKey": "k2" }))).unwrap().customer.unwrap().1;
    let body = || named(json!({ "customerKey": "k1" }));
    assert_eq!(create(&mut world, body()), Err(Refusal::KeyTaken));
    assert_eq!(update(&mut world, &other, body()), Err(Refusal::KeyTaken));
    // Who has it keeps it.
    update(&mut world, &two, body()).unwrap();
    world.edit(D, &two, |customer| customer.company = Some("Acme".into()), Duration::ZERO).unwrap();
    assert_eq!(keys(&world, "k1", &[Field::Key], 0, 0), ["k1", "k1"]);
    assert_eq!(world.department(D).by_key("k1").unwrap().customer_uuid, one);
    world.remove(D, &one, Duration::ZERO).unwrap();
    assert_eq!(world.department(D).by_key("k1").unwrap().customer_uuid, two);
    world.remove(D, &two, Duration::ZERO).unwrap();
    assert!(world.department(D).by_key("k1").is_none());
    create(&mut world, body()).unwrap();
}

#[test]
fn a_refused_write_changes_nothing_and_costs_no_identity() {
    let (mut world, uuid) = world_with(Strictness::Contract, named(json!({ "customerKey": "k1" })));
    let before = stored(&world, &uuid).clone();
    create(&mut world, named(json!({ "customerKey": "k1" }))).unwrap_err();
    update(&mut world, &uuid, json!({ "customer": { "lastName": "" } })).unwrap_err();
    let other = named(json!({ "customerUuid": "another" }));
    assert_eq!(update(&mut world, &uuid, other), Err(Refusal::OtherCustomer));
    assert!(stored(&world, &uuid) == &before);
    let next = create(&mut world, named(json!({}))).unwrap().customer.unwrap();
    assert_eq!(next.0, before.id + 1);
}

#[test]
fn lists_are_replaced_and_omission_deletes_them() {
    let both = || {
        named(json!({
            "phoneNumbers": [phone("+12125550101", "cell"), phone("+12125550102", "home")],
            "emails": [{ "emailAddress": "ada@example.com", "label": "work" }],
        }))
    };
    for (what, fields, expected) in [
        ("missing", json!({}), vec![10006, 10005]),
        ("null", json!({ "phoneNumbers": null, "emails": null }), vec![10006, 10005]),
        ("empty", json!({ "phoneNumbers": [], "emails": [] }), vec![10006, 10005]),
    ] {
        let (mut world, uuid) = world_with(Strictness::Contract, both());
        let saved = update(&mut world, &uuid, named(fields.clone())).unwrap();
        assert_eq!(codes(&saved), expected, "{what}");
        let customer = stored(&world, &uuid);
        assert!(customer.phone_numbers.is_empty() && customer.emails.is_empty(), "{what}");
        assert!(codes(&update(&mut world, &uuid, named(fields)).unwrap()).is_empty(), "{what}, again");
    }
    let (mut world, uuid) = world_with(Strictness::Contract, both());
    let one = json!({ "phoneNumbers": [phone("+12125550103", "cell")] });
    assert_eq!(codes(&update(&mut world, &uuid, named(one)).unwrap()), [10006]);
    let numbers: Vec<_> =
        stored(&world, &uuid).phone_numbers.iter().map(|one| one.phone_number.clone()).collect();
    assert_eq!(numbers, [Some("+12125550103".to_owned())]);
}

#[test]
fn a_flag_that_is_left_out_is_not_carried_over() {
    let flagged = json!({ "phoneNumber": "+12125550101", "label": "cell", "okToText": false });
    let (mut world, uuid) = world_with(Strictness::Contract, named(json!({ "phoneNumbers": [flagged] })));
    assert_eq!(stored(&world, &uuid).phone_numbers[0].ok_to_text, Some(false));
    update(&mut world, &uuid, named(json!({ "phoneNumbers": [phone("+12125550101", "cell")] }))).unwrap();
    assert_eq!(stored(&world, &uuid).phone_numbers[0].ok_to_text, None);
}

#[test]
fn of_entries_with_one_contact_the_first_is_kept() {
    let phones = [phone("+12125550101", "cell"), phone("+12125550101", "home")];
    let emails =
        ["ada@example.com", "Ada@Example.com"].map(|it| json!({ "emailAddress": it, "label": "work" }));
    let fields = json!({ "phoneNumbers": phones, "emails": emails });
    let (world, uuid) = world_with(Strictness::Contract, named(fields));
    let customer = stored(&world, &uuid);
    assert_eq!((customer.phone_numbers.len(), customer.emails.len()), (1, 1));
    assert_eq!(customer.phone_numbers[0].label.as_deref(), Some("cell"));
}

#[test]
fn bad_contacts_are_refused_by_contract_and_dropped_as_observed() {
    let email = |address: &str| json!({ "emails": [{ "emailAddress": address, "label": "work" }] });
    let phones = |phones: Value| json!({ "phoneNumbers": phones });
    let good = phone("+12125550101", "cell");
    for (what, fields, refused, warned) in [
        ("short", phones(json!([good, phone("+1212555010", "cell")])), true, vec![10015]),
        ("no +1", phones(json!([good, phone("2125550102", "cell")])), true, vec![10015]),
        ("area code 1", phones(json!([good, phone("+11125550102", "cell")])), true, vec![10015]),
        ("blank", phones(json!([good, phone("", "cell")])), true, vec![10011]),
        ("no number", phones(json!([good, { "label": "cell" }])), true, vec![10011]),
        ("no label", phones(json!([good, { "phoneNumber": "+12125550102" }])), true, vec![10016]),
        ("blank label", phones(json!([good, phone("+12125550102", "")])), true, vec![10016]),
        ("none is good", phones(json!([phone("12", "cell")])), true, vec![10015, 10013]),
        ("short address", email("a@"), true, vec![10014]),
        ("blank address", email(""), true, vec![10012, 10014]),
        ("no at sign", email("example.com"), false, vec![10014]),
        ("two at signs", email("a@b@example.com"), false, vec![10014]),
        ("a space", email("a b@example.com"), false, vec![10014]),
    ] {
        let strict = create(&mut World::new(Strictness::Contract), named(fields.clone()));
        assert_eq!(matches!(strict, Err(Refusal::Contract(_))), refused, "{what}: {strict:?}");
        let lenient = create(&mut World::new(Strictness::AsObserved), named(fields)).unwrap();
        assert_eq!(codes(&lenient), warned, "{what}");
    }
}

#[test]
fn as_observed_an_unlabelled_phone_is_lost_on_its_way_back() {
    let seed = || Customer {
        first_name: Some("Ada".into()),
        last_name: Some("Example".into()),
        phone_numbers: vec![
            Phone {
                phone_number: Some("+442079460123".into()),
                label: Some("cell".into()),
                ..Phone::default()
            },
            Phone { phone_number: Some("+12125550101".into()), ..Phone::default() },
        ],
        ..Customer::default()
    };
    let back = json!([phone("+442079460123", "cell"), { "phoneNumber": "+12125550101" }]);
    for (how, warned, left) in [(Strictness::Contract, vec![], 2), (Strictness::AsObserved, vec![10016], 1)] {
        let mut world = World::new(how);
        let uuid = world.seed(D, seed()).unwrap();
        let body = named(json!({ "phoneNumbers": back }));
        assert_eq!(codes(&update(&mut world, &uuid, body).unwrap()), warned, "{how:?}");
        assert_eq!(stored(&world, &uuid).phone_numbers.len(), left, "{how:?}");
    }
}

#[test]
fn odd_contacts_of_a_stored_customer_are_accepted_back() {
    let seed = Customer {
        emails: vec![Email { email_address: Some("x".into()), ..Email::default() }],
        phone_numbers: vec![Phone { phone_number: Some("+442079460123".into()), ..Phone::default() }],
        ..stored_person()
    };
    for (what, fields, accepted) in [
        ("an address", json!({ "emails": [{ "emailAddress": "x" }] }), true),
        ("an address, relabelled", json!({ "emails": [{ "emailAddress": "x", "label": "work" }] }), false),
        ("another address", json!({ "emails": [{ "emailAddress": "y" }] }), false),
        ("a number", json!({ "phoneNumbers": [{ "phoneNumber": "+442079460123" }] }), true),
        ("a number, relabelled", json!({ "phoneNumbers": [phone("+442079460123", "cell")] }), true),
        ("another number", json!({ "phoneNumbers": [phone("+442079460124", "cell")] }), false),
    ] {
        let mut world = World::new(Strictness::Contract);
        let uuid = world.seed(D, seed.clone()).unwrap();
        let outcome = update(&mut world, &uuid, named(fields));
        assert_eq!(outcome.is_ok(), accepted, "{what}: {outcome:?}");
        let customer = stored(&world, &uuid);
        assert!(!accepted || customer.emails.len() + customer.phone_numbers.len() == 1, "{what}");
    }
}

#[test]
fn the_contract_names_every_problem() {
    let body = json!({
        "customer": {
            "customerKey": "",
            "firstName": "Ada",
            "lastName": "Example",
            "preferredLocale": "EN-US",
            "preferredCommunication": "fax",
            "addresses": [{}, { "type": "HOME", "updateTS": "yesterday" }, { "type": "OTHER" }],
            "phoneNumbers": [{ "phoneNumber": "5550101" }],
            "emails": [{ "emailAddress": "a" }],
        },
        "vehicles": [
            { "vehicleYear": "2020", "vehicleMake": "Acme" },
            { "vin": "1m8gdm9axkp042788", "vehicleYear": "20", "estimatedMileage": "1,000" },
        ],
    });
    let Err(Refusal::Contract(problems)) = create(&mut World::new(Strictness::Contract), body) else {
        panic!("accepted")
    };
    let paths: Vec<_> = problems.iter().map(|problem| problem.split_once(' ').unwrap().0).collect();
    assert_eq!(
        paths,
        [
            "customer.customerKey",
            "customer.preferredCommunication",
            "customer.preferredLocale",
            "customer.addresses[0].type",
            "customer.addresses[1].type",
            "customer.addresses[1].updateTS",
            "customer.emails[0].emailAddress",
            "customer.emails[0].label",
            "customer.phoneNumbers[0].phoneNumber",
            "customer.phoneNumbers[0].label",
            "vehicles[0]",
            "vehicles[1].vin",
            "vehicles[1].vehicleYear",
            "vehicles[1].estimatedMileage",
        ]
    );
}

#[test]
fn scalars_and_addresses_stay_where_they_are_left_out() {
    let address = json!([{ "type": "COMMON", "line1": "1 Main St", "zip": "12345" }]);
    let fields =
        json!({ "customerKey": "k1", "company": "Acme", "preferredLocale": "fr-ca", "addresses": address });
    let (mut world, uuid) = world_with(Strictness::Contract, named(fields));
    let before = stored(&world, &uuid).clone();
    assert!(before.addresses[0].uuid.is_some());
    update(&mut world, &uuid, json!({ "customer": {} })).unwrap();
    assert!(stored(&world, &uuid) == &before);

    let moved = json!([
        { "type": "COMMON", "line1": "1 MAIN ST", "zip": "12345", "city": "Springfield" },
        { "type": "BILLING", "line1": "2 Main St", "zip": "12345" },
    ]);
    update(&mut world, &uuid, json!({ "customer": { "addresses": moved, "company": "" } })).unwrap();
    let after = stored(&world, &uuid);
    assert_eq!(after.company, None);
    assert_eq!(after.addresses[0].uuid, before.addresses[0].uuid, "the same place keeps its identity");
    assert_ne!(after.addresses[1].uuid, before.addresses[0].uuid);
    assert_eq!(after.addresses[0].city.as_deref(), Some("Springfield"));

    let twice = json!([{ "type": "COMMON", "line1": "1 Main St", "zip": "12345" }, { "type": "COMMON", "line1": "1 Main St", "zip": "12345" }]);
    update(&mut world, &uuid, json!({ "customer": { "addresses": twice } })).unwrap();
    let after = stored(&world, &uuid);
    assert_ne!(after.addresses[0].uuid, after.addresses[1].uuid, "one identity is not given twice");
}

#[test]
fn vehicles_are_matched_by_uuid_then_vin_then_key() {
    let with = |vehicles: Value| json!({ "customer": { "firstName": "Ada", "lastName": "Example" }, "vehicles": vehicles });
    let first =
        json!([{ "vin": GOOD_VIN, "vehicleKey": "a", "color": "red" }, { "vin": ABROAD, "vehicleKey": "b" }]);
    let (mut world, uuid) = world_with(Strictness::Contract, with(first));
    let before = stored(&world, &uuid).vehicles.clone();
    let (red, blue) = (before[0].vehicle_uuid.clone(), before[1].vehicle_uuid.clone());
    assert_ne!(red, blue);
    let described = |key: &str, uuid: &str| json!({ "vehicleYear": "2020", "vehicleMake": "Acme", "vehicleModel": "One", "vehicleKey": key, "vehicleUuid": uuid });
    for (what, sent, found) in [
        ("uuid before vin", json!({ "vin": ABROAD, "vehicleUuid": red }), Some(0)),
        ("vin before key", json!({ "vin": GOOD_VIN, "vehicleKey": "b" }), Some(0)),
        ("key", described("b", ""), Some(1)),
        ("unknown uuid, known key", described("b", "unknown"), Some(1)),
        ("nothing known", described("c", ""), None),
    ] {
        let mut world = World::new(Strictness::Contract);
        let seed = Customer { vehicles: before.clone(), ..stored_person() };
        let uuid = world.seed(D, seed).unwrap();
        update(&mut world, &uuid, with(json!([sent]))).unwrap();
        let after = &stored(&world, &uuid).vehicles;
        let changed = before.iter().zip(after).position(|(before, after)| before != after);
        assert_eq!(changed, found, "{what}");
        assert_eq!(after.len(), if found.is_some() { 2 } else { 3 }, "{what}");
    }
    update(&mut world, &uuid, with(json!([]))).unwrap();
    assert!(stored(&world, &uuid).vehicles == before, "an empty list removes nothing");
    update(&mut world, &uuid, with(json!([{ "vin": GOOD_VIN, "isValid": false }]))).unwrap();
    let sold = &stored(&world, &uuid).vehicles[0];
    assert_eq!((sold.is_valid, sold.color.as_deref()), (Some(false), Some("red")));
}

fn stored_person() -> Customer {
    Customer { first_name: Some("Ada".into()), last_name: Some("Example".into()), ..Customer::default() }
}

#[test]
fn a_bad_vin_costs_the_vehicle_and_not_the_customer_when_asked() {
    for (vin, validate, kept) in [
        (GOOD_VIN, json!(true), true),
        (BAD_DIGIT, json!(true), false),
        (BAD_DIGIT, json!(false), true),
        (ABROAD, json!(true), true),
    ] {
        let mut body = named(json!({}));
        body["vehicles"] =
            json!([{ "vin": vin }, { "vehicleYear": "2020", "vehicleMake": "Acme", "vehicleModel": "One" }]);
        body["validateVin"] = validate.clone();
        let mut world = World::new(Strictness::Contract);
        let saved = create(&mut world, body).unwrap();
        assert_eq!(codes(&saved), if kept { vec![] } else { vec![20101] }, "{vin} {validate}");
        let vehicles = &stored(&world, &saved.customer.unwrap().1).vehicles;
        assert_eq!(vehicles.len(), if kept { 2 } else { 1 }, "{vin} {validate}");
    }
}

#[test]
fn odd_values_of_a_stored_vehicle_are_accepted_back() {
    let odd = Vehicle {
        vin: Some("SHORT".into()),
        vehicle_year: Some("20".into()),
        estimated_mileage: Some("1,000".into()),
        ..Vehicle::default()
    };
    let mut world = World::new(Strictness::Contract);
    let uuid = world.seed(D, Customer { vehicles: vec![odd], ..stored_person() }).unwrap();
    let back = json!([{ "vin": "SHORT", "vehicleYear": "20", "estimatedMileage": "1,000" }]);
    update(&mut world, &uuid, json!({ "customer": {}, "vehicles": back })).unwrap();
    let other = json!([{ "vin": "SHORTER" }]);
    update(&mut world, &uuid, json!({ "customer": {}, "vehicles": other })).unwrap_err();
    assert_eq!(stored(&world, &uuid).vehicles.len(), 1);
}

#[test]
fn a_create_that_searches_for_duplicates_overwrites_the_match() {
    let contact = json!({ "phoneNumbers": [phone("+12125550101", "cell"), phone("+12125550102", "home")] });
    let (mut world, uuid) = world_with(Strictness::Contract, named(contact));
    let mut body = named(json!({ "customerKey": "k1", "phoneNumbers": [phone("+12125550101", "cell")] }));
    body["searchForDuplicate"] = json!(true);
    let saved = create(&mut world, body.clone()).unwrap();
    assert_eq!(saved.customer.unwrap().1, uuid);
    assert_eq!(stored(&world, &uuid).phone_numbers.len(), 1, "what the match had is gone");
    body["searchForDuplicate"] = json!(false);
    body["customer"]["customerKey"] = json!("k2");
    assert_ne!(create(&mut world, body).unwrap().customer.unwrap().1, uuid);
}

#[test]
fn matching_asks_contact_then_name_then_key() {
    let mut world = World::new(Strictness::Contract);
    let mut add = |key: Option<&str>, first: &str, number: &str, vin: &str| {
        let seed = Customer {
            customer_key: key.map(str::to_owned),
            first_name: Some(first.into()),
            last_name: Some("Example".into()),
            phone_numbers: vec![Phone { phone_number: Some(number.into()), ..Phone::default() }],
            vehicles: vec![Vehicle { vin: Some(vin.into()), ..Vehicle::default() }],
            ..Customer::default()
        };
        world.seed(D, seed).unwrap()
    };
    let keyless = add(None, "Ada", "+12125550101", "V1");
    let keyed = add(Some("k2"), "Ada", "+12125550101", "V2");
    let grace = add(Some("k3"), "Grace", "+12125550103", GOOD_VIN);
    add(Some("k4"), "Ada", "+12125550104", "V4");
    let number = |number: &str| json!([phone(number, "cell")]);
    for (what, customer, vin, found) in [
        ("oldest", json!({ "phoneNumbers": number("+12125550101") }), "", Some(&keyless)),
        ("key", json!({ "phoneNumbers": number("+12125550101"), "customerKey": "k2" }), "", Some(&keyed)),
        (
            "not another's key",
            json!({ "phoneNumbers": number("+12125550101"), "customerKey": "k9" }),
            "",
            Some(&keyless),
        ),
        ("only another's", json!({ "phoneNumbers": number("+12125550104"), "customerKey": "k9" }), "", None),
        ("name is a gate", json!({ "phoneNumbers": number("+12125550103") }), "", None),
        ("vin", json!({ "firstName": "grace" }), GOOD_VIN, Some(&grace)),
        ("no contact", json!({ "customerKey": "k2" }), "", None),
    ] {
        let mut body = named(customer);
        if !vin.is_empty() {
            body["vehicles"] = json!([{ "vin": vin }]);
        }
        let wanted = request(body);
        let picked = pick(world.department(D), &wanted.customer, wanted.vehicles.as_deref());
        assert_eq!(picked.map(|customer| &customer.customer_uuid), found, "{what}");
    }
}

fn keys(world: &World, term: &str, fields: &[Field], now: u64, lag: u64) -> Vec<String> {
    let search = Search { term: term.to_owned(), fields: fields.to_vec(), most: 100 };
    let (now, lag) = (Duration::from_secs(now), Duration::from_secs(lag));
    let (_, found) = run(world.department(D), &search, now, lag);
    found.into_iter().map(|customer| customer.customer_key.clone().unwrap_or_default()).collect()
}

#[test]
fn searches_are_fuzzy() {
    let mut world = World::new(Strictness::Contract);
    for (key, first, last) in [("10", "Ada", "Byron"), ("100", "Adam", "Smith"), ("X10Y", "Zoë", "Ada")] {
        let body = json!({ "customer": {
            "customerKey": key, "firstName": first, "lastName": last,
            "phoneNumbers": [phone("+12125550101", "cell")],
            "emails": [{ "emailAddress": format!("{key}@example.com"), "label": "work" }],
        }, "vehicles": [{ "vin": GOOD_VIN }]});
        create(&mut world, body).unwrap();
    }
    for (term, fields, expected) in [
        ("10", &[Field::Key][..], vec!["10", "100", "X10Y"]),
        ("ADA", &Field::ALL, vec!["10", "100", "X10Y"]),
        ("ada", &[Field::FirstName], vec!["10", "100"]),
        ("ada byron", &Field::ALL, vec!["10"]),
        ("ZOË", &Field::ALL, vec!["X10Y"]),
        ("2125550101", &[Field::Contact], vec!["10", "100", "X10Y"]),
        ("+12125550101", &Field::ALL, vec![]),
        ("12125550101", &Field::ALL, vec![]),
        ("x10y@example", &Field::ALL, vec!["X10Y"]),
        ("1m8gdm9ax", &[Field::Vin], vec!["10", "100", "X10Y"]),
        ("1m8gdm9ax", &[Field::Key, Field::Contact], vec![]),
        (" ", &Field::ALL, vec![]),
    ] {
        assert_eq!(keys(&world, term, fields, 0, 0), expected, "{term:?} {fields:?}");
    }
}

#[test]
fn a_full_page_can_hide_the_exact_match() {
    let mut world = World::new(Strictness::Contract);
    for number in 0..130 {
        create(&mut world, named(json!({ "customerKey": format!("7{number}") }))).unwrap();
    }
    create(&mut world, named(json!({ "customerKey": "7" }))).unwrap();
    let found = keys(&world, "7", &[Field::Key], 0, 0);
    assert_eq!((found.len(), found.contains(&"7".to_owned())), (100, false));
    let search = Search { term: "7".into(), fields: Field::ALL.to_vec(), most: 3 };
    let (count, found) = run(world.department(D), &search, Duration::ZERO, Duration::ZERO);
    assert_eq!((count, found.len()), (100, 3));
}

#[test]
fn searches_see_each_version_late_and_seeds_at_once() {
    let at = Duration::from_secs;
    let mut world = World::new(Strictness::Contract);
    let seed = Customer { customer_key: Some("seed".into()), ..stored_person() };
    world.seed(D, seed).unwrap();
    let saved = world.create(D, &request(named(json!({ "customerKey": "new" }))), at(10)).unwrap();
    let uuid = saved.customer.unwrap().1;
    world.edit(D, &uuid, |customer| customer.customer_key = Some("edited".into()), at(20)).unwrap();
    world.remove(D, &uuid, at(30)).unwrap();
    for (now, expected) in [
        (11, vec!["seed"]),
        (12, vec!["seed", "new"]),
        (21, vec!["seed", "new"]),
        (22, vec!["seed", "edited"]),
        (31, vec!["seed", "edited"]),
        (32, vec!["seed"]),
    ] {
        assert_eq!(keys(&world, "e", &[Field::Key], now, 2), expected, "at {now}");
    }
    assert_eq!(keys(&world, "e", &[Field::Key], 40, 25), ["seed", "new"]);
    assert!(world.department(D).by_uuid(&uuid).is_none());
}

#[test]
fn an_advisor_can_write_what_a_client_cannot_but_not_take_a_key() {
    let (mut world, one) = world_with(Strictness::Contract, named(json!({ "customerKey": "k1" })));
    create(&mut world, named(json!({ "customerKey": "k2" }))).unwrap();
    let now = Duration::ZERO;
    world
        .edit(
            D,
            &one,
            |customer| {
                customer.customer_uuid = "mine".into();
                customer.first_name = None;
            },
            now,
        )
        .unwrap();
    assert_eq!(stored(&world, &one).first_name, None);
    assert!(world.edit(D, &one, |customer| customer.customer_key = Some("k2".into()), now).is_err());
    assert!(world.edit(D, "nobody", |_| {}, now).is_err());
    assert!(world.seed(D, Customer { customer_uuid: one, ..stored_person() }).is_err());
    assert!(world.remove(D, "nobody", now).is_err());
}

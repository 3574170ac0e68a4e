//! Tables for the rules of the merge, and its laws on generated base, ours and theirs.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::*;
use crate::domain::policy::{BlankPolicy, ConsentAuthority, FieldPolicy, MergeMode};
use crate::domain::{
    Address, AddressKind, Claim, Consent, Consents, EmailLabel, EmailSlot, Locale, Phone, PhoneLabel,
    PhoneSlot, Vehicle, Vin,
};
use crate::plan::Reach;
use crate::plan::overlay::over;
use crate::plan::samples::{self, any_customer, customer, email, phone, text};

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
    merge(base, ours, theirs, Rules { policies, opt_outs: &Memory::default() }).unwrap()
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
    let (payload, _) = fresh(&ours, Rules { policies: &policies, opt_outs: &Memory::default() }).unwrap();
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
        let found =
            merge(Some(&same), ours, &theirs, Rules { policies: &policies, opt_outs: &Memory::default() });
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
        &ours,
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
        select(vec![Value::Null, json!("Ana "), json!("Zoe")]),
        flag(),
        select(vec![Value::Null, json!("es"), json!("EN-US")]),
    );
    (lists, names).prop_map(|((phones, emails, addresses, mut vehicles), (first, business, locale))| {
        for (at, vehicle) in vehicles.iter_mut().enumerate() {
            vehicle["vehicleUuid"] = json!(format!("v-{at}"));
        }
        record(json!({"customer": {"customerKey": "7", "firstName": first, "lastName": "Ruiz", "isBusiness": business,
            "preferredLocale": locale, "phoneNumbers": phones, "emails": emails, "addresses": addresses},
            "vehicles": vehicles}))
    })
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

/// Base and ours as `plan` makes them: ours over base.
fn any_pair() -> impl Strategy<Value = (Option<Customer>, Customer)> {
    (proptest::option::of(any_customer()), any_customer(), any::<bool>()).prop_map(|(base, said, full)| {
        let reach = if full { Reach::Full } else { Reach::Delta };
        let base = base.map(|base| over(base, None, &Policies::default(), reach));
        let ours = over(said, base.as_ref(), &Policies::default(), reach);
        (base, ours)
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
        (base, ours) in any_pair(), theirs in any_theirs(), policies in any_policies(),
    ) {
        let body = written(base.as_ref(), &ours, &theirs, &policies);
        prop_assume!(!body.is_null());
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
        (base, ours) in any_pair(), theirs in any_theirs(), lines in vec(0u8..9, 0..4),
    ) {
        let memory = Memory(lines.into_iter().map(|line| (Channel::Text, phone(line).e164())).collect());
        let policies = Policies::default();
        let rules = Rules { policies: &policies, opt_outs: &memory };
        let found = merge(base.as_ref(), &ours, &theirs, rules).unwrap();
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
        let (payload, _) = fresh(&ours, rules).unwrap();
        for (channel, contact, flag) in flags(&serde_json::to_value(&payload.customer).unwrap()) {
            prop_assert!(flag != Some(true) || !memory.contains(channel, &contact), "nor on create");
        }
    }

    #[test]
    fn what_the_dms_removed_goes((base, ours) in any_pair(), theirs in any_theirs()) {
        let body = written(base.as_ref(), &ours, &theirs, &Policies::default());
        prop_assume!(!body.is_null());
        let (has, had): (BTreeSet<_>, BTreeSet<_>) = (
            ours.phone_entries().into_iter().map(|(phone, _)| phone.e164()).collect(),
            base.iter().flat_map(Customer::phone_entries).map(|(phone, _)| phone.e164()).collect(),
        );
        let sent: Vec<_> = numbers(&body).into_iter().map(contact).collect();
        let removed = |number: &String| had.contains(number) && !has.contains(number);
        // Where nothing else would be left the list stays as it is.
        prop_assert!(!sent.iter().any(removed) || sent.iter().all(removed));
        prop_assert!(has.iter().all(|number| sent.contains(number)));
    }

    #[test]
    fn a_second_merge_writes_nothing(
        (base, ours) in any_pair(), theirs in any_theirs(), policies in any_policies(), newer: bool,
    ) {
        let authority = if newer { ConsentAuthority::DmsIsNewer } else { ConsentAuthority::OptOutSticks };
        let policies = Policies { consent: authority, ..policies };
        let mut memory = Memory::default();
        let once = merge(base.as_ref(), &ours, &theirs, Rules { policies: &policies, opt_outs: &memory }).unwrap();
        let after = once.write.as_ref().map_or_else(|| theirs.clone(), apply);
        memory.0.extend(once.opt_outs);
        let twice = merge(Some(&ours), &ours, &after, Rules { policies: &policies, opt_outs: &memory }).unwrap();
        let [before, after] = [Some(&after), None].map(|of| serde_json::to_string(&of.cloned().unwrap_or_else(|| {
            twice.write.as_ref().map_or_else(CustomerWithVehicles::default, apply)
        })).unwrap());
        prop_assert!(twice.write.is_none(), "{before}\n{after}");
    }

    #[test]
    fn what_was_just_created_needs_no_update((_, ours) in any_pair()) {
        let policies = Policies::default();
        let rules = Rules { policies: &policies, opt_outs: &Memory::default() };
        let (payload, _) = fresh(&ours, rules).unwrap();
        prop_assert!(merge(Some(&ours), &ours, &apply(&payload), rules).unwrap().write.is_none());
        prop_assert!(merge(None, &ours, &apply(&payload), rules).unwrap().write.is_none(), "nor where it is adopted");
    }

    #[test]
    fn an_advisors_edits_outlive_the_nights(nights in vec(any_customer(), 2..6)) {
        let policies = Policies::default();
        let mut memory = Memory::default();
        let mut base: Option<Customer> = None;
        let mut server = CustomerWithVehicles::default();
        let mut edits: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for (night, said) in nights.into_iter().enumerate() {
            let ours = over(said, base.as_ref(), &policies, Reach::Full);
            let found = merge(base.as_ref(), &ours, &server, Rules { policies: &policies, opt_outs: &memory }).unwrap();
            server = found.write.as_ref().map_or(server, apply);
            memory.0.extend(found.opt_outs);
            base = Some(ours);
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

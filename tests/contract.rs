//! The wire contract, `tests/data/openapi.yaml`, against everything that we send and the sandbox answers.
//!
//! Judged by a schema validator that neither our client nor the sandbox has any part in.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::{BTreeMap, BTreeSet};

use dms_sync::api::wire::{
    CustomerWithVehicles, MatchRequest, MinimalField, MinimalQuery, SaveCustomerRequest, SearchPreference,
    SearchQuery,
};
use dms_sync::api::{Client, ClientConfig, Credentials, Gate, GateConfig, UpdateMethod, Vehicles};
use dms_sync::domain::customer::NameClaims;
use dms_sync::domain::policy::{BlankPolicy, ConsentAuthority, FieldPolicy, Owner, Policies, UnknownConsent};
use dms_sync::domain::{
    Address, AddressKind, Channel, Claim, Consent, Consents, Customer, CustomerKey, Email, EmailLabel,
    EmailSlot, Field, Locale, Name, Phone, PhoneLabel, PhoneSlot, Position, PreferredCommunication, Presence,
    Slot, SourceRow, Vehicle, Vin,
};
use dms_sync::push::WireSettings;
use dms_sync::push::merge::{Merged, OptOuts, Ours, Payload, Rules, fresh, merge};
use dms_sync::sandbox::{Sandbox, SandboxOptions};
use harness::tap::{Exchange, Tap};
use harness::{PASSWORD, TOKEN, USERNAME, Workbench};
use jsonschema::Validator;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

/// The document and its validators.
struct Contract {
    document: Value,
}

/// One operation of the document.
struct Operation<'a> {
    id: &'a str,
    shared: Option<&'a Value>,
    item: &'a Value,
}

impl Contract {
    fn read() -> Self {
        Self { document: serde_norway::from_str(include_str!("data/openapi.yaml")).unwrap() }
    }

    /// A validator of one of the document's schemas; references are resolved within the document.
    fn schema(&self, name: &str) -> Validator {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": format!("#/components/schemas/{name}"),
            "components": self.document["components"],
        });
        jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
    }

    /// Follows a reference within the document.
    fn resolve<'a>(&'a self, node: &'a Value) -> &'a Value {
        match node["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap(),
            None => node,
        }
    }

    /// The name of the schema of a body of JSON.
    fn body_schema<'a>(&'a self, node: &'a Value) -> &'a str {
        let schema = &self.resolve(node)["content"]["application/json"]["schema"]["$ref"];
        schema.as_str().unwrap().rsplit('/').next().unwrap()
    }

    /// The operation that a request is: of the templates that fit, the one with the fewest placeholders.
    fn operation(&self, method: &str, path: &str) -> Operation<'_> {
        let segments: Vec<_> = path.split('/').collect();
        let fits = |template: &str| {
            let parts: Vec<_> = template.split('/').collect();
            let pairs = || parts.iter().zip(&segments);
            (parts.len() == segments.len() && pairs().all(|(part, own)| part.starts_with('{') || part == own))
                .then(|| pairs().filter(|(part, _)| part.starts_with('{')).count())
        };
        let paths = self.document["paths"].as_object().unwrap();
        let best = paths.iter().filter_map(|(template, item)| Some((fits(template)?, item)));
        let (_, item) =
            best.min_by_key(|(count, _)| *count).unwrap_or_else(|| panic!("no operation: {path}"));
        let operation = &item[method.to_lowercase()];
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("no operation: {method} {path}"));
        Operation { id, shared: item.get("parameters"), item: operation }
    }

    /// Every operation of the document.
    fn operations(&self) -> BTreeSet<&str> {
        let items = self.document["paths"].as_object().unwrap().values();
        let all = items.flat_map(|item| item.as_object().unwrap().values());
        all.filter_map(|operation| operation["operationId"].as_str()).collect()
    }

    /// Holds one exchange to the document: path, query, both bodies. Tells which operation it was.
    #[track_caller]
    fn hold(&self, exchange: &Exchange) -> &str {
        let Exchange { method, path, query, request, status, response } = exchange;
        let Operation { id, shared, item } = self.operation(method, path);
        let parameters = [shared, item.get("parameters")].into_iter().flatten();
        let parameters: Vec<_> =
            parameters.flat_map(|list| list.as_array().unwrap()).map(|p| self.resolve(p)).collect();
        for (name, text) in query {
            let of = parameters.iter().find(|p| p["in"] == "query" && p["name"] == name.as_str());
            let schema = &of.unwrap_or_else(|| panic!("{id} has no parameter {name}"))["schema"];
            let value = match schema["type"].as_str() {
                Some("integer" | "boolean") => serde_json::from_str(text).unwrap(),
                _ => Value::String(text.clone()),
            };
            assert!(jsonschema::is_valid(schema, &value), "{id}: {name}={text}");
        }
        for parameter in parameters.iter().filter(|p| p["in"] == "query" && p["required"] == true) {
            assert!(
                query.iter().any(|(name, _)| parameter["name"] == name.as_str()),
                "{id}: {parameter} is missing"
            );
        }
        match item.get("requestBody") {
            Some(body) => self.valid(self.body_schema(body), &serde_json::from_slice(request).unwrap(), id),
            None => assert!(request.is_empty(), "{id} has no body"),
        }
        let answer = &item["responses"][status.to_string()];
        assert!(!answer.is_null(), "{id} does not answer {status}");
        if let Ok(body) = serde_json::from_slice(response) {
            self.valid(self.body_schema(answer), &body, id);
        }
        id
    }

    #[track_caller]
    fn valid(&self, schema: &str, body: &Value, what: &str) {
        check(&self.schema(schema), body)
            .unwrap_or_else(|error| panic!("{what}: {schema}: {error}\n{body:#}"));
    }
}

/// Every way in which `body` breaks the schema.
fn check(schema: &Validator, body: &Value) -> Result<(), String> {
    let errors: Vec<_> =
        schema.iter_errors(body).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
}

#[test]
fn the_validator_sees_what_is_wrong() {
    let schema = Contract::read().schema("SaveCustomerRequest");
    let good = json!({"customer": {"customerKey": "1", "phoneNumbers": [{"phoneNumber": "+12025550100", "label": "cell"}]}});
    assert_eq!(check(&schema, &good), Ok(()));
    for (pointer, value) in [
        ("/customer/customerKey", json!("")),
        ("/customer/customerKey", json!(1)),
        ("/customer/phoneNumbers/0/phoneNumber", json!("2025550100")),
        ("/customer/phoneNumbers/0/label", json!(null)),
        ("/customer", json!({"middleName": "B"})),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(check(&schema, &bad).is_err(), "{bad}");
    }
}

/// Runs `sync` on the samples, one after another, and holds everything to the contract; operations by how often.
fn nights(mut bench: Workbench, samples: &[&str]) -> BTreeMap<String, u32> {
    let contract = Contract::read();
    bench.set("guard.max_rejected", "50%").set_department("requester_user_uuid", "user-7");
    bench.set_department("dealer_uuids", vec!["dealer-1", "dealer-2"]);
    let tap = bench.tap();
    let mut called = BTreeMap::new();
    for sample in samples {
        bench.sample(sample).sync(3);
        for exchange in tap.take() {
            *called.entry(contract.hold(&exchange).to_owned()).or_default() += 1;
        }
    }
    // The sandbox, which judges by a reading of its own, agrees.
    assert!(bench.journal().iter().all(|entry| entry.body_valid != Some(false)));
    called
}

#[test]
fn whole_nights_keep_to_the_contract() {
    assert_eq!(nights(Workbench::new(), &["messy.csv"])["createCustomer"], 19);
    // A taken key and lost answers, so that look-ups, reads and adoptions are among the requests.
    let bench = Workbench::new();
    let taken = dms_sync::sandbox::Customer {
        customer_key: Some("109353".into()),
        first_name: Some("Oswin".into()),
        last_name: Some("Threlkeld".into()),
        ..Default::default()
    };
    bench.model().seed(TOKEN, taken).unwrap();
    bench.faults(
        "[[fault]]\nroute = \"create\"\nafter = 3\ncount = 2\nstatus = 500\nbody = \"envelope\"\nwhen = \"after\"",
    );
    let called = nights(bench, &["customers.csv", "next-day.csv"]);
    assert_eq!(called["createCustomer"], 300 + 4 + 1, "the taken key each night: {called:?}");
    assert_eq!(called["updateCustomer"], 7, "the eighth is another person's: {called:?}");
    assert!(called["searchCustomersMinimal"] > 0 && called["readCustomer"] > 0, "{called:?}");
}

fn client(url: &str, update_method: UpdateMethod) -> Client {
    let credentials = Credentials::new(USERNAME, PASSWORD.to_owned().into());
    let config = ClientConfig { update_method, ..ClientConfig::new(url.parse().unwrap(), credentials) };
    let many = std::num::NonZeroU32::new(1000).unwrap();
    Client::new(config, Gate::new(GateConfig { per_second: many, burst: many, max_in_flight: 4 })).unwrap()
}

#[tokio::test]
async fn every_operation_is_called_and_answers_as_documented() {
    let contract = Contract::read();
    let credentials = (USERNAME.to_owned(), PASSWORD.to_owned());
    let sandbox = Sandbox::start(SandboxOptions { credentials, ..SandboxOptions::default() }).await.unwrap();
    let tap = Tap::before(sandbox.base_url()).await;
    let put = client(&tap.url, UpdateMethod::Put);
    let post = client(&tap.url, UpdateMethod::Post);
    let body: SaveCustomerRequest = serde_json::from_value(json!({
        "requesterUserUUID": "user-7",
        "dealerUUIDList": ["dealer-1"],
        "customer": {
            "customerKey": "A/7 é", "firstName": "Anselm", "lastName": "Quibbleworth", "isBusiness": false,
            "preferredLocale": "en-us", "preferredCommunication": "text",
            "bestTimeToContact": {"startTime": "09:00"},
            "addresses": [{"type": "COMMON", "addressType": "COMMON", "line1": "1 Harrowgate Ln", "city": "Portland"}],
            "emails": [{"emailAddress": "anselm@example.com", "label": "personal", "okToEmail": true}],
            "phoneNumbers": [{"phoneNumber": "+12025550100", "label": "cell", "okToText": false, "comments": "x"}],
        },
        "vehicles": [{"vin": "1HGCM82633A004352", "vehicleYear": "2003", "isValid": true}],
        "validateVin": true, "searchForDuplicate": false,
    }))
    .unwrap();
    let created = put.create(TOKEN, &body).await.unwrap().body;
    let uuid = created.customer_uuid.unwrap();
    put.update(TOKEN, &uuid, &body).await.unwrap();
    post.update(TOKEN, &uuid, &body).await.unwrap();
    for vehicles in [Vehicles::Include, Vehicles::Exclude] {
        let found = put.read(TOKEN, &uuid, vehicles).await.unwrap().body;
        assert!(found.customer_with_vehicles.is_some());
    }
    let read = put.read(TOKEN, "-nobody/here", Vehicles::Include).await.unwrap();
    assert!(read.has_warning(10001), "nobody is a warning");
    for preference in [None, Some(SearchPreference::Customer), Some(SearchPreference::Vehicle)] {
        let query = SearchQuery { term: "Quibbleworth".into(), preference, max_results: Some(5) };
        let found = put.search(TOKEN, &query).await.unwrap().body.matching_count;
        assert_eq!(found, Some(i64::from(preference != Some(SearchPreference::Vehicle))));
    }
    for field in [MinimalField::CustomerKey, MinimalField::Communication, MinimalField::Vin] {
        let term = match field {
            MinimalField::CustomerKey => "A/7 é",
            MinimalField::Communication => "2025550100",
            _ => "1HGCM82633A004352",
        };
        let query = MinimalQuery {
            term: term.into(),
            fields: vec![field, MinimalField::LastName],
            max_results: None,
        };
        assert_eq!(put.search_minimal(TOKEN, &query).await.unwrap().body.matching_count, Some(1), "{term}");
    }
    let SaveCustomerRequest { customer, vehicles, .. } = body.clone();
    let wanted = MatchRequest { customer, vehicles, validate_vin: Some(true) };
    let matched = put.matching(TOKEN, &wanted).await.unwrap().body.customer_with_vehicles.unwrap();
    assert_eq!(matched.customer.unwrap().customer_uuid.as_ref(), Some(&uuid));
    let id = created.customer_id.unwrap().parse().unwrap();
    assert!(put.linked(TOKEN, "customer", id).await.unwrap().body.customer_with_vehicles.is_some());
    assert!(put.profile(TOKEN, &uuid).await.unwrap().body.customer_profile_data_request.is_some());
    // Refusals too are in the document.
    assert!(put.create(TOKEN, &body).await.is_err(), "the key is taken");
    let called: BTreeSet<_> = tap.take().iter().map(|exchange| contract.hold(exchange).to_owned()).collect();
    assert_eq!(called, contract.operations().into_iter().map(str::to_owned).collect());
    sandbox.stop().await;
}

/// The same cases on every machine.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(46_315),
        ..ProptestConfig::default()
    }
}

fn said<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Claim<T>> {
    prop_oneof![1 => Just(Claim::Silent), 1 => Just(Claim::Blank), 4 => value.prop_map(Claim::Value)]
}

/// Text as our normalizer leaves it: not blank, without outer spaces and control characters.
fn text() -> impl Strategy<Value = String> {
    "[A-Za-zÀ-ÿ0-9'.#=+@-]{1,8}( [A-Za-z0-9\"\\\\,]{1,6})?"
}

/// A few numbers, so that base, ours and theirs meet.
fn number() -> impl Strategy<Value = Phone> {
    (0..6_u8).prop_map(|n| Phone::from_e164(&format!("+1202555010{n}")).unwrap())
}

fn address_text() -> impl Strategy<Value = String> {
    select(vec!["a@example.com", "b@example.com", "C.d@example.com", "e+f@mail.example.org"])
        .prop_map(str::to_owned)
}

fn vin() -> impl Strategy<Value = String> {
    select(vec!["1HGCM82633A004352", "1M8GDM9AXKP042788", "WVWZZZ1JZXW000001"]).prop_map(str::to_owned)
}

fn consent() -> impl Strategy<Value = Consent> {
    select(vec![Consent::Unknown, Consent::Allowed, Consent::Blocked])
}

prop_compose! {
    fn name()(
        person in (text(), text()), company in said(text()), business in said(any::<bool>()), is_person in any::<bool>(),
    ) -> Name {
        let claims = if is_person {
            NameClaims { first: Claim::Value(person.0), last: Claim::Value(person.1), company, is_business: business }
        } else {
            NameClaims { first: Claim::Blank, last: Claim::Silent, company: Claim::Value(person.0), is_business: Claim::Value(true) }
        };
        Name::new(claims).unwrap()
    }
}

prop_compose! {
    fn address()(
        line1 in said(text()), line2 in said(text()), city in said(text()), state in said(text()), zip in said(text()),
        country in said(text()),
    ) -> Address {
        Address { line1, line2, city, state, zip, country }
    }
}

prop_compose! {
    fn vehicle()(
        vin in option::of(vin()), key in said(text()), described in ("(19|20)[0-9]{2}", text(), text()), trim in said(text()),
        engine in said(text()), color in said(text()), plate in said(text()), mileage in said("[0-9]{1,6}"),
        owned in said(any::<bool>()),
    ) -> Vehicle {
        let (year, make, model) = described;
        let vin = vin.map(|vin| Vin::parse(&vin).unwrap());
        let [year, make, model] = [year, make, model].map(Claim::Value);
        Vehicle { vin, key, year, make, model, trim, engine, color, plate, mileage, owned }
    }
}

prop_compose! {
    fn customer()(
        name in name(),
        preferred_locale in said(select(vec![Locale::EnUs, Locale::FrCa])),
        preferred_communication in said(select(vec![
            PreferredCommunication::Text, PreferredCommunication::Phone, PreferredCommunication::Email,
        ])),
        addresses in btree_map(
            select(vec![AddressKind::Common, AddressKind::Billing]),
            prop_oneof![1 => Just(Claim::Blank), 3 => address().prop_map(Claim::Value)],
            0..3,
        ),
        phones in btree_map(
            (select(vec![PhoneLabel::Cell, PhoneLabel::Home, PhoneLabel::Work]), 1..3_u8),
            prop_oneof![1 => Just(Claim::Blank), 3 => vec(number(), 1..3).prop_map(Claim::Value)],
            0..4,
        ),
        emails in btree_map(
            (select(vec![EmailLabel::Personal, EmailLabel::Work]), 1..3_u8),
            prop_oneof![
                1 => Just(Claim::Blank),
                3 => vec(address_text().prop_map(|text| Email::new(text.to_lowercase()).unwrap()), 1..3).prop_map(Claim::Value),
            ],
            0..3,
        ),
        consents in (consent(), consent(), consent()),
        vehicles in vec(vehicle(), 0..3),
    ) -> Customer {
        let (call, text, email) = consents;
        let mut distinct: Vec<Vehicle> = Vec::new();
        for vehicle in vehicles {
            if !distinct.iter().any(|known| known.is_same(&vehicle)) {
                distinct.push(vehicle);
            }
        }
        Customer {
            key: CustomerKey::parse("000176").unwrap(),
            name,
            preferred_locale,
            preferred_communication,
            addresses,
            phones: phones.into_iter().map(|((label, ordinal), claim)| (PhoneSlot { label, ordinal }, claim)).collect(),
            emails: emails.into_iter().map(|((label, ordinal), claim)| (EmailSlot { label, ordinal }, claim)).collect(),
            consents: Consents { call, text, email },
            vehicles: distinct,
        }
    }
}

/// An object of the named values, those that are there.
fn object(entries: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    entries
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn flag() -> impl Strategy<Value = Option<Value>> {
    option::of(any::<bool>().prop_map(Value::Bool))
}

fn word() -> impl Strategy<Value = Option<Value>> {
    option::of(text().prop_map(Value::String))
}

prop_compose! {
    fn their_phone()(
        number in number(), label in select(vec!["cell", "home", "work", "Cell", "car"]), call in flag(), texts in flag(),
        preferred in flag(), comments in word(), id in option::of(Just(json!(7))),
    ) -> Value {
        object([
            ("phoneNumber", Some(number.e164().into())), ("label", Some(label.into())), ("okToCall", call),
            ("okToText", texts), ("isPreferred", preferred), ("comments", comments), ("id", id),
        ])
    }
}

prop_compose! {
    fn their_email()(
        address in address_text(), label in select(vec!["personal", "work", "x"]), mail in flag(), preferred in flag(),
        comments in word(), id in option::of(Just(json!(7))),
    ) -> Value {
        object([
            ("emailAddress", Some(address.into())), ("label", Some(label.into())), ("okToEmail", mail),
            ("isPreferred", preferred), ("comments", comments), ("id", id),
        ])
    }
}

prop_compose! {
    fn their_address()(
        kind in select(vec!["COMMON", "PRIMARY", "BILLING", "OTHER"]), other in option::of(select(vec!["COMMON", "H"])),
        line1 in word(), city in word(), zip in word(), country in word(), uuid in word(), valid in flag(),
        preferred in flag(), since in option::of(Just(json!("2026-09-01T10:00:00Z"))),
    ) -> Value {
        object([
            ("type", Some(kind.into())), ("addressType", other.map(Value::from)), ("line1", line1), ("city", city),
            ("zip", zip), ("country", country), ("uuid", uuid), ("isValid", valid), ("isPreferred", preferred),
            ("updateTS", since),
        ])
    }
}

prop_compose! {
    fn their_vehicle()(
        vin in option::of(vin()), year in "(19|20)[0-9]{2}", make in text(), model in text(), uuid in text(), key in word(),
        valid in flag(), trim in word(), plate in word(), mileage in option::of("[0-9]{1,6}"),
    ) -> Value {
        object([
            ("vin", vin.map(Value::from)), ("vehicleYear", Some(year.into())), ("vehicleMake", Some(make.into())),
            ("vehicleModel", Some(model.into())), ("vehicleUuid", Some(uuid.into())), ("vehicleKey", key),
            ("isValid", valid), ("vehicleTrim", trim), ("licensePlate", plate),
            ("estimatedMileage", mileage.map(Value::from)), ("id", Some(json!(12))), ("imageUrl", Some(Value::Null)),
        ])
    }
}

/// Entries whose identity comes once.
fn once(entries: Vec<Value>, identity: &str) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    entries
        .into_iter()
        .filter(|entry| entry[identity].as_str().is_none_or(|id| seen.insert(id.to_lowercase())))
        .collect()
}

prop_compose! {
    /// A record as the remote may hold it; everything in it can be sent back.
    fn theirs()(
        names in (word(), word(), word(), flag()),
        locale in option::of(select(vec![json!("en-us"), json!("fr-ca"), json!("")])),
        how in option::of(select(vec!["text", "phone", "email"])),
        phones in vec(their_phone(), 0..4),
        emails in vec(their_email(), 0..3),
        addresses in vec(their_address(), 0..3),
        vehicles in vec(their_vehicle(), 0..3),
        time in option::of(Just(json!({"startTime": "09:00", "endTime": "17:00"}))),
    ) -> Value {
        let (first, last, company, business) = names;
        let customer = object([
            ("id", Some(json!(9))), ("customerId", Some("9".into())), ("customerUuid", Some("-u9".into())),
            ("customerKey", Some("000176".into())), ("firstName", first), ("middleName", Some("B".into())),
            ("lastName", last), ("company", company), ("isBusiness", business), ("availability", Some(Value::Null)),
            ("preferredLocale", locale.filter(|locale| locale != "")), ("preferredCommunication", how.map(Value::from)),
            ("phoneNumbers", Some(once(phones, "phoneNumber").into())), ("emails", Some(once(emails, "emailAddress").into())),
            ("addresses", Some(addresses.into())), ("bestTimeToContact", time),
        ]);
        json!({ "customer": customer, "vehicles": once(vehicles, "vin") })
    }
}

prop_compose! {
    fn policies()(
        fields in btree_map(
            select(Field::ALL.to_vec()),
            (select(vec![Owner::Dms, Owner::Remote, Owner::Fill]), select(vec![BlankPolicy::Keep, BlankPolicy::Clear])),
            0..6,
        ),
        unknown_consent in select(vec![UnknownConsent::Omit, UnknownConsent::Deny]),
        consent in select(vec![ConsentAuthority::OptOutSticks, ConsentAuthority::DmsIsNewer]),
        locale in option::of(Just(Locale::EnUs)),
        country in option::of(Just("US".to_owned())),
    ) -> Policies {
        let fields = fields.into_iter().map(|(field, (owner, blank))| (field, FieldPolicy { owner, blank })).collect();
        let defaults = dms_sync::domain::policy::Defaults { locale, country };
        Policies { fields, unknown_consent, consent, defaults, ..Policies::default() }
    }
}

/// One number and one address that have said no, long ago.
struct Memory;

impl OptOuts for Memory {
    fn contains(&self, channel: Channel, contact: &str) -> bool {
        matches!((channel, contact), (Channel::Text, "+12025550103") | (Channel::Email, "b@example.com"))
    }
}

fn body(payload: Payload) -> Value {
    let wire = WireSettings {
        requester_user_uuid: Some("user-7".into()),
        dealer_uuids: vec!["dealer-1".into()],
        validate_vin: true,
        search_for_duplicate: false,
    };
    serde_json::to_value(wire.request(payload)).unwrap()
}

/// Entries of a list of a record or a body, by identity.
fn entries<'a>(customer: &'a Value, list: &str, identity: &str) -> BTreeMap<String, &'a Value> {
    let all = customer[list].as_array().into_iter().flatten();
    all.filter_map(|entry| Some((entry[identity].as_str()?.to_lowercase(), entry))).collect()
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn every_create_keeps_to_the_contract(ours in customer(), policies in policies()) {
        let schema = Contract::read().schema("SaveCustomerRequest");
        let (payload, _) = fresh(Ours::again(&ours), Rules { policies: &policies, opt_outs: &Memory }).unwrap();
        let body = body(payload);
        prop_assert_eq!(check(&schema, &body), Ok(()), "{:#}", body);
        // Who has said no is never sent as a yes, but for a department that knows better.
        if policies.consent == ConsentAuthority::OptOutSticks {
            let phones = entries(&body["customer"], "phoneNumbers", "phoneNumber");
            prop_assert_ne!(phones.get("+12025550103").map(|phone| &phone["okToText"]), Some(&Value::Bool(true)));
        }
    }

    #[test]
    fn every_update_keeps_to_the_contract(
        base in option::of(customer()), ours in customer(), theirs in theirs(), policies in policies(),
    ) {
        let contract = Contract::read();
        let read = contract.schema("CustomerWithVehicles");
        prop_assert_eq!(check(&read, &theirs), Ok(()));
        let rules = Rules { policies: &policies, opt_outs: &Memory };
        let record: CustomerWithVehicles = serde_json::from_value(theirs.clone()).unwrap();
        let Merged { write, .. } = merge(base.as_ref(), Ours::again(&ours), &record, rules);
        let Some(payload) = write.unwrap() else { return Ok(()) };
        let body = body(payload);
        prop_assert_eq!(check(&contract.schema("SaveCustomerRequest"), &body), Ok(()), "{:#}", body);

        // What we did not write is never deleted, and no flag that is false there turns true.
        let base_phones: BTreeSet<_> =
            base.iter().flat_map(Customer::phone_entries).map(|(phone, _)| phone.e164()).collect();
        let base_emails: BTreeSet<_> =
            base.iter().flat_map(Customer::email_entries).map(|(email, _)| email.folded()).collect();
        for (list, identity, flags, written) in [
            ("phoneNumbers", "phoneNumber", &["okToCall", "okToText"] as &[_], &base_phones),
            ("emails", "emailAddress", &["okToEmail"], &base_emails),
        ] {
            let sent = entries(&body["customer"], list, identity);
            for (id, was) in entries(&theirs["customer"], list, identity) {
                prop_assert!(sent.contains_key(&id) || written.contains(&id), "{id} is gone from {body:#}");
                let Some(is) = sent.get(&id) else { continue };
                prop_assert_eq!(&was["comments"], &is["comments"]);
                for flag in flags.iter().filter(|_| policies.consent == ConsentAuthority::OptOutSticks) {
                    prop_assert!(was[*flag] != false || is[*flag] == false, "{flag} of {id}");
                }
            }
        }
        let vehicles = body["vehicles"].as_array().map_or(0, Vec::len);
        prop_assert!(vehicles >= record.vehicles.len(), "vehicles are never dropped");

        // The remote now is what was sent: there is nothing more to say.
        let mut after = body["customer"].clone();
        after["customerUuid"] = "-u9".into();
        let after = json!({ "customer": after, "vehicles": body["vehicles"] });
        let after: CustomerWithVehicles = serde_json::from_value(after).unwrap();
        let again = merge(Some(&ours), Ours::again(&ours), &after, rules).write.unwrap();
        prop_assert!(again.is_none(), "a second write: {:#}", self::body(again.unwrap()));
    }

    #[test]
    fn whatever_cells_hold_what_is_sent_keeps_to_the_contract(
        cells in vec((select(Field::ALL.to_vec()), 1..3_u8, cell()), 0..24), policies in policies(),
    ) {
        use dms_sync::group::{Order, group};
        use dms_sync::normalize::Normalizer;
        use dms_sync::validate::{self, Verdict, validate};
        let key = CustomerKey::parse("000176").unwrap();
        let at = Position { file: "x.csv".into(), line: 2, record: 1 };
        let mut values: Vec<_> =
            cells.into_iter().map(|(field, ordinal, text)| (Slot { field, ordinal }, text)).collect();
        values.push((Slot { field: Field::FirstName, ordinal: 1 }, "Anselm".to_owned()));
        values.push((Slot { field: Field::LastName, ordinal: 1 }, "Quibbleworth".to_owned()));
        values.sort_by_key(|(slot, _)| *slot);
        values.dedup_by_key(|(slot, _)| *slot);
        let row = SourceRow {
            at, key, values, updated_at: None, named_at: None, presence: Presence::Active, doubts: Vec::new(),
        };
        let record = group(vec![row], Order::Last).unwrap();
        let draft = Normalizer::new(&policies.defaults).draft(record);
        let Verdict::Valid { customer, .. } = validate(draft, validate::Rules::default()) else { return Ok(()) };
        let (payload, _) = fresh(Ours::again(&customer), Rules { policies: &policies, opt_outs: &Memory }).unwrap();
        let body = body(payload);
        prop_assert_eq!(check(&Contract::read().schema("SaveCustomerRequest"), &body), Ok(()), "{:#}", body);
    }
}

/// A cell as exports have them: right, nearly right, and anything.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "(202) 555-0143",
            "2025550143 x12",
            "+44 20 7946 0018",
            "a@example.com; b@example.com",
            "NONE",
            "0",
            "Y",
            "N",
            "1HGCM82633A004352",
            "1hgcm82633a004352",
            "2019",
            "2019.0",
            "19",
            "12,345",
            "9999999",
            "Fr",
            "ES",
            "E",
            "text",
            "OR",
            "97214",
            "K1A 0B6",
            "Canada",
            "2026-09-01",
            "",
            " ",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,12}",
        ".{0,6}",
        "[0-9 ().+-]{0,16}",
    ]
}

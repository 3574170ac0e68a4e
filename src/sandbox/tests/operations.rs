//! The operations of the API, end to end.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::super::{Clock, Customer, Effect, Fault, Faults, Phone, RouteName, SandboxOptions};
use super::{Bench, person};

fn names(value: &Value) -> Vec<&str> {
    let found = value["matchingCustomers"].as_array().unwrap();
    found
        .iter()
        .map(|item| item["customerKey"].as_str().or(item["customer"]["customerKey"].as_str()).unwrap())
        .collect()
}

#[tokio::test]
async fn create_read_update_conflict() {
    let bench = Bench::start(SandboxOptions::default()).await;
    let uuid = bench.create("k1").await;
    assert_eq!(uuid.len(), 43);
    let again = bench.try_create("k1").await.unwrap();
    assert_eq!((again.status, again.errors()), (400, vec![20001]));

    let read = bench.get(&format!("d1/customer/{uuid}")).await.json();
    let found = &read["customerWithVehicles"];
    assert_eq!(found["customer"]["customerUuid"], uuid.as_str());
    assert_eq!(found["customer"]["customerId"], found["customer"]["id"].to_string());
    assert_eq!(found["customer"]["phoneNumbers"][0]["phoneNumber"], "+12125550123");
    assert_eq!(found["customer"]["company"], Value::Null);
    assert_eq!(found["vehicles"][0]["vin"], "1M8GDM9AXKP042788");
    let bare = bench.get(&format!("d1/customer/{uuid}?excludeVehicles=true")).await.json();
    assert_eq!(bare["customerWithVehicles"]["vehicles"], Value::Null);

    for method in [Method::PUT, Method::POST] {
        let body = json!({ "customer": { "lastName": method.as_str(), "emails": [] } });
        let request = bench.request(method.clone(), &format!("d1/customer/{uuid}")).json(&body);
        let got = Bench::send(request).await.unwrap();
        assert_eq!((got.status, got.json()["customerUuid"].as_str()), (200, Some(uuid.as_str())));
        let stored = bench.sandbox.model().customer("d1", &uuid).unwrap();
        assert_eq!(stored.last_name.as_deref(), Some(method.as_str()));
        assert!(stored.emails.is_empty() && stored.phone_numbers.is_empty());
    }
}

#[tokio::test]
async fn a_uuid_that_is_gone_is_a_warning_in_a_200() {
    let bench = Bench::start(SandboxOptions::default()).await;
    let put = bench.request(Method::PUT, "d1/customer/nobody").json(&person("k1"));
    let update = Bench::send(put).await.unwrap();
    for (what, got) in [
        ("update", update),
        ("read", bench.get("d1/customer/nobody").await),
        ("linked", bench.get("d1/customer/7/customer").await),
        ("profile", bench.get("d1/customerProfile/nobody").await),
    ] {
        assert_eq!((got.status, got.warnings(), got.errors()), (200, vec![10001], vec![]), "{what}");
        assert_eq!(got.json().as_object().unwrap().len(), 1, "{what}");
    }
    assert!(!bench.exists("k1"));
}

#[tokio::test]
async fn undocumented_fields_parameters_and_nulls_are_refused() {
    let bench = Bench::start(SandboxOptions::default()).await;
    let with = |pointer: &str, value: Value| {
        let mut body = person("k1");
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[field] = value;
        body
    };
    for body in [
        with("/extra", json!(1)),
        with("/customer/middleName", json!("B")),
        with("/customer/id", json!(1)),
        with("/customer/firstName", json!(null)),
        with("/customer/isBusiness", json!("no")),
        with("/customer/phoneNumbers/0/uuid", json!("x")),
        with("/customer/phoneNumbers/0/label", json!("")),
        with("/customer/phoneNumbers/0/phoneNumber", json!("2125550123")),
        with("/vehicles/0/id", json!(1)),
        with("/vehicles", json!(null)),
        with("/customer/phoneNumbers", json!([["+12125550123", "cell"]])),
        with("/customer/bestTimeToContact", json!([])),
        with("/customer/bestTimeToContact", json!({ "startTime": null })),
        with("/customer", json!(["k1"])),
        json!([{ "firstName": "Ada", "lastName": "Example" }]),
        with("/vehicles/0/vehicleYear", json!(2020)),
        json!({}),
    ] {
        let got = Bench::send(bench.request(Method::POST, "d1/customer").json(&body)).await.unwrap();
        assert_eq!((got.status, got.errors()), (400, vec![20000]), "{body}");
        let entry = bench.sandbox.model().journal().pop().unwrap();
        assert_eq!(
            (entry.body_valid, entry.applied, entry.status),
            (Some(false), false, Some(400)),
            "{body}"
        );
    }
    assert_eq!(bench.get("d1/customer/x?includeVehicles=true").await.status, 400);
    assert_eq!(bench.get("d1/customer/x?excludeVehicles=maybe").await.status, 400);
    assert!(!bench.exists("k1"));
}

#[tokio::test]
async fn searches_lag_behind_writes() {
    let clock = Clock::manual();
    let lag = Duration::from_secs(2);
    let options = SandboxOptions { search_lag: lag, clock: clock.clone(), ..SandboxOptions::default() };
    let bench = Bench::start(options).await;
    let uuid = bench.create("k1").await;
    let look = "d1/customer/listMinimal?searchTerm=K1&fieldsToBeSearched=customerKey";
    assert_eq!(bench.get(look).await.json()["matchingCount"], 0);
    clock.advance(Duration::from_millis(1999));
    assert_eq!(bench.get("d1/customer/list?searchTerm=ada").await.json()["matchingCount"], 0);
    clock.advance(Duration::from_millis(1));
    let found = bench.get(look).await.json();
    let item = &found["matchingCustomers"][0];
    assert_eq!((found["matchingCount"].as_u64(), item["uuid"].as_str()), (Some(1), Some(uuid.as_str())));
    assert_eq!(item["communications"][0]["commValue"], "+12125550123");
    assert_eq!(item["vehicles"][0]["vin"], "1M8GDM9AXKP042788");

    bench.sandbox.model().edit("d1", &uuid, |customer| customer.first_name = Some("Grace".into())).unwrap();
    assert_eq!(bench.get("d1/customer/list?searchTerm=ada").await.json()["matchingCount"], 1);
    let late = Fault::new(Effect::SearchLag(Duration::ZERO)).on(RouteName::Search);
    bench.sandbox.model().set_faults(Faults::none().with(late.times(1)));
    assert_eq!(names(&bench.get("d1/customer/list?searchTerm=grace").await.json()), ["k1"]);
    assert_eq!(bench.get("d1/customer/list?searchTerm=grace").await.json()["matchingCount"], 0);
}

#[tokio::test]
async fn bad_searches_are_warned_of() {
    let bench = Bench::start(SandboxOptions::default()).await;
    bench.create("k1").await;
    for (query, code) in [
        ("list?searchTerm=k1&maxResults=0", 10002),
        ("list?searchTerm=k1&maxResults=101", 10002),
        ("listMinimal?searchTerm=k1&maxResults=many", 10002),
        ("listMinimal?searchTerm=0123456789012345678901234567890", 10003),
        ("list?searchTerm=k1&searchPreference=boat", 10004),
    ] {
        let got = bench.get(&format!("d1/customer/{query}")).await;
        assert_eq!((got.status, got.warnings()), (200, vec![code]), "{query}");
        assert_eq!(got.json()["matchingCount"], 0, "{query}");
    }
    assert_eq!(bench.get("d1/customer/list").await.status, 400);
    assert_eq!(
        bench.get("d1/customer/listMinimal?searchTerm=k&fieldsToBeSearched=shoeSize").await.status,
        400
    );
}

#[tokio::test]
async fn match_linked_and_profile_find_the_customer() {
    let bench = Bench::start(SandboxOptions::default()).await;
    let uuid = bench.create("k1").await;
    let mut body = person("k1");
    body.as_object_mut().unwrap().remove("searchForDuplicate");
    let request = bench.request(Method::POST, "d1/customer/match").json(&body);
    let found = Bench::send(request).await.unwrap().json();
    assert_eq!(found["customerWithVehicles"]["customer"]["customerUuid"], uuid.as_str());
    body["customer"]["firstName"] = json!("Somebody");
    let request = bench.request(Method::POST, "d1/customer/match").json(&body);
    assert_eq!(Bench::send(request).await.unwrap().warnings(), [10001]);

    let id = bench.sandbox.model().customer("d1", &uuid).unwrap().id;
    let linked = bench.get(&format!("d1/customer/{id}/customer")).await.json();
    assert_eq!(linked["customerWithVehicles"]["customer"]["customerUuid"], uuid.as_str());
    assert_eq!(bench.get(&format!("d1/boat/{id}/customer")).await.warnings(), [10001]);
    assert_eq!(bench.get("d1/customer/seven/customer").await.status, 400);

    let profile = bench.get(&format!("d1/customerProfile/{uuid}")).await.json();
    let profile = &profile["customerProfileDataRequestDTO"];
    assert_eq!(profile["customerInfo"]["customerKey"], "k1");
    assert_eq!(
        (&profile["departmentUuid"], &profile["items"][0]["status"]),
        (&json!("d1"), &json!("COMPLETED"))
    );
}

#[tokio::test]
async fn what_an_advisor_wrote_is_accepted_back_and_nothing_else() {
    let bench = Bench::start(SandboxOptions::default()).await;
    let phone = |number: &str, label: Option<&str>| Phone {
        phone_number: Some(number.into()),
        label: label.map(str::to_owned),
        ..Phone::default()
    };
    let advisor = Customer {
        customer_key: Some("k1".into()),
        first_name: Some("Ada".into()),
        last_name: Some("Example".into()),
        preferred_locale: Some("en_GB".into()),
        phone_numbers: vec![phone("+442079460123", Some("cell")), phone("+12125550123", None)],
        ..Customer::default()
    };
    let uuid = bench.sandbox.model().seed("d1", advisor.clone()).unwrap();
    let stored = bench.sandbox.model().customer("d1", &uuid).unwrap();
    let mut body = json!({ "customer": {
        "preferredLocale": "en_GB",
        "phoneNumbers": [{ "phoneNumber": "+442079460123", "label": "cell" }, { "phoneNumber": "+12125550123" }],
    }});
    let put = |body: &Value| bench.request(Method::PUT, &format!("d1/customer/{uuid}")).json(body);
    let got = Bench::send(put(&body)).await.unwrap();
    assert_eq!((got.status, got.warnings()), (200, vec![]), "{}", got.body);
    assert!(bench.sandbox.model().customer("d1", &uuid).unwrap() == stored);
    body["customer"]["phoneNumbers"][0]["phoneNumber"] = json!("+442079460124");
    body["customer"]["phoneNumbers"][1]["phoneNumber"] = json!("+12125550124");
    body["customer"]["preferredLocale"] = json!("en_IE");
    assert_eq!(Bench::send(put(&body)).await.unwrap().errors(), [20000, 20000, 20000]);
    assert!(bench.sandbox.model().customer("d1", &uuid).unwrap() == stored);
}

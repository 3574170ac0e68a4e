//! The wire types against the contract's spellings and against what an old remote may answer.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};

use super::*;

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

#[test]
fn a_full_save_request_uses_the_contracts_spellings() {
    let wire = json!({
        "requesterUserUUID": "user-1", "dealerUUIDList": ["dealer-1"],
        "customer": {
            "customerKey": "C1", "firstName": "Ana", "lastName": "Test", "company": "Test Co", "isBusiness": true,
            "bestTimeToContact": {"startTime": "09:00", "endTime": "17:00"},
            "preferredCommunication": "text", "preferredLocale": "en-us", "customerUuid": "-abc",
            "addresses": [{"line1": "1 Main St", "line2": "Apt 2", "city": "Springfield", "state": "IL",
                "zip": "62701", "country": "US", "addressType": "COMMON", "type": "COMMON",
                "updateTS": "2026-01-02T03:04:05Z", "uuid": "a1", "isValid": true, "isPreferred": false}],
            "emails": [{"emailAddress": "ana@example.com", "label": "personal", "okToEmail": true,
                "isPreferred": true, "comments": "c"}],
            "phoneNumbers": [{"phoneNumber": "+12175550123", "label": "cell", "okToCall": true,
                "okToText": false, "isPreferred": true, "comments": "c"}],
        },
        "vehicles": [{"vin": "1M8GDM9AXKP042788", "vehicleYear": "2019", "vehicleMake": "M", "vehicleModel": "X",
            "estimatedMileage": "42", "vehicleKey": "V1", "vehicleTrim": "T", "licensePlate": "P", "color": "red",
            "vehicleUuid": "v1", "vehicleEngine": "E", "isMatching": true, "isValid": true}],
        "validateVin": true, "searchForDuplicate": false,
    });
    let typed: SaveCustomerRequest = serde_json::from_value(wire.clone()).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap(), wire);
}

#[test]
fn a_search_without_its_list_is_not_one_that_found_nobody() {
    let listed = |wire: Value| {
        let read: SearchMinimalResponse = serde_json::from_value(wire).unwrap();
        read.matching_customers.map(|listed| listed.iter().map(Option::is_some).collect::<Vec<_>>())
    };
    assert_eq!(listed(json!({"matchingCount": 0, "matchingCustomers": []})), Some(vec![]));
    assert_eq!(listed(json!({"matchingCount": 0, "matchingCustomers": null})), None);
    assert_eq!(listed(json!({"matchingCount": 0})), None);
    let one = json!({"uuid": "-a"});
    assert_eq!(
        listed(json!({"matchingCount": 2, "matchingCustomers": [one, null]})),
        Some(vec![true, false])
    );
}

#[test]
fn what_is_not_said_is_left_out() {
    assert_eq!(serde_json::to_value(SaveCustomerRequest::default()).unwrap(), json!({"customer": {}}));
    assert_eq!(serde_json::to_value(VehicleWrite::default()).unwrap(), json!({}));
    let empty = CustomerWrite { emails: Some(Vec::new()), ..CustomerWrite::default() };
    assert_eq!(serde_json::to_value(empty).unwrap(), json!({"emails": []}));
}

#[test]
fn reading_tolerates_nulls_unknown_fields_and_swapped_types() {
    let read: CustomerWithVehiclesResponse = serde_json::from_value(json!({
        "errors": null, "unknown": {"a": 1},
        "customerWithVehicles": {
            "customer": {"id": "77", "customerId": 77, "customerKey": null, "isBusiness": "true", "lastName": "Test",
                "addresses": null, "phoneNumbers": [{"phoneNumber": "+442071838750", "id": 9}, null],
                "bestTimeToContact": {"startTime": 9, "endTime": null}, "availability": "soon"},
            "vehicles": null,
        }
    }))
    .unwrap();
    let found = read.customer_with_vehicles.unwrap();
    let customer = found.customer.unwrap();
    assert_eq!(found.vehicles, []);
    assert_eq!((customer.id, customer.customer_id.as_deref()), (Some(77), Some("77")));
    assert_eq!((customer.is_business, customer.availability), (Some(true), None));
    assert_eq!(customer.best_time_to_contact.unwrap().start_time.as_deref(), Some("9"));
    assert_eq!(customer.phone_numbers, [object(json!({"phoneNumber": "+442071838750", "id": 9}))]);
    assert!(customer.addresses.is_empty() && customer.emails.is_empty());
}

#[test]
fn structure_that_cannot_be_understood_is_an_error() {
    for body in [
        json!({"phoneNumbers": "+12175550123"}),
        json!({"phoneNumbers": ["+12175550123"]}),
        json!({"lastName": {"a": "Test"}}),
        json!({"isBusiness": "maybe"}),
    ] {
        assert!(serde_json::from_value::<CustomerRead>(body.clone()).is_err(), "{body}");
    }
}

#[test]
fn entries_go_back_verbatim_without_read_only_attributes() {
    let phone =
        object(json!({"id": 5, "phoneNumber": "+44 20 7183 8750", "label": "Büro", "okToText": false,
        "okToCall": null, "comments": "ask for Ana", "verified": true}));
    assert_eq!(
        serde_json::to_value(Phone::from_read(&phone).unwrap()).unwrap(),
        json!({"phoneNumber": "+44 20 7183 8750", "label": "Büro", "okToText": false, "comments": "ask for Ana"})
    );
    let email = object(json!({"emailAddress": "a@example.com", "label": "x", "okToEmail": true, "n": 1}));
    assert_eq!(
        serde_json::to_value(Email::from_read(&email).unwrap()).unwrap(),
        json!({"emailAddress": "a@example.com", "label": "x", "okToEmail": true})
    );
    let address = object(json!({"type": "OTHER", "updateTS": "t", "isValid": false, "zip": null, "id": 1}));
    assert_eq!(
        serde_json::to_value(Address::from_read(&address).unwrap()).unwrap(),
        json!({"type": "OTHER", "updateTS": "t", "isValid": false})
    );
}

#[test]
fn what_the_write_schema_has_no_place_for_is_unsendable() {
    let phone = |entry| Phone::from_read(&object(entry)).unwrap_err().field;
    assert_eq!(phone(json!({"phoneNumber": "1"})), "label");
    assert_eq!(phone(json!({"phoneNumber": "1", "label": " "})), "label");
    assert_eq!(phone(json!({"label": "cell"})), "phoneNumber");
    assert_eq!(phone(json!({"label": "cell", "phoneNumber": 2_175_550_123_u64})), "phoneNumber");
    assert_eq!(phone(json!({"label": "cell", "phoneNumber": "1", "okToText": "no"})), "okToText");
    let email = Email::from_read(&object(json!({"emailAddress": "a@example.com", "label": null})));
    assert_eq!(email.unwrap_err(), Unsendable { what: "email", field: "label" });
    let address = Address::from_read(&object(json!({"type": "COMMON", "zip": 62701})));
    assert_eq!(address.unwrap_err(), Unsendable { what: "address", field: "zip" });
}

#[test]
fn a_vehicle_goes_back_only_when_the_schema_can_tell_which_it_is() {
    let to_write = |wire: Value| serde_json::from_value::<VehicleRead>(wire).unwrap().to_write();
    let full = to_write(json!({"id": 1, "vin": "1M8GDM9AXKP042788", "vehicleYear": 2019, "brandId": 2,
        "imageUrl": "u", "vehicleUuid": "v", "color": " ", "isValid": false}));
    assert_eq!(
        serde_json::to_value(full.unwrap()).unwrap(),
        json!({"vin": "1M8GDM9AXKP042788", "vehicleYear": "2019", "vehicleUuid": "v", "isValid": false})
    );
    assert!(
        to_write(json!({"vin": "", "vehicleYear": "2019", "vehicleMake": "M", "vehicleModel": "X"})).is_ok()
    );
    assert_eq!(to_write(json!({"vin": null})).unwrap_err().field, "vin");
    assert_eq!(
        to_write(json!({"vehicleYear": "2019", "vehicleMake": "M"})).unwrap_err().field,
        "vehicleModel"
    );
}

#[test]
fn a_profile_is_read_whole_and_printed_again() {
    let wire = json!({"customerProfileDataRequestDTO": {
        "customerInfo": {"id": 1, "fname": "Ana", "communications": [{"commValue": "a@example.com", "preferred": true}],
            "vehicles": [{"vin": "1M8GDM9AXKP042788", "bodyStyle": "coupe"}], "secondaryCustomerData": []},
        "dealerInfo": {"name": "Test Motors", "dealerUUID": "d"}, "vaultDataRequestUUID": "r",
        "items": [{"uuid": "i", "type": "DOC", "status": "REQUESTED", "isBackPageSupported": false,
            "dealerAssociatesWithApprovalAuthority": [{"x": 1}], "dealerSupportedItemMetaData": {"y": [2]},
            "reviews": [{"reviewStatus": "APPROVED", "reviewedAtDateTime": "t"}]}],
        "attributes": {"a": "1"}
    }});
    let typed: CustomerProfileDataResponse = serde_json::from_value(wire.clone()).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap(), wire);
}

#[test]
fn errors_count_in_any_shape() {
    let errors = |wire: Value| serde_json::from_value::<Envelope>(json!({"errors": wire})).unwrap().errors;
    for nothing in [json!(null), json!([]), json!([null]), json!(""), json!({}), json!(false)] {
        assert_eq!(errors(nothing.clone()), [], "{nothing}");
    }
    let full = errors(
        json!([{"errorCode": "400", "errorTitle": "BAD", "errorMessage": "m", "errorDescription": "d"}]),
    );
    assert_eq!((full[0].code, full[0].title.as_deref()), (Some(400), Some("BAD")));
    assert_eq!(errors(json!("broken"))[0].message.as_deref(), Some("broken"));
    assert_eq!(errors(json!({"errorCode": 7}))[0].code, Some(7));
    assert_eq!(errors(json!(["x", {"errorCode": 7}])).len(), 2);
}

#[test]
fn debug_shows_no_value() {
    let phone = Phone { phone_number: "+12175550123".into(), ..Phone::default() };
    let problem = ApiProblem { code: Some(1), message: Some("+12175550123".into()), ..ApiProblem::default() };
    let query = SearchQuery { term: "+12175550123".into(), ..SearchQuery::default() };
    let shown = format!("{phone:?} {problem:?} {query:?} {:?}", vec![CustomerRead::default()]);
    assert!(!shown.contains("555"), "{shown}");
    assert!(shown.contains("Phone") && shown.contains("CustomerRead"), "{shown}");
}

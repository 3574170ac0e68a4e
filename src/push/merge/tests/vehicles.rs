//! Vehicles: which are one, and what becomes of those that are not listed.

use super::*;

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

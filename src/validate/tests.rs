//! Drafts and their verdicts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use super::*;
use crate::domain::customer::NameClaims;
use crate::domain::{Claim, Consents, Finding, VehicleDraft};

/// Property tests are as repeatable as the others.
pub(super) fn fixed(cases: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config {
        cases,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(46315),
        ..proptest::test_runner::Config::default()
    }
}

const DROP: Rules = Rules { invalid_vin: InvalidVin::Drop };
const REJECT: Rules = Rules { invalid_vin: InvalidVin::Reject };

fn at(line: u64) -> Position {
    Position { file: "export.csv".into(), line, record: line - 1 }
}

fn text(text: &str) -> Claim<String> {
    if text.is_empty() { Claim::Blank } else { Claim::Value(text.to_owned()) }
}

fn draft(key: &str, name: [&str; 3], business: Option<bool>, vehicles: Vec<VehicleDraft>) -> Draft {
    let [first, last, company] = name.map(text);
    Draft {
        key: CustomerKey::parse(key).unwrap(),
        at: at(2),
        name: NameClaims { first, last, company, is_business: business.map_or(Claim::Blank, Claim::Value) },
        preferred_locale: Claim::Silent,
        preferred_communication: Claim::Silent,
        addresses: BTreeMap::new(),
        phones: BTreeMap::new(),
        emails: BTreeMap::new(),
        consents: Consents::default(),
        vehicles,
        conflict: None,
        warnings: Vec::new(),
    }
}

fn vehicle(vin: &str, year_make_model: [&str; 3]) -> VehicleDraft {
    let [year, make, model] = year_make_model.map(text);
    VehicleDraft {
        at: at(3),
        vin: text(vin),
        key: Claim::Blank,
        year,
        make,
        model,
        trim: Claim::Silent,
        engine: Claim::Silent,
        color: Claim::Silent,
        plate: Claim::Silent,
        mileage: Claim::Silent,
        owned: Claim::Silent,
    }
}

const CIVIC: [&str; 3] = ["2003", "HONDA", "Civic"];
const NOTHING: [&str; 3] = ["", "", ""];

fn with(vehicles: Vec<VehicleDraft>) -> Draft {
    draft("176", ["Jane", "Doe", ""], None, vehicles)
}

fn codes_of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<String> {
    findings.into_iter().map(|finding| finding.code.to_string()).collect()
}

/// How many vehicles remain, how many of them with a VIN, and the codes of the warnings.
fn accepted(draft: Draft, rules: Rules) -> (usize, usize, Vec<String>, Vec<Warning>) {
    match validate(draft, rules) {
        Verdict::Valid { customer, warnings, .. } => {
            let vins = customer.vehicles.iter().filter(|vehicle| vehicle.vin.is_some()).count();
            (customer.vehicles.len(), vins, codes_of(warnings.iter().map(|w| &w.finding)), warnings)
        }
        Verdict::Rejected { violations, .. } => panic!("rejected: {violations:?}"),
    }
}

fn rejected(draft: Draft, rules: Rules) -> (Vec<String>, Vec<Violation>) {
    match validate(draft, rules) {
        Verdict::Rejected { violations, .. } => (codes_of(violations.iter().map(|v| &v.finding)), violations),
        Verdict::Valid { .. } => panic!("not rejected"),
    }
}

#[test]
fn a_name_is_a_person_or_a_business_with_a_company() {
    for (name, business) in [
        (["Jane", "Doe", ""], None),
        (["Jane", "Doe", "ACME"], Some(false)),
        (["", "", "ACME"], Some(true)),
        (["Jane", "", "ACME"], Some(true)),
    ] {
        assert!(
            matches!(validate(draft("176", name, business, vec![]), DROP), Verdict::Valid { .. }),
            "{name:?}"
        );
    }
    for (name, business, field, message) in [
        (["", "", ""], None, Field::LastName, "first and last name are missing"),
        (["Jane", "", ""], None, Field::LastName, "the last name is missing"),
        (["", "Doe", ""], None, Field::FirstName, "the first name is missing"),
        (["", "Doe", ""], Some(true), Field::Company, "the company of a business is missing"),
        (["", "", "ACME"], Some(false), Field::IsBusiness, "the flag says it is no business"),
        (["", "", "ACME"], None, Field::IsBusiness, "not marked as a business"),
        (["", "Doe", "ACME"], None, Field::FirstName, "the first name is missing"),
    ] {
        let (codes, violations) = rejected(draft("176", name, business, vec![]), DROP);
        assert_eq!(codes, ["name.missing"], "{name:?}");
        assert_eq!(violations[0].finding.field, Some(field), "{name:?}");
        assert!(violations[0].finding.message.contains(message), "{}", violations[0].finding.message);
        assert!(violations[0].tip.contains("first and last name"));
    }
}

#[test]
fn an_invalid_vin_costs_the_vin_or_the_vehicle_but_never_the_customer() {
    for (vin, code, hint) in [
        ("1HGCM82633A00435", "vin.length", "16 characters"),
        ("33A004352", "vin.length", "9 characters"),
        ("3A004352", "vin.length", "last eight"),
        ("1M57H7R11234", "vin.length", "before 1981"),
        ("IHGCM82633A004352", "vin.alphabet", "character 1 of the VIN"),
        ("1HGCM82633AOO4352", "vin.alphabet", "would make the check digit right"),
        ("1HGCM82633A00-352", "vin.alphabet", "character 14"),
        ("1HGCM82643A004352", "vin.check_digit", "check digit"),
        ("5TFEV54198X063405", "vin.check_digit", "check digit"),
        ("00000000000000000", "vin.placeholder", "nobody's car"),
        ("11111111111111111", "vin.placeholder", "nobody's car"),
    ] {
        let (vehicles, vins, codes, warnings) = accepted(with(vec![vehicle(vin, CIVIC)]), DROP);
        assert_eq!((vehicles, vins), (1, 0), "{vin}");
        assert_eq!(codes, [code], "{vin}");
        assert!(warnings[0].finding.message.contains(hint), "{vin}: {}", warnings[0].finding.message);
        assert!(!warnings[0].finding.message.contains(vin) && !warnings[0].finding.message.contains('{'));
        assert_eq!(warnings[0].at, Some(at(3)));
        for incomplete in [NOTHING, ["2003", "HONDA", ""]] {
            let (vehicles, _, codes, _) = accepted(with(vec![vehicle(vin, incomplete)]), DROP);
            assert_eq!(vehicles, 0, "{vin}");
            assert_eq!(codes, [code, "vehicle.dropped"], "{vin}");
        }
        assert_eq!(rejected(with(vec![vehicle(vin, CIVIC)]), REJECT).0, [code], "{vin}");
        assert_eq!(rejected(with(vec![vehicle(vin, NOTHING)]), REJECT).0, [code], "{vin}");
    }
    let (_, _, _, warnings) = accepted(with(vec![vehicle("1HGCM82643AOO4352", CIVIC)]), DROP);
    assert!(!warnings[0].finding.message.contains("right"), "no repair where it would not fit");
}

#[test]
fn a_valid_vin_is_sent_also_one_from_elsewhere_without_a_check_digit() {
    assert_eq!(accepted(with(vec![vehicle("1HGCM82633A004352", NOTHING)]), REJECT).0, 1);
    let (vehicles, vins, codes, _) = accepted(with(vec![vehicle("WVWZZZ1JZXW000001", NOTHING)]), REJECT);
    assert_eq!((vehicles, vins), (1, 1));
    assert_eq!(codes, ["vin.check_digit_foreign"]);
}

#[test]
fn without_a_vin_a_vehicle_needs_year_make_and_model() {
    assert_eq!(accepted(with(vec![vehicle("", CIVIC)]), DROP).0, 1);
    let keyed = VehicleDraft { key: text("V-9"), ..vehicle("", ["2003", "", ""]) };
    let (vehicles, _, codes, _) = accepted(with(vec![keyed]), DROP);
    assert_eq!((vehicles, codes), (0, vec!["vehicle.incomplete".to_owned()]));
    let blank = VehicleDraft { owned: Claim::Value(true), ..vehicle("", NOTHING) };
    let (vehicles, _, codes, _) = accepted(with(vec![blank]), DROP);
    assert_eq!((vehicles, codes), (0, vec![]), "nothing was there to lose");
}

#[test]
fn vehicles_are_listed_whole_where_each_can_be_told() {
    let keyed = |vin| VehicleDraft { key: text("V-9"), ..vehicle(vin, CIVIC) };
    let good = || vehicle("1HGCM82633A004352", CIVIC);
    for (what, vehicles, whole) in [
        ("none", vec![], true),
        ("by VIN", vec![good()], true),
        ("by key", vec![good(), keyed("")], true),
        ("an empty row", vec![VehicleDraft { owned: Claim::Value(true), ..vehicle("", NOTHING) }], true),
        ("an invalid VIN", vec![good(), vehicle("1HGCM82643A004352", CIVIC)], false),
        ("an invalid VIN that costs the vehicle", vec![good(), vehicle("1HG", NOTHING)], false),
        ("an invalid VIN beside a key", vec![keyed("1HG")], false),
        ("no VIN, no key", vec![vehicle("", CIVIC)], false),
        ("a remainder", vec![vehicle("", ["2003", "", ""])], false),
    ] {
        let Verdict::Valid { listed, .. } = validate(with(vehicles), DROP) else { panic!("not valid") };
        assert_eq!(listed == VehicleList::Whole, whole, "{what}");
    }
}

#[test]
fn keys() {
    let person = ["Jane", "Doe", ""];
    let (_, _, codes, warnings) = accepted(draft(&"9".repeat(31), person, None, vec![]), DROP);
    assert_eq!(codes, ["key.long"]);
    assert!(warnings[0].finding.message.contains("31 characters"));
    assert!(accepted(draft(&"é".repeat(30), person, None, vec![]), DROP).2.is_empty());
    assert_eq!(rejected(draft("17\u{0}6", person, None, vec![]), DROP).0, ["key.unusable"]);
}

#[test]
fn every_violation_is_told_at_once_and_warnings_are_kept() {
    let mut all =
        draft("17\u{7}6", NOTHING, None, vec![vehicle("1HG", CIVIC), vehicle("", ["2003", "", ""])]);
    all.conflict = Some(Conflict::TwoPeople { one: at(2), other: at(7) });
    all.warnings.push(Warning { finding: Finding::new("phone.invalid", "dropped"), at: None });
    match validate(all, REJECT) {
        Verdict::Rejected { key, at: first, violations, warnings } => {
            assert_eq!((key.as_str(), first), ("17\u{7}6", at(2)));
            let codes = codes_of(violations.iter().map(|v| &v.finding));
            assert_eq!(codes, ["key.two_people", "key.unusable", "name.missing", "vin.length"]);
            assert!(violations[0].finding.message.contains("export.csv:2 and export.csv:7"));
            assert_eq!(
                codes_of(warnings.iter().map(|w| &w.finding)),
                ["phone.invalid", "vehicle.incomplete"]
            );
        }
        Verdict::Valid { .. } => panic!("not rejected"),
    }
}

#[test]
fn vehicles_come_sorted_and_once() {
    let twice = vec![
        vehicle("WVWZZZ1JZXW000001", NOTHING),
        vehicle("1HGCM82633A004352", NOTHING),
        vehicle("1HGCM82633A004352", CIVIC),
    ];
    let Verdict::Valid { customer, .. } = validate(with(twice), DROP) else { panic!("not valid") };
    let vins: Vec<&str> =
        customer.vehicles.iter().filter_map(|v| v.vin.as_ref()).map(crate::domain::Vin::as_str).collect();
    assert_eq!(vins, ["1HGCM82633A004352", "WVWZZZ1JZXW000001"]);
    assert_eq!(customer.vehicles[0].make, text("HONDA"));
}

//! Tables for every rule of the overlay.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::domain::policy::{FieldPolicy, Owner};
use crate::domain::{Email, EmailLabel, Locale, Phone, PhoneLabel, Vin};
use crate::plan::samples::{self, customer, email, name, phone, text};

const CELL: PhoneSlot = PhoneSlot { label: PhoneLabel::Cell, ordinal: 1 };
const HOME: PhoneSlot = PhoneSlot { label: PhoneLabel::Home, ordinal: 1 };
const WORK: PhoneSlot = PhoneSlot { label: PhoneLabel::Work, ordinal: 1 };
const PERSONAL: EmailSlot = EmailSlot { label: EmailLabel::Personal, ordinal: 1 };
const PERSONAL_2: EmailSlot = EmailSlot { label: EmailLabel::Personal, ordinal: 2 };

pub(super) fn clearing(fields: &[Field]) -> Policies {
    let clear = FieldPolicy { owner: Owner::Dms, blank: BlankPolicy::Clear };
    Policies { fields: fields.iter().map(|field| (*field, clear)).collect(), ..Policies::default() }
}

fn disowning() -> Policies {
    Policies { absent_vehicle: AbsentVehicle::Disown, ..Policies::default() }
}

fn phones(slots: &[(PhoneSlot, Option<u8>)]) -> BTreeMap<PhoneSlot, Claim<Vec<Phone>>> {
    let claim = |line: Option<u8>| line.map_or(Claim::Blank, |line| Claim::Value(vec![phone(line)]));
    slots.iter().map(|(slot, line)| (*slot, claim(*line))).collect()
}

fn emails(slots: &[(EmailSlot, Option<&str>)]) -> BTreeMap<EmailSlot, Claim<Vec<Email>>> {
    let claim = |local: Option<&str>| local.map_or(Claim::Blank, |local| Claim::Value(vec![email(local)]));
    slots.iter().map(|(slot, local)| (*slot, claim(*local))).collect()
}

#[test]
fn silence_keeps_a_blank_follows_the_policy_and_a_value_replaces() {
    let old = text("old");
    for (said, policy, expected) in [
        (Claim::Silent, BlankPolicy::Keep, text("old")),
        (Claim::Silent, BlankPolicy::Clear, text("old")),
        (Claim::Blank, BlankPolicy::Keep, text("old")),
        (Claim::Blank, BlankPolicy::Clear, Claim::Blank),
        (text("new"), BlankPolicy::Keep, text("new")),
        (text("new"), BlankPolicy::Clear, text("new")),
    ] {
        assert_eq!(said.clone().over(&old, policy), expected, "{policy:?}");
        assert_eq!(
            said.map(|_| "new".to_owned()).over(&Claim::Silent, policy).is_blank(),
            expected.is_blank()
        );
    }
}

#[test]
fn every_scalar_follows_its_own_policy() {
    let base = Customer {
        name: name(text("Ana"), text("Ruiz"), text("Ruiz Ltd"), Claim::Value(true)),
        preferred_locale: Claim::Value(Locale::FrCa),
        ..customer("7")
    };
    let said = Customer {
        name: name(text("Ana"), text("Ruiz"), Claim::Blank, Claim::Silent),
        preferred_locale: Claim::Blank,
        ..customer("7")
    };
    let kept = over(said.clone(), Some(&base), &Policies::default(), Reach::Full);
    assert!(kept == base);
    let cleared = over(said.clone(), Some(&base), &clearing(&[Field::Company]), Reach::Full);
    assert!(cleared.name.claims().company.is_blank());
    assert!(cleared.preferred_locale == base.preferred_locale, "another field's policy");
    let delta = over(said, Some(&base), &clearing(&[Field::Company]), Reach::Delta);
    assert!(delta == base, "a delta clears nothing");
}

/// A phone list: slots, each with a line or blank.
type Slots<'a> = &'a [(PhoneSlot, Option<u8>)];

#[test]
fn phone_slots_by_reach_and_policy() {
    let keep = Policies::default();
    let all = [Field::CellPhone, Field::HomePhone, Field::WorkPhone];
    let clear = clearing(&all);
    let base: Slots<'_> = &[(CELL, Some(1)), (HOME, Some(2))];
    let cases: [(&str, Reach, &Policies, Slots<'_>, Slots<'_>); 10] = [
        (
            "a delta's blank removes nothing",
            Reach::Delta,
            &clear,
            &[(CELL, None), (HOME, Some(3))],
            &[(CELL, Some(1)), (HOME, Some(3))],
        ),
        (
            "a delta's new cell replaces the cell alone",
            Reach::Delta,
            &keep,
            &[(CELL, Some(3))],
            &[(CELL, Some(3)), (HOME, Some(2))],
        ),
        (
            "a full list removes what it lacks",
            Reach::Full,
            &keep,
            &[(CELL, Some(3)), (HOME, None)],
            &[(CELL, Some(3))],
        ),
        (
            "also where the policy is clear",
            Reach::Full,
            &clear,
            &[(CELL, None), (HOME, Some(2))],
            &[(HOME, Some(2))],
        ),
        ("wholly blank, keep", Reach::Full, &keep, &[(CELL, None), (HOME, None)], base),
        (
            "wholly blank, clear",
            Reach::Full,
            &clear,
            &[(CELL, None), (HOME, None)],
            &[(CELL, None), (HOME, None)],
        ),
        ("wholly blank, clear, but a delta", Reach::Delta, &clear, &[(CELL, None), (HOME, None)], base),
        (
            "an unusable slot keeps what base had",
            Reach::Full,
            &keep,
            &[(WORK, Some(4))],
            &[(CELL, Some(1)), (HOME, Some(2)), (WORK, Some(4))],
        ),
        (
            "a slot that is gone from one column may stand in another",
            Reach::Full,
            &keep,
            &[(CELL, None), (HOME, None), (WORK, Some(1))],
            &[(WORK, Some(1))],
        ),
        ("no phone column at all", Reach::Full, &clear, &[], base),
    ];
    for (what, reach, policies, said, expected) in cases {
        let base = Customer { phones: phones(base), ..customer("7") };
        let said = Customer { phones: phones(said), ..customer("7") };
        let found = over(said, Some(&base), policies, reach).phones;
        assert!(found == phones(expected), "{what}");
    }
}

#[test]
fn what_was_cleared_is_history_once_the_list_has_entries_again() {
    let clear = clearing(&[Field::CellPhone, Field::HomePhone]);
    let base = Customer { phones: phones(&[(CELL, None), (HOME, None)]), ..customer("7") };
    let said = Customer { phones: phones(&[(CELL, Some(1))]), ..customer("7") };
    let found = over(said, Some(&base), &clear, Reach::Full).phones;
    assert!(found == phones(&[(CELL, Some(1))]));
}

#[test]
fn email_slots_follow_the_same_rule() {
    let base =
        Customer { emails: emails(&[(PERSONAL, Some("a")), (PERSONAL_2, Some("b"))]), ..customer("7") };
    let over = |said: &[(EmailSlot, Option<&str>)], reach, policies: &Policies| {
        over(Customer { emails: emails(said), ..customer("7") }, Some(&base), policies, reach).emails
    };
    let keep = Policies::default();
    let full = over(&[(PERSONAL, Some("c")), (PERSONAL_2, None)], Reach::Full, &keep);
    assert!(full == emails(&[(PERSONAL, Some("c"))]));
    let delta = over(&[(PERSONAL, Some("c")), (PERSONAL_2, None)], Reach::Delta, &keep);
    assert!(delta == emails(&[(PERSONAL, Some("c")), (PERSONAL_2, Some("b"))]));
    let blank: &[_] = &[(PERSONAL, None), (PERSONAL_2, None)];
    assert!(over(blank, Reach::Full, &keep) == base.emails);
    assert!(over(blank, Reach::Full, &clearing(&[Field::Email])) == emails(blank));
}

#[test]
fn addresses_go_part_by_part_at_one_place_and_whole_at_another() {
    let at = |line1: &str, line2: Option<&str>, city: &str, zip: &str| Address {
        line1: text(line1),
        line2: line2.map_or(Claim::Blank, text),
        city: text(city),
        zip: text(zip),
        ..Address::default()
    };
    let kept = |address: Address| Address {
        line2: if address.line2.is_blank() { Claim::Silent } else { address.line2 },
        ..address
    };
    let base = at("1 Main St", Some("Apt 4"), "Springfield", "62701");
    for (what, said, expected) in [
        ("a blank keeps the apartment", at("1 main st", None, "Springfield", "62701"), {
            at("1 main st", Some("Apt 4"), "Springfield", "62701")
        }),
        ("a corrected zip is no move", at("1 Main St", None, "Springfield", "62702"), {
            at("1 Main St", Some("Apt 4"), "Springfield", "62702")
        }),
        ("moved: no old apartment", at("9 Oak Ave", None, "Springfield", "62701"), {
            kept(at("9 Oak Ave", None, "Springfield", "62701"))
        }),
    ] {
        let of = |address| Customer {
            addresses: [(AddressKind::Common, Claim::Value(address))].into(),
            ..customer("7")
        };
        let found = over(of(said), Some(&of(base.clone())), &Policies::default(), Reach::Full);
        assert!(found == of(expected), "{what}");
    }
    let blank = |base: &Customer, policies: &Policies, reach| {
        let said = Customer { addresses: [(AddressKind::Common, Claim::Blank)].into(), ..customer("7") };
        over(said, Some(base), policies, reach).addresses
    };
    let of = Customer { addresses: [(AddressKind::Common, Claim::Value(base))].into(), ..customer("7") };
    let clear = clearing(&[Field::AddressLine1]);
    assert!(blank(&of, &Policies::default(), Reach::Full) == of.addresses);
    assert!(blank(&of, &clear, Reach::Delta) == of.addresses);
    assert!(blank(&of, &clear, Reach::Full) == [(AddressKind::Common, Claim::Blank)].into());
}

#[test]
fn unknown_consent_makes_no_claim_over_a_known_one() {
    use Consent::{Allowed, Blocked, Unknown};
    for (said, base, expected) in [
        (Unknown, Blocked, Blocked),
        (Unknown, Allowed, Allowed),
        (Allowed, Blocked, Allowed),
        (Blocked, Allowed, Blocked),
    ] {
        let of = |text| Customer { consents: Consents { text, ..Consents::default() }, ..customer("7") };
        let found = over(of(said), Some(&of(base)), &Policies::default(), Reach::Full).consents;
        assert_eq!(found, Consents { text: expected, ..Consents::default() }, "{said:?} over {base:?}");
    }
}

fn vehicle(vin: Option<&str>, key: Option<&str>) -> Vehicle {
    let vin = vin.map(|vin| Vin::parse(vin).unwrap());
    Vehicle { vin, key: key.map_or(Claim::Silent, text), ..Vehicle::default() }
}

#[test]
fn vehicles_are_kept_disowned_and_owned_again() {
    let [one, two] = [samples::VINS[0], samples::VINS[1]].map(|vin| vehicle(Some(vin), None));
    let owned = |vehicle: &Vehicle, owned| Vehicle { owned: Claim::Value(owned), ..vehicle.clone() };
    let of = |vehicles: Vec<Vehicle>| Customer { vehicles, ..customer("7") };
    let (keep, disown) = (Policies::default(), disowning());
    for (what, policies, reach, said, base, mut expected) in [
        ("absent: kept", &keep, Reach::Full, vec![one.clone()], vec![one.clone(), two.clone()], {
            vec![one.clone(), two.clone()]
        }),
        ("absent: disowned", &disown, Reach::Full, vec![one.clone()], vec![one.clone(), two.clone()], {
            vec![one.clone(), owned(&two, false)]
        }),
        ("a delta disowns nothing", &disown, Reach::Delta, vec![one.clone()], vec![two.clone()], {
            vec![one.clone(), two.clone()]
        }),
        (
            "no vehicle at all says nothing",
            &disown,
            Reach::Full,
            vec![],
            vec![two.clone()],
            vec![two.clone()],
        ),
        ("owned again", &disown, Reach::Full, vec![two.clone()], vec![owned(&two, false)], {
            vec![owned(&two, true)]
        }),
        ("the export's own word stays", &keep, Reach::Full, vec![two.clone()], vec![owned(&two, false)], {
            vec![owned(&two, false)]
        }),
    ] {
        expected.sort();
        let found = over(of(said), Some(&of(base)), policies, reach);
        assert!(found.vehicles == expected, "{what}");
    }
}

#[test]
fn a_car_whose_vin_is_missing_tonight_is_neither_disowned_nor_added_again() {
    let of = |vehicles: Vec<Vehicle>| Customer { vehicles, ..customer("7") };
    let car = |vin: Option<usize>, key, model| Vehicle {
        year: text("2019"),
        make: text("Ford"),
        model: text(model),
        ..vehicle(vin.map(|at| samples::VINS[at]), key)
    };
    let [one, two] = [0, 1].map(|at| car(Some(at), None, "Escape"));
    let nameless = Vehicle { color: text("Red"), ..car(None, None, "ESCAPE") };
    let other = car(Some(2), None, "Focus");
    let keyed = |vin, key| car(vin, Some(key), "Escape");
    let disowned = |vehicle: &Vehicle| Vehicle { owned: Claim::Value(false), ..vehicle.clone() };
    let base = [&one, &other].map(Clone::clone).to_vec();
    for (what, reach, said, base, mut expected) in [
        ("it is the one", Reach::FullButVehicles, vec![nameless.clone()], base.clone(), base.clone()),
        ("by its description alone", Reach::Full, vec![nameless.clone()], base.clone(), {
            vec![one.clone(), disowned(&other)]
        }),
        ("a delta", Reach::Delta, vec![nameless.clone()], base.clone(), base.clone()),
        ("one of two", Reach::Full, vec![nameless.clone()], vec![one.clone(), two.clone()], {
            vec![one.clone(), two.clone()]
        }),
        ("listed beside it", Reach::Full, vec![one.clone(), nameless.clone()], vec![one.clone()], {
            vec![one.clone()]
        }),
        (
            "known as it is",
            Reach::Full,
            vec![one.clone(), nameless.clone()],
            { vec![one.clone(), nameless.clone()] },
            vec![one.clone(), nameless.clone()],
        ),
        ("a key tells", Reach::Delta, vec![keyed(None, "K2")], vec![one.clone()], {
            vec![one.clone(), keyed(None, "K2")]
        }),
        ("and finds", Reach::Delta, vec![keyed(None, "K1")], vec![keyed(Some(3), "K1")], {
            vec![keyed(Some(3), "K1")]
        }),
        ("new", Reach::Full, vec![nameless.clone()], vec![], vec![nameless.clone()]),
    ] {
        expected.sort();
        let found = over(of(said), Some(&of(base)), &disowning(), reach);
        assert!(found.vehicles == expected, "{what}");
    }
}

#[test]
fn a_car_that_its_key_tells_is_met_before_one_that_nothing_tells() {
    let car = |vin, key, model: &str| Vehicle { model: text(model), ..vehicle(vin, key) };
    let of = |vehicles: Vec<Vehicle>| Customer { vehicles, ..customer("7") };
    let base = of(vec![car(Some(samples::VINS[0]), Some("K"), "Escape")]);
    let said = of(vec![car(None, None, "Escape"), car(None, Some("K"), "Focus")]);
    let once = over(said.clone(), Some(&base), &Policies::default(), Reach::Delta);
    assert!(over(said, Some(&once), &Policies::default(), Reach::Delta) == once);
}

#[test]
fn a_vehicle_that_is_owned_again_stays_so_where_blanks_clear() {
    let policies = Policies { absent_vehicle: AbsentVehicle::Disown, ..clearing(&[Field::VehicleIsValid]) };
    let listed = Vehicle { owned: Claim::Blank, ..vehicle(Some(samples::VINS[0]), None) };
    let disowned = Vehicle { owned: Claim::Value(false), ..listed.clone() };
    let of = |vehicle: &Vehicle| Customer { vehicles: vec![vehicle.clone()], ..customer("7") };
    let once = over(of(&listed), Some(&of(&disowned)), &policies, Reach::Full);
    let twice = over(of(&listed), Some(&once), &policies, Reach::Full);
    assert_eq!([&once, &twice].map(|found| found.vehicles[0].owned), [(); 2].map(|()| Claim::Value(true)));
}

#[test]
fn one_vehicle_known_by_vin_and_by_key_becomes_one() {
    let vin = samples::VINS[0];
    let of = |vehicles: Vec<Vehicle>| Customer { vehicles, ..customer("7") };
    let both = vehicle(Some(vin), Some("K1"));
    // Neither row shows that they are one; base does.
    let rows = of(vec![vehicle(None, Some("K1")), vehicle(Some(vin), None)]);
    let found = over(rows, Some(&of(vec![both.clone()])), &Policies::default(), Reach::Full);
    assert!(found.vehicles == [both.clone()]);
    // Base has it twice; the row shows that they are one.
    let base = of(vec![vehicle(None, Some("K1")), vehicle(Some(vin), Some("K0"))]);
    let found = over(of(vec![both.clone()]), Some(&base), &Policies::default(), Reach::Full);
    assert!(found.vehicles == [both]);
}

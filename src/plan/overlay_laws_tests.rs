//! The overlay's laws, on generated customers.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::tests::clearing;
use super::*;
use crate::domain::policy::Defaults;
use crate::domain::{CustomerKey, Name, PhoneLabel};
use crate::plan::samples;

fn json(customer: &Customer) -> String {
    serde_json::to_string(&customer.vehicles).unwrap()
}

fn policies() -> impl Strategy<Value = Policies> {
    let listed = [
        Field::FirstName,
        Field::Company,
        Field::PreferredLocale,
        Field::AddressLine1,
        Field::AddressLine2,
        Field::CellPhone,
        Field::HomePhone,
        Field::Email,
        Field::Color,
        Field::VehicleIsValid,
    ];
    let some = proptest::sample::subsequence(listed.to_vec(), 0..=listed.len());
    (some, any::<bool>()).prop_map(|(cleared, disown)| Policies {
        absent_vehicle: if disown { AbsentVehicle::Disown } else { AbsentVehicle::Keep },
        defaults: Defaults::default(),
        ..clearing(&cleared)
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(46315),
        ..ProptestConfig::default()
    })]

    #[test]
    fn over_is_idempotent(
        base in proptest::option::of(samples::any_customer()),
        said in samples::any_customer(),
        policies in policies(),
        full: bool,
    ) {
        let reach = if full { Reach::Full } else { Reach::Delta };
        let base = base.map(|base| over(base, None, &policies, reach));
        let once = over(said.clone(), base.as_ref(), &policies, reach);
        let twice = over(said, Some(&once), &policies, reach);
        prop_assert_eq!(serde_json::to_string(&twice).unwrap(), serde_json::to_string(&once).unwrap());
    }

    #[test]
    fn a_customer_over_itself_is_itself(said in samples::any_customer(), policies in policies(), full: bool) {
        let reach = if full { Reach::Full } else { Reach::Delta };
        let settled = over(said, None, &policies, reach);
        prop_assert!(over(settled.clone(), Some(&settled), &policies, reach) == settled);
    }

    #[test]
    fn a_delta_loses_nothing(base in samples::any_customer(), said in samples::any_customer()) {
        let clear = clearing(Field::ALL);
        let base = over(base, None, &clear, Reach::Delta);
        let ours = over(said.clone(), Some(&base), &clear, Reach::Delta);
        for slot in base.phones.keys() {
            let kept = said.phones.get(slot).is_some_and(|claim| claim.value().is_some())
                || ours.phones.get(slot) == base.phones.get(slot);
            prop_assert!(kept);
        }
        for old in &base.vehicles {
            let is_it = |new: &Vehicle| {
                (old.vin.is_some() && new.vin == old.vin) || new.is_same(old) || new.key == old.key
            };
            let kept = ours.vehicles.iter().any(is_it);
            prop_assert!(kept, "{} over {}", json(&said), json(&base));
        }
        let key = CustomerKey::parse("7").unwrap();
        prop_assert!(ours.key == key && Name::new(ours.name.claims().clone()).is_some());
    }

    #[test]
    fn no_two_vehicles_are_the_same(base in samples::any_customer(), said in samples::any_customer()) {
        let policies = Policies::default();
        let base = over(base, None, &policies, Reach::Full);
        let ours = over(said, Some(&base), &policies, Reach::Full);
        for (at, one) in ours.vehicles.iter().enumerate() {
            prop_assert!(ours.vehicles.iter().skip(at + 1).all(|other| !one.is_same(other)));
        }
    }

    /// Whatever a delta says or leaves blank, and whatever blanks may clear: a value goes only where another takes its place.
    #[test]
    fn a_delta_takes_no_value_away(base in samples::any_customer(), said in samples::any_customer()) {
        let policies = Policies { absent_vehicle: AbsentVehicle::Disown, ..clearing(Field::ALL) };
        let base = over(base, None, &policies, Reach::Delta);
        let ours = over(said.clone(), Some(&base), &policies, Reach::Delta);
        let (new, old, now) = (said.name.claims(), base.name.claims(), ours.name.claims());
        prop_assert!(holds(&new.first, &old.first, &now.first) && holds(&new.last, &old.last, &now.last));
        prop_assert!(holds(&new.company, &old.company, &now.company));
        prop_assert!(holds(&new.is_business, &old.is_business, &now.is_business));
        prop_assert!(holds(&said.preferred_locale, &base.preferred_locale, &ours.preferred_locale));
        let (new, old) = (&said.preferred_communication, &base.preferred_communication);
        prop_assert!(holds(new, old, &ours.preferred_communication));
        prop_assert!(slots_hold(&said.phones, &base.phones, &ours.phones));
        prop_assert!(slots_hold(&said.emails, &base.emails, &ours.emails));
        for (kind, old) in &base.addresses {
            let (Some(old), Some(now)) = (old.value(), ours.addresses.get(kind).and_then(Claim::value)) else {
                prop_assert!(old.value().is_none(), "an address is gone");
                continue;
            };
            let new = said.addresses.get(kind).and_then(Claim::value);
            prop_assert!(new.is_some_and(|new| !new.is_same_place(old)) || parts_hold(new, old, now));
        }
        let channels = |of: Consents| [of.call, of.text, of.email];
        for ((new, old), now) in channels(said.consents).into_iter().zip(channels(base.consents)).zip(channels(ours.consents)) {
            prop_assert_eq!(now, if new == Consent::Unknown { old } else { new });
        }
        for old in &base.vehicles {
            let now = ours.vehicles.iter().find(|now| (old.vin.is_some() && now.vin == old.vin) || now.is_same(old));
            prop_assert!(now.is_some() || said.vehicles.iter().any(|new| new.key == old.key || new.is_same(old)));
            prop_assert!(now.is_none_or(|now| now.owned != Claim::Value(false) || old.owned == now.owned
                || said.vehicles.iter().any(|new| new.owned == Claim::Value(false))), "disowned");
        }
    }

    /// A repair order that has nothing but a key and blanks.
    #[test]
    fn a_delta_of_blanks_changes_nothing(base in samples::any_customer(), full: bool) {
        let keep = Policies::default();
        let policies = if full { &keep } else { &clearing(Field::ALL) };
        let reach = if full { Reach::Full } else { Reach::Delta };
        let base = over(base, None, policies, reach);
        let said = Customer {
            name: base.name.clone(),
            preferred_locale: Claim::Blank,
            preferred_communication: Claim::Blank,
            addresses: base.addresses.keys().map(|kind| (*kind, Claim::Blank)).collect(),
            phones: base.phones.keys().map(|slot| (*slot, Claim::Blank)).collect(),
            emails: base.emails.keys().map(|slot| (*slot, Claim::Blank)).collect(),
            ..samples::customer("7")
        };
        prop_assert!(over(said, Some(&base), policies, reach) == base);
    }

    /// Also where every other column of phones is blank.
    #[test]
    fn a_new_cell_number_takes_the_cells_place_alone(base in samples::any_customer(), number in samples::any_phone()) {
        let policies = clearing(Field::ALL);
        let base = over(base, None, &policies, Reach::Delta);
        let cell = PhoneSlot { label: PhoneLabel::Cell, ordinal: 1 };
        let mut phones: BTreeMap<_, _> = base.phones.keys().map(|slot| (*slot, Claim::Blank)).collect();
        phones.insert(cell, Claim::Value(vec![number]));
        let said = Customer { name: base.name.clone(), phones, ..samples::customer("7") };
        let ours = over(said, Some(&base), &policies, Reach::Delta);
        let mut expected = base.phones.clone();
        expected.insert(cell, Claim::Value(vec![number]));
        prop_assert!(ours.phones == expected && ours.emails == base.emails && ours.vehicles == base.vehicles);
    }

    /// A full export's list is the list: nothing else stays but what its columns are silent of.
    #[test]
    fn a_full_list_is_the_whole_list(base in samples::any_customer(), said in samples::any_customer()) {
        let policies = Policies::default();
        let base = over(base, None, &policies, Reach::Full);
        let ours = over(said.clone(), Some(&base), &policies, Reach::Full);
        let states = said.phones.values().any(|claim| claim.value().is_some());
        for (slot, now) in &ours.phones {
            let silent = said.phones.get(slot).is_none_or(Claim::is_silent);
            let kept = (silent || !states) && base.phones.get(slot) == Some(now);
            prop_assert!(kept || said.phones.get(slot) == Some(now), "{}", slot);
        }
        for (slot, new) in said.phones.iter().filter(|(_, new)| new.value().is_some()) {
            prop_assert!(ours.phones.get(slot) == Some(new), "{}", slot);
        }
    }
}

/// The value that is said, else the old one.
fn holds<T: PartialEq>(new: &Claim<T>, old: &Claim<T>, now: &Claim<T>) -> bool {
    now.value() == new.value().or(old.value())
}

/// The same of every slot.
fn slots_hold<S: Ord, T: PartialEq>(
    new: &BTreeMap<S, Claim<T>>,
    old: &BTreeMap<S, Claim<T>>,
    now: &BTreeMap<S, Claim<T>>,
) -> bool {
    old.keys().chain(new.keys()).all(|slot| {
        let [new, old, now] = [new, old, now].map(|of| of.get(slot).and_then(Claim::value));
        now == new.or(old)
    })
}

/// The same of an address at the place where it was.
fn parts_hold(new: Option<&Address>, old: &Address, now: &Address) -> bool {
    let silent = Address::default();
    let new = new.unwrap_or(&silent);
    let parts = |of: &Address| {
        let Address { line1, line2, city, state, zip, country } = of.clone();
        [line1, line2, city, state, zip, country]
    };
    parts(new).iter().zip(&parts(old)).zip(&parts(now)).all(|((new, old), now)| holds(new, old, now))
}

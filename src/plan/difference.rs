//! Field by field: what a customer says, what differs, what was changed and blanked.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::customer::NameClaims;
use crate::domain::{
    Address, AddressKind, Claim, Consent, Consents, Customer, EmailLabel, EmailSlot, Field, FieldChange,
    Vehicle,
};

/// One customer as text, claim by claim: the field, and which of several.
type Flat = BTreeMap<(Field, Option<String>), Claim<String>>;

/// What differs between `base` and `ours`, in the order of the fields. Against no base: everything that has a value.
pub fn difference(base: Option<&Customer>, ours: &Customer) -> Vec<FieldChange> {
    let old = base.map(flatten).unwrap_or_default();
    let new = flatten(ours);
    let places: BTreeSet<_> = old.keys().chain(new.keys()).cloned().collect();
    places
        .into_iter()
        .filter_map(|place| {
            let before = old.get(&place).and_then(Claim::value).cloned();
            let after = new.get(&place).and_then(Claim::value).cloned();
            let (field, item) = place;
            (before != after).then_some(FieldChange { field, item, old: before, new: after })
        })
        .collect()
}

/// Fields that a customer's rows change against base, before any policy: what the guard counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    /// Another value, or a blank where base has a value.
    pub changed: BTreeSet<Field>,
    /// A blank where base has a value.
    pub blanked: BTreeSet<Field>,
}

impl Marks {
    /// What `said` does to `base`. Silence does nothing.
    pub fn of(base: &Customer, said: &Customer) -> Self {
        let mut marks = Self::default();
        let said = flatten(said);
        for ((field, item), before) in flatten(base) {
            let Some(before) = before.value() else { continue };
            match said.get(&(field, item)) {
                Some(Claim::Value(now)) if now != before => drop(marks.changed.insert(field)),
                Some(Claim::Blank) => {
                    marks.changed.insert(field);
                    marks.blanked.insert(field);
                }
                Some(Claim::Value(_) | Claim::Silent) | None => {}
            }
        }
        marks
    }
}

fn flatten(customer: &Customer) -> Flat {
    let Customer {
        key: _,
        name,
        preferred_locale,
        preferred_communication,
        addresses,
        phones,
        emails,
        consents,
        vehicles,
    } = customer;
    let NameClaims { first, last, company, is_business } = name.claims();
    let mut flat = Flat::new();
    let mut put = |field, item: Option<String>, claim: Claim<String>| {
        if !claim.is_silent() {
            flat.insert((field, item), claim);
        }
    };
    put(Field::FirstName, None, first.clone());
    put(Field::LastName, None, last.clone());
    put(Field::Company, None, company.clone());
    put(Field::IsBusiness, None, is_business.map(|flag| flag.to_string()));
    put(Field::PreferredLocale, None, preferred_locale.map(|locale| locale.as_str().to_owned()));
    put(Field::PreferredCommunication, None, preferred_communication.map(|how| how.as_str().to_owned()));
    for (kind, claim) in addresses {
        flatten_address(*kind, claim, &mut put);
    }
    for (slot, claim) in phones {
        let item = (slot.ordinal > 1).then(|| slot.to_string());
        let numbers = claim.as_ref().map(|numbers| joined(numbers.iter().map(crate::domain::Phone::e164)));
        put(slot.label.field(), item, numbers);
    }
    for (slot, claim) in emails {
        let usual = *slot == EmailSlot { label: EmailLabel::Personal, ordinal: 1 };
        let item = (!usual).then(|| slot.to_string());
        put(
            Field::Email,
            item,
            claim.as_ref().map(|all| joined(all.iter().map(|email| email.as_str().to_owned()))),
        );
    }
    let Consents { call, text, email } = consents;
    for (field, consent) in [(Field::OkToCall, call), (Field::OkToText, text), (Field::OkToEmail, email)] {
        put(field, None, consent_claim(*consent));
    }
    for vehicle in vehicles {
        flatten_vehicle(vehicle, &mut put);
    }
    flat
}

fn flatten_address(
    kind: AddressKind,
    claim: &Claim<Address>,
    put: &mut impl FnMut(Field, Option<String>, Claim<String>),
) {
    let item = || (kind != AddressKind::Common).then(|| kind.as_str().to_owned());
    let blank = || Claim::<String>::Blank;
    let Address { line1, line2, city, state, zip, country } = match claim {
        Claim::Silent => return,
        Claim::Value(address) => address.clone(),
        Claim::Blank => Address {
            line1: blank(),
            line2: blank(),
            city: blank(),
            state: blank(),
            zip: blank(),
            country: Claim::Silent,
        },
    };
    put(Field::AddressLine1, item(), line1);
    put(Field::AddressLine2, item(), line2);
    put(Field::City, item(), city);
    put(Field::State, item(), state);
    put(Field::Zip, item(), zip);
    put(Field::Country, item(), country);
}

fn flatten_vehicle(vehicle: &Vehicle, put: &mut impl FnMut(Field, Option<String>, Claim<String>)) {
    let Vehicle { vin, key, year, make, model, trim, engine, color, plate, mileage, owned } = vehicle;
    let described = || joined([year, make, model].into_iter().filter_map(Claim::value).cloned());
    let item = match (vin, key.value()) {
        (Some(vin), _) => vin.as_str().to_owned(),
        (None, Some(key)) => key.clone(),
        (None, None) => described(),
    };
    let vin = vin.map_or(Claim::Silent, |vin| Claim::Value(vin.as_str().to_owned()));
    let owned = owned.map(|owned| owned.to_string());
    for (field, claim) in [
        (Field::Vin, &vin),
        (Field::VehicleKey, key),
        (Field::VehicleYear, year),
        (Field::VehicleMake, make),
        (Field::VehicleModel, model),
        (Field::VehicleTrim, trim),
        (Field::VehicleEngine, engine),
        (Field::Color, color),
        (Field::LicensePlate, plate),
        (Field::EstimatedMileage, mileage),
        (Field::VehicleIsValid, &owned),
    ] {
        put(field, Some(item.clone()), claim.clone());
    }
}

fn consent_claim(consent: Consent) -> Claim<String> {
    match consent {
        Consent::Unknown => Claim::Silent,
        Consent::Allowed => Claim::Value("allowed".to_owned()),
        Consent::Blocked => Claim::Value("blocked".to_owned()),
    }
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().collect::<Vec<_>>().join(", ")
}

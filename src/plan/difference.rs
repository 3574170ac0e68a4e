//! Field by field: what a customer says, what differs, what was changed and blanked.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::customer::NameClaims;
use crate::domain::{
    Address, AddressKind, Claim, Consent, Consents, Customer, EmailLabel, EmailSlot, Field, FieldChange,
    Vehicle, Warning,
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
    /// A blank, or nothing usable, where base has a value.
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

    /// Also counts as blanked what `warnings` took from `said` for being unusable: such a value claims nothing, so it
    /// does no harm to `base`; but a column in which nothing is usable any more is another column's.
    #[must_use]
    pub fn with_unusable(mut self, base: &Customer, said: &Customer, warnings: &[Warning]) -> Self {
        let warned: BTreeSet<_> = warnings.iter().filter_map(|warning| warning.finding.field).collect();
        let with_value = |customer| -> BTreeSet<Field> {
            let has_value = |((field, _), claim): (_, Claim<String>)| claim.value().map(|_| field);
            flatten(customer).into_iter().filter_map(has_value).collect()
        };
        if warned.iter().any(|field| !field.is_vehicle()) {
            let (had, has) = (with_value(base), with_value(said));
            let is_lost = |field: &Field| had.contains(field) && !has.contains(field);
            // One vehicle of several may lose its plate; which, a field alone does not tell.
            let lost: Vec<_> =
                warned.into_iter().filter(|field| !field.is_vehicle() && is_lost(field)).collect();
            self.changed.extend(&lost);
            self.blanked.extend(lost);
        }
        self
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Finding, PhoneLabel, PhoneSlot};
    use crate::plan::samples::{any_customer, customer, name, phone, text};

    const CELL: PhoneSlot = PhoneSlot { label: PhoneLabel::Cell, ordinal: 1 };

    fn with_cell(claim: Claim<u8>) -> Customer {
        let claim = claim.map(|line| vec![phone(line)]);
        Customer { phones: [(CELL, claim)].into(), ..customer("7") }
    }

    #[test]
    fn a_new_customer_differs_in_everything_that_has_a_value() {
        let said = with_cell(Claim::Value(1));
        let fields: Vec<_> = difference(None, &said).into_iter().map(|change| change.field).collect();
        assert_eq!(fields, [Field::FirstName, Field::LastName, Field::CellPhone]);
    }

    #[test]
    fn a_difference_names_old_and_new() {
        let said = Customer {
            consents: Consents { call: Consent::Blocked, ..Consents::default() },
            ..with_cell(Claim::Value(2))
        };
        let change = |field, old: Option<&str>, new: Option<&str>| FieldChange {
            field,
            item: None,
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
        };
        assert_eq!(
            difference(Some(&with_cell(Claim::Value(1))), &said),
            [
                change(Field::CellPhone, Some("+12175550101"), Some("+12175550102")),
                change(Field::OkToCall, None, Some("blocked")),
            ]
        );
        assert_eq!(
            difference(Some(&said), &customer("7")),
            [
                change(Field::CellPhone, Some("+12175550102"), None),
                change(Field::OkToCall, Some("blocked"), None),
            ]
        );
    }

    #[test]
    fn marks_count_what_rows_do_before_any_policy() {
        let (one, two) = (with_cell(Claim::Value(1)), with_cell(Claim::Value(2)));
        let (blank, silent) = (with_cell(Claim::Blank), with_cell(Claim::Silent));
        for (what, base, said, changed, blanked) in [
            ("the same", &one, &one, false, false),
            ("another", &one, &two, true, false),
            ("a blank", &one, &blank, true, true),
            ("silence", &one, &silent, false, false),
            ("no column", &one, &customer("7"), false, false),
            ("a value where there was none", &silent, &one, false, false),
            ("a blank where there was none", &blank, &blank, false, false),
        ] {
            let marks = Marks::of(base, said);
            let fields = |has| if has { BTreeSet::from([Field::CellPhone]) } else { BTreeSet::new() };
            assert_eq!(marks, Marks { changed: fields(changed), blanked: fields(blanked) }, "{what}");
        }
    }

    #[test]
    fn a_wholly_blank_address_blanks_every_part_that_had_a_value() {
        let address = Address { line1: text("1 Main St"), zip: text("62701"), ..Address::default() };
        let of = |claim| Customer { addresses: [(AddressKind::Common, claim)].into(), ..customer("7") };
        let marks = Marks::of(&of(Claim::Value(address)), &of(Claim::Blank));
        assert_eq!(marks.blanked, BTreeSet::from([Field::AddressLine1, Field::Zip]));
        assert_eq!(marks.changed, marks.blanked);
    }

    #[test]
    fn what_was_dropped_for_being_unusable_is_blanked_where_nothing_is_left() {
        let (one, two, silent) =
            (with_cell(Claim::Value(1)), with_cell(Claim::Value(2)), with_cell(Claim::Silent));
        let warning =
            |field| Warning { finding: Finding::on(field, "phone.invalid", "no such number"), at: None };
        for (base, said, field, blanked) in [
            (&one, &silent, Field::CellPhone, true),
            (&one, &silent, Field::Vin, false),
            (&one, &two, Field::CellPhone, false),
            (&silent, &silent, Field::CellPhone, false),
        ] {
            let marks = Marks::default().with_unusable(base, said, &[warning(field)]);
            assert_eq!(marks.blanked.contains(&Field::CellPhone), blanked, "{field}");
            assert_eq!(marks.changed, marks.blanked);
        }
    }

    #[test]
    fn a_changed_name_is_one_mark_per_column() {
        let of = |last: &str| Customer {
            name: name(text("Ana"), text(last), Claim::Silent, Claim::Silent),
            ..customer("7")
        };
        assert_eq!(Marks::of(&of("Ruiz"), &of("Diaz")).changed, BTreeSet::from([Field::LastName]));
    }

    /// Blanks make no difference that could be shown; two that differ in them alone have the same values.
    fn values(customer: &Customer) -> Flat {
        flatten(customer).into_iter().filter(|(_, claim)| claim.value().is_some()).collect()
    }

    proptest! {
        #[test]
        fn empty_exactly_where_the_values_are_the_same(one in any_customer(), two in any_customer()) {
            prop_assert!(difference(Some(&one), &one).is_empty());
            prop_assert_eq!(difference(Some(&one), &two).is_empty(), values(&one) == values(&two));
            if one.vehicles != two.vehicles && values(&one) == values(&two) {
                prop_assert_eq!(one.vehicles.len(), two.vehicles.len(), "no vehicle hides behind another");
            }
        }

        #[test]
        fn the_other_way_round_swaps_old_and_new(one in any_customer(), two in any_customer()) {
            let back: Vec<_> = difference(Some(&two), &one)
                .into_iter()
                .map(|FieldChange { field, item, old, new }| FieldChange { field, item, old: new, new: old })
                .collect();
            prop_assert_eq!(difference(Some(&one), &two), back);
        }

        #[test]
        fn a_blank_is_a_change_and_a_customer_does_nothing_to_itself(one in any_customer(), two in any_customer()) {
            let Marks { changed, blanked } = Marks::of(&one, &two);
            prop_assert!(blanked.is_subset(&changed));
            prop_assert_eq!(Marks::of(&one, &one), Marks::default());
        }
    }
}

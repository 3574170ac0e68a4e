//! What the export says, over what it said before: the next base.
//!
//! Silence keeps; a blank follows the field's policy; a full export's list replaces the old one where it is not
//! wholly blank; a delta replaces slot by slot and removes nothing.

use std::collections::BTreeMap;

use crate::domain::policy::{AbsentVehicle, BlankPolicy, ExportKind, Policies};
use crate::domain::{
    Address, AddressKind, Claim, Consent, Consents, Customer, EmailSlot, Field, PhoneSlot, Vehicle,
    VehicleList,
};

/// How far one customer's rows reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// They are the whole truth: what is not there is gone.
    Full,
    /// The same, but of vehicles they are a part: one cannot be told from the others, so that none is known to be gone.
    FullButVehicles,
    /// They say only what moved: a delta export, a customer with a refused row, an edited `errors.csv`.
    Delta,
}

impl Reach {
    /// Of an export.
    pub fn of(export: ExportKind) -> Self {
        match export {
            ExportKind::Full => Self::Full,
            ExportKind::Delta => Self::Delta,
        }
    }

    /// The same where `listed` of the vehicles can be told.
    #[must_use]
    pub fn of_vehicles(self, listed: VehicleList) -> Self {
        match (self, listed) {
            (Self::Full, VehicleList::Partial) => Self::FullButVehicles,
            (reach, _) => reach,
        }
    }
}

/// `said` over `base`. The result's blanks are those that clear; everything else is silence or a value.
pub fn over(said: Customer, base: Option<&Customer>, policies: &Policies, reach: Reach) -> Customer {
    let without_clears;
    let policies = match reach {
        Reach::Full | Reach::FullButVehicles => policies,
        Reach::Delta => {
            without_clears = policies.without_clears();
            &without_clears
        }
    };
    let nothing = Silence::default();
    let Customer {
        key,
        name,
        preferred_locale,
        preferred_communication,
        addresses,
        phones,
        emails,
        consents,
        vehicles,
    } = said;
    let before = base.map_or_else(|| nothing.view(), Before::of);
    Customer {
        key,
        name: name.over(base.map(|base| &base.name), policies),
        preferred_locale: preferred_locale.over(before.locale, policies.blank(Field::PreferredLocale)),
        preferred_communication: preferred_communication
            .over(before.communication, policies.blank(Field::PreferredCommunication)),
        addresses: addresses_over(addresses, before.addresses, policies),
        phones: slots_over(phones, before.phones, reach, |slot| policies.blank(slot.label.field())),
        emails: slots_over(emails, before.emails, reach, |_: &EmailSlot| policies.blank(Field::Email)),
        consents: consents_over(consents, before.consents),
        vehicles: vehicles_over(vehicles, before.vehicles, policies, reach),
    }
}

/// What was known before, beside the name.
#[derive(Clone, Copy)]
struct Before<'a> {
    locale: &'a Claim<crate::domain::Locale>,
    communication: &'a Claim<crate::domain::PreferredCommunication>,
    addresses: &'a BTreeMap<AddressKind, Claim<Address>>,
    phones: &'a BTreeMap<PhoneSlot, Claim<Vec<crate::domain::Phone>>>,
    emails: &'a BTreeMap<EmailSlot, Claim<Vec<crate::domain::Email>>>,
    consents: Consents,
    vehicles: &'a [Vehicle],
}

impl<'a> Before<'a> {
    fn of(base: &'a Customer) -> Self {
        let Customer {
            key: _,
            name: _,
            preferred_locale,
            preferred_communication,
            addresses,
            phones,
            emails,
            consents,
            vehicles,
        } = base;
        Self {
            locale: preferred_locale,
            communication: preferred_communication,
            addresses,
            phones,
            emails,
            consents: *consents,
            vehicles,
        }
    }
}

/// What is known of a customer that is new: nothing.
#[derive(Default)]
struct Silence {
    locale: Claim<crate::domain::Locale>,
    communication: Claim<crate::domain::PreferredCommunication>,
    addresses: BTreeMap<AddressKind, Claim<Address>>,
    phones: BTreeMap<PhoneSlot, Claim<Vec<crate::domain::Phone>>>,
    emails: BTreeMap<EmailSlot, Claim<Vec<crate::domain::Email>>>,
}

impl Silence {
    fn view(&self) -> Before<'_> {
        let Self { locale, communication, addresses, phones, emails } = self;
        Before {
            locale,
            communication,
            addresses,
            phones,
            emails,
            consents: Consents::default(),
            vehicles: &[],
        }
    }
}

/// A list over a list. In a full export one slot with a value makes the list a statement: its blank slots are
/// gone. A wholly blank list follows the policy. A silent slot (unmapped, unusable) keeps what it had.
fn slots_over<S: Ord + Copy, T: Clone>(
    said: BTreeMap<S, Claim<T>>,
    base: &BTreeMap<S, Claim<T>>,
    reach: Reach,
    blank: impl Fn(&S) -> BlankPolicy,
) -> BTreeMap<S, Claim<T>> {
    let states_a_list = reach != Reach::Delta && said.values().any(|claim| claim.value().is_some());
    let mut list = base.clone();
    for (slot, claim) in said {
        match claim {
            Claim::Value(_) => drop(list.insert(slot, claim)),
            Claim::Blank if states_a_list => drop(list.remove(&slot)),
            Claim::Blank if blank(&slot) == BlankPolicy::Clear => drop(list.insert(slot, Claim::Blank)),
            Claim::Blank | Claim::Silent => {}
        }
    }
    if states_a_list {
        // What an earlier night cleared is history once the list has entries again.
        list.retain(|_, claim| claim.value().is_some());
    }
    list
}

fn addresses_over(
    said: BTreeMap<AddressKind, Claim<Address>>,
    base: &BTreeMap<AddressKind, Claim<Address>>,
    policies: &Policies,
) -> BTreeMap<AddressKind, Claim<Address>> {
    let mut all = base.clone();
    for (kind, claim) in said {
        let before = base.get(&kind).and_then(Claim::value);
        match claim {
            Claim::Value(address) => {
                all.insert(kind, Claim::Value(address_over(address, before, policies)));
            }
            Claim::Blank if policies.blank(Field::AddressLine1) == BlankPolicy::Clear => {
                all.insert(kind, Claim::Blank);
            }
            Claim::Blank | Claim::Silent => {}
        }
    }
    all
}

/// An address at the same place keeps what the export leaves open; at another place nothing of the old one may
/// stay, or the new street would get the old apartment.
fn address_over(said: Address, base: Option<&Address>, policies: &Policies) -> Address {
    let elsewhere = Address::default();
    let base = base.filter(|base| said.is_same_place(base)).unwrap_or(&elsewhere);
    let Address { line1, line2, city, state, zip, country } = said;
    Address {
        line1: line1.over(&base.line1, policies.blank(Field::AddressLine1)),
        line2: line2.over(&base.line2, policies.blank(Field::AddressLine2)),
        city: city.over(&base.city, policies.blank(Field::City)),
        state: state.over(&base.state, policies.blank(Field::State)),
        zip: zip.over(&base.zip, policies.blank(Field::Zip)),
        country: country.over(&base.country, policies.blank(Field::Country)),
    }
}

fn consents_over(said: Consents, base: Consents) -> Consents {
    let over = |said, base| if said == Consent::Unknown { base } else { said };
    let Consents { call, text, email } = said;
    Consents { call: over(call, base.call), text: over(text, base.text), email: over(email, base.email) }
}

/// Vehicles are never dropped. One that a full export no longer lists is kept, or disowned; one that is listed
/// again after that is owned again. One that may be another of base whose VIN is missing tonight is not added.
fn vehicles_over(
    mut said: Vec<Vehicle>,
    base: &[Vehicle],
    policies: &Policies,
    reach: Reach,
) -> Vec<Vehicle> {
    let disowns =
        reach == Reach::Full && policies.absent_vehicle == AbsentVehicle::Disown && !said.is_empty();
    // Of base, as tonight has them; new tonight; of base, and not met yet.
    let (mut met, mut added, mut unlisted) = (Vec::new(), Vec::new(), base.to_vec());
    // Who is surely known goes first, so that no vaguer one takes its place.
    said.sort_by_key(|vehicle| (vehicle.vin.is_none(), vehicle.key.value().is_none()));
    for vehicle in said {
        // One vehicle may be known twice, by VIN and by key, until an export shows that they are one.
        let is_it = |known: &mut Vehicle| vehicle.is_same(known);
        let mut known: Vec<Vehicle> =
            met.extract_if(.., is_it).chain(unlisted.extract_if(.., is_it)).collect();
        let is_of_base = !known.is_empty();
        known.extend(added.extract_if(.., is_it));
        known.sort_by_key(|known| known.vin.is_none() || known.vin != vehicle.vin);
        if known.is_empty() && met.iter().chain(&unlisted).any(|old| may_be(&vehicle, old)) {
            // Which of them it is cannot be told, so that none of them is changed, or gone.
            met.extend(unlisted.extract_if(.., |old| may_be(&vehicle, old)));
            continue;
        }
        let place = if is_of_base { &mut met } else { &mut added };
        place.push(vehicle_over(vehicle, known.first(), policies));
    }
    let absent = |old| if disowns { Vehicle { owned: Claim::Value(false), ..old } } else { old };
    let mut all: Vec<Vehicle> =
        met.into_iter().chain(added).chain(unlisted.into_iter().map(absent)).collect();
    all.sort();
    all
}

/// Whether `said`, which has neither VIN nor key, may be the car `old`, which has a VIN: of the same year, make and model.
fn may_be(said: &Vehicle, old: &Vehicle) -> bool {
    said.vin.is_none() && said.key.value().is_none() && old.vin.is_some() && said.is_described_as(old)
}

fn vehicle_over(said: Vehicle, base: Option<&Vehicle>, policies: &Policies) -> Vehicle {
    let unknown = Vehicle::default();
    let base = base.unwrap_or(&unknown);
    let Vehicle { vin, key, year, make, model, trim, engine, color, plate, mileage, owned } = said;
    // Where absence disowns, being listed owns: a blank beside it clears nothing that was said by either.
    let listed_again = policies.absent_vehicle == AbsentVehicle::Disown && base.owned.value().is_some();
    let owned = match owned {
        Claim::Silent | Claim::Blank if listed_again => Claim::Value(true),
        owned => owned.over(&base.owned, policies.blank(Field::VehicleIsValid)),
    };
    Vehicle {
        vin: vin.or(base.vin),
        key: key.over(&base.key, policies.blank(Field::VehicleKey)),
        year: year.over(&base.year, policies.blank(Field::VehicleYear)),
        make: make.over(&base.make, policies.blank(Field::VehicleMake)),
        model: model.over(&base.model, policies.blank(Field::VehicleModel)),
        trim: trim.over(&base.trim, policies.blank(Field::VehicleTrim)),
        engine: engine.over(&base.engine, policies.blank(Field::VehicleEngine)),
        color: color.over(&base.color, policies.blank(Field::Color)),
        plate: plate.over(&base.plate, policies.blank(Field::LicensePlate)),
        mileage: mileage.over(&base.mileage, policies.blank(Field::EstimatedMileage)),
        owned,
    }
}

#[cfg(test)]
#[path = "overlay_laws_tests.rs"]
mod laws;
#[cfg(test)]
#[path = "overlay_tests.rs"]
mod tests;

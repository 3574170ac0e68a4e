//! The customer's vehicles: the union over all rows.
//!
//! A row's vehicle is told by its VIN; without one by its vehicle key, and where exactly one VIN of this customer goes
//! with that key, it is that vehicle; with neither by year, make and model. Within one vehicle the highest row's value
//! wins per column. Rows whose vehicle columns are all blank have no vehicle.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{code, is_blank, told, vin};
use super::rank::Ranked;
use crate::domain::{Field, Slot, SourceRow};

/// What tells one vehicle of a customer from another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Vin(String),
    Key(String),
    Described([String; 3]),
}

/// For each row, upwards, the number of its vehicle: they are counted in the order of what tells them apart. `None`
/// for rows without one.
pub(super) fn numbered(ranked: &Ranked) -> Vec<Option<usize>> {
    let vins = vins_by_key(ranked);
    let identities: Vec<_> =
        ranked.upwards().map(|row| has_vehicle(row).then(|| identity(row, &vins))).collect();
    let distinct: BTreeSet<_> = identities.iter().flatten().collect();
    let number: BTreeMap<_, usize> = distinct.into_iter().zip(0..).collect();
    identities.iter().map(|identity| number.get(identity.as_ref()?).copied()).collect()
}

fn has_vehicle(row: &SourceRow) -> bool {
    row.values.iter().any(|(slot, raw)| slot.field.is_vehicle() && !is_blank(raw))
}

fn value(row: &SourceRow, field: Field) -> &str {
    let slot = Slot::first(field);
    row.values.iter().find(|(other, _)| *other == slot).map_or("", |(_, raw)| raw)
}

/// The vehicle key, where it says something; `0` is what systems write for none.
fn key(row: &SourceRow) -> Option<String> {
    let key = code(value(row, Field::VehicleKey));
    (!key.is_empty() && key != "0").then_some(key)
}

/// The VINs that go with each vehicle key.
fn vins_by_key(ranked: &Ranked) -> BTreeMap<String, BTreeSet<String>> {
    let mut vins: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in ranked.upwards() {
        if let (Some(key), Some(vin)) = (key(row), vin(value(row, Field::Vin))) {
            vins.entry(key).or_default().insert(vin);
        }
    }
    vins
}

fn identity(row: &SourceRow, vins: &BTreeMap<String, BTreeSet<String>>) -> Identity {
    if let Some(vin) = vin(value(row, Field::Vin)) {
        return Identity::Vin(vin);
    }
    let Some(key) = key(row) else {
        let described = [Field::VehicleYear, Field::VehicleMake, Field::VehicleModel];
        return Identity::Described(described.map(|field| told(field, value(row, field))));
    };
    match vins.get(&key).map(|vins| (vins.first(), vins.len())) {
        Some((Some(vin), 1)) => Identity::Vin(vin.clone()),
        _ => Identity::Key(key),
    }
}

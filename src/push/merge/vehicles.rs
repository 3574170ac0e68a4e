//! Vehicles: by VIN, then key. Theirs are never dropped from the payload; ours are revised or added.

use super::{List, Say};
use crate::api::wire::{VehicleRead, VehicleWrite};
use crate::domain::{Claim, Customer, Field, Vehicle};

pub(super) fn merge(ours: &Customer, theirs: &[VehicleRead], say: Say<'_>) -> List<VehicleWrite> {
    let mut list =
        List { entries: theirs.iter().map(VehicleRead::to_write).collect::<Vec<_>>(), changed: false };
    for vehicle in &ours.vehicles {
        match theirs.iter().position(|theirs| is_same(vehicle, theirs)) {
            Some(at) => {
                if let Some(Ok(known)) = list.entries.get_mut(at) {
                    list.changed |= revise(known, vehicle, say);
                }
            }
            None if say.may_set(Field::Vin, true) => {
                // Whole, whoever owns its fields: there is nothing of theirs to overwrite, and a part of it is refused.
                let mut added = VehicleWrite::default();
                revise(&mut added, vehicle, say.of_new());
                list.entries.push(Ok(added));
                list.changed = true;
            }
            None => {}
        }
    }
    list
}

/// Whether theirs is our vehicle: by VIN where both have one, else by key, else by year, make and model where
/// neither has more.
fn is_same(ours: &Vehicle, theirs: &VehicleRead) -> bool {
    let text = |text: &Option<String>| text.as_deref().map(fold).filter(|text| !text.is_empty());
    let said = |claim: &Claim<String>| claim.value().map(|text| fold(text));
    match (ours.vin, text(&theirs.vin)) {
        (Some(mine), Some(vin)) => return mine.as_str().eq_ignore_ascii_case(&vin),
        (None, Some(_)) if said(&ours.key).is_none() => return false,
        _ => {}
    }
    match (said(&ours.key), text(&theirs.vehicle_key)) {
        (Some(mine), Some(key)) => mine == key,
        (None, _) if ours.vin.is_none() => {
            said(&ours.year) == text(&theirs.vehicle_year)
                && said(&ours.make) == text(&theirs.vehicle_make)
                && said(&ours.model) == text(&theirs.vehicle_model)
        }
        _ => false,
    }
}

/// Brings `known` to what ours says; whether anything differed.
fn revise(known: &mut VehicleWrite, ours: &Vehicle, say: Say<'_>) -> bool {
    let Vehicle { vin, key, year, make, model, trim, engine, color, plate, mileage, owned } = ours;
    let vin = vin.map_or(Claim::Silent, |vin| Claim::Value(vin.as_str().to_owned()));
    let mut changed = false;
    for (field, theirs, ours) in [
        (Field::Vin, &mut known.vin, &vin),
        (Field::VehicleKey, &mut known.vehicle_key, key),
        (Field::VehicleYear, &mut known.vehicle_year, year),
        (Field::VehicleMake, &mut known.vehicle_make, make),
        (Field::VehicleModel, &mut known.vehicle_model, model),
        (Field::VehicleTrim, &mut known.vehicle_trim, trim),
        (Field::VehicleEngine, &mut known.vehicle_engine, engine),
        (Field::Color, &mut known.color, color),
        (Field::LicensePlate, &mut known.license_plate, plate),
        (Field::EstimatedMileage, &mut known.estimated_mileage, mileage),
    ] {
        let now = theirs.as_deref().map(str::trim).unwrap_or_default();
        let wanted = match ours {
            Claim::Value(value) if say.may_set(field, now.is_empty()) => value.as_str(),
            // Year and mileage have no legal empty value, and a VIN is identity: these are never cleared.
            Claim::Blank if say.may_remove(field) && clearable(field) && !now.is_empty() => "",
            _ => continue,
        };
        let same = if field == Field::Vin { now.eq_ignore_ascii_case(wanted) } else { now == wanted };
        if !same {
            *theirs = Some(wanted.to_owned());
            changed = true;
        }
    }
    if let Claim::Value(owned) = owned
        && say.may_set(Field::VehicleIsValid, known.is_valid.is_none())
        && known.is_valid != Some(*owned)
    {
        known.is_valid = Some(*owned);
        changed = true;
    }
    changed
}

fn clearable(field: Field) -> bool {
    matches!(field, Field::VehicleTrim | Field::VehicleEngine | Field::Color | Field::LicensePlate)
}

fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

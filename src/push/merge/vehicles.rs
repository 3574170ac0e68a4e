//! Vehicles: by VIN, then key. Theirs are never dropped from the payload; ours are revised or added.

use super::{List, Ours, Say};
use crate::api::wire::{Unsendable, VehicleRead, VehicleWrite};
use crate::domain::policy::AbsentVehicle;
use crate::domain::text::caseless as fold;
use crate::domain::{Claim, Customer, Field, Vehicle};

pub(super) fn merge(
    base: Option<&Customer>,
    ours: Ours<'_>,
    theirs: &[VehicleRead],
    say: Say<'_>,
) -> List<VehicleWrite> {
    let known: Vec<_> = theirs.iter().map(VehicleRead::to_write).collect();
    let mut entries = known.clone();
    // Who is surely known goes first, so that no vaguer one takes its entry.
    let mut vehicles: Vec<_> = ours.next.vehicles.iter().collect();
    vehicles.sort_by_key(|vehicle| (vehicle.vin.is_none(), vehicle.key.value().is_none()));
    for vehicle in vehicles {
        let now = ours.now.vehicles.iter().find(|now| now.is_same(vehicle));
        let before = base.and_then(|base| base.vehicles.iter().find(|known| known.is_same(vehicle)));
        let disowned = vehicle.owned == Claim::Value(false);
        match (find(vehicle, &entries, theirs), now) {
            (Some(at), now) => {
                if let Some(Ok(known)) = entries.get_mut(at) {
                    revise(known, &stated(now, vehicle, before, say), say);
                }
            }
            (None, Some(_)) if say.may_set(Field::Vin, true) && !(disowned && before.is_some()) => {
                // Whole, whoever owns its fields: there is nothing of theirs to overwrite, and a part of it is refused.
                let mut added = VehicleWrite::default();
                revise(&mut added, vehicle, say.of_new());
                entries.push(Ok(added));
            }
            // What tonight does not list, or lists as no longer owned, is not added again where somebody took it away.
            (None, _) => {}
        }
    }
    // Compared at the end: two of ours may be one of theirs, and then the last word is what counts.
    let changed = entries != known;
    List { entries, changed }
}

/// What is to be written of a vehicle that theirs has. One that is not listed tonight says nothing, unless the
/// department takes that for "no longer owned"; and then once, so that who takes it up again there is not overruled.
fn stated(now: Option<&Vehicle>, next: &Vehicle, before: Option<&Vehicle>, say: Say<'_>) -> Vehicle {
    let Some(now) = now else {
        let disowned = say.policies.absent_vehicle == AbsentVehicle::Disown
            && next.owned == Claim::Value(false)
            && before.is_none_or(|before| before.owned != next.owned);
        return Vehicle { owned: if disowned { next.owned } else { Claim::Silent }, ..Vehicle::default() };
    };
    let Vehicle { vin: _, key, year, make, model, trim, engine, color, plate, mileage, owned } = now;
    Vehicle {
        vin: next.vin,
        key: key.stated(&next.key),
        year: year.stated(&next.year),
        make: make.stated(&next.make),
        model: model.stated(&next.model),
        trim: trim.stated(&next.trim),
        engine: engine.stated(&next.engine),
        color: color.stated(&next.color),
        plate: plate.stated(&next.plate),
        mileage: mileage.stated(&next.mileage),
        // Listed again after it was disowned: owned again, which only `next` knows.
        owned: if owned.value().is_none() && say.policies.absent_vehicle == AbsentVehicle::Disown {
            next.owned
        } else {
            owned.stated(&next.owned)
        },
    }
}

/// Which entry is our vehicle, as revised so far: the VIN speaks before the key, and a vehicle that has just got
/// its VIN is no other's.
fn find(
    ours: &Vehicle,
    entries: &[Result<VehicleWrite, Unsendable>],
    theirs: &[VehicleRead],
) -> Option<usize> {
    let marks = |at: usize| match entries.get(at) {
        Some(Ok(entry)) => Some(Marks::of_write(entry)),
        _ => theirs.get(at).map(Marks::of_read),
    };
    let has_key = ours.key.value().is_some();
    let rank = |marks: &Marks| (marks.vin.is_some() != ours.vin.is_some(), marks.key.is_some() != has_key);
    let known = (0..entries.len()).filter_map(|at| Some((at, marks(at)?)));
    let same = known.filter(|(_, marks)| is_same(ours, marks));
    same.min_by_key(|(_, marks)| rank(marks)).map(|(at, _)| at)
}

/// What an entry can be told by, folded.
struct Marks {
    vin: Option<String>,
    key: Option<String>,
    described: [Option<String>; 3],
}

impl Marks {
    fn of_write(entry: &VehicleWrite) -> Self {
        let VehicleWrite { vin, vehicle_key, vehicle_year, vehicle_make, vehicle_model, .. } = entry;
        Self::of([vin, vehicle_key, vehicle_year, vehicle_make, vehicle_model])
    }

    fn of_read(entry: &VehicleRead) -> Self {
        let VehicleRead { vin, vehicle_key, vehicle_year, vehicle_make, vehicle_model, .. } = entry;
        Self::of([vin, vehicle_key, vehicle_year, vehicle_make, vehicle_model])
    }

    fn of(texts: [&Option<String>; 5]) -> Self {
        let folded = |text: &Option<String>| text.as_deref().map(fold).filter(|text| !text.is_empty());
        let [vin, key, year, make, model] = texts.map(folded);
        Self { vin, key, described: [year, make, model] }
    }
}

/// Whether theirs is our vehicle: by VIN where both have one, else by key, else by year, make and model where
/// neither has more.
fn is_same(ours: &Vehicle, theirs: &Marks) -> bool {
    let said = |claim: &Claim<String>| claim.value().map(|text| fold(text));
    match (ours.vin, &theirs.vin) {
        (Some(mine), Some(vin)) => return mine.as_str().eq_ignore_ascii_case(vin),
        (None, Some(_)) if said(&ours.key).is_none() => return false,
        _ => {}
    }
    match (said(&ours.key), &theirs.key) {
        (Some(mine), Some(key)) => mine == *key,
        (None, _) if ours.vin.is_none() => {
            [&ours.year, &ours.make, &ours.model].map(said) == theirs.described
        }
        _ => false,
    }
}

/// Brings `known` to what ours says.
fn revise(known: &mut VehicleWrite, ours: &Vehicle, say: Say<'_>) {
    let Vehicle { vin, key, year, make, model, trim, engine, color, plate, mileage, owned } = ours;
    let vin = vin.map_or(Claim::Silent, |vin| Claim::Value(vin.as_str().to_owned()));
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
            Claim::Blank if say.may_clear(field) && clearable(field) && !now.is_empty() => "",
            _ => continue,
        };
        let same = if field == Field::Vin { now.eq_ignore_ascii_case(wanted) } else { now == wanted };
        if !same {
            *theirs = Some(wanted.to_owned());
        }
    }
    if let Claim::Value(owned) = owned
        && say.may_set(Field::VehicleIsValid, known.is_valid.is_none())
    {
        known.is_valid = Some(*owned);
    }
}

fn clearable(field: Field) -> bool {
    matches!(field, Field::VehicleTrim | Field::VehicleEngine | Field::Color | Field::LicensePlate)
}

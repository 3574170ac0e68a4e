//! What a save does to vehicles and addresses.
//!
//! A vehicle is matched by uuid, then VIN, then vehicle key; what the request says replaces, what it leaves out
//! stays, and a vehicle that it does not name stays too. A list of addresses replaces the stored one, no list
//! leaves it. What omission really does to either is not documented: this is the reading that loses least.

use crate::sandbox::contract::VehicleWrite;
use crate::sandbox::envelope::{Code, INVALID_VIN};

use super::customer::{Address, Vehicle};
use super::ids::Ids;
use super::vin;

/// Applies the request's vehicles to the stored ones. With `validate` a vehicle with a bad VIN is refused with a
/// warning and changes nothing.
pub(super) fn merge_vehicles(
    stored: &mut Vec<Vehicle>,
    sent: &[VehicleWrite],
    validate: bool,
    ids: &mut Ids,
    warnings: &mut Vec<Code>,
) {
    for vehicle in sent {
        if validate && vehicle.vin.as_deref().is_some_and(|vin| !vin::acceptable(vin)) {
            warnings.push(INVALID_VIN);
            continue;
        }
        if let Some(index) = position(stored, vehicle) {
            overlay(&mut stored[index], vehicle);
        } else {
            let (id, vehicle_uuid) = ids.fresh();
            let mut new = Vehicle { id, vehicle_uuid, ..Vehicle::default() };
            overlay(&mut new, vehicle);
            stored.push(new);
        }
    }
}

/// The addresses after a save: an entry without a uuid keeps that of the stored one with the same type, first
/// line and postal code, or gets a new one.
pub(super) fn replace_addresses(stored: &[Address], sent: &[Address], ids: &mut Ids) -> Vec<Address> {
    let place = |address: &Address| {
        let fold = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_lowercase();
        (fold(&address.kind), fold(&address.line1), fold(&address.zip))
    };
    let mut taken: Vec<String> = sent.iter().filter_map(|address| address.uuid.clone()).collect();
    let mut kept = Vec::with_capacity(sent.len());
    for address in sent {
        let mut address = address.clone();
        if address.uuid.is_none() {
            let known =
                stored.iter().filter(|one| place(one) == place(&address)).filter_map(|one| one.uuid.clone());
            let uuid = known.into_iter().find(|uuid| !taken.contains(uuid)).unwrap_or_else(|| ids.fresh().1);
            taken.push(uuid.clone());
            address.uuid = Some(uuid);
        }
        kept.push(address);
    }
    kept
}

/// Where the vehicle is stored. An unknown uuid is no match by itself: VIN and key are still asked.
fn position(stored: &[Vehicle], sent: &VehicleWrite) -> Option<usize> {
    let find = |value: &Option<String>, field: fn(&Vehicle) -> Option<&str>| {
        let value = value.as_deref().filter(|value| !value.is_empty())?;
        stored.iter().position(|vehicle| field(vehicle) == Some(value))
    };
    find(&sent.vehicle_uuid, |vehicle| Some(&vehicle.vehicle_uuid))
        .or_else(|| find(&sent.vin, |vehicle| vehicle.vin.as_deref()))
        .or_else(|| find(&sent.vehicle_key, |vehicle| vehicle.vehicle_key.as_deref()))
}

fn overlay(vehicle: &mut Vehicle, sent: &VehicleWrite) {
    let VehicleWrite {
        vin,
        vehicle_year,
        vehicle_make,
        vehicle_model,
        estimated_mileage,
        vehicle_key,
        vehicle_trim,
        license_plate,
        color,
        vehicle_uuid: _,
        vehicle_engine,
        _is_matching: _,
        is_valid,
    } = sent;
    set(&mut vehicle.vin, vin.as_ref());
    set(&mut vehicle.vehicle_year, vehicle_year.as_ref());
    set(&mut vehicle.vehicle_make, vehicle_make.as_ref());
    set(&mut vehicle.vehicle_model, vehicle_model.as_ref());
    set(&mut vehicle.estimated_mileage, estimated_mileage.as_ref());
    set(&mut vehicle.vehicle_key, vehicle_key.as_ref());
    set(&mut vehicle.vehicle_trim, vehicle_trim.as_ref());
    set(&mut vehicle.license_plate, license_plate.as_ref());
    set(&mut vehicle.color, color.as_ref());
    set(&mut vehicle.vehicle_engine, vehicle_engine.as_ref());
    set(&mut vehicle.is_valid, is_valid.as_ref());
}

/// What was sent replaces, what was left out stays.
pub(super) fn set<T: Clone>(slot: &mut Option<T>, sent: Option<&T>) {
    if let Some(value) = sent {
        *slot = Some(value.clone());
    }
}

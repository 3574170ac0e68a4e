//! The vehicles of one customer: no two the same, in one order.
//!
//! [`Vehicle::is_same`] says which are the same. Grouping has put rows of one vehicle together already; what is
//! left are vehicles that became the same by normalizing, or that one row names by VIN and another by key.

use std::collections::BTreeMap;

use crate::domain::{Claim, Vehicle, Vin};

/// What a vehicle can be recognised by. House accounts own thousands, so no vehicle is compared with every other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// Its VIN.
    Vin(Vin),
    /// The DMS's key of one that has a VIN.
    KeyWithVin(String),
    /// The DMS's key of one that has none.
    KeyAlone(String),
    /// Year, make and model of one that has neither.
    Described([Option<String>; 3]),
}

/// `vehicles` with those that are the same merged, in the order of VIN, then key, then description. What a later
/// one says wins, but for blanks.
pub(super) fn distinct(vehicles: impl IntoIterator<Item = Vehicle>) -> Vec<Vehicle> {
    let mut garage = Garage::default();
    for vehicle in vehicles {
        garage.park(vehicle);
    }
    let mut vehicles: Vec<Vehicle> = garage.places.into_iter().flatten().collect();
    vehicles.sort();
    vehicles
}

/// Vehicles of which no two are the same, and where each stands by its marks. A vehicle that was merged into a
/// later one leaves its place empty.
#[derive(Default)]
struct Garage {
    places: Vec<Option<Vehicle>>,
    marks: BTreeMap<Mark, Vec<usize>>,
}

impl Garage {
    fn park(&mut self, mut vehicle: Vehicle) {
        // Merging may add a VIN or a key, by which it is the same as yet another.
        while let Some(known) = self.take_same(&vehicle) {
            vehicle = merged(known, vehicle);
        }
        for mark in own_marks(&vehicle) {
            self.marks.entry(mark).or_default().push(self.places.len());
        }
        self.places.push(Some(vehicle));
    }

    fn take_same(&mut self, vehicle: &Vehicle) -> Option<Vehicle> {
        let Self { places, marks } = self;
        marks_of_the_same(vehicle)
            .iter()
            .filter_map(|mark| marks.get(mark))
            .flatten()
            .find_map(|at| places[*at].take_if(|known| known.is_same(vehicle)))
    }
}

/// The marks that a vehicle is found by.
fn own_marks(vehicle: &Vehicle) -> Vec<Mark> {
    match (vehicle.vin, vehicle.key.value()) {
        (Some(vin), Some(key)) => vec![Mark::Vin(vin), Mark::KeyWithVin(key.clone())],
        (Some(vin), None) => vec![Mark::Vin(vin)],
        (None, Some(key)) => vec![Mark::KeyAlone(key.clone())],
        (None, None) => vec![described(vehicle)],
    }
}

/// The marks of which a vehicle that is the same has one.
fn marks_of_the_same(vehicle: &Vehicle) -> Vec<Mark> {
    match (vehicle.vin, vehicle.key.value()) {
        (Some(vin), Some(key)) => vec![Mark::Vin(vin), Mark::KeyAlone(key.clone())],
        (Some(vin), None) => vec![Mark::Vin(vin)],
        (None, Some(key)) => vec![Mark::KeyAlone(key.clone()), Mark::KeyWithVin(key.clone())],
        (None, None) => vec![described(vehicle)],
    }
}

fn described(vehicle: &Vehicle) -> Mark {
    Mark::Described(
        [&vehicle.year, &vehicle.make, &vehicle.model]
            .map(|claim| claim.value().map(|text| text.to_lowercase())),
    )
}

/// Both as one: what `later` says, else what `earlier` does.
fn merged(earlier: Vehicle, later: Vehicle) -> Vehicle {
    let Vehicle { vin, key, year, make, model, trim, engine, color, plate, mileage, owned } = later;
    Vehicle {
        vin: vin.or(earlier.vin),
        key: said(key, earlier.key),
        year: said(year, earlier.year),
        make: said(make, earlier.make),
        model: said(model, earlier.model),
        trim: said(trim, earlier.trim),
        engine: said(engine, earlier.engine),
        color: said(color, earlier.color),
        plate: said(plate, earlier.plate),
        mileage: said(mileage, earlier.mileage),
        owned: said(owned, earlier.owned),
    }
}

/// The later claim, unless it says less: a value says more than a blank, a blank more than silence.
fn said<T>(later: Claim<T>, earlier: Claim<T>) -> Claim<T> {
    match (later, earlier) {
        (Claim::Value(value), _) | (Claim::Blank | Claim::Silent, Claim::Value(value)) => Claim::Value(value),
        (Claim::Silent, Claim::Silent) => Claim::Silent,
        (Claim::Blank, _) | (_, Claim::Blank) => Claim::Blank,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::validate::tests::fixed;

    fn vehicle(vin: Option<&str>, key: Option<&str>, year: &str, color: Option<&str>) -> Vehicle {
        let value = |text: &str| Claim::Value(text.to_owned());
        Vehicle {
            vin: vin.map(|vin| Vin::parse(vin).unwrap()),
            key: key.map_or(Claim::Silent, value),
            year: value(year),
            make: value("HONDA"),
            model: value("Accord"),
            color: color.map_or(Claim::Blank, value),
            ..Vehicle::default()
        }
    }

    const ONE: &str = "1HGCM82633A004352";
    const OTHER: &str = "WVWZZZ1JZXW000001";

    #[test]
    fn the_same_vehicle_becomes_one_and_later_values_win() {
        let all = distinct([
            vehicle(Some(ONE), None, "2003", Some("red")),
            vehicle(Some(OTHER), Some("7"), "1999", None),
            vehicle(Some(ONE), Some("9"), "2004", None),
        ]);
        assert!(
            all == [
                vehicle(Some(ONE), Some("9"), "2004", Some("red")),
                vehicle(Some(OTHER), Some("7"), "1999", None),
            ]
        );
    }

    #[test]
    fn a_merge_can_bring_a_third_one_in() {
        let all = distinct([
            vehicle(None, Some("9"), "2003", None),
            vehicle(Some(ONE), None, "2003", Some("red")),
            vehicle(Some(ONE), Some("9"), "2003", None),
        ]);
        assert!(all == [vehicle(Some(ONE), Some("9"), "2003", Some("red"))]);
    }

    #[test]
    fn descriptions_tell_apart_what_has_nothing_else() {
        let all = distinct([
            vehicle(None, None, "2003", None),
            vehicle(None, None, "2004", None),
            vehicle(None, None, "2003", Some("red")),
        ]);
        assert!(all == [vehicle(None, None, "2003", Some("red")), vehicle(None, None, "2004", None)]);
    }

    proptest! {
        #![proptest_config(fixed(1000))]

        #[test]
        fn no_two_are_the_same_and_none_is_lost(
            picks in prop::collection::vec((0..3_usize, 0..4_usize, 0..2_usize), 0..12)
        ) {
            let source: Vec<Vehicle> = picks
                .iter()
                .map(|(vin, key, year)| {
                    let vin = [None, Some(ONE), Some(OTHER)][*vin];
                    vehicle(vin, [None, Some("1"), Some("2"), Some("3")][*key], ["2003", "2004"][*year], None)
                })
                .collect();
            let all = distinct(source.clone());
            prop_assert!(all.is_sorted());
            for (at, one) in all.iter().enumerate() {
                prop_assert!(!all[at + 1..].iter().any(|other| one.is_same(other)));
            }
            for vin in source.iter().filter_map(|vehicle| vehicle.vin) {
                prop_assert_eq!(all.iter().filter(|vehicle| vehicle.vin == Some(vin)).count(), 1);
            }
            prop_assert!(distinct(all.clone()) == all);
        }
    }
}

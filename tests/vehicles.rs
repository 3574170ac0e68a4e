//! Vehicles whose VIN cannot be told tonight: nobody's car is taken for sold, and none is there twice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fmt::Write as _;

use dms_sync::sandbox::Vehicle;
use harness::Workbench;

const HEADER: &str = "SerialNumber,ContactId,ContactFirstName,ContactLastName,ContactCellPhone,VehicleYear,VehicleMake,VehicleModel,VehicleVIN";
const HONDA: &str = "1HGCM82633A004352";
const BUS: &str = "1M8GDM9AXKP042788";
/// One digit of the Honda's, mistyped.
const MISTYPED: &str = "1HGCM82643A004352";

/// Ann and her vehicles, as PBS lists them: every one that she owns.
fn lists(bench: &Workbench, cell: &str, vehicles: &[&str]) {
    let mut text = format!("{HEADER}\n");
    for vehicle in vehicles {
        writeln!(text, "S,1,Ann,Smith,{cell},{vehicle}").unwrap();
    }
    bench.write("export.csv", text);
}

fn pbs(vehicles: &[&str]) -> Workbench {
    let mut bench = Workbench::new();
    bench.set_department("profile", "pbs");
    lists(&bench, "2025550101", vehicles);
    bench.sync(0);
    bench.model().clear_journal();
    bench
}

/// What the remote has: VIN and whether it is owned.
fn garage(bench: &Workbench) -> Vec<(Option<String>, Option<bool>)> {
    let told = |vehicle: Vehicle| (vehicle.vin, vehicle.is_valid);
    let mut all: Vec<_> = bench.customer("1").vehicles.into_iter().map(told).collect();
    all.sort();
    all
}

fn car(vin: &str) -> String {
    let what = if vin == BUS { "1989,MCI,Bus" } else { "2003,Honda,Accord" };
    format!("{what},{vin}")
}

#[test]
fn a_mistyped_vin_neither_disowns_the_car_nor_adds_another() {
    let (honda, bus) = (car(HONDA), car(BUS));
    for (what, tonight) in [
        ("check digit", car(MISTYPED)),
        ("too short", car("1HGCM8263")),
        ("no VIN", car("")),
        ("not even a description", format!(",,,{MISTYPED}")),
    ] {
        let bench = pbs(&[&honda, &bus]);
        let before = garage(&bench);
        assert_eq!(before.len(), 2);
        lists(&bench, "2025550101", &[&tonight, &bus]);
        bench.sync(0);
        assert_eq!((garage(&bench), bench.journal()), (before.clone(), vec![]), "{what}: nothing was sent");
        // The rest of what the same rows say is sent.
        lists(&bench, "2025550102", &[&tonight, &bus]);
        bench.sync(0);
        assert_eq!(bench.customer("1").phone_numbers[0].phone_number.as_deref(), Some("+12025550102"));
        assert_eq!(garage(&bench), before, "{what}: with the new number");
        // It is right again, and then the car is really gone.
        lists(&bench, "2025550102", &[&honda, &bus]);
        bench.sync(0);
        assert_eq!(garage(&bench), before, "{what}: corrected");
        lists(&bench, "2025550102", &[&bus]);
        bench.sync(0);
        let gone: Vec<_> = garage(&bench).into_iter().filter(|(_, owned)| *owned == Some(false)).collect();
        assert_eq!(gone, [(Some(HONDA.to_owned()), Some(false))], "{what}: sold");
    }
}

#[test]
fn a_mistyped_vin_takes_no_other_car_away() {
    let (honda, bus) = (car(HONDA), car(BUS));
    // Which of the two the faulty row means cannot be told: neither is disowned.
    let bench = pbs(&[&honda, &bus]);
    let before = garage(&bench);
    lists(&bench, "2025550101", &[&car(MISTYPED)]);
    bench.sync(0);
    assert_eq!((garage(&bench), bench.journal()), (before, vec![]));
}

#[test]
fn a_delta_with_a_mistyped_vin_adds_no_second_car() {
    let mut bench = pbs(&[&car(HONDA)]);
    bench.set_department("export", "delta");
    lists(&bench, "2025550101", &[&car(MISTYPED)]);
    bench.sync(0);
    assert_eq!((garage(&bench).len(), bench.journal()), (1, vec![]));
    // Another car without a VIN is one.
    lists(&bench, "2025550101", &["2020,Ford,Focus,"]);
    bench.sync(0);
    assert_eq!(garage(&bench).len(), 2);
}

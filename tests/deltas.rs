//! Deltas, night by night: they remove nothing, and what is older never takes the place of what is newer, in whatever order
//! files are named, written or delivered.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use dms_sync::sandbox::Customer;
use harness::Workbench;

const ORDERS: &str =
    "ro number,customer number,first name,last name,cell phone,home phone,email 1,vin,make,model,year";

/// A store of repair orders, with these files in its folder.
fn orders(files: &[(&str, &[&str])]) -> Workbench {
    let mut bench = Workbench::new();
    fs::create_dir(bench.path("exports")).unwrap();
    bench.set_department("profile", "tekion").set_department("input", vec!["exports/*.csv"]);
    bench.set("guard.empty_checkpoint", "allow");
    for (name, rows) in files {
        put(&bench, name, rows);
    }
    bench
}

fn put(bench: &Workbench, name: &str, rows: &[&str]) {
    bench.write(&format!("exports/{name}"), format!("{ORDERS}\n{}\n", rows.join("\n")));
}

fn forget(bench: &Workbench, name: &str) {
    fs::remove_file(bench.path("exports").join(name)).unwrap();
}

/// Numbers by label: `cell 0143, home 0199`.
fn phones(customer: &Customer) -> String {
    let each = customer.phone_numbers.iter().map(|phone| {
        let number = phone.phone_number.as_deref().unwrap();
        format!("{} {}", phone.label.as_deref().unwrap(), &number[number.len() - 4..])
    });
    let mut each: Vec<_> = each.collect();
    each.sort();
    each.join(", ")
}

const FIRST: &str =
    "1,200,Otis,Velázquez,6785550117,4045550140,otis@example.com,1HGCM82633A004352,Honda,Accord,2003";

#[test]
fn a_repair_order_with_blank_phones_removes_nothing() {
    let bench = orders(&[("ro_20260901.csv", &[FIRST])]);
    bench.sync(0);
    let before = bench.customer("200");
    bench.model().clear_journal();
    forget(&bench, "ro_20260901.csv");
    put(&bench, "ro_20260902.csv", &["2,200,Otis,Velázquez,,,,1HGCM82633A004352,Honda,Accord,2003"]);
    bench.sync(0);
    assert!(bench.customer("200") == before);
    assert_eq!((bench.latest().counts().as_str(), bench.journal()), ("unchanged 1", vec![]));
}

#[test]
fn a_new_cell_number_takes_the_cells_place_and_leaves_the_home_number() {
    let bench = orders(&[("ro_20260901.csv", &[FIRST])]);
    bench.sync(0);
    assert_eq!(phones(&bench.customer("200")), "cell 0117, home 0140");
    forget(&bench, "ro_20260901.csv");
    put(&bench, "ro_20260902.csv", &["2,200,Otis,Velázquez,678-555-0188,,,1M8GDM9AXKP042788,MCI,Bus,1989"]);
    bench.sync(0);
    let after = bench.customer("200");
    assert_eq!(phones(&after), "cell 0188, home 0140");
    assert_eq!((after.emails.len(), after.vehicles.len()), (1, 2));
    assert!(after.vehicles.iter().all(|vehicle| vehicle.is_valid != Some(false)));
}

#[test]
fn who_is_not_in_a_delta_is_not_missing() {
    let bench = orders(&[("ro_20260901.csv", &[FIRST, "2,201,Ida,Birdsong,6785550118,,,,,,"])]);
    bench.sync(0);
    let before = bench.customer("200");
    forget(&bench, "ro_20260901.csv");
    put(&bench, "ro_20260902.csv", &["3,201,Ida,Birdsong,6785550119,,,,,,"]);
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "updated 1");
    assert!(bench.customer("200") == before);
}

/// One customer's city, by file.
fn phone_row(order: u32, cell: &str) -> String {
    format!("{order},200,Otis,Velázquez,{cell},,,,,,")
}

#[test]
fn files_are_read_in_the_order_of_their_time_however_they_are_named() {
    let (older, newer) = (phone_row(1, "6785550111"), phone_row(2, "6785550122"));
    for (first, second) in [
        // By the time in the name, not by the name; not by the order in which the configuration has them.
        ("z_20260901_0600.csv", "a_20260901_1800.csv"),
        ("z_09012026.csv", "a_09022026.csv"),
        // Without a time in the name, by when they were written.
        ("z.csv", "a.csv"),
    ] {
        let mut bench = orders(&[(second, &[&newer]), (first, &[&older])]);
        // What was copied last is not what is newest: a time in the name says more.
        let hours = if first == "z.csv" { [1, 2] } else { [2, 1] };
        touch(&bench.path("exports").join(first), hours[0]);
        touch(&bench.path("exports").join(second), hours[1]);
        bench.set_department("input", vec![format!("exports/{second}"), format!("exports/{first}")]);
        bench.sync(0);
        assert_eq!(phones(&bench.customer("200")), "cell 0122", "{first}, then {second}");
        bench.model().clear_journal();
        // Named the other way round, they say the same.
        bench.set_department("input", vec![format!("exports/{first}"), format!("exports/{second}")]);
        bench.sync(0);
        assert_eq!((bench.latest().counts().as_str(), bench.journal()), ("unchanged 1", vec![]));
    }
}

fn touch(path: &Path, hour: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs((20_000 * 24 + hour) * 60 * 60);
    fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn a_delta_that_comes_late_alone_is_held() {
    let bench = orders(&[("ro_20260902.csv", &[&phone_row(2, "6785550122")])]);
    bench.sync(0);
    forget(&bench, "ro_20260902.csv");
    put(&bench, "ro_20260901.csv", &[&phone_row(1, "6785550111")]);
    bench.model().clear_journal();
    bench.sync(4).shows(&["stale"]);
    assert_eq!((phones(&bench.customer("200")).as_str(), bench.journal()), ("cell 0122", vec![]));
}

#[test]
fn a_delta_that_comes_late_beside_those_that_were_read_changes_nothing() {
    let (first, last) = (phone_row(1, "6785550100"), phone_row(3, "6785550122"));
    let bench = orders(&[("ro_20260831.csv", &[&first]), ("ro_20260902.csv", &[&last])]);
    bench.sync(0);
    put(&bench, "ro_20260901.csv", &[&phone_row(2, "6785550111")]);
    bench.model().clear_journal();
    bench.sync(0);
    assert_eq!((phones(&bench.customer("200")).as_str(), bench.journal()), ("cell 0122", vec![]));
}

#[test]
fn a_delta_that_comes_late_beside_a_newer_one_changes_nothing_that_is_newer() {
    let bench = orders(&[("ro_20260902.csv", &[&phone_row(2, "6785550122")])]);
    bench.sync(0);
    forget(&bench, "ro_20260902.csv");
    put(&bench, "ro_20260901.csv", &[&phone_row(1, "6785550111"), "1,201,Ida,Birdsong,6785550118,,,,,,"]);
    put(&bench, "ro_20260903.csv", &["3,202,Ann,Redfearn,6785550119,,,,,,"]);
    bench.model().clear_journal();
    bench.sync(0);
    assert_eq!(phones(&bench.customer("200")), "cell 0122");
    let run = bench.latest();
    assert_eq!((run.keys("created"), run.keys("skipped")), (vec!["201", "202"], vec!["200"]));
    // Known by now, it is left out without a word to the remote.
    bench.model().clear_journal();
    bench.sync(0);
    assert_eq!((phones(&bench.customer("200")).as_str(), bench.journal()), ("cell 0122", vec![]));
}

#[test]
fn a_folder_of_deltas_grows_night_by_night_and_none_is_late() {
    let bench = orders(&[]);
    for night in 1..=5 {
        put(&bench, &format!("ro_2026090{night}.csv"), &[&phone_row(night, &format!("678555010{night}"))]);
        bench.sync(0);
        assert_eq!(phones(&bench.customer("200")), format!("cell 010{night}"));
    }
    bench.model().clear_journal();
    bench.sync(0);
    assert_eq!(bench.journal(), []);
}

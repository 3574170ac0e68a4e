//! What a hostile server can do, as data: every file of `tests/data/scenarios` says what the server does and within
//! which bounds a run must end, and is played by one driver or two.
//!
//! `scenarios/sheet.rs` is the format, `scenarios/virtual_time.rs` plays it in paused time with the built-in settings,
//! `scenarios/real.rs` with the program over real sockets. The manual's table of what a server's behaviour leads to is
//! held to the same files here. `SCENARIO=name cargo test --test scenarios -- --nocapture every` plays one and shows it.
//!
//! `scenarios/astray.rs` is no file: it has a tenth of all answers go astray, in the same paused time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

#[path = "scenarios/astray.rs"]
mod astray;
#[path = "scenarios/real.rs"]
mod real;
#[path = "scenarios/sheet.rs"]
mod sheet;
#[path = "scenarios/virtual_time.rs"]
mod virtual_time;

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::sync::Mutex;

use sheet::{Driver, Ran, Sheet};

/// Scenarios that are played at once over real sockets: each is a process that mostly waits.
const AT_ONCE: usize = 4;

/// The scenarios that `driver` plays.
fn sheets(driver: Driver) -> Vec<Sheet> {
    let wanted = std::env::var("SCENARIO").ok();
    let sheets = Sheet::files().into_iter().map(|path| Sheet::read(&path, driver));
    let mine = sheets.filter(|sheet| sheet.drivers.contains(&driver));
    mine.filter(|sheet| wanted.as_ref().is_none_or(|name| *name == sheet.name)).collect()
}

/// Plays every scenario of `driver` and tells of all that did not end as they should.
fn play_all(driver: Driver, play: fn(&Sheet) -> (Ran, Ran, usize)) {
    let sheets = sheets(driver);
    let (left, complaints) = (Mutex::new(sheets.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(sheet) = left.lock().unwrap().next() else { return };
                    let found = catch_unwind(|| complaints_of(driver, sheet, play))
                        .unwrap_or_else(|_| vec!["it panicked; see above".to_owned()]);
                    let found = found.into_iter().map(|found| format!("{}: {found}", sheet.name));
                    complaints.lock().unwrap().extend(found);
                }
            });
        }
    });
    let complaints = complaints.into_inner().unwrap();
    assert!(complaints.is_empty(), "{driver:?}:\n{}", complaints.join("\n"));
}

fn complaints_of(driver: Driver, sheet: &Sheet, play: fn(&Sheet) -> (Ran, Ran, usize)) -> Vec<String> {
    let (ran, next, at_remote) = play(sheet);
    println!("{} {driver:?}: {ran:?}\n    next {next:?}", sheet.name);
    let mut complaints = sheet.expect.complaints(driver, &ran);
    let sum = ran.created + ran.updated + ran.unchanged + ran.failed + ran.in_doubt + ran.not_attempted;
    if sum != sheet.customers() as u64 {
        complaints.push(format!("{sum} customers have an outcome, of {}", sheet.customers()));
    }
    if next.exit != sheet.next.exit {
        complaints.push(format!("the next run's exit is {}, expected {}", next.exit, sheet.next.exit));
    }
    if !sheet.next.missing.holds((sheet.customers() - at_remote) as u64) {
        complaints.push(format!("{at_remote} are at the remote in the end, of {}", sheet.customers()));
    }
    if !complaints.is_empty() {
        complaints.push(format!("  it was {ran:?}"));
    }
    complaints
}

#[test]
fn every_scenario_ends_as_it_must_in_virtual_time() {
    play_all(Driver::Virtual, virtual_time::play);
}

#[test]
fn every_scenario_ends_as_it_must_over_real_sockets() {
    play_all(Driver::Real, real::play);
}

#[test]
fn every_scenario_has_a_driver() {
    for path in Sheet::files() {
        assert_eq!(path.extension().and_then(|name| name.to_str()), Some("toml"), "{}", path.display());
        let sheet = Sheet::read(&path, Driver::Real);
        assert!(!sheet.drivers.is_empty(), "{}: nobody plays it", sheet.name);
    }
}

/// The manual's section on what a server's behaviour leads to: cells by row.
fn table() -> Vec<Vec<String>> {
    let manual = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let section = manual.split("\n## ").find(|section| section.starts_with("When the server misbehaves\n"));
    let rows = section.expect("a section of the manual").lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.map(cells).collect()
}

/// What stands between backquotes.
fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_manual_says_of_every_scenario_how_it_ends() {
    let mut left: BTreeSet<String> =
        Sheet::files().iter().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    for row in table() {
        let [behaviour, _class, _retried, _doubt, _ends, exit, codes, scenarios] = &row[..] else {
            panic!("a row of {} cells: {row:?}", row.len());
        };
        let exits: BTreeSet<u8> = exit.split(", ").map(|code| code.parse().unwrap()).collect();
        assert!(!quoted(scenarios).is_empty(), "{behaviour}: no scenario");
        for name in quoted(scenarios) {
            assert!(left.remove(&name), "{behaviour}: {name} is no scenario, or in another row");
            let path = sheet::data("scenarios").join(format!("{name}.toml"));
            for driver in [Driver::Virtual, Driver::Real] {
                let expect = Sheet::read(&path, driver).expect;
                assert!(exits.contains(&expect.exit), "{name} ends with {}", expect.exit);
                for code in expect.codes {
                    assert!(quoted(codes).contains(&code), "{name} reports {code}");
                }
            }
        }
    }
    assert!(left.is_empty(), "the manual has no row for {left:?}");
}

//! Files come late, repeated and out of order: an older one never overwrites a newer record, loses no opt-out, and keeps
//! nobody from being sent who never went through.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;

use dms_sync::sandbox::Customer;
use harness::{Ran, Workbench};

const HEADER: &str = "customerKey,firstName,lastName,cellPhone,homePhone,okToText,vin,vehicleYear,vehicleMake,vehicleModel,updatedAt";
const HONDA: &str = "1HGCM82633A004352,2003,Honda,Accord";
const BUS: &str = "1M8GDM9AXKP042788,1989,MCI,Bus";
const NO_CAR: &str = ",,,";

/// Ann as a row says: last name, last digits of cell and home, permission for texts, car, date of change.
fn ann(last: &str, cell: &str, home: &str, text: &str, car: &str, date: &str) -> String {
    let number = |line: &str| if line.is_empty() { String::new() } else { format!("(202) 555-01{line}") };
    format!("c1,Ann,{last},{},{},{text},{car},{date}\n", number(cell), number(home))
}

fn bob(cell: &str) -> String {
    format!("c2,Bob,Baker,(202) 555-01{cell},,,,,,,\n")
}

/// A delta in the folder `in`, whose files come and go.
fn delta() -> Workbench {
    let mut bench = Workbench::new();
    bench.set_department("export", "delta").set_department("input", vec!["in/*.csv"]);
    fs::create_dir(bench.path("in")).unwrap();
    bench
}

/// A night with these files, and no others.
#[track_caller]
fn night(bench: &Workbench, files: &[(&str, &[String])], code: i32) -> Ran {
    fs::remove_dir_all(bench.path("in")).unwrap();
    fs::create_dir(bench.path("in")).unwrap();
    for (name, rows) in files {
        bench.write(&format!("in/{name}"), format!("{HEADER}\n{}", rows.concat()));
    }
    bench.model().clear_journal();
    bench.sync(code)
}

fn numbers(customer: &Customer) -> Vec<&str> {
    let mut all: Vec<_> =
        customer.phone_numbers.iter().filter_map(|phone| phone.phone_number.as_deref()).collect();
    all.sort_unstable();
    all
}

fn last_name(bench: &Workbench) -> String {
    bench.customer("c1").last_name.unwrap_or_default()
}

#[test]
fn a_late_file_beside_a_newer_one_overwrites_nobody() {
    let bench = delta();
    night(&bench, &[("d_20260905.csv", &[ann("Newname", "05", "", "", HONDA, "")])], 0);
    let before = bench.customer("c1");
    let late = ann("Oldname", "01", "", "", HONDA, "");
    let files: [(&str, &[String]); 2] = [("d_20260901.csv", &[late]), ("d_20260908.csv", &[bob("08")])];
    for _ in 0..2 {
        night(&bench, &files, 0);
        let run = bench.latest();
        assert_eq!((run.keys("skipped"), run.results[0]["code"].as_str()), (vec!["c1"], "row.older"));
        assert_eq!(bench.customer("c1"), before);
    }
    assert_eq!(bench.journal(), [], "and once more, nothing at all is sent");
    assert_eq!(bench.remote().len(), 2);
    // What is newer goes on as ever.
    night(&bench, &[("d_20260909.csv", &[ann("Third", "09", "", "", HONDA, "")])], 0);
    assert_eq!((last_name(&bench).as_str(), numbers(&bench.customer("c1"))), ("Third", vec!["+12025550109"]));
}

#[test]
fn the_date_of_change_decides_where_rows_have_one() {
    let bench = delta();
    night(&bench, &[("d.csv", &[ann("Newname", "05", "", "", HONDA, "2026-09-05")])], 0);
    // The names of the files say the opposite, and Bob keeps the file from being older as a whole.
    let rows =
        [ann("Oldname", "01", "", "", HONDA, "2026-09-01"), "c2,Bob,Baker,,,,,,,,2026-09-08\n".to_owned()];
    night(&bench, &[("d_20260909.csv", &rows)], 0);
    assert_eq!((last_name(&bench).as_str(), bench.latest().count("skipped")), ("Newname", 1));
    night(&bench, &[("d_20260910.csv", &[ann("Third", "06", "", "", HONDA, "2026-09-09")])], 0);
    assert_eq!(last_name(&bench), "Third");
    // Of one date, the older file's row is the older one.
    let rows = [ann("Fourth", "07", "", "", HONDA, "2026-09-09")];
    night(&bench, &[("d_20260909.csv", &rows), ("d_20260911.csv", &[bob("11")])], 0);
    assert_eq!(last_name(&bench), "Third");
}

#[test]
fn files_of_one_night_are_told_apart_where_their_rows_have_one_date() {
    let bench = delta();
    let [old, new] = ["Zzz", "Aaa"].map(|last| ann(last, "05", "", "", HONDA, "2026-09-05"));
    night(&bench, &[("d_20260905_0600.csv", &[old]), ("d_20260905_1800.csv", &[new])], 0);
    assert_eq!(last_name(&bench), "Aaa");
}

#[test]
fn an_older_row_adds_what_was_not_known_and_blocks() {
    let bench = delta();
    night(&bench, &[("d_20260905.csv", &[ann("Newname", "05", "", "", HONDA, "")])], 0);
    let late = ann("Oldname", "01", "02", "N", BUS, "");
    night(&bench, &[("d_20260901.csv", &[late]), ("d_20260908.csv", &[bob("08")])], 0);
    let after = bench.customer("c1");
    assert_eq!(last_name(&bench), "Newname");
    assert_eq!(numbers(&after), ["+12025550102", "+12025550105"], "the home phone was not known");
    assert_eq!(after.vehicles.len(), 2, "nor was the bus");
    let cell = after.phone_numbers.iter().find(|phone| phone.phone_number.as_deref() == Some("+12025550105"));
    assert_eq!(cell.unwrap().ok_to_text, Some(false), "an opt-out is never lost");
    let run = bench.latest();
    assert_eq!(run.keys("updated"), ["c1"]);
    assert!(run.warnings.iter().any(|line| line["code"] == "row.older"), "{:?}", run.warnings);
    // In any other order it comes to the same.
    let other = delta();
    night(&other, &[("d_20260901.csv", &[ann("Oldname", "01", "02", "N", BUS, "")])], 0);
    night(&other, &[("d_20260905.csv", &[ann("Newname", "05", "", "", HONDA, "")])], 0);
    let (one, two) = (after, other.customer("c1"));
    assert_eq!((numbers(&one), &one.last_name), (numbers(&two), &two.last_name));
    assert_eq!(one.vehicles.len(), two.vehicles.len());
}

#[test]
fn an_older_row_beside_a_newer_one_fills_and_never_overwrites() {
    let bench = delta();
    night(&bench, &[("d_20260905.csv", &[ann("Newname", "05", "", "", HONDA, "")])], 0);
    // Tonight's own row leaves the cell blank; the late one must not fill it over what is known.
    let late = ann("Oldname", "01", "02", "N", NO_CAR, "");
    let now = ann("Newest", "", "", "", HONDA, "");
    night(&bench, &[("d_20260901.csv", &[late]), ("d_20260908.csv", &[now])], 0);
    let after = bench.customer("c1");
    assert_eq!(
        (last_name(&bench).as_str(), numbers(&after)),
        ("Newest", vec!["+12025550102", "+12025550105"])
    );
    assert!(after.phone_numbers.iter().any(|phone| phone.ok_to_text == Some(false)));
}

#[test]
fn a_number_that_was_given_to_another_person_takes_nothing_from_the_old_one() {
    let bench = delta();
    night(&bench, &[("d_20260905.csv", &[ann("Newname", "05", "", "", HONDA, "")])], 0);
    let other = format!("c1,Xavier,Quist,(202) 555-0177,(202) 555-0178,N,{BUS},\n");
    night(&bench, &[("d_20260901.csv", &[other]), ("d_20260908.csv", &[bob("08")])], 0);
    let after = bench.customer("c1");
    assert_eq!((numbers(&after), after.vehicles.len()), (vec!["+12025550105"], 1));
    assert_eq!(after.phone_numbers[0].ok_to_text, Some(false), "a no under the number counts all the same");
}

#[test]
fn what_is_said_again_in_a_newer_file_holds_since_then() {
    let bench = delta();
    let same = || ann("Right", "05", "", "", HONDA, "");
    night(&bench, &[("d_20260905.csv", &[same()])], 0);
    night(&bench, &[("d_20260908.csv", &[same()])], 0);
    assert_eq!((bench.latest().counts().as_str(), bench.journal()), ("unchanged 1", vec![]));
    let wrong = ann("Wrong", "06", "", "", HONDA, "");
    night(&bench, &[("d_20260906.csv", &[wrong]), ("d_20260909.csv", &[bob("09")])], 0);
    assert_eq!(last_name(&bench), "Right");
}

#[test]
fn what_is_repeated_is_no_news() {
    let bench = delta();
    let [one, two] = [ann("One", "01", "02", "", BUS, ""), ann("Two", "05", "", "", HONDA, "")];
    let (one, two): (&[String], &[String]) = (&[one], &[two]);
    night(&bench, &[("d_20260901.csv", one), ("d_20260905.csv", two)], 0);
    // The folder fills up: what was read before is there again.
    for newer in ["d_20260908.csv", "d_20260909.csv"] {
        night(&bench, &[("d_20260901.csv", one), ("d_20260905.csv", two), (newer, two)], 0);
        assert_eq!((bench.latest().counts().as_str(), bench.journal()), ("unchanged 1", vec![]), "{newer}");
    }
    // An older file that says what is known by now is neither skipped nor told.
    night(&bench, &[("d_20260902.csv", two), ("d_20260910.csv", &[bob("10")])], 0);
    assert_eq!(bench.latest().counts(), "created 1, unchanged 1");
}

#[test]
fn another_name_alone_is_told_too() {
    let bench = delta();
    night(&bench, &[("d_20260905.csv", &[ann("Newname", "05", "", "", HONDA, "")])], 0);
    let late = ann("Oldname", "05", "", "", HONDA, "");
    night(&bench, &[("d_20260901.csv", &[late]), ("d_20260908.csv", &[bob("08")])], 0);
    assert_eq!((last_name(&bench).as_str(), bench.latest().keys("skipped")), ("Newname", vec!["c1"]));
}

#[test]
fn what_never_went_through_is_not_older() {
    let bench = delta();
    night(&bench, &[("d_20260901.csv", &[ann("One", "01", "", "", HONDA, "")])], 0);
    // The newer row fails: its date is not recorded, so that what comes between goes through.
    bench.faults("[[fault]]\nroute = \"update\"\nstatus = 400\n");
    night(&bench, &[("d_20260908.csv", &[ann("Failed", "08", "", "", HONDA, "")])], 3);
    assert_eq!(bench.latest().keys("failed"), ["c1"]);
    let errors = bench.latest().dir.join("errors.csv").display().to_string();
    bench.faults("");
    let between = ann("Between", "05", "", "", HONDA, "");
    night(&bench, &[("d_20260905.csv", &[between]), ("d_20260909.csv", &[bob("09")])], 0);
    assert_eq!(last_name(&bench), "Between");
    // Sent once more, the newer one is still the newer one.
    bench.run(["retry", "--errors", &errors]).expect(0);
    assert_eq!(last_name(&bench), "Failed");
}

#[test]
fn an_edited_row_is_as_old_as_the_file_that_it_stood_in() {
    let mut bench = delta();
    bench.set("guard.max_rejected", "100%");
    let nameless = |cell: &str| format!("c1,,,(202) 555-01{cell},,,{NO_CAR},\n");
    night(&bench, &[("d_20260905.csv", &[nameless("05"), bob("01")])], 3);
    let errors = bench.latest().dir.join("errors.csv");
    let edited = fs::read_to_string(&errors).unwrap().replace("c1,,,", "c1,Ann,Edited,");
    bench.write("edited.csv", &edited);
    bench.write("edited_20200101.csv", &edited);
    // Nothing newer went through: it is sent, whatever the name of the edited file.
    bench.run(["retry", "--errors", "edited_20200101.csv"]).expect(0);
    assert_eq!(last_name(&bench), "Edited");
    // Something newer did: it is the older one.
    night(&bench, &[("d_20260908.csv", &[ann("Newer", "08", "", "", NO_CAR, "")])], 0);
    bench.run(["retry", "--errors", "edited.csv"]).expect(0);
    assert_eq!((last_name(&bench).as_str(), bench.latest().keys("skipped")), ("Newer", vec!["c1"]));
    assert_eq!(numbers(&bench.customer("c1")), ["+12025550108"]);
}

#[test]
fn what_was_under_way_when_a_run_was_cut_off_is_newer_too() {
    let bench = delta();
    night(&bench, &[("d_20260901.csv", &[bob("01")])], 0);
    // The create of the 8th is sent, and its answer never comes.
    bench.faults(
        "[[fault]]\nroute = \"create\"\nstatus = 502\n[[fault]]\nroute = \"listMinimal\"\nstatus = 500\n",
    );
    night(&bench, &[("d_20260908.csv", &[ann("Newname", "08", "", "", HONDA, "")])], 3);
    assert_eq!(bench.latest().keys("in_doubt"), ["c1"]);
    bench.faults("");
    let late = ann("Oldname", "02", "03", "", NO_CAR, "");
    night(&bench, &[("d_20260902.csv", &[late]), ("d_20260909.csv", &[bob("09")])], 0);
    assert_eq!(last_name(&bench), "Newname");
    assert_eq!(numbers(&bench.customer("c1")), ["+12025550103", "+12025550108"]);
}

#[test]
fn a_mistyped_year_makes_nothing_older() {
    let bench = delta();
    night(&bench, &[("d.csv", &[ann("One", "01", "", "", HONDA, "2062-09-05")])], 0);
    night(&bench, &[("d.csv", &[ann("Two", "02", "", "", HONDA, "2026-09-06")])], 0);
    assert_eq!(last_name(&bench), "Two");
}

#[test]
fn a_full_export_is_judged_as_a_whole() {
    let mut bench = delta();
    bench.set_department("export", "full");
    night(&bench, &[("d_20260905.csv", &[ann("Newname", "05", "", "", HONDA, "2026-09-05"), bob("01")])], 0);
    // Older as a whole: held, and released by a person it is the whole truth of its date.
    let old = [ann("Oldname", "01", "", "", HONDA, "2026-09-01"), bob("01")];
    night(&bench, &[("d_20260901.csv", &old)], 4).shows(&["stale"]);
    assert_eq!(bench.journal(), []);
    let held = bench.latest().run_id().to_owned();
    bench.run(["sync", "--approve", &held, "--reason", "restored"]).expect(0);
    assert_eq!(last_name(&bench), "Oldname");
    // A newer one may have a row with an older date: the DMS has restored the record.
    night(
        &bench,
        &[(
            "d_20260908.csv",
            &[
                ann("Restored", "02", "", "", HONDA, "2026-08-01"),
                bob("01"),
                "c3,Cy,Doe,,,,,,,,2026-09-08\n".to_owned(),
            ],
        )],
        0,
    );
    assert_eq!(last_name(&bench), "Restored");
}

#[test]
fn an_interrupted_export_is_newer_than_one_before_it() {
    let mut bench = delta();
    bench.set_department("export", "full");
    night(&bench, &[("d_20260901.csv", &[ann("One", "01", "", "", HONDA, ""), bob("01")])], 0);
    bench.faults("[[fault]]\nroute = \"any\"\nafter = 3\nstatus = 401\n");
    night(&bench, &[("d_20260908.csv", &[ann("Eight", "08", "", "", HONDA, ""), bob("08")])], 5);
    bench.faults("");
    night(&bench, &[("d_20260905.csv", &[ann("Five", "05", "", "", HONDA, ""), bob("05")])], 4)
        .shows(&["stale"]);
}

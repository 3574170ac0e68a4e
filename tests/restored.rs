//! After a restore the checkpoint does not know who was created since the backup. Nobody of them is sent a second
//! time, whether or not myKaarma would refuse it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use harness::export::{Export, people};
use harness::nights::all_once;
use harness::{Ran, Workbench};

const TOLD: &str = "the checkpoint was restored from a backup";

/// Five people at myKaarma, three of them in the checkpoint, which was put back.
fn restored() -> Workbench {
    let bench = Workbench::new();
    bench.export(&people(3)).sync(0);
    bench.run(["checkpoint", "backup", "copy.sqlite"]).expect(0);
    bench.export(&people(5)).sync(0);
    bench.run(["checkpoint", "restore", "copy.sqlite"]).expect(0).shows(&["looked up"]);
    bench.model().clear_journal();
    bench
}

fn asked(bench: &Workbench, route: &str) -> usize {
    bench.asked().get(route).copied().unwrap_or_default()
}

/// A night with that export, and whether the mark was told.
#[track_caller]
fn night(bench: &Workbench, export: &Export, code: i32) -> bool {
    bench.export(export);
    let Ran { stderr, .. } = bench.sync(code);
    stderr.contains(TOLD)
}

/// Of the five, those whose numbers are named.
fn some(numbers: &[usize]) -> Export {
    let mut export = people(5);
    for n in (1..=5).filter(|n| !numbers.contains(n)) {
        export.drop_customer(&format!("c{n:04}"));
    }
    export
}

#[test]
fn who_was_created_since_the_backup_is_looked_up_and_not_sent_again() {
    let bench = restored();
    bench.export(&people(6));
    bench.run(["diff"]).expect(0).says(&[TOLD]);
    assert_eq!(bench.journal(), []);
    bench.sync(0).says(&[TOLD]);
    assert_eq!(bench.latest().counts(), "created 1, unchanged 5");
    // The new one alone, and that after two looks.
    assert_eq!((asked(&bench, "create"), asked(&bench, "listMinimal")), (1, 4));
    all_once(&bench, 6);
    // A full export has gone through: who is new is new.
    bench.model().clear_journal();
    bench.export(&people(7));
    let ran = bench.sync(0);
    assert!(!ran.stderr.contains(TOLD), "{}", ran.stderr);
    assert_eq!((asked(&bench, "create"), asked(&bench, "listMinimal")), (1, 0));
    all_once(&bench, 7);
}

#[test]
fn who_cannot_be_looked_up_is_reported_and_not_created() {
    let mut bench = restored();
    bench.set("retry.max_attempts", 1);
    bench.faults("[[fault]]\nroute = \"listMinimal\"\nkey = \"c0004\"\nstatus = 503");
    bench.sync(3);
    assert_eq!(bench.latest().codes(), ["http.503"]);
    assert_eq!(asked(&bench, "create"), 0);
    // Who is left over has not been found, nor missed.
    bench.faults("");
    bench.sync(0).says(&[TOLD]);
    assert_eq!(asked(&bench, "create"), 0);
    all_once(&bench, 5);
    assert!(!night(&bench, &people(5), 0));
}

#[test]
fn a_run_that_does_not_complete_leaves_the_mark() {
    let bench = restored();
    bench.faults("[[fault]]\nstatus = 401");
    bench.sync(5);
    bench.faults("");
    bench.sync(0).says(&[TOLD]);
    assert_eq!(asked(&bench, "create"), 0);
    all_once(&bench, 5);
}

#[test]
fn a_delta_ends_nothing_for_those_whom_it_does_not_name() {
    let mut bench = Workbench::new();
    bench.set_department("export", "delta");
    night(&bench, &some(&[1, 2, 3]), 0);
    bench.run(["checkpoint", "backup", "copy.sqlite"]).expect(0);
    night(&bench, &some(&[4, 5]), 0);
    bench.run(["checkpoint", "restore", "copy.sqlite"]).expect(0);
    bench.model().clear_journal();
    for numbers in [&[1, 4][..], &[2], &[3, 5]] {
        assert!(night(&bench, &some(numbers), 0), "{numbers:?}");
        assert_eq!(asked(&bench, "create"), 0, "{numbers:?}");
    }
    all_once(&bench, 5);
    // An export of everybody, once, as the manual says.
    bench.set_department("export", "full");
    assert!(night(&bench, &people(5), 0));
    bench.set_department("export", "delta");
    assert!(!night(&bench, &some(&[1]), 0));
}

#[test]
fn a_part_of_the_export_ends_nothing_for_the_rest() {
    let bench = restored();
    bench.write("part.csv", some(&[1, 4]).to_csv());
    bench.run(["sync", "--input", "part.csv"]).expect(0).says(&[TOLD]);
    assert!(night(&bench, &people(5), 0));
    assert_eq!(asked(&bench, "create"), 0);
    all_once(&bench, 5);
    assert!(!night(&bench, &people(5), 0));
}

#[test]
fn who_was_refused_that_night_is_looked_up_when_his_row_is_right() {
    let mut bench = restored();
    bench.set("guard.max_rejected", "100%").set("run.fail_on", "new");
    let mut nameless = people(5);
    nameless.set("c0005", "firstName", "").set("c0005", "lastName", "");
    // The second time it is nothing new, and the run ends with 0.
    assert!(night(&bench, &nameless, 3));
    assert!(night(&bench, &nameless, 0));
    // Nor is a list of errors the export.
    let errors = std::fs::read_to_string(bench.latest().dir.join("errors.csv")).unwrap();
    bench.write("edited.csv", errors.replace("c0005,,,", "c0005,Anselmf,Quibbleworth,"));
    bench.run(["retry", "--errors", "edited.csv"]).expect(0).says(&[TOLD]);
    assert_eq!(asked(&bench, "create"), 0);
    assert!(night(&bench, &people(5), 0));
    assert!(!night(&bench, &people(5), 0));
    all_once(&bench, 5);
}

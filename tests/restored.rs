//! After a restore the checkpoint does not know who was created since the backup. Nobody of them is sent a second
//! time, whether or not myKaarma would refuse it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use harness::Workbench;
use harness::export::people;
use harness::nights::all_once;

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
    // One run has completed: who is new is new.
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
    // That run was complete, and the mark is gone; what it left open is looked up all the same.
    bench.faults("");
    bench.sync(0);
    assert_eq!(asked(&bench, "create"), 0);
    all_once(&bench, 5);
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

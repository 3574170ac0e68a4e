//! Somebody tidies up under a run: the lock's file, the checkpoint or their whole directory goes. No two runs push on one
//! checkpoint, and nobody is created twice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;
use std::process::Child;

use harness::export::people;
use harness::nights::{all_once, until};
use harness::{Ran, Workbench, finish, signal};

/// A run that is stopped in the middle of the first of thirty creates.
fn stopped(bench: &mut Workbench) -> Child {
    bench.set("rate.max_in_flight", 1).set("api.timeout", "300ms").set("retry.settle", "1ms");
    bench.export(&people(30));
    bench.faults("[[fault]]\nroute = \"create\"\ncount = 1\neffect = \"hang\"");
    let child = bench.command(["sync"]).spawn().unwrap();
    until("a request hangs", || bench.model().faults_played() == 1);
    signal(&child, "STOP");
    child
}

#[track_caller]
fn goes_on(child: Child) -> Ran {
    signal(&child, "CONT");
    finish(child)
}

/// Thirty people once, and no create that myKaarma had to refuse, or that it had answered before.
#[track_caller]
fn nobody_twice(bench: &Workbench) {
    all_once(bench, 30);
    let journal = bench.journal();
    let created = journal.iter().filter(|entry| entry.route == "create" && entry.status == Some(200));
    assert_eq!(created.count(), 30);
    assert!(journal.iter().all(|entry| entry.status != Some(400)), "a key was sent twice");
}

#[test]
#[cfg(target_os = "linux")]
fn a_removed_lock_lets_no_second_run_in_and_ends_the_first() {
    for what in [&["springfield.lock"] as &[_], &["springfield.lock", "springfield.sqlite-shm"]] {
        let mut bench = Workbench::new();
        let first = stopped(&mut bench);
        for name in what {
            fs::remove_file(bench.path("state").join(name)).unwrap();
        }
        if what.len() == 1 {
            bench.run(["status"]).expect(0);
            bench.run(["diff"]).expect(0);
            bench.run(["checkpoint", "backup", "copy.sqlite"]).expect(0);
            bench
                .run(["checkpoint", "restore", "copy.sqlite"])
                .expect(6)
                .says(&["springfield.sqlite is held by another run"]);
        }
        bench.sync(6).says(&["springfield.sqlite is held by another run", "wait until it is over"]);
        goes_on(first).expect(1).says(&["springfield.lock was removed", "and run again"]);
        assert!(bench.remote().len() < 30, "it stopped");
        bench.sync(0);
        nobody_twice(&bench);
    }
}

#[test]
fn a_directory_that_is_renamed_ends_the_run_and_is_not_made_anew() {
    let mut bench = Workbench::new();
    let first = stopped(&mut bench);
    fs::rename(bench.path("state"), bench.path("aside")).unwrap();
    goes_on(first).expect(1).says(&["springfield.lock was removed, renamed or replaced"]);
    assert!(bench.remote().len() < 30, "it stopped");
    assert!(!bench.path("state").exists());
    // The report tells how it ended.
    assert_eq!(bench.latest().summary["exit"]["code"], 1);
    fs::rename(bench.path("aside"), bench.path("state")).unwrap();
    bench.sync(0);
    nobody_twice(&bench);
}

#[test]
fn a_checkpoint_that_is_moved_away_or_replaced_ends_the_run() {
    for replaced in [false, true] {
        let mut bench = Workbench::new();
        let first = stopped(&mut bench);
        let names = ["springfield.sqlite", "springfield.sqlite-wal", "springfield.sqlite-shm"];
        if replaced {
            bench.run(["checkpoint", "backup", "copy.sqlite"]).expect(0);
        }
        for name in names {
            fs::rename(bench.path("state").join(name), bench.path(name)).unwrap();
        }
        if replaced {
            fs::rename(bench.path("copy.sqlite"), bench.checkpoint()).unwrap();
        }
        // Whoever comes meanwhile finds the lock taken, whatever has become of the checkpoint.
        bench.sync(6).says(&["springfield.lock is held by run"]);
        goes_on(first)
            .expect(1)
            .says(&["springfield.sqlite was removed", "dms-sync checkpoint restore FILE"]);
        assert!(bench.remote().len() < 30, "it stopped");
        assert_eq!(bench.checkpoint().exists(), replaced, "none is made anew");
        for name in names {
            fs::rename(bench.path(name), bench.path("state").join(name)).unwrap();
        }
        bench.sync(0);
        nobody_twice(&bench);
    }
}

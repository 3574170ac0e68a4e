//! Trouble with the disk: full, read-only, in another program's hands, damaged. Each is told with the file and the
//! remedy, nothing is lost, and the next run completes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use harness::export::people;
use harness::nights::{all_once, known, loaded, until};
use harness::{Ran, Workbench, finish, signal};

/// Runs `sync` where no file may grow beyond `kib`. A full disk needs a disk of one's own; to a program it is the same
/// refusal at the same place.
fn sync_within(bench: &Workbench, kib: u32) -> Ran {
    bench.run_after(&format!("ulimit -f {}; trap '' XFSZ", kib * 2), &["sync"])
}

#[test]
fn a_full_disk_is_told_and_the_next_run_completes() {
    // Where there is no room is a matter of the size: the lock, the checkpoint, the plan, the log of commits.
    for (kib, file, remedy) in [
        (0, "springfield.lock", "room"),
        (8, "springfield.sqlite", "room"),
        (32, "springfield.sqlite", "room"),
        (130, "state", "free some disk space"),
        (450, "springfield.sqlite", "room"),
        (700, "springfield.sqlite", "room"),
    ] {
        let bench = Workbench::new();
        bench.export(&people(300));
        let ran = sync_within(&bench, kib).expect(1).says(&[file, remedy]);
        let there = bench.remote().len();
        bench.sync(0);
        all_once(&bench, 300);
        // What was at the remote and not in the checkpoint was found there, not sent again.
        assert!(
            bench.journal().iter().all(|entry| entry.status != Some(400)),
            "{kib}: {there}\n{}",
            ran.stderr
        );
    }
}

#[test]
fn a_disk_that_fills_up_on_a_night_of_updates_loses_nothing() {
    let bench = loaded(300);
    let mut export = people(300);
    (1..=70).for_each(|n| {
        export.set(&format!("c{n:04}"), "city", "Salem");
    });
    bench.export(&export);
    sync_within(&bench, 400).expect(1).says(&["springfield.sqlite", "room"]);
    bench.sync(0);
    let salem = bench.remote().iter().filter(|one| one.addresses[0].city.as_deref() == Some("Salem")).count();
    assert_eq!(salem, 70);
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 300");
}

#[test]
#[cfg(target_os = "linux")]
fn an_output_that_cannot_be_written_is_1() {
    let bench = loaded(3);
    let mut export = people(3);
    export.set("c0001", "city", "Salem");
    bench.export(&export);
    for format in ["text", "json", "csv", "html"] {
        bench
            .run(["diff", "--format", format, "--output", "/dev/full"])
            .expect(1)
            .says(&["/dev/full", "No space"]);
    }
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    for command in [&["diff"] as &[_], &["status"], &["check", "--offline"], &["profile", "list"]] {
        let ran = finish(bench.command(command).stdout(full()).spawn().unwrap()).expect(1);
        assert!(ran.stderr.contains("No space"), "{command:?}: {}", ran.stderr);
    }
    // The run itself is recorded by then.
    finish(bench.command(["sync"]).stdout(full()).spawn().unwrap()).expect(1).says(&["standard output"]);
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 3");
}

#[test]
fn names_that_something_else_has_are_told() {
    for (taken, says) in [
        ("state/springfield.lock", "springfield.lock"),
        ("state/springfield.sqlite", "springfield.sqlite"),
        ("state/requests-today.json", "requests-today.json"),
        ("reports/springfield", "reports/springfield"),
    ] {
        let mut bench = Workbench::new();
        bench.set("rate.per_day", 1000);
        bench.export(&people(3));
        // A file where a directory is wanted, a directory where a file is.
        if taken.starts_with("reports") {
            fs::create_dir(bench.path("reports")).unwrap();
            bench.write(taken, "mine");
        } else {
            fs::create_dir_all(bench.path(taken)).unwrap();
        }
        bench.sync(1).says(&[says]);
        assert_eq!(bench.journal(), [], "{taken}");
        if taken.starts_with("reports") {
            fs::remove_file(bench.path(taken)).unwrap();
        } else {
            fs::remove_dir(bench.path(taken)).unwrap();
        }
        bench.sync(0);
        all_once(&bench, 3);
    }
}

#[test]
fn a_checkpoint_in_another_programs_hands_is_told_and_can_be_read() {
    let bench = loaded(3);
    let mut export = people(3);
    export.set("c0001", "city", "Salem");
    bench.export(&export);
    let theirs = rusqlite::Connection::open(bench.checkpoint()).unwrap();
    theirs.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let waits = bench.command(["sync"]).spawn().unwrap();
    bench.run(["status"]).expect(0).shows(&["3 customers"]);
    bench.run(["diff"]).expect(0).shows(&["1 to update"]);
    finish(waits).expect(1).says(&["springfield.sqlite is in use by another program", "run again"]);
    assert_eq!(bench.journal(), []);
    theirs.execute_batch("ROLLBACK").unwrap();
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 2, updated 1");
}

/// Damage to the bytes of a checkpoint.
type Damage = fn(&[u8]) -> Vec<u8>;

#[test]
fn a_damaged_checkpoint_is_told_left_as_it_is_and_can_be_restored() {
    let damages: [(&str, Damage); 5] = [
        ("no length", |_| Vec::new()),
        ("a few bytes", |bytes| bytes[..100].to_vec()),
        ("cut in half", |bytes| bytes[..bytes.len() / 2].to_vec()),
        ("a garbage header", |bytes| [&[b'x'; 100], &bytes[100..]].concat()),
        ("another file", |_| b"this is no database, and has not been one for at least a while".repeat(20)),
    ];
    let bench = loaded(40);
    bench.run(["checkpoint", "backup", "copy.sqlite"]).expect(0).shows(&["checked"]);
    let good = fs::read(bench.checkpoint()).unwrap();
    for (what, damage) in damages {
        let damaged = damage(&good);
        fs::write(bench.checkpoint(), &damaged).unwrap();
        for command in
            [&["sync"] as &[_], &["diff"], &["status"], &["retry"], &["checkpoint", "backup", "b.sqlite"]]
        {
            let ran = bench.run(command).expect(1);
            assert!(ran.stderr.contains("springfield.sqlite"), "{what}: {}", ran.stderr);
            assert!(ran.stderr.contains("dms-sync checkpoint restore"), "{what}: {}", ran.stderr);
        }
        assert!(fs::read(bench.checkpoint()).unwrap() == damaged, "{what}: left as it is");
        assert!(!bench.path("b.sqlite").exists(), "{what}: no copy of damage");
        bench.run(["checkpoint", "restore", "copy.sqlite"]).expect(0).shows(&["springfield.sqlite.replaced"]);
        assert_eq!(bench.journal(), [], "{what}");
    }
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 40");
}

#[test]
fn damage_inside_is_found_where_it_is_met_and_nobody_is_sent_twice() {
    let mut bench = Workbench::new();
    bench.set("guard.max_updates", "100%").set("guard.max_field_changes", "100%");
    bench.export(&people(150)).sync(0);
    let good = fs::read(bench.checkpoint()).unwrap();
    let page = 4096;
    assert_eq!(u16::from_be_bytes([good[16], good[17]]), 4096);
    let pages = good.len() / page;
    assert!(pages > 30, "{pages}");
    let mut found = 0;
    for n in (1..pages).step_by(pages / 8) {
        let mut export = people(150);
        export.set_all("city", &format!("Salem {n}"));
        let mut bytes = good.clone();
        bytes[n * page..(n + 1) * page].fill(0xA5);
        fs::write(bench.checkpoint(), &bytes).unwrap();
        let ran = bench.export(&export).run(["sync"]);
        if ran.code == 1 {
            found += 1;
            ran.says(&["springfield.sqlite is damaged", "dms-sync checkpoint restore"]);
        } else {
            // An empty page of the file: nobody misses it.
            ran.expect(0);
        }
        let copied = bench.run(["checkpoint", "backup", "copy.sqlite"]);
        assert!(matches!(copied.code, 0 | 1), "{}", copied.stderr);
        for name in ["springfield.sqlite-wal", "springfield.sqlite-shm"] {
            let _ = fs::remove_file(bench.path("state").join(name));
        }
        assert_eq!(bench.remote().len(), 150, "nobody twice");
    }
    assert!(found >= 6, "{found}");
    fs::write(bench.checkpoint(), &good).unwrap();
    bench.sync(0);
    all_once(&bench, 150);
}

#[test]
fn a_restore_refuses_what_is_not_this_departments_copy_and_waits_for_nobody() {
    let mut bench = loaded(3);
    bench.run(["checkpoint", "backup", "copy.sqlite"]).expect(0);
    let second = toml::toml! {
        [[department]]
        name = "shelbyville"
        token = "tok-shelbyville"
        input = ["export.csv"]
    };
    bench.add_department(second["department"][0].clone());
    bench.run(["sync", "--department", "shelbyville"]).expect(0);
    bench.run(["checkpoint", "backup", "theirs.sqlite", "--department", "shelbyville"]).expect(0);
    let copy = fs::read(bench.path("copy.sqlite")).unwrap();
    bench.write("cut.sqlite", &copy[..copy.len() / 2]);
    bench.write("notes.txt", "no copy of anything".repeat(100));
    let before = known(&bench);
    let restore = |file| bench.run(["checkpoint", "restore", file, "--department", "springfield"]);
    for (file, says) in [
        ("theirs.sqlite", "belongs to department `shelbyville`"),
        ("cut.sqlite", "is damaged"),
        ("notes.txt", "notes.txt"),
        ("missing.sqlite", "missing.sqlite"),
    ] {
        restore(file).expect(1).says(&[says]);
        assert_eq!(known(&bench), before, "{file}");
    }
    bench.run(["checkpoint", "restore", "copy.sqlite"]).expect(2).says(&["--department"]);
    // A run is on.
    bench.faults("[[fault]]\ncount = 1\neffect = \"hang\"");
    bench.export(&people(4));
    let running = bench.command(["sync", "--department", "springfield"]).spawn().unwrap();
    until("a request hangs", || bench.model().faults_played() == 1);
    restore("copy.sqlite").expect(6).says(&[&running.id().to_string()]);
    bench.run(["checkpoint", "backup", "copy.sqlite", "--department", "springfield"]).expect(0);
    signal(&running, "KILL");
    finish(running);
    // What a kill has left is put aside with what is replaced, and is not replayed into the copy.
    assert!(bench.path("state/springfield.sqlite-wal").exists());
    restore("copy.sqlite").expect(0).shows(&["springfield.sqlite.replaced"]);
    bench.run(["sync", "--department", "springfield"]).expect(0);
    all_once(&bench, 4);
}

#[test]
fn a_backup_harms_no_other_file_and_a_copy_that_is_cut_is_refused() {
    let mut bench = loaded(3);
    let second = toml::toml! {
        [[department]]
        name = "shelbyville"
        token = "tok-shelbyville"
        input = ["export.csv"]
    };
    bench.add_department(second["department"][0].clone());
    bench.run(["sync", "--department", "shelbyville"]).expect(0);
    let backup = |file, department| bench.run(["checkpoint", "backup", file, "--department", department]);
    backup("copy.sqlite", "springfield").expect(0);
    let restore = |file| bench.run(["checkpoint", "restore", file, "--department", "springfield"]);
    restore("copy.sqlite").expect(0);
    let before = bench.snapshot();
    for (file, department, says) in [
        ("state/shelbyville.sqlite", "springfield", "itself uses"),
        ("state/springfield.sqlite.replaced", "springfield", "itself uses"),
        ("copy.sqlite", "shelbyville", "is of department `springfield`"),
        ("export.csv", "springfield", "no whole copy"),
    ] {
        backup(file, department).expect(2).says(&[file, says, "name another file"]);
        assert!(bench.snapshot() == before, "{file}");
    }
    let copy = fs::read(bench.path("copy.sqlite")).unwrap();
    for cut in [1, 60] {
        bench.write("cut.sqlite", &copy[..copy.len() - cut]);
        restore("cut.sqlite").expect(1).says(&["cut.sqlite is damaged", "choose another copy"]);
    }
    restore(".").expect(2).says(&["is a directory"]);
    bench.run(["sync"]).expect(0);
    assert_eq!(bench.latest().counts(), "unchanged 3");
}

#[test]
fn a_file_in_the_place_of_the_checkpoints_directory_is_told() {
    let bench = Workbench::new();
    bench.write("state", "mine");
    bench.export(&people(3)).sync(1).says(&["state is a file, and no directory", "[checkpoint] dir"]);
    bench.run(["checkpoint", "restore", "export.csv"]).expect(1).says(&["state is a file, and no directory"]);
}

#[test]
fn a_directory_that_cannot_be_made_is_1() {
    for key in ["checkpoint.dir", "report.dir"] {
        let mut bench = Workbench::new();
        bench.write("taken", "a file stands here");
        bench.set(key, "taken/inside");
        bench.export(&people(3));
        bench.run(["sync"]).expect(1).says(&["taken/inside"]);
        assert_eq!(bench.journal(), [], "{key}");
    }
}

#[test]
fn a_report_that_is_read_only_is_named() {
    // A superuser may write anywhere.
    let probe = tempfile::tempdir().unwrap();
    fs::set_permissions(probe.path(), Permissions::from_mode(0o500)).unwrap();
    if fs::write(probe.path().join("x"), "").is_ok() {
        return;
    }
    let bench = loaded(3);
    let mut export = people(3);
    export.set("c0001", "city", "Salem");
    bench.export(&export);
    fs::set_permissions(bench.path("state"), Permissions::from_mode(0o500)).unwrap();
    fs::set_permissions(bench.checkpoint(), Permissions::from_mode(0o400)).unwrap();
    bench.sync(1).says(&["springfield", "owner and mode"]);
    fs::set_permissions(bench.path("state"), Permissions::from_mode(0o700)).unwrap();
    assert_eq!(bench.journal(), []);
}

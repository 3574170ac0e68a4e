//! Trouble with the disk: full, read-only, in another program's hands, damaged. Each is told with the file and the
//! remedy, nothing is lost, and the next run completes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use harness::Workbench;
use harness::export::people;
use harness::nights::loaded;

#[test]
fn trouble_with_the_disk_is_1() {
    let bench = loaded(3);
    let mut export = people(3);
    export.set("c0001", "city", "Salem");
    bench.export(&export);
    let good = fs::read(bench.checkpoint()).unwrap();
    fs::write(
        bench.checkpoint(),
        b"this is no database, and has not been one for at least a while".repeat(20),
    )
    .unwrap();
    bench.sync(1).says(&["springfield.sqlite", "checkpoint restore"]);
    fs::write(bench.checkpoint(), good).unwrap();
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 2, updated 1");
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

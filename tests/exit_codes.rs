//! The exit codes of the command line, each by a real run: schedulers branch on these numbers. Those of trouble with
//! the disk are in `disk.rs`, those of signals and locks in `interruptions.rs`, what the guard holds in `guard.rs`,
//! what a misbehaving server leads to in `scenarios.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use harness::export::people;
use harness::nights::{all_once, loaded};
use harness::{Workbench, sample};

#[test]
fn complete_is_0_and_left_over_is_3() {
    let bench = Workbench::new();
    let mut export = people(20);
    bench.export(&export).sync(0);
    export.set("c0007", "lastName", "");
    export.push(&[("firstName", "Nobody"), ("lastName", "Atall")]);
    bench.export(&export).sync(3);
    assert_eq!(bench.latest().codes(), ["name.missing", "key.blank"]);
    assert_eq!(bench.customer("c0007").last_name.as_deref(), Some("Quibbleworth"));
}

#[test]
fn only_new_leftovers_fail_where_that_is_asked_for() {
    let mut bench = Workbench::new();
    bench.set("run.fail_on", "new");
    let mut export = people(20);
    export.set("c0007", "lastName", "");
    bench.export(&export).sync(3);
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "rejected 1, unchanged 19");
    export.set("c0008", "lastName", "");
    bench.export(&export).sync(3);
}

#[test]
fn a_refusal_of_the_remote_is_3_and_is_not_repeated_at_once() {
    let bench = Workbench::new();
    bench.faults("[[fault]]\nroute = \"create\"\nkey = \"c0003\"\nstatus = 400\nbody = \"envelope\"");
    bench.export(&people(5)).sync(3);
    let run = bench.latest();
    assert_eq!(run.counts(), "created 4, failed 1");
    assert_eq!(run.keys("failed"), ["c0003"]);
    assert_eq!(run.errors[0]["http_status"], "400");
    assert_eq!(run.errors[0]["customerKey"], "c0003");
    // Unchanged since: counted, and not sent.
    bench.model().clear_journal();
    bench.sync(3);
    assert_eq!(bench.journal(), []);
    assert_eq!(bench.latest().counts(), "failed 1, unchanged 4");
    // Something about it has changed: sent.
    bench.faults("");
    let mut export = people(5);
    export.set("c0003", "city", "Salem");
    bench.export(&export).sync(0);
    all_once(&bench, 5);
}

#[test]
fn retry_sends_again_what_was_refused() {
    let bench = Workbench::new();
    bench.faults("[[fault]]\nroute = \"create\"\nkey = \"c0003\"\nstatus = 400\nbody = \"envelope\"");
    bench.export(&people(5)).sync(3);
    bench.run(["retry"]).expect(3);
    assert_eq!(bench.latest().counts(), "failed 1");
    bench.faults("");
    bench.model().clear_journal();
    bench.run(["retry"]).expect(0);
    assert_eq!(bench.latest().counts(), "created 1");
    assert_eq!(bench.asked(), BTreeMap::from([("create".to_owned(), 1)]));
    all_once(&bench, 5);
    bench.run(["status"]).expect(0).shows(&["nothing is left over"]);
}

#[test]
fn usage_configuration_and_profile_are_2() {
    let mut bench = Workbench::new();
    bench.export(&people(3));
    bench.run(["synk"]).expect(2);
    bench.run(["sync", "--approve", "20260908T020000Z-0001"]).expect(2).says(&["--reason"]);
    bench.run(["sync", "--approve", "last", "--reason", "because"]).expect(2).says(&["`last`"]);
    let unknown = ["sync", "--approve", "20260908T020000Z-0001", "--reason", "because"];
    bench.run(unknown).expect(2).says(&["20260908T020000Z-0001"]);
    bench.run(["sync", "--department", "shelbyville"]).expect(2).says(&["shelbyville", "springfield"]);
    bench.run(["sync", "--config", "missing.toml"]).expect(2).says(&["missing.toml"]);
    bench.env("DMS_SYNC_RATE__PER_SECONDS", Some("5"));
    bench.sync(2).says(&["DMS_SYNC_RATE__PER_SECONDS", "DMS_SYNC_RATE__PER_SECOND?"]);
    bench.env("DMS_SYNC_RATE__PER_SECONDS", None);
    let not_text = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"caf\xe9");
    for name in ["DMS_SYNC_REPORT__DIR", "DMS_SYNC_PASSWORD", "DMS_SYNC_LOG"] {
        let ran = harness::finish(bench.command(["sync"]).env(name, not_text).spawn().unwrap()).expect(2);
        ran.says(&[name, "is not UTF-8"]);
    }
    // What is not ours may be what it likes.
    harness::finish(bench.command(["status"]).env("LESS_TERMCAP", not_text).spawn().unwrap()).expect(0);
    let profile = bench.run(["profile", "show", "generic"]).expect(0).stdout;
    bench.write("bad.toml", profile.replace("customerKey = {", "customerKee = {"));
    bench.set_department("profile", "bad.toml");
    bench.sync(2).says(&["bad.toml", "customerKee", "customerKey"]);
    bench.set_department("profile", "generic").env("DMS_SYNC_PASSWORD", None);
    bench.sync(2).says(&["DMS_SYNC_PASSWORD", "api.password_file"]);
    assert_eq!(bench.journal(), []);
    bench.env("DMS_SYNC_PASSWORD", Some(harness::PASSWORD));
    bench.sync(0);
    all_once(&bench, 3);
}

#[test]
fn an_input_that_is_refused_is_4() {
    let mut bench = loaded(3);
    let header = String::from_utf8(people(0).to_csv()).unwrap();
    let good = people(3).to_csv();
    for (what, content, text) in [
        ("empty", Vec::new(), "empty"),
        ("header only", header.into_bytes(), "export.csv"),
        ("wrong header", b"RO Number,Open Date\n1,2\n".to_vec(), "RO Number"),
        (
            "no header",
            b"Kundennummer,Ada\n1,Ada\n".to_vec(),
            "2 columns, and a first row that does not look like",
        ),
        ("duplicate header", b"customerKey,firstName,firstName,lastName\n1,A,B,C\n".to_vec(), "firstName"),
        ("not text", vec![0; 4096], "export.csv"),
    ] {
        bench.write("export.csv", content);
        let ran = bench.run(["sync"]).expect(4);
        assert!(ran.stderr.contains(text), "{what}: {}", ran.stderr);
        assert_eq!(bench.journal(), [], "{what}");
    }
    fs::remove_file(bench.path("export.csv")).unwrap();
    bench.sync(4).says(&["export.csv"]);
    bench.write("export.csv", &good);
    bench.sync(0);
    // A feed that has died.
    bench.set("guard.max_age", "36h");
    let old = std::time::SystemTime::now() - Duration::from_secs(3 * 86400);
    fs::File::options().append(true).open(bench.path("export.csv")).unwrap().set_modified(old).unwrap();
    let mut export = people(3);
    export.set("c0001", "city", "Salem");
    bench.export(&export);
    fs::File::options().append(true).open(bench.path("export.csv")).unwrap().set_modified(old).unwrap();
    bench.sync(4);
    assert!(bench.latest().summary["guard"]["breaches"].to_string().contains("max_age"));
    assert_eq!(bench.journal(), []);
}

#[test]
fn differences_are_7_where_asked_for() {
    let bench = loaded(3);
    bench.run(["diff", "--exit-code"]).expect(0);
    let mut export = people(3);
    export.set("c0001", "city", "Salem");
    bench.export(&export);
    bench.run(["diff"]).expect(0);
    bench.run(["diff", "--exit-code"]).expect(7);
    assert_eq!(bench.journal(), []);
}

#[test]
fn one_departments_trouble_does_not_stop_another() {
    let mut bench = Workbench::new();
    bench.export(&people(3));
    let second = toml::toml! {
        [[department]]
        name = "shelbyville"
        token = "tok-shelbyville"
        input = ["shelbyville.csv"]
    };
    bench.add_department(second["department"][0].clone());
    // In the order of severity: held (4) over left over (3).
    let mut export = people(20);
    export.set("c0001", "lastName", "");
    bench.export(&export).sync(4);
    assert_eq!(bench.latest().counts(), "created 19, rejected 1");
    bench.write("shelbyville.csv", sample("customers.csv"));
    bench.sync(3);
    let dump = bench.model().dump();
    assert_eq!(dump.departments[harness::TOKEN].len(), 19);
    assert_eq!(dump.departments["tok-shelbyville"].len(), 300);
}

#[test]
fn what_cannot_be_printed_of_one_department_does_not_stop_another() {
    let mut bench = Workbench::new();
    let second = toml::toml! {
        [[department]]
        name = "shelbyville"
        token = "tok-shelbyville"
        input = ["export.csv"]
    };
    bench.add_department(second["department"][0].clone()).export(&people(2));
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let ran = harness::finish(bench.command(["sync"]).stdout(full).spawn().unwrap()).expect(1);
    ran.says(&["springfield: standard output cannot be written", "shelbyville: standard output cannot be"]);
    assert_eq!(bench.model().dump().departments["tok-shelbyville"].len(), 2);
}

#[test]
fn a_401_is_everybodys_and_a_403_its_departments() {
    use dms_sync::sandbox::{Departments, SandboxOptions};
    let second = toml::toml! {
        [[department]]
        name = "shelbyville"
        token = "tok-shelbyville"
        input = ["export.csv"]
    };
    let granted = Departments::Only(["tok-shelbyville".to_owned()].into());
    let mut bench = Workbench::with(SandboxOptions { departments: granted, ..SandboxOptions::default() });
    bench.add_department(second["department"][0].clone()).export(&people(5));
    bench.sync(5).says(&["no right to this department (403)", "customer.update"]);
    assert_eq!(bench.latest().counts(), "not_attempted 5");
    assert_eq!(bench.model().dump().departments["tok-shelbyville"].len(), 5);

    let mut bench = Workbench::new();
    bench.add_department(second["department"][0].clone()).export(&people(5));
    bench.env("DMS_SYNC_PASSWORD", Some("wrong")).sync(5);
    let asked: Vec<_> = bench.journal().into_iter().filter_map(|entry| entry.department).collect();
    assert!(asked.iter().all(|token| token == harness::TOKEN), "one department was enough: {asked:?}");
    let second = harness::RunFiles::read(&bench.path("reports/shelbyville/latest"));
    assert_eq!(second.counts(), "not_attempted 5");
}

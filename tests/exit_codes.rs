//! Every exit code of the command line, each by a real run: schedulers branch on these numbers. What a misbehaving
//! server leads to is `scenarios.rs`'s part.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::Child;
use std::time::{Duration, Instant};

use harness::export::people;
use harness::{Workbench, finish, sample, signal};

/// After a first load of `count` invented people.
fn loaded(count: usize) -> Workbench {
    let bench = Workbench::new();
    bench.export(&people(count)).sync(0);
    bench.model().clear_journal();
    bench
}

/// Every customer of [`people`] is at the remote once.
#[track_caller]
fn all_once(bench: &Workbench, count: usize) {
    let keys: Vec<_> = bench.remote().into_iter().filter_map(|customer| customer.customer_key).collect();
    let expected: Vec<_> = (1..=count).map(|n| format!("c{n:04}")).collect();
    assert_eq!(keys, expected);
}

/// Waits for what a process that works is bound to do; gives up loudly.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

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
fn an_approved_plan_that_is_interrupted_goes_on() {
    let bench = loaded(120);
    let mut export = people(120);
    export.set_all("city", "Salem");
    bench.export(&export).sync(4);
    let held = bench.latest();
    bench.faults("[[fault]]\nafter = 100\nstatus = 401\nbody = \"gateway\"");
    bench.run(["sync", "--approve", held.run_id(), "--reason", "they all moved"]).expect(5);
    assert!(bench.latest().count("updated") > 10);
    bench.faults("");
    bench.sync(0);
    assert_eq!(bench.latest().summary["guard"]["verdict"], "resumed");
    assert!(bench.remote().iter().all(|customer| customer.addresses[0].city.as_deref() == Some("Salem")));
    // That was that: the next wave is held again.
    export.set_all("city", "Bend");
    bench.export(&export).sync(4);
}

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
fn a_broken_export_is_held_and_can_be_approved_once() {
    let bench = loaded(120);
    let before = bench.remote();
    let mut export = people(120);
    export.set_all("email", "").set("c0001", "city", "Salem");
    bench.export(&export).sync(4);
    let held = bench.latest();
    assert_eq!(held.counts(), "held 1, unchanged 119");
    assert_eq!(held.summary["guard"]["verdict"], "held");
    assert!(
        held.summary["guard"]["breaches"].to_string().contains("max_blanked"),
        "{}",
        held.summary["guard"]
    );
    assert_eq!((bench.journal(), bench.remote()), (vec![], before.clone()));
    // Another plan than the one that was held is not released.
    let mut other = export.clone();
    other.set("c0002", "city", "Salem");
    let approve = ["sync", "--approve", held.run_id(), "--reason", "the DMS lost its e-mails, known"];
    bench.export(&other).run(approve).expect(4);
    assert_eq!(bench.journal(), []);
    // The very plan is, once.
    bench.export(&export).run(approve).expect(0);
    assert_eq!(bench.latest().summary["guard"]["verdict"], "approved");
    assert_eq!(bench.latest().keys("updated"), ["c0001"]);
    assert!(
        bench.remote().iter().all(|customer| customer.emails.len() == 1),
        "blank keeps: the e-mails stay"
    );
    bench.export(&people(120));
    bench.sync(0);
    bench.export(&export).run(approve).expect(4);
}

#[test]
fn every_limit_of_the_guard_holds() {
    for (limit, change) in [
        ("max_creates", (|| people(160)) as fn() -> harness::Export),
        ("max_updates", || {
            let mut export = people(120);
            export.set_all("city", "Salem");
            export
        }),
        ("max_missing", || people(80)),
        ("max_rejected", || {
            let mut export = people(120);
            for n in 1..=20 {
                export.set(&format!("c{n:04}"), "lastName", "");
            }
            export
        }),
    ] {
        let bench = loaded(120);
        bench.export(&change()).sync(4);
        let run = bench.latest();
        assert!(
            run.summary["guard"]["breaches"].to_string().contains(limit),
            "{limit}: {}",
            run.summary["guard"]
        );
        assert_eq!(bench.journal(), [], "{limit}");
    }
}

#[test]
fn a_lost_checkpoint_is_held_by_default() {
    let mut bench = Workbench::new();
    bench.set("guard.empty_checkpoint", "refuse");
    bench.export(&people(3)).sync(4);
    assert!(bench.latest().summary["guard"]["breaches"].to_string().contains("empty_checkpoint"));
    assert_eq!(bench.journal(), []);
}

#[test]
fn an_input_that_is_refused_is_4() {
    let mut bench = loaded(3);
    let header = String::from_utf8(people(0).to_csv()).unwrap();
    let good = people(3).to_csv();
    for (what, content, text) in [
        ("empty", Vec::new(), "empty"),
        ("header only", header.into_bytes(), "export.csv"),
        ("wrong header", b"Kundennummer,Name\n1,Ada\n".to_vec(), "Kundennummer"),
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
fn yesterdays_file_is_stale() {
    let bench = Workbench::new();
    bench.sample("next-day.csv").sync(0);
    let before = bench.remote();
    bench.model().clear_journal();
    bench.sample("customers.csv").sync(4);
    assert!(bench.latest().summary["guard"]["breaches"].to_string().contains("stale"));
    assert_eq!((bench.journal(), bench.remote()), (vec![], before));
    // By the files' names too.
    let mut bench = loaded(3);
    bench.set_department("input", vec!["exports/*.csv"]);
    fs::create_dir(bench.path("exports")).unwrap();
    bench.write("exports/customers_20260915.csv", people(3).to_csv());
    bench.sync(0);
    fs::remove_file(bench.path("exports/customers_20260915.csv")).unwrap();
    bench.write("exports/customers_20260914.csv", people(4).to_csv());
    bench.sync(4);
    assert!(bench.latest().summary["guard"]["breaches"].to_string().contains("stale"));
    assert_eq!(bench.remote().len(), 3);
}

#[test]
fn the_time_allowed_stops_softly() {
    let mut bench = Workbench::new();
    bench.set("rate.max_in_flight", 2).set("rate.per_second", 20).set("rate.burst", 1);
    bench.export(&people(60));
    bench.run(["sync", "--max-duration", "1s"]).expect(5);
    let run = bench.latest();
    let created = run.count("created");
    assert!(created > 0 && run.count("not_attempted") > 0, "{}", run.counts());
    assert_eq!(bench.remote().len(), created, "what was in flight was waited for");
    bench.set("rate.per_second", 10_000);
    bench.sync(0);
    all_once(&bench, 60);
}

#[test]
fn a_days_requests_are_a_budget() {
    let mut bench = Workbench::new();
    bench.set("rate.per_day", 20);
    bench.export(&people(60));
    bench.sync(5).says(&["rate.per_day"]);
    // Spent by all runs of the day together.
    bench.sync(5);
    let spent = bench.journal().len();
    assert!((19..=20).contains(&spent), "{spent}");
    assert_eq!(bench.remote().len(), spent);
    bench.set("rate.per_day", 0);
    bench.sync(0);
    all_once(&bench, 60);
}

#[test]
fn a_killed_run_has_counted_its_requests_and_at_most_a_block_more() {
    let mut bench = Workbench::new();
    bench.set("rate.per_day", 1_000).set("rate.per_second", 150);
    let noted = |bench: &Workbench| {
        let text = fs::read(bench.path("state/requests-today.json")).unwrap();
        serde_json::from_slice::<serde_json::Value>(&text).unwrap()["requests"].as_u64().unwrap()
    };
    let child = busy(&mut bench);
    signal(&child, "KILL");
    finish(child);
    // Whoever had been asked before it died is in the journal by the time it has answered.
    until("nothing is under way", || bench.model().connections() == 0);
    let (killed, asked) = (noted(&bench), bench.journal().len() as u64);
    assert!(asked >= 4 && (asked..=asked + 150).contains(&killed), "{killed} noted, {asked} asked");
    // A run that ends gives back what it did not use.
    bench.faults("");
    bench.model().clear_journal();
    bench.sync(0);
    assert_eq!(noted(&bench), killed + bench.journal().len() as u64);
    all_once(&bench, 60);
}

#[test]
fn a_second_run_is_turned_away_with_6() {
    let bench = Workbench::new();
    bench.faults("[[fault]]\ncount = 1\neffect = \"hang\"");
    bench.export(&people(1));
    let first = bench.command(["sync"]).spawn().unwrap();
    until("a request hangs", || bench.model().faults_played() == 1);
    let ran = bench.run(["sync"]).expect(6);
    assert!(ran.stderr.contains(&first.id().to_string()), "who holds it: {}", ran.stderr);
    // Looking is allowed.
    bench.run(["status"]).expect(0);
    bench.run(["diff"]).expect(0);
    signal(&first, "KILL");
    finish(first);
    // A killed run leaves no lock behind.
    bench.sync(0);
    all_once(&bench, 1);
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

/// A sync of 60 people that has a few requests at the remote, each taking 150 ms.
fn busy(bench: &mut Workbench) -> Child {
    bench.set("rate.max_in_flight", 4);
    bench.faults("[[fault]]\nroute = \"create\"\ndelay = \"150ms\"\nwhen = \"after\"");
    bench.export(&people(60));
    let child = bench.command(["sync"]).spawn().unwrap();
    until("the first customers are at the remote", || bench.remote().len() >= 4);
    child
}

#[test]
fn a_signal_drains_and_the_next_run_goes_on() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let mut bench = Workbench::new();
        let child = busy(&mut bench);
        signal(&child, name);
        finish(child).expect(code);
        let run = bench.latest();
        assert_eq!(run.summary["exit"]["code"], code);
        assert_eq!(run.count("in_doubt"), 0, "what was in flight was waited for: {}", run.counts());
        assert_eq!(run.count("created"), bench.remote().len());
        assert!(run.count("not_attempted") > 0);
        bench.faults("");
        bench.model().clear_journal();
        bench.sync(0);
        assert_eq!(bench.asked(), BTreeMap::from([("create".to_owned(), 60 - run.count("created"))]));
        all_once(&bench, 60);
    }
}

#[test]
fn a_second_signal_stops_at_once_and_loses_nothing() {
    let mut bench = Workbench::new();
    let mut child = busy(&mut bench);
    bench.faults("[[fault]]\nroute = \"create\"\neffect = \"hang\"\nwhen = \"after\"");
    until("requests hang", || bench.model().faults_played() > 0);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    signal(&child, "TERM");
    // The second one counts once the first is heard.
    assert!(lines.any(|line| line.unwrap().contains("once more stops at once")));
    signal(&child, "TERM");
    for line in lines {
        assert!(!line.unwrap().contains("panicked"));
    }
    finish(child).expect(143);
    bench.faults("");
    bench.sync(0);
    all_once(&bench, 60);
    assert_eq!(bench.latest().count("failed"), 0);
}

#[test]
fn a_killed_run_is_resumed_without_a_duplicate() {
    let mut bench = Workbench::new();
    let child = busy(&mut bench);
    signal(&child, "KILL");
    finish(child);
    bench.faults("");
    let there = bench.remote().len();
    assert!(there > 0);
    bench.model().clear_journal();
    bench.run(["status"]).expect(0).shows(&["were being sent"]);
    bench.sync(0);
    all_once(&bench, 60);
    let asked = bench.asked();
    assert!(asked["create"] <= 60 - there + 4, "{asked:?}");
    // A 400 would be a key that is taken: a customer that was sent twice.
    assert!(bench.journal().iter().all(|entry| entry.status != Some(400)));
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 60");
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

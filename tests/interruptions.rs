//! Runs that do not reach their end, or may not begin: signals, kills, the lock, the time and the requests allowed. Each
//! goes on where it stopped, nobody is lost and nobody is sent twice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Child;

use harness::export::people;
use harness::nights::{all_once, until};
use harness::{Workbench, finish, signal};

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
fn draining_has_a_bound() {
    let mut bench = Workbench::new();
    bench.set("run.drain", "200ms");
    let mut child = busy(&mut bench);
    bench.faults("[[fault]]\neffect = \"hang\"\nwhen = \"after\"");
    until("requests hang", || bench.model().faults_played() > 0);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    signal(&child, "INT");
    assert!(lines.any(|line| line.unwrap().contains("finishing what is in flight")));
    // The remote never answers: one signal is enough all the same.
    for line in lines {
        assert!(!line.unwrap().contains("panicked"));
    }
    finish(child).expect(130);
    let run = bench.latest();
    assert!(run.count("in_doubt") > 0, "{}", run.counts());
    bench.faults("");
    bench.sync(0);
    all_once(&bench, 60);
    assert!(bench.journal().iter().all(|entry| entry.status != Some(400)), "nobody was sent twice");
}

#[test]
fn a_run_that_waits_for_its_input_is_ended_by_signals_all_the_same() {
    let bench = Workbench::new();
    let mut child =
        bench.command(["sync", "--input", "-"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let lock = bench.path("state/springfield.lock");
    until("the run holds the lock", || std::fs::read(&lock).is_ok_and(|holder| !holder.is_empty()));
    for heard in ["once more stops at once", "stopping at once"] {
        signal(&child, "TERM");
        assert!(lines.any(|line| line.unwrap().contains(heard)), "{heard}");
    }
    signal(&child, "TERM");
    let stdin = child.stdin.take();
    finish(child).expect(143);
    drop(stdin);
    bench.export(&people(3)).sync(0);
    all_once(&bench, 3);
}

#[test]
fn a_clock_that_was_set_back_holds_nothing_up() {
    let mut bench = Workbench::new();
    bench.set("rate.per_day", 500).set("report.keep", 2).set("guard.max_age", "36h");
    bench.faults("[[fault]]\nroute = \"create\"\nkey = \"c0003\"\nstatus = 400\nbody = \"envelope\"");
    bench.export(&people(120));
    // A file from the future is no old one.
    let file = std::fs::File::options().append(true).open(bench.path("export.csv")).unwrap();
    file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(10 * 86_400)).unwrap();
    bench.sync(3);
    bench.faults("");
    // As if all of that had been ten years ahead: runs, refusals, opt-outs, dates that were read, requests of the day.
    let ahead = "10 * 365 * 86400";
    rusqlite::Connection::open(bench.checkpoint())
        .unwrap()
        .execute_batch(&format!(
            "UPDATE run SET started_at = started_at + {ahead}, finished_at = finished_at + {ahead},
                 inputs = json_set(inputs, '$.newest', unixepoch() + {ahead}, '$.name', '2099-01-01T00:00:00');
             UPDATE leftover SET first_seen = first_seen + {ahead}, last_seen = last_seen + {ahead},
                 last_attempt = last_attempt + {ahead};
             UPDATE suppressed SET since = since + {ahead};"
        ))
        .unwrap();
    bench.write("state/requests-today.json", "{\"day\":\"2099-01-01\",\"requests\":500}");
    bench.model().clear_journal();
    // What was refused then is sent now, and the day has its requests.
    bench.set("guard.max_age", "");
    let export = people(121);
    std::fs::create_dir(bench.path("exports")).unwrap();
    bench.write("exports/customers_20260915.csv", export.to_csv());
    bench.set_department("input", vec!["exports/*.csv"]);
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "created 2, unchanged 119");
    all_once(&bench, 121);
    // It is the newest run, and what comes next is compared with it.
    for _ in 0..3 {
        bench.sync(0);
        let run = bench.latest();
        assert_eq!(run.counts(), "unchanged 121");
        let shown = bench.run(["status"]).expect(0).stdout;
        let first = shown.lines().find(|line| line.trim_start().starts_with("run ")).unwrap();
        assert!(first.contains(run.run_id()), "{first}");
    }
    std::fs::remove_file(bench.path("exports/customers_20260915.csv")).unwrap();
    bench.write("exports/customers_20260914.csv", people(122).to_csv());
    bench.sync(4).says(&["stale"]);
}

#[test]
fn a_killed_run_is_resumed_without_a_duplicate() {
    let mut bench = Workbench::new();
    let child = busy(&mut bench);
    signal(&child, "KILL");
    finish(child);
    assert!(bench.path("state/springfield.sqlite-wal").exists(), "its last commits are in the log alone");
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
fn the_time_allowed_stops_softly() {
    let mut bench = Workbench::new();
    // However fast or busy the machine: time never suffices for all, and whoever is sent is under way when it ends.
    bench.set("rate.max_in_flight", 2).set("rate.burst", 2);
    bench.faults("[[fault]]\nroute = \"create\"\ndelay = \"1500ms\"\nwhen = \"after\"");
    bench.export(&people(60));
    let allowed = ["1s", "2s", "4s", "8s"].into_iter().find(|allowed| {
        bench.run(["sync", "--max-duration", *allowed]).expect(5);
        !bench.journal().is_empty()
    });
    assert!(allowed.is_some(), "nothing was ever sent");
    let run = bench.latest();
    let (created, sent) = (run.count("created"), bench.journal().len());
    assert_eq!((created, run.count("not_attempted")), (sent, 60 - sent), "{}", run.counts());
    assert_eq!(bench.remote().len(), created, "what was in flight was waited for");
    bench.faults("");
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
fn a_budget_that_is_smaller_than_what_is_open_comes_to_an_end_all_the_same() {
    let mut bench = Workbench::new();
    bench.faults(
        "[[fault]]\nroute = \"create\"\nstatus = 503\n[[fault]]\nroute = \"listMinimal\"\nstatus = 503",
    );
    bench.export(&people(12));
    bench.sync(3);
    assert_eq!((bench.latest().counts().as_str(), bench.remote().len()), ("in_doubt 12", 0));
    bench.faults("");
    bench.set("rate.per_day", 6);
    // Two looks and a create for each of two customers a day.
    for day in 1..=6 {
        bench.write("state/requests-today.json", "{\"day\":\"2000-01-01\",\"requests\":6}");
        bench.model().clear_journal();
        bench.sync(if day < 6 { 5 } else { 0 });
        assert_eq!((bench.journal().len(), bench.remote().len()), (6, 2 * day), "day {day}");
    }
    all_once(&bench, 12);
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 12");
}

#[test]
fn the_same_few_who_fail_do_not_use_up_every_day() {
    let mut bench = harness::nights::loaded(40);
    bench.set("rate.per_day", 6).set("retry.max_attempts", 2);
    let failing = ["c0001", "c0002", "c0003"];
    let faults = failing.map(|key| format!("[[fault]]\nroute = \"read\"\nkey = \"{key}\"\nstatus = 503\n"));
    bench.faults(&faults.concat());
    let mut moved = people(40);
    moved.set_all("city", "Salem");
    bench.export(&moved);
    // They stand first and cost a whole day. Where another begins by chance, a day does without them: nine of ten do.
    let day = (1..=60).find(|_| {
        bench.write("state/requests-today.json", "{\"day\":\"2000-01-01\",\"requests\":6}");
        bench.sync(5);
        bench.latest().count("updated") > 0
    });
    assert!(day.is_some(), "sixty days came to nothing");
}

/// What the day's requests are noted to be.
fn noted(bench: &Workbench) -> u64 {
    let text = fs::read(bench.path("state/requests-today.json")).unwrap();
    serde_json::from_slice::<serde_json::Value>(&text).unwrap()["requests"].as_u64().unwrap()
}

#[test]
fn a_run_that_waits_for_the_days_requests_hears_its_signals() {
    let mut bench = Workbench::new();
    // Blocks of ten, and fewer.
    bench.set("rate.per_day", 100);
    let mut child = busy(&mut bench);
    let theirs = fs::File::options().write(true).open(bench.path("state/requests-today.json.lock")).unwrap();
    theirs.lock().unwrap();
    until("what was noted is sent", || bench.journal().len() as u64 == noted(&bench));
    signal(&child, "INT");
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let first =
        lines.find(|line| line.contains("once more stops at once") || line.contains("cannot be noted"));
    assert!(first.as_ref().is_some_and(|line| line.contains("interrupted")), "{first:?}");
    drop(theirs);
    assert!(lines.all(|line| !line.contains("panicked")));
    finish(child).expect(130);
    assert_eq!(noted(&bench), bench.journal().len() as u64, "what it did not use is given back");
    bench.faults("");
    bench.set("rate.per_day", 0);
    bench.sync(0);
    all_once(&bench, 60);
}

#[test]
fn a_killed_run_has_counted_its_requests_and_at_most_a_block_more() {
    let mut bench = Workbench::new();
    bench.set("rate.per_day", 1_000).set("rate.per_second", 150);
    let child = busy(&mut bench);
    signal(&child, "KILL");
    finish(child);
    // What had been asked before it died is in the journal once its connections are gone.
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
fn the_error_budget_is_a_share_of_all_that_the_run_sends() {
    let mut bench = Workbench::new();
    bench.set_department("export", "delta").set("rate.max_in_flight", 1);
    bench.set("run.error_budget", "50%").set("breaker.consecutive", 100).set("retry.max_attempts", 1);
    bench.faults("[[fault]]\nroute = \"any\"\nafter = 3\nstatus = 401");
    bench.export(&people(60)).sync(5);
    assert!(bench.remote().len() < 10);
    // One row tonight, and the rest of last night: one who fails is not half of them.
    bench.faults("[[fault]]\nroute = \"create\"\nkey = \"c0010\"\nstatus = 429");
    let mut tonight = people(61);
    for n in 1..=60 {
        tonight.drop_customer(&format!("c{n:04}"));
    }
    bench.export(&tonight).sync(3);
    assert_eq!(bench.remote().len(), 60);
    bench.faults("");
    bench.sync(0);
    all_once(&bench, 61);
}

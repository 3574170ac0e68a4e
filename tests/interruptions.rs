//! Runs that do not reach their end, or may not begin: signals, kills, the lock, the time and the requests allowed. Each
//! goes on where it stopped, nobody is lost and nobody is sent twice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeMap;
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

//! Load: thousands of changes at a high limit, by the program itself, at a sandbox where one request in a hundred goes
//! wrong. Everyone is there once, and memory does not grow with the number of changes.
//!
//! More, with figures (100,000 is a large dealership's first load):
//!
//! ```sh
//! DMS_SYNC_LOAD=100000 cargo test --release --test load -- --nocapture
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use harness::export::people;
use harness::{Workbench, finish};

/// One request in a hundred: an outage, a broken connection, a lost answer. No 429: by those the program would rightly
/// go slower.
const FAULTS: &str = r#"
seed = 11
[[fault]]
probability = 0.004
status = 503
[[fault]]
probability = 0.003
effect = "reset"
when = "after"
[[fault]]
probability = 0.003
effect = "cut"
"#;

/// What a first load of so many customers took.
#[derive(Debug)]
struct Load {
    customers: usize,
    requests: usize,
    push: Duration,
    /// The most memory that the program ever had, in KiB.
    peak_kib: u64,
}

/// Loads `customers` invented people, and holds the remote to have them all, once.
fn load(customers: usize) -> Load {
    let mut bench = Workbench::new();
    bench.set("rate.per_second", 2_000).set("rate.burst", 200).set("rate.max_in_flight", 32);
    bench.faults(FAULTS);
    bench.export(&people(customers));
    let child = bench.command(["sync"]).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let watching = std::thread::spawn(move || peak_of(&status));
    finish(child).expect(0);
    let peak_kib = watching.join().unwrap();
    let run = bench.latest();
    assert_eq!(run.counts(), format!("created {customers}"));
    let journal = bench.journal();
    assert!(bench.model().faults_played() > customers as u64 / 200, "{}", bench.model().faults_played());
    // A 400 would be a key that is taken: a customer that was sent twice.
    assert!(journal.iter().all(|entry| entry.status != Some(400)));
    let keys: Vec<_> = bench.remote().into_iter().filter_map(|customer| customer.customer_key).collect();
    let distinct: BTreeSet<_> = keys.iter().collect();
    assert_eq!((keys.len(), distinct.len()), (customers, customers));
    let requests = usize::try_from(run.summary["requests"]["total"].as_u64().unwrap()).unwrap();
    let push = Duration::from_millis(run.summary["phases_ms"]["push"].as_u64().unwrap());
    Load { customers, requests, push, peak_kib }
}

/// The high-water mark of a process's memory, looked at until it ends.
fn peak_of(status: &str) -> u64 {
    let mut peak = 0;
    let begun = Instant::now();
    // A process that has ended has no such line any more.
    while begun.elapsed() < Duration::from_secs(3600) {
        let text = fs::read_to_string(status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let Some(line) = line else { break };
        peak = line.trim().trim_end_matches(" kB").parse().unwrap();
        std::thread::sleep(Duration::from_millis(2));
    }
    peak
}

impl Load {
    fn show(&self) {
        let Self { customers, requests, push, peak_kib } = self;
        let seconds = push.as_secs_f64();
        #[allow(clippy::cast_precision_loss)]
        let rate = *requests as f64 / seconds;
        println!(
            "{customers} customers: {requests} requests in {seconds:.1} s, {rate:.0} a second, {peak_kib} KiB"
        );
    }
}

/// What four thousand more customers may cost: their places in the index and in the books, no queue.
const GROWTH_KIB: u64 = 6 * 1024;

#[test]
fn thousands_of_changes_are_there_once_and_memory_stays_flat() {
    let (few, many) = (load(1_000), load(5_000));
    few.show();
    many.show();
    assert!(few.peak_kib > 0 && many.peak_kib <= few.peak_kib + GROWTH_KIB, "{few:?} {many:?}");
}

#[test]
fn as_many_as_are_asked_for() {
    let Some(customers) = std::env::var("DMS_SYNC_LOAD").ok() else { return };
    load(customers.parse().expect("DMS_SYNC_LOAD is a number of customers")).show();
}

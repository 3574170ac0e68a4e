//! What tests of whole nights share: a store that was loaded, and what must be true of it in the end.

use std::time::{Duration, Instant};

use dms_sync::sandbox::{Customer, Phone};

use super::Workbench;
use super::export::people;

/// After a first load of `count` invented people.
pub(crate) fn loaded(count: usize) -> Workbench {
    let bench = Workbench::new();
    bench.export(&people(count)).sync(0);
    bench.model().clear_journal();
    bench
}

/// A record that an advisor has entered, not we.
pub(crate) fn entered(key: &str, first: &str, last: &str) -> Customer {
    let phone =
        Phone { phone_number: Some("+12025550173".into()), label: Some("work".into()), ..Phone::default() };
    Customer {
        customer_key: Some(key.into()),
        first_name: Some(first.into()),
        last_name: Some(last.into()),
        phone_numbers: vec![phone],
        ..Customer::default()
    }
}

/// Every customer of [`people`] is at the remote once.
#[track_caller]
pub(crate) fn all_once(bench: &Workbench, count: usize) {
    let keys: Vec<_> = bench.remote().into_iter().filter_map(|customer| customer.customer_key).collect();
    let expected: Vec<_> = (1..=count).map(|n| format!("c{n:04}")).collect();
    assert_eq!(keys, expected);
}

/// Every customer that the checkpoint knows, with all that it knows.
pub(crate) fn known(bench: &Workbench) -> Vec<Vec<rusqlite::types::Value>> {
    let checkpoint = rusqlite::Connection::open(bench.checkpoint()).unwrap();
    let mut customers = checkpoint.prepare("SELECT * FROM customer ORDER BY key").unwrap();
    let columns = customers.column_count();
    let all = customers.query_map([], |row| (0..columns).map(|at| row.get(at)).collect()).unwrap();
    all.map(Result::unwrap).collect()
}

/// Waits for what a process that works is bound to do; gives up loudly.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

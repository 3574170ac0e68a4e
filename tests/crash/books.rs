//! What is compared: the remote without its own identities, and what the checkpoint says it has recorded.

use std::collections::{BTreeMap, BTreeSet};

use dms_sync::checkpoint::Checkpoint;
use dms_sync::domain::{CustomerKey, DepartmentName, Fingerprint};
use dms_sync::sandbox::JournalEntry;

use crate::harness::astray::{State, by_key};
pub(crate) use crate::harness::astray::{applied, writes};
use crate::harness::{DEPARTMENT, Workbench};

/// Everybody at the remote by key, without what the remote numbers by itself.
pub(crate) fn state(bench: &Workbench) -> State {
    by_key(bench.remote())
}

/// What was last pushed of each customer, as the checkpoint has it.
pub(crate) fn recorded(bench: &Workbench) -> BTreeMap<String, (String, Fingerprint)> {
    let Some(checkpoint) = checkpoint(bench) else { return BTreeMap::new() };
    let mut keys = Vec::new();
    checkpoint.scan(&mut |key, _| keys.push(CustomerKey::parse(key).unwrap())).unwrap();
    let known = |key: CustomerKey| {
        let known = checkpoint.known(&key).unwrap().unwrap();
        (key.to_string(), (known.uuid.as_str().to_owned(), known.canonical))
    };
    keys.into_iter().map(known).collect()
}

/// Requests that were noted and have no result.
pub(crate) fn open(bench: &Workbench) -> usize {
    checkpoint(bench).map_or(0, |checkpoint| checkpoint.open_intents().unwrap().len())
}

fn checkpoint(bench: &Workbench) -> Option<Checkpoint> {
    let department = DepartmentName::parse(DEPARTMENT).unwrap();
    Checkpoint::open_existing_read_only(&bench.path("state"), &department).unwrap()
}

/// Keys that the remote was asked to write.
pub(crate) fn written(journal: &[JournalEntry]) -> BTreeSet<String> {
    writes(journal).filter_map(|entry| entry.customer_key.clone()).collect()
}

/// Nobody is left out: the checkpoint knows everybody at the remote, under the identity that it has there, and
/// nothing is open.
#[track_caller]
pub(crate) fn agree(bench: &Workbench) {
    let known = recorded(bench);
    for customer in bench.remote() {
        let key = customer.customer_key.clone().unwrap_or_default();
        assert_eq!(known.get(&key).map(|(uuid, _)| uuid), Some(&customer.customer_uuid), "{key}");
    }
    assert_eq!(open(bench), 0, "open requests");
}

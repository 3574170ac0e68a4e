//! One department's customers, found by number, uuid and key, and what of them a lagging search can see.
//!
//! It keeps the indexes right and judges nothing: `save.rs` decides what a write does.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::customer::Customer;
use super::search::Haystack;

/// Versions of one record that are kept for a lagging search.
const VERSIONS: usize = 8;

/// The customers of one department.
#[derive(Default)]
pub(crate) struct Department {
    records: BTreeMap<i64, Record>,
    by_uuid: BTreeMap<String, i64>,
    by_key: BTreeMap<String, BTreeSet<i64>>,
}

/// One customer through time; the newest version is the last. A removed customer's newest version is empty.
#[derive(Default)]
struct Record {
    versions: VecDeque<Version>,
}

struct Version {
    /// When it was written; `None`: before the sandbox started, visible whatever the lag.
    written: Option<Duration>,
    found: Option<Arc<Indexed>>,
}

/// A customer and the text that searches look at.
pub(crate) struct Indexed {
    pub(crate) customer: Customer,
    pub(crate) haystack: Haystack,
}

impl Department {
    /// The customer as it is now.
    pub(crate) fn by_uuid(&self, uuid: &str) -> Option<&Customer> {
        self.by_uuid.get(uuid).and_then(|id| self.by_id(*id))
    }

    /// The customer with this key as it is now; where several have it, the oldest.
    pub(crate) fn by_key(&self, key: &str) -> Option<&Customer> {
        self.by_key.get(key)?.first().and_then(|id| self.by_id(*id))
    }

    /// Whether `customer` would take a key that another has. It may keep one that it shares.
    pub(crate) fn would_share_key(&self, customer: &Customer, key: Option<&str>) -> bool {
        let key = key.filter(|key| customer.customer_key.as_deref() != Some(key));
        key.is_some_and(|key| self.by_key.contains_key(key))
    }

    pub(crate) fn by_id(&self, id: i64) -> Option<&Customer> {
        self.records.get(&id)?.now().map(|indexed| &indexed.customer)
    }

    /// All customers as they are now, in the order of their numbers.
    pub(crate) fn customers(&self) -> impl Iterator<Item = &Customer> {
        self.records.values().filter_map(|record| record.now().map(|indexed| &indexed.customer))
    }

    /// All customers as a search saw them `lag` ago, in the order of their numbers.
    pub(crate) fn indexed(&self, now: Duration, lag: Duration) -> impl Iterator<Item = &Indexed> {
        self.records.values().filter_map(move |record| record.seen(now, lag))
    }

    /// Stores the customer under its number; `written` as in [`Version`].
    pub(crate) fn put(&mut self, customer: Customer, written: Option<Duration>) {
        let id = customer.id;
        self.unlink(id);
        self.by_uuid.insert(customer.customer_uuid.clone(), id);
        if let Some(key) = customer.customer_key.clone() {
            self.by_key.entry(key).or_default().insert(id);
        }
        let haystack = Haystack::of(&customer);
        let found = Some(Arc::new(Indexed { customer, haystack }));
        self.records.entry(id).or_default().push(Version { written, found });
    }

    /// Takes the customer away, as a merge at the remote does.
    pub(crate) fn remove(&mut self, id: i64, written: Option<Duration>) {
        self.unlink(id);
        if let Some(record) = self.records.get_mut(&id) {
            record.push(Version { written, found: None });
        }
    }

    fn unlink(&mut self, id: i64) {
        let Some(old) = self.by_id(id) else { return };
        let (uuid, key) = (old.customer_uuid.clone(), old.customer_key.clone());
        self.by_uuid.remove(&uuid);
        let Some(key) = key else { return };
        if let Some(holders) = self.by_key.get_mut(&key) {
            holders.remove(&id);
            if holders.is_empty() {
                self.by_key.remove(&key);
            }
        }
    }
}

impl Record {
    fn now(&self) -> Option<&Indexed> {
        self.versions.back()?.found.as_deref()
    }

    fn seen(&self, now: Duration, lag: Duration) -> Option<&Indexed> {
        let visible = |version: &&Version| version.written.is_none_or(|at| at.saturating_add(lag) <= now);
        self.versions.iter().rev().find(visible)?.found.as_deref()
    }

    fn push(&mut self, version: Version) {
        self.versions.push_back(version);
        if self.versions.len() > VERSIONS {
            self.versions.pop_front();
        }
    }
}

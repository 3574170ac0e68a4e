//! The door for tests and for people: look at the remote's state, change it as an advisor would, read the journal.
//!
//! What goes through here is no request: no account, no contract, no faults, no line in the journal.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::error::SandboxError;
use super::faults::Faults;
use super::faults::dice::Dice;
use super::journal::JournalEntry;
use super::limit::Bucket;
use super::model::customer::Customer;
use super::options::RateLimit;
use super::site::Site;

/// A handle to a sandbox's state; clones share it.
#[derive(Clone)]
pub struct Model {
    site: Arc<Site>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").finish_non_exhaustive()
    }
}

/// Everything that the remote holds, for comparison: customers by department, ordered by key, then uuid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Dump {
    /// Departments that were ever written to.
    pub departments: BTreeMap<String, Vec<Customer>>,
}

impl Model {
    pub(crate) fn new(site: Arc<Site>) -> Self {
        Self { site }
    }

    /// Every request so far, in the order in which they were answered (the newest 200,000).
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.site.journal.entries()
    }

    /// How many answers had the warning `code` since the sandbox was started; a cleared journal does not forget them.
    pub fn warned(&self, code: u32) -> u64 {
        self.site.journal.warned(code)
    }

    /// Forgets the requests so far; the journal file keeps them.
    pub fn clear_journal(&self) {
        self.site.journal.clear();
    }

    /// The whole state.
    pub fn dump(&self) -> Dump {
        let world = self.site.world();
        let departments = world
            .departments()
            .map(|(name, department)| {
                let mut customers: Vec<Customer> = department.customers().cloned().collect();
                customers.sort_by(|one, other| {
                    (&one.customer_key, &one.customer_uuid).cmp(&(&other.customer_key, &other.customer_uuid))
                });
                (name.clone(), customers)
            })
            .collect();
        Dump { departments }
    }

    /// The customer with this uuid.
    pub fn customer(&self, department: &str, uuid: &str) -> Option<Customer> {
        self.site.world().department(department).by_uuid(uuid).cloned()
    }

    /// The customer with this key; where several have it, the oldest.
    pub fn customer_by_key(&self, department: &str, key: &str) -> Option<Customer> {
        self.site.world().department(department).by_key(key).cloned()
    }

    /// Puts a customer there as if it had always been: searches see it at once, and another may have its key, as
    /// happens where records are older than the rule. Blank identities are filled in. Answers the uuid.
    pub fn seed(&self, department: &str, customer: Customer) -> Result<String, SandboxError> {
        self.site.world().seed(department, customer)
    }

    /// Changes a customer as an advisor does in the remote's own screens: the contract does not hold, identities
    /// stay as they are, another's key is refused, and the searches see it late.
    pub fn edit(
        &self,
        department: &str,
        uuid: &str,
        change: impl FnOnce(&mut Customer),
    ) -> Result<(), SandboxError> {
        let now = self.site.clock.now();
        self.site.world().edit(department, uuid, change, now)
    }

    /// Takes a customer away, as merging two records does.
    pub fn remove(&self, department: &str, uuid: &str) -> Result<(), SandboxError> {
        let now = self.site.clock.now();
        self.site.world().remove(department, uuid, now)
    }

    /// Replaces the faults; counts begin anew.
    pub fn set_faults(&self, faults: Faults) {
        *self.site.dice() = Dice::new(faults);
    }

    /// How many faults were played so far, counted as they begin; a hang is in it before it is in the journal.
    pub fn faults_played(&self) -> u64 {
        self.site.dice().played()
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.site.connections()
    }

    /// Replaces the rate limit, with a full bucket. A limit without rate or burst lets nothing through.
    pub fn set_limit(&self, limit: Option<RateLimit>) {
        let now = self.site.clock.now();
        *self.site.bucket() = limit.map(|limit| Bucket::new(limit, now));
    }

    /// Replaces the lag of the searches, for writes of the past as well.
    pub fn set_search_lag(&self, lag: Duration) {
        *self.site.search_lag() = lag;
    }
}

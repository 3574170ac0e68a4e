//! Whom the lists of held runs name. A held run settles nobody and leaves nobody over; but what is corrected in its list
//! of errors may be fed back. So the run's own row notes their keys, as keyed hashes, and they go with it.

use std::collections::HashSet;
use std::fmt;

use rusqlite::params;

use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use super::keyed_hash::KeyedHash;
use crate::domain::{CustomerKey, RunId};

/// The customers in the lists of held runs that are kept.
pub struct ListedKeys {
    hash: KeyedHash,
    set: HashSet<String>,
}

impl ListedKeys {
    /// Whether a held run has listed the customer.
    pub fn contains(&self, key: &CustomerKey) -> bool {
        !self.set.is_empty() && self.set.contains(&written(&self.hash, key))
    }
}

impl fmt::Debug for ListedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ListedKeys({})", self.set.len())
    }
}

impl Checkpoint {
    /// Whom the lists of held runs name.
    pub fn listed_by_held_runs(&self) -> Result<ListedKeys, Error> {
        let set = self.ask(|connection| {
            connection
                .prepare("SELECT value FROM run, json_each(run.inputs, '$.listed')")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()
        })?;
        Ok(ListedKeys { hash: self.hash, set })
    }

    /// Notes whom the list of `run` names, which was held; durable at once. Behind [`Checkpoint::set_inputs`], which
    /// replaces what was noted.
    pub fn note_listed<'a>(
        &self,
        run: &RunId,
        keys: impl IntoIterator<Item = &'a CustomerKey>,
    ) -> Result<(), Error> {
        let keys: Vec<_> = keys.into_iter().map(|key| written(&self.hash, key)).collect();
        if keys.is_empty() {
            return Ok(());
        }
        self.change(run, |connection| {
            connection.execute(
                "UPDATE run SET inputs = json_set(inputs, '$.listed', json(?2)) WHERE run_id = ?1",
                params![run.as_str(), super::columns::to_json(&keys)?],
            )
        })
    }
}

/// What stands for the customer, as text.
fn written(hash: &KeyedHash, key: &CustomerKey) -> String {
    format!("{:032x}", u128::from_be_bytes(hash.customer(key)))
}

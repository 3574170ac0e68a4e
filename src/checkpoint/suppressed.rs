//! Opt-outs that are never undone: every contact that was once seen as blocked, by channel, as a keyed hash. A department
//! whose DMS holds newer express consent overrules them where its rows say so, and they stay for rows that do not.
//!
//! The table lasts; [`Suppressions`] is its copy in memory, for `push` to ask before every flag that it sends.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rusqlite::params;

use super::batch::Batch;
use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use super::keyed_hash::{Hash, KeyedHash};
use crate::domain::Channel;

/// Contacts that must not be told as allowed. Clones share one set, from any thread.
///
/// Phone numbers count however they are spelled, ten digits being North American; e-mail addresses whatever their case.
#[derive(Clone)]
pub struct Suppressions {
    hash: KeyedHash,
    set: Arc<RwLock<HashSet<Hash>>>,
}

impl Suppressions {
    /// Whether `contact` has opted out of `channel`, ever and on whichever customer.
    pub fn contains(&self, channel: Channel, contact: &str) -> bool {
        self.read().contains(&self.hash.contact(channel, contact))
    }

    /// Counts `contact` as opted out from now on; whether it was not before. Durable only with [`Batch::suppress`].
    pub fn insert(&self, channel: Channel, contact: &str) -> bool {
        self.write().insert(self.hash.contact(channel, contact))
    }

    /// How many there are, over all channels.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// Whether nobody has opted out.
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    /// The set, also where a thread panicked with it in hand: it is whole after every operation.
    fn read(&self) -> RwLockReadGuard<'_, HashSet<Hash>> {
        self.set.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Likewise, for a change.
    fn write(&self) -> RwLockWriteGuard<'_, HashSet<Hash>> {
        self.set.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Suppressions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Suppressions({})", self.len())
    }
}

impl Checkpoint {
    /// Every opt-out that was ever learned.
    pub fn suppressions(&self) -> Result<Suppressions, Error> {
        let set = self.ask(|connection| {
            connection
                .prepare("SELECT hash FROM suppressed")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()
        })?;
        Ok(Suppressions { hash: self.hash, set: Arc::new(RwLock::new(set)) })
    }
}

impl Batch<'_> {
    /// Remembers for good that `contact` has opted out of `channel`; the earliest `since` (seconds since 1970, UTC)
    /// stays.
    pub fn suppress(&self, channel: Channel, contact: &str, since: i64) -> Result<(), Error> {
        let hash = self.hash.contact(channel, contact);
        self.ask(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO suppressed (channel, hash, since) VALUES (?1, ?2, ?3)
                     ON CONFLICT (channel, hash) DO UPDATE SET since = min(since, excluded.since)",
                )?
                .execute(params![channel.as_str(), hash, since])
        })
        .map(drop)
    }
}

//! [`Memory`]: what a restore may not undo. Opt-outs and the customers who asked to be forgotten outlive the checkpoint
//! that learned of them: `backup` puts an older one in its place, and they are carried over.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::params;

use super::batch::Batch;
use super::columns;
use super::connection::{self, Checkpoint};
use super::error::CheckpointError as Error;
use super::keyed_hash::{Hash, KeyedHash};
use crate::domain::{CustomerKey, DepartmentName};

/// What became of the opt-outs and the forgotten customers of a checkpoint that was replaced.
#[derive(Debug)]
pub enum Carried {
    /// No checkpoint was replaced.
    Nothing,
    /// All of them are in the restored checkpoint too.
    Over {
        /// Opt-outs that the copy did not know.
        opt_outs: u64,
        /// Forgotten customers that the copy did not know as such; what it had of them is deleted.
        forgotten: u64,
    },
    /// Another key hashes them, so that they would never be found again: the copy was not made of this checkpoint.
    OtherKey {
        /// Opt-outs that are only in the replaced checkpoint.
        opt_outs: u64,
        /// Forgotten customers that are only there.
        forgotten: u64,
    },
    /// The replaced checkpoint does not give them away any more.
    Unreadable(Error),
}

/// Opt-outs and forgotten customers, as they are stored.
pub(super) struct Memory {
    key: KeyedHash,
    opt_outs: Vec<(String, Hash, i64)>,
    forgotten: HashSet<Hash>,
}

impl Memory {
    /// What the checkpoint at `path` remembers; `None` where there is none. The file stays as it is, log and all.
    pub(super) fn of(path: &Path, department: &DepartmentName) -> Result<Option<Self>, Error> {
        if !connection::exists(path)? {
            return Ok(None);
        }
        let connection = connection::read_untouched(path)?;
        connection::identify(&connection, path, department)?;
        let checkpoint = Checkpoint::finish(connection, path.to_owned())?;
        let (opt_outs, forgotten) = checkpoint.ask(|connection| {
            let opt_outs = connection
                .prepare("SELECT channel, hash, since FROM suppressed")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<Result<_, _>>()?;
            let forgotten = connection
                .prepare("SELECT hash FROM forgotten")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Ok((opt_outs, forgotten))
        })?;
        Ok(Some(Self { key: checkpoint.hash, opt_outs, forgotten }))
    }

    /// Adds it to what `to` remembers, and deletes there what is known of the forgotten.
    pub(super) fn carry(&self, to: &mut Checkpoint) -> Result<Carried, Error> {
        if self.key != to.hash && !(self.opt_outs.is_empty() && self.forgotten.is_empty()) {
            let (opt_outs, forgotten) = (self.opt_outs.len() as u64, self.forgotten.len() as u64);
            return Ok(Carried::OtherKey { opt_outs, forgotten });
        }
        let before = remembered(to)?;
        let has_deleted = to.batch(|batch| {
            batch.recall(self)?;
            let keys = batch.keys_of(&self.forgotten)?;
            keys.iter().try_for_each(|key| batch.forget(key))?;
            Ok(!keys.is_empty())
        })?;
        if has_deleted {
            to.scrub()?;
        }
        let after = remembered(to)?;
        Ok(Carried::Over { opt_outs: after.0 - before.0, forgotten: after.1 - before.1 })
    }
}

/// How many opt-outs and forgotten customers the checkpoint has.
fn remembered(checkpoint: &Checkpoint) -> Result<(u64, u64), Error> {
    Ok((checkpoint.suppressions()?.len() as u64, checkpoint.forgotten_count()?))
}

impl Batch<'_> {
    /// Adds opt-outs and forgotten customers; the earliest day of an opt-out stays.
    fn recall(&self, memory: &Memory) -> Result<(), Error> {
        let Memory { key: _, opt_outs, forgotten } = memory;
        self.ask(|connection| {
            let mut opt_out = connection.prepare(
                "INSERT INTO suppressed (channel, hash, since) VALUES (?1, ?2, ?3)
                 ON CONFLICT (channel, hash) DO UPDATE SET since = min(since, excluded.since)",
            )?;
            for (channel, hash, since) in opt_outs {
                opt_out.execute(params![channel, hash, since])?;
            }
            let mut forget = connection.prepare("INSERT OR IGNORE INTO forgotten (hash) VALUES (?1)")?;
            forgotten.iter().try_for_each(|hash| forget.execute([hash]).map(drop))
        })
    }

    /// The customers of whom anything is known and who are among the `forgotten`.
    fn keys_of(&self, forgotten: &HashSet<Hash>) -> Result<Vec<CustomerKey>, Error> {
        if forgotten.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<CustomerKey> = self.ask(|connection| {
            connection
                .prepare(
                    "SELECT key FROM customer UNION SELECT key FROM intent UNION SELECT key FROM before_image
                     UNION SELECT subject FROM leftover WHERE subject_kind = 'customer'",
                )?
                .query_map([], |row| columns::key(row, 0))?
                .collect()
        })?;
        Ok(keys.into_iter().filter(|key| forgotten.contains(&self.hash.customer(key))).collect())
    }
}

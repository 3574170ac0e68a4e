//! [`Memory`]: what a restore may not undo. Opt-outs and the customers who asked to be forgotten outlive the checkpoint
//! that learned of them: `backup` puts an older one in its place, and they are carried over. So are opt-outs that were
//! still to be sent; of everything else that was, a restore forgets.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use rusqlite::{Row, params};

use super::batch::Batch;
use super::columns;
use super::connection::{self, Checkpoint};
use super::error::CheckpointError as Error;
use super::intents::Intent;
use super::keyed_hash::{Hash, KeyedHash};
use crate::domain::{Consents, Customer, CustomerKey, DepartmentName, Departure, RunId, Scope};

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

/// What became of the opt-outs that the replaced checkpoint had still to send, or did not know to have arrived.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unsent {
    /// Customers of whom the restored checkpoint owes one now: the next run sends it.
    pub owed: u64,
    /// Customers whom the copy does not know: it can be sent to nobody.
    pub unknown: Vec<CustomerKey>,
}

/// Opt-outs and forgotten customers, as they are stored, and what was open.
pub(super) struct Memory {
    key: KeyedHash,
    opt_outs: Vec<(String, Hash, i64)>,
    forgotten: HashSet<Hash>,
    open: Vec<Open>,
}

/// A request that was open, by what it blocks.
struct Open {
    key: CustomerKey,
    run_id: RunId,
    at: i64,
    /// `None` where that cannot be read.
    blocks: Option<Consents>,
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
        let (opt_outs, forgotten, open) = checkpoint.ask(|connection| {
            let opt_outs = connection
                .prepare("SELECT channel, hash, since FROM suppressed")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<Result<_, _>>()?;
            let forgotten = connection
                .prepare("SELECT hash FROM forgotten")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            // Columns that every schema has: this one is not migrated.
            let open = connection
                .prepare("SELECT key, run_id, at, next_base FROM intent ORDER BY at, key")?
                .query_map([], open)?
                .collect::<Result<Vec<_>, _>>()?;
            Ok((opt_outs, forgotten, by_customer(open)))
        })?;
        Ok(Some(Self { key: checkpoint.hash, opt_outs, forgotten, open }))
    }

    /// Lays what was open and blocks somebody over what `to` knows of its customer, as owed.
    pub(super) fn owe(&self, to: &mut Checkpoint) -> Result<Unsent, Error> {
        let (mut owed, mut unknown) = (Vec::new(), Vec::new());
        for open in self.open.iter().filter(|open| open.blocks != Some(Consents::default())) {
            if to.is_forgotten(&open.key)? {
                continue;
            }
            let beneath = beneath(open, to)?;
            match (open.blocks, beneath) {
                (Some(blocks), Some(beneath)) => owed.extend(blocked(beneath, blocks)),
                _ => unknown.push(open.key.clone()),
            }
        }
        to.batch(|batch| owed.iter().try_for_each(|intent| batch.intend(intent)))?;
        Ok(Unsent { owed: owed.len() as u64, unknown })
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

/// A customer may have been owed something, and have had a request open beside it.
fn by_customer(open: Vec<Open>) -> Vec<Open> {
    let mut all = BTreeMap::<CustomerKey, Open>::new();
    for one in open {
        let blocks = match (one.blocks, all.get(&one.key).map_or(one.blocks, |known| known.blocks)) {
            (Some(one), Some(other)) => Some(one.and(other)),
            _ => None,
        };
        all.insert(one.key.clone(), Open { blocks, ..one });
    }
    all.into_values().collect()
}

/// A request that was open, or what was owed, from its columns.
fn open(row: &Row<'_>) -> rusqlite::Result<Open> {
    let next_base: rusqlite::Result<Customer> = columns::json(row, 3);
    Ok(Open {
        key: columns::key(row, 0)?,
        run_id: columns::run_id(row, 1)?,
        at: row.get(2)?,
        blocks: next_base.ok().map(|next_base| next_base.consents.blocks()),
    })
}

/// What `to` knows of the customer: what it owes itself, or else what is settled, or is in doubt of one who is not known.
fn beneath(open: &Open, to: &Checkpoint) -> Result<Option<Intent>, Error> {
    if let Some(debt) = to.open_intent(&open.key, Departure::Owed)? {
        return Ok(Some(debt));
    }
    let Some(known) = to.known(&open.key)? else { return to.open_intent(&open.key, Departure::Sent) };
    Ok(Some(Intent {
        key: open.key.clone(),
        run_id: open.run_id.clone(),
        at: open.at,
        uuid: Some(known.uuid),
        scope: Scope::OptOuts,
        next_base: known.base,
        source: None,
        canonical: known.canonical,
        recency: known.recency,
        departure: Departure::Owed,
    }))
}

/// An intent that blocks, too; `None` where it does so already.
fn blocked(intent: Intent, blocks: Consents) -> Option<Intent> {
    let Intent { next_base, .. } = &intent;
    let next_base = Customer { consents: next_base.consents.and(blocks), ..next_base.clone() };
    // One that cannot be written cannot have been read.
    let canonical = next_base.canonical().ok().filter(|_| next_base != intent.next_base)?;
    Some(Intent { next_base, canonical, source: None, ..intent })
}

/// How many opt-outs and forgotten customers the checkpoint has.
fn remembered(checkpoint: &Checkpoint) -> Result<(u64, u64), Error> {
    Ok((checkpoint.suppressions()?.len() as u64, checkpoint.forgotten_count()?))
}

impl Batch<'_> {
    /// Adds opt-outs and forgotten customers; the earliest day of an opt-out stays.
    fn recall(&self, memory: &Memory) -> Result<(), Error> {
        let Memory { key: _, opt_outs, forgotten, open: _ } = memory;
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

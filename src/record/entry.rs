//! What one transaction of the checkpoint takes, and how each of it is written.

use crate::checkpoint::{
    Batch, CheckpointError, Intent, LeftoverEntry, Seen, Settled, Subject, Suppressions,
};
use crate::domain::outcome::Cause;
use crate::domain::{
    Channel, CustomerKey, Departure, Fingerprint, Outcome, OutcomeKind, Position, Recency, RunId,
};
use crate::push::journal::{DebtFate, IntentFate, Intention, Learned, Settlement};

/// A row that belongs to no customer.
#[derive(Debug, Clone)]
pub struct RejectedRow {
    /// Where it stands.
    pub at: Position,
    /// Of its bytes: what it is recognised by another night.
    pub bytes: Fingerprint,
    /// Why.
    pub cause: Cause,
}

/// What is recorded in one transaction.
#[derive(Debug)]
pub(super) enum Entry {
    Intend(Box<Intention>),
    Settle(Box<Settlement>),
    Same { key: CustomerKey, source: Option<Fingerprint>, recency: Recency },
    Row(RejectedRow),
    Mended(Fingerprint),
    OptOut(Channel, String),
}

/// Writes one entry; what the checkpoint says of a leftover.
pub(super) fn write(
    batch: &Batch<'_>,
    entry: &Entry,
    run_id: &RunId,
    now: i64,
    suppressions: &Suppressions,
) -> Result<Option<Seen>, CheckpointError> {
    match entry {
        Entry::Intend(intention) => write_intention(batch, intention, run_id, now).map(|()| None),
        Entry::Same { key, source: Some(source), recency } => {
            batch.learn_source(key, *source, *recency, run_id).map(|_| None)
        }
        Entry::Same { key, source: None, recency: _ } => {
            batch.clear_leftover(&key.clone().into()).map(|()| None)
        }
        Entry::Mended(bytes) => batch.clear_leftover(&Subject::Row(*bytes)).map(|()| None),
        Entry::OptOut(channel, contact) => {
            suppress(batch, *channel, contact, now, suppressions)?;
            Ok(None)
        }
        Entry::Settle(settlement) => write_settlement(batch, settlement, run_id, now, suppressions),
        Entry::Row(RejectedRow { at: _, bytes, cause }) => {
            let entry = leftover_entry(Subject::Row(*bytes), cause, OutcomeKind::Rejected, run_id, now);
            batch.leave_over(&entry).map(Some)
        }
    }
}

fn write_intention(
    batch: &Batch<'_>,
    intention: &Intention,
    run_id: &RunId,
    now: i64,
) -> Result<(), CheckpointError> {
    let Intention { key, uuid, scope, next_base, source, canonical, recency, before, departure } =
        intention.clone();
    if let (Some(uuid), Some(before)) = (&uuid, &before) {
        batch.remember_before(run_id, &key, uuid, before, now)?;
    }
    batch.intend(&Intent {
        key,
        run_id: run_id.clone(),
        at: now,
        uuid,
        scope,
        next_base,
        source,
        canonical,
        recency,
        departure,
    })
}

fn suppress(
    batch: &Batch<'_>,
    channel: Channel,
    contact: &str,
    now: i64,
    suppressions: &Suppressions,
) -> Result<(), CheckpointError> {
    if suppressions.insert(channel, contact) { batch.suppress(channel, contact, now) } else { Ok(()) }
}

fn write_settlement(
    batch: &Batch<'_>,
    settlement: &Settlement,
    run_id: &RunId,
    now: i64,
    suppressions: &Suppressions,
) -> Result<Option<Seen>, CheckpointError> {
    let Settlement { key, outcome, learned, intent, debt, refused, opt_outs, warnings: _ } = settlement;
    for (channel, contact) in opt_outs {
        suppress(batch, *channel, contact, now, suppressions)?;
    }
    match (learned, intent) {
        (Some(learned), _) => {
            let Learned { uuid, base, canonical, source, recency } = learned.clone();
            let (key, run_id) = (key.clone(), run_id.clone());
            batch.settle(&Settled { key, uuid, base, canonical, source, recency, run_id })?;
        }
        (None, IntentFate::Dropped) => batch.close_intent(key, Departure::Sent)?,
        (None, IntentFate::Kept) => {}
    }
    match debt {
        DebtFate::Stays => {}
        DebtFate::Paid => batch.close_intent(key, Departure::Owed)?,
        DebtFate::PaidAs(canonical) => batch.close_debt(key, *canonical)?,
        DebtFate::Becomes(debt) => write_intention(batch, debt, run_id, now)?,
    }
    let Some(Outcome { kind, cause: Some(cause), http_status, attempts, .. }) = outcome else {
        return Ok(None);
    };
    if !kind.needs_work() {
        return Ok(None);
    }
    let entry = LeftoverEntry {
        http_status: *http_status,
        attempts: *attempts,
        canonical: *refused,
        ..leftover_entry(Subject::Customer(key.clone()), cause, *kind, run_id, now)
    };
    batch.leave_over(&entry).map(Some)
}

fn leftover_entry(
    subject: Subject,
    cause: &Cause,
    kind: OutcomeKind,
    run_id: &RunId,
    at: i64,
) -> LeftoverEntry {
    let Cause { stage, code, message, tip } = cause.clone();
    LeftoverEntry {
        subject,
        stage,
        kind,
        code,
        message,
        tip,
        http_status: None,
        attempts: 0,
        canonical: None,
        payload: None,
        run_id: run_id.clone(),
        at,
    }
}

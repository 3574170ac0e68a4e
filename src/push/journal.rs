//! What must survive a crash: intents before writes, results after answers.

use std::future::Future;

use crate::domain::{
    Action, Change, Channel, Customer, CustomerKey, CustomerUuid, Departure, Fingerprint, Outcome, Recency,
    Warning,
};

/// The durable note that a write is about to leave, or is owed.
#[derive(Debug, Clone)]
pub struct Intention {
    /// Whose.
    pub key: CustomerKey,
    /// Whom the write replaces; `None` for a create.
    pub uuid: Option<CustomerUuid>,
    /// What base is to be once the write is known to have been applied.
    pub next_base: Customer,
    /// Of the rows behind it; `None` where they are to be looked at again.
    pub source: Option<Fingerprint>,
    /// Of `next_base`.
    pub canonical: Fingerprint,
    /// How new the rows behind it are.
    pub recency: Recency,
    /// Theirs as it was, as JSON, for updates.
    pub before: Option<String>,
    /// Whether it may leave as soon as this is on disk.
    pub departure: Departure,
}

impl Intention {
    /// That `change` is about to replace the record `uuid`, which was `before`; without a uuid, to create one.
    pub(super) fn of(change: &Change, uuid: Option<&CustomerUuid>, before: Option<String>) -> Self {
        Self {
            key: change.ours.key.clone(),
            uuid: uuid.cloned(),
            next_base: change.next_base.clone(),
            source: change.source,
            canonical: change.canonical,
            recency: change.recency,
            before,
            departure: Departure::Sent,
        }
    }

    /// That `change` is owed.
    pub(super) fn owing(change: &Change) -> Self {
        let uuid = match &change.action {
            Action::Update { uuid, base: _ } => Some(uuid),
            Action::Create => None,
        };
        Self { departure: Departure::Owed, ..Self::of(change, uuid, None) }
    }
}

/// What one customer's life came to.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Whose.
    pub key: CustomerKey,
    /// To be counted and reported; `None` where an earlier run's intent is settled that is not in today's plan.
    pub outcome: Option<Outcome>,
    /// What the checkpoint learns; its intent is over then, or as much of it as that is, where it is kept.
    pub learned: Option<Learned>,
    /// What becomes of the intent where nothing was learned.
    pub intent: IntentFate,
    /// The canonical fingerprint that was refused in so many words, or answered with another customer's record: not to
    /// be sent again for a while.
    pub refused: Option<Fingerprint>,
    /// Contacts that either side has blocked.
    pub opt_outs: Vec<(Channel, String)>,
    /// Fields dropped or repaired, by us or by the API.
    pub warnings: Vec<Warning>,
}

impl Settlement {
    /// Of a customer for whom nothing was done: an earlier run's intent stays as it is, the checkpoint learns nothing.
    pub fn unsent(outcome: Outcome, warnings: Vec<Warning>) -> Self {
        Self {
            key: outcome.key.clone(),
            outcome: Some(outcome),
            learned: None,
            intent: IntentFate::Kept,
            refused: None,
            opt_outs: Vec::new(),
            warnings,
        }
    }
}

/// A customer that is safely pushed.
#[derive(Debug, Clone)]
pub struct Learned {
    /// myKaarma's identity of it.
    pub uuid: CustomerUuid,
    /// Ours: the next base. Never the merged payload.
    pub base: Customer,
    /// Of `base`.
    pub canonical: Fingerprint,
    /// Of the rows behind it; `None` where they are to be looked at again.
    pub source: Option<Fingerprint>,
    /// How new they are; a date that is missing keeps what was known.
    pub recency: Recency,
}

/// What becomes of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentFate {
    /// The write was surely not applied, or there was none.
    Dropped,
    /// The same; but nobody says it again, so that it is tried again by the next run.
    Owed,
    /// It stays as it is: the write may have been applied, and the next run settles it; or nothing was done about
    /// an earlier run's.
    Kept,
}

/// An intent that an earlier run left open.
#[derive(Debug, Clone)]
pub struct Unsettled {
    /// What was about to happen.
    pub intention: Intention,
    /// Base before it, where there was one.
    pub base: Option<Customer>,
    /// What tonight's export makes of its customer.
    pub tonight: Tonight,
}

/// What tonight's export makes of a customer whose intent is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tonight {
    /// It is planned, or nothing is said of it.
    #[default]
    Open,
    /// It is refused: what was open waits until it is not.
    Refused,
    /// It is left alone on purpose: nothing more is sent for it.
    Skipped,
}

/// The journal cannot be written any more: nothing further may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost;

/// The durable side of push.
pub trait Journal: Send + Sync + 'static {
    /// Notes that a write is about to leave. Returns once that is on disk.
    fn intend(&self, intention: Intention) -> impl Future<Output = Result<(), Lost>> + Send;

    /// Which other customer than `key` has the record `uuid`, by what earlier runs have learned.
    fn other_holder(
        &self,
        uuid: CustomerUuid,
        key: CustomerKey,
    ) -> impl Future<Output = Result<Option<CustomerKey>, Lost>> + Send;

    /// Remembers contacts that are blocked, on disk with the next commit. Settlements name them once more.
    fn opt_outs(&self, contacts: Vec<(Channel, String)>) -> impl Future<Output = Result<(), Lost>> + Send;

    /// Notes what a life came to. Returns once it is taken: what a crash loses of it, the intent tells.
    fn settle(&self, settlement: Settlement) -> impl Future<Output = Result<(), Lost>> + Send;
}

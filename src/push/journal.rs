//! What must survive a crash: intents before writes, results after answers.

use std::future::Future;

use crate::domain::{
    Action, Change, Channel, Consents, Customer, CustomerKey, CustomerUuid, Departure, Fingerprint, Outcome,
    Recency, Scope, Warning,
};

/// The durable note that a write is about to leave, or is owed. A customer has at most one of each.
#[derive(Debug, Clone)]
pub struct Intention {
    /// Whose.
    pub key: CustomerKey,
    /// Whom the write replaces; `None` for a create.
    pub uuid: Option<CustomerUuid>,
    /// How much of the customer it is about; of one that only blocks, only the blocks of `next_base` count.
    pub scope: Scope,
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
    /// Whether it may leave as soon as this is on disk, or is owed.
    pub departure: Departure,
}

impl Intention {
    /// That `change` is about to replace the record `uuid`, which was `before`; without a uuid, to create one.
    pub(super) fn of(change: &Change, uuid: Option<&CustomerUuid>, before: Option<String>) -> Self {
        Self {
            key: change.ours.key.clone(),
            uuid: uuid.cloned(),
            scope: change.scope,
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

    /// That what `blocks` says no to is owed to the customer of the record `uuid`, over `base`.
    pub(super) fn blocking(uuid: &CustomerUuid, base: &Customer, blocks: Consents) -> Option<Self> {
        let next_base = Customer { consents: base.consents.and(blocks), ..base.clone() };
        let canonical = next_base.canonical().ok().filter(|_| blocks != Consents::default())?;
        Some(Self {
            key: base.key.clone(),
            uuid: Some(uuid.clone()),
            scope: Scope::OptOuts,
            next_base,
            // The rows behind it are looked at again, and make no others older.
            source: None,
            canonical,
            recency: Recency::default(),
            before: None,
            departure: Departure::Owed,
        })
    }
}

/// What one customer's life came to.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Whose.
    pub key: CustomerKey,
    /// To be counted and reported; `None` where an earlier run's intent is settled that is not in today's plan.
    pub outcome: Option<Outcome>,
    /// What the checkpoint learns; no request is in doubt then.
    pub learned: Option<Learned>,
    /// What becomes of the intent of a request where nothing was learned.
    pub intent: IntentFate,
    /// What becomes of what is owed.
    pub debt: DebtFate,
    /// The canonical fingerprint that was refused in so many words, or answered with another customer's record: not to
    /// be sent again for a while.
    pub refused: Option<Fingerprint>,
    /// Contacts that either side has blocked.
    pub opt_outs: Vec<(Channel, String)>,
    /// Fields dropped or repaired, by us or by the API.
    pub warnings: Vec<Warning>,
}

impl Settlement {
    /// Of a customer for whom nothing was done: earlier runs' intents stay as they are, the checkpoint learns nothing.
    pub fn unsent(outcome: Outcome, warnings: Vec<Warning>) -> Self {
        Self {
            key: outcome.key.clone(),
            outcome: Some(outcome),
            learned: None,
            intent: IntentFate::Kept,
            debt: DebtFate::Stays,
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

/// What becomes of the intent of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentFate {
    /// The write was surely not applied, or there was none.
    Dropped,
    /// It stays as it is: the write may have been applied, and the next run settles it; or nothing was done about
    /// an earlier run's.
    Kept,
}

/// What becomes of what a customer is owed.
#[derive(Debug, Clone)]
pub enum DebtFate {
    /// It stays as it is.
    Stays,
    /// There is nothing more to say.
    Paid,
    /// The same, as long as it is what this is the fingerprint of: tonight's rows may say more.
    PaidAs(Fingerprint),
    /// From now on it is this.
    Becomes(Box<Intention>),
}

/// What earlier runs left open of one customer.
#[derive(Debug, Clone)]
pub struct Unsettled {
    /// Whose.
    pub key: CustomerKey,
    /// Whose record it is and base, where the checkpoint knows it.
    pub known: Option<(CustomerUuid, Customer)>,
    /// What was about to leave, where its answer is unknown.
    pub doubt: Option<Intention>,
    /// What is owed, where anything is.
    pub debt: Option<Intention>,
    /// What tonight's export makes of its customer.
    pub tonight: Tonight,
}

/// What tonight's export makes of a customer of whom something is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tonight {
    /// It is planned, or nothing is said of it.
    #[default]
    Open,
    /// It is refused: what was open waits until it is not.
    Refused,
    /// It is left alone on purpose: nothing more is sent for it but what it blocks.
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

//! What an earlier run left unanswered is settled before anything else: an open intent says that a write was about
//! to leave, and the remote says whether it arrived.

use std::sync::Arc;

use super::cause;
use super::crew::Limits;
use super::journal::{IntentFate, Intention, Journal, Learned, Settlement, Tonight, Unsettled};
use super::life::Pusher;
use super::lookup::Found;
use super::merge::{Ours, merge};
use super::opt_out::is_said_once;
use super::remote::Remote;
use super::since::{blocked_since, said_since, scope};
use super::trail::Trail;
use super::trouble::unclear_find;
use crate::domain::outcome::Cause;
use crate::domain::{
    Action, Change, Consents, Customer, CustomerKey, CustomerUuid, Departure, Fingerprint, Outcome,
    OutcomeKind, Position, Recency, Scope,
};

/// What became of an open intent.
#[derive(Debug, Clone)]
pub(super) enum Resolution {
    /// The write was applied.
    Applied {
        /// Whose record it is.
        uuid: CustomerUuid,
        /// What was written, as ours.
        base: Box<Customer>,
        /// Of `base`.
        canonical: Fingerprint,
        /// What the earlier run would have counted it as.
        kind: OutcomeKind,
    },
    /// Our key is there, on a record that agrees, and not as it was about to be written: to be adopted, not created.
    Adoptable {
        /// Whose record it is.
        uuid: CustomerUuid,
    },
    /// It was not applied, or the record is gone since: to be sent as if it had never been.
    NotApplied,
    /// It cannot be told yet: nothing may be sent for this customer.
    Unresolved(Cause),
}

/// A settled intent, for whoever pushes its customer.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    pub(super) resolution: Resolution,
    /// What was open.
    pub(super) unsettled: Unsettled,
}

impl Unsettled {
    /// How much the intent was about.
    pub(super) fn scope(&self) -> Scope {
        let base = self.base.as_ref().filter(|_| self.intention.uuid.is_some());
        scope(base, &self.intention.next_base)
    }

    /// Whether it was about to block somebody who is known.
    fn owes_blocks(&self) -> bool {
        self.intention.uuid.is_some() && self.base.is_some() && self.blocks() != Consents::default()
    }

    /// What the intent blocks beyond what was blocked before it.
    pub(super) fn blocks(&self) -> Consents {
        blocked_since(self.base.as_ref().map(|base| base.consents), self.intention.next_base.consents)
    }
}

impl<R: Remote, J: Journal> Pusher<R, J> {
    /// Settles every open intent, within the bounds of the crew that comes after. What was applied is learned, what was
    /// not is sent with its customer's turn, what cannot be told stays open and keeps its customer from being sent.
    ///
    /// Where the requests that are left may not do for all of them, each is settled when it is its customer's turn:
    /// whoever was looked up for nothing today would be looked up for nothing tomorrow. Then a create may be answered
    /// with a record that another one's open intent has made and nobody has looked up yet. The record is the first one's
    /// from then on, in this run ([`Claims`](super::claims::Claims)) as in later ones ([`Journal::other_holder`]), and
    /// when the other is settled it is told apart (`remote.shared`): two customers never have one record.
    pub async fn settle_all(self: &Arc<Self>, unsettled: Vec<Unsettled>, limits: &Limits) {
        if limits.afford(unsettled.len()) {
            self.settle(unsettled, limits.lives).await;
        } else {
            let waiting = unsettled.into_iter().map(|one| (one.intention.key.clone(), one));
            self.postponed.lock().await.extend(waiting);
        }
    }

    /// Settles these, so many at once.
    async fn settle(self: &Arc<Self>, unsettled: Vec<Unsettled>, at_once: usize) {
        let mut under_way = tokio::task::JoinSet::new();
        for one in unsettled {
            if under_way.len() >= at_once.max(1) {
                under_way.join_next().await;
            }
            let pusher = Arc::clone(self);
            under_way.spawn(async move { pusher.settle_one(one).await });
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Settles up to so many of those that nobody's turn has come for; `false` where there are none.
    pub(super) async fn settle_postponed(self: &Arc<Self>, at_once: usize) -> bool {
        let next: Vec<_> = {
            let mut postponed = self.postponed.lock().await;
            let keys: Vec<_> = postponed.keys().take(at_once.max(1)).cloned().collect();
            keys.iter().filter_map(|key| postponed.remove(key)).collect()
        };
        let found = !next.is_empty();
        self.settle(next, at_once).await;
        found
    }

    /// What became of the customer's open intent, where it has one.
    pub(super) async fn earlier(&self, key: &CustomerKey) -> Option<Resolved> {
        let postponed = self.postponed.lock().await.remove(key);
        if let Some(unsettled) = postponed {
            // Seldom, and as large as a life.
            Box::pin(self.settle_one(unsettled)).await;
        }
        // Taken out: a lock held for a life would let only one customer live at a time.
        self.resolved.lock().await.remove(key)
    }

    /// Whether anything that earlier runs left open has not had its turn.
    pub(super) async fn leaves_open(&self) -> bool {
        let is_done = |one: &Resolved| matches!(one.resolution, Resolution::Applied { .. });
        !self.postponed.lock().await.is_empty() || !self.resolved.lock().await.values().all(is_done)
    }

    async fn settle_one(&self, unsettled: Unsettled) {
        if unsettled.intention.departure == Departure::Owed {
            // Nothing of it has left: there is nothing to ask.
            let (key, resolution) = (unsettled.intention.key.clone(), Resolution::NotApplied);
            self.resolved.lock().await.insert(key, Resolved { resolution, unsettled });
            return;
        }
        let mut trail = Trail::default();
        let resolution = tokio::select! {
            biased;
            // Nothing is written here, so there is nothing to wait for once no work is to be taken.
            () = self.brake.stopping() => Resolution::Unresolved(cause::unproven()),
            resolution = self.resolve(&unsettled, &mut trail) => resolution,
        };
        let resolution = self.claimed(&unsettled.intention, resolution).await;
        let learned = match &resolution {
            Resolution::Applied { uuid, .. } => Some(learned(&unsettled.intention, uuid.clone())),
            Resolution::Adoptable { .. } | Resolution::NotApplied | Resolution::Unresolved(_) => None,
        };
        // What was not applied stays open until its customer has been pushed: a crash in between must not lose it.
        self.note(&unsettled.intention, learned, IntentFate::Kept, None, trail).await;
        let key = unsettled.intention.key.clone();
        self.resolved.lock().await.insert(key, Resolved { resolution, unsettled });
    }

    /// Whose the record is that was found. One that was looked for may have become another's before: that one's create
    /// was answered with it while this one's could not be looked up.
    async fn claimed(&self, intention: &Intention, resolution: Resolution) -> Resolution {
        let (Resolution::Applied { uuid, .. } | Resolution::Adoptable { uuid }) = &resolution else {
            return resolution;
        };
        let claimed = match intention.uuid {
            Some(_) => self.claim(&intention.key, uuid),
            None => self.claim_new(&intention.key, uuid).await,
        };
        match claimed {
            Ok(()) => resolution,
            Err(trouble) => Resolution::Unresolved(trouble.cause),
        }
    }

    /// What earlier runs left open and today's plan does not mention. A delta says nothing of what it does not mention,
    /// so that is sent after all, and so is every block; else a full export says that there is no such customer, so it
    /// is let go. What cannot be told is counted in doubt. Who is refused or skipped tonight is counted as that, and is
    /// not sent; but a refused row keeps no block from being sent.
    pub(super) async fn unplanned(&self) -> Vec<(Change, Tonight)> {
        let open = std::mem::take(&mut *self.resolved.lock().await);
        let mut changes = Vec::new();
        for (key, Resolved { resolution, unsettled }) in open {
            let said_once = is_said_once(unsettled.scope(), self.policies.export);
            let only_blocks = unsettled.scope() == Scope::OptOuts;
            match (resolution, unsettled.tonight) {
                (Resolution::NotApplied, Tonight::Refused) if only_blocks => {
                    changes.push((again(unsettled), Tonight::Refused));
                }
                // Done; or it waits until its customer is not set aside any more.
                (Resolution::Applied { .. }, _)
                | (Resolution::Unresolved(_), Tonight::Refused | Tonight::Skipped)
                | (Resolution::Adoptable { .. }, Tonight::Refused) => {}
                (Resolution::NotApplied, Tonight::Refused) if said_once => {}
                (Resolution::Unresolved(cause), Tonight::Open) => {
                    let trail = Trail::default();
                    let uuid = unsettled.intention.uuid.clone();
                    let outcome = trail.outcome(key, None, OutcomeKind::InDoubt, uuid, Some(cause));
                    self.note(&unsettled.intention, None, IntentFate::Kept, Some(outcome), trail).await;
                }
                (Resolution::Adoptable { uuid }, Tonight::Skipped) => {
                    self.adopt_unwritten(&unsettled.intention, uuid).await;
                }
                (Resolution::NotApplied, Tonight::Open | Tonight::Refused)
                    if !said_once && unsettled.owes_blocks() =>
                {
                    let tonight = unsettled.tonight;
                    changes.extend(blocks_of(unsettled).map(|change| (change, tonight)));
                }
                (resolution @ (Resolution::NotApplied | Resolution::Adoptable { .. }), Tonight::Open)
                    if said_once =>
                {
                    if let Resolution::Adoptable { .. } = resolution {
                        let again = Resolved { resolution, unsettled: unsettled.clone() };
                        self.resolved.lock().await.insert(key, again);
                    }
                    changes.push((again(unsettled), Tonight::Open));
                }
                (Resolution::NotApplied | Resolution::Adoptable { .. }, _) => {
                    self.note(&unsettled.intention, None, IntentFate::Dropped, None, Trail::default()).await;
                }
            }
        }
        changes
    }

    /// Remembers whose record it is, and writes nothing. Of its content nothing is ours: it is not as we would have
    /// written it.
    async fn adopt_unwritten(&self, intention: &Intention, uuid: CustomerUuid) {
        let Customer { key, name, .. } = intention.next_base.clone();
        let base = Customer::named(key, name);
        let learned = base.canonical().map(|canonical| {
            let recency = Recency::default();
            Learned { uuid, base, canonical, source: None, recency }
        });
        match learned {
            Ok(learned) => {
                self.note(intention, Some(learned), IntentFate::Dropped, None, Trail::default()).await;
            }
            Err(error) => {
                tracing::error!(%error, "a customer cannot be stored; this is a defect: please report it");
            }
        }
    }

    async fn note(
        &self,
        intention: &Intention,
        learned: Option<Learned>,
        intent: IntentFate,
        outcome: Option<Outcome>,
        trail: Trail,
    ) {
        let Trail { warnings, opt_outs, .. } = trail;
        let key = intention.key.clone();
        let settlement = Settlement { key, outcome, learned, intent, refused: None, opt_outs, warnings };
        if self.journal.settle(settlement).await.is_err() {
            self.brake.stop(super::Stop::Lost);
        }
    }

    async fn resolve(&self, unsettled: &Unsettled, trail: &mut Trail) -> Resolution {
        let Unsettled { intention, base, tonight: _ } = unsettled;
        // A create, also one of a customer that was known and whose record was gone, has nothing before it.
        let base = base.as_ref().filter(|_| intention.uuid.is_some());
        let (uuid, kind) = match &intention.uuid {
            Some(uuid) => (uuid.clone(), OutcomeKind::Updated),
            None => match self.look_twice(&intention.next_base, trail).await {
                Ok(Found::One(uuid)) => (uuid, OutcomeKind::Created),
                Ok(Found::None) => return Resolution::NotApplied,
                Ok(found) => return Resolution::Unresolved(unclear_find(&found)),
                Err(trouble) => return Resolution::Unresolved(trouble.cause),
            },
        };
        let theirs = match self.read(&uuid, trail).await {
            Ok(Some(theirs)) => theirs,
            // Gone: it is dealt with as any other record that is.
            Ok(None) => return Resolution::NotApplied,
            Err(trouble) => return Resolution::Unresolved(trouble.cause),
        };
        let next = &intention.next_base;
        let ours = Ours { now: &said_since(base, next), next, scope: unsettled.scope() };
        let merged = merge(base, ours, &theirs, self.rules());
        self.hear(merged.opt_outs, trail).await;
        match (merged.write, kind) {
            (Ok(None), _) => Resolution::Applied {
                uuid,
                base: Box::new(intention.next_base.clone()),
                canonical: intention.canonical,
                kind,
            },
            // Not what was about to be written. An update is planned again; what would be created must not be.
            _ if base.is_none() => Resolution::Adoptable { uuid },
            _ => Resolution::NotApplied,
        }
    }
}

/// The change that an intent was about to make.
pub(super) fn again(unsettled: Unsettled) -> Change {
    let scope = unsettled.scope();
    let Unsettled { intention, base, tonight: _ } = unsettled;
    let Intention { key: _, uuid, next_base, source, canonical, recency, before: _, departure: _ } =
        intention;
    let action = match (uuid, base) {
        (Some(uuid), Some(base)) => Action::Update { uuid, base: Box::new(base) },
        _ => Action::Create,
    };
    let base = match &action {
        Action::Update { base, .. } => Some(&**base),
        Action::Create => None,
    };
    Change {
        ours: said_since(base, &next_base),
        scope,
        action,
        next_base,
        fields: Vec::new(),
        at: Position { file: "an earlier run's export".into(), line: 0, record: 0 },
        source,
        canonical,
        recency,
        warnings: Vec::new(),
    }
}

/// Of the change that an intent was about to make, what it blocks.
fn blocks_of(unsettled: Unsettled) -> Option<Change> {
    let (blocks, base) = (unsettled.blocks(), unsettled.base.clone()?);
    let change = again(unsettled);
    let ours = Customer { consents: blocks, ..Customer::named(base.key.clone(), base.name.clone()) };
    let next_base = Customer { consents: base.consents.and(blocks), ..base };
    let canonical = next_base.canonical().ok()?;
    Some(Change { scope: Scope::OptOuts, ours, next_base, canonical, source: None, ..change })
}

fn learned(intention: &Intention, uuid: CustomerUuid) -> Learned {
    let Intention { key: _, uuid: _, next_base, source, canonical, recency, before: _, departure: _ } =
        intention;
    Learned { uuid, base: next_base.clone(), canonical: *canonical, source: *source, recency: *recency }
}

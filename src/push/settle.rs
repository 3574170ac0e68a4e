//! What an earlier run left unanswered is settled before anything else: a doubt says that a write was about to leave, and
//! the remote says whether it arrived. What is still to be said after that, and of whom today's plan does not speak, is
//! sent after all.

use std::sync::Arc;

use super::cause;
use super::crew::Limits;
use super::journal::{DebtFate, IntentFate, Intention, Journal, Learned, Settlement, Tonight, Unsettled};
use super::life::Pusher;
use super::lookup::Found;
use super::merge::{Ours, merge};
use super::remote::Remote;
use super::since::said_since;
use super::trail::Trail;
use super::trouble::unclear_find;
use crate::api::wire::CustomerWithVehicles;
use crate::domain::outcome::Cause;
use crate::domain::{Change, Customer, CustomerKey, CustomerUuid, Fingerprint, OutcomeKind, Recency, Scope};

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

/// What was open of a customer, settled, for whoever pushes it.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    pub(super) resolution: Resolution,
    /// What was open.
    pub(super) unsettled: Unsettled,
}

impl<R: Remote, J: Journal> Pusher<R, J> {
    /// Settles all that is open, within the bounds of the crew that comes after. What was applied is learned, what was
    /// not is sent with its customer's turn, what cannot be told stays open and keeps its customer from being sent.
    ///
    /// Where the requests that are left may not do for all of them, each is settled when it is its customer's turn:
    /// whoever was looked up for nothing today would be looked up for nothing tomorrow. Then a create may be answered
    /// with a record that another one's open intent has made and nobody has looked up yet. The record is the first one's
    /// from then on, in this run ([`Claims`](super::claims::Claims)) as in later ones ([`Journal::other_holder`]), and
    /// when the other is settled it is told apart (`remote.shared`): two customers never have one record.
    pub async fn settle_all(self: &Arc<Self>, unsettled: Vec<Unsettled>, limits: &Limits) {
        let unsettled = self.let_go(unsettled).await;
        if limits.afford(unsettled.len()) {
            self.settle(unsettled, limits.lives).await;
        } else {
            let waiting = unsettled.into_iter().map(|one| (one.key.clone(), one));
            self.postponed.lock().await.extend(waiting);
        }
    }

    /// Who is skipped tonight is owed nothing any more but what is blocked, and that at once: a delta says only once that
    /// somebody was deleted, and this run may be stopped before it comes to that. Of a doubt the remote is asked first.
    async fn let_go(&self, unsettled: Vec<Unsettled>) -> Vec<Unsettled> {
        let mut open = Vec::with_capacity(unsettled.len());
        for one in unsettled {
            if one.tonight != Tonight::Skipped || one.doubt.is_some() {
                open.push(one);
                continue;
            }
            let skipped = Resolved { resolution: Resolution::NotApplied, unsettled: one };
            let left = skipped.left(self.policies.export);
            self.leave_owed(&skipped, left.as_ref()).await;
            if let Some(left) = left {
                open.push(Unsettled { debt: Some(Intention::owing(&left)), ..skipped.unsettled });
            }
        }
        open
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

    /// What became of what was open of the customer, where anything was.
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
        let export = self.policies.export;
        let is_done = |one: &Resolved| {
            matches!(one.resolution, Resolution::Applied { .. }) && one.left(export).is_none()
        };
        !self.postponed.lock().await.is_empty() || !self.resolved.lock().await.values().all(is_done)
    }

    async fn settle_one(&self, unsettled: Unsettled) {
        let key = unsettled.key.clone();
        let resolution = match &unsettled.doubt {
            Some(doubt) => self.settle_doubt(doubt, &unsettled).await,
            // Nothing of it has left: there is nothing to ask.
            None => Resolution::NotApplied,
        };
        self.resolved.lock().await.insert(key, Resolved { resolution, unsettled });
    }

    async fn settle_doubt(&self, doubt: &Intention, unsettled: &Unsettled) -> Resolution {
        let mut trail = Trail::default();
        let resolution = tokio::select! {
            biased;
            // Nothing is written here, so there is nothing to wait for once no work is to be taken.
            () = self.brake.stopping() => Resolution::Unresolved(cause::unproven()),
            resolution = self.resolve(doubt, unsettled, &mut trail) => resolution,
        };
        let resolution = self.claimed(doubt, resolution).await;
        let resolved = Resolved { resolution, unsettled: unsettled.clone() };
        let (learned, debt) = match (&resolved.resolution, &unsettled.debt) {
            (Resolution::Applied { uuid, .. }, debt) => {
                let is_paid = |_: &&Intention| resolved.left(self.policies.export).is_none();
                let paid = debt.as_ref().filter(is_paid).map(|debt| DebtFate::PaidAs(debt.canonical));
                (Some(learned(doubt, uuid.clone())), paid.unwrap_or(DebtFate::Stays))
            }
            (Resolution::Adoptable { uuid }, _) => {
                // Whoever looks for it again may find nobody.
                self.found(doubt, uuid).await;
                (None, DebtFate::Stays)
            }
            (Resolution::NotApplied | Resolution::Unresolved(_), _) => (None, DebtFate::Stays),
        };
        // What was not applied stays open until its customer has been pushed: a crash in between must not lose it.
        let settlement = Settlement { learned, debt, ..trail.unsent(doubt.key.clone()) };
        self.note(settlement).await;
        resolved.resolution
    }

    /// Remembers whose record a create in doubt has made.
    async fn found(&self, doubt: &Intention, uuid: &CustomerUuid) {
        if doubt.uuid.as_ref() != Some(uuid)
            && self.journal.intend(Intention { uuid: Some(uuid.clone()), ..doubt.clone() }).await.is_err()
        {
            self.brake.stop(super::Stop::Lost);
        }
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
    /// not sent; but that keeps no block from being sent.
    pub(super) async fn unplanned(&self) -> Vec<(Change, Tonight)> {
        let open = std::mem::take(&mut *self.resolved.lock().await);
        let mut changes = Vec::new();
        for (key, one) in open {
            let tonight = one.unsettled.tonight;
            match (&one.resolution, tonight, one.left(self.policies.export)) {
                (Resolution::Unresolved(cause), Tonight::Open, _) => self.tell(&one, cause.clone()).await,
                // It is learned already; or it waits until its customer is not set aside any more.
                (Resolution::Applied { .. }, _, None)
                | (Resolution::Unresolved(_), Tonight::Refused | Tonight::Skipped, _)
                | (Resolution::Adoptable { .. }, Tonight::Refused, _) => {}
                (_, Tonight::Refused, Some(change)) if change.scope == Scope::Whole => {}
                (Resolution::Adoptable { uuid }, Tonight::Skipped, _)
                | (Resolution::Adoptable { uuid }, Tonight::Open, None) => {
                    self.adopt_unwritten(&one, uuid.clone()).await;
                }
                (_, _, left) => {
                    self.leave_owed(&one, left.as_ref()).await;
                    changes.extend(left.map(|change| (change, tonight)));
                    if let Resolution::Adoptable { .. } = one.resolution {
                        self.resolved.lock().await.insert(key, one);
                    }
                }
            }
        }
        changes
    }

    /// Counts in doubt what cannot be told.
    async fn tell(&self, one: &Resolved, cause: Cause) {
        let Unsettled { key, known, doubt, .. } = &one.unsettled;
        let of_doubt = doubt.as_ref().and_then(|doubt| doubt.uuid.clone());
        let uuid = of_doubt.or_else(|| known.as_ref().map(|(uuid, _)| uuid.clone()));
        let trail = Trail::default();
        let outcome = trail.outcome(key.clone(), None, OutcomeKind::InDoubt, uuid, Some(cause));
        self.note(Settlement { outcome: Some(outcome), ..trail.unsent(key.clone()) }).await;
    }

    /// Has the checkpoint say that of all that was open, `left` is owed, and nothing else.
    async fn leave_owed(&self, one: &Resolved, left: Option<&Change>) {
        let debt = left.map_or(DebtFate::Paid, |left| DebtFate::Becomes(Box::new(Intention::owing(left))));
        let intent = match one.resolution {
            Resolution::Adoptable { .. } => IntentFate::Kept,
            _ => IntentFate::Dropped,
        };
        let settlement = Trail::default().unsent(one.unsettled.key.clone());
        self.note(Settlement { intent, debt, ..settlement }).await;
    }

    /// Remembers whose record it is, and writes nothing. Of its content nothing is ours: it is not as we would have
    /// written it. What was to be blocked in it is owed.
    async fn adopt_unwritten(&self, one: &Resolved, uuid: CustomerUuid) {
        let Some(Intention { next_base, .. }) = one.open().last() else { return };
        let base = Customer::named(next_base.key.clone(), next_base.name.clone());
        let debt = Intention::blocking(&uuid, &base, one.blocked(None));
        let debt = debt.map_or(DebtFate::Paid, |debt| DebtFate::Becomes(Box::new(debt)));
        match base.canonical() {
            Ok(canonical) => {
                let recency = Recency::default();
                let settlement = Trail::default().unsent(base.key.clone());
                let learned = Some(Learned { uuid, base, canonical, source: None, recency });
                self.note(Settlement { learned, debt, ..settlement }).await;
            }
            Err(error) => {
                tracing::error!(%error, "a customer cannot be stored; this is a defect: please report it");
            }
        }
    }

    async fn note(&self, settlement: Settlement) {
        if self.journal.settle(settlement).await.is_err() {
            self.brake.stop(super::Stop::Lost);
        }
    }

    async fn resolve(&self, doubt: &Intention, unsettled: &Unsettled, trail: &mut Trail) -> Resolution {
        // A create, or an adoption, has nothing before it; nor has one of a customer whose known record is gone.
        let known = unsettled.known.as_ref().filter(|(uuid, _)| Some(uuid) == doubt.uuid.as_ref());
        let base = known.map(|(_, base)| base);
        if let Some(uuid) = &doubt.uuid {
            match self.read(uuid, trail).await {
                Ok(Some(theirs)) => {
                    return self.compared(doubt, base, (uuid, &theirs), OutcomeKind::Updated, trail).await;
                }
                // Gone: it is dealt with as any other record that is.
                Ok(None) if base.is_some() => return Resolution::NotApplied,
                Ok(None) => {}
                Err(trouble) => return Resolution::Unresolved(trouble.cause),
            }
        }
        let uuid = match self.look_twice(&doubt.next_base, trail).await {
            Ok(Found::One(uuid)) => uuid,
            Ok(Found::None) => return Resolution::NotApplied,
            Ok(found) => return Resolution::Unresolved(unclear_find(&found)),
            Err(trouble) => return Resolution::Unresolved(trouble.cause),
        };
        match self.read(&uuid, trail).await {
            Ok(Some(theirs)) => {
                self.compared(doubt, None, (&uuid, &theirs), OutcomeKind::Created, trail).await
            }
            Ok(None) => Resolution::NotApplied,
            Err(trouble) => Resolution::Unresolved(trouble.cause),
        }
    }

    /// Whether the record `theirs` is as `doubt` would have written it over `base`.
    async fn compared(
        &self,
        doubt: &Intention,
        base: Option<&Customer>,
        (uuid, theirs): (&CustomerUuid, &CustomerWithVehicles),
        kind: OutcomeKind,
        trail: &mut Trail,
    ) -> Resolution {
        let Intention { next_base: next, canonical, scope, .. } = doubt;
        let ours = Ours { now: &said_since(base, next), next, scope: *scope };
        let merged = merge(base, ours, theirs, self.rules());
        self.hear(merged.opt_outs, trail).await;
        let uuid = uuid.clone();
        match merged.write {
            Ok(None) => {
                Resolution::Applied { uuid, base: Box::new(next.clone()), canonical: *canonical, kind }
            }
            // Not what was about to be written. An update is planned again; what would be created must not be.
            _ if base.is_none() => Resolution::Adoptable { uuid },
            _ => Resolution::NotApplied,
        }
    }
}

fn learned(intention: &Intention, uuid: CustomerUuid) -> Learned {
    let Intention { next_base, source, canonical, recency, .. } = intention;
    Learned { uuid, base: next_base.clone(), canonical: *canonical, source: *source, recency: *recency }
}

//! What an earlier run left unanswered is settled before anything else: an open intent says that a write was about
//! to leave, and the remote says whether it arrived.

use std::sync::Arc;

use super::cause;
use super::journal::{IntentFate, Intention, Journal, Learned, Settlement, Unsettled};
use super::life::Pusher;
use super::lookup::Found;
use super::merge::{Rules, merge};
use super::remote::Remote;
use super::trail::Trail;
use super::trouble::unclear_find;
use crate::domain::outcome::Cause;
use crate::domain::{Customer, CustomerUuid, Fingerprint, OutcomeKind};

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
    /// It cannot be told yet: nothing may be sent for this customer.
    Unresolved(Cause),
}

impl<R: Remote, J: Journal> Pusher<R, J> {
    /// Settles every open intent. What was applied is learned, what was not is dropped, what cannot be told stays
    /// open and keeps its customer from being sent.
    pub async fn settle_all(self: &Arc<Self>, unsettled: Vec<Unsettled>) {
        let mut open = tokio::task::JoinSet::new();
        for one in unsettled {
            let pusher = Arc::clone(self);
            open.spawn(async move { pusher.settle_one(one).await });
        }
        while open.join_next().await.is_some() {}
    }

    async fn settle_one(&self, unsettled: Unsettled) {
        let mut trail = Trail::default();
        let intention = unsettled.intention.clone();
        let resolution = tokio::select! {
            biased;
            // Nothing is written here, so there is nothing to wait for once no work is to be taken.
            () = self.brake.stopping() => Some(Resolution::Unresolved(cause::unproven())),
            resolution = self.resolve(&unsettled, &mut trail) => resolution,
        };
        let learned = match &resolution {
            Some(Resolution::Applied { uuid, .. }) => Some(learned(&intention, uuid.clone())),
            Some(Resolution::Adoptable { .. } | Resolution::Unresolved(_)) | None => None,
        };
        let intent = match &resolution {
            Some(Resolution::Unresolved(_)) => IntentFate::Kept,
            Some(Resolution::Applied { .. } | Resolution::Adoptable { .. }) | None => IntentFate::Dropped,
        };
        let Trail { warnings, opt_outs, .. } = trail;
        let settlement = Settlement {
            key: intention.key.clone(),
            outcome: None,
            learned,
            intent,
            refused: None,
            opt_outs,
            warnings,
        };
        if self.journal.settle(settlement).await.is_err() {
            self.brake.stop(super::Stop::Lost);
        }
        if let Some(resolution) = resolution {
            self.resolved.lock().await.insert(intention.key, resolution);
        }
    }

    /// `None`: it was not applied, or what is there is for the plan to deal with.
    async fn resolve(&self, unsettled: &Unsettled, trail: &mut Trail) -> Option<Resolution> {
        let Unsettled { intention, base } = unsettled;
        let (uuid, kind) = match &intention.uuid {
            Some(uuid) => (uuid.clone(), OutcomeKind::Updated),
            None => match self.look_twice(&intention.next_base, trail).await {
                Ok(Found::One(uuid)) => (uuid, OutcomeKind::Created),
                Ok(Found::None) => return None,
                Ok(found) => return Some(Resolution::Unresolved(unclear_find(&found))),
                Err(trouble) => return Some(Resolution::Unresolved(trouble.cause)),
            },
        };
        let theirs = match self.read(&intention.next_base, &uuid, trail).await {
            // Gone: the plan deals with it as with any other record.
            Ok(theirs) => theirs?,
            Err(trouble) => return Some(Resolution::Unresolved(trouble.cause)),
        };
        let rules = Rules { policies: &self.policies, opt_outs: &*self.opt_outs };
        let merged = merge(base.as_ref(), &intention.next_base, &theirs, rules);
        if merged.is_ok_and(|merged| merged.write.is_none()) {
            let base = Box::new(intention.next_base.clone());
            return Some(Resolution::Applied { uuid, base, canonical: intention.canonical, kind });
        }
        // Not what was about to be written. An update is planned again; a create must not be.
        (kind == OutcomeKind::Created).then_some(Resolution::Adoptable { uuid })
    }
}

fn learned(intention: &Intention, uuid: CustomerUuid) -> Learned {
    let Intention { key: _, uuid: _, next_base, source, canonical, before: _ } = intention;
    Learned { uuid, base: next_base.clone(), canonical: *canonical, source: *source }
}

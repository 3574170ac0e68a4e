//! The write of an update: what was read is merged and sent, and read and merged again wherever it would be sent late or
//! a second time. Nobody's words of the meantime are written over.
//!
//! Sending again is decided below, by the client; which customer's turn it is, next door in [`super::life`].

use std::time::Duration;

use super::answer::{check_key, is_gone};
use super::journal::Journal;
use super::life::{Pusher, Settled};
use super::merge::{Merged, Ours, Payload, merge};
use super::remote::Remote;
use super::trail::Trail;
use super::trouble::{Trouble, Write, refused, unsendable};
use crate::api::wire::{CustomerWithVehicles, SaveCustomerRequest};
use crate::api::{CallError, Failure, Renewal};
use crate::domain::{Change, Customer, CustomerUuid, OutcomeKind};

/// How long what was read may wait for its write.
const MAX_AGE: Duration = Duration::from_secs(2);

/// Whose record is written, and over what.
#[derive(Clone, Copy)]
struct Target<'a> {
    change: &'a Change,
    uuid: &'a CustomerUuid,
    base: Option<&'a Customer>,
}

/// What becomes of a write that is about to be repeated.
enum Again {
    Send(Box<SaveCustomerRequest>),
    /// `None`: the record is gone.
    Ended(Option<Settled>),
}

/// Reads and merges again.
struct Reread<'a, R, J> {
    pusher: &'a Pusher<R, J>,
    target: Target<'a>,
    /// `None`: what is sent holds nothing of theirs.
    max_age: Option<Duration>,
    trail: &'a mut Trail,
    /// Why nothing more was to be sent.
    ended: Option<Result<Option<Settled>, Trouble>>,
}

impl<R: Remote, J: Journal> Pusher<R, J> {
    /// Merges and writes what differs. `None`: the record is gone.
    pub(super) async fn write(
        &self,
        change: &Change,
        uuid: &CustomerUuid,
        base: Option<&Customer>,
        theirs: &CustomerWithVehicles,
        trail: &mut Trail,
    ) -> Result<Option<Settled>, Trouble> {
        let target = Target { change, uuid, base };
        let Some(payload) = self.merged(target, theirs, trail).await? else {
            return Ok(Some(Settled { kind: OutcomeKind::Unchanged, uuid: uuid.clone() }));
        };
        // As it was before any attempt: what is read later may be our own.
        let before = serde_json::to_string(theirs).ok();
        self.intend(change, Some(uuid), before, trail).await?;
        self.send(target, payload, Some(MAX_AGE), trail).await
    }

    /// Writes `payload` over whatever is there. `None`: the record is gone.
    pub(super) async fn replace(
        &self,
        change: &Change,
        uuid: &CustomerUuid,
        payload: Payload,
        trail: &mut Trail,
    ) -> Result<Option<Settled>, Trouble> {
        self.intend(change, Some(uuid), None, trail).await?;
        self.send(Target { change, uuid, base: None }, payload, None, trail).await
    }

    async fn merged(
        &self,
        Target { change, base, uuid: _ }: Target<'_>,
        theirs: &CustomerWithVehicles,
        trail: &mut Trail,
    ) -> Result<Option<Payload>, Trouble> {
        let ours = Ours { now: &change.ours, next: &change.next_base, scope: change.scope };
        let Merged { write, opt_outs } = merge(base, ours, theirs, self.rules());
        self.hear(opt_outs, trail).await;
        write.map_err(|what| unsendable(&what))
    }

    async fn send(
        &self,
        target: Target<'_>,
        payload: Payload,
        max_age: Option<Duration>,
        trail: &mut Trail,
    ) -> Result<Option<Settled>, Trouble> {
        let (uuid, request) = (target.uuid, self.wire.request(payload));
        let mut reread = Reread { pusher: self, target, max_age, trail: &mut *trail, ended: None };
        let answer = self.remote.update(uuid.as_str(), &request, &mut reread).await;
        let ended = reread.ended;
        let read = trail.last_answer();
        let answer = trail.note(answer);
        if let Some(ended) = ended {
            trail.ends_with(read);
            return ended;
        }
        match answer {
            Ok(reply) if is_gone(&reply) => Ok(None),
            Ok(_) => Ok(Some(Settled { kind: OutcomeKind::Updated, uuid: uuid.clone() })),
            Err(CallError { failure: failure @ Failure::Refused { .. }, trace, .. }) => {
                Err(refused(&failure).keep_if(trace.attempts > 1))
            }
            Err(error) => Err(self.trouble(error, Write::Update, trail).await),
        }
    }
}

impl<R: Remote, J: Journal> Reread<'_, R, J> {
    /// `was_sent`: an earlier attempt may have been applied.
    async fn again(&mut self, was_sent: bool) -> Result<Again, Trouble> {
        let Self { pusher, target, trail, .. } = self;
        let Target { change, uuid, base: _ } = *target;
        let Some(theirs) = pusher.read(uuid, trail).await? else { return Ok(Again::Ended(None)) };
        check_key(&change.ours, &theirs)?;
        let Some(payload) = pusher.merged(*target, &theirs, trail).await? else {
            let kind = if was_sent { OutcomeKind::Updated } else { OutcomeKind::Unchanged };
            return Ok(Again::Ended(Some(Settled { kind, uuid: uuid.clone() })));
        };
        Ok(Again::Send(Box::new(pusher.wire.request(payload))))
    }
}

impl<R: Remote, J: Journal> Renewal<SaveCustomerRequest> for Reread<'_, R, J> {
    fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    async fn renew(&mut self, attempts: u32) -> Option<SaveCustomerRequest> {
        let was_sent = attempts > 0;
        self.ended = match self.again(was_sent).await {
            Ok(Again::Send(request)) => return Some(*request),
            Ok(Again::Ended(settled)) => Some(Ok(settled)),
            Err(trouble) => Some(Err(trouble.keep_if(was_sent))),
        };
        None
    }
}

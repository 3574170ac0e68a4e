//! The writes. An update is merged from what was read, and read and merged again wherever it would be sent late or a second
//! time: nobody's words of the meantime are written over. And what this run has heard until the very moment at which a
//! body leaves, a create's or an update's, is in it.
//!
//! Sending again is decided below, by the client; which customer's turn it is, next door in [`super::life`].

use std::time::Duration;

use tokio::time::Instant;

use super::answer::{check_key, is_gone};
use super::journal::Journal;
use super::life::{Pusher, Settled};
use super::merge::{Merged, Ours, Payload, merge};
use super::remote::Remote;
use super::trail::Trail;
use super::trouble::{Trouble, Write, refused, unsendable};
use crate::api::wire::{CustomerWithVehicles, SaveCustomerRequest, SaveCustomerResponse};
use crate::api::{CallError, Failure, Parting, Renewal, Reply};
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

/// What a body was made of.
struct Made {
    /// Theirs, and when it was read; `None`: the body holds nothing of theirs.
    theirs: Option<(CustomerWithVehicles, Instant)>,
    /// How much was heard when it was begun.
    heard: usize,
}

/// What becomes of a write that is about to be repeated.
enum Again {
    Send(Box<SaveCustomerRequest>),
    /// `None`: the record is gone.
    Ended(Option<Settled>),
}

/// Makes the body of a create again where somebody has said no since.
struct Anew<'a, R, J> {
    pusher: &'a Pusher<R, J>,
    change: &'a Change,
    heard: usize,
    trail: &'a mut Trail,
    /// Why nothing more was to be sent.
    trouble: Option<Trouble>,
}

/// Reads and merges again.
struct Reread<'a, R, J> {
    pusher: &'a Pusher<R, J>,
    target: Target<'a>,
    made: Made,
    trail: &'a mut Trail,
    /// Why nothing more was to be sent.
    ended: Option<Result<Option<Settled>, Trouble>>,
}

impl<R: Remote, J: Journal> Pusher<R, J> {
    /// Sends a create, whose `payload` was made when so much was `heard`. `Err`: it was not sent for a reason of our own.
    pub(super) async fn send_new(
        &self,
        change: &Change,
        payload: Payload,
        heard: usize,
        trail: &mut Trail,
    ) -> Result<Result<Reply<SaveCustomerResponse>, CallError>, Trouble> {
        let request = self.wire.request(payload);
        let mut anew = Anew { pusher: self, change, heard, trail: &mut *trail, trouble: None };
        let answer = self.remote.create(&request, &mut anew).await;
        let trouble = anew.trouble;
        let answer = trail.note(answer);
        trouble.map_or(Ok(answer), Err)
    }

    /// Merges and writes what differs; `theirs` has just been read. `None`: the record is gone.
    pub(super) async fn write(
        &self,
        change: &Change,
        uuid: &CustomerUuid,
        base: Option<&Customer>,
        theirs: &CustomerWithVehicles,
        trail: &mut Trail,
    ) -> Result<Option<Settled>, Trouble> {
        let target = Target { change, uuid, base };
        let made = Made { theirs: Some((theirs.clone(), Instant::now())), heard: self.opt_outs.so_far() };
        let Some(payload) = self.merged(target, theirs, trail).await? else {
            return Ok(Some(Settled { kind: OutcomeKind::Unchanged, uuid: uuid.clone() }));
        };
        // As it was before any attempt: what is read later may be our own.
        let before = serde_json::to_string(theirs).ok();
        self.intend(change, Some(uuid), before, trail).await?;
        self.send(target, payload, made, trail).await
    }

    /// Writes all that is known over whatever is there. `None`: the record is gone.
    pub(super) async fn replace(
        &self,
        change: &Change,
        uuid: &CustomerUuid,
        trail: &mut Trail,
    ) -> Result<Option<Settled>, Trouble> {
        let made = Made { theirs: None, heard: self.opt_outs.so_far() };
        let payload = self.to_replace(change, trail)?;
        self.intend(change, Some(uuid), None, trail).await?;
        self.send(Target { change, uuid, base: None }, payload, made, trail).await
    }

    async fn merged(
        &self,
        target: Target<'_>,
        theirs: &CustomerWithVehicles,
        trail: &mut Trail,
    ) -> Result<Option<Payload>, Trouble> {
        let Merged { write, opt_outs } = self.merge(target, theirs);
        self.hear(opt_outs, trail).await;
        write.map_err(|what| unsendable(&what))
    }

    fn merge(&self, Target { change, base, uuid: _ }: Target<'_>, theirs: &CustomerWithVehicles) -> Merged {
        let ours = Ours { now: &change.ours, next: &change.next_base, scope: change.scope };
        merge(base, ours, theirs, self.rules())
    }

    async fn send(
        &self,
        target: Target<'_>,
        payload: Payload,
        made: Made,
        trail: &mut Trail,
    ) -> Result<Option<Settled>, Trouble> {
        let (uuid, request) = (target.uuid, self.wire.request(payload));
        let mut reread = Reread { pusher: self, target, made, trail: &mut *trail, ended: None };
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
        let Self { pusher, target, made, trail, .. } = self;
        let Target { change, uuid, base: _ } = *target;
        let Some(theirs) = pusher.read(uuid, trail).await? else { return Ok(Again::Ended(None)) };
        check_key(&change.ours, &theirs)?;
        made.heard = pusher.opt_outs.so_far();
        let merged = pusher.merged(*target, &theirs, trail).await?;
        made.theirs = Some((theirs, Instant::now()));
        Ok(self.sending(merged, was_sent))
    }

    /// The same over what was read before, at once: somebody else has said no since.
    fn hearing(&mut self, was_sent: bool) -> Result<Again, Trouble> {
        let Self { pusher, target, made, trail, .. } = self;
        let merged = match &made.theirs {
            Some((theirs, _)) => {
                // What theirs blocks was heard when it was read.
                let Merged { write, opt_outs: _ } = pusher.merge(*target, theirs);
                write.map_err(|what| unsendable(&what))?
            }
            None => Some(pusher.to_replace(target.change, trail)?),
        };
        Ok(self.sending(merged, was_sent))
    }

    fn sending(&self, merged: Option<Payload>, was_sent: bool) -> Again {
        let Self { pusher, target, .. } = self;
        let Some(payload) = merged else {
            let kind = if was_sent { OutcomeKind::Updated } else { OutcomeKind::Unchanged };
            return Again::Ended(Some(Settled { kind, uuid: target.uuid.clone() }));
        };
        Again::Send(Box::new(pusher.wire.request(payload)))
    }

    /// What is to be sent; where that is nothing, why is kept.
    fn unless_ended(&mut self, again: Result<Again, Trouble>, was_sent: bool) -> Option<SaveCustomerRequest> {
        self.ended = match again {
            Ok(Again::Send(request)) => return Some(*request),
            Ok(Again::Ended(settled)) => Some(Ok(settled)),
            Err(trouble) => Some(Err(trouble.keep_if(was_sent))),
        };
        None
    }
}

impl<R: Remote, J: Journal> Renewal<SaveCustomerRequest> for Reread<'_, R, J> {
    fn may_wait(&self) -> Option<Duration> {
        let (_, read) = self.made.theirs.as_ref()?;
        Some(MAX_AGE.saturating_sub(read.elapsed()))
    }

    async fn renew(&mut self, attempts: u32) -> Option<SaveCustomerRequest> {
        let was_sent = attempts > 0;
        let again = self.again(was_sent).await;
        self.unless_ended(again, was_sent)
    }

    fn parting(&mut self, attempts: u32) -> Parting<SaveCustomerRequest> {
        let heard = self.pusher.opt_outs.so_far();
        if std::mem::replace(&mut self.made.heard, heard) == heard {
            return Parting::AsItIs;
        }
        let was_sent = attempts > 0;
        let again = self.hearing(was_sent);
        self.unless_ended(again, was_sent).map_or(Parting::Withdrawn, Parting::Instead)
    }
}

impl<R: Remote, J: Journal> Renewal<SaveCustomerRequest> for Anew<'_, R, J> {
    fn may_wait(&self) -> Option<Duration> {
        None
    }

    /// Never asked for: there is nothing of theirs in it.
    async fn renew(&mut self, _: u32) -> Option<SaveCustomerRequest> {
        None
    }

    fn parting(&mut self, _: u32) -> Parting<SaveCustomerRequest> {
        let heard = self.pusher.opt_outs.so_far();
        if std::mem::replace(&mut self.heard, heard) == heard {
            return Parting::AsItIs;
        }
        match self.pusher.to_create(self.change, self.trail) {
            Ok(payload) => Parting::Instead(self.pusher.wire.request(payload)),
            Err(trouble) => {
                self.trouble = Some(trouble);
                Parting::Withdrawn
            }
        }
    }
}

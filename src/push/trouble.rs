//! Why a life ends without success, and what becomes of its intent then.
//!
//! A failure that may concern everybody is confirmed here, once, by a question about nobody. The words are in
//! [`super::cause`], the lives themselves in [`super::life`].

use super::brake::Stop;
use super::cause;
use super::journal::{IntentFate, Journal};
use super::life::Pusher;
use super::lookup::Found;
use super::remote::Remote;
use super::trail::Trail;
use crate::api::wire::Unsendable;
use crate::api::{CallError, Failure};
use crate::domain::OutcomeKind;
use crate::domain::outcome::Cause;

/// A search term that is nobody's customer key, to ask whether anything is answered at all.
pub(super) const NOBODY: &str = "dms-sync access probe";

/// Why a life ends without success.
pub(super) struct Trouble {
    pub(super) kind: OutcomeKind,
    pub(super) cause: Cause,
    pub(super) intent: IntentFate,
    /// A refusal in so many words, or an answer as good as one: not to be repeated soon.
    pub(super) is_refusal: bool,
    /// What kept it from being attempted.
    pub(super) stop: Option<Stop>,
}

impl Trouble {
    pub(super) fn ambiguous(cause: Cause) -> Self {
        Self { kind: OutcomeKind::InDoubt, cause, intent: IntentFate::Dropped, is_refusal: false, stop: None }
    }

    pub(super) fn failed(cause: Cause, intent: IntentFate) -> Self {
        Self { kind: OutcomeKind::Failed, cause, intent, is_refusal: false, stop: None }
    }

    pub(super) fn not_attempted(why: Stop) -> Self {
        Self::failed(cause::stopped(why), IntentFate::Kept).stopped(why)
    }

    /// The same, and `why` it is nobody's failure.
    fn stopped(self, why: Stop) -> Self {
        Self { kind: OutcomeKind::NotAttempted, cause: cause::stopped(why), stop: Some(why), ..self }
    }

    /// Not this customer's fault, and the write may have been applied.
    pub(super) fn keeping_intent(self) -> Self {
        Self { intent: IntentFate::Kept, ..self }
    }

    /// Keeps the intent open where the write may have been applied all the same; what had left by then was attempted.
    pub(super) fn keep_if(self, unclear: bool) -> Self {
        match self.stop {
            Some(why) if unclear => Self::ambiguous(cause::cut_off(why)).keeping_intent(),
            None if unclear => self.keeping_intent(),
            _ => self,
        }
    }
}

/// What a confirmed failure stops; nothing where it concerns one customer.
pub(super) fn stop_for(failure: &Failure) -> Option<Stop> {
    match failure {
        Failure::Unauthorized => Some(Stop::Unauthorized),
        Failure::Forbidden => Some(Stop::Forbidden),
        Failure::WrongHost { .. } | Failure::Tls { .. } => Some(Stop::WrongHost),
        Failure::Refused { .. }
        | Failure::TooLarge
        | Failure::InDoubt { .. }
        | Failure::Exhausted { .. }
        | Failure::NotSent { .. } => None,
    }
}

/// A refusal in so many words.
pub(super) fn refused(failure: &Failure) -> Trouble {
    Trouble { is_refusal: true, ..Trouble::failed(cause::refused(failure), IntentFate::Dropped) }
}

/// Something of theirs cannot be sent back.
pub(super) fn unsendable(what: &Unsendable) -> Trouble {
    Trouble::failed(cause::unsendable(what), IntentFate::Dropped)
}

/// Why a look-up does not settle it.
pub(super) fn unclear_find(found: &Found) -> Cause {
    match found {
        Found::Stranger => cause::mismatch(),
        Found::Several => cause::several(),
        Found::One(_) | Found::None | Found::Unproven => cause::unproven(),
    }
}

/// What was written when a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    Create,
    Update,
}

impl<R: Remote, J: Journal> Pusher<R, J> {
    pub(super) async fn trouble(&self, error: CallError, write: Write, trail: &mut Trail) -> Trouble {
        let CallError { failure, trace, warnings: _ } = error;
        let intent = match (&failure, write) {
            // An update that got no clear answer, at any attempt, may have been applied; and what something else
            // than the API does with a request is anybody's guess. The next run looks before it merges.
            (
                Failure::Exhausted { .. } | Failure::InDoubt { .. } | Failure::NotSent { cause: Some(_) },
                Write::Update,
            )
            | (Failure::WrongHost { .. }, _) => IntentFate::Kept,
            (_, Write::Update) if trace.attempts > 1 => IntentFate::Kept,
            _ => IntentFate::Dropped,
        };
        let had_left = matches!(failure, Failure::NotSent { cause: Some(_) }) || trace.attempts > 1;
        let trouble = self.read_trouble(failure, trail).await;
        Trouble { intent, ..trouble }.keep_if(write == Write::Update && had_left)
    }

    /// What a trouble is where an earlier create of this life may have been applied.
    pub(super) fn doubting(&self, trouble: Trouble, doubted: bool) -> Trouble {
        if !doubted {
            return trouble;
        }
        let cause = match (trouble.kind, self.brake.pulled()) {
            (OutcomeKind::NotAttempted, Some(why)) => cause::cut_off(why),
            _ => trouble.cause,
        };
        Trouble::ambiguous(cause).keeping_intent()
    }

    /// Where the failure may concern everybody, one customer confirms it by one read; the others wait for it.
    pub(super) async fn read_trouble(&self, failure: Failure, trail: &mut Trail) -> Trouble {
        if let Failure::NotSent { .. } = failure {
            // Nothing but the brake and the day's budget keeps a request from being sent.
            self.brake.stop(Stop::DailyBudget);
            return Trouble::not_attempted(self.brake.pulled().unwrap_or(Stop::DailyBudget));
        }
        let trouble = Trouble::failed(cause::refused(&failure), IntentFate::Dropped);
        if !failure.systemic() {
            return trouble;
        }
        let _only_one = self.confirming.lock().await;
        if self.brake.pulled().is_none() {
            // Until that is known nothing else leaves: the others would only be turned away likewise.
            self.remote.hold();
            match self.confirm(trail).await.map_err(|error| stop_for(&error.failure)) {
                // They stay held: the brake ends them.
                Err(Some(stop)) => self.brake.stop(stop),
                Ok(()) | Err(None) => self.remote.go_on(),
            }
        }
        match self.brake.pulled() {
            None => trouble,
            Some(why) => trouble.stopped(why),
        }
    }

    /// One read that every account with access may make.
    async fn confirm(&self, trail: &mut Trail) -> Result<(), CallError> {
        trail.note(self.remote.probe().await).map(drop)
    }
}

//! Why a life ends without success, and what becomes of its intent then.
//!
//! Only says it; which trouble follows from which answer is for [`super::life`]. The words are in [`super::cause`].

use super::brake::Stop;
use super::cause;
use super::journal::IntentFate;
use super::lookup::Found;
use crate::api::Failure;
use crate::api::wire::Unsendable;
use crate::domain::OutcomeKind;
use crate::domain::outcome::Cause;

/// Why a life ends without success.
pub(super) struct Trouble {
    pub(super) kind: OutcomeKind,
    pub(super) cause: Cause,
    pub(super) intent: IntentFate,
    /// A refusal in so many words, not to be repeated soon.
    pub(super) is_refusal: bool,
}

impl Trouble {
    pub(super) fn ambiguous(cause: Cause) -> Self {
        Self { kind: OutcomeKind::InDoubt, cause, intent: IntentFate::Dropped, is_refusal: false }
    }

    pub(super) fn failed(cause: Cause, intent: IntentFate) -> Self {
        Self { kind: OutcomeKind::Failed, cause, intent, is_refusal: false }
    }

    pub(super) fn not_attempted(why: Stop) -> Self {
        let intent = IntentFate::Kept;
        Self { kind: OutcomeKind::NotAttempted, cause: cause::stopped(why), intent, is_refusal: false }
    }

    /// Not this customer's fault, and the write may have been applied.
    pub(super) fn keeping_intent(self) -> Self {
        Self { intent: IntentFate::Kept, ..self }
    }

    /// Keeps the intent open where the write may have been applied all the same.
    pub(super) fn keep_if(self, unclear: bool) -> Self {
        if unclear { self.keeping_intent() } else { self }
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

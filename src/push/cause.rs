//! Why a customer is left over after push: every code, its message and its tip in one place.

use super::brake::Stop;
use crate::api::Failure;
use crate::api::wire::Unsendable;
use crate::domain::Finding;
use crate::domain::outcome::{Cause, Stage};

fn cause(code: &str, message: impl Into<String>, tip: &str) -> Cause {
    Cause { stage: Stage::Push, code: code.to_owned(), message: message.into(), tip: tip.to_owned() }
}

/// The API or the network said no.
pub fn refused(failure: &Failure) -> Cause {
    let tip = match failure {
        Failure::Refused { .. } => {
            "look the customer up at myKaarma; correct the value in the DMS, or send this row to myKaarma's support"
        }
        Failure::Unauthorized => "check username and password with `dms-sync check`",
        Failure::Forbidden => {
            "ask myKaarma to grant the scopes customer.update and customer.search for this department"
        }
        Failure::WrongHost { .. } | Failure::Tls { .. } => {
            "check api.base_url, the proxy and the certificate"
        }
        Failure::TooLarge => {
            "the customer's record is too large for the API; remove old vehicles at myKaarma"
        }
        Failure::InDoubt { .. } | Failure::Exhausted { .. } | Failure::NotSent { .. } => {
            "the next run tries again by itself"
        }
    };
    cause(&failure.code(), failure.message(), tip)
}

/// A look-up cannot tell which record is ours.
pub fn ambiguous(code: &str, message: &str, tip: &str) -> Cause {
    cause(code, message, tip)
}

/// The record found under the key agrees in nothing else.
pub fn mismatch() -> Cause {
    ambiguous(
        "adopt.mismatch",
        "a record with this customer key exists at myKaarma, but no name, phone, e-mail or VIN agrees",
        "if it is the same person, correct one of these at myKaarma; if the DMS reused the number, give the old record another key",
    )
}

/// More than one record has the key.
pub fn several() -> Cause {
    ambiguous(
        "adopt.several",
        "several records at myKaarma have this customer key",
        "merge them at myKaarma; the next run goes on by itself",
    )
}

/// The search cannot prove that there is none.
pub fn unproven() -> Cause {
    ambiguous(
        "lookup.unproven",
        "the search at myKaarma cannot prove whether this customer exists",
        "look the customer up by hand at myKaarma; the next run tries again",
    )
}

/// Still not found after several tries.
pub fn unsettled() -> Cause {
    ambiguous(
        "create.in_doubt",
        "sent more than once, and neither an answer nor the record was seen",
        "the next run looks it up before anything else",
    )
}

/// The code of [`gone`].
pub const GONE: &str = "remote.gone";

/// The record is gone.
pub fn gone() -> Cause {
    ambiguous(
        GONE,
        "myKaarma no longer has the record that was last pushed, nor another with this key",
        "if it was deleted on purpose, do nothing; to create it again set vanished = \"recreate\"",
    )
}

/// The record carries another key now.
pub fn key_changed() -> Cause {
    ambiguous(
        "remote.key_changed",
        "the record at myKaarma now carries another customer key",
        "find out who changed it: two customers may have been merged at myKaarma",
    )
}

/// What was read is not the record that was asked for.
pub fn other_record() -> Cause {
    ambiguous(
        "remote.other_record",
        "myKaarma answered a read with another record than the one that was asked for",
        "look the customer up at myKaarma: two records may have been merged there; else tell myKaarma's support",
    )
}

/// The record is another customer's already.
pub fn shared() -> Cause {
    ambiguous(
        "remote.shared",
        "myKaarma answered with a record that is another customer's already",
        "one person under two customer numbers: join them in the DMS; else see api.search_for_duplicate, then run `dms-sync retry`",
    )
}

/// Something of theirs cannot be sent back, and must not be dropped.
pub fn unsendable(what: &Unsendable) -> Cause {
    let Unsendable { what, field } = what;
    cause(
        "remote.unsendable",
        format!("a {what} of the record at myKaarma cannot be sent back: {field} is missing or malformed"),
        "complete or remove that entry at myKaarma; an update without it would delete it",
    )
}

/// Refused before, unchanged since: not sent again.
pub fn refused_before(code: &str) -> Cause {
    cause(
        code,
        "refused before, and unchanged since: not sent again",
        "correct the value in the DMS; see retry.same_refusal",
    )
}

/// Answered with another customer's record before, unchanged since: not sent again.
pub fn shared_before() -> Cause {
    let Cause { stage, code, message, tip } = shared();
    Cause { stage, code, message: format!("{message}; unchanged since: not sent again"), tip }
}

/// The run stopped before its turn.
pub fn stopped(why: Stop) -> Cause {
    cause("run.stopped", format!("not sent: {why}"), "run again: it goes on where it stopped")
}

/// The code of [`cut_off`].
pub const CUT_OFF: &str = "run.cut_off";

/// The run stopped while the answer was awaited.
pub fn cut_off(why: Stop) -> Cause {
    cause(CUT_OFF, format!("sent, and the answer not awaited: {why}"), "run again: it is looked up first")
}

/// A warning: the customer's rows are refused, and what they block is blocked at myKaarma all the same.
pub fn opt_out_sent() -> Finding {
    Finding::new(
        "consent.of_rejected",
        "the row is rejected, and its opt-out was sent to myKaarma all the same",
    )
}

/// What becomes of a block that was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    /// It is on disk.
    Open,
    /// The run was held, and has taught the checkpoint nothing.
    Held,
    /// There is nobody to block.
    Gone,
}

/// A warning: the customer's rows are refused, and what they block could not be sent.
pub fn opt_out_unsent(why: &str, unsent: Unsent) -> Finding {
    let then = match unsent {
        Unsent::Open => "the next run tries again",
        Unsent::Held => "approve the run, or run the same file again; a later file alone does not repeat it",
        Unsent::Gone => "its record is gone at myKaarma; its numbers are remembered",
    };
    Finding::new(
        "consent.unsent",
        format!("the row is rejected, and its opt-out was not sent ({why}): {then}"),
    )
}

//! What is owed: what no later export need say again. Of a delta that is everything; of every export, a no in rows that
//! are refused.
//!
//! It is on disk before anything is asked, and stays there until it is done. Where only a no is owed, the change has the
//! scope [`Scope::OptOuts`] and is lived as any other: intent, read, merge, write. Its customer is counted as what it is,
//! rejected, where that is reported; what became of its opt-out is told by a warning. `plan` says who is concerned, `merge`
//! keeps everything else from being touched.

use super::cause::{self, Unsent};
use super::journal::{IntentFate, Intention, Settlement};
use super::settle::{Resolution, Resolved, again};
use crate::domain::policy::{ConsentAuthority, ExportKind, Policies};
use crate::domain::{
    Action, Change, Consent, Consents, Customer, Departure, Finding, OutcomeKind, Scope, Warning,
};

/// What `change` blocks, where it does nothing else.
pub(super) fn alone(change: &Change) -> Option<Consents> {
    (change.scope == Scope::OptOuts).then_some(change.ours.consents)
}

/// What must be on disk before anything is asked, as nobody says it again: `change`, over what is `open` of its customer.
/// `None` where the export says it again, or that is there already.
pub fn owed(change: &Change, open: Option<&Intention>, export: ExportKind) -> Option<Intention> {
    if !is_said_once(change.scope, export) {
        return None;
    }
    let owing = Intention::owing(change);
    let (Some(open), Scope::OptOuts) = (open, change.scope) else { return Some(owing) };
    // A block says nothing of what else is open.
    let next_base = blocking(&open.next_base, change.ours.consents);
    let canonical = next_base.canonical().ok().filter(|canonical| *canonical != open.canonical)?;
    Some(Intention {
        next_base,
        canonical,
        source: None,
        before: None,
        departure: Departure::Owed,
        ..open.clone()
    })
}

/// What nobody says again and was not done stays open, however it failed; but where it was refused in so many words it
/// is for a person, unless it is a block, and where the record is gone there is nobody to send it to.
pub(super) fn still_owed(settlement: Settlement, scope: Scope) -> Settlement {
    let code =
        settlement.outcome.as_ref().and_then(|outcome| outcome.cause.as_ref()).map(|cause| &cause.code);
    let is_gone = code.is_some_and(|code| code == cause::GONE);
    let is_for_a_person = settlement.refused.is_some() && scope == Scope::Whole;
    let intent = match settlement.intent {
        _ if is_gone || is_for_a_person => IntentFate::Dropped,
        IntentFate::Dropped => IntentFate::Owed,
        fate => fate,
    };
    Settlement { intent, ..settlement }
}

/// A change over what an earlier run is known to have done since it was planned, or could not do. One that only blocks
/// must neither undo nor replace that; every other says all there is, but for a block that its rows are silent about.
pub(super) fn after(change: Change, earlier: Option<&Resolved>, policies: &Policies) -> Change {
    let Some(earlier) = earlier else { return change };
    let rebased = match change.scope {
        Scope::OptOuts => rebased(&change, earlier, policies.export),
        Scope::Whole => carrying(&change, earlier, policies.consent),
    };
    let Some(rebased) = rebased else { return change };
    match rebased.next_base.canonical() {
        Ok(canonical) => Change { canonical, ..rebased },
        Err(error) => {
            tracing::error!(%error, "a customer cannot be stored; this is a defect: please report it");
            change
        }
    }
}

/// Of the block that is `open` what still holds beside what tonight's rows have `said`: it is older than they are, and is
/// undone by them only where the department says that the DMS has newer consent.
pub fn still_blocked(open: Consents, said: Consents, authority: ConsentAuthority) -> Consents {
    let carried = |open, said| match (authority, said) {
        (ConsentAuthority::DmsIsNewer, Consent::Allowed) => Consent::Unknown,
        _ => open,
    };
    Consents {
        call: carried(open.call, said.call),
        text: carried(open.text, said.text),
        email: carried(open.email, said.email),
    }
}

/// `change`, and the block that is open.
fn carrying(change: &Change, earlier: &Resolved, authority: ConsentAuthority) -> Option<Change> {
    let blocks = still_blocked(earlier.unsettled.blocks(), change.ours.consents, authority);
    let (ours, next_base) = (blocking(&change.ours, blocks), blocking(&change.next_base, blocks));
    (blocks != Consents::default()).then(|| Change { ours, next_base, ..change.clone() })
}

/// A block over what is open; `None` where it is as it was planned.
fn rebased(change: &Change, earlier: &Resolved, export: ExportKind) -> Option<Change> {
    let Resolved { resolution, unsettled } = earlier;
    let blocks = change.ours.consents;
    let intention = &unsettled.intention;
    match resolution {
        Resolution::Applied { uuid, base, .. } => Some(Change {
            action: Action::Update { uuid: uuid.clone(), base: base.clone() },
            next_base: blocking(&intention.next_base, blocks),
            ..change.clone()
        }),
        // A full export repeats what it has to say; what a delta said, and every block, is said only once.
        Resolution::NotApplied if intention.uuid.is_some() && is_said_once(unsettled.scope(), export) => {
            let Change { action, scope, ours, next_base, recency, .. } = again(unsettled.clone());
            let (ours, next_base) = (blocking(&ours, blocks), blocking(&next_base, blocks));
            Some(Change { action, scope, ours, next_base, recency, ..change.clone() })
        }
        Resolution::NotApplied | Resolution::Adoptable { .. } | Resolution::Unresolved(_) => None,
    }
}

/// Whether nobody says again what an intent was about.
pub(super) fn is_said_once(scope: Scope, export: ExportKind) -> bool {
    scope == Scope::OptOuts || export == ExportKind::Delta
}

fn blocking(customer: &Customer, blocks: Consents) -> Customer {
    Customer { consents: customer.consents.and(blocks), ..customer.clone() }
}

/// The settlement of a change that only blocked `blocks`: counted by nobody, told by a warning for each channel.
pub fn told(settlement: Settlement, blocks: Consents) -> Settlement {
    let Settlement { outcome, mut warnings, intent, .. } = settlement;
    if let Some(outcome) = outcome {
        let code = outcome.cause.as_ref().map_or(outcome.kind.as_str(), |cause| &cause.code);
        let finding = match outcome.kind {
            // It was so at myKaarma already.
            OutcomeKind::Unchanged => None,
            OutcomeKind::Created | OutcomeKind::Updated => Some(cause::opt_out_sent()),
            _ => {
                tracing::warn!(customer = %outcome.key, code, "an opt-out in a rejected row was not sent");
                let unsent = match (outcome.kind, intent) {
                    (OutcomeKind::Held, _) => Unsent::Held,
                    (_, IntentFate::Kept | IntentFate::Owed) => Unsent::Open,
                    (_, IntentFate::Dropped) => Unsent::Gone,
                };
                Some(cause::opt_out_unsent(code, unsent))
            }
        };
        if let Some(finding) = finding {
            warnings.extend(blocks.blocked().map(|channel| Warning {
                finding: Finding { field: Some(channel.field()), ..finding.clone() },
                at: outcome.at.clone(),
            }));
        }
    }
    // An opt-out is tried every night, however often it was refused.
    Settlement { outcome: None, refused: None, warnings, intent, ..settlement }
}

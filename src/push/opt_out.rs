//! What is owed: what no later export need say again. Of a delta that is everything; of every export, a no in rows that
//! are refused.
//!
//! It is on disk before anything is asked, and stays there until it is done. Where only a no is owed, the change has the
//! scope [`Scope::OptOuts`] and is lived as any other: intent, read, merge, write. Its customer is counted as what it is,
//! rejected, where that is reported; what became of its opt-out is told by a warning. `plan` says who is concerned, `merge`
//! keeps everything else from being touched.

use super::cause::{self, Unsent};
use super::journal::{DebtFate, Intention, Settlement, Unsettled};
use super::settle::{Resolution, Resolved};
use super::since::blocked_since;
use crate::domain::policy::{ConsentAuthority, ExportKind};
use crate::domain::{Action, Change, Consent, Consents, Finding, OutcomeKind, Scope, Warning};

/// What `change` blocks, where it does nothing else.
pub(super) fn alone(change: &Change) -> Option<Consents> {
    (change.scope == Scope::OptOuts).then_some(change.ours.consents)
}

/// What must be on disk before anything is asked, as nobody says it again: all that `change` says, or what it blocks. A
/// block says nothing of what else is `open` of its customer: that is owed with it.
pub fn owed(change: &Change, open: Option<&Unsettled>, export: ExportKind) -> Option<Intention> {
    match (change.scope, export) {
        (Scope::Whole, ExportKind::Delta) => Some(Intention::owing(change)),
        (Scope::Whole, ExportKind::Full) => blocks_of(change),
        (Scope::OptOuts, _) => {
            let as_if = |unsettled| Resolved { resolution: Resolution::NotApplied, unsettled };
            let open = open.cloned().map(as_if);
            Some(Intention::owing(&after(change.clone(), open.as_ref(), export)))
        }
    }
}

/// What `change` blocks of who is known.
pub(super) fn blocks_of(change: &Change) -> Option<Intention> {
    let Action::Update { uuid, base } = &change.action else { return None };
    Intention::blocking(uuid, base, blocked_since(Some(base.consents), change.next_base.consents))
}

/// What nobody says again and was not done stays owed, however it failed. But where a delta's was refused in so many words
/// it is for a person, and what it blocks, over what was owed before, is the `rest` of it; and where the record is gone there is nobody to send it to.
pub(super) fn still_owed(
    settlement: Settlement,
    scope: Scope,
    rest: Option<Intention>,
    export: ExportKind,
) -> Settlement {
    let code =
        settlement.outcome.as_ref().and_then(|outcome| outcome.cause.as_ref()).map(|cause| &cause.code);
    let is_gone = code.is_some_and(|code| code == cause::GONE);
    let is_for_a_person =
        settlement.refused.is_some() && scope == Scope::Whole && export == ExportKind::Delta;
    let debt = match settlement.debt {
        DebtFate::Stays if is_gone => DebtFate::Paid,
        DebtFate::Stays if is_for_a_person => {
            rest.map_or(DebtFate::Paid, |rest| DebtFate::Becomes(Box::new(rest)))
        }
        debt => debt,
    };
    Settlement { debt, ..settlement }
}

/// A change over what an earlier run is known to have done since it was planned, or could not do. One that only blocks
/// must neither undo nor replace that; every other says all there is.
pub(super) fn after(change: Change, earlier: Option<&Resolved>, export: ExportKind) -> Change {
    let earlier = earlier.filter(|_| change.scope == Scope::OptOuts);
    let rest = earlier.and_then(|earlier| earlier.rest(change.ours.consents, export));
    let Some(Change { action, scope, ours, next_base, canonical, recency, .. }) = rest else { return change };
    Change { action, scope, ours, next_base, recency, canonical, ..change }
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

/// The settlement of a change that only blocked `blocks`: counted by nobody, told by a warning for each channel.
pub fn told(settlement: Settlement, blocks: Consents) -> Settlement {
    let Settlement { outcome, mut warnings, debt, .. } = settlement;
    if let Some(outcome) = outcome {
        let code = outcome.cause.as_ref().map_or(outcome.kind.as_str(), |cause| &cause.code);
        let finding = match outcome.kind {
            // It was so at myKaarma already.
            OutcomeKind::Unchanged => None,
            OutcomeKind::Created | OutcomeKind::Updated => Some(cause::opt_out_sent()),
            _ => {
                tracing::warn!(customer = %outcome.key, code, "an opt-out in a rejected row was not sent");
                let unsent = match (outcome.kind, &debt) {
                    (OutcomeKind::Held, _) => Unsent::Held,
                    (_, DebtFate::Stays | DebtFate::Becomes(_)) => Unsent::Open,
                    (_, DebtFate::Paid | DebtFate::PaidAs(_)) => Unsent::Gone,
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
    Settlement { outcome: None, refused: None, warnings, debt, ..settlement }
}

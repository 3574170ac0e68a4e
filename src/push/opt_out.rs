//! What is owed to a customer whose rows are refused: that a no in them is heard.
//!
//! Such a change has the scope [`Scope::OptOuts`] and is lived as any other: intent, read, merge, write. The customer is
//! counted as what it is, rejected, where that is reported; what became of its opt-out is told by a warning. `plan` says
//! who is concerned, `merge` keeps everything else from being touched.

use super::cause;
use super::journal::Settlement;
use super::settle::{Resolution, Resolved, again};
use crate::domain::policy::ExportKind;
use crate::domain::{Action, Change, Consents, Customer, Finding, OutcomeKind, Scope, Warning};

/// What `change` blocks, where it does nothing else.
pub(super) fn alone(change: &Change) -> Option<Consents> {
    (change.scope == Scope::OptOuts).then_some(change.ours.consents)
}

/// A change that only blocks, over what an earlier run is known to have done since it was planned, or could not do:
/// its block must neither undo nor replace that. Every other change stays as it is: its rows say all there is.
pub(super) fn after(change: Change, earlier: Option<&Resolved>, export: ExportKind) -> Change {
    let (Some(Resolved { resolution, unsettled }), Scope::OptOuts) = (earlier, change.scope) else {
        return change;
    };
    let blocks = change.ours.consents;
    let intention = &unsettled.intention;
    let rebased = match resolution {
        Resolution::Applied { uuid, base, .. } => Change {
            action: Action::Update { uuid: uuid.clone(), base: base.clone() },
            next_base: blocking(&intention.next_base, blocks),
            ..change.clone()
        },
        // A full export repeats what it has to say; what a delta said, and every block, is said only once.
        Resolution::NotApplied if intention.uuid.is_some() && is_said_once(unsettled.scope(), export) => {
            let Change { action, scope, ours, next_base, recency, .. } = again(unsettled.clone());
            let (ours, next_base) = (blocking(&ours, blocks), blocking(&next_base, blocks));
            Change { action, scope, ours, next_base, recency, ..change.clone() }
        }
        Resolution::NotApplied | Resolution::Adoptable { .. } | Resolution::Unresolved(_) => return change,
    };
    match rebased.next_base.canonical() {
        Ok(canonical) => Change { canonical, ..rebased },
        Err(error) => {
            tracing::error!(%error, "a customer cannot be stored; this is a defect: please report it");
            change
        }
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
    let Settlement { outcome, mut warnings, .. } = settlement;
    if let Some(outcome) = outcome {
        let code = outcome.cause.as_ref().map_or(outcome.kind.as_str(), |cause| &cause.code);
        let finding = match outcome.kind {
            // It was so at myKaarma already.
            OutcomeKind::Unchanged => None,
            OutcomeKind::Created | OutcomeKind::Updated => Some(cause::opt_out_sent()),
            _ => {
                tracing::warn!(customer = %outcome.key, code, "an opt-out in a rejected row was not sent");
                Some(cause::opt_out_unsent(code))
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
    Settlement { outcome: None, refused: None, warnings, ..settlement }
}

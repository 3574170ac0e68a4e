//! What one customer's life leaves behind on its way: attempts, the last answer, warnings, opt-outs.

use super::journal::{IntentFate, Learned, Settlement};
use super::life::Settled;
use super::trouble::Trouble;
use crate::api::warning_codes;
use crate::api::wire::ApiWarning;
use crate::api::{CallError, CallResult, Reply, Trace};
use crate::domain::outcome::Cause;
use crate::domain::{
    Action, Change, Channel, CustomerKey, CustomerUuid, Finding, Outcome, OutcomeKind, Position, Warning,
};

/// The trail of one life.
#[derive(Debug, Default)]
pub(super) struct Trail {
    attempts: u32,
    last: Trace,
    /// A write has left, or may have: its intent is on disk.
    pub(super) sent: bool,
    pub(super) warnings: Vec<Warning>,
    pub(super) opt_outs: Vec<(Channel, String)>,
}

impl Trail {
    /// A trail that begins with what was found on the way to the plan.
    pub(super) fn with(warnings: Vec<Warning>) -> Self {
        Self { warnings, ..Self::default() }
    }

    /// Takes note of an answer and hands it on.
    pub(super) fn note<T>(&mut self, result: CallResult<T>) -> Result<Reply<T>, CallError> {
        let (trace, warnings) = match &result {
            Ok(reply) => (&reply.trace, &reply.warnings),
            Err(error) => (&error.trace, &error.warnings),
        };
        self.attempts += trace.attempts;
        self.last = trace.clone();
        self.warnings.extend(warnings.iter().filter_map(data_loss));
        result
    }

    /// The last answer so far.
    pub(super) fn last_answer(&self) -> Trace {
        self.last.clone()
    }

    /// Has the report name `answer`, the one that decided, in place of the look-ups that came after it.
    pub(super) fn ends_with(&mut self, answer: Trace) {
        self.last = answer;
    }

    /// What the life that left this trail came to.
    pub(super) fn settlement(self, change: Change, ended: Result<Settled, Trouble>) -> Settlement {
        let key = change.ours.key.clone();
        let at = Some(change.at.clone());
        match ended {
            Ok(Settled { kind, uuid }) => {
                let outcome = self.outcome(key.clone(), at, kind, Some(uuid.clone()), None);
                let Change { next_base, source, canonical, recency, .. } = change;
                let Self { warnings, opt_outs, .. } = self;
                Settlement {
                    key,
                    outcome: Some(outcome),
                    learned: Some(Learned { uuid, base: next_base, canonical, source, recency }),
                    intent: IntentFate::Dropped,
                    refused: None,
                    opt_outs,
                    warnings,
                }
            }
            Err(Trouble { kind, cause, intent, is_refusal, stop: _ }) => {
                let uuid = match &change.action {
                    Action::Update { uuid, .. } => Some(uuid.clone()),
                    Action::Create => None,
                };
                let outcome = self.outcome(key.clone(), at, kind, uuid, Some(cause));
                let Self { warnings, opt_outs, .. } = self;
                let refused = is_refusal.then_some(change.canonical);
                Settlement { key, outcome: Some(outcome), learned: None, intent, refused, opt_outs, warnings }
            }
        }
    }

    /// The outcome at the end of this trail.
    pub(super) fn outcome(
        &self,
        key: CustomerKey,
        at: Option<Position>,
        kind: OutcomeKind,
        uuid: Option<CustomerUuid>,
        cause: Option<Cause>,
    ) -> Outcome {
        let Trace { attempts: _, http_status, request_id, correlation_id } = self.last.clone();
        Outcome {
            key,
            kind,
            at,
            uuid,
            attempts: self.attempts,
            http_status,
            cause,
            request_id,
            correlation_id,
        }
    }
}

/// A warning that says that data was dropped, in our words: the API's own text may quote it.
fn data_loss(warning: &ApiWarning) -> Option<Warning> {
    let code = warning.code.filter(|code| warning_codes::is_data_loss(*code))?;
    let name = warning_codes::name(code).unwrap_or("unnamed").to_lowercase().replace('_', " ");
    let finding = Finding {
        code: format!("api.{code}").into(),
        field: None,
        message: format!("myKaarma reports data loss: {name}"),
    };
    Some(Warning { finding, at: None })
}

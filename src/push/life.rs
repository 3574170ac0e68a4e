//! One customer's life: intent, write, answer, and whatever an unclear answer demands. Design, section 5.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::agree::{Marks, agrees};
use super::brake::{Brake, Stop};
use super::cause;
use super::journal::{IntentFate, Intention, Journal, Learned, Lost, Settlement};
use super::lookup::{Found, look};
use super::merge::{Merged, OptOuts, Payload, Rules, fresh, merge};
use super::remote::Remote;
use super::request::WireSettings;
use super::settle::Resolution;
use super::trail::Trail;
use crate::api::wire::{CustomerWithVehicles, CustomerWithVehiclesResponse, SaveCustomerResponse};
use crate::api::{CallError, Failure, Reply, warning_codes};
use crate::domain::outcome::Cause;
use crate::domain::policy::{MergeMode, Policies, Vanished};
use crate::domain::{Action, Change, Customer, CustomerKey, CustomerUuid, OutcomeKind};

/// How often a create whose answer stays unknown, and whose record stays unseen, is sent at the most.
const CREATES: u32 = 3;

/// Pushes customers of one department, one life at a time; `crew` runs many at once.
pub struct Pusher<R, J> {
    pub(super) remote: R,
    pub(super) journal: J,
    pub(super) policies: Policies,
    pub(super) opt_outs: Arc<dyn OptOuts>,
    wire: WireSettings,
    /// Wait before the second look: search lags a write.
    settle: Duration,
    pub(super) brake: Brake,
    /// What became of earlier runs' intents.
    pub(super) resolved: Mutex<HashMap<CustomerKey, Resolution>>,
    /// Held by the one customer that confirms a refusal that may concern everybody.
    confirming: Mutex<()>,
}

/// What a life settles on.
pub(super) struct Settled {
    pub(super) kind: OutcomeKind,
    pub(super) uuid: CustomerUuid,
}

/// Why a life ends without.
pub(super) struct Trouble {
    pub(super) kind: OutcomeKind,
    pub(super) cause: Cause,
    pub(super) intent: IntentFate,
    /// A refusal in so many words, not to be repeated soon.
    pub(super) is_refusal: bool,
}

impl Trouble {
    fn ambiguous(cause: Cause) -> Self {
        Self { kind: OutcomeKind::InDoubt, cause, intent: IntentFate::Dropped, is_refusal: false }
    }

    fn failed(cause: Cause, intent: IntentFate) -> Self {
        Self { kind: OutcomeKind::Failed, cause, intent, is_refusal: false }
    }

    fn not_attempted(why: Stop) -> Self {
        let intent = IntentFate::Kept;
        Self { kind: OutcomeKind::NotAttempted, cause: cause::stopped(why), intent, is_refusal: false }
    }

    /// Not this customer's fault, and the write may have been applied.
    fn keeping_intent(self) -> Self {
        Self { intent: IntentFate::Kept, ..self }
    }
}

/// What may stand between a department's customers and the remote.
pub struct Setup {
    /// The department's.
    pub policies: Policies,
    /// The memory of opt-outs.
    pub opt_outs: Arc<dyn OptOuts>,
    /// The parts of a request that are not the customer.
    pub wire: WireSettings,
    /// `[retry] settle`.
    pub settle: Duration,
    /// Stops it.
    pub brake: Brake,
}

impl<R: Remote, J: Journal> Pusher<R, J> {
    /// A pusher on `remote` that notes everything in `journal`.
    pub fn new(remote: R, journal: J, setup: Setup) -> Self {
        let Setup { policies, opt_outs, wire, settle, brake } = setup;
        let resolved = Mutex::default();
        Self {
            remote,
            journal,
            policies,
            opt_outs,
            wire,
            settle,
            brake,
            resolved,
            confirming: Mutex::default(),
        }
    }

    /// Lives one customer's life. Ends early, in doubt or not attempted, where the brake halts it.
    pub(super) async fn live(&self, change: Change) -> Settlement {
        let mut trail = Trail::with(change.warnings.clone());
        let ended = tokio::select! {
            ended = self.run(&change, &mut trail) => ended,
            () = self.brake.halted() => Err(self.cut_off(trail.sent)),
        };
        settlement(change, ended, trail)
    }

    fn cut_off(&self, sent: bool) -> Trouble {
        let why = self.brake.pulled().unwrap_or(Stop::Interrupted);
        if sent {
            Trouble::ambiguous(cause::cut_off(why)).keeping_intent()
        } else {
            Trouble::not_attempted(why)
        }
    }

    async fn run(&self, change: &Change, trail: &mut Trail) -> Result<Settled, Trouble> {
        match self.resolved.lock().await.remove(&change.ours.key) {
            Some(Resolution::Unresolved(cause)) => Err(Trouble::ambiguous(cause).keeping_intent()),
            Some(Resolution::Applied { uuid, canonical, kind, .. }) if canonical == change.canonical => {
                Ok(Settled { kind, uuid })
            }
            Some(Resolution::Applied { uuid, base, .. }) => {
                self.update(change, &uuid, Some(&base), trail).await
            }
            None => match &change.action {
                Action::Create => self.create(change, trail).await,
                Action::Update { uuid, base } => self.update(change, uuid, Some(base), trail).await,
            },
        }
    }

    fn rules(&self) -> Rules<'_> {
        Rules { policies: &self.policies, opt_outs: &*self.opt_outs }
    }

    async fn create(&self, change: &Change, trail: &mut Trail) -> Result<Settled, Trouble> {
        let payload = self.fresh(change, trail)?;
        let request = self.wire.request(payload);
        // Once an answer was lost, a later refusal may be the echo of that very create.
        let mut in_doubt = false;
        for _ in 0..CREATES {
            self.intend(change, None, None, trail).await?;
            let answer = trail.note(self.remote.create(&request).await);
            let refusal = match answer.map(|reply| new_uuid(&reply)) {
                Ok(Some(uuid)) => return Ok(Settled { kind: OutcomeKind::Created, uuid }),
                Ok(None) | Err(CallError { failure: Failure::InDoubt { .. }, .. }) => None,
                Err(CallError { failure: failure @ Failure::Refused { .. }, .. }) => Some(failure),
                Err(error) => return Err(self.trouble(change, error.failure, Write::Create, trail).await),
            };
            let refused_with = trail.last_answer();
            in_doubt |= refusal.is_none();
            let found = self.look_twice(&change.ours, trail).await.map_err(|t| t.keep_if(in_doubt))?;
            match (found, refusal) {
                (Found::One(uuid), _) => return self.adopt(change, &uuid, in_doubt, trail).await,
                (Found::None, None) => {}
                (Found::None, Some(failure)) if !in_doubt => {
                    trail.ends_with(refused_with);
                    return Err(refused(&failure));
                }
                (Found::None, Some(_)) => break,
                (found, _) => return Err(Trouble::ambiguous(unclear_find(&found)).keep_if(in_doubt)),
            }
        }
        Err(Trouble::ambiguous(cause::unsettled()).keeping_intent())
    }

    /// The whole of ours, nothing of theirs.
    fn fresh(&self, change: &Change, trail: &mut Trail) -> Result<Payload, Trouble> {
        let (payload, opt_outs) = fresh(&change.ours, self.rules()).map_err(|what| unsendable(&what))?;
        trail.opt_outs.extend(opt_outs);
        Ok(payload)
    }

    /// Takes the record that was found under the key as ours. `is_our_create`: our own create made it, its answer
    /// was lost.
    async fn adopt(
        &self,
        change: &Change,
        uuid: &CustomerUuid,
        is_our_create: bool,
        trail: &mut Trail,
    ) -> Result<Settled, Trouble> {
        let intent = if is_our_create { IntentFate::Kept } else { IntentFate::Dropped };
        let theirs = self.read(change, uuid, trail).await.map_err(|t| Trouble { intent, ..t })?;
        let Some(theirs) = theirs else { return Err(Trouble::ambiguous(cause::unproven()).keeping_intent()) };
        check_key(&change.ours, &theirs)?;
        if !agrees(&change.ours, &Marks::of_record(&theirs)) {
            return Err(Trouble::ambiguous(cause::mismatch()));
        }
        let settled = self.write(change, uuid, None, &theirs, trail).await?;
        let untouched = settled.kind == OutcomeKind::Unchanged;
        let kind = if is_our_create && untouched { OutcomeKind::Created } else { settled.kind };
        Ok(Settled { kind, ..settled })
    }

    async fn update(
        &self,
        change: &Change,
        uuid: &CustomerUuid,
        base: Option<&Customer>,
        trail: &mut Trail,
    ) -> Result<Settled, Trouble> {
        if self.policies.merge == MergeMode::Replace {
            let payload = self.fresh(change, trail)?;
            return self.send(change, uuid, payload, None, trail).await;
        }
        match self.read(change, uuid, trail).await? {
            Some(theirs) => {
                check_key(&change.ours, &theirs)?;
                self.write(change, uuid, base, &theirs, trail).await
            }
            None => self.vanished(change, trail).await,
        }
    }

    /// The uuid is gone. One that has the key and agrees is adopted; none is for a person, or for `recreate`.
    async fn vanished(&self, change: &Change, trail: &mut Trail) -> Result<Settled, Trouble> {
        match self.look_twice(&change.ours, trail).await? {
            Found::One(uuid) => self.adopt(change, &uuid, false, trail).await,
            Found::None if self.policies.vanished == Vanished::Recreate => self.create(change, trail).await,
            Found::None => Err(Trouble::ambiguous(cause::gone())),
            found => Err(Trouble::ambiguous(unclear_find(&found))),
        }
    }

    /// Merges and writes what differs.
    async fn write(
        &self,
        change: &Change,
        uuid: &CustomerUuid,
        base: Option<&Customer>,
        theirs: &CustomerWithVehicles,
        trail: &mut Trail,
    ) -> Result<Settled, Trouble> {
        let merged = merge(base, &change.ours, theirs, self.rules()).map_err(|what| unsendable(&what))?;
        let Merged { write, opt_outs } = merged;
        trail.opt_outs.extend(opt_outs);
        match write {
            None => Ok(Settled { kind: OutcomeKind::Unchanged, uuid: uuid.clone() }),
            Some(payload) => self.send(change, uuid, payload, Some(theirs), trail).await,
        }
    }

    async fn send(
        &self,
        change: &Change,
        uuid: &CustomerUuid,
        payload: Payload,
        theirs: Option<&CustomerWithVehicles>,
        trail: &mut Trail,
    ) -> Result<Settled, Trouble> {
        let before = theirs.and_then(|theirs| serde_json::to_string(theirs).ok());
        self.intend(change, Some(uuid), before, trail).await?;
        let request = self.wire.request(payload);
        match trail.note(self.remote.update(uuid.as_str(), &request).await) {
            Ok(reply) if is_gone(&reply) => Err(Trouble::ambiguous(cause::gone())),
            Ok(_) => Ok(Settled { kind: OutcomeKind::Updated, uuid: uuid.clone() }),
            Err(CallError { failure: failure @ Failure::Refused { .. }, .. }) => Err(refused(&failure)),
            Err(error) => Err(self.trouble(change, error.failure, Write::Update, trail).await),
        }
    }

    async fn intend(
        &self,
        change: &Change,
        uuid: Option<&CustomerUuid>,
        before: Option<String>,
        trail: &mut Trail,
    ) -> Result<(), Trouble> {
        let intention = Intention {
            key: change.ours.key.clone(),
            uuid: uuid.cloned(),
            next_base: change.ours.clone(),
            source: change.source,
            canonical: change.canonical,
            before,
        };
        if self.journal.intend(intention).await == Err(Lost) {
            self.brake.stop(Stop::Lost);
            return Err(Trouble::not_attempted(Stop::Lost));
        }
        trail.sent = true;
        Ok(())
    }

    async fn read(
        &self,
        change: &Change,
        uuid: &CustomerUuid,
        trail: &mut Trail,
    ) -> Result<Option<CustomerWithVehicles>, Trouble> {
        match trail.note(self.remote.read(uuid.as_str()).await) {
            Ok(reply) => Ok(record(reply)),
            Err(error) => Err(self.trouble(change, error.failure, Write::None, trail).await),
        }
    }

    /// Looks, and where there is none, waits and looks again: the search lags a write.
    pub(super) async fn look_twice(&self, ours: &Customer, trail: &mut Trail) -> Result<Found, Trouble> {
        for last in [false, true] {
            let found = match look(&self.remote, ours, trail).await {
                Ok(found) => found,
                Err(error) => return Err(self.read_trouble(ours, error.failure, trail).await),
            };
            if last || !matches!(found, Found::None | Found::Unproven) {
                return Ok(found);
            }
            tokio::time::sleep(self.settle).await;
        }
        Ok(Found::Unproven)
    }

    async fn trouble(&self, change: &Change, failure: Failure, write: Write, trail: &mut Trail) -> Trouble {
        let intent = match (&failure, write) {
            // An update that got no clear answer may have been applied; and what something else than the API does
            // with a request is anybody's guess. The next run looks before it merges.
            (Failure::Exhausted { .. }, Write::Update)
            | (Failure::WrongHost { .. }, Write::Create | Write::Update) => IntentFate::Kept,
            _ => IntentFate::Dropped,
        };
        let trouble = self.read_trouble(&change.ours, failure, trail).await;
        Trouble { intent, ..trouble }
    }

    /// Where the failure may concern everybody, one customer confirms it by one read; the others wait for it.
    async fn read_trouble(&self, ours: &Customer, failure: Failure, trail: &mut Trail) -> Trouble {
        let trouble = Trouble::failed(cause::refused(&failure), IntentFate::Dropped);
        if !failure.systemic() {
            return trouble;
        }
        let _only_one = self.confirming.lock().await;
        if self.brake.pulled().is_none()
            && let Err(error) = look(&self.remote, ours, trail).await
            && let Some(stop) = stop_for(&error.failure)
        {
            self.brake.stop(stop);
        }
        match self.brake.pulled() {
            None => trouble,
            Some(why) => Trouble { kind: OutcomeKind::NotAttempted, cause: cause::stopped(why), ..trouble },
        }
    }
}

/// What was under way when a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Write {
    None,
    Create,
    Update,
}

impl Trouble {
    /// Keeps the intent open where a create's answer is unknown.
    fn keep_if(self, unclear: bool) -> Self {
        if unclear { self.keeping_intent() } else { self }
    }
}

fn stop_for(failure: &Failure) -> Option<Stop> {
    match failure {
        Failure::Unauthorized => Some(Stop::Unauthorized),
        Failure::Forbidden => Some(Stop::Forbidden),
        Failure::WrongHost { .. } | Failure::Tls { .. } => Some(Stop::WrongHost),
        Failure::Refused { .. } | Failure::TooLarge | Failure::InDoubt { .. } | Failure::Exhausted { .. } => {
            None
        }
    }
}

fn refused(failure: &Failure) -> Trouble {
    Trouble { is_refusal: true, ..Trouble::failed(cause::refused(failure), IntentFate::Dropped) }
}

fn unsendable(what: &crate::api::wire::Unsendable) -> Trouble {
    Trouble::failed(cause::unsendable(what), IntentFate::Dropped)
}

pub(super) fn unclear_find(found: &Found) -> Cause {
    match found {
        Found::Stranger => cause::mismatch(),
        Found::Several => cause::several(),
        Found::One(_) | Found::None | Found::Unproven => cause::unproven(),
    }
}

/// A record that carries another key is another customer's by now. One without a key gets ours.
fn check_key(ours: &Customer, theirs: &CustomerWithVehicles) -> Result<(), Trouble> {
    let key =
        theirs.customer.as_ref().and_then(|customer| customer.customer_key.as_deref()).unwrap_or_default();
    if key.is_empty() || key == ours.key.as_str() {
        return Ok(());
    }
    Err(Trouble::ambiguous(cause::key_changed()))
}

/// The record, unless the answer says that there is none.
pub(super) fn record(reply: Reply<CustomerWithVehiclesResponse>) -> Option<CustomerWithVehicles> {
    let gone = reply.has_warning(warning_codes::NO_CUSTOMER_FOUND);
    reply.body.customer_with_vehicles.filter(|found| !gone && found.customer.is_some())
}

fn is_gone(reply: &Reply<SaveCustomerResponse>) -> bool {
    reply.has_warning(warning_codes::NO_CUSTOMER_FOUND)
}

fn new_uuid(reply: &Reply<SaveCustomerResponse>) -> Option<CustomerUuid> {
    reply.body.customer_uuid.clone().and_then(CustomerUuid::new)
}

fn settlement(change: Change, ended: Result<Settled, Trouble>, trail: Trail) -> Settlement {
    let key = change.ours.key.clone();
    let at = Some(change.at.clone());
    match ended {
        Ok(Settled { kind, uuid }) => {
            let outcome = trail.outcome(key.clone(), at, kind, Some(uuid.clone()), None);
            let Change { ours, source, canonical, .. } = change;
            let Trail { warnings, opt_outs, .. } = trail;
            Settlement {
                key,
                outcome: Some(outcome),
                learned: Some(Learned { uuid, base: ours, canonical, source }),
                intent: IntentFate::Dropped,
                refused: None,
                opt_outs,
                warnings,
            }
        }
        Err(Trouble { kind, cause, intent, is_refusal }) => {
            let uuid = match &change.action {
                Action::Update { uuid, .. } => Some(uuid.clone()),
                Action::Create => None,
            };
            let outcome = trail.outcome(key.clone(), at, kind, uuid, Some(cause));
            let Trail { warnings, opt_outs, .. } = trail;
            let refused = is_refusal.then_some(change.canonical);
            Settlement { key, outcome: Some(outcome), learned: None, intent, refused, opt_outs, warnings }
        }
    }
}

//! One customer's life: intent, write, answer, and whatever an unclear answer demands.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::agree::{Marks, agrees};
use super::answer::{Unclear, check_key, check_uuid, new_uuid, record};
use super::brake::{Brake, Stop};
use super::cause;
use super::claims::Claims;
use super::creates::Creates;
use super::heard::Heard;
use super::journal::{Intention, Journal, Lost, Settlement, Unsettled};
use super::lookup::{Found, look};
use super::merge::{OptOuts, Ours, Payload, Rules, afresh};
use super::opt_out;
use super::remote::Remote;
use super::request::WireSettings;
use super::settle::{Resolution, Resolved};
use super::trail::Trail;
use super::trouble::{Trouble, Write, refused, unclear_find, unsendable};
use crate::api::wire::CustomerWithVehicles;
use crate::api::{CallError, Failure};
use crate::domain::policy::{MergeMode, Policies, Vanished};
use crate::domain::{Action, Change, Customer, CustomerKey, CustomerUuid, OutcomeKind, Scope};

/// How often a create whose answer stays unknown, and whose record stays unseen, is sent at the most.
const CREATES: u32 = 3;

/// Pushes customers of one department, one life at a time; `crew` runs many at once.
pub struct Pusher<R, J> {
    pub(super) remote: R,
    pub(super) journal: J,
    pub(super) policies: Policies,
    pub(super) opt_outs: Heard,
    pub(super) wire: WireSettings,
    /// Wait before the second look: search lags a write.
    settle: Duration,
    creates: Creates,
    pub(super) brake: Brake,
    /// Earlier runs' intents that are settled when it is their customer's turn.
    pub(super) postponed: Mutex<HashMap<CustomerKey, Unsettled>>,
    /// What became of earlier runs' intents.
    pub(super) resolved: Mutex<HashMap<CustomerKey, Resolved>>,
    /// Whose records this run has learned of.
    pub(super) claims: Claims,
    /// Held by the one customer that confirms a refusal that may concern everybody.
    pub(super) confirming: Mutex<()>,
}

/// What a life settles on.
pub(super) struct Settled {
    pub(super) kind: OutcomeKind,
    pub(super) uuid: CustomerUuid,
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
    /// How a planned create begins.
    pub creates: Creates,
    /// Stops it.
    pub brake: Brake,
}

impl<R: Remote, J: Journal> Pusher<R, J> {
    /// A pusher on `remote` that notes everything in `journal`.
    pub fn new(remote: R, journal: J, setup: Setup) -> Self {
        let Setup { policies, opt_outs, wire, settle, creates, brake } = setup;
        let (postponed, resolved) = (Mutex::default(), Mutex::default());
        Self {
            remote,
            journal,
            policies,
            opt_outs: Heard::over(opt_outs),
            wire,
            settle,
            creates,
            brake,
            postponed,
            resolved,
            claims: Claims::default(),
            confirming: Mutex::default(),
        }
    }

    /// Lives one customer's life. Ends early, in doubt or not attempted, where the brake halts it.
    pub(super) async fn live(&self, planned: Change) -> Settlement {
        let earlier = self.earlier(&planned.ours.key).await;
        let export = self.policies.export;
        let change = opt_out::after(planned, earlier.as_ref(), export);
        let before = earlier.as_ref().and_then(|earlier| earlier.without(&change, export));
        let (scope, rest) = (change.scope, before.or_else(|| opt_out::blocks_of(&change)));
        let settlement = self.live_after(change, earlier).await;
        opt_out::still_owed(settlement, scope, rest, export)
    }

    async fn live_after(&self, change: Change, earlier: Option<Resolved>) -> Settlement {
        let mut trail = Trail::with(change.warnings.clone());
        if let Some(why) = self.brake.pulled() {
            return trail.settlement(change, Err(Trouble::not_attempted(why)));
        }
        let ended = tokio::select! {
            // What has an answer is settled by it, also at the moment of the halt.
            biased;
            ended = self.run(&change, earlier.map(|earlier| earlier.resolution), &mut trail) => ended,
            () = self.brake.halted() => Err(self.cut_off(trail.sent)),
        };
        trail.settlement(change, ended)
    }

    pub(super) fn cut_off(&self, sent: bool) -> Trouble {
        let why = self.brake.pulled().unwrap_or(Stop::Interrupted);
        if sent {
            Trouble::ambiguous(cause::cut_off(why)).keeping_intent()
        } else {
            Trouble::not_attempted(why)
        }
    }

    async fn run(
        &self,
        change: &Change,
        earlier: Option<Resolution>,
        trail: &mut Trail,
    ) -> Result<Settled, Trouble> {
        match earlier {
            Some(Resolution::Unresolved(cause)) => Err(Trouble::ambiguous(cause).keeping_intent()),
            Some(Resolution::Applied { uuid, canonical, kind, .. }) if canonical == change.canonical => {
                Ok(Settled { kind, uuid })
            }
            Some(Resolution::Applied { uuid, base, .. }) => {
                self.update(change, &uuid, Some(&base), trail).await
            }
            // It stays known whose record it is: what was found is never created.
            Some(Resolution::Adoptable { uuid }) => {
                self.adopt(change, &uuid, false, trail).await.map_err(Trouble::keeping_intent)
            }
            Some(Resolution::NotApplied) | None => match &change.action {
                Action::Create => match self.creates {
                    Creates::Straight => self.create(change, trail).await,
                    Creates::AfterLook => self.create_after_look(change, trail).await,
                },
                Action::Update { uuid, base } => self.update(change, uuid, Some(base), trail).await,
            },
        }
    }

    pub(super) fn rules(&self) -> Rules<'_> {
        Rules { policies: &self.policies, opt_outs: &self.opt_outs }
    }

    pub(super) async fn create(&self, change: &Change, trail: &mut Trail) -> Result<Settled, Trouble> {
        // Whether any create so far may have been applied: then no later failure closes the intent.
        let mut doubted = false;
        for _ in 0..CREATES {
            // Each time anew: meanwhile somebody else's record may have said no to a number of this one.
            let heard = self.opt_outs.so_far();
            let payload = self.to_create(change, trail).map_err(|t| self.doubting(t, doubted))?;
            self.intend(change, None, None, trail).await.map_err(|t| self.doubting(t, doubted))?;
            let sent = self.send_new(change, payload, heard, trail).await;
            let answer = match sent.map_err(|t| self.doubting(t, doubted))? {
                Ok(reply) => match new_uuid(&reply) {
                    Some(uuid) => return self.created(&change.ours.key, uuid).await,
                    None => Unclear::Accepted,
                },
                Err(CallError { failure: Failure::InDoubt { .. }, .. }) => Unclear::InDoubt,
                Err(CallError { failure: failure @ Failure::Refused { .. }, .. }) => {
                    Unclear::Refused(failure)
                }
                Err(error) => {
                    let trouble = self.trouble(error, Write::Create, trail).await;
                    return Err(self.doubting(trouble, doubted));
                }
            };
            doubted |= !matches!(answer, Unclear::Refused(_));
            let answered_with = trail.last_answer();
            let found = self.look_twice(&change.next_base, trail).await;
            match (found.map_err(|t| self.doubting(t, doubted))?, answer) {
                (Found::One(uuid), _) => {
                    let adopted = self.adopt(change, &uuid, doubted, trail).await;
                    return adopted.map_err(|t| t.keep_if(doubted).keep_if_failed());
                }
                (Found::None, Unclear::InDoubt) => {}
                // It was said to be done: a second one would be sent twice.
                (Found::None, Unclear::Accepted) => break,
                // A refusal after a lost answer may be the echo of that very create.
                (Found::None, Unclear::Refused(_)) if doubted => break,
                (Found::None, Unclear::Refused(failure)) => {
                    trail.ends_with(answered_with);
                    return Err(refused(&failure));
                }
                (found, _) => return Err(Trouble::ambiguous(unclear_find(&found)).keep_if(doubted)),
            }
        }
        Err(Trouble::ambiguous(cause::unsettled()).keeping_intent())
    }

    /// All that is known of the customer, whatever of it tonight's export repeats: there is nothing of theirs. An
    /// allowance of an earlier night that is not repeated is none for a new record.
    pub(super) fn to_create(&self, change: &Change, trail: &mut Trail) -> Result<Payload, Trouble> {
        let Change { ours, next_base, .. } = change;
        let consents = ours.consents.and(next_base.consents.blocks());
        let whole = Customer { consents, ..next_base.clone() };
        self.fresh(change.base(), &whole, trail)
    }

    /// All that is known of the customer in place of theirs: what is not in it is deleted there.
    pub(super) fn to_replace(&self, change: &Change, trail: &mut Trail) -> Result<Payload, Trouble> {
        self.fresh(None, &change.next_base, trail)
    }

    fn fresh(
        &self,
        base: Option<&Customer>,
        whole: &Customer,
        trail: &mut Trail,
    ) -> Result<Payload, Trouble> {
        let fresh = afresh(base, Ours::again(whole), self.rules());
        let (payload, opt_outs) = fresh.map_err(|what| unsendable(&what))?;
        // What an earlier run's intent blocks, tonight's plan may not say. On disk with this life's settlement; until
        // then the intent has it.
        self.opt_outs.note(&opt_outs);
        trail.opt_outs.extend(opt_outs);
        Ok(payload)
    }

    /// Takes the record that was found under the key as ours. `is_our_create`: our own create made it, its answer
    /// was lost.
    pub(super) async fn adopt(
        &self,
        change: &Change,
        uuid: &CustomerUuid,
        is_our_create: bool,
        trail: &mut Trail,
    ) -> Result<Settled, Trouble> {
        let Some(theirs) = self.read(uuid, trail).await? else {
            return Err(Trouble::ambiguous(cause::unproven()).keeping_intent());
        };
        check_key(&change.ours, &theirs)?;
        if !agrees(&change.next_base, &Marks::of_record(&theirs)) {
            return Err(Trouble::ambiguous(cause::mismatch()));
        }
        self.claim(&change.ours.key, uuid)?;
        let Some(settled) = self.write(change, uuid, None, &theirs, trail).await? else {
            return Err(Trouble::ambiguous(cause::gone()));
        };
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
        let settled = if self.policies.merge == MergeMode::Replace {
            self.replace(change, uuid, trail).await?
        } else if let Some(theirs) = self.read(uuid, trail).await? {
            check_key(&change.ours, &theirs)?;
            self.write(change, uuid, base, &theirs, trail).await?
        } else {
            None
        };
        match settled {
            Some(settled) => Ok(settled),
            None => self.vanished(change, trail).await,
        }
    }

    /// The uuid is gone. One that has the key and agrees is adopted; none is for a person, or for `recreate`.
    async fn vanished(&self, change: &Change, trail: &mut Trail) -> Result<Settled, Trouble> {
        match self.look_twice(&change.next_base, trail).await? {
            Found::One(uuid) => self.adopt(change, &uuid, false, trail).await,
            // Who is refused is not created anew for the sake of a flag.
            Found::None if self.policies.vanished == Vanished::Recreate && change.scope == Scope::Whole => {
                self.create(change, trail).await
            }
            Found::None => Err(Trouble::ambiguous(cause::gone())),
            found => Err(Trouble::ambiguous(unclear_find(&found))),
        }
    }

    pub(super) async fn intend(
        &self,
        change: &Change,
        uuid: Option<&CustomerUuid>,
        before: Option<String>,
        trail: &mut Trail,
    ) -> Result<(), Trouble> {
        self.still_welcome(trail)?;
        if self.journal.intend(Intention::of(change, uuid, before)).await == Err(Lost) {
            self.brake.stop(Stop::Lost);
            return Err(Trouble::not_attempted(Stop::Lost));
        }
        trail.sent = true;
        Ok(())
    }

    pub(super) async fn read(
        &self,
        uuid: &CustomerUuid,
        trail: &mut Trail,
    ) -> Result<Option<CustomerWithVehicles>, Trouble> {
        self.still_welcome(trail)?;
        match trail.note(self.remote.read(uuid.as_str()).await) {
            Ok(reply) => {
                let theirs = record(reply);
                theirs.iter().try_for_each(|theirs| check_uuid(uuid, theirs))?;
                Ok(theirs)
            }
            Err(error) => Err(self.read_trouble(error.failure, trail).await),
        }
    }

    /// Nothing more is sent to who has turned everybody away; other stops let a life that has begun end.
    fn still_welcome(&self, trail: &Trail) -> Result<(), Trouble> {
        match self.brake.pulled() {
            Some(Stop::Unauthorized | Stop::Forbidden | Stop::WrongHost | Stop::Lost) => {
                Err(self.cut_off(trail.sent))
            }
            _ => Ok(()),
        }
    }

    /// Looks, and where there is none, waits and looks again: the search lags a write.
    pub(super) async fn look_twice(&self, ours: &Customer, trail: &mut Trail) -> Result<Found, Trouble> {
        for last in [false, true] {
            self.still_welcome(trail)?;
            let found = match look(&self.remote, ours, trail).await {
                Ok(found) => found,
                Err(error) => return Err(self.read_trouble(error.failure, trail).await),
            };
            if last || !matches!(found, Found::None | Found::Unproven) {
                return Ok(found);
            }
            tokio::time::sleep(self.settle).await;
        }
        Ok(Found::Unproven)
    }
}

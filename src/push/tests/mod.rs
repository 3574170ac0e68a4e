//! Lives in virtual time, against a remote and a journal in memory.
//!
//! The remote keeps records, a lagging search and a script of failures; the journal keeps intents. Both write
//! into one log, and what must hold on every run is checked after every run: an intent before every write, one
//! settlement per change, no intent closed that should not be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod creates;
mod intents;
mod opt_outs;
#[cfg(feature = "sandbox")]
mod steps;
mod stops;
mod updates;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::journal::{DebtFate, IntentFate};
use super::life::Setup;
use super::*;
use crate::api::wire::{
    ApiProblem, ApiWarning, Communication, CustomerWithVehicles, CustomerWithVehiclesResponse,
    MinimalCustomer, MinimalField, SaveCustomerRequest, SaveCustomerResponse, SearchMinimalResponse,
};
use crate::api::{CallError, CallResult, Cause, Failure, Parting, Renewal, Reply, Trace, warning_codes};
use crate::domain::policy::Policies;
use crate::domain::{
    Action, Change, Channel, Claim, Customer, CustomerKey, CustomerUuid, Fingerprint, OutcomeKind, Phone,
    PhoneLabel, PhoneSlot, Position, Recency, Scope,
};
use crate::plan::samples::{customer, phone};

/// The four operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Op {
    Create,
    Update,
    Read,
    Find,
}

/// How a call fails, and whether it was applied all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// None yet: one of the later calls fails.
    None,
    /// Kept from being sent.
    NotSent,
    /// Kept from being sent again.
    NotSentAgain,
    Refused,
    InDoubt {
        applied: bool,
    },
    Exhausted {
        applied: bool,
    },
    /// Refused at the last of three attempts; an earlier one was applied.
    RefusedAfterAll,
    Unauthorized,
    Forbidden,
    WrongHost {
        applied: bool,
    },
    /// Applied and said to be done, without a uuid.
    NoUuid,
    /// 200 with warning 10001.
    Gone,
    /// A search that is answered with nothing at all, as an empty 200 or a 204 are.
    Empty,
    /// A search that does not say how many it found.
    NoCount,
    /// A search that found one more than it lists.
    WrongCount,
    /// A search that says how many it found, and lists nothing at all: `null`, or no such field.
    NoList,
    /// A search one of whose matches is `null`.
    NullMatch,
    /// A search one of whose matches is nameless: its identity is missing.
    Nameless,
    /// The same, with an identity, and without its customer key.
    Keyless,
    /// Answered with the record of somebody who is there already.
    SameAs(&'static str),
    /// Applied, and the answer never comes.
    Hangs,
    /// Answered after a minute.
    Slow,
    /// Not now; while the client waits, the record becomes what the world has for [`Inner::meanwhile`].
    Again {
        applied: bool,
    },
    /// The same, before the first attempt: the gate was closed.
    Late,
}

/// What happened, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Intend(String),
    Call(Op, String),
    Settle(String, Option<OutcomeKind>),
}

#[derive(Default)]
struct Inner {
    records: BTreeMap<String, CustomerWithVehicles>,
    shown_from: BTreeMap<String, Instant>,
    /// Faults by operation and by key or uuid, the next one last; `*` is everybody, for ever.
    script: BTreeMap<(Op, String), Vec<Fault>>,
    log: Vec<Entry>,
    /// Requests that may have left.
    open: BTreeMap<String, Intention>,
    owed: BTreeMap<String, Intention>,
    settled: Vec<Settlement>,
    /// Opt-outs that were noted before their customer was settled.
    heard: Vec<(Channel, String)>,
    wrong: Vec<String>,
    under_way: usize,
    most_under_way: usize,
    lag: Duration,
    latency: Duration,
    journal_is_lost: bool,
    /// Calls that are sent at all; none: as many as come.
    allowance: Option<usize>,
    /// Records that others write while a call waits.
    meanwhile: BTreeMap<String, Value>,
    /// A remote that takes a second record with the same key: the worst there may be.
    takes_duplicates: bool,
    /// A journal that is asked about nobody's record, as on a first load.
    nobody_is_known: bool,
}

/// The remote and the journal; clones share one state.
#[derive(Clone, Default)]
struct World(Arc<Mutex<Inner>>);

/// Counts a call as under way until it ends, cut off or not.
struct UnderWay(World);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.inner().under_way -= 1;
    }
}

impl World {
    fn new() -> Self {
        let world = Self::default();
        world.inner().latency = Duration::from_millis(10);
        world
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// The next calls of `op` for `whom` (a key, a uuid, a search term) fail so, in this order.
    fn fails(&self, op: Op, whom: &str, faults: &[Fault]) -> &Self {
        let faults = faults.iter().rev().copied().collect();
        self.inner().script.insert((op, whom.to_owned()), faults);
        self
    }

    /// Every call of `op` fails so.
    fn always(&self, op: Op, fault: Fault) -> &Self {
        self.fails(op, "*", &[fault])
    }

    /// A record that is there from the start.
    fn has(&self, uuid: &str, record: &Value) -> &Self {
        self.inner().records.insert(uuid.to_owned(), serde_json::from_value(record.clone()).unwrap());
        self
    }

    /// The record that a save of `ours` would have made.
    fn has_pushed(&self, uuid: &str, ours: &Customer) -> &Self {
        let policies = Policies::default();
        let rules = merge::Rules { policies: &policies, opt_outs: &NoOptOuts };
        let (payload, _) = merge::fresh(merge::Ours::again(ours), rules).unwrap();
        self.has(uuid, &json!({"customer": payload.customer, "vehicles": payload.vehicles}))
    }

    fn calls(&self) -> Vec<(Op, String)> {
        let calls = |entry: &Entry| match entry {
            Entry::Call(op, whom) => Some((*op, whom.clone())),
            _ => None,
        };
        self.inner().log.iter().filter_map(calls).collect()
    }

    fn count(&self, op: Op) -> usize {
        self.calls().iter().filter(|(called, _)| *called == op).count()
    }

    fn open(&self) -> Vec<String> {
        let inner = self.inner();
        let keys: BTreeSet<_> = inner.open.keys().chain(inner.owed.keys()).cloned().collect();
        keys.into_iter().collect()
    }

    fn record(&self, uuid: &str) -> Value {
        serde_json::to_value(&self.inner().records[uuid]).unwrap()
    }

    fn keys(&self) -> Vec<String> {
        let inner = self.inner();
        let key = |record: &CustomerWithVehicles| record.customer.as_ref()?.customer_key.clone();
        inner.records.values().filter_map(key).collect()
    }

    async fn call(&self, op: Op, whom: &str) -> (UnderWay, Option<Fault>) {
        let (latency, fault) = {
            let mut inner = self.inner();
            if inner.allowance == Some(0) {
                inner.under_way += 1;
                drop(inner);
                return (UnderWay(self.clone()), Some(Fault::NotSent));
            }
            inner.allowance = inner.allowance.map(|left| left - 1);
            inner.log.push(Entry::Call(op, whom.to_owned()));
            inner.under_way += 1;
            inner.most_under_way = inner.most_under_way.max(inner.under_way);
            let everybody = inner.script.get(&(op, "*".to_owned())).and_then(|faults| faults.last().copied());
            let own = inner.script.get_mut(&(op, whom.to_owned())).and_then(Vec::pop);
            (inner.latency, own.or(everybody).filter(|fault| *fault != Fault::None))
        };
        let guard = UnderWay(self.clone());
        sleep(latency).await;
        if fault == Some(Fault::Slow) {
            sleep(Duration::from_secs(60)).await;
        }
        (guard, fault.filter(|fault| *fault != Fault::Slow))
    }

    fn save(&self, uuid: &str, body: &SaveCustomerRequest) {
        let SaveCustomerRequest { customer, vehicles, .. } = body;
        let record = json!({"customer": customer, "vehicles": vehicles});
        let mut inner = self.inner();
        let shown_from = Instant::now() + inner.lag;
        inner.records.insert(uuid.to_owned(), serde_json::from_value(record).unwrap());
        inner.shown_from.entry(uuid.to_owned()).or_insert(shown_from);
    }

    fn expect_intent(&self, key: &str, uuid: Option<&str>) {
        let mut inner = self.inner();
        let noted =
            inner.open.get(key).is_some_and(|open| open.uuid.as_ref().map(CustomerUuid::as_str) == uuid);
        if !noted {
            inner.wrong.push(format!("a write for {key} without its intent"));
        }
    }
}

/// What leaves after so many attempts, as the client sends it.
fn parting(
    body: &SaveCustomerRequest,
    renewal: &mut impl Renewal<SaveCustomerRequest>,
    attempts: u32,
) -> Result<SaveCustomerRequest, CallError> {
    match renewal.parting(attempts) {
        Parting::AsItIs => Ok(body.clone()),
        Parting::Instead(newer) => Ok(newer),
        Parting::Withdrawn => Err(withdrawn(attempts)),
    }
}

fn withdrawn(attempts: u32) -> CallError {
    let failure = Failure::NotSent { cause: (attempts > 0).then_some(Cause::Status(503)) };
    CallError { failure, warnings: Vec::new(), trace: trace(attempts) }
}

fn reply<T>(body: T) -> Reply<T> {
    Reply { body, warnings: Vec::new(), trace: trace(1) }
}

fn trace(attempts: u32) -> Trace {
    Trace { attempts, http_status: Some(200), ..Trace::default() }
}

fn error<T>(fault: Fault) -> CallResult<T> {
    let refused =
        || Failure::Refused { errors: vec![ApiProblem { code: Some(4711), ..ApiProblem::default() }] };
    let (failure, attempts) = match fault {
        Fault::Refused => (refused(), 1),
        Fault::RefusedAfterAll => (refused(), 3),
        Fault::InDoubt { .. } => (Failure::InDoubt { cause: Cause::Timeout }, 1),
        Fault::Exhausted { .. } => (Failure::Exhausted { cause: Cause::Status(503) }, 5),
        Fault::NotSent => (Failure::NotSent { cause: None }, 0),
        Fault::NotSentAgain => (Failure::NotSent { cause: Some(Cause::Status(503)) }, 1),
        Fault::Unauthorized => (Failure::Unauthorized, 1),
        Fault::Forbidden => (Failure::Forbidden, 1),
        Fault::WrongHost { .. } => (Failure::WrongHost { what: "a page of HTML" }, 1),
        Fault::None
        | Fault::Slow
        | Fault::NoUuid
        | Fault::Gone
        | Fault::Hangs
        | Fault::Empty
        | Fault::NoCount
        | Fault::WrongCount
        | Fault::NoList
        | Fault::NullMatch
        | Fault::Nameless
        | Fault::Keyless
        | Fault::Again { .. }
        | Fault::Late
        | Fault::SameAs(_) => unreachable!("answered elsewhere"),
    };
    Err(CallError { failure, warnings: Vec::new(), trace: trace(attempts) })
}

fn gone<T: Default>() -> Reply<T> {
    let warning = ApiWarning { code: Some(warning_codes::NO_CUSTOMER_FOUND), ..ApiWarning::default() };
    Reply { body: T::default(), warnings: vec![warning], trace: trace(1) }
}

fn is_applied(fault: Option<Fault>) -> bool {
    match fault {
        None | Some(Fault::NoUuid | Fault::Hangs | Fault::RefusedAfterAll) => true,
        Some(
            Fault::InDoubt { applied }
            | Fault::Exhausted { applied }
            | Fault::WrongHost { applied }
            | Fault::Again { applied },
        ) => applied,
        Some(_) => false,
    }
}

impl Remote for World {
    async fn create(
        &self,
        body: &SaveCustomerRequest,
        renewal: &mut impl Renewal<SaveCustomerRequest>,
    ) -> CallResult<SaveCustomerResponse> {
        let key = body.customer.customer_key.clone().unwrap();
        self.expect_intent(&key, None);
        let (_under_way, fault) = self.call(Op::Create, &key).await;
        let body = &parting(body, renewal, 0)?;
        let exists = self.keys().contains(&key) && !self.inner().takes_duplicates;
        let uuid = format!("new-{key}-{}", self.inner().records.len());
        if is_applied(fault) && !exists {
            self.save(&uuid, body);
        }
        match fault {
            None if exists => error(Fault::Refused),
            None => {
                let body =
                    SaveCustomerResponse { customer_uuid: Some(uuid), ..SaveCustomerResponse::default() };
                Ok(reply(body))
            }
            Some(Fault::NoUuid) => Ok(reply(SaveCustomerResponse::default())),
            Some(Fault::SameAs(uuid)) => {
                let customer_uuid = Some(uuid.to_owned());
                Ok(reply(SaveCustomerResponse { customer_uuid, ..SaveCustomerResponse::default() }))
            }
            Some(Fault::Hangs) => std::future::pending().await,
            Some(fault) => error(fault),
        }
    }

    async fn update(
        &self,
        uuid: &str,
        body: &SaveCustomerRequest,
        renewal: &mut impl Renewal<SaveCustomerRequest>,
    ) -> CallResult<SaveCustomerResponse> {
        self.expect_intent(&body.customer.customer_key.clone().unwrap(), Some(uuid));
        let (_under_way, fault) = self.call(Op::Update, uuid).await;
        let mut body = parting(body, renewal, 0)?;
        if !self.inner().records.contains_key(uuid) {
            return Ok(gone());
        }
        if is_applied(fault) {
            self.save(uuid, &body);
        }
        let attempts = match fault {
            Some(Fault::Late) => 0,
            _ => 1,
        };
        match fault {
            Some(Fault::Again { .. } | Fault::Late) => {
                let meanwhile = self.inner().meanwhile.remove(uuid);
                if let Some(record) = meanwhile {
                    self.has(uuid, &record);
                }
                if renewal.may_wait().is_some() {
                    body = renewal.renew(attempts).await.ok_or_else(|| withdrawn(attempts))?;
                }
                self.save(uuid, &parting(&body, renewal, attempts)?);
                Ok(reply(SaveCustomerResponse::default()))
            }
            None | Some(Fault::NoUuid) => Ok(reply(SaveCustomerResponse::default())),
            Some(Fault::Gone) => Ok(gone()),
            Some(Fault::Hangs) => std::future::pending().await,
            Some(fault) => error(fault),
        }
    }

    async fn read(&self, uuid: &str) -> CallResult<CustomerWithVehiclesResponse> {
        let (_under_way, fault) = self.call(Op::Read, uuid).await;
        match fault {
            None => {
                let found = self.inner().records.get(uuid).cloned();
                let body = |found| CustomerWithVehiclesResponse { customer_with_vehicles: Some(found) };
                Ok(found.map_or_else(gone, |found| reply(body(found))))
            }
            Some(Fault::Gone) => Ok(gone()),
            Some(Fault::Hangs) => std::future::pending().await,
            Some(fault) => error(fault),
        }
    }

    async fn find(&self, term: &str, field: MinimalField) -> CallResult<SearchMinimalResponse> {
        if term.chars().count() > crate::api::wire::MAX_TERM_CHARS {
            self.inner().wrong.push("a search term that is too long".to_owned());
        }
        let (_under_way, fault) = self.call(Op::Find, term).await;
        match fault {
            None
            | Some(
                Fault::NoCount | Fault::WrongCount | Fault::NullMatch | Fault::Nameless | Fault::Keyless,
            ) => {}
            Some(Fault::NoList) => {
                let body = SearchMinimalResponse { matching_count: Some(0), matching_customers: None };
                return Ok(reply(body));
            }
            Some(Fault::Empty) => return Ok(reply(SearchMinimalResponse::default())),
            Some(Fault::Hangs) => std::future::pending().await,
            Some(fault) => return error(fault),
        }
        let inner = self.inner();
        let shown = |uuid: &str| inner.shown_from.get(uuid).is_none_or(|from| *from <= Instant::now());
        let records = inner.records.iter().filter(|(uuid, _)| shown(uuid));
        let matching = records.filter_map(|(uuid, record)| minimal(uuid, record));
        // Fuzzy: a key that contains the term is found too.
        let matching = matching.filter(|found| match field {
            MinimalField::CustomerKey => found.customer_key.as_ref().is_some_and(|key| key.contains(term)),
            _ => found
                .communications
                .iter()
                .any(|comm| comm.comm_value.as_ref().is_some_and(|v| v.contains(term))),
        });
        let mut matching_customers: Vec<_> = matching.take(usize::from(remote::PAGE)).map(Some).collect();
        match fault {
            Some(Fault::NullMatch) => matching_customers.push(None),
            Some(Fault::Nameless) => {
                let customer_key = Some(term.to_owned());
                matching_customers.push(Some(MinimalCustomer { customer_key, ..MinimalCustomer::default() }));
            }
            Some(Fault::Keyless) => {
                let uuid = Some("u-keyless".to_owned());
                matching_customers.push(Some(MinimalCustomer { uuid, ..MinimalCustomer::default() }));
            }
            _ => {}
        }
        let matching_count = match fault {
            Some(Fault::NoCount) => None,
            Some(Fault::WrongCount) => i64::try_from(matching_customers.len() + 1).ok(),
            _ => i64::try_from(matching_customers.len()).ok(),
        };
        Ok(reply(SearchMinimalResponse { matching_count, matching_customers: Some(matching_customers) }))
    }
}

fn minimal(uuid: &str, record: &CustomerWithVehicles) -> Option<MinimalCustomer> {
    let customer = record.customer.as_ref()?;
    let comm = |entry: &crate::api::wire::JsonObject| Communication {
        comm_value: entry.get("phoneNumber").and_then(Value::as_str).map(str::to_owned),
        ..Communication::default()
    };
    Some(MinimalCustomer {
        uuid: Some(uuid.to_owned()),
        fname: customer.first_name.clone(),
        lname: customer.last_name.clone(),
        customer_key: customer.customer_key.clone(),
        communications: customer.phone_numbers.iter().map(comm).collect(),
        ..MinimalCustomer::default()
    })
}

impl Journal for World {
    async fn intend(&self, intention: Intention) -> Result<(), Lost> {
        sleep(Duration::from_millis(1)).await;
        let mut inner = self.inner();
        if inner.journal_is_lost {
            return Err(Lost);
        }
        inner.log.push(Entry::Intend(intention.key.to_string()));
        inner.open.insert(intention.key.to_string(), intention);
        Ok(())
    }

    async fn other_holder(&self, uuid: CustomerUuid, key: CustomerKey) -> Result<Option<CustomerKey>, Lost> {
        let inner = self.inner();
        if inner.nobody_is_known {
            return Ok(None);
        }
        let known = inner.settled.iter().filter(|settled| settled.key != key);
        let has =
            |settled: &&Settlement| settled.learned.as_ref().is_some_and(|learned| learned.uuid == uuid);
        Ok(known.filter(has).map(|settled| settled.key.clone()).next())
    }

    async fn opt_outs(&self, contacts: Vec<(Channel, String)>) -> Result<(), Lost> {
        let mut inner = self.inner();
        if inner.journal_is_lost {
            return Err(Lost);
        }
        inner.heard.extend(contacts);
        Ok(())
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), Lost> {
        let mut inner = self.inner();
        if inner.journal_is_lost {
            return Err(Lost);
        }
        let Settlement { key, outcome, learned, intent, debt, .. } = &settlement;
        if learned.is_some() || *intent == IntentFate::Dropped {
            inner.open.remove(key.as_str());
        }
        match debt {
            DebtFate::Stays => {}
            DebtFate::Paid => drop(inner.owed.remove(key.as_str())),
            DebtFate::PaidAs(canonical) => {
                inner.owed.retain(|owed, said| owed != key.as_str() || said.canonical != *canonical);
            }
            DebtFate::Becomes(debt) => drop(inner.owed.insert(key.to_string(), (**debt).clone())),
        }
        inner.log.push(Entry::Settle(key.to_string(), outcome.as_ref().map(|outcome| outcome.kind)));
        inner.settled.push(settlement);
        Ok(())
    }
}

struct NoOptOuts;

impl OptOuts for NoOptOuts {
    fn contains(&self, _: Channel, _: &str) -> bool {
        false
    }
}

/// One run: what differs from the usual.
struct Night {
    policies: Policies,
    creates: Creates,
    brake: Brake,
    limits: Limits,
    unsettled: Vec<Unsettled>,
}

impl Default for Night {
    fn default() -> Self {
        let limits = Limits {
            lives: 4,
            drain: Duration::from_secs(20),
            consecutive: 1000,
            too_many_failed: Box::new(|_| false),
            requests: None,
        };
        let (policies, creates, brake) = (Policies::default(), Creates::default(), Brake::default());
        Self { policies, creates, brake, limits, unsettled: Vec::new() }
    }
}

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
struct Ended {
    stop: Option<Stop>,
    outcomes: BTreeMap<String, (OutcomeKind, String)>,
}

impl Ended {
    fn of(&self, key: &str) -> (OutcomeKind, &str) {
        let (kind, code) = &self.outcomes[key];
        (*kind, code)
    }

    fn count(&self, kind: OutcomeKind) -> usize {
        self.outcomes.values().filter(|(found, _)| *found == kind).count()
    }
}

impl Night {
    /// Pushes `plan`, and checks what must hold whatever happens.
    async fn push(self, world: &World, plan: Vec<Change>) -> Ended {
        let changes = plan.into_iter().map(Ok).collect();
        self.push_all(world, changes, Duration::ZERO).await
    }

    /// The same, with a plan that comes slowly and may be unreadable.
    async fn push_all(self, world: &World, plan: Vec<io::Result<Change>>, pace: Duration) -> Ended {
        let Self { policies, creates, brake, limits, unsettled } = self;
        let keys = |scope| -> BTreeSet<String> {
            let of_scope = plan.iter().flatten().filter(|change| change.scope == scope);
            of_scope.map(|change| change.ours.key.to_string()).collect()
        };
        let (planned, blocked) = (keys(Scope::Whole), keys(Scope::OptOuts));
        let earlier = unsettled.iter().map(|open| open.key.to_string()).collect();
        let before = world.inner().settled.len();
        for change in plan.iter().flatten() {
            let open = unsettled.iter().find(|open| open.key == change.ours.key);
            world.owe(opt_out::owed(change, open, policies.export));
        }
        let setup = Setup {
            policies,
            opt_outs: Arc::new(NoOptOuts),
            wire: WireSettings::default(),
            settle: Duration::from_secs(5),
            creates,
            brake,
        };
        let pusher = Arc::new(Pusher::new(world.clone(), world.clone(), setup));
        let (feed, changes) = mpsc::channel(2);
        let feeder = tokio::spawn(async move {
            for change in plan {
                sleep(pace).await;
                if feed.send(change).await.is_err() {
                    return;
                }
            }
        });
        pusher.settle_all(unsettled, &limits).await;
        let run = Crew::new(pusher, limits).run(changes);
        let stop = tokio::time::timeout(Duration::from_secs(100_000), run).await.expect("a push that hangs");
        feeder.await.unwrap();
        if stop != Some(Stop::Lost) {
            let settled: BTreeSet<_> =
                world.inner().settled[before..].iter().map(|settled| settled.key.to_string()).collect();
            assert!(blocked.is_subset(&settled), "every block is settled, though nobody counts it");
        }
        world.judge(&planned, &earlier, before, stop)
    }
}

impl World {
    /// What is on disk before the first request.
    fn owe(&self, owed: Option<Intention>) {
        let mut inner = self.inner();
        let Some(owed) = owed.filter(|_| !inner.journal_is_lost) else { return };
        inner.owed.insert(owed.key.to_string(), owed);
    }

    fn judge(
        &self,
        planned: &BTreeSet<String>,
        earlier: &BTreeSet<String>,
        before: usize,
        stop: Option<Stop>,
    ) -> Ended {
        let inner = self.inner();
        assert_eq!(inner.wrong, Vec::<String>::new());
        assert_eq!(inner.under_way, 0, "every life has ended");
        let mut outcomes = BTreeMap::new();
        for settlement in &inner.settled[before..] {
            let Some(outcome) = &settlement.outcome else { continue };
            let code = outcome.cause.as_ref().map_or_else(String::new, |cause| cause.code.clone());
            let done =
                matches!(outcome.kind, OutcomeKind::Created | OutcomeKind::Updated | OutcomeKind::Unchanged);
            assert_eq!(settlement.learned.is_some(), done, "learned exactly where it is done");
            let again = outcomes.insert(outcome.key.to_string(), (outcome.kind, code));
            assert!(again.is_none(), "{} is settled twice", outcome.key);
        }
        if stop != Some(Stop::Lost) {
            let settled: BTreeSet<_> = outcomes.keys().cloned().collect();
            assert!(planned.is_subset(&settled), "every change is settled");
            let unplanned: BTreeSet<_> = settled.difference(planned).collect();
            assert!(unplanned.iter().all(|key| earlier.contains(*key)), "and else only what was open");
        }
        Ended { stop, outcomes }
    }

    /// What the next run finds open, of customers whom it does not know.
    fn unsettled(&self) -> Vec<Unsettled> {
        let inner = self.inner();
        let keys: BTreeSet<_> = inner.open.keys().chain(inner.owed.keys()).collect();
        let unsettled = |key: &String| Unsettled {
            key: CustomerKey::parse(key).unwrap(),
            known: None,
            doubt: inner.open.get(key).cloned(),
            debt: inner.owed.get(key).cloned(),
            tonight: Tonight::Open,
        };
        keys.into_iter().map(unsettled).collect()
    }
}

fn with_cell(key: &str, line: u8) -> Customer {
    let slot = PhoneSlot { label: PhoneLabel::Cell, ordinal: 1 };
    let number: Phone = phone(line);
    Customer { phones: [(slot, Claim::Value(vec![number]))].into(), ..customer(key) }
}

fn change(action: Action, ours: Customer) -> Change {
    Change {
        action,
        scope: Scope::Whole,
        fields: Vec::new(),
        at: Position { file: "export.csv".into(), line: 2, record: 1 },
        source: Some(Fingerprint::of(b"rows")),
        recency: Recency { updated_at: Some(7), named_at: Some(8) },
        canonical: ours.canonical().unwrap(),
        warnings: Vec::new(),
        next_base: ours.clone(),
        ours,
    }
}

fn create(key: &str) -> Change {
    change(Action::Create, with_cell(key, 1))
}

fn uuid(text: &str) -> CustomerUuid {
    CustomerUuid::new(text).unwrap()
}

/// From cell 1 to cell 2.
fn update(key: &str) -> Change {
    let action = Action::Update { uuid: uuid(&format!("u-{key}")), base: Box::new(with_cell(key, 1)) };
    change(action, with_cell(key, 2))
}

fn creates(keys: std::ops::Range<u32>) -> Vec<Change> {
    keys.map(|key| create(&format!("k{key:03}"))).collect()
}

/// A world that has what the updates of these keys expect.
fn pushed(keys: &[&str]) -> World {
    let world = World::new();
    for key in keys {
        world.has_pushed(&format!("u-{key}"), &with_cell(key, 1));
    }
    world
}

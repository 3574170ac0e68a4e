//! The push phase: open intents first, then the plan, through a crew that writes through the recorder's thread.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;

use super::Context;
use super::budget::{Budget, Share};
use super::connect::{ConnectError, bounds, fuse};
use super::restored;
use super::summing::Sheet;
use crate::api::{Client, Stopper};
use crate::checkpoint::{Checkpoint, CheckpointError, Intent, Suppressions};
use crate::config::Department;
use crate::domain::policy::{ExportKind, Policies};
use crate::domain::{Change, Channel, Customer, Departure, Event, OutcomeKind, Phase};
use crate::plan::spool::Plan;
use crate::push::journal::Intention;
use crate::push::life::Setup;
use crate::push::merge::blocked;
use crate::push::opt_out;
use crate::push::{
    Brake, Crew, DepartmentRemote, Limits, OptOuts, Pusher, Settlement, Stop, Tonight, Unsettled,
    WireSettings,
};
use crate::record::{RecordError, Recorded, Recorder};

/// Changes that wait between the plan on disk and the crew.
const AHEAD: usize = 64;

/// Blocked contacts that are remembered together, and changes that are owed.
const AT_ONCE: usize = 4096;

/// Why a push could not even begin, or could not be recorded.
#[derive(Debug, thiserror::Error)]
pub(super) enum PushError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("{error}")]
    Unrecorded {
        error: RecordError,
        /// What was recorded until then.
        recorded: Box<Recorded>,
    },
    #[error("{what}: {source}")]
    Io { what: &'static str, source: io::Error },
}

impl OptOuts for Suppressions {
    fn contains(&self, channel: Channel, contact: &str) -> bool {
        self.contains(channel, contact)
    }
}

/// What there is to push.
pub(super) struct Work {
    /// Tonight's.
    pub(super) plan: Plan,
    /// What earlier runs left open.
    pub(super) unsettled: Vec<Unsettled>,
}

/// Pushes tonight's plan and gives the recorder back with everything written. `Some`: it stopped early, and why.
pub(super) fn push(
    context: &Context,
    department: &Department,
    policies: Policies,
    mut recorder: Recorder,
    Work { mut plan, unsettled }: Work,
    sheet: &mut Sheet,
) -> Result<(Recorder, Option<Stop>), PushError> {
    if plan.is_empty() && unsettled.is_empty() {
        return Ok((recorder, None));
    }
    context.observer.on(&Event::Started { phase: Phase::Push, total: Some(plan.len()) });
    let client = context.connection()?.client.clone();
    let before = client.stats();
    let begun = std::time::Instant::now();
    let brake = context.department_brake();
    let share = share(context, &brake)?;
    let sending = sending(context, &client, &brake, share.as_ref());
    let remote = DepartmentRemote::new(sending, department.token.expose().to_owned());
    let asked = remote.clone();
    remember(&mut recorder, &mut plan, &unsettled, policies.export)?;
    let creates = restored::creates(recorder.checkpoint())?;
    let opt_outs = Arc::new(recorder.suppressions());
    let spawned = |source| PushError::Io { what: "no thread for the writer", source };
    let (journal, running) = recorder.on_its_thread().map_err(spawned)?;
    let setup = Setup {
        policies,
        opt_outs,
        wire: wire(context, department),
        settle: context.settings.retry.settle,
        creates,
        brake: brake.clone(),
    };
    let pusher = Arc::new(Pusher::new(remote, journal, setup));
    let limits = bounds(&context.settings, plan.len().saturating_add(unplanned(&mut plan, &unsettled)?));
    let limits = match &share {
        Some(share) => limits.within(share.at_first()),
        None => limits,
    };
    let begins_at = begins_at(&limits, unsettled.len(), plan.len());
    let stop = context.runtime.block_on(async {
        let (feed, changes) = mpsc::channel(AHEAD);
        let feeder = tokio::task::spawn_blocking(move || feed_from(plan, begins_at, &feed));
        pusher.settle_all(unsettled, &limits).await;
        let stop = Crew::new(pusher, limits).run(changes).await;
        // The feeder has ended: the crew has taken, or left, everything it had.
        let _ = feeder.await;
        stop
    });
    let after = client.stats();
    sheet.requests(&before, &after, begun.elapsed());
    if stop == Some(Stop::Unauthorized) {
        context.refused.store(true, Ordering::Relaxed);
    }
    if let Some(stop) = stop {
        say(stop);
    }
    let (mut recorder, written) = running.join()?;
    sheet.took(Phase::Push, &*context.observer, begun.elapsed());
    drop(share);
    if written.is_ok() && asked.met_nobody() {
        recorder.checkpoint().token_met_nobody()?;
    }
    match written {
        Ok(()) => Ok((recorder, stop)),
        Err(error) => Err(PushError::Unrecorded { error, recorded: Box::new(recorder.recorded().clone()) }),
    }
}

/// The client as this push may use it: once the brake is pulled, or the day's requests are used up, nothing that still
/// waits for its turn is sent; and a remote that is down pulls it.
fn sending(context: &Context, client: &Client, brake: &Brake, share: Option<&Share>) -> Client {
    let (stopper, fuse) = (Stopper::new(), fuse(&context.settings));
    let client = client.stopped_by(&stopper).watched_by(&fuse);
    let brake = brake.clone();
    context.runtime.spawn(async move { brake.guards(&stopper, &fuse).await });
    match share {
        Some(share) => client.limited_by(share.allowance()),
        None => client,
    }
}

/// Tells an operator why the push ended early: the counts alone do not.
fn say(stop: Stop) {
    match stop.remedy() {
        "" => tracing::warn!("push stopped early: {stop}"),
        remedy => tracing::error!("push stopped early: {stop}; {remedy}"),
    }
}

/// What nobody says again is on disk before the plan's first request. So is whoever the plan blocks: another of its
/// customers may share the number.
fn remember(
    recorder: &mut Recorder,
    plan: &mut Plan,
    unsettled: &[Unsettled],
    export: ExportKind,
) -> Result<(), PushError> {
    let unreadable = |source| PushError::Io { what: "the plan cannot be read", source };
    let open: HashMap<_, _> = unsettled.iter().map(|one| (&one.key, one)).collect();
    let (mut contacts, mut owed) = (Vec::new(), Vec::new());
    for change in plan.changes().map_err(unreadable)? {
        let change = change.map_err(unreadable)?;
        owed.extend(opt_out::owed(&change, open.get(&change.ours.key).copied(), export));
        let Change { ours, next_base, .. } = change;
        // Tonight's word, on every number that is known: a row may say no without repeating the number.
        contacts.extend(blocked(&Customer { consents: ours.consents, ..next_base }));
        if contacts.len() + owed.len() >= AT_ONCE {
            recorder.opt_outs(contacts.drain(..))?;
            recorder.owed(owed.drain(..))?;
        }
    }
    recorder.opt_outs(contacts)?;
    Ok(recorder.owed(owed)?)
}

/// How many of those whom earlier runs left open are not in the plan: they have their turn behind it, and may fail too.
fn unplanned(plan: &mut Plan, unsettled: &[Unsettled]) -> Result<u64, PushError> {
    if unsettled.is_empty() {
        return Ok(0);
    }
    let unreadable = |source| PushError::Io { what: "the plan cannot be read", source };
    let mut open: HashSet<_> = unsettled.iter().map(|one| &one.key).collect();
    for change in plan.changes().map_err(unreadable)? {
        open.remove(&change.map_err(unreadable)?.ours.key);
    }
    Ok(open.len() as u64)
}

/// Where to begin a plan: by chance where the day's requests may not see it, and what was left open, to its end. Whoever
/// takes many requests and comes to nothing must not keep the same others from their turn every day.
fn begins_at(limits: &Limits, open: usize, planned: u64) -> usize {
    let changes = usize::try_from(planned).unwrap_or(usize::MAX);
    if limits.afford(open.saturating_add(changes)) { 0 } else { by_chance(planned) }
}

/// One of the changes, another one every time.
fn by_chance(changes: u64) -> usize {
    let chance = u64::try_from(jiff::Timestamp::now().as_nanosecond() / 1_000).unwrap_or_default();
    usize::try_from(chance.checked_rem(changes).unwrap_or_default()).unwrap_or_default()
}

/// Hands the plan on, change by change from one on and then those before it; ends where nobody takes any more.
fn feed_from(mut plan: Plan, begins_at: usize, feed: &mpsc::Sender<io::Result<Change>>) {
    for (skipped, taken) in [(begins_at, usize::MAX), (0, begins_at)] {
        let changes = match plan.changes() {
            Ok(changes) => changes,
            Err(error) => {
                let _ = feed.blocking_send(Err(error));
                return;
            }
        };
        for change in changes.skip(skipped).take(taken) {
            if feed.blocking_send(change).is_err() {
                return;
            }
        }
    }
}

/// What earlier runs left open, by customer, each with what is known of it, and with what tonight's rows make of it:
/// `settled` are those that are not planned.
pub(crate) fn unsettled(
    checkpoint: &Checkpoint,
    settled: &[Settlement],
) -> Result<Vec<Unsettled>, CheckpointError> {
    let intents = checkpoint.open_intents()?;
    if intents.is_empty() {
        return Ok(Vec::new());
    }
    let tonight: HashMap<_, _> = settled.iter().map(|settled| (&settled.key, tonight(settled))).collect();
    let (mut all, mut places) = (Vec::<Unsettled>::new(), HashMap::new());
    for intent in intents {
        let key = intent.key.clone();
        let place = *places.entry(key.clone()).or_insert(all.len());
        if place == all.len() {
            let known = checkpoint.known(&key)?.map(|known| (known.uuid, known.base));
            let tonight = tonight.get(&key).copied().unwrap_or_default();
            all.push(Unsettled { key, known, doubt: None, debt: None, tonight });
        }
        let Some(one) = all.get_mut(place) else { continue };
        let kind = match intent.departure {
            Departure::Sent => &mut one.doubt,
            Departure::Owed => &mut one.debt,
        };
        *kind = Some(intention(intent));
    }
    Ok(all)
}

fn intention(intent: Intent) -> Intention {
    let Intent { key, run_id: _, at: _, uuid, scope, next_base, source, canonical, recency, departure } =
        intent;
    Intention { key, uuid, scope, next_base, source, canonical, recency, before: None, departure }
}

/// Of what is open, that of customers whom tonight's rows name: in the plan, or set aside.
pub(super) fn named(mut unsettled: Vec<Unsettled>, plan: &mut Plan) -> io::Result<Vec<Unsettled>> {
    if unsettled.is_empty() {
        return Ok(unsettled);
    }
    let planned = plan.changes()?.map(|change| Ok(change?.ours.key)).collect::<io::Result<HashSet<_>>>()?;
    unsettled.retain(|one| one.tonight != Tonight::Open || planned.contains(&one.key));
    Ok(unsettled)
}

fn tonight(settled: &Settlement) -> Tonight {
    match settled.outcome.as_ref().map(|outcome| outcome.kind) {
        None => Tonight::Open,
        Some(OutcomeKind::Skipped) => Tonight::Skipped,
        Some(_) => Tonight::Refused,
    }
}

/// This push's part of the day's requests, where they are bounded.
fn share(context: &Context, brake: &Brake) -> Result<Option<Share>, PushError> {
    // Asked anew for every block: a run may last over midnight.
    let today = || jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let rate = &context.settings.rate;
    let unreadable = |source| PushError::Io { what: "the day's requests cannot be read", source };
    let budget = Budget::open(&context.settings.checkpoint.dir, rate.per_day).map_err(unreadable)?;
    let brake = brake.clone();
    let lost = move |error| {
        tracing::error!(%error, "the day's requests (requests-today.json) cannot be noted: nothing more is sent");
        brake.stop(Stop::Lost);
    };
    Ok(budget.map(|budget| Share::new(budget, rate.per_second, today, lost)))
}

fn wire(context: &Context, department: &Department) -> WireSettings {
    WireSettings {
        requester_user_uuid: department.requester_user_uuid.clone(),
        dealer_uuids: department.dealer_uuids.clone(),
        validate_vin: context.settings.api.validate_vin,
        search_for_duplicate: context.settings.api.search_for_duplicate,
    }
}

impl Context {
    /// A brake for one department, pulled by the common one too.
    fn department_brake(&self) -> Brake {
        let (common, own) = (self.brake.clone(), Brake::default());
        if self.refused.load(Ordering::Relaxed) {
            own.stop(Stop::Unauthorized);
        }
        let pulled = own.clone();
        self.runtime.spawn(async move {
            common.stopping().await;
            pulled.stop(common.pulled().unwrap_or(Stop::Interrupted));
            common.halted().await;
            pulled.halt(common.pulled().unwrap_or(Stop::Interrupted));
        });
        own
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::{Action, Position, Recency, Scope};
    use crate::plan::samples::customer;
    use crate::plan::spool::PlanWriter;

    #[test]
    fn a_plan_is_handed_on_whole_wherever_it_begins() {
        for (begins_at, order) in [(0, "abc"), (1, "bca"), (2, "cab"), (3, "abc")] {
            let mut plan = PlanWriter::create(&std::env::temp_dir()).unwrap();
            for key in ["a", "b", "c"] {
                let ours = customer(key);
                plan.push(&Change {
                    action: Action::Create,
                    scope: Scope::Whole,
                    fields: Vec::new(),
                    at: Position { file: "export.csv".into(), line: 2, record: 1 },
                    source: None,
                    canonical: ours.canonical().unwrap(),
                    recency: Recency::default(),
                    warnings: Vec::new(),
                    next_base: ours.clone(),
                    ours,
                })
                .unwrap();
            }
            let (feed, mut changes) = mpsc::channel(4);
            feed_from(plan.finish().unwrap(), begins_at, &feed);
            drop(feed);
            let mut keys = String::new();
            while let Some(change) = changes.blocking_recv() {
                keys.push_str(change.unwrap().ours.key.as_str());
            }
            assert_eq!(keys, order);
        }
        assert_eq!(by_chance(0), 0);
        assert!(by_chance(3) < 3);
    }

    #[test]
    fn a_plan_that_may_not_come_to_its_end_begins_anywhere_whether_or_not_something_was_left_open() {
        let limits = |requests| Limits {
            lives: 1,
            drain: std::time::Duration::ZERO,
            consecutive: 1,
            too_many_failed: Box::new(|_| false),
            requests,
        };
        let elsewhere =
            |requests, open, planned| (0..10_000).any(|_| begins_at(&limits(requests), open, planned) > 0);
        for (requests, open, planned, by_chance) in [
            (None, 50, 50, false),
            (Some(10_000), 50, 50, false),
            (Some(40), 50, 50, true),
            (Some(40), 0, 50, true),
            (Some(40), 4, 50, true),
            (Some(0), 0, 0, false),
        ] {
            assert_eq!(elsewhere(requests, open, planned), by_chance, "{requests:?}, {open}, {planned}");
        }
    }
}

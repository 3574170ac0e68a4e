//! The virtual driver: push, the client and the sandbox's desk in tokio's paused time. Hours take milliseconds, and
//! nothing depends on the machine.
//!
//! Settings become gate, client and bounds by the program's own functions. What stands in: the journal is in memory,
//! and a request takes 20 ms each way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{Request, Response};
use dms_sync::api::{
    Carried, Carrier, Carrying, Client, Credentials, Lost, Parcel, Received, Spread, Stopper,
};
use dms_sync::config::{self, Settings};
use dms_sync::domain::change::Scope;
use dms_sync::domain::customer::NameClaims;
use dms_sync::domain::policy::Policies;
use dms_sync::domain::{
    Action, Change, Channel, Claim, Consents, Customer, CustomerKey, CustomerUuid, Email, EmailLabel,
    EmailSlot, Name, Outcome, OutcomeKind, Phone, PhoneLabel, PhoneSlot, Position,
};
use dms_sync::pipeline::Exit;
use dms_sync::pipeline::connect::{bounds, client_config, fuse, gate};
use dms_sync::push::journal::IntentFate;
use dms_sync::push::life::Setup;
use dms_sync::push::{
    Brake, Creates, Crew, DepartmentRemote, Intention, Journal, Lost as JournalLost, OptOuts, Pusher,
    Settlement, Stop, Tonight, Unsettled, WireSettings,
};
use dms_sync::sandbox::{Clock, Customer as Record, Desk, Faults, Model, SandboxOptions, Told};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::harness::astray::{by_key, sent_again};
use super::sheet::{Account, Door, Ran, Sheet, lay_over};

pub(crate) const TOKEN: &str = "tok-scenario";
const ONE_WAY: Duration = Duration::from_millis(20);
/// Of the delays between attempts.
const SPREAD: Spread = Spread::Seeded(20_260_401);
/// From one run to the next: each has a gate of its own, with a full burst.
pub(crate) const BETWEEN: Duration = Duration::from_secs(3600);

/// A remote, what the program remembers, and the settings between them.
pub(crate) struct World {
    desk: Desk,
    settings: Settings,
    memory: Memory,
    arrivals: Arc<Mutex<Vec<Instant>>>,
}

/// Plays a scenario: the run, and the next one at a healthy server. What holds of all of them is checked here.
pub(crate) fn play(sheet: &Sheet) -> (Ran, Ran, usize) {
    paused().block_on(async {
        let world = World::new(&sheet.settings, Duration::ZERO);
        if sheet.updates > 0 {
            let first = people(sheet.updates, 'a');
            let sent = world.night(&first, Door::Open, Account::Known).await.created;
            assert_eq!(sent, sheet.updates as u64);
        }
        let export: Vec<_> = people(sheet.updates, 'b').into_iter().chain(newcomers(sheet)).collect();
        world.model().set_faults(sheet.server.faults());
        sleep(BETWEEN).await;
        let ran = world.night(&export, sheet.server.door, sheet.server.account).await;
        world.model().set_faults(Faults::none());
        sleep(BETWEEN).await;
        let next = world.night(&export, Door::Open, Account::Known).await;
        world.judge(&sheet.name);
        (ran, next, world.remote().len())
    })
}

/// Time that passes only while everybody waits.
pub(crate) fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

fn newcomers(sheet: &Sheet) -> impl Iterator<Item = Customer> {
    people(sheet.customers(), 'b').into_iter().skip(sheet.updates)
}

/// `count` invented people; `variant` tells two states of them apart.
pub(crate) fn people(count: usize, variant: char) -> Vec<Customer> {
    let person = |n: usize| {
        let text = |text: &str| Claim::Value(text.to_owned());
        let last = format!("Quibbleworth{variant}");
        let name = NameClaims { first: text("Anselm"), last: text(&last), ..NameClaims::default() };
        let phone = Phone::from_e164(&format!("+1{}5550{}", 201 + (n / 100) % 8, 100 + n % 100)).unwrap();
        let email = Email::new(format!("anselm.{n}@example.com")).unwrap();
        let cell = PhoneSlot { label: PhoneLabel::Cell, ordinal: 1 };
        let personal = EmailSlot { label: EmailLabel::Personal, ordinal: 1 };
        Customer {
            key: CustomerKey::parse(&format!("c{n:04}")).unwrap(),
            name: Name::new(name).unwrap(),
            preferred_locale: Claim::Silent,
            preferred_communication: Claim::Silent,
            addresses: [].into(),
            phones: [(cell, Claim::Value(vec![phone]))].into(),
            emails: [(personal, Claim::Value(vec![email]))].into(),
            consents: Consents::default(),
            vehicles: Vec::new(),
        }
    };
    (1..=count).map(person).collect()
}

impl World {
    /// Nobody is known yet. `settings` go over the built-in ones.
    pub(crate) fn new(settings: &toml::Table, search_lag: Duration) -> Self {
        let base = format!(
            "[api]\nbase_url = \"https://api.example.com/customer/v2\"\n\
             [[department]]\nname = \"springfield\"\ntoken = \"{TOKEN}\"\ninput = [\"export.csv\"]"
        );
        let mut table: toml::Table = base.parse().unwrap();
        lay_over(&mut table, settings.clone());
        let text = toml::to_string(&table).unwrap();
        let options = SandboxOptions { clock: Clock::runtime(), search_lag, ..SandboxOptions::default() };
        Self {
            desk: Desk::open(options).unwrap(),
            settings: config::parse(&text, std::path::Path::new("/")).unwrap(),
            memory: Memory::default(),
            arrivals: Arc::default(),
        }
    }

    pub(crate) fn model(&self) -> Model {
        self.desk.model()
    }

    /// Everyone at the remote, ordered by key.
    pub(crate) fn remote(&self) -> Vec<Record> {
        self.model().dump().departments.remove(TOKEN).unwrap_or_default()
    }

    fn client(&self, door: Door, account: Account) -> Client {
        let settings = &self.settings;
        let config::BaseUrl::Url(url) = settings.api.base_url.clone() else { unreachable!("set above") };
        let password = if account == Account::Known { "sandbox" } else { "pw-of-last-year" };
        let credentials = Credentials::new("sandbox", secrecy::SecretString::from(password));
        let (desk, arrivals) = (self.desk.clone(), Arc::clone(&self.arrivals));
        let air = Air { desk, door, timeout: settings.api.timeout, arrivals };
        let mut config = client_config(settings, url, credentials).unwrap();
        config.retry.spread = SPREAD;
        Client::over(config, gate(&settings.rate), air).unwrap()
    }

    /// One run: as the pipeline puts it together, from the plan to the exit code.
    pub(crate) async fn night(&self, export: &[Customer], door: Door, account: Account) -> Ran {
        let (begun, client) = (Instant::now(), self.client(door, account));
        let (brake, stopper, fuse) = (Brake::default(), Stopper::new(), fuse(&self.settings));
        let sending = client.stopped_by(&stopper).watched_by(&fuse);
        let guarding = brake.clone();
        tokio::spawn(async move { guarding.guards(&stopper, &fuse).await });
        let (plan, refused_before) = self.memory.plan(export);
        let setup = Setup {
            policies: Policies::default(),
            opt_outs: Arc::new(Nobody),
            wire: WireSettings { validate_vin: true, ..WireSettings::default() },
            settle: self.settings.retry.settle,
            creates: Creates::Straight,
            brake,
        };
        let remote = DepartmentRemote::new(sending, TOKEN.to_owned());
        let pusher = Arc::new(Pusher::new(remote, self.memory.clone(), setup));
        let limits = bounds(&self.settings, plan.len() as u64);
        let (feed, changes) = mpsc::channel(64);
        tokio::spawn(async move {
            for change in plan {
                if feed.send(Ok(change)).await.is_err() {
                    return;
                }
            }
        });
        pusher.settle_all(self.memory.unsettled(), &limits).await;
        let stop = Crew::new(pusher, limits).run(changes).await;
        let stats = client.stats();
        Ran {
            requests: stats.total,
            retries: stats.retries,
            seconds: begun.elapsed().as_secs(),
            ..self.memory.sum(export.len(), refused_before, stop)
        }
    }

    /// What is true of every scenario: nobody is there twice or was sent twice, and the ceiling held at every moment.
    fn judge(&self, name: &str) {
        by_key(self.remote());
        assert_eq!(sent_again(&self.model().journal()), None, "{name}");
        self.keeps_its_rate(name);
    }

    /// What the program remembers is what is at the remote, and nothing is open.
    pub(crate) fn agrees(&self, name: &str) {
        let remembered = self.memory.0.lock().unwrap();
        let known =
            remembered.known.iter().map(|(key, (uuid, _))| (key.to_string(), uuid.as_str().to_owned()));
        let there = self.remote().into_iter();
        let there = there.map(|record| (record.customer_key.unwrap_or_default(), record.customer_uuid));
        assert!(known.eq(there), "{name}: others are at the remote than are known");
        assert!(remembered.open.is_empty(), "{name}: open requests");
    }

    /// The ceiling held at every moment.
    pub(crate) fn keeps_its_rate(&self, name: &str) {
        let rate = &self.settings.rate;
        let most = fullest_second(&self.arrivals.lock().unwrap());
        let ceiling = (rate.per_second + rate.burst) as usize;
        assert!(most <= ceiling, "{name}: {most} requests in a second, allowed {ceiling}");
    }
}

/// The most arrivals in any window of one second, its ends included.
fn fullest_second(arrivals: &[Instant]) -> usize {
    let second = Duration::from_secs(1);
    let within = |from: usize| {
        arrivals[from..].iter().take_while(|at| at.duration_since(arrivals[from]) <= second).count()
    };
    (0..arrivals.len()).map(within).max().unwrap_or(0)
}

/// Carries requests to the desk.
struct Air {
    desk: Desk,
    door: Door,
    timeout: Duration,
    arrivals: Arc<Mutex<Vec<Instant>>>,
}

impl Carrier for Air {
    fn carry(&self, parcel: Parcel) -> Carrying<'_> {
        Box::pin(async move {
            self.arrivals.lock().unwrap().push(Instant::now());
            let carried = timeout(self.timeout, self.over(parcel)).await;
            carried.unwrap_or(Err(Lost::TimedOut))
        })
    }
}

impl Air {
    async fn over(&self, parcel: Parcel) -> Result<Carried, Lost> {
        sleep(ONE_WAY).await;
        match self.door {
            Door::Open => {}
            Door::Closed => return Err(Lost::NoConnection),
            Door::SelfSigned | Door::WrongHost | Door::Expired => panic!("no certificates in the air"),
        }
        let told = self.desk.ask(request(parcel)).await;
        sleep(ONE_WAY).await;
        match told {
            Told::Answer(response) => Ok(carried(response, Received::Whole)),
            Told::CutShort(response) => Ok(carried(response, |_| Received::Cut)),
            Told::Broken => Err(Lost::Broken),
            Told::TurnedAway => Err(Lost::NoConnection),
        }
    }
}

fn request(parcel: Parcel) -> Request<Vec<u8>> {
    let Parcel { method, url, headers, body } = parcel;
    let mut request = Request::new(body.unwrap_or_default());
    *request.method_mut() = method;
    *request.uri_mut() = url[url::Position::BeforePath..].parse().unwrap();
    *request.headers_mut() = headers;
    request
}

fn carried(response: Response<Vec<u8>>, body: impl FnOnce(Vec<u8>) -> Received) -> Carried {
    let (parts, bytes) = response.into_parts();
    Carried { status: parts.status.as_u16(), headers: parts.headers, body: body(bytes) }
}

/// What the program remembers from run to run, and what the present run has come to.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Remembered>>);

#[derive(Default)]
struct Remembered {
    open: BTreeMap<CustomerKey, Intention>,
    known: BTreeMap<CustomerKey, (CustomerUuid, Customer)>,
    refused: BTreeSet<CustomerKey>,
    outcomes: Vec<Outcome>,
}

impl Memory {
    /// Who is to be sent, and who is not because it was refused before.
    fn plan(&self, export: &[Customer]) -> (Vec<Change>, usize) {
        let mut remembered = self.0.lock().unwrap();
        remembered.outcomes.clear();
        let refused = export.iter().filter(|ours| remembered.refused.contains(&ours.key)).count();
        let plan = export.iter().filter(|ours| !remembered.refused.contains(&ours.key));
        let change = |ours: &Customer| match remembered.known.get(&ours.key) {
            Some((_, base)) if base == ours => None,
            Some((uuid, base)) => {
                Some(change(ours, Action::Update { uuid: uuid.clone(), base: Box::new(base.clone()) }))
            }
            None => Some(change(ours, Action::Create)),
        };
        (plan.filter_map(change).collect(), refused)
    }

    fn unsettled(&self) -> Vec<Unsettled> {
        let remembered = self.0.lock().unwrap();
        let unsettled = |doubt: &Intention| Unsettled {
            key: doubt.key.clone(),
            known: remembered.known.get(&doubt.key).cloned(),
            doubt: Some(doubt.clone()),
            debt: None,
            tonight: Tonight::Open,
        };
        remembered.open.values().map(unsettled).collect()
    }

    /// The run's books, and the exit code that follows.
    fn sum(&self, customers: usize, refused_before: usize, stop: Option<Stop>) -> Ran {
        let remembered = self.0.lock().unwrap();
        let count = |kind| remembered.outcomes.iter().filter(|outcome| outcome.kind == kind).count() as u64;
        let undone = |outcome: &&Outcome| outcome.kind != OutcomeKind::NotAttempted;
        let causes = remembered.outcomes.iter().filter(undone).filter_map(|outcome| outcome.cause.as_ref());
        let codes: BTreeSet<String> = causes.map(|cause| cause.code.clone()).collect();
        let failed = count(OutcomeKind::Failed) + refused_before as u64;
        let in_doubt = count(OutcomeKind::InDoubt);
        let left = if failed + in_doubt > 0 { Exit::LeftOver } else { Exit::Complete };
        let settled = remembered.outcomes.len() + refused_before;
        Ran {
            exit: stop.map_or(left, Exit::from).code(),
            codes: codes.into_iter().collect(),
            created: count(OutcomeKind::Created),
            updated: count(OutcomeKind::Updated),
            unchanged: count(OutcomeKind::Unchanged) + (customers - settled) as u64,
            failed,
            in_doubt,
            not_attempted: count(OutcomeKind::NotAttempted),
            ..Ran::default()
        }
    }
}

fn change(ours: &Customer, action: Action) -> Change {
    Change {
        action,
        scope: Scope::Whole,
        ours: ours.clone(),
        next_base: ours.clone(),
        fields: Vec::new(),
        at: Position { file: "export.csv".into(), line: 2, record: 1 },
        source: None,
        recency: dms_sync::domain::Recency::default(),
        canonical: ours.canonical().unwrap(),
        warnings: Vec::new(),
    }
}

impl Journal for Memory {
    async fn other_holder(
        &self,
        uuid: CustomerUuid,
        key: CustomerKey,
    ) -> Result<Option<CustomerKey>, JournalLost> {
        let remembered = self.0.lock().unwrap();
        let mut holders =
            remembered.known.iter().filter(|(other, (held, _))| *held == uuid && **other != key);
        Ok(holders.next().map(|(other, _)| other.clone()))
    }

    async fn intend(&self, intention: Intention) -> Result<(), JournalLost> {
        self.0.lock().unwrap().open.insert(intention.key.clone(), intention);
        Ok(())
    }

    async fn opt_outs(&self, _: Vec<(Channel, String)>) -> Result<(), JournalLost> {
        Ok(())
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), JournalLost> {
        let Settlement { key, outcome, learned, intent, refused, .. } = settlement;
        let mut remembered = self.0.lock().unwrap();
        if learned.is_some() || intent == IntentFate::Dropped {
            remembered.open.remove(&key);
        }
        if let Some(learned) = learned {
            remembered.known.insert(key.clone(), (learned.uuid, learned.base));
        }
        if refused.is_some() {
            remembered.refused.insert(key);
        }
        remembered.outcomes.extend(outcome);
        Ok(())
    }
}

/// No opt-out is remembered.
struct Nobody;

impl OptOuts for Nobody {
    fn contains(&self, _: Channel, _: &str) -> bool {
        false
    }
}

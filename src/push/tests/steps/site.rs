//! [`Site`]: a sandbox and a client for all cases of a life; [`Case`]: one department of it, its files, its runs.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use url::Url;

use super::mortal::{Fate, Loss, Mortal};
use crate::api::{Client, ClientConfig, Credentials, Gate, GateConfig};
use crate::checkpoint::{Checkpoint, NewRun};
use crate::domain::event::Unobserved;
use crate::domain::policy::Policies;
use crate::domain::{Change, Customer, CustomerKey, DepartmentName, Fingerprint, Position, Recency, RunId};
use crate::pipeline::pushing::unsettled;
use crate::plan::decide::Built;
use crate::plan::{Decision, Reach, Standing, decide};
use crate::push::life::Setup;
use crate::push::merge::blocked;
use crate::push::{Brake, Creates, Crew, DepartmentRemote, Limits, Pusher, WireSettings, opt_out};
use crate::record::{RecordJournal, Recorder, Running};
use crate::report::RunDir;
use crate::sandbox::{self, Model, Sandbox, SandboxOptions};

/// A customer who needs no request, its rows, and how new they are.
type Same = (CustomerKey, Option<Fingerprint>, Recency);

/// A sandbox on its socket.
pub(super) struct Site {
    sandbox: sandbox::Running,
    client: Client,
    cases: Cell<usize>,
}

impl Site {
    pub(super) async fn open() -> Self {
        // Another test of the process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let credentials = Credentials::new("sandbox", secrecy::SecretString::from("sandbox"));
        let config = ClientConfig::new(Url::parse(&sandbox.base_url()).unwrap(), credentials);
        let plenty = NonZeroU32::new(100_000).unwrap();
        let gate = Gate::new(GateConfig { per_second: plenty, burst: plenty, max_in_flight: 4 });
        Self { sandbox, client: Client::new(config, gate).unwrap(), cases: Cell::new(0) }
    }

    /// A department in which nothing has happened yet.
    pub(super) fn case(&self, policies: Policies) -> Case {
        let number = self.cases.get();
        self.cases.set(number + 1);
        let token = format!("case-{number}");
        Case {
            model: self.sandbox.model(),
            remote: DepartmentRemote::new(self.client.clone(), token.clone()),
            token,
            dir: tempfile::tempdir_in(files()).unwrap(),
            policies,
            said: Vec::new(),
            loss: Arc::default(),
            runs: 0,
        }
    }
}

/// One department and what its DMS says.
pub(super) struct Case {
    pub(super) model: Model,
    pub(super) token: String,
    /// The export.
    pub(super) said: Vec<Customer>,
    pub(super) loss: Arc<Mutex<Option<Loss>>>,
    remote: DepartmentRemote,
    dir: tempfile::TempDir,
    policies: Policies,
    runs: u16,
}

/// What must be the same in the end.
#[derive(Debug, PartialEq)]
pub(super) struct Survey {
    /// Everybody at the remote, without what the remote numbers by itself.
    remote: Vec<Value>,
    /// Writes that were applied, in the order of their keys.
    pub(super) written: Vec<(String, String)>,
    /// By key: the fingerprints, and whether the remote has the record under this identity.
    known: BTreeMap<String, (Option<Fingerprint>, Fingerprint, bool)>,
    /// By key.
    leftovers: Vec<String>,
    open: usize,
    /// Contacts that somebody has said no to.
    suppressed: usize,
}

/// The writer, as long as it runs.
type Writer = Arc<Mutex<Option<Running>>>;

impl Case {
    /// One run, from the lock to the report; its steps, unless it dies at `die_at`.
    pub(super) async fn night(&mut self, die_at: Option<usize>) -> Option<Vec<String>> {
        self.runs += 1;
        let (fate, writer) = (Fate::new(die_at), Writer::default());
        let alive = tokio::select! {
            biased;
            () = fate.death() => false,
            () = self.run(&fate, &writer) => true,
        };
        let running = writer.lock().unwrap().take();
        if let Some(running) = running {
            // Ended lives let go of the journal, then the writer ends by itself.
            let (_, written) = tokio::task::spawn_blocking(|| running.join()).await.unwrap().unwrap();
            written.unwrap();
        }
        alive.then(|| fate.steps())
    }

    async fn run(&self, fate: &Fate, writer: &Writer) {
        let department = department();
        let run_id = RunId::new("20260101T030000Z", self.runs);
        let checkpoint = Checkpoint::open(self.dir.path(), &department).unwrap();
        let mode = "sync".to_owned();
        let run = NewRun { run_id: run_id.clone(), mode, started_at: 0, inputs: Value::Null };
        checkpoint.begin_run(&run).unwrap();
        fate.step("run begun").await;
        let (plan, same) = self.plan(&checkpoint);
        let dir = RunDir::create(&self.dir.path().join("reports"), &department, &run_id).unwrap();
        let (results, warnings) = (dir.results().unwrap(), dir.warnings().unwrap());
        let mut recorder =
            Recorder::new(checkpoint, run_id, results, warnings, Arc::new(Unobserved)).unwrap();
        recorder.same(same).unwrap();
        fate.step("planned").await;
        let open = unsettled(recorder.checkpoint(), &[]).unwrap();
        let blocks = plan.iter().flat_map(|change| blocked(&change.next_base)).collect::<Vec<_>>();
        recorder.opt_outs(blocks).unwrap();
        let of = |change: &Change| open.iter().find(|one| one.key == change.ours.key);
        let owed = |change: &Change| opt_out::owed(change, of(change), self.policies.export);
        recorder.owed(plan.iter().filter_map(owed)).unwrap();
        fate.step("blocks remembered").await;
        let opt_outs = Arc::new(recorder.suppressions());
        let (journal, running) = recorder.on_its_thread().unwrap();
        *writer.lock().unwrap() = Some(running);
        let pusher = Arc::new(Pusher::new(
            self.mortal(fate),
            self.journal(journal, fate),
            Setup {
                policies: self.policies.clone(),
                opt_outs,
                wire: WireSettings::default(),
                settle: Duration::from_millis(1),
                creates: Creates::Straight,
                brake: Brake::default(),
            },
        ));
        let (feed, changes) = mpsc::channel(plan.len().max(1));
        for change in plan {
            feed.send(Ok(change)).await.unwrap();
        }
        drop(feed);
        // One at a time: the same steps in the same order every time.
        let limits = Limits {
            lives: 1,
            drain: Duration::from_secs(20),
            consecutive: 1000,
            too_many_failed: Box::new(|_| false),
            requests: None,
        };
        pusher.settle_all(open, &limits).await;
        assert_eq!(Crew::new(pusher, limits).run(changes).await, None);
        let running = writer.lock().unwrap().take().unwrap();
        let (recorder, written) = tokio::task::spawn_blocking(|| running.join()).await.unwrap().unwrap();
        written.unwrap();
        fate.step("everything recorded").await;
        let counts = recorder.recorded().customers;
        assert!(counts.conserve(), "{counts:?}");
        recorder.finish().unwrap();
        fate.step("report written").await;
    }

    fn mortal(&self, fate: &Fate) -> Mortal<DepartmentRemote> {
        Mortal { inner: self.remote.clone(), fate: fate.clone(), loss: Arc::clone(&self.loss) }
    }

    fn journal(&self, journal: RecordJournal, fate: &Fate) -> Mortal<RecordJournal> {
        Mortal { inner: journal, fate: fate.clone(), loss: Arc::clone(&self.loss) }
    }

    /// As pass 2 decides: changes, and who needs none.
    fn plan(&self, checkpoint: &Checkpoint) -> (Vec<Change>, Vec<Same>) {
        let (mut plan, mut same) = (Vec::new(), Vec::new());
        for said in &self.said {
            let known = checkpoint.known(&said.key).unwrap();
            let source = Some(said.canonical().unwrap());
            let built = Built {
                customer: said.clone(),
                source,
                at: Position { file: "export.csv".into(), line: 2, record: 1 },
                recency: Recency::default(),
                warnings: Vec::new(),
                reach: Reach::Full,
            };
            let standing = known.map(|known| Standing {
                uuid: known.uuid,
                base: known.base,
                canonical: Some(known.canonical),
            });
            match decide(built, standing, &self.policies).unwrap().0 {
                Decision::Same => same.push((said.key.clone(), source, Recency::default())),
                Decision::Change(change) => plan.push(*change),
            }
        }
        (plan, same)
    }

    /// How many writes the remote was asked for, and how many of them it refused.
    pub(super) fn writes_asked(&self) -> (usize, usize) {
        let is_write = |route: &str| route == "create" || route == "update";
        let writes: Vec<_> = self.journal_of().filter(|entry| is_write(&entry.route)).collect();
        (writes.len(), writes.iter().filter(|entry| entry.status == Some(400)).count())
    }

    fn journal_of(&self) -> impl Iterator<Item = sandbox::JournalEntry> {
        self.model.journal().into_iter().filter(|entry| entry.department.as_deref() == Some(&self.token))
    }

    pub(super) fn survey(&self) -> Survey {
        let mut written: Vec<_> = self
            .journal_of()
            .filter(|entry| entry.applied)
            .map(|entry| (entry.route, entry.customer_key.unwrap_or_default()))
            .collect();
        written.sort_by(|one, other| one.1.cmp(&other.1));
        let records = self.model.dump().departments.remove(&self.token).unwrap_or_default();
        let remote = records.iter().map(|record| anonymous(serde_json::to_value(record).unwrap())).collect();
        let checkpoint = Checkpoint::open(self.dir.path(), &department()).unwrap();
        let mut keys = Vec::new();
        checkpoint.scan(&mut |key, _| keys.push(CustomerKey::parse(key).unwrap())).unwrap();
        let known = |key: CustomerKey| {
            let known = checkpoint.known(&key).unwrap().unwrap();
            let there = records.iter().any(|record| {
                record.customer_uuid == known.uuid.as_str()
                    && record.customer_key.as_deref() == Some(key.as_str())
            });
            (key.to_string(), (known.source, known.canonical, there))
        };
        let leftovers = checkpoint.leftovers().unwrap();
        Survey {
            remote,
            written,
            known: keys.into_iter().map(known).collect(),
            leftovers: leftovers.into_iter().map(|leftover| leftover.entry.code).collect(),
            open: checkpoint.open_intents().unwrap().len(),
            suppressed: checkpoint.suppressions().unwrap().len(),
        }
    }
}

/// In memory where the system has such a directory: processes die here, not disks, and every commit waits for its disk.
fn files() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

fn department() -> DepartmentName {
    DepartmentName::parse("springfield").unwrap()
}

/// Without identities that depend on the order of writes.
fn anonymous(record: Value) -> Value {
    match record {
        Value::Object(members) => {
            let is_own = |name: &str| !["id", "customerUuid", "vehicleUuid", "uuid"].contains(&name);
            let members = members.into_iter().filter(|(name, _)| is_own(name));
            Value::Object(members.map(|(name, value)| (name, anonymous(value))).collect())
        }
        Value::Array(entries) => entries.into_iter().map(anonymous).collect(),
        other => other,
    }
}

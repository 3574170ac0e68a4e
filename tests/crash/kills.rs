//! The binary is killed at a seeded moment, started again, killed again, until both nights are over; then everything
//! must be as after two nights in which nobody was killed.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::books::{agree, applied, open, recorded, state, writes, written};
use crate::dice::{Dice, from_env};
use crate::harness::{DEPARTMENT, Export, RunFiles, Workbench};
use crate::nights::{ADOPTED, PEOPLE, VANISHED, first, first_load, second_day};
use crate::trap::{Phase, Trap};

/// Kills of both tests together, where nothing else is asked for.
const KILLS: u64 = 20;

/// The most kills of one night: then it is let go on to its end.
const KILLS_A_NIGHT: u64 = 6;

/// When the binary is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// At this request, counted from 1.
    Request(u64, Phase),
    /// So long after its start, whatever it does then: reading, building, pushing, reporting.
    Time(Duration),
    /// As soon as this file of the run's report is there, and so long after that.
    File(&'static str, Duration),
}

/// What two undisturbed nights come to, and how long one takes.
struct Undisturbed {
    states: [BTreeMap<String, Value>; 2],
    updates: [BTreeMap<String, usize>; 2],
    took: Duration,
}

static UNDISTURBED: LazyLock<Undisturbed> = LazyLock::new(|| {
    let bench = first_load();
    let begun = Instant::now();
    bench.sync(0);
    let took = begun.elapsed();
    let first = (state(&bench), applied(&bench.journal(), "update"));
    bench.model().clear_journal();
    bench.export(&second_day(&bench)).sync(0);
    let second = (state(&bench), applied(&bench.journal(), "update"));
    assert!(first.0.len() == PEOPLE && second.0.len() == PEOPLE + 3);
    Undisturbed { states: [first.0, second.0], updates: [first.1, second.1], took }
});

#[test]
fn a_run_that_is_killed_at_any_request_goes_on_without_a_loss_or_a_duplicate() {
    campaigns("requests", 3 * from_env("DMS_SYNC_TEST_KILLS", KILLS) / 4, |dice| {
        let phase = match dice.below(3) {
            0 => Phase::Arrived,
            1 => Phase::Applied,
            _ => Phase::Answered(Duration::from_micros(dice.below(6_000))),
        };
        Moment::Request(1 + dice.below(10), phase)
    });
}

#[test]
fn a_run_that_is_killed_at_any_time_goes_on_without_a_loss_or_a_duplicate() {
    const FILES: [&str; 4] = ["run.log", "results.csv", "errors.csv", "summary.json"];
    let took = u64::try_from(UNDISTURBED.took.as_micros()).unwrap();
    campaigns("times", from_env("DMS_SYNC_TEST_KILLS", KILLS).div_ceil(4), |dice| {
        match usize::try_from(dice.below(16)).unwrap() {
            file @ 0..4 => Moment::File(FILES[file], Duration::from_micros(dice.below(4_000))),
            _ => Moment::Time(Duration::from_micros(dice.below(took))),
        }
    });
}

/// Kills `kills` times at the moments that `draw` draws, in as many pairs of nights as that takes.
fn campaigns(name: &'static str, kills: u64, draw: impl Fn(&mut Dice) -> Moment) {
    let seed = from_env("DMS_SYNC_TEST_SEED", 1);
    let (mut done, mut kinds) = (0, BTreeMap::new());
    for number in 0.. {
        if done >= kills {
            break;
        }
        let story = Story { name, seed, number, ..Story::default() };
        let mut campaign = Campaign::begin(story, kills - done);
        campaign.run(&draw);
        done += campaign.story.kills();
        campaign.story.count(&mut kinds);
        assert!(number < 40 + kills, "moments that kill nobody: {}", campaign.story);
    }
    println!("{name}: {done} kills, seed {seed}: {kinds:?}");
}

/// What happened so far, to be told where something is wrong.
#[derive(Default)]
struct Story {
    name: &'static str,
    seed: u64,
    number: u64,
    moments: Vec<(Moment, bool)>,
}

impl Story {
    fn kills(&self) -> u64 {
        self.moments.iter().filter(|(_, killed)| *killed).count().try_into().unwrap()
    }

    /// Counts the kills by the kind of their moment.
    fn count(&self, kinds: &mut BTreeMap<&'static str, u64>) {
        for (moment, _) in self.moments.iter().filter(|(_, killed)| *killed) {
            let kind = match moment {
                Moment::Request(_, Phase::Arrived) => "request arrived",
                Moment::Request(_, Phase::Applied) => "applied, not answered",
                Moment::Request(_, Phase::Answered(_)) => "answered",
                Moment::Time(_) => "by the clock",
                Moment::File(file, _) => file,
            };
            *kinds.entry(kind).or_default() += 1;
        }
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, seed, number, moments } = self;
        write!(f, "{name}, DMS_SYNC_TEST_SEED={seed}, campaign {number}: {moments:?}")
    }
}

/// Two nights of one department, with as many kills as it may have.
struct Campaign {
    bench: Workbench,
    trap: Trap,
    dice: Dice,
    story: Story,
    kills_left: u64,
}

impl Campaign {
    fn begin(story: Story, kills_left: u64) -> Self {
        let mut bench = first_load();
        let dice = Dice::new(story.seed.wrapping_mul(1_000_003).wrapping_add(story.number));
        // One at a time, the moment says whose request it is; many at a time, others are cut off with it.
        bench.set("rate.max_in_flight", if story.number.is_multiple_of(2) { 1 } else { 16 });
        let trap = bench.between(async |upstream| {
            let trap = Trap::before(upstream).await;
            (trap.url.clone(), trap)
        });
        Self { bench, trap, dice, story, kills_left }
    }

    fn run(&mut self, draw: &impl Fn(&mut Dice) -> Moment) {
        self.night(0, &first(), draw);
        let export = second_day(&self.bench);
        self.bench.export(&export);
        self.night(1, &export, draw);
    }

    /// One night: killed and started again until it ends by itself, then held to the undisturbed one.
    fn night(&mut self, night: usize, export: &Export, draw: &impl Fn(&mut Dice) -> Moment) {
        self.bench.model().clear_journal();
        let before = recorded(&self.bench);
        let mut kills = 0;
        while kills < KILLS_A_NIGHT.min(self.kills_left) {
            let moment = draw(&mut self.dice);
            let recorded_by_now = recorded(&self.bench);
            let done = recorded_by_now.iter().filter(|(key, known)| before.get(*key) != Some(known));
            let done: Vec<_> = done.map(|(key, _)| key.clone()).collect();
            let asked = self.bench.journal().len();
            let status = self.kill_at(moment);
            let killed = status.code().is_none();
            self.story.moments.push((moment, killed));
            let since = written(&self.bench.journal()[asked..]);
            for key in done {
                assert!(!since.contains(&key), "{key} was recorded, and sent again: {}", self.story);
            }
            if !killed {
                assert_eq!(status.code(), Some(0), "{}: {}", self.story, self.said());
                break;
            }
            kills += 1;
        }
        self.kills_left -= kills;
        self.trap.open();
        self.bench.sync(0);
        self.judge(night, export);
    }

    /// A `sync` that is killed at `moment`, or has ended before it.
    fn kill_at(&self, moment: Moment) -> ExitStatus {
        let log = File::create(self.bench.path("said.txt")).unwrap();
        let mut command = self.bench.command(["sync"]);
        command.stdout(log.try_clone().unwrap()).stderr(log);
        self.trap.open();
        let runs = self.bench.runs().len();
        let begun = Instant::now();
        let child = Arc::new(Mutex::new(command.spawn().unwrap()));
        if let Moment::Request(nth, phase) = moment {
            self.trap.set(&child, nth, phase);
        }
        let mut seen = None;
        loop {
            if let Some(status) = child.lock().unwrap().try_wait().unwrap() {
                return status;
            }
            let due = match moment {
                Moment::Request(..) => false,
                Moment::Time(after) => begun.elapsed() >= after,
                Moment::File(name, after) => {
                    let there = || self.bench.runs().get(runs).is_some_and(|run| run.join(name).exists());
                    seen = seen.or_else(|| there().then(Instant::now));
                    seen.is_some_and(|seen| seen.elapsed() >= after)
                }
            };
            if due {
                return kill(&child);
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "a run that hangs: {}", self.story);
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.bench.path("said.txt")).unwrap_or_default()
    }

    /// The night is over: everything is as if nobody had been killed.
    fn judge(&self, night: usize, export: &Export) {
        let (bench, story) = (&self.bench, &self.story);
        assert_eq!(state(bench), UNDISTURBED.states[night], "the remote: {story}");
        agree(bench);
        let journal = bench.journal();
        let created = applied(&journal, "create");
        let new = match night {
            0 => PEOPLE - ADOPTED.len(),
            _ => 4,
        };
        assert!(created.len() == new && created.values().all(|times| *times == 1), "{created:?}: {story}");
        assert!(created.contains_key(VANISHED), "{story}");
        assert_eq!(applied(&journal, "update"), UNDISTURBED.updates[night], "updates: {story}");
        for entry in writes(&journal).filter(|entry| !entry.applied && entry.status.is_some()) {
            let key = entry.customer_key.as_deref().unwrap_or_default();
            // A create is refused where the key is there already; nobody else's write is in vain.
            assert!(night == 0 && ADOPTED.contains(&key), "{} of {key} in vain: {story}", entry.route);
        }
        self.account(export);
        bench.model().clear_journal();
        bench.sync(0);
        assert_eq!(bench.journal(), [], "one more night sends nothing: {story}");
    }

    /// Everybody in the export is in the last run's books and in the checkpoint; every run's own books balance.
    fn account(&self, export: &Export) {
        let (bench, story) = (&self.bench, &self.story);
        let last = bench.latest();
        assert_eq!(last.count("total"), export.rows().len(), "{story}");
        assert_eq!(last.count("in_doubt") + last.count("not_attempted") + last.count("failed"), 0, "{story}");
        let known = recorded(bench);
        for row in export.rows() {
            assert!(known.contains_key(&row["customerKey"]), "{} is forgotten: {story}", row["customerKey"]);
        }
        assert_eq!(open(bench), 0, "{story}");
        for run in bench.runs() {
            // One that was killed has none.
            if run.join("summary.json").exists() {
                RunFiles::read(&run);
            }
        }
        let stray: Vec<PathBuf> = std::fs::read_dir(bench.path("state"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with(DEPARTMENT))
            .collect();
        assert!(stray.is_empty(), "left behind by a kill: {stray:?}: {story}");
    }
}

fn kill(child: &Arc<Mutex<Child>>) -> ExitStatus {
    let mut child = child.lock().unwrap();
    // One that has just ended by itself is beyond harm.
    let _ = child.kill();
    child.wait().unwrap()
}

//! A tenth of all writes happens and its answer goes astray, or never happens and says nothing either; the search lags
//! behind. Both nights come to the same as without. `scenarios/astray.rs` plays more of it with the built-in settings.

use std::time::Duration;

use dms_sync::sandbox::{JournalEntry, SandboxOptions};

use crate::books::{agree, state};
use crate::harness::astray::{
    FAULTS, Line, State, a_tenth_of_writes, each_once, judge_all, sent_again, writes,
};
use crate::harness::export::people;
use crate::harness::{Export, Workbench};

/// Runs of a night until everybody is told again what it came to.
const PATIENCE: usize = 4;

/// Times are real. The search always shows a write earlier than a run looks a second time.
#[derive(Clone, Copy)]
struct Nights {
    people: usize,
    lag: Duration,
    settle: &'static str,
    timeout: &'static str,
}

/// As short as may be.
const SHORT: Nights =
    Nights { people: 50, lag: Duration::from_millis(90), settle: "150ms", timeout: "250ms" };

/// As long as the API's.
const LONG: Nights = Nights { people: 100, lag: Duration::from_secs(2), settle: "2500ms", timeout: "1s" };

impl Nights {
    /// The exports: everybody is new, then everybody has moved.
    fn exports(self) -> [Export; 2] {
        let mut moved = people(self.people);
        moved.set_all("city", "Salem");
        [people(self.people), moved]
    }

    fn department(self, lag: Duration) -> Workbench {
        let mut bench = Workbench::with(SandboxOptions { search_lag: lag, ..SandboxOptions::default() });
        bench.set("retry.settle", self.settle).set("api.timeout", self.timeout).set("retry.max_attempts", 8);
        bench.set("breaker.consecutive", 1000).set("run.error_budget", "100%");
        bench.set("guard.min_customers", 1_000_000);
        // Everybody may wait for a second look at the same time.
        bench.set("rate.max_in_flight", 32);
        bench
    }

    /// What the remote comes to where nothing goes wrong.
    fn undisturbed(self) -> [State; 2] {
        let bench = self.department(Duration::ZERO);
        self.exports().map(|export| {
            bench.export(&export).sync(0);
            state(&bench)
        })
    }

    /// Both nights under faults, and their journals.
    fn endure(
        self,
        fault: &'static str,
        faults: impl Fn(usize) -> String,
        undisturbed: &[State; 2],
    ) -> (Line, [Vec<JournalEntry>; 2]) {
        let bench = self.department(self.lag);
        let (mut line, mut journals) = (Line::new(fault), [vec![], vec![]]);
        for (night, export) in self.exports().iter().enumerate() {
            bench.faults(&faults(night));
            bench.model().clear_journal();
            bench.export(export);
            loop {
                line.runs[night] += 1;
                if bench.run(["sync"]).code == 0 {
                    break;
                }
                assert!(line.runs[night] < PATIENCE, "{fault}: {}", bench.latest().counts());
            }
            let journal = bench.journal();
            line.count(night, &journal, &state(&bench), &undisturbed[night]);
            assert_eq!(sent_again(&journal), None, "{fault}");
            journals[night] = journal;
            agree(&bench);
            bench.faults("");
            bench.model().clear_journal();
            bench.sync(0);
            assert_eq!(bench.journal(), [], "{fault}: one more night sends nothing");
        }
        (line, journals)
    }
}

#[test]
fn answers_that_go_astray_lose_and_double_nobody() {
    let undisturbed = SHORT.undisturbed();
    let lines = FAULTS.map(|(fault, effect)| {
        let (line, _) = SHORT.endure(fault, |night| a_tenth_of_writes(effect, night), &undisturbed);
        line
    });
    judge_all(&lines);
}

#[test]
fn a_second_look_finds_what_a_search_shows_only_after_two_seconds() {
    let (line, [creates, updates]) =
        LONG.endure("each of them once, lag 2 s", each_once, &LONG.undisturbed());
    judge_all(&[line]);
    for journal in [&creates, &updates] {
        let mut played: Vec<_> = journal.iter().filter_map(|entry| entry.fault.as_deref()).collect();
        let mut all = FAULTS.map(|(fault, _)| fault);
        played.sort_unstable();
        all.sort_unstable();
        assert_eq!(played, all);
    }
    // What was applied was looked up until it was seen, and created once.
    for lost in writes(&creates).filter(|entry| entry.fault.is_some() && entry.applied) {
        let of = |route: &str| {
            let about = creates.iter().filter(|entry| entry.customer_key == lost.customer_key);
            about.filter(|entry| entry.route == route).count()
        };
        let (name, looks) = (lost.fault.as_deref().unwrap(), of("listMinimal"));
        // A login page may be anybody's: who was sent it is looked up by the next run, once it is there to be seen.
        let least = if name.contains("login page") { 1 } else { 2 };
        assert!(of("create") == 1 && looks >= least, "{name}: {} creates, {looks} looks", of("create"));
    }
}

//! A tenth of all writes happens and its answer goes astray, or never happens and says nothing either; the search lags
//! behind. Both nights come to the same as without.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use dms_sync::sandbox::SandboxOptions;
use serde_json::Value;

use crate::books::{agree, applied, state};
use crate::harness::export::people;
use crate::harness::{Export, Workbench};

/// Customers of a night.
const PEOPLE: usize = 50;

/// How long a run waits before it looks again. The search shows a write a little earlier than that.
const SETTLE: &str = "150ms";
const LAG: Duration = Duration::from_millis(90);

/// Nights until everybody is told again what it came to.
const PATIENCE: usize = 4;

/// What becomes of every tenth write.
const FAULTS: [(&str, &str); 11] = [
    ("reset, not applied", "effect = \"reset\""),
    ("reset, applied", "effect = \"reset\"\nwhen = \"after\""),
    ("no answer, not applied", "effect = \"hang\""),
    ("no answer, applied", "effect = \"hang\"\nwhen = \"after\""),
    ("503, not applied", "status = 503"),
    ("504, applied", "status = 504\nwhen = \"after\""),
    ("500 in HTML, applied", "status = 500\nbody = \"html\"\nwhen = \"after\""),
    ("cut body", "effect = \"cut\""),
    ("200, broken JSON, applied", "status = 200\nbody = \"invalid_json\"\nwhen = \"after\""),
    ("200, nothing in it, applied", "status = 200\nbody = \"empty\"\nwhen = \"after\""),
    ("200, a login page, applied", "effect = \"html\"\nwhen = \"after\""),
];

/// The exports of two nights: everybody is new, then everybody has moved.
fn exports() -> [Export; 2] {
    let mut moved = people(PEOPLE);
    moved.set_all("city", "Salem");
    [people(PEOPLE), moved]
}

fn department(lag: Duration) -> Workbench {
    let mut bench = Workbench::with(SandboxOptions { search_lag: lag, ..SandboxOptions::default() });
    bench.set("retry.settle", SETTLE).set("api.timeout", "250ms").set("retry.max_attempts", 8);
    bench.set("breaker.consecutive", 1000).set("run.error_budget", "100%");
    bench
}

static UNDISTURBED: LazyLock<[BTreeMap<String, Value>; 2]> = LazyLock::new(|| {
    let bench = department(Duration::ZERO);
    exports().map(|export| {
        bench.export(&export).sync(0);
        state(&bench)
    })
});

/// What one fault did, in creates and in updates.
struct Line {
    fault: &'static str,
    injected: [usize; 2],
    nights: [usize; 2],
    duplicates: usize,
    losses: usize,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fault, injected: [creates, updates], nights: [first, second], duplicates, losses } = self;
        write!(f, "{fault:28} {creates:>8} {updates:>8} {first:>4} + {second} {duplicates:>10} {losses:>7}")
    }
}

const HEAD: &str = "fault                         creates  updates  nights duplicates  losses";

/// Two nights under one fault.
fn endure(fault: &'static str, effect: &str, lag: Duration) -> Line {
    let bench = department(lag);
    let mut line = Line { fault, injected: [0; 2], nights: [0; 2], duplicates: 0, losses: 0 };
    for (night, export) in exports().iter().enumerate() {
        let route = ["create", "update"][night];
        bench.faults(&format!(
            "seed = {night}\n[[fault]]\nname = \"here\"\nroute = \"{route}\"\nprobability = 0.1\n{effect}"
        ));
        bench.model().clear_journal();
        bench.export(export);
        while bench.run(["sync"]).code != 0 {
            line.nights[night] += 1;
            assert!(line.nights[night] < PATIENCE, "{fault}: {}", bench.latest().counts());
        }
        line.nights[night] += 1;
        let journal = bench.journal();
        line.injected[night] = journal.iter().filter(|entry| entry.fault.is_some()).count();
        let twice = |times: &&usize| **times > 1;
        line.duplicates += applied(&journal, "create").values().filter(twice).count();
        let (now, expected) = (state(&bench), &UNDISTURBED[night]);
        line.duplicates += now.len().saturating_sub(expected.len());
        line.losses += expected.iter().filter(|(key, record)| now.get(*key) != Some(record)).count();
        agree(&bench);
        bench.faults("");
        bench.model().clear_journal();
        bench.sync(0);
        assert_eq!(bench.journal(), [], "{fault}: one more night sends nothing");
    }
    line
}

#[test]
fn answers_that_go_astray_lose_and_double_nobody() {
    let lines = FAULTS.map(|(fault, effect)| endure(fault, effect, LAG));
    println!("{HEAD}");
    for line in &lines {
        println!("{line}");
    }
    for line in &lines {
        assert_eq!((line.duplicates, line.losses), (0, 0), "{line}");
        assert!(line.injected.iter().all(|times| *times > 0), "it never happened: {line}");
    }
}

#[test]
fn a_search_that_lags_longer_than_we_wait_doubles_nobody_either() {
    // The second look still sees nothing; what is sent then is refused, and by then the first is seen.
    let line = endure("reset, applied, long lag", FAULTS[1].1, Duration::from_millis(210));
    println!("{HEAD}\n{line}");
    assert_eq!((line.duplicates, line.losses), (0, 0));
    assert!(line.injected[0] > 0);
}

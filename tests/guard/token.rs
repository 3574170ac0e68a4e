//! Another department's token under a known checkpoint.

use dms_sync::sandbox::{Departments, SandboxOptions};

use super::harness::export::people;
use super::harness::{TOKEN, Workbench};

/// Another department, which this account may send to as well.
const THEIRS: &str = "tok-shelbyville-11c2";

#[test]
fn another_departments_token_is_held_and_a_renewed_one_is_approved_once() {
    let mut bench = Workbench::new();
    bench.export(&people(30)).sync(0);
    bench.set_department("token", THEIRS);
    bench.model().clear_journal();
    // Whatever is in the plan: new customers, or nothing at all.
    bench.sync(4).says(&["other_token: the department's token is another", "if it was renewed, approve"]);
    bench.run(["diff"]).expect(4).says(&["other_token"]);
    bench.export(&people(31)).sync(4).says(&["other_token"]);
    assert_eq!(bench.journal(), [], "nothing was sent");
    for (path, bytes) in bench.snapshot() {
        let holds = bytes.windows(THEIRS.len()).any(|window| window == THEIRS.as_bytes());
        assert!(!holds || path.ends_with("dms-sync.toml"), "the token is in {}", path.display());
    }
    // A release is of one token, too.
    let held = bench.latest().run_id().to_owned();
    let approve = |bench: &Workbench, run: &str| bench.run(["sync", "--approve", run, "--reason", "renewed"]);
    bench.set_department("token", "tok-a-third-one");
    approve(&bench, &held).expect(4).says(&["other_token"]);
    assert_eq!(bench.journal(), [], "nothing was sent");
    // The right one needs nobody's word.
    bench.set_department("token", TOKEN).sync(0);
    assert_eq!(bench.latest().counts(), "created 1, unchanged 30");
    // Renewed: once, and then it is the department's.
    bench.set_department("token", THEIRS).sync(4);
    let held = bench.latest().run_id().to_owned();
    approve(&bench, &held).expect(0);
    bench.export(&people(32)).sync(0);
    assert_eq!(bench.model().dump().departments[THEIRS].len(), 1);
    bench.set_department("token", TOKEN).sync(4).says(&["other_token"]);
}

#[test]
fn a_first_load_under_a_mistyped_token_can_be_corrected_and_an_interrupted_one_goes_nowhere_else() {
    let granted = Departments::Only([TOKEN.to_owned()].into());
    let mut bench = Workbench::with(SandboxOptions { departments: granted, ..SandboxOptions::default() });
    bench.set_department("token", THEIRS).export(&people(5)).sync(5);
    bench.set_department("token", TOKEN).sync(0);
    assert_eq!(bench.remote().len(), 5);

    let mut bench = Workbench::new();
    bench.set("rate.max_in_flight", 1).export(&people(5));
    bench.faults("[[fault]]\nafter = 2\nstatus = 401\nbody = \"gateway\"");
    bench.sync(5);
    bench.faults("");
    bench.set_department("token", THEIRS).sync(4).says(&["other_token"]);
    assert!(!bench.model().dump().departments.contains_key(THEIRS), "nothing was sent");
    bench.set_department("token", TOKEN).sync(0);
    assert_eq!(bench.remote().len(), 5);
}

#[test]
fn a_token_that_met_nobody_binds_nobody_and_one_that_may_have_had_something_done_does() {
    let turned_away = "[[fault]]\nstatus = 200\nbody = \"html\"";
    let mut bench = Workbench::new();
    bench.set("rate.max_in_flight", 1).export(&people(5));
    // Mistyped twice: what answers is not the API, and nobody knows what it did with the first create.
    bench.faults(turned_away);
    for token in [THEIRS, "tok-a-third-one"] {
        bench.set_department("token", token).sync(5).says(&["what answers is not the API"]);
        assert!(bench.run(["status"]).expect(0).stdout.contains("were being sent"), "its intents stay");
    }
    bench.faults("");
    bench.set_department("token", TOKEN).sync(0);
    assert_eq!(bench.remote().len(), 5);
    assert_eq!(bench.model().dump().departments.len(), 1, "nothing was sent under another");

    // The first create is applied, its answer lost, and everything after that is turned away.
    let mut bench = Workbench::new();
    bench.set("rate.max_in_flight", 1).export(&people(5));
    let lost = "[[fault]]\nroute = \"create\"\nstatus = 500\nbody = \"html\"\nwhen = \"after\"\ncount = 1";
    bench.faults(&format!("{lost}\n{turned_away}\nafter = 1"));
    bench.sync(5);
    for _ in 0..2 {
        // Nor does a later run under it that meets nobody release it.
        bench.set_department("token", THEIRS).sync(4).says(&["other_token"]);
        bench.faults(turned_away);
        bench.set_department("token", TOKEN).sync(5);
    }
    bench.faults("");
    bench.sync(0);
    assert_eq!(bench.remote().len(), 5);
}

//! First loads: what is not judged, what is, and what remains of one that was interrupted.

use encoding_rs::WINDOWS_1252;

use super::harness::Workbench;
use super::harness::export::people;
use super::shown::{line, names_causes, texts};
use super::store::{STORE, spoilt, store};

#[test]
fn a_first_load_that_is_allowed_passes_and_a_lost_checkpoint_is_held_by_default() {
    let mut bench = Workbench::new();
    bench.set("guard.empty_checkpoint", "refuse");
    bench.export(&store());
    let ran = bench.run(["sync"]).expect(4);
    let breaches = texts(&bench.latest().summary["guard"]["breaches"]);
    line("a checkpoint without customers", "held", "empty_checkpoint", ran.code);
    assert!(matches!(breaches.as_slice(), [only] if only.starts_with("empty_checkpoint")), "{breaches:?}");
    names_causes(&ran, &bench.latest().log, "this is the first load");
    assert_eq!(bench.journal(), []);
    bench.set("guard.empty_checkpoint", "allow");
    bench.sync(0);
    let run = bench.latest();
    line("a first load", run.summary["guard"]["verdict"].as_str().unwrap(), &run.counts(), 0);
    assert_eq!(run.counts(), format!("created {STORE}"));
}

#[test]
fn a_first_load_of_spoilt_letters_is_held() {
    let bench = Workbench::new();
    bench
        .write("export.csv", spoilt(|text| WINDOWS_1252.decode(text.as_bytes()).0.into_owned().into_bytes()));
    bench.sync(4);
    let breaches = texts(&bench.latest().summary["guard"]["breaches"]);
    assert!(matches!(breaches.as_slice(), [only] if only.starts_with("encoding: 10 of 10")), "{breaches:?}");
    line("a first load of spoilt letters", "held", "encoding: 10 of 10", 4);
    assert_eq!((bench.journal(), bench.remote()), (vec![], vec![]));
}

#[test]
fn a_first_load_that_is_interrupted_goes_on_unjudged_with_the_same_file_alone() {
    let mut bench = Workbench::new();
    let mut export = people(120);
    (1..=6).for_each(|n| {
        export.set(&format!("c{n:04}"), "lastName", "");
    });
    bench.faults("[[fault]]\nafter = 50\nstatus = 401\nbody = \"gateway\"");
    bench.export(&export).sync(5);
    assert_eq!(bench.latest().summary["guard"]["verdict"], "passed");
    bench.faults("");
    bench.set("guard.max_rejected", "1%").set("guard.empty_checkpoint", "refuse");
    let mut other = export.clone();
    other.set("c0100", "city", "Salem");
    bench.export(&other).sync(4);
    bench.export(&export).sync(3);
    let run = bench.latest();
    assert_eq!(run.summary["guard"]["verdict"], "resumed");
    assert_eq!(run.counts(), "created 64, rejected 6, unchanged 50");
}

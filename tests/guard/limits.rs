//! Where the limits lie, and from how many customers on they are armed.

use super::harness::export::people;
use super::harness::nights::loaded;
use super::shown::{line, texts};

#[test]
fn a_small_store_may_change_altogether() {
    let bench = loaded(60);
    let mut export = people(60);
    export.set_all("city", "Salem").set_all("lastName", "Ashgrove").set_all("email", "");
    for n in 31..=60 {
        export.drop_customer(&format!("c{n:04}"));
    }
    bench.export(&export).sync(0);
    let run = bench.latest();
    line(
        "a small store, everything changed",
        run.summary["guard"]["verdict"].as_str().unwrap(),
        &run.counts(),
        0,
    );
    assert_eq!(run.counts(), "missing 30, updated 30");
}

#[test]
fn each_limit_is_inclusive_counts_or_shares_and_is_armed_by_the_stores_size() {
    let changed = |column: &str, cell: &str, most: usize| {
        let mut export = people(100);
        for n in 1..=most {
            export.set(&format!("c{n:04}"), column, cell);
        }
        export
    };
    let cases = [
        ("max_creates", people(104)),
        ("max_updates", changed("city", "Salem", 4)),
        ("max_field_changes", changed("city", "Salem", 4)),
        ("max_blanked", changed("email", "", 4)),
        ("max_rejected", changed("lastName", "", 4)),
        ("max_missing", people(96)),
    ];
    let mut bench = loaded(100);
    let (share, count) = ("4%", "3");
    for (limit, export) in cases {
        bench.export(&export);
        let mut verdict = |allowed: &str, min: i64| {
            bench.set(&format!("guard.{limit}"), allowed).set("guard.min_customers", min);
            let shown = bench.run(["diff", "--format", "json"]).json();
            texts(&shown["summary"]["guard"]["breaches"])
        };
        assert_eq!(verdict(share, 100), [""; 0], "{limit} = {share} is met");
        for over in [count, "3.999%"] {
            let breaches = verdict(over, 100);
            assert!(matches!(breaches.as_slice(), [only] if only.starts_with(limit)), "{over}: {breaches:?}");
            assert!(breaches[0].ends_with(&format!("allowed {over}")), "{breaches:?}");
        }
        assert_eq!(
            verdict(count, 101).len(),
            usize::from(limit == "max_rejected"),
            "{limit} in a smaller store"
        );
        bench.set(&format!("guard.{limit}"), "100%");
    }
    assert_eq!(bench.journal(), []);
}

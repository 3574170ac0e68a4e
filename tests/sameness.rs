//! What says the same is the same: cells that are only written differently, rows in another order. On the sample of the
//! built-in layout, row by row at random; and the whole of it, end to end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;
#[path = "layouts/reading.rs"]
mod reading;
#[path = "sameness/spelling.rs"]
mod spelling;
#[path = "sameness/table.rs"]
mod table;

use std::collections::BTreeMap;
use std::path::Path;

use harness::{Workbench, sample};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use reading::{Reading, department};
use spelling::{Dice, respelled};
use table::Table;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(46315),
        ..ProptestConfig::default()
    }
}

/// What becomes of a table: each customer's canonical fingerprint and text without its places, and who is refused.
fn outcome(bytes: &[u8]) -> BTreeMap<String, (String, String)> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("export.csv");
    std::fs::write(&path, bytes).unwrap();
    let Reading { customers, others } = Reading::of(&department("generic", &[path.to_str().unwrap()]));
    let others = others.iter().map(|line| (without_places(line), Default::default()));
    let customers = customers.into_iter().map(|(key, change)| {
        (key, (change.canonical.to_string(), without_places(&reading::customer_text(&change))))
    });
    customers.chain(others).collect()
}

/// Lines of an export go: ` :17`.
fn without_places(text: &str) -> String {
    let mut words: Vec<_> = text.split('\n').collect();
    // Warnings come in the order of rows where they are of several.
    words.sort_unstable();
    let place = |word: &&str| {
        word.strip_prefix(':').is_none_or(|rest| rest.trim_end_matches(':').parse::<u64>().is_err())
    };
    words.iter().flat_map(|line| line.split(' ').filter(place)).collect::<Vec<_>>().join(" ")
}

fn fingerprints(bytes: &[u8]) -> BTreeMap<String, String> {
    outcome(bytes).into_iter().map(|(key, (canonical, _))| (key, canonical)).collect()
}

proptest! {
    #![proptest_config(cases(60))]

    /// Some thirty customers of the sample, every cell and the file itself written in another way.
    #[test]
    fn how_it_is_written_does_not_matter(seed: u64) {
        let mut dice = Dice(seed);
        let plain = Table::sample(&mut dice, 30);
        let other = respelled(&plain, &mut dice);
        prop_assert_ne!(plain.to_csv(), other.clone());
        prop_assert_eq!(fingerprints(&plain.to_csv()), fingerprints(&other));
    }

    /// Some thirty customers of the sample, with further rows of the same date that say something else.
    #[test]
    fn the_order_of_dated_rows_does_not_matter(seed: u64) {
        let mut dice = Dice(seed);
        let mut table = Table::sample(&mut dice, 30);
        table.add_ties(&mut dice, 30);
        let before = outcome(&table.to_csv());
        table.shuffle(&mut dice);
        prop_assert_eq!(before, outcome(&table.to_csv()));
    }

    /// Ties are told by what rows say, not by how they say it.
    #[test]
    fn rows_of_one_date_rank_alike_however_they_are_written(seed: u64) {
        let mut dice = Dice(seed);
        let mut table = Table::sample(&mut dice, 30);
        table.add_ties(&mut dice, 30);
        let other = outcome(&respelled(&table, &mut dice));
        for (key, (canonical, text)) in outcome(&table.to_csv()) {
            let (other, other_text) = &other[&key];
            prop_assert!(canonical == *other, "{}\n\n{}", text, other_text);
        }
    }
}

#[test]
fn a_night_on_which_everything_is_written_differently_sends_nothing() {
    let bench = Workbench::new();
    bench.sample("customers.csv").sync(0);
    bench.model().clear_journal();
    for seed in 1..=3 {
        let table = Table::parse(&sample("customers.csv"));
        bench.write("export.csv", respelled(&table, &mut Dice(seed)));
        let ran = bench.sync(0);
        assert_eq!(
            (bench.latest().counts().as_str(), bench.journal()),
            ("unchanged 300", vec![]),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn the_plan_of_a_shuffled_file_is_the_same_plan() {
    // Every layout with a date of change.
    for (profile, file) in
        [("generic", "generic/customers.csv"), ("generic", "generic/messy.csv"), ("pbs", "pbs/contacts.csv")]
    {
        let mut bench = Workbench::new();
        bench.set_department("profile", profile);
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(file)).unwrap();
        let mut table = Table::parse(&bytes);
        let plan_of = |table: &Table| {
            bench.write("export.csv", table.to_csv());
            let ran = bench.run(["diff", "--format", "json", "--show-values"]);
            plan(&ran.stdout)
        };
        let plain = plan_of(&table);
        assert!(plain.len() > 10_000, "{file}: {plain}");
        for seed in 1..=3 {
            table.shuffle(&mut Dice(seed));
            assert_eq!(plan_of(&table), plain, "{file}");
        }
    }
}

/// A plan as text, without places, times and digests, customers by their keys.
fn plan(document: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(document).unwrap();
    strip(&mut value);
    serde_json::to_string_pretty(&value).unwrap()
}

fn strip(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            for name in [
                "source_line",
                "run_id",
                "started_at",
                "finished_at",
                "phases_ms",
                "sha256",
                "digest",
                "took_ms",
            ] {
                members.remove(name);
            }
            members.values_mut().for_each(strip);
        }
        serde_json::Value::Array(items) => {
            items.iter_mut().for_each(strip);
            items.sort_by_key(ToString::to_string);
        }
        _ => {}
    }
}

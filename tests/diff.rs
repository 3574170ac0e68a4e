//! `diff`: what would be sent, in four formats, masked unless a person asks. It writes nothing and asks nobody.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use harness::needles::Needles;
use harness::{Export, Workbench, mode, sample};
use serde_json::Value;

/// Columns whose values are personal.
const PERSONAL: [&str; 12] = [
    "firstName",
    "lastName",
    "company",
    "addressLine1",
    "addressLine2",
    "homePhone",
    "workPhone",
    "cellPhone",
    "email",
    "vin",
    "licensePlate",
    "vehicleKey",
];

/// Personal values of the samples.
fn secrets() -> Needles {
    let mut all = BTreeSet::new();
    for name in ["customers.csv", "next-day.csv", "messy.csv"] {
        let mut export = Export::parse(&sample(name));
        // Cut short, or shifted: its cells are not what their columns say.
        if name == "messy.csv" {
            export.drop_customer("70002").drop_customer("70003");
        }
        all.extend(export.values(&PERSONAL).map(str::to_owned));
    }
    Needles::of(all)
}

#[track_caller]
fn masked(text: &str) {
    static SECRETS: LazyLock<Needles> = LazyLock::new(secrets);
    assert_eq!(SECRETS.find(text), None, "in\n{text}");
    // Phones are spelled anew: ten digits of any of them are a phone.
    for number in ["5550", "555-0", "555 0"] {
        assert!(!text.contains(number), "{number} in\n{text}");
    }
}

fn first_night() -> Workbench {
    let bench = Workbench::new();
    bench.sample("customers.csv").sync(0);
    bench.model().clear_journal();
    bench.sample("next-day.csv");
    bench
}

#[test]
fn every_format_is_masked() {
    let bench = first_night();
    let fresh = Workbench::new();
    fresh.sample("messy.csv");
    for format in ["text", "json", "csv", "html"] {
        let ran = bench.run(["diff", "--format", format]).expect(0);
        masked(&ran.stdout);
        masked(&ran.stderr);
        assert!(ran.stdout.contains("109353"), "customers are named by key: {}", ran.stdout);
        // A first load, with everything that can be refused.
        let ran = fresh.run(["diff", "--format", format]).expect(4);
        masked(&ran.stdout);
        masked(&ran.stderr);
    }
    // `sync` too shows a short plan, and masks it.
    let ran = bench.run(["sync", "--dry-run"]).expect(0);
    masked(&ran.stdout);
    let ran = bench.sync(0);
    masked(&ran.stdout);
    masked(&ran.stderr);
}

#[test]
fn values_are_shown_to_who_asks() {
    let bench = first_night();
    let next = Export::parse(&sample("next-day.csv"));
    let email =
        next.rows().iter().find(|row| row["customerKey"] == "102839").unwrap()["email"].to_lowercase();
    for format in ["text", "json", "csv", "html"] {
        let ran = bench.run(["diff", "--format", format, "--show-values"]).expect(0);
        assert!(ran.stdout.contains(&email), "{format}: {}", ran.stdout);
    }
}

#[test]
fn the_json_has_its_documented_shape() {
    let bench = first_night();
    let diff = bench.run(["diff", "--format", "json"]).expect(0).json();
    assert_eq!((&diff["schema"], &diff["department"]), (&1.into(), &harness::DEPARTMENT.into()));
    assert!(diff["run_id"].is_string());
    let changes = diff["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 12);
    let of = |action: &str| changes.iter().filter(|change| change["action"] == action).count();
    assert_eq!((of("create"), of("update")), (4, 8));
    for change in changes {
        assert!(change["customer_key"].is_string() && change["source_line"].is_u64());
        assert_eq!(change["source_file"], "export.csv");
        for field in change["fields"].as_array().unwrap() {
            let keys: BTreeSet<_> = field.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, BTreeSet::from(["field", "item", "new", "old"]));
        }
    }
    // What the samples' own table says of the eight updates.
    let fields = |key: &str| -> BTreeSet<&str> {
        let change = changes.iter().find(|change| change["customer_key"] == key).unwrap();
        change["fields"].as_array().unwrap().iter().map(|field| field["field"].as_str().unwrap()).collect()
    };
    for (key, field) in [
        ("109353", "cellPhone"),
        ("102839", "email"),
        ("105167", "addressLine1"),
        ("101253", "lastName"),
        ("106144", "estimatedMileage"),
        ("101758", "vehicleIsValid"),
        ("101475", "okToText"),
    ] {
        assert_eq!(fields(key), BTreeSet::from([field]), "{key}");
    }
    assert!(fields("100451").contains("vin"));
    assert_eq!(diff["rejected"], Value::Array(vec![]));
    let summary = &diff["summary"];
    assert_eq!((&summary["mode"], &summary["customers"]["updated"]), (&"diff".into(), &8.into()));
    assert_eq!(summary["customers"]["missing"], 1);

    let fresh = Workbench::new();
    fresh.sample("messy.csv");
    let diff = fresh.run(["diff", "--format", "json"]).expect(4).json();
    assert_eq!(diff["rejected"].as_array().unwrap().len(), 10);
    assert!(diff["rejected"][0]["customer_key"].is_null());
    assert_eq!(diff["rejected"][0]["code"], "key.blank");
    assert_eq!(diff["summary"]["guard"]["verdict"], "held");
}

#[test]
fn the_table_and_the_page_hold_every_change() {
    let bench = first_night();
    let ran = bench.run(["diff", "--format", "csv"]).expect(0);
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    let header: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(
        header,
        ["customer_key", "action", "field", "item", "old", "new", "source_file", "source_line"]
    );
    let keys: BTreeSet<_> = reader.records().map(|row| row.unwrap()[0].to_owned()).collect();
    assert_eq!(keys.len(), 12);
    let ran = bench.run(["diff", "--format", "html"]).expect(0);
    assert!(ran.stdout.starts_with("<!doctype html>") && ran.stdout.trim_end().ends_with("</html>"));
    assert_eq!(ran.stdout.matches("<tbody").count(), 12);
    assert!(
        !ran.stdout.contains("<script")
            && !ran.stdout.contains("http://")
            && !ran.stdout.contains("https://")
    );
}

#[test]
fn it_writes_nothing_and_asks_nobody() {
    let bench = first_night();
    let files = |bench: &Workbench| {
        // SQLite's own -wal and -shm stand beside an open file and go with it.
        let mut files = bench.snapshot();
        files.retain(|path, _| path.extension().is_none_or(|ext| ext != "sqlite-shm"));
        files
    };
    let before = files(&bench);
    for args in
        [&["diff"] as &[_], &["diff", "--format", "json"], &["diff", "--exit-code"], &["sync", "--dry-run"]]
    {
        bench.run(args);
        assert!(files(&bench) == before, "{args:?} left something behind");
    }
    assert_eq!(bench.journal(), []);
    // Neither where nothing was before.
    let mut fresh = Workbench::new();
    fresh.env("DMS_SYNC_USERNAME", None).env("DMS_SYNC_PASSWORD", None);
    fresh.sample("customers.csv").run(["diff"]).expect(0);
    assert!(!fresh.path("state").exists() && !fresh.path("reports").exists());
    assert_eq!(fresh.journal(), []);
}

#[test]
fn totals_alone() {
    let bench = first_night();
    let ran = bench.run(["diff", "--summary-only"]).expect(0).shows(&["4", "8"]);
    assert!(!ran.stdout.contains("109353"), "{}", ran.stdout);
    let diff = bench.run(["diff", "--summary-only", "--format", "json"]).expect(0).json();
    assert_eq!(diff["changes"], Value::Array(vec![]));
    assert_eq!(diff["summary"]["customers"]["created"], 4);
}

#[test]
fn a_file_for_the_output_is_private() {
    let bench = first_night();
    for (name, args) in [
        ("plan.html", &["--format", "html"] as &[_]),
        ("values.json", &["--format", "json", "--show-values"]),
    ] {
        let args = ["diff", "--output", name].into_iter().chain(args.iter().copied());
        let ran = bench.run(args).expect(0);
        assert_eq!(ran.stdout, "");
        assert_eq!(mode(&bench.path(name)), 0o600, "{name}");
        assert!(std::fs::metadata(bench.path(name)).unwrap().len() > 1000);
    }
    // One that others can read is made private before a value gets into it.
    bench.write("loose.json", "{}");
    bench.run(["diff", "--format", "json", "--output", "loose.json"]).expect(0);
    assert_eq!(mode(&bench.path("loose.json")), 0o600);
    bench.run(["diff", "--output", "nowhere/plan.txt"]).expect(1).says(&["nowhere/plan.txt"]);
}

#[test]
fn what_diff_says_is_what_sync_does() {
    let bench = first_night();
    let diff = bench.run(["diff", "--format", "json"]).expect(0).json();
    let planned = |action: &str| -> Vec<String> {
        let of = diff["changes"].as_array().unwrap().iter().filter(|change| change["action"] == action);
        let mut keys: Vec<_> = of.map(|change| change["customer_key"].as_str().unwrap().to_owned()).collect();
        keys.sort();
        keys
    };
    bench.sync(0);
    let run = bench.latest();
    assert_eq!(run.keys("created"), planned("create"));
    assert_eq!(run.keys("updated"), planned("update"));
}

#[test]
fn causes_are_new_until_a_run_has_met_them() {
    let mut bench = Workbench::new();
    bench.set("guard.max_rejected", "50%");
    let ran = bench.sample("messy.csv").run(["diff"]).expect(3).shows(&["6 new since"]);
    assert!(ran.stdout.contains("stray delimiter"), "what to do about a row: {}", ran.stdout);
    bench.sync(3);
    bench.run(["diff"]).expect(3).shows(&["none new since"]);
    let causes = bench.run(["diff", "--format", "json"]).json()["summary"]["causes"].clone();
    assert!(causes.as_array().unwrap().iter().all(|cause| cause["new"] == 0), "{causes}");
}

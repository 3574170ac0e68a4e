//! `check --input`: what an integrator runs first with a new dealer's file. Figures, places, and nothing of anybody.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeSet;

use harness::export::people;
use harness::needles::Needles;
use harness::{DEPARTMENT, Export, Ran, Workbench, sample};
use serde_json::{Value, json};

/// A workbench with the samples in it, at a rate that a person would set.
fn bench() -> Workbench {
    let mut bench = Workbench::new();
    bench.set("rate.per_second", 10);
    for name in ["customers.csv", "messy.csv"] {
        bench.write(name, sample(name));
    }
    bench
}

#[track_caller]
fn check(bench: &Workbench, input: &str, more: &[&str], code: i32) -> Ran {
    let args = ["check", "--offline", "--input", input].into_iter().chain(more.iter().copied());
    bench.run(args).expect(code)
}

/// The only department of the document.
#[track_caller]
fn measured(bench: &Workbench, input: &str, code: i32) -> Value {
    let document = check(bench, input, &["--format", "json"], code).json();
    assert_eq!(document["schema"], 1);
    let departments = document["departments"].as_array().unwrap();
    assert_eq!(departments.len(), 1, "{document}");
    departments[0].clone()
}

/// The entry of a list that has this member.
#[track_caller]
fn entry<'v>(list: &'v Value, member: &str, value: &str) -> &'v Value {
    let found = list.as_array().unwrap().iter().find(|entry| entry[member] == value);
    found.unwrap_or_else(|| panic!("no {member} {value} in {list:#}"))
}

#[test]
fn the_samples_as_text() {
    let bench = bench();
    for (name, code) in [("customers.csv", 0), ("messy.csv", 3)] {
        let ran = check(&bench, name, &[], code);
        for line in ran.stdout.lines().filter(|line| !line.starts_with("ok ")) {
            assert!(line.chars().count() <= 80, "{line}");
        }
        insta::assert_snapshot!(format!("text-{name}"), bench.redact(&ran.stdout));
    }
}

#[test]
fn the_samples_as_json() {
    let bench = bench();
    for (name, code) in [("customers.csv", 0), ("messy.csv", 3)] {
        let ran = check(&bench, name, &["--format", "json"], code);
        ran.json();
        insta::assert_snapshot!(format!("json-{name}"), bench.redact(&ran.stdout));
    }
}

/// Every column counts here, the car's colour as well as the name: in a shifted file any of them may be somebody's name.
#[test]
fn no_value_of_a_file_is_shown() {
    let bench = bench();
    for (name, code) in [("customers.csv", 0), ("messy.csv", 3)] {
        let mut values = BTreeSet::new();
        for row in Export::parse(&sample(name)).rows() {
            values.extend(row.values().map(|cell| cell.trim().to_lowercase()));
        }
        // Words of our own: ways to be reached, languages, a remark.
        for word in ["email", "phone", "false", "unknown", "english", "french", "see notes"] {
            values.remove(word);
        }
        let needles = Needles::of(values);
        assert!(needles.count() > 100, "{}", needles.count());
        for format in ["text", "json"] {
            let ran = check(&bench, name, &["--format", format, "-vv"], code);
            assert_eq!(needles.find(&ran.stdout), None, "in\n{}", ran.stdout);
            assert_eq!(needles.find(&ran.stderr), None, "in\n{}", ran.stderr);
        }
        assert!(needles.find("a car in pearl white").is_some());
    }
}

#[test]
fn shifted_columns_show_nobody() {
    let bench = bench();
    let mut export = people(2);
    export.drop_column("preferredLocale").drop_column("okToCall");
    let csv = String::from_utf8(export.to_csv()).unwrap();
    // Names under headings whose values other reports show.
    let shifted = csv.replacen("firstName,lastName", "preferredLocale,okToCall", 1);
    let shifted = shifted.replacen("vehicleYear", "lastName", 1).replacen("vehicleMake", "firstName", 1);
    bench.write("shifted.csv", shifted);
    let ran = check(&bench, "shifted.csv", &[], 0).shows(&["locale.unsupported", "consent.unrecognised"]);
    assert!(!ran.stdout.contains("Anselm") && !ran.stdout.contains("Quibbleworth"), "{}", ran.stdout);
}

#[test]
fn nothing_is_asked_and_nothing_is_left_behind() {
    let mut bench = bench();
    let tap = bench.tap();
    let before = bench.snapshot();
    check(&bench, "customers.csv", &[], 0);
    check(&bench, "messy.csv", &["--format", "json"], 3);
    let piped = bench.run_with(["check", "--offline", "--input", "-"], sample("customers.csv")).expect(0);
    piped.shows(&["300 customers in 450 rows: all can be sent"]);
    assert_eq!(bench.snapshot(), before, "no checkpoint, no run, no spooled input");
    assert!(tap.take().is_empty());
    assert_eq!(bench.journal(), []);
}

#[test]
fn with_the_network_it_asks_for_nobody() {
    let bench = bench();
    bench.run(["check", "--input", "customers.csv"]).expect(0).shows(&["myKaarma answers", "creates"]);
    let asked = bench.journal();
    assert!(!asked.is_empty() && asked.iter().all(|entry| entry.method == "GET"));
    assert_eq!(bench.remote(), []);
}

/// What is counted is what a sync would do, whatever the checkpoint knows.
#[test]
fn the_figures_are_those_of_a_first_load() {
    let mut bench = bench();
    bench.set("rate.per_second", 100_000).set("guard.max_rejected", "100%");
    let before = measured(&bench, "messy.csv", 3);
    bench.run(["sync", "--input", "messy.csv"]).expect(3);
    let summary = bench.latest().summary;
    assert_eq!(before["rows"], summary["rows"]);
    assert_eq!(before["customers"]["rejected"], summary["customers"]["rejected"]);
    assert_eq!(before["first_load"]["creates"], summary["customers"]["created"]);
    assert_eq!(before["first_load"]["requests"], summary["requests"]["total"]);
    let sum =
        |list: &Value| list.as_array().unwrap().iter().map(|one| one["count"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(json!(sum(&before["repaired"])), summary["warnings"]);
    for cause in summary["causes"].as_array().unwrap() {
        let trouble = entry(&before["rejected"], "code", cause["code"].as_str().unwrap());
        assert_eq!(trouble["count"], cause["customers"]);
    }
    assert_eq!(measured(&bench, "messy.csv", 3), before, "the checkpoint makes no difference");
}

#[test]
fn every_trouble_has_its_place_and_remedy() {
    let bench = bench();
    let messy = measured(&bench, "messy.csv", 3);
    for list in ["rejected", "repaired"] {
        for trouble in messy[list].as_array().unwrap() {
            assert!(!trouble["tip"].as_str().unwrap().is_empty(), "{trouble}");
            let examples = trouble["examples"].as_array().unwrap();
            assert_eq!(examples.len() as u64, trouble["count"].as_u64().unwrap().min(3), "{trouble}");
            for example in examples {
                assert_eq!(example["file"], "messy.csv");
                let is_row = trouble["code"].as_str().unwrap().starts_with("row.");
                assert_eq!(example["cells"].as_array().unwrap().is_empty(), is_row, "{trouble}");
            }
        }
    }
    let lines = |list: &str, code: &str| {
        let examples = entry(&messy[list], "code", code)["examples"].as_array().unwrap();
        examples.iter().map(|example| example["line"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(lines("rejected", "name.missing"), [7, 8, 9], "three of four");
    assert_eq!(lines("rejected", "row.fields"), [5, 6]);
    assert_eq!(lines("repaired", "phone.invalid"), [19, 20, 20]);
    let wrong = &entry(&messy["repaired"], "code", "vin.check_digit_foreign")["examples"][0];
    assert_eq!(wrong["cells"], json!([{"column": "vin", "shape": "*************4418"}]));
}

#[test]
fn a_layout_of_ones_own_is_measured_by_its_columns() {
    let mut bench = bench();
    bench.write(
        "mine.toml",
        r#"
        name = "mine"
        description = "A layout of our own."
        export = "delta"
        [columns]
        customerKey = { names = ["Cust No"], required = true }
        firstName = ["First"]
        lastName = ["Last"]
        company = ["Business"]
        cellPhone = ["Mobile Telephone Number (cell)"]
        email = ["Email A"]
        "email.2" = ["Email B"]
        "#,
    );
    bench
        .set_department("profile", "mine.toml")
        .set_department("merge", "replace")
        .set_department("consent", toml::toml! { dms_is_newer = true })
        .set("rate.per_day", 2);
    let head = "Cust No,First,Last,Mobile Telephone Number (cell),Email A,Email B,Notes\n".to_owned();
    let row = |n: u8| format!("{n},Ana,Whitfield,(206) 555-010{n},,ana{n}@example.com,x\n");
    let again = "1,Ana,Whitfield,,nobody,ana1@example.com,\n".repeat(10);
    let one: String = std::iter::once(head).chain((1..=5).map(row)).chain([again]).collect();
    bench.write("one.csv", one);
    let found = measured(&bench, "one.csv", 0);
    assert_eq!((&found["profile"], &found["export"]), (&json!("mine"), &json!("delta")));
    assert_eq!(found["files"][0]["ignored"], json!(["Notes"]));
    assert_eq!(found["files"][0]["lacking"], json!(["company"]));
    let bins: Vec<_> =
        found["rows_per_customer"].as_array().unwrap().iter().map(|bin| &bin["customers"]).collect();
    assert_eq!(bins, [4, 0, 0, 0, 1]);
    let fill = |field: &str| {
        let fill = entry(&found["fields"], "field", field);
        [&fill["rows"], &fill["filled_rows"], &fill["sent_customers"]].map(Clone::clone)
    };
    assert_eq!(fill("cellPhone"), [json!(15), json!(5), json!(5)]);
    assert_eq!(fill("email"), [json!(15), json!(10), json!(5)]);
    assert_eq!(fill("email.2"), [json!(15), json!(15), json!(null)]);
    assert_eq!(found["reach"], json!({"phone": 5, "cell": 5, "email": 5, "vin": 0}));
    let load = &found["first_load"];
    assert_eq!((&load["requests_per_update"], &load["days"]), (&json!(1), &json!(3)));
    let shown = check(&bench, "one.csv", &[], 0);
    shown.shows(&[
        "not mapped     Notes",
        "not there      company",
        "Mobile Telephone N…",
        "profile        mine, delta export",
        "3 days with a budget of 2 requests a day",
    ]);
}

/// `check` of a layout's sample: rows and customers that are refused make it exit 3.
fn checked_sample(profile: &str, input: &str) -> Value {
    let mut bench = Workbench::new();
    bench.set_department("profile", profile);
    let input = format!("{}/samples/{input}", env!("CARGO_MANIFEST_DIR"));
    bench.run(["check", "--offline", "--input", &input, "--format", "json"]).expect(3).json()
}

fn measured_sample(profile: &str, input: &str) -> Value {
    checked_sample(profile, input)["departments"][0].clone()
}

#[test]
fn every_customer_and_every_column_of_every_sample_is_counted_once() {
    // Columns that are used, and what the profile has columns for in such a file and it has none; file by file.
    for (profile, input, files) in [
        ("dealervault-sl", "dealervault-sl/*.txt", &[(30, &[][..])][..]),
        ("dealervault-sv", "dealervault-sv/*.txt", &[(29, &[])]),
        ("authenticom-sv", "authenticom-sv/*.txt", &[(24, &[])]),
        ("tekion", "tekion/variant-a.csv", &[(19, &["workPhone", "email.2", "skip.deleted"])]),
        ("tekion", "tekion/variant-b.csv", &[(19, &["workPhone", "email.2", "skip.deleted"])]),
        ("dealertrack", "dealertrack/*.csv", &[(19, &[]), (8, &[])]),
        ("pbs", "pbs/contacts.csv", &[(22, &["estimatedMileage"])]),
        ("sidekick", "sidekick/ro.txt", &[(14, &[])]),
        ("reynolds-report", "reynolds-report/report.csv", &[(12, &[])]),
    ] {
        let document = checked_sample(profile, input);
        let found = &document["departments"][0];
        let customers = |fate: &str| found["customers"][fate].as_u64().unwrap();
        let fates = customers("sendable") + customers("skipped") + customers("rejected");
        assert_eq!(customers("total"), fates, "{profile}");
        let fits = |check: &&Value| check["text"].as_str().unwrap().contains("fits profile");
        let checks: Vec<_> = document["checks"].as_array().unwrap().iter().filter(fits).collect();
        assert_eq!((checks.len(), found["files"].as_array().unwrap().len()), (files.len(), files.len()));
        for ((check, file), (columns, lacking)) in
            checks.iter().zip(found["files"].as_array().unwrap()).zip(files)
        {
            assert!(check["text"].as_str().unwrap().ends_with(&format!(": {columns} columns")), "{check}");
            assert_eq!(file["lacking"], json!(lacking), "{profile}");
        }
        let fields = found["fields"].as_array().unwrap();
        let names: BTreeSet<_> = fields.iter().map(|field| field["field"].as_str().unwrap()).collect();
        assert_eq!(names.len(), fields.len(), "{profile}: each once");
    }
}

#[test]
fn columns_that_are_no_field_are_measured_too() {
    let pbs = measured_sample("pbs", "pbs/contacts.csv");
    assert_eq!(pbs["customers"], json!({"total": 84, "sendable": 80, "skipped": 4, "rejected": 0}));
    let fill = |found: &Value, field: &str| {
        let fill = entry(&found["fields"], "field", field);
        (fill["columns"].clone(), fill["filled_rows"].as_u64().unwrap() > 0, fill["sent_customers"].as_u64())
    };
    assert_eq!(fill(&pbs, "skip.inactive"), (json!(["ContactIsInactive"]), true, None));
    let (columns, filled, sent) = fill(&pbs, "consent.text");
    let known = |channel: &str| {
        pbs["consent"][channel]["allowed"].as_u64().unwrap()
            + pbs["consent"][channel]["blocked"].as_u64().unwrap()
    };
    assert_eq!((columns, filled, sent), (json!(["CommPrefTextMessage"]), true, Some(known("text"))));
    let sidekick = measured_sample("sidekick", "sidekick/ro.txt");
    assert_eq!(
        fill(&sidekick, "phones"),
        (json!(["Customer Phone Numbers"]), true, sidekick["reach"]["phone"].as_u64())
    );
    let sales = measured_sample("dealervault-sl", "dealervault-sl/*.txt");
    assert_eq!(fill(&sales, "fullName"), (json!(["Full Name"]), true, None));
    assert_eq!(fill(&sales, "consent.opt_out"), (json!(["Opt Out"]), true, None));
    // What a name or a phone is taken from is what an example shows.
    let shown = |found: &Value, code: &str| {
        let examples = entry(&found["repaired"], "code", code)["examples"].as_array().unwrap().clone();
        examples.iter().map(|example| example["cells"][0].clone()).collect::<Vec<_>>()
    };
    for cell in shown(&sales, "name.split") {
        assert_eq!(cell["column"], "Full Name", "{cell}");
        assert_ne!(cell["shape"], "", "{cell}");
    }
    for cell in shown(&sidekick, "phone.extension") {
        assert_eq!(cell["column"], "Customer Phone Numbers", "{cell}");
        assert!(!cell["shape"].as_str().unwrap().contains(char::is_numeric), "{cell}");
    }
}

#[test]
fn what_reading_has_to_say_is_said() {
    let mut bench = bench();
    std::fs::create_dir(bench.path("in")).unwrap();
    for name in ["in/crm_20260908.csv", "in/crm_20260907.csv"] {
        bench.write(name, people(3).to_csv());
    }
    let ran = check(&bench, "in", &[], 0).shows(&["note  springfield: in/crm_20260907.csv"]);
    assert!(ran.stdout.contains("fits profile generic: 14 columns"), "{}", ran.stdout);
    let mut bytes = people(3).to_csv();
    bytes.extend(b"c0042,Zo\xeb,Quibbleworth,,,,,,,,,,,\n");
    bench.write("latin.csv", bytes);
    check(&bench, "latin.csv", &[], 0).shows(&["note  springfield: latin.csv", "windows-1252"]);
    let document = check(&bench, "latin.csv", &["--format", "json"], 0).json();
    let note = entry(&document["checks"], "mark", "note");
    assert_eq!(note["ok"], true);
    bench.set_department("input", vec!["in"]);
    bench.run(["check", "--offline"]).expect(0).shows(&["note  springfield: in/crm_20260907.csv"]);
}

#[test]
fn what_cannot_be_read_is_named_with_its_remedy() {
    let mut bench = bench();
    bench.write("empty.csv", "");
    bench.write("other.csv", "a,b\n1,2\n");
    bench.write("header.csv", "customerKey,firstName,lastName\n");
    for (input, says) in [
        ("empty.csv", &["empty.csv: the input is empty", "export it again"][..]),
        ("header.csv", &["header.csv", "no rows"]),
        ("other.csv", &["other.csv", "another layout"]),
        ("none.csv", &["none.csv: no such file", "check the path"]),
    ] {
        check(&bench, input, &[], 4).shows(&["FAIL"]).shows(says);
        let document = check(&bench, input, &["--format", "json"], 4).json();
        assert_eq!(document["departments"], json!([]));
        let failed = entry(&document["checks"], "text", document["checks"][1]["text"].as_str().unwrap());
        assert_eq!(failed["ok"], false);
    }
    bench.set_department("profile", "nobodys");
    check(&bench, "customers.csv", &[], 2).shows(&["FAIL", "nobodys"]);
}

#[test]
fn undecodable_rows_are_refused_by_their_line() {
    let bench = bench();
    let mut bytes = people(40).to_csv();
    bytes.extend("c0041,Zo\u{eb},Quibbleworth,,,,,,,,,,,\n".as_bytes());
    bytes.extend(b"c0042,Zo\xeb,Quibbleworth,,,,,,,,,,,\n");
    bytes.extend("c0043,Zo\u{eb},Quibbleworth,,,,,,,,,,,\n".as_bytes());
    bench.write("mixed.csv", bytes);
    let found = measured(&bench, "mixed.csv", 3);
    assert_eq!(found["files"][0]["encoding"], "utf-8");
    assert_eq!(found["rows"]["rejected"], 1);
    let trouble = entry(&found["rejected"], "code", "row.encoding");
    assert_eq!(trouble["examples"][0]["line"], 43);
    assert_eq!(found["department"], DEPARTMENT);
}

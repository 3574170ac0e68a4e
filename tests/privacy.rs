//! Nothing personal and no credential is logged, at any level, in any format, in good nights and bad ones: standard
//! error and `run.log` are searched for every value of the fixtures.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeSet;
use std::fs;

use harness::needles::Needles;
use harness::{Export, PASSWORD, TOKEN, USERNAME, Workbench, sample};

/// Columns whose values are personal, one by one or in part.
const PERSONAL: [&str; 11] = [
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
];

/// Values as the files have them, in the spellings that we make of them, and the credentials.
fn of_samples() -> Needles {
    let mut values = BTreeSet::new();
    for name in ["customers.csv", "next-day.csv", "messy.csv"] {
        let mut export = Export::parse(&sample(name));
        // Cut short, or shifted: its cells are not what their columns say.
        if name == "messy.csv" {
            export.drop_customer("70002").drop_customer("70003");
        }
        for value in export.values(&PERSONAL) {
            let value = value.trim().to_lowercase();
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            if digits.len() >= 10 && !value.contains(char::is_alphabetic) {
                values.insert(digits[digits.len() - 10..].to_owned());
            }
            values.insert(value);
        }
    }
    // Words of our own.
    for word in ["unknown", "see notes"] {
        values.remove(word);
    }
    values.extend([USERNAME, PASSWORD, TOKEN].map(str::to_owned));
    // The header that is made of the two.
    let account = format!("{USERNAME}:{PASSWORD}");
    values.insert(base64::Engine::encode(&base64::engine::general_purpose::STANDARD, account));
    Needles::of(values)
}

#[track_caller]
fn absent(needles: &Needles, what: &str, text: &str) {
    assert_eq!(needles.find(text), None, "in {what}:\n{text}");
}

/// Runs a command and looks at everything that it logs.
#[track_caller]
fn run(needles: &Needles, bench: &Workbench, args: &[&str], codes: &[i32]) {
    for log in [&["-vvv"] as &[_], &["-vvv", "--log-format", "json"], &["-q"]] {
        let ran = bench.run(args.iter().chain(log));
        assert!(codes.contains(&ran.code), "{args:?}: {}\n{}{}", ran.code, ran.stdout, ran.stderr);
        absent(needles, &format!("{args:?} {log:?}"), &ran.stderr);
        if args[0] != "lookup" {
            absent(needles, &format!("stdout of {args:?}"), &ran.stdout);
        }
    }
    run_logs(needles, bench);
}

/// Every run's own log, and every report that is not an excerpt of the export.
#[track_caller]
fn run_logs(needles: &Needles, bench: &Workbench) {
    for dir in bench.runs() {
        for name in ["run.log", "summary.json", "results.csv", "warnings.csv"] {
            let text = fs::read_to_string(dir.join(name)).unwrap_or_default();
            absent(needles, name, &text);
        }
    }
}

#[test]
fn the_search_would_find_something() {
    let needles = of_samples();
    assert!(needles.count() > 1500, "{}", needles.count());
    let text = String::from_utf8(sample("next-day.csv")).unwrap();
    let unseen = text.lines().skip(1).filter(|line| line.len() > 60 && needles.find(line).is_none()).count();
    assert_eq!(unseen, 0, "rows in which nothing would be found");
    for shown in
        ["sent to (253) 555-0196.", "sent to +12535550196", "Elif LANGSTAFF,", "user=svc-harness-user"]
    {
        assert!(needles.find(shown).is_some(), "{shown}");
    }
}

#[test]
fn a_good_night() {
    let needles = of_samples();
    let bench = Workbench::new();
    bench.sample("customers.csv");
    run(&needles, &bench, &["sync"], &[0]);
    bench.sample("next-day.csv");
    run(&needles, &bench, &["diff"], &[0]);
    run(&needles, &bench, &["sync"], &[0]);
    run(&needles, &bench, &["status"], &[0]);
    run(&needles, &bench, &["check"], &[0]);
    run(&needles, &bench, &["config", "show", "--origin"], &[0]);
    let uuid = bench.customer("109353").customer_uuid;
    run(&needles, &bench, &["lookup", "customer", &uuid], &[0]);
    run(&needles, &bench, &["lookup", "match", "109353"], &[0]);
    run(&needles, &bench, &["lookup", "search", "Bellweather"], &[0]);
}

#[test]
fn a_messy_file() {
    let needles = of_samples();
    let mut bench = Workbench::new();
    bench.sample("messy.csv");
    run(&needles, &bench, &["sync"], &[4]);
    bench.set("guard.max_rejected", "100%");
    run(&needles, &bench, &["sync"], &[3]);
    run(&needles, &bench, &["retry"], &[3]);
    run(&needles, &bench, &["status", "--json"], &[0]);
    // Read as a file of another layout: a header that is a customer.
    let text = String::from_utf8(sample("messy.csv")).unwrap();
    bench.write("export.csv", text.split_once('\n').unwrap().1);
    let ran = bench.run(["sync", "-vvv"]).expect(4);
    absent(&needles, "a customer for a header", &ran.stderr);
    run_logs(&needles, &bench);
}

#[test]
fn bad_nights() {
    let needles = of_samples();
    let faults = [
        "status = 400\nbody = \"envelope\"",
        "status = 500\nbody = \"html\"",
        "effect = \"errors\"",
        "effect = \"html\"",
        "effect = \"cut\"",
        "effect = \"redirect\"\nlocation = \"https://login.example.com/\"",
        "effect = \"reset\"\nwhen = \"after\"",
        "status = 401\nbody = \"gateway\"",
        "status = 403\nbody = \"gateway\"",
        "status = 429",
        "status = 200\nbody = \"invalid_json\"",
    ];
    for (n, fault) in faults.into_iter().enumerate() {
        let mut bench = Workbench::new();
        bench.set("retry.max_attempts", 2).set("retry.settle", "1ms").set("breaker.consecutive", 3);
        bench.faults(&format!("[[fault]]\nafter = 5\n{fault}"));
        bench.sample("customers.csv");
        let format = if n % 2 == 0 { "text" } else { "json" };
        let ran = bench.run(["sync", "-vvv", "--log-format", format]);
        assert!(matches!(ran.code, 3 | 5), "{fault}: {}\n{}", ran.code, ran.stderr);
        absent(&needles, fault, &ran.stderr);
        absent(&needles, fault, &ran.stdout);
        run_logs(&needles, &bench);
    }
}

#[test]
fn a_refusal_that_quotes_what_was_sent() {
    // The sandbox's own refusals name fields and values, as the real ones may.
    let needles = of_samples();
    let bench = Workbench::new();
    bench.sample("customers.csv");
    for key in ["109353", "102839", "105167"] {
        let taken = dms_sync::sandbox::Customer {
            customer_key: Some(key.into()),
            first_name: Some("Oswin".into()),
            last_name: Some("Threlkeld".into()),
            ..Default::default()
        };
        bench.model().seed(TOKEN, taken).unwrap();
    }
    run(&needles, &bench, &["sync"], &[3]);
}

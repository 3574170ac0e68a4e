//! Nothing personal and no credential is logged, at any level, in any format, in good nights and bad ones: standard
//! error and `run.log` are searched for every value of the fixtures.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeSet;
use std::fs;

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

/// What must not be found: values as the files have them, and in the spellings that we make of them.
struct Needles(BTreeSet<String>);

impl Needles {
    fn of_samples() -> Self {
        let mut needles = BTreeSet::new();
        for name in ["customers.csv", "next-day.csv", "messy.csv"] {
            let mut export = Export::parse(&sample(name));
            if name == "messy.csv" {
                export.drop_customer("70002").drop_customer("70003");
            }
            for value in export.values(&PERSONAL) {
                let value = value.trim().to_lowercase();
                let digits: String = value.chars().filter(char::is_ascii_digit).collect();
                if digits.len() == 10 && value.chars().all(|c| !c.is_alphabetic()) {
                    needles.insert(digits);
                }
                needles.insert(value);
            }
        }
        // Too short to be told from our own words, or our own words.
        let ours = ["none", "0000000000", "unknown", "notes", "see notes", "company", "rose", "marie"];
        let told = |value: &str| value.chars().collect::<BTreeSet<_>>().len() > 2;
        needles.retain(|value| value.chars().count() >= 5 && told(value) && !ours.contains(&&**value));
        needles.extend([USERNAME, PASSWORD, TOKEN].map(str::to_lowercase));
        // The header that is made of the two.
        let header = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!("{USERNAME}:{PASSWORD}"),
        );
        needles.insert(header.to_lowercase());
        Self(needles)
    }

    #[track_caller]
    fn absent(&self, what: &str, text: &str) {
        let folded = text.to_lowercase();
        let words: BTreeSet<_> = folded.split(|c: char| !c.is_alphanumeric()).collect();
        for needle in &self.0 {
            // A name of one word is looked for as a word, everything else anywhere.
            let single = needle.chars().all(char::is_alphabetic);
            let found = if single { words.contains(&**needle) } else { folded.contains(&**needle) };
            assert!(!found, "{needle:?} in {what}:\n{text}");
        }
    }

    /// Runs a command and looks at everything that it logs.
    #[track_caller]
    fn run(&self, bench: &Workbench, args: &[&str], codes: &[i32]) {
        for log in [&["-vvv"] as &[_], &["-vvv", "--log-format", "json"], &["-q"]] {
            let ran = bench.run(args.iter().chain(log));
            assert!(codes.contains(&ran.code), "{args:?}: {}\n{}{}", ran.code, ran.stdout, ran.stderr);
            self.absent(&format!("{args:?} {log:?}"), &ran.stderr);
            if args[0] != "lookup" {
                self.absent(&format!("stdout of {args:?}"), &ran.stdout);
            }
        }
        self.run_logs(bench);
    }

    /// Every run's own log, and every report that is not an excerpt of the export.
    #[track_caller]
    fn run_logs(&self, bench: &Workbench) {
        for run in bench.runs() {
            for name in ["run.log", "summary.json", "results.csv", "warnings.csv"] {
                let text = fs::read_to_string(run.join(name)).unwrap_or_default();
                self.absent(name, &text);
            }
        }
    }
}

#[test]
fn the_search_would_find_something() {
    let needles = Needles::of_samples();
    assert!(needles.0.len() > 1500, "{}", needles.0.len());
    let text = String::from_utf8(sample("next-day.csv")).unwrap();
    assert!(std::panic::catch_unwind(|| needles.absent("the sample", &text)).is_err());
}

#[test]
fn a_good_night() {
    let needles = Needles::of_samples();
    let bench = Workbench::new();
    bench.sample("customers.csv");
    needles.run(&bench, &["sync"], &[0]);
    bench.sample("next-day.csv");
    needles.run(&bench, &["diff"], &[0]);
    needles.run(&bench, &["sync"], &[0]);
    needles.run(&bench, &["status"], &[0]);
    needles.run(&bench, &["check"], &[0]);
    needles.run(&bench, &["config", "show", "--origin"], &[0]);
    let uuid = bench.customer("109353").customer_uuid;
    needles.run(&bench, &["lookup", "customer", &uuid], &[0]);
    needles.run(&bench, &["lookup", "match", "109353"], &[0]);
    needles.run(&bench, &["lookup", "search", "Bellweather"], &[0]);
}

#[test]
fn a_messy_file() {
    let needles = Needles::of_samples();
    let mut bench = Workbench::new();
    bench.sample("messy.csv");
    needles.run(&bench, &["sync"], &[4]);
    bench.set("guard.max_rejected", "100%");
    needles.run(&bench, &["sync"], &[3]);
    needles.run(&bench, &["retry"], &[3]);
    needles.run(&bench, &["status", "--json"], &[0]);
    // Read as a file of another layout: a header that is a customer.
    let text = String::from_utf8(sample("messy.csv")).unwrap();
    bench.write("export.csv", text.split_once('\n').unwrap().1);
    let ran = bench.run(["sync", "-vvv"]).expect(4);
    needles.absent("a customer for a header", &ran.stderr);
    needles.run_logs(&bench);
}

#[test]
fn bad_nights() {
    let needles = Needles::of_samples();
    for fault in [
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
    ] {
        let mut bench = Workbench::new();
        bench.set("retry.max_attempts", 2).set("retry.settle", "1ms").set("breaker.consecutive", 3);
        bench.faults(&format!("[[fault]]\nafter = 5\n{fault}"));
        bench.sample("customers.csv");
        for log in [&["-vvv"] as &[_], &["-vvv", "--log-format", "json"]] {
            let ran = bench.run(["sync"].iter().chain(log));
            assert!(matches!(ran.code, 3 | 5), "{fault}: {}\n{}", ran.code, ran.stderr);
            needles.absent(fault, &ran.stderr);
            needles.absent(fault, &ran.stdout);
        }
        needles.run_logs(&bench);
    }
}

#[test]
fn a_refusal_that_quotes_what_was_sent() {
    // The sandbox's own refusals name fields and values, as the real ones may.
    let needles = Needles::of_samples();
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
    needles.run(&bench, &["sync"], &[3]);
}

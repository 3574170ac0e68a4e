//! Columns that say no, and files that lack them: nobody's opt-out is lost without a word, and a layout that never had
//! such a column is not refused for it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;
use std::path::Path;

use harness::export::people;
use harness::{Ran, Workbench};
use serde_json::json;

/// The sample of a layout, as text.
fn sample(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(path)).unwrap()
}

const SV: &str = "dealervault-sv/DVD46315_20260908_1200_SV.txt";

/// The columns of consent, and what a new report calls them.
const RENAMED: [(&str, &str); 3] =
    [("Opt Out", "OptOut Flag"), ("Block Email", "Email Block"), ("Block Phone", "Phone Block")];

/// The sample with its columns of consent renamed, and every one of them `Y`.
fn renamed() -> String {
    let text = sample(SV);
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let new = |name: &&str| RENAMED.iter().find(|(old, _)| old == name).map(|(_, new)| *new);
    let names: Vec<_> = header.iter().map(|name| new(name).unwrap_or(name)).collect();
    let blocked = |line: &str| {
        let cells = line.split('\t').zip(&header);
        cells.map(|(cell, name)| if new(name).is_some() { "Y" } else { cell }).collect::<Vec<_>>().join("\t")
    };
    std::iter::once(names.join("\t")).chain(lines.map(blocked)).collect::<Vec<_>>().join("\n")
}

fn store(profile: &str) -> Workbench {
    let mut bench = Workbench::new();
    // Samples hold more rows without a customer than a real feed may.
    bench.set_department("profile", profile).set("guard.max_rejected", "50%");
    bench
}

/// Every column that is missed, with what is like it.
const NAMED: [&str; 3] = [
    r#""Block Phone" (consent.call, consent.text; nearest: "Phone Block")"#,
    r#""Block Email" (consent.email; nearest: "Email Block")"#,
    r#""Opt Out" (consent.opt_out; nearest: "OptOut Flag")"#,
];

/// The standard output with its line breaks taken out.
fn unwrapped(ran: &Ran) -> String {
    ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn columns_that_are_not_there_are_told_by_name() {
    let bench = store("dealervault-sv");
    bench.write("export.csv", renamed());
    let ran = bench.sync(3).says(&["consent.not_there: export.csv has no column"]).says(&NAMED);
    let told = "consent.not_there: export.csv has no column for consent.call, consent.text, consent.email, consent.opt_out";
    assert!(unwrapped(&ran).contains(told), "{}", ran.stdout);
    let roles = json!(["consent.call", "consent.text", "consent.email", "consent.opt_out"]);
    assert_eq!(bench.latest().summary["inputs"][0]["consent_not_there"], roles);
    // The same night after night, also where nothing else happens.
    bench.model().clear_journal();
    let again = bench.sync(3).says(&NAMED);
    assert!(unwrapped(&again).contains(told), "{}", again.stdout);
    assert_eq!(bench.journal(), []);
    let diff = bench.run(["diff"]).expect(3).says(&NAMED);
    assert!(unwrapped(&diff).contains(told), "{}", diff.stdout);
    for args in [&["check", "--offline"][..], &["check", "--offline", "--input", "export.csv"]] {
        let checked = bench.run(args);
        let notes: Vec<_> = checked.stdout.lines().filter(|line| line.starts_with("note  ")).collect();
        assert_eq!(notes.len(), 1, "{}", checked.stdout);
        assert!(NAMED.iter().all(|named| notes[0].contains(named)), "{}", notes[0]);
    }
}

#[test]
fn columns_that_the_last_run_had_hold_the_next_until_a_person_says_so() {
    let bench = store("dealervault-sv");
    bench.write("export.csv", sample(SV));
    let before = bench.sync(3);
    assert!(
        !before.stdout.contains("not_there") && !before.stderr.contains("not_there"),
        "{}",
        before.stdout
    );
    assert_eq!(bench.latest().summary["inputs"][0].get("consent_not_there"), None);
    bench.model().clear_journal();
    bench.write("export.csv", renamed());
    bench.run(["diff"]).expect(4).says(&["lost_column"]);
    for _ in 0..2 {
        let held = bench.sync(4).says(&["lost_column: export.csv has no column"]).says(&NAMED);
        let text = unwrapped(&held);
        assert!(text.contains("lost_column") && NAMED.iter().all(|named| text.contains(named)), "{text}");
        assert!(text.contains("1. the DMS calls the column something else now"), "{text}");
        assert_eq!(bench.journal(), []);
    }
    let run = bench.latest().run_id().to_owned();
    bench.run(["sync", "--approve", &run, "--reason", "the new report has none"]).expect(3).says(&NAMED);
    // From then on it is told, and held no more.
    let after = bench.sync(3).says(&NAMED);
    assert!(!after.stderr.contains("lost_column"), "{}", after.stderr);
}

#[test]
fn one_column_of_two_is_missed_too() {
    let bench = store("mine.toml");
    let profile = |text: &str| {
        let profile = format!(
            "name = \"mine\"\ndescription = \"Ours.\"\nexport = \"full\"\n[columns]\ncustomerKey = [\"Number\"]\nfirstName = [\"First\"]\n\
             lastName = [\"Last\"]\n[consent]\ntext = {{ {text} }}\n[skip]\ndeleted = [\"Gone\"]\n"
        );
        bench.write("mine.toml", profile);
    };
    profile(r#"block = ["No Texts"], allow = ["Texts OK"]"#);
    let export = |more: &str, cells: &str| {
        bench.write("export.csv", format!("Number,First,Last,{more}\n1,Ann,Smith,{cells}\n"));
    };
    export("No Texts,Texts OK,Gone", "N,Y,N");
    bench.sync(0);
    export("No Texts,Texting,Gone", "N,N,N");
    bench.sync(4).says(&[r#"no column "Texts OK" (consent.text; nearest: "Texting")"#]);
    export("No Texts,Texts OK,Away", "N,Y,Y");
    bench.sync(4).says(&[r#"no column "Gone" (skip.deleted)"#, "skip.not_there: "]);
    // One that comes for another is as good, and what the profile no longer knows was taken out by somebody.
    profile(r#"block = ["No Texts"], allow = ["Texting"]"#);
    export("No Texts,Texting,Gone", "N,N,N");
    bench.sync(0);
    export("No Texts,Texts OK,Gone", "N,Y,N");
    profile(r#"block = ["No Texts"]"#);
    bench.sync(0);
}

#[test]
fn a_layout_that_never_had_the_column_is_told_and_not_refused() {
    let bench = Workbench::new();
    bench.export(&people(30));
    let says = [r#"no column "okToCall" (okToCall), or "okToEmail" (okToEmail): no opt-out"#];
    bench.sync(0).says(&says);
    let quiet = bench.sync(0).says(&says);
    assert!(unwrapped(&quiet).contains("no column for okToCall, okToEmail"), "{}", quiet.stdout);
    // Nor is one that asks the same in other words.
    let bench = store("tekion");
    for variant in ["tekion/variant-a.csv", "tekion/variant-b.csv", "tekion/variant-a.csv"] {
        bench.write("export.csv", sample(variant));
        let ran = bench.sync(3);
        assert!(
            !ran.stderr.contains("consent.not_there") && !ran.stderr.contains("lost_column"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_list_of_errors_is_not_held_to_the_export() {
    let bench = Workbench::new();
    let mut export = people(30);
    bench.export(export.set("c0001", "firstName", "").set("c0001", "lastName", "")).sync(3);
    let errors = fs::read_to_string(bench.latest().dir.join("errors.csv")).unwrap();
    let (header, row) = errors.trim_end().split_once('\n').unwrap();
    assert!(header.contains(",okToText,") && row.contains("c0001,,,1 Harrowgate"), "{errors}");
    let errors = errors.replace(",okToText,", ",Texting,").replace("c0001,,,", "c0001,Ann,Smith,");
    bench.write("errors.csv", errors);
    bench.run(["retry", "--errors", "errors.csv"]).expect(0);
    assert_eq!(bench.customer("c0001").last_name.as_deref(), Some("Smith"));
}

#[test]
fn a_column_that_the_profile_requires_refuses_the_file() {
    let bench = store("mine.toml");
    let profile = |consent: &str| {
        let profile = format!(
            "name = \"mine\"\ndescription = \"Ours.\"\nexport = \"full\"\n[columns]\ncustomerKey = [\"Number\"]\nfirstName = [\"First\"]\n\
             lastName = [\"Last\"]\n{consent}\n"
        );
        bench.write("mine.toml", profile);
    };
    bench.write("export.csv", "Number,First,Last,Phone Block\n1,Ann,Smith,Y\n");
    for (consent, says) in [
        (
            "[consent]\ncall = { block = [\"Block Phone\"], required = true }",
            r#"no column for consent.call, which is required: none is called "Block Phone" (nearest: "Phone Block")"#,
        ),
        (
            "[consent]\nopt_out = { names = [\"Opt Out\"], required = true }",
            r#"no column for consent.opt_out, which is required: none is called "Opt Out" (seen:"#,
        ),
        (
            "[skip]\ndeleted = { names = [\"Deleted\"], required = true }",
            r#"no column for skip.deleted, which is required: none is called "Deleted" (seen:"#,
        ),
    ] {
        profile(consent);
        bench.sync(4).says(&[says]);
        assert_eq!(bench.journal(), []);
    }
    // One of several is enough.
    profile("[consent]\ncall = { block = [\"Block Phone\"], allow = [\"Phone Block\"], required = true }");
    bench.sync(0);
    profile("[consent]\ncall = { block = [\"Block Phone\"], required = 1 }");
    bench.sync(2).says(&["required"]);
}

#[test]
fn a_flag_of_an_unknown_word_is_told_and_one_that_says_it_is_heard() {
    let bench = store("pbs");
    let header = "SerialNumber,ContactId,ContactFirstName,ContactLastName,ContactIsInactive,CommPrefPhone,CommPrefTextMessage,CommPrefEmail";
    let row = |(key, flag): (u32, &str)| format!("S,{key},Ann,Smith,{flag},,,\n");
    let flags = ["Inactive", "Deleted", "Active", "I", "gone fishing", "", "True", "False"];
    let rows: String = (1..).zip(flags).map(row).collect();
    bench.write("export.csv", format!("{header}\n{rows}"));
    bench.sync(0);
    let run = bench.latest();
    assert_eq!(
        (run.keys("skipped"), run.keys("created")),
        (vec!["1", "2", "7"], vec!["3", "4", "5", "6", "8"])
    );
    let code = |key: &str| {
        let line = run.results.iter().find(|line| line["customer_key"] == key).unwrap();
        line["code"].clone()
    };
    assert_eq!((code("1"), code("2")), ("customer.inactive".to_owned(), "customer.deleted".to_owned()));
    let mut warned: Vec<_> =
        run.warnings.iter().map(|line| (&*line["customer_key"], &*line["code"])).collect();
    warned.sort_unstable();
    assert_eq!(warned, [("4", "skip.unrecognised"), ("5", "skip.unrecognised")]);
    assert!(run.warnings.iter().all(|line| !line["message"].contains("fishing")));
    let shown = bench.run(["check", "--offline", "--input", "export.csv"]).expect(0);
    shown
        .shows(&["8 customers in 8 rows: 5 can be sent, 3 left alone", "export.csv:6 ContactIsInactive ***"]);
}

#[test]
fn only_another_source_contradicts() {
    let mut bench = store("mine.toml");
    let profile = "name = \"mine\"\ndescription = \"Ours.\"\nexport = \"full\"\nsource_id = { column = [\"Store\"] }\n[columns]\n\
                   customerKey = [\"Number\"]\nfirstName = [\"First\"]\nlastName = [\"Last\"]\n";
    bench.write("mine.toml", profile);
    let header = "Store,Number,First,Last\n";
    bench.set("guard.max_rejected", "100%");
    // A last row that is blank, and one that cannot be split, are rows of ours that need work.
    bench.write("export.csv", format!("{header}S1,1,Ann,Smith\nS1,2,Bo\nS1,3,,\n,,,\n"));
    bench.set_department("source_id", "S1");
    bench.sync(3);
    let run = bench.latest();
    assert_eq!(run.codes(), ["row.fields", "name.missing", "key.blank"]);
    let errors = fs::read_to_string(run.dir.join("errors.csv")).unwrap();
    assert!(errors.contains("S1,3,,,"), "{errors}");
    bench.write("errors.csv", errors.replace("S1,3,,,", "S1,3,Cy,Jones,"));
    bench.run(["retry", "--errors", "errors.csv"]).expect(3);
    assert_eq!(bench.customer("3").last_name.as_deref(), Some("Jones"));
    bench.write("export.csv", format!("{header}S1,1,Ann,Smith\n S2 ,2,Bo,Jones\n"));
    bench.sync(4).says(&["export.csv:3", "S1", "another source"]);
    // Who has no number to compare needs no column for it.
    bench.write("export.csv", "Number,First,Last\n1,Ann,Smith\n3,Cy,Jones\n");
    bench.sync(4).says(&["export.csv:1", "Store", "source_id"]);
    let mut bench = store("mine.toml");
    bench.write("mine.toml", profile);
    bench.write("export.csv", "Number,First,Last\n1,Ann,Smith\n");
    bench.set_department("country", "US").sync(0);
}

#[test]
fn vehicles_of_a_joined_errors_file_are_of_no_other_source() {
    let mut bench = store("dealertrack");
    fs::create_dir(bench.path("exports")).unwrap();
    bench.set_department("input", vec!["exports/*.csv"]).set_department("source_id", "D1");
    let people = "CompanyNumber,CustomerNumber,TypeCode,LastName,FirstName,AllowContactByPhone,AllowContactByEmail\n\
                  D1,58,I,Smith,,Y,Y\nD1,59,I,Jones,Bo,Y,Y\n";
    bench.write("exports/customers.csv", people);
    bench.write(
        "exports/vehicles.csv",
        "CustomerNumber,VIN,Make,Model,ModelYear\n58,1HGCM82633A004352,HONDA,ACCORD,2003\n",
    );
    bench.sync(3);
    let run = bench.latest();
    let errors = fs::read_to_string(run.dir.join("errors.csv")).unwrap();
    assert_eq!(run.errors.len(), 2, "{errors}");
    bench.write("errors.csv", errors.replace("D1,58,I,Smith,,", "D1,58,I,Smith,Ann,"));
    bench.run(["retry", "--errors", "errors.csv"]).expect(0);
    assert_eq!(bench.customer("58").vehicles.len(), 1);
}

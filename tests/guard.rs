//! The guard on exports as they break in life: what is held, and on what grounds; which lively nights pass; and how a
//! person lets a plan through. Of what was held nothing may have been sent, and the checkpoint knows its customers as
//! before.
//!
//! `cargo test --test guard -- --nocapture` prints the table of all exports.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;
use std::time::{Duration, SystemTime};

use dms_sync::sandbox::{Departments, SandboxOptions};
use encoding_rs::WINDOWS_1252;
use harness::export::people;
use harness::nights::{known, loaded};
use harness::{Export, Ran, TOKEN, Workbench};

/// Customers of the store.
const STORE: usize = 300;

/// Its first customer number: two thirds have a leading zero.
const FIRST_NUMBER: usize = 99_800;

/// The file of every night.
const TODAY: &str = "exports/customers_20260915.csv";

/// Its columns.
const HEADER: &str = "customerKey,firstName,lastName,addressLine1,city,state,zip,homePhone,cellPhone,email,okToText,\
                      okToEmail,vin,vehicleYear,vehicleMake,vehicleModel,store";

/// One customer in thirty has letters beyond ASCII: no limit that counts customers would see them spoilt.
const FIRST: [&str; 30] = [
    "Ansel", "Berit", "Corin", "Dagny", "Élodie", "Faris", "Greta", "Hollis", "Ines", "Jory", "Kester",
    "Linnet", "Maeve", "Nestor", "Orla", "Piers", "Quill", "Rhoda", "Silas", "Thora", "Ulric", "Verity",
    "Wystan", "Xanthe", "Yorick", "Zelda", "Alaric", "Briony", "Cosmo", "Delphine",
];
const LAST: [&str; 7] =
    ["Quibbleworth", "Threlkeld", "Ambrosette", "Dunleavy", "Larivier", "Ostrander", "Pellingham"];

fn number(n: usize) -> String {
    format!("{:06}", FIRST_NUMBER + n)
}

/// The store's export.
fn store() -> Export {
    let mut export = Export::parse(format!("{HEADER}\n").as_bytes());
    (0..STORE).for_each(|n| person(&mut export, &number(n), n));
    export
}

/// Other people under `count` numbers from `from` on.
fn other_store(from: usize, count: usize) -> Export {
    let mut export = Export::parse(format!("{HEADER}\n").as_bytes());
    (0..count).for_each(|n| person(&mut export, &format!("{:06}", from + n), 7004 + n));
    export
}

/// Adds the invented person `n`.
fn person(export: &mut Export, key: &str, n: usize) {
    let (area, line) = (201 + (n / 100) % 8, 100 + n % 100);
    let home = if n.is_multiple_of(2) { format!("({}) 555-0{line}", area + 11) } else { String::new() };
    export.push(&[
        ("customerKey", key),
        ("firstName", FIRST[n % 30]),
        ("lastName", LAST[(n / 3) % 7]),
        ("addressLine1", &format!("{n} Harrowgate Ln")),
        ("city", ["Portland", "Salem", "Bend"][n % 3]),
        ("state", "OR"),
        ("zip", &format!("97{:03}", n % 1000)),
        ("homePhone", &home),
        ("cellPhone", &format!("({area}) 555-0{line}")),
        ("email", &format!("person.{n}@example.com")),
        ("okToText", if n.is_multiple_of(3) { "N" } else { "Y" }),
        ("okToEmail", "Y"),
        ("vin", &vin(n)),
        ("vehicleYear", &(2005 + n % 20).to_string()),
        ("vehicleMake", "Ford"),
        ("vehicleModel", "Escape"),
        ("store", "S-0412"),
    ]);
}

/// A made-up VIN with the right check digit.
fn vin(n: usize) -> String {
    let mut vin = format!("1FMCU0D70KU{n:06}").into_bytes();
    let value = |c: u8| match c {
        b'0'..=b'9' => usize::from(c - b'0'),
        b'A'..=b'H' => usize::from(c - b'A') + 1,
        b'J'..=b'N' => usize::from(c - b'J') + 1,
        _ => usize::from(c - b'S') + 2,
    };
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum: usize = vin.iter().zip(weights).map(|(c, weight)| value(*c) * weight).sum();
    vin[8] = b"0123456789X"[sum % 11];
    String::from_utf8(vin).unwrap()
}

/// Every row but the header, changed cell by cell. No cell of the store holds a comma.
fn rows(change: impl Fn(&mut Vec<&str>)) -> Vec<u8> {
    let csv = String::from_utf8(store().to_csv()).unwrap();
    let row = |(n, line): (usize, &str)| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if n > 0 {
            change(&mut cells);
        }
        cells.join(",") + "\n"
    };
    csv.lines().enumerate().map(row).collect::<String>().into_bytes()
}

/// The store with one column that says the same for everyone.
fn with_all(column: &str, cell: &str) -> Vec<u8> {
    store().set_all(column, cell).to_csv()
}

/// The store's text, read in another way.
fn spoilt(how: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    how(&String::from_utf8(store().to_csv()).unwrap())
}

/// A bench with a store that was loaded once.
fn bench() -> Workbench {
    let mut bench = Workbench::new();
    fs::create_dir(bench.path("exports")).unwrap();
    let profile = bench.run(["profile", "show", "generic"]).expect(0).stdout;
    let source = "source_id = { column = [\"store\"] }\n[file]";
    let with_source = profile.replacen("[file]", source, 1);
    for encoding in ["utf-8", "windows-1252"] {
        let pinned = format!("encoding = \"{encoding}\"");
        bench.write(&format!("{encoding}.toml"), with_source.replace("encoding = \"detect\"", &pinned));
    }
    bench.write("store.toml", with_source);
    bench.set_department("input", vec!["exports/*.csv"]).set_department("profile", "store.toml");
    bench.set_department("source_id", "S-0412");
    bench.write(TODAY, store().to_csv());
    bench.sync(0);
    bench.model().clear_journal();
    bench
}

/// One export that is broken.
struct Broken {
    name: &'static str,
    bytes: Vec<u8>,
    /// The breaches that it must meet, each by its beginning; for one that is refused, what is said of it.
    grounds: &'static [&'static str],
    /// What is named first as the likeliest cause; blank where the input is refused.
    likely: &'static str,
    /// The file's name, where it is not today's.
    file: &'static str,
    /// How the department is set up for it, where not as usual.
    setting: fn(&mut Workbench),
}

fn broken(
    name: &'static str,
    bytes: Vec<u8>,
    likely: &'static str,
    grounds: &'static [&'static str],
) -> Broken {
    Broken { name, bytes, grounds, likely, file: TODAY, setting: |_| {} }
}

impl Broken {
    fn named(self, file: &'static str) -> Self {
        Self { file, ..self }
    }

    fn where_(self, setting: fn(&mut Workbench)) -> Self {
        Self { setting, ..self }
    }
}

/// Columns and numbers that are not what they were.
fn broken_columns() -> Vec<Broken> {
    let shifted = "columns are shifted";
    let zeros = |most: usize| {
        let mut csv = store();
        for n in 0..most {
            csv.set(&number(n), "customerKey", number(n).trim_start_matches('0'));
        }
        csv.to_csv()
    };
    vec![
        broken(
            "a column more than the header has",
            rows(|row| row.insert(0, "SV")),
            shifted,
            &["max_rejected: 300 of 300", "max_missing: 300"],
        ),
        broken(
            "columns moved by one",
            rows(|row| row[1..16].rotate_right(1)),
            shifted,
            &[
                "max_updates: 300",
                "max_field_changes (firstName): 300",
                "max_field_changes (lastName): 300",
                "max_blanked (cellPhone): 150",
                "max_blanked (email): 300",
            ],
        ),
        broken(
            "names swapped",
            rows(|row| row.swap(1, 2)),
            shifted,
            &["max_updates: 300", "max_field_changes (firstName): 300", "max_field_changes (lastName): 300"],
        ),
        broken(
            "state and zip swapped",
            rows(|row| row.swap(5, 6)),
            "the DMS no longer fills",
            &["max_blanked (state): 300", "max_blanked (zip): 300"],
        ),
        broken(
            "phones in the column of e-mails",
            rows(|row| row.swap(8, 9)),
            "the DMS no longer fills",
            &["max_blanked (cellPhone): 300", "max_blanked (email): 300"],
        ),
        broken(
            "a blanked e-mail column",
            with_all("email", ""),
            "the DMS no longer fills",
            &["max_field_changes (email): 300", "max_blanked (email): 300 of 300 customers, allowed 5%"],
        ),
        broken(
            "masked phones",
            with_all("cellPhone", "XXX-XXX-XXXX"),
            "the DMS no longer fills",
            &["max_blanked (cellPhone): 300"],
        ),
        broken(
            "numbers without leading zeros",
            zeros(200),
            "customer numbers lost",
            &["max_creates: 200 of 300", "max_missing: 200 of 300", "leading_zeros: 200 of 200"],
        ),
        broken(
            "a few numbers without leading zeros",
            zeros(20),
            "customer numbers lost",
            &["leading_zeros: 20 of 20"],
        ),
    ]
}

/// Letters that are not what they were.
fn broken_letters() -> Vec<Broken> {
    let misread = |text: &str| WINDOWS_1252.decode(text.as_bytes()).0.into_owned().into_bytes();
    let latin = |text: &str| WINDOWS_1252.encode(text).0.into_owned();
    let utf_16: fn(&str) -> Vec<u8> = |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let to =
        |other: &'static str| move |text: &str| text.replace(|c: char| !c.is_ascii(), other).into_bytes();
    let before = "the letters were spoilt before";
    let pin_utf_8 = |bench: &mut Workbench| {
        bench.set_department("profile", "utf-8.toml");
    };
    let pin_1252 = |bench: &mut Workbench| {
        bench.set_department("profile", "windows-1252.toml");
    };
    vec![
        broken(
            "UTF-8 that was taken for Windows-1252 before",
            spoilt(misread),
            before,
            &["encoding: 10 of 10 customers"],
        ),
        broken(
            "letters replaced by question marks",
            spoilt(to("?")),
            before,
            &["encoding: 10 of 10 customers"],
        ),
        broken(
            "letters replaced by U+FFFD",
            spoilt(to("\u{fffd}")),
            before,
            &["encoding: 10 of 10 customers"],
        ),
        broken("letters left out", spoilt(to("")), before, &["encoding: 10 of 10 customers"]),
        broken("UTF-8 pinned as Windows-1252", store().to_csv(), "", &["every letter in it is utf-8"])
            .where_(pin_1252),
        broken(
            "Windows-1252 pinned as UTF-8",
            spoilt(latin),
            "the profile pins",
            &["encoding: 10 of 10 rows"],
        )
        .where_(pin_utf_8),
        broken("UTF-16 without its mark", spoilt(utf_16), "", &["utf-16le without a byte-order mark"]),
    ]
}

/// Files that are not the one that they should be.
fn broken_files() -> Vec<Broken> {
    let mut csv = store().to_csv();
    csv.truncate(csv.len() / 2);
    let other = "the export of another department";
    vec![
        broken("header only", format!("{HEADER}\n").into_bytes(), "", &["a header and no rows"]),
        broken("a file cut in half", csv, "the file was cut off", &["max_missing: 15"]),
        broken(
            "another department's export",
            other_store(500_000, STORE).to_csv(),
            other,
            &["max_creates: 300 of 300", "max_missing: 300 of 300"],
        ),
        broken(
            "another department's, the same numbers",
            other_store(FIRST_NUMBER, STORE).to_csv(),
            other,
            &[
                "max_updates: 300",
                "max_field_changes (firstName)",
                "max_field_changes (lastName)",
                "other_people: 300 of 300",
            ],
        ),
        broken(
            "another department's day, as a delta",
            other_store(FIRST_NUMBER, 20).to_csv(),
            other,
            &["other_people: 20 of 20 updates"],
        )
        .where_(|bench| {
            bench.set_department("export", "delta");
        }),
        broken(
            "another department's source_id",
            with_all("store", "S-0977"),
            "",
            &["another source", "S-0412"],
        ),
        broken(
            "an older file by its name",
            store().set(&number(3), "city", "Eugene").to_csv(),
            "an older file",
            &["stale: the file's name says 2026-09-08"],
        )
        .named("exports/customers_20260908.csv"),
        broken(
            "a feed that died a week ago",
            store().to_csv(),
            "the DMS's export job",
            &["max_age: the newest file is 168 hours old, allowed 36"],
        )
        .where_(week_old)
        .named("exports/undated.csv"),
    ]
}

/// The feed's file is a week old, and two nights are allowed.
fn week_old(bench: &mut Workbench) {
    bench.set("guard.max_age", "36h");
    let week_ago = SystemTime::now() - Duration::from_secs(7 * 86_400 + 60);
    let file = fs::File::options().append(true).open(bench.path("exports/undated.csv")).unwrap();
    file.set_modified(week_ago).unwrap();
}

/// A line of the table.
fn print(name: &str, verdict: &str, grounds: &str, code: i32) {
    println!("{name:48} {verdict:8} {code:4}  {grounds}");
}

/// Runs every export of `all` on one store: what is held leaves it as it was.
#[track_caller]
fn all_are_held(all: Vec<Broken>) {
    let mut bench = bench();
    let (before, remote) = (known(&bench), bench.remote());
    for Broken { name, bytes, grounds, likely, file, setting } in all {
        fs::remove_dir_all(bench.path("exports")).unwrap();
        fs::create_dir(bench.path("exports")).unwrap();
        bench
            .set_department("profile", "store.toml")
            .set_department("export", "full")
            .set("guard.max_age", "");
        bench.write(file, bytes);
        setting(&mut bench);
        let ran = bench.run(["sync"]).expect(4);
        let guard = bench.latest().summary["guard"].clone();
        if likely.is_empty() {
            let refusal = ran.stderr.lines().find(|line| line.contains("ERROR")).unwrap_or_default();
            print(name, "refused", refusal.split_once("ERROR ").unwrap_or_default().1, ran.code);
            assert_eq!(guard["verdict"], "not_judged", "{name}");
            ran.says(grounds);
        } else {
            let breaches = texts(&guard["breaches"]);
            let short = breaches.iter().map(|breach| breach.split(" customers").next().unwrap());
            print(name, "held", &short.collect::<Vec<_>>().join("; "), ran.code);
            assert_eq!(guard["verdict"], "held", "{name}");
            for ground in grounds {
                assert!(
                    breaches.iter().any(|breach| breach.starts_with(ground)),
                    "{name}: {ground}: {breaches:#?}"
                );
            }
            names_causes(&ran, &bench.latest().log, likely);
        }
        assert_eq!(bench.journal(), [], "{name}: nothing is asked or sent");
        assert_eq!(known(&bench), before, "{name}");
    }
    assert_eq!(bench.remote(), remote);
    // None of it stays behind.
    bench.set_department("profile", "store.toml").set_department("export", "full").set("guard.max_age", "");
    fs::remove_dir_all(bench.path("exports")).unwrap();
    fs::create_dir(bench.path("exports")).unwrap();
    bench.write(TODAY, store().to_csv());
    bench.sync(0);
    assert_eq!(bench.latest().counts(), format!("unchanged {STORE}"));
}

fn texts(list: &serde_json::Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Three causes, the likeliest first, on the screen and in the logs.
#[track_caller]
fn names_causes(ran: &Ran, log: &str, likeliest: &str) {
    let shown = ran.stdout.split_once("likeliest first:\n").expect("causes").1;
    let first = shown.split("  2. ").next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(first.starts_with(&format!("1. {likeliest}")), "{likeliest}:\n{}", ran.stdout);
    assert!(shown.contains("  3. ") && !shown.contains("  4. "), "{}", ran.stdout);
    for log in [log, &ran.stderr] {
        let line = log.lines().find(|line| line.contains("breaks limits of the guard")).expect("an event");
        assert!(line.contains(&format!("1. {likeliest}")) && line.contains("; 3. "), "{line}");
    }
}

#[test]
fn broken_columns_are_held() {
    all_are_held(broken_columns());
}

#[test]
fn broken_letters_are_held() {
    all_are_held(broken_letters());
}

#[test]
fn wrong_files_are_held() {
    all_are_held(broken_files());
}

/// A night that ends well, as counted.
#[track_caller]
fn passes(name: &str, bench: &Workbench, export: &Export, code: i32, counts: &str) {
    bench.write(TODAY, export.to_csv());
    let ran = bench.run(["sync"]);
    let run = bench.latest();
    print(name, run.summary["guard"]["verdict"].as_str().unwrap(), &run.counts(), ran.code);
    ran.expect(code);
    assert_eq!(
        (run.summary["guard"]["verdict"].as_str(), run.counts().as_str()),
        (Some("passed"), counts),
        "{name}"
    );
}

#[test]
fn lively_nights_pass() {
    let bench = bench();
    // A normal night: a few of everything, and of each thing that looks odd, one.
    let mut night = store();
    night.set(&number(11), "cellPhone", "(209) 555-0177").set(&number(12), "email", "");
    night.set(&number(4), "firstName", "Élodié").set(&number(34), "firstName", "?lodie");
    for (column, cell) in [
        ("firstName", "Perpetua"),
        ("lastName", "Wrexham"),
        ("cellPhone", "(312) 555-0144"),
        ("homePhone", ""),
        ("email", "p.w@example.org"),
        ("vin", ""),
    ] {
        night.set(&number(20), column, cell);
    }
    person(&mut night, "100900", 900);
    night.drop_customer(&number(40));
    passes("a normal night", &bench, &night, 0, "created 1, missing 1, unchanged 295, updated 4");

    // A weekend's work at once: 8 % updates, 2 % creates.
    let mut monday = night.clone();
    for n in 50..74 {
        let (column, cell) = [
            ("cellPhone", format!("(313) 555-01{n}")),
            ("addressLine1", format!("{n} Tollgate Rd")),
            ("lastName", "Ashgrove".into()),
        ][n % 3]
            .clone();
        monday.set(&number(n), column, &cell);
    }
    (0..6).for_each(|n| person(&mut monday, &(101_000 + n).to_string(), 910 + n));
    passes("a busy Monday", &bench, &monday, 0, "created 6, missing 1, unchanged 276, updated 24");

    // 12 % updates, most of them addresses and e-mails; a few of the e-mails go.
    let mut month_end = monday.clone();
    for n in 100..136 {
        let (column, cell) = match n % 4 {
            0 => ("email", format!("new.{n}@example.net")),
            1 => ("addressLine1", format!("{n} Millrace Ct")),
            2 => ("city", "Eugene".to_owned()),
            _ => ("zip", format!("96{n}")),
        };
        month_end.set(&number(n), column, &cell);
    }
    for n in 140..152 {
        month_end.set(&number(n), "email", "");
    }
    for n in 152..156 {
        month_end.set(&number(n), "lastName", "");
    }
    passes("month end", &bench, &month_end, 3, "missing 1, rejected 4, unchanged 266, updated 36");
}

#[test]
fn a_first_load_that_is_allowed_passes_and_a_lost_checkpoint_is_held_by_default() {
    let mut bench = Workbench::new();
    bench.set("guard.empty_checkpoint", "refuse");
    bench.export(&store());
    let ran = bench.run(["sync"]).expect(4);
    let breaches = texts(&bench.latest().summary["guard"]["breaches"]);
    print("a checkpoint without customers", "held", "empty_checkpoint", ran.code);
    assert!(matches!(breaches.as_slice(), [only] if only.starts_with("empty_checkpoint")), "{breaches:?}");
    names_causes(&ran, &bench.latest().log, "this is the first load");
    assert_eq!(bench.journal(), []);
    bench.set("guard.empty_checkpoint", "allow");
    bench.sync(0);
    let run = bench.latest();
    print("a first load", run.summary["guard"]["verdict"].as_str().unwrap(), &run.counts(), 0);
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
    print("a first load of spoilt letters", "held", "encoding: 10 of 10", 4);
    assert_eq!((bench.journal(), bench.remote()), (vec![], vec![]));
}

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
    print(
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

#[test]
fn an_approved_plan_that_is_interrupted_goes_on() {
    let bench = loaded(120);
    let mut export = people(120);
    export.set_all("city", "Salem");
    bench.export(&export).sync(4);
    let held = bench.latest();
    bench.faults("[[fault]]\nafter = 100\nstatus = 401\nbody = \"gateway\"");
    bench.run(["sync", "--approve", held.run_id(), "--reason", "they all moved"]).expect(5);
    assert!(bench.latest().count("updated") > 10);
    bench.faults("");
    bench.sync(0);
    assert_eq!(bench.latest().summary["guard"]["verdict"], "resumed");
    assert!(bench.remote().iter().all(|customer| customer.addresses[0].city.as_deref() == Some("Salem")));
    // That was that: the next wave is held again.
    export.set_all("city", "Bend");
    bench.export(&export).sync(4);
}

#[test]
fn a_broken_export_is_held_and_can_be_approved_once() {
    let bench = loaded(120);
    let before = bench.remote();
    let mut export = people(120);
    export.set_all("email", "").set("c0001", "city", "Salem");
    bench.export(&export).sync(4);
    let held = bench.latest();
    assert_eq!(held.counts(), "held 1, unchanged 119");
    assert_eq!(held.summary["guard"]["verdict"], "held");
    assert!(
        held.summary["guard"]["breaches"].to_string().contains("max_blanked"),
        "{}",
        held.summary["guard"]
    );
    assert_eq!((bench.journal(), bench.remote()), (vec![], before.clone()));
    // Another plan than the one that was held is not released.
    let mut other = export.clone();
    other.set("c0002", "city", "Salem");
    let approve = ["sync", "--approve", held.run_id(), "--reason", "the DMS lost its e-mails, known"];
    bench.export(&other).run(approve).expect(4);
    assert_eq!(bench.journal(), []);
    // The very plan is, once.
    bench.export(&export).run(approve).expect(0);
    let approved = bench.latest();
    assert_eq!(approved.summary["guard"]["verdict"], "approved");
    assert_eq!(texts(&approved.summary["guard"]["breaches"]), texts(&held.summary["guard"]["breaches"]));
    assert_eq!(approved.keys("updated"), ["c0001"]);
    assert!(
        bench.remote().iter().all(|customer| customer.emails.len() == 1),
        "blank keeps: the e-mails stay"
    );
    // Who let it through, why and when, is on record.
    let checkpoint = rusqlite::Connection::open(bench.checkpoint()).unwrap();
    let record = checkpoint.query_row(
        "SELECT approval_reason, approval_spent_by, approved_at > 0 FROM run WHERE run_id = ?1",
        [held.run_id()],
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?)),
    );
    let reason = "the DMS lost its e-mails, known".to_owned();
    assert_eq!(record.unwrap(), (reason, approved.run_id().to_owned(), true));
    bench.export(&people(120));
    bench.sync(0);
    // The same plan once more, on another night, is another decision.
    bench.model().clear_journal();
    bench.export(&export).run(approve).expect(4);
    let breaches = texts(&bench.latest().summary["guard"]["breaches"]);
    assert!(breaches.iter().any(|breach| breach.starts_with("max_blanked")), "{breaches:?}");
    assert!(breaches.iter().any(|breach| breach.contains("released once already")), "{breaches:?}");
    assert_eq!(bench.journal(), []);
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

#[test]
fn yesterdays_file_is_stale() {
    let bench = Workbench::new();
    bench.sample("next-day.csv").sync(0);
    let before = bench.remote();
    bench.model().clear_journal();
    bench.sample("customers.csv").sync(4);
    assert!(bench.latest().summary["guard"]["breaches"].to_string().contains("stale"));
    assert_eq!((bench.journal(), bench.remote()), (vec![], before));
    // By the files' names too.
    let mut bench = loaded(3);
    bench.set_department("input", vec!["exports/*.csv"]);
    fs::create_dir(bench.path("exports")).unwrap();
    bench.write("exports/customers_20260915.csv", people(3).to_csv());
    bench.sync(0);
    fs::remove_file(bench.path("exports/customers_20260915.csv")).unwrap();
    bench.write("exports/customers_20260914.csv", people(4).to_csv());
    bench.sync(4);
    assert!(bench.latest().summary["guard"]["breaches"].to_string().contains("stale"));
    assert_eq!(bench.remote().len(), 3);
}

#[test]
fn a_mistyped_date_does_not_make_every_later_export_an_older_one() {
    let bench = Workbench::new();
    let night = |dates: [&str; 2]| {
        let rows = [("7", "Ansel", dates[0]), ("8", "Berit", dates[1])];
        let rows = rows.map(|(key, name, date)| format!("{key},{name},Threlkeld,{date}\n"));
        bench.write("export.csv", format!("customerKey,firstName,lastName,updatedAt\n{}", rows.concat()));
    };
    night(["2026-09-01", "2098-09-01"]);
    bench.sync(0);
    night(["2026-09-02", "2026-09-02"]);
    bench.sync(0);
    night(["2026-09-01", "2026-09-01"]);
    bench.sync(4);
    let breaches = texts(&bench.latest().summary["guard"]["breaches"]);
    assert!(matches!(breaches.as_slice(), [only] if only.starts_with("stale")), "{breaches:?}");
}

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

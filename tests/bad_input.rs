//! What goes wrong before anything is sent: the message names the file, line or key and the remedy, the exit code is
//! right, and nothing is lost: remote and checkpoint are as they were.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;

use harness::Workbench;
use harness::export::people;

/// A department with three customers, and everything that must not change.
struct Untouched {
    bench: Workbench,
    remote: Vec<dms_sync::sandbox::Customer>,
}

impl Untouched {
    fn new() -> Self {
        let bench = Workbench::new();
        bench.export(&people(3)).sync(0);
        bench.model().clear_journal();
        let remote = bench.remote();
        Self { bench, remote }
    }

    /// Puts the good export back: nothing may have been learned, lost or sent meanwhile.
    #[track_caller]
    fn holds(&mut self) {
        assert_eq!(self.bench.journal(), []);
        assert_eq!(self.bench.remote(), self.remote);
        self.bench.set_department("input", vec!["export.csv"]).set_department("profile", "generic");
        self.bench.export(&people(3)).sync(0);
        assert_eq!(self.bench.latest().counts(), "unchanged 3");
        assert_eq!(self.bench.journal(), []);
    }
}

/// `sync`, `diff` and `check --offline` say the same of an input.
#[track_caller]
fn all_say(bench: &Workbench, code: i32, texts: &[&str]) {
    for args in [&["sync"] as &[_], &["diff"]] {
        bench.run(args).expect(code).says(texts);
    }
    bench.run(["check", "--offline"]).expect(code).shows(texts);
}

#[test]
fn a_file_that_is_missing() {
    let mut here = Untouched::new();
    here.bench.set_department("input", vec!["exports/night.csv"]);
    all_say(&here.bench, 4, &["exports/night.csv"]);
    here.bench.set_department("input", vec!["exports/*.csv"]);
    all_say(&here.bench, 4, &["exports/*.csv"]);
    here.holds();
}

#[test]
fn a_file_that_is_empty_or_has_a_header_and_nothing_else() {
    let mut here = Untouched::new();
    here.bench.write("export.csv", "");
    all_say(&here.bench, 4, &["export.csv", "empty"]);
    here.bench.export(&people(0));
    here.bench.run(["sync"]).expect(4).says(&["export.csv", "header"]);
    here.holds();
}

#[test]
fn a_file_of_another_layout() {
    let mut here = Untouched::new();
    for (header, texts) in [
        ("RO Number,Open Date\n1,2\n", ["export.csv:1", "RO Number", "profile"]),
        ("firstName,lastName\nA,B\n", ["export.csv:1", "customerKey", "profile"]),
        ("customerKey;firstName;lastName\n1;A;B\n", ["export.csv:1", "semicolons", "delimiter"]),
        ("customerKey,email,email\n1,a@example.com,b@example.com\n", ["export.csv:1", "email", "column 3"]),
    ] {
        here.bench.write("export.csv", header);
        all_say(&here.bench, 4, &texts);
    }
    here.holds();
}

#[test]
fn a_profile_that_is_missing_or_wrong() {
    let mut here = Untouched::new();
    here.bench.set_department("profile", "generik");
    all_say(&here.bench, 2, &["generik", "generic"]);
    here.bench.set_department("profile", "mine.toml");
    all_say(&here.bench, 2, &["mine.toml"]);
    let profile = here.bench.run(["profile", "show", "generic"]).expect(0).stdout;
    for (was, is, texts) in [
        ("homePhone = [", "homePhon = [", ["mine.toml:", "homePhon", "homePhone"]),
        ("export = \"full\"", "export = \"fool\"", ["mine.toml:", "export", "delta"]),
        ("delimiter = \",\"", "delimiter = \", \"", ["mine.toml:", "delimiter", "character"]),
        ("[columns]", "[columns", ["mine.toml:", "mine.toml", ""]),
    ] {
        assert!(profile.contains(was), "{was}");
        here.bench.write("mine.toml", profile.replacen(was, is, 1));
        all_say(&here.bench, 2, &texts);
    }
    here.holds();
}

#[test]
fn everything_wrong_with_a_profile_is_said_at_once() {
    let mut here = Untouched::new();
    let profile = here.bench.run(["profile", "show", "generic"]).expect(0).stdout;
    let mut own = profile.clone();
    for (was, is) in [
        ("export = \"full\"", "export = \"fool\""),
        ("skip_lines = 0", "skip_lines = -1"),
        ("stop_at = []", "stop_at = [\"t\"]"),
        ("homePhone = [", "homePhon = ["),
        ("odometer = \"miles\"", "odometer = \"leagues\""),
    ] {
        assert!(own.contains(was), "{was}");
        own = own.replacen(was, is, 1);
    }
    here.bench.write("mine.toml", own);
    here.bench.set_department("profile", "mine.toml");
    let told = [
        "5 mistakes in profile ",
        "export must be one of \"full\", \"delta\"",
        "skip_lines must be a whole number from 0 to 1000",
        "stop_at must be a list of texts of three characters or more",
        "odometer must be one of \"miles\", \"km\"",
        "\"homePhon\" is no field; did you mean \"homePhone\"?",
    ];
    all_say(&here.bench, 2, &told);
    here.bench.run(["profile", "show", "mine.toml"]).expect(2).says(&told);
    here.holds();
}

#[test]
fn a_key_that_the_configuration_does_not_have() {
    let mut here = Untouched::new();
    let good = fs::read_to_string(here.bench.path("dms-sync.toml")).unwrap();
    for (was, is, texts) in [
        ("per_second", "per_secnd", ["dms-sync.toml:", "per_secnd", "per_second"]),
        ("[guard]", "[gard]", ["dms-sync.toml:", "gard", "guard"]),
        ("token = ", "tokens = ", ["dms-sync.toml:", "tokens", "token"]),
        ("burst = 10000", "burst = \"many\"", ["dms-sync.toml:", "rate.burst", "whole number"]),
        ("burst = 10000", "burst = 0", ["dms-sync.toml:", "rate.burst", "1"]),
        ("settle = \"50ms\"", "settle = \"50\"", ["dms-sync.toml:", "retry.settle", "ms"]),
    ] {
        assert!(good.contains(was), "{was} in\n{good}");
        here.bench.write("dms-sync.toml", good.replace(was, is));
        for args in [&["sync"] as &[_], &["diff"], &["status"], &["check"], &["config", "show"]] {
            here.bench.run(args).expect(2).says(&texts);
        }
    }
    here.bench.write("dms-sync.toml", "[api");
    here.bench.run(["sync"]).expect(2).says(&["dms-sync.toml:1"]);
    here.bench.write("dms-sync.toml", &good);
    here.bench.run(["sync", "--config", "nowhere.toml"]).expect(2).says(&["nowhere.toml"]);
    fs::remove_file(here.bench.path("dms-sync.toml")).unwrap();
    here.bench.run(["sync"]).expect(2).says(&["dms-sync.toml", "dms-sync init", "--config"]);
    here.bench.write("dms-sync.toml", good);
    here.holds();
}

#[test]
fn everything_wrong_with_a_configuration_is_said_at_once() {
    let mut bench = Workbench::new();
    bench.set("rate.burst", 0).set("run.drain", "soon").set_department("locale", "es-mx");
    bench.run(["sync"]).expect(2).says(&["3 problems", "rate.burst", "run.drain", "department.locale"]);
}

#[test]
fn credentials_are_missing_or_unusable_or_refused() {
    let mut here = Untouched::new();
    let mut export = people(3);
    export.set("c0001", "city", "Salem");
    here.bench.export(&export);
    here.bench.env("DMS_SYNC_USERNAME", None);
    here.bench.run(["sync"]).expect(2).says(&["username", "DMS_SYNC_USERNAME", "api.username_file"]);
    here.bench.run(["check"]).expect(2);
    // What needs nobody's answer needs no credentials.
    here.bench.run(["diff"]).expect(0);
    here.bench.run(["status"]).expect(0);
    here.bench.env("DMS_SYNC_USERNAME", Some("user:pass"));
    let ran = here.bench.run(["sync"]).expect(2).says(&["DMS_SYNC_USERNAME", "colon"]);
    assert!(!ran.stderr.contains("user:pass"), "{}", ran.stderr);
    here.bench.env("DMS_SYNC_USERNAME", Some("somebody-else"));
    for args in [&["sync"] as &[_], &["sync", "--quiet"]] {
        here.bench.run(args).expect(5).says(&["401", "credentials", "username and password"]);
    }
    here.bench.run(["check"]).expect(5).shows(&["FAIL", "401", "username and password"]);
    assert!(here.bench.journal().iter().all(|entry| entry.status == Some(401) && !entry.applied));
    here.bench.model().clear_journal();
    here.bench.env("DMS_SYNC_USERNAME", Some(harness::USERNAME));
    here.holds();
}

#[test]
fn a_checkpoint_that_cannot_be_read() {
    let mut here = Untouched::new();
    let path = here.bench.checkpoint();
    let good = fs::read(&path).unwrap();
    for bad in [Vec::new(), b"garbage".to_vec(), vec![0xA5; good.len()], good[..good.len() / 2].to_vec()] {
        fs::write(&path, &bad).unwrap();
        for args in [&["sync"] as &[_], &["diff"], &["status"]] {
            let ran = here.bench.run(args).expect(1).says(&["springfield.sqlite", "checkpoint restore"]);
            // Bare where there is no log, else a line of it.
            let told = if args == ["status"] { "error: " } else { "ERROR" };
            assert!(ran.stderr.contains(told), "{}", ran.stderr);
        }
        assert_eq!(fs::read(&path).unwrap(), bad, "evidence is not overwritten");
    }
    fs::write(&path, good).unwrap();
    here.holds();
}

#[test]
fn another_departments_checkpoint_is_refused() {
    let mut here = Untouched::new();
    let path = here.bench.checkpoint();
    here.bench.set_department("name", "shelbyville");
    fs::copy(&path, path.with_file_name("shelbyville.sqlite")).unwrap();
    here.bench.run(["sync"]).expect(1).says(&["shelbyville.sqlite", "`springfield`"]);
    assert_eq!(here.bench.journal(), []);
    here.bench.set_department("name", harness::DEPARTMENT);
    here.holds();
}

/// A stream of bytes that is the same on every machine.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    /// `text` with a few bytes replaced, removed or doubled.
    fn spoil(&mut self, text: &[u8]) -> Vec<u8> {
        let mut bytes = text.to_vec();
        for _ in 0..=self.next() % 8 {
            let at = usize::try_from(self.next()).unwrap() % bytes.len().max(1);
            match self.next() % 4 {
                0 => bytes[at] = self.next().to_le_bytes()[0],
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"\",\n;[]=\0\xff'"[usize::try_from(self.next()).unwrap() % 10]),
                _ => bytes.truncate(at.max(1)),
            }
        }
        bytes
    }
}

#[test]
fn random_bytes_never_panic() {
    let mut bench = Workbench::new();
    bench.export(&people(3)).sync(0);
    let before = bench.remote();
    bench.model().clear_journal();
    let config = fs::read(bench.path("dms-sync.toml")).unwrap();
    let profile = bench.run(["profile", "show", "generic"]).expect(0).stdout;
    let mut noise = Noise(20_260_908);
    for round in 0..12 {
        let bytes = if round % 3 == 0 { noise.bytes(2000) } else { noise.spoil(&people(3).to_csv()) };
        bench.write("export.csv", &bytes);
        let ran = bench.run(["diff", "--format", "json"]);
        assert!(matches!(ran.code, 0 | 3 | 4), "round {round}: {}\n{}", ran.code, ran.stderr);
    }
    bench.export(&people(3));
    for round in 0..12 {
        let bytes = if round % 4 == 0 { noise.bytes(500) } else { noise.spoil(&config) };
        bench.write("dms-sync.toml", &bytes);
        let ran = bench.run(["config", "show"]);
        assert!(matches!(ran.code, 0 | 2), "round {round}: {}\n{}", ran.code, ran.stderr);
    }
    bench.set_department("profile", "mine.toml");
    for round in 0..12 {
        let bytes = if round % 4 == 0 { noise.bytes(500) } else { noise.spoil(profile.as_bytes()) };
        bench.write("mine.toml", &bytes);
        let ran = bench.run(["diff"]);
        assert!(matches!(ran.code, 0 | 2 | 3 | 4), "round {round}: {}\n{}", ran.code, ran.stderr);
    }
    assert_eq!((bench.journal(), bench.remote()), (vec![], before));
}

#[test]
fn random_bytes_in_an_export_send_no_nonsense() {
    let bench = Workbench::new();
    let mut noise = Noise(7);
    for _ in 0..6 {
        bench.write("export.csv", noise.spoil(&people(5).to_csv()));
        let ran = bench.run(["sync"]);
        assert!(matches!(ran.code, 0 | 3 | 4), "{}\n{}", ran.code, ran.stderr);
    }
    // Whatever was sent kept to the contract.
    assert!(bench.journal().iter().all(|entry| entry.body_valid != Some(false)));
}

#[test]
fn a_first_row_that_is_somebody_is_not_quoted() {
    let mut here = Untouched::new();
    here.bench
        .write("export.csv", "A12,JOHN,SMITHERS,12 OAK ST,DURHAM,NC\nA13,ANN,TARN,13 OAK ST,DURHAM,NC\n");
    for args in [&["sync"][..], &["diff"], &["check", "--offline"], &["profile", "init", "export.csv"]] {
        let ran = here.bench.run(args);
        assert_eq!(ran.code, if args[0] == "profile" { 0 } else { 4 }, "{args:?}");
        for name in ["JOHN", "SMITHERS", "OAK", "DURHAM"] {
            assert!(!ran.stdout.contains(name) && !ran.stderr.contains(name), "{args:?} says {name}");
        }
    }
    all_say(&here.bench, 4, &["export.csv:1", "6 columns", "does not look like a header"]);
    here.holds();
}

#[test]
fn a_report_without_a_header_that_has_one_or_another_width_is_refused() {
    let mut here = Untouched::new();
    here.bench.set_department("profile", "reynolds-report");
    let row = |cells: &str| {
        let blanks = 21 - cells.split(',').count();
        format!("{cells}{}\n", ",".repeat(blanks))
    };
    let ann = row("00731,ANN,TARN,1 OAK ST,,DURHAM,NC,27701,9195550100");
    let header = row("Cust #,First,Last,Addr 1,Addr 2,City,ST,Zip,Home,Work,Cell,Beeper,E-mail,Birthday,Fax");
    let title = row("Customer Listing,Smith Ford,Durham");
    for (text, says) in [
        (format!("{header}{ann}"), &["names columns"][..]),
        (format!("{title}{ann}"), &["a title", "skip_lines = 1"]),
        (format!("1,{ann}"), &["22 columns", "21"]),
        ("00731,ANN,TARN,1 OAK ST,,DURHAM,NC,27701,,,,,a@example.com\n".to_owned(), &["13 columns", "21"]),
    ] {
        here.bench.write("export.csv", text);
        all_say(&here.bench, 4, says);
    }
    here.holds();
    let mut bench = Workbench::new();
    bench.set_department("profile", "reynolds-report").set("guard.max_rejected", "100%");
    bench.write("export.csv", format!("{ann}{header}{}", ann.replace("00731", "SMITHB")));
    bench.sync(3);
    assert_eq!(
        (bench.latest().counts().as_str(), bench.latest().codes()),
        ("created 2", vec!["row.header_again"])
    );
    bench.run(["retry"]).expect(3);
    assert_eq!(bench.latest().codes(), ["row.header_again"]);
}

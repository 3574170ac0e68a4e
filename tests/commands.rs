//! The commands around a run: status, check, lookup, checkpoint, profile, config, init, sandbox, completions, man.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};

use harness::export::people;
use harness::{DEPARTMENT, PASSWORD, Ran, TOKEN, USERNAME, Workbench, finish, mode, signal};
use serde_json::Value;

/// After a first load of three people.
fn loaded() -> Workbench {
    let bench = Workbench::new();
    bench.export(&people(3)).sync(0);
    bench.model().clear_journal();
    bench
}

#[test]
fn status_tells_runs_and_leftovers() {
    let bench = Workbench::new();
    bench.run(["status"]).expect(0).shows(&["springfield: no run yet"]);
    assert!(!bench.path("state").exists(), "looking makes nothing");
    let mut export = people(20);
    export.set("c0002", "lastName", "");
    bench.export(&export).sync(3);
    let run = bench.latest();
    let ran = bench.run(["status"]).expect(0);
    let ran = ran.shows(&[
        "springfield: 19 customers",
        run.run_id(),
        "exit 3",
        "19 created",
        "1 rejected",
        "name.missing",
    ]);
    for person in ["Anselm", "Quibbleworth", "example.com"] {
        assert!(!ran.stdout.contains(person), "{}", ran.stdout);
    }
    bench.sync(3);
    let status = bench.run(["status", "--json"]).expect(0).json();
    assert_eq!(status["schema"], 1);
    let department = &status["departments"][0];
    assert_eq!((&department["department"], &department["customers"]), (&DEPARTMENT.into(), &19.into()));
    let runs = department["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    assert_eq!((&runs[1]["run_id"], &runs[1]["exit_code"]), (&run.run_id().into(), &3.into()));
    assert_eq!(runs[1]["customers"]["created"], 19);
    assert_eq!(department["leftovers"][0]["code"], "name.missing");
    assert_eq!(
        bench.run(["status", "--json", "--runs", "1"]).json()["departments"][0]["runs"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn check_looks_at_everything_and_sends_no_customer() {
    let mut bench = loaded();
    bench.run(["check"]).expect(0).shows(&[
        "configuration",
        "export.csv fits profile generic",
        "myKaarma answers",
    ]);
    assert!(bench.journal().iter().all(|entry| entry.method == "GET"));
    bench.model().clear_journal();
    bench.run(["check", "--offline"]).expect(0);
    assert_eq!(bench.journal(), []);
    bench.env("DMS_SYNC_PASSWORD", Some("wrong"));
    bench.run(["check"]).expect(5).shows(&["FAIL", "401"]);
    bench.env("DMS_SYNC_PASSWORD", Some(PASSWORD)).set("api.base_url", "http://127.0.0.1:9/customer/v2");
    bench.set("retry.max_attempts", 1);
    bench.run(["check"]).expect(5).shows(&["FAIL", "net.connect"]);
}

/// Nothing of the customer is in the log, however much is asked of it.
#[track_caller]
fn silent(ran: &Ran) {
    for word in
        ["Anselm", "Quibbleworth", "5550", "555-0", "example.com", "Harrowgate", PASSWORD, USERNAME, TOKEN]
    {
        assert!(!ran.stderr.contains(word), "{word} in\n{}", ran.stderr);
    }
}

#[test]
fn lookup_shows_json_and_logs_no_value() {
    let bench = loaded();
    let customer = bench.customer("c0002");
    let uuid = customer.customer_uuid.as_str();
    let first = customer.first_name.clone().unwrap();
    let id = customer.id.to_string();
    let ask = |args: &[&str]| -> Value {
        let ran = bench.run(["-vvv", "lookup"].iter().chain(args)).expect(0);
        silent(&ran);
        ran.json()
    };
    let found = ask(&["customer", uuid]);
    assert_eq!(found["customerWithVehicles"]["customer"]["firstName"], first.as_str());
    assert_eq!(found["customerWithVehicles"]["vehicles"].as_array().map(Vec::len), Some(1));
    let bare = ask(&["customer", uuid, "--exclude-vehicles"]);
    assert_eq!(bare["customerWithVehicles"]["customer"]["customerKey"], "c0002");
    assert!(bare["customerWithVehicles"]["vehicles"].as_array().is_none_or(Vec::is_empty));
    let found = ask(&["search", "Quibbleworth", "--max-results", "2"]);
    assert_eq!(found["matchingCustomers"].as_array().map(Vec::len), Some(2));
    let found = ask(&["search", "c0002", "--fields", "customerKey"]);
    assert_eq!(found["matchingCustomers"][0]["uuid"], uuid);
    let found = ask(&["match", "c0002"]);
    assert_eq!(found["customerWithVehicles"]["customer"]["customerUuid"], uuid);
    let found = ask(&["linked", "customer", &id]);
    assert!(found.is_object());
    let found = ask(&["profile", uuid]);
    assert!(found.is_object());
    let routes: BTreeSet<_> = bench.asked().into_keys().collect();
    let expected = ["linked", "listMinimal", "match", "profile", "read", "search"];
    assert_eq!(routes, expected.map(str::to_owned).into());
    // Refusals are named before anything is asked.
    bench.model().clear_journal();
    bench
        .run(["lookup", "search", "x", "--fields", "phone"])
        .expect(2)
        .says(&["`phone`", "communications.commValue"]);
    bench.run(["lookup", "match", "nobody"]).expect(2).says(&["nobody"]);
    assert_eq!(bench.journal(), []);
}

#[test]
fn lookup_says_when_it_is_refused() {
    let mut bench = loaded();
    bench.env("DMS_SYNC_PASSWORD", Some("wrong"));
    let ran = bench.run(["lookup", "search", "Quibbleworth"]).expect(5).says(&["http.401", "credentials"]);
    assert_eq!(ran.stdout, "");
    silent(&ran);
}

#[test]
fn a_checkpoint_is_copied_and_put_back() {
    let bench = Workbench::new();
    bench.export(&people(1));
    bench.run(["checkpoint", "backup", "copy.sqlite"]).expect(2).says(&["no checkpoint yet"]);
    bench.sync(0);
    bench.run(["checkpoint", "backup", "copy.sqlite"]).expect(0).shows(&["copy.sqlite", "personal data"]);
    assert_eq!(mode(&bench.path("copy.sqlite")), 0o600);
    bench.export(&people(3)).sync(0);
    let good = fs::read(bench.checkpoint()).unwrap();
    // A file that is none is refused, and what is there stays.
    bench.write("garbage.sqlite", "garbage");
    bench.run(["checkpoint", "restore", "garbage.sqlite"]).expect(1).says(&["garbage.sqlite"]);
    assert_eq!(fs::read(bench.checkpoint()).unwrap(), good);
    let ran = bench
        .run(["checkpoint", "restore", "copy.sqlite"])
        .expect(0)
        .shows(&["copy.sqlite", "what was there is now"]);
    assert_eq!(mode(&bench.checkpoint()), 0o600);
    assert!(ran.stdout.contains(DEPARTMENT));
    // The older checkpoint finds the customers that it does not know, and doubles nobody.
    bench.model().clear_journal();
    bench.sync(0);
    assert_eq!(bench.remote().len(), 3);
    assert_eq!(
        bench.latest().count("unchanged"),
        3,
        "adopted, and nothing to write: {}",
        bench.latest().counts()
    );
}

#[test]
fn the_effective_settings_hold_no_secret() {
    let mut bench = Workbench::new();
    bench.env("DMS_SYNC_API__PROXY", Some("http://proxy-user:proxy-pw-3b@127.0.0.1:3128"));
    for args in [&["config", "show"] as &[_], &["config", "show", "--origin"]] {
        let ran = bench.run(args).expect(0).shows(&["per_second", "springfield", "max_blanked"]);
        for secret in [TOKEN, PASSWORD, USERNAME, "proxy-pw-3b"] {
            assert!(!ran.stdout.contains(secret), "{secret} in\n{}", ran.stdout);
            assert!(!ran.stderr.contains(secret));
        }
    }
    bench.run(["config", "show", "--origin"]).expect(0).shows(&[
        "dms-sync.toml:",
        "DMS_SYNC_API__PROXY",
        "default",
    ]);
}

#[test]
fn a_setting_of_the_environment_wins_over_the_file_and_is_checked() {
    let mut bench = Workbench::new();
    bench.env("DMS_SYNC_RATE__BURST", Some("7"));
    bench.run(["config", "show"]).expect(0).shows(&["burst = 7"]);
    bench.env("DMS_SYNC_RATE__BURST", Some("seven"));
    bench.run(["config", "show"]).expect(2).says(&["DMS_SYNC_RATE__BURST"]);
}

#[test]
fn init_writes_a_first_configuration_and_never_over_one() {
    let bench = Workbench::new();
    bench.run(["init"]).expect(2).says(&["dms-sync.toml", "never replaced"]);
    bench.run(["init", "first.toml"]).expect(0).shows(&["first.toml", "dms-sync check"]);
    assert_eq!(mode(&bench.path("first.toml")), 0o600);
    // It says itself what is missing.
    bench.run(["check", "--config", "first.toml", "--offline"]).expect(2).says(&[
        "first.toml:",
        "department.name",
        "department.token",
    ]);
    let text = fs::read_to_string(bench.path("first.toml")).unwrap();
    let text = text.replace("name = \"\"", "name = \"a\"").replace("token = \"\"", "token = \"t\"");
    bench.write("first.toml", text);
    bench.run(["config", "show", "--config", "first.toml"]).expect(0);
}

#[test]
fn built_in_profiles_are_listed_and_shown() {
    let bench = Workbench::new();
    let list = bench.run(["profile", "list"]).expect(0).shows(&["generic"]).stdout;
    for line in list.lines() {
        let (name, description) = line.split_once(' ').unwrap();
        assert!(!description.trim().is_empty(), "{line}");
        let shown = bench.run(["profile", "show", name]).expect(0).stdout;
        toml::from_str::<toml::Table>(&shown).unwrap();
    }
    bench.run(["profile", "show", "nobodys"]).expect(2).says(&["\"nobodys\"", "generic"]);
}

#[test]
fn a_shown_profile_works_as_ones_own() {
    let mut bench = loaded();
    let shown = bench.run(["profile", "show", "generic"]).expect(0).stdout;
    bench.write("mine.toml", shown.replace("\"firstName\"]", "\"Vorname\"]"));
    bench.set_department("profile", "mine.toml");
    let text = String::from_utf8(people(3).to_csv()).unwrap();
    bench.write("export.csv", text.replacen("firstName", "Vorname", 1));
    bench.sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 3", "another profile, the same customers");
}

#[test]
fn standard_input_is_an_input() {
    let bench = Workbench::new();
    bench.run_with(["sync", "--input", "-"], people(3).to_csv()).expect(0);
    assert_eq!(bench.remote().len(), 3);
    bench.run_with(["diff", "--input", "-", "--exit-code"], people(3).to_csv()).expect(0);
    bench.run_with(["diff", "--input", "-", "--exit-code"], people(4).to_csv()).expect(7);
    let left: Vec<_> = fs::read_dir(bench.path("tmp")).unwrap().collect();
    assert!(left.is_empty(), "what was spooled is gone: {left:?}");
}

#[test]
fn the_sandbox_runs_until_it_is_told_to_stop() {
    let mut bench = Workbench::new();
    let mut child = bench
        .command(["sandbox", "--port", "0", "--state", "remote.jsonl", "--journal", "journal.jsonl"])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let url = line.split_once("listening on ").unwrap().1.to_owned();
    assert!(url.starts_with("http://127.0.0.1:") && !url.contains(":0/"), "{url}");
    bench.set("api.base_url", url);
    bench.env("DMS_SYNC_USERNAME", Some("sandbox")).env("DMS_SYNC_PASSWORD", Some("sandbox"));
    bench.export(&people(3)).sync(0);
    signal(&child, "TERM");
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    finish(child).expect(0);
    assert!(!stderr.contains("panicked"), "{stderr}");
    for file in ["remote.jsonl", "journal.jsonl"] {
        assert_eq!(mode(&bench.path(file)), 0o600, "{file}");
    }
    let journal = fs::read_to_string(bench.path("journal.jsonl")).unwrap();
    assert_eq!(journal.lines().count(), 3);
    assert!(!journal.contains("Anselm"));
    bench.run(["sandbox", "--faults", "dms-sync.toml"]).expect(2).says(&["dms-sync.toml"]);
}

#[test]
fn the_sandbox_of_the_configuration_needs_no_account() {
    let mut bench = Workbench::new();
    bench.set("api.base_url", "sandbox").env("DMS_SYNC_USERNAME", None).env("DMS_SYNC_PASSWORD", None);
    bench.export(&people(3)).sync(0);
    assert_eq!(mode(&bench.path("state/sandbox.jsonl")), 0o600);
    let mut export = people(3);
    export.set("c0001", "city", "Salem");
    bench.export(&export).sync(0);
    assert_eq!(bench.latest().counts(), "unchanged 2, updated 1", "it remembers from run to run");
    assert_eq!(bench.journal(), []);
}

#[test]
fn completions_and_the_manual() {
    let bench = Workbench::new();
    bench.run(["completions", "bash"]).expect(0).shows(&["complete -F", " dms-sync\n"]);
    for shell in ["zsh", "fish"] {
        bench.run(["completions", shell]).expect(0).shows(&["dms-sync"]);
    }
    bench.run(["completions", "cobol"]).expect(2);
    bench.run(["man"]).expect(0).shows(&[".TH", "dms\\-sync"]);
}

#[test]
fn help_of_every_command() {
    let bench = Workbench::new();
    let top = bench.run(["--help"]).expect(0);
    insta::assert_snapshot!("help", top.stdout);
    assert!(bench.run(["-h"]).expect(0).stdout.contains("sync"));
    assert_eq!(
        bench.run(["--version"]).expect(0).stdout,
        format!("dms-sync {}\n", env!("CARGO_PKG_VERSION"))
    );
    bench.run([] as [&str; 0]).expect(2);
    for command in [
        "sync",
        "diff",
        "retry",
        "status",
        "check",
        "lookup",
        "checkpoint",
        "profile",
        "config",
        "init",
        "sandbox",
    ] {
        let ran = bench.run([command, "--help"]).expect(0);
        assert!(ran.stdout.contains("Usage: dms-sync"), "{command}");
        assert!(
            ran.stdout.contains("Common options:") && ran.stdout.contains("--config <FILE>"),
            "{command}"
        );
    }
}

#[test]
fn only_the_named_departments_run() {
    let mut bench = loaded();
    let second = toml::toml! {
        [[department]]
        name = "shelbyville"
        token = "tok-shelbyville"
        input = ["export.csv"]
    };
    bench.add_department(second["department"][0].clone());
    bench.run(["sync", "--department", "shelbyville"]).expect(0);
    assert_eq!((bench.runs().len(), bench.path("reports/shelbyville/latest").exists()), (1, true));
    bench.run(["sync", "--shard", "1/2"]).expect(0);
    assert_eq!(bench.runs().len(), 2);
    bench.run(["sync", "--shard", "3/2"]).expect(2).says(&["3/2"]);
    bench.run(["lookup", "search", "x"]).expect(2).says(&["--department"]);
    bench.run(["checkpoint", "backup", "x.sqlite"]).expect(2).says(&["--department"]);
    let approve = ["sync", "--approve", "20260908T020000Z-0001", "--reason", "because"];
    bench.run(approve).expect(2).says(&["--department"]);
}

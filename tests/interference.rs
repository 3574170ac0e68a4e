//! What others do while a run is on, or have done to what it needs: exports that are replaced, directories that cannot
//! be written, lists that are gone. Nothing of it may cost a run its books.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use harness::export::people;
use harness::{DEPARTMENT, Export, RunFiles, Workbench, finish, signal};
use serde_json::Value;

/// Waits for what a process that works is bound to do; gives up loudly.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Thirty people; c0007 has no last name, and the first row no key.
fn flawed() -> Export {
    let mut export = Export::parse(b"customerKey,firstName,lastName\n,Nobody,Atall\n");
    let people = people(30);
    for row in people.rows() {
        let last = if row["customerKey"] == "c0007" { "" } else { row["lastName"].as_str() };
        export.push(&[
            ("customerKey", &row["customerKey"]),
            ("firstName", &row["firstName"]),
            ("lastName", last),
        ]);
    }
    export
}

/// A sync of [`flawed`] that waits with its first request until it is told to go on.
fn waiting(bench: &mut Workbench) -> Child {
    bench.set("guard.max_rejected", "50%").set("retry.max_attempts", 2).set("api.timeout", "300ms");
    bench.export(&flawed());
    bench.faults("[[fault]]\nroute = \"create\"\ncount = 1\neffect = \"hang\"");
    let child = bench.command(["sync"]).spawn().unwrap();
    until("a request hangs", || bench.model().faults_played() == 1);
    child
}

fn summary(bench: &Workbench) -> Value {
    let path = bench.path("reports").join(DEPARTMENT).join("latest/summary.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The runs of the department, newest first, as `status` tells them.
fn runs(bench: &Workbench) -> Vec<Value> {
    let status = bench.run(["status", "--json"]).expect(0).json();
    status["departments"][0]["runs"].as_array().unwrap().clone()
}

#[test]
fn an_export_that_is_replaced_while_it_is_pushed_is_reported_as_it_was() {
    let mut bench = Workbench::new();
    let child = waiting(&mut bench);
    let next = bench.write("next.csv", people(3).to_csv());
    fs::rename(next, bench.path("export.csv")).unwrap();
    let ran = finish(child).expect(3);
    assert!(!ran.stderr.contains("errors.csv"), "{}", ran.stderr);
    let run = bench.latest();
    assert_eq!(run.codes(), ["key.blank", "name.missing"]);
    assert_eq!(run.errors[1]["customerKey"], "c0007");
    assert_eq!(run.count("rejected"), 1);
}

#[test]
fn an_export_that_is_written_to_while_it_is_pushed_costs_the_list_and_not_the_books() {
    let mut bench = Workbench::new();
    let child = waiting(&mut bench);
    bench.write("export.csv", people(3).to_csv());
    let ran = finish(child).expect(3);
    for text in ["errors.csv is not complete", "changed while it was read", "c0007", "1 of export.csv"] {
        assert!(ran.stderr.contains(text), "no {text:?} in {}", ran.stderr);
    }
    let summary = summary(&bench);
    assert_eq!(summary["exit"]["code"], 3);
    assert_eq!(summary["customers"]["created"], 29);
    assert_eq!(summary["customers"]["rejected"], 1);
    assert_eq!(summary["causes"].as_array().unwrap().len(), 2);
    assert_eq!(runs(&bench)[0]["exit_code"], 3);
}

#[test]
fn a_list_that_is_not_complete_does_not_pass_for_a_clean_night() {
    let mut bench = Workbench::new();
    bench.set("run.fail_on", "new").set("guard.max_rejected", "50%");
    bench.export(&flawed()).sync(3);
    bench.sync(0);
    // Nothing is new, and the list is cut off: the disk is full, or somebody was there first.
    bench.set("guard.max_creates", "1000%").set("api.timeout", "300ms");
    bench.faults("[[fault]]\nroute = \"create\"\ncount = 1\neffect = \"hang\"");
    let mut export = flawed();
    export.push(&[("customerKey", "n1"), ("firstName", "Newt"), ("lastName", "Quibbleworth")]);
    bench.export(&export);
    let child = bench.command(["sync"]).spawn().unwrap();
    until("a request hangs", || bench.model().faults_played() == 1);
    bench.write("export.csv", people(3).to_csv());
    finish(child).expect(3);
}

#[test]
fn a_link_and_old_reports_that_cannot_be_changed_do_not_spoil_a_run() {
    let bench = Workbench::new();
    fs::create_dir_all(bench.path("reports").join(DEPARTMENT).join("latest")).unwrap();
    bench.export(&people(3)).sync(0).says(&["WARN", "link to the latest report"]);
    assert_eq!(runs(&bench)[0]["exit_code"], 0);
    assert_eq!(RunFiles::read(&bench.runs()[0]).count("created"), 3);
    bench.sync(0);
}

#[test]
fn a_list_that_is_fed_back_is_a_retry_whatever_the_command() {
    let mut bench = Workbench::new();
    bench.set("breaker.consecutive", 3).set("retry.max_attempts", 1).set("rate.max_in_flight", 1);
    // A first load that is cut short.
    bench.faults("[[fault]]\nafter = 10\nstatus = 503");
    let mut export = people(200);
    export.set("c0001", "lastName", "");
    bench.export(&export).sync(5);
    bench.faults("");
    let errors = bench.latest().dir.join("errors.csv");
    bench.run(["sync", "--input", errors.to_str().unwrap()]).expect(3);
    assert_eq!(bench.latest().summary["mode"], "retry");
    assert_eq!(runs(&bench)[0]["mode"], "retry");
    // The first load still is one: what is left of it is not held as too many creates.
    bench.set("guard.min_customers", 1).sync(3);
    assert_eq!(bench.remote().len(), 199);
    assert_eq!(runs(&bench)[0]["mode"], "sync");
}

#[test]
fn what_a_client_needs_is_looked_at_before_the_first_row() {
    let mut bench = Workbench::new();
    bench.export(&people(3)).sync(0);
    bench.model().clear_journal();
    let before = bench.runs();
    let paths = "/department/{department}/{nobody}";
    for (key, value, text) in
        [("api.ca_file", "missing.pem", "missing.pem"), ("api.paths.match", paths, "nobody")]
    {
        let mut other = Workbench::new();
        other.export(&people(3));
        other.set(key, value).sync(2).says(&[text]);
        assert!(other.runs().is_empty() && !other.checkpoint().exists(), "{key}: a run began");
    }
    // Also where nothing has changed, and for `retry`; not for who only looks.
    bench.env("DMS_SYNC_PASSWORD", None);
    bench.sync(2).says(&["DMS_SYNC_PASSWORD"]);
    let list = before[0].join("errors.csv");
    bench.run(["retry", "--errors", list.to_str().unwrap()]).expect(2).says(&["DMS_SYNC_PASSWORD"]);
    bench.run(["diff"]).expect(0);
    assert_eq!(bench.runs(), before);
    assert_eq!(bench.journal(), []);
}

#[test]
fn retry_takes_the_list_of_the_last_run_that_was_not_held() {
    let mut bench = Workbench::new();
    bench.set("guard.max_rejected", "50%").set("guard.min_customers", 1);
    bench.export(&flawed()).sync(3);
    let first = bench.latest();
    // Held by the guard, then for its input.
    bench.export(&people(200)).sync(4);
    bench.write("export.csv", "");
    bench.sync(4);
    let ran = bench.run(["retry"]).expect(3).says(&[first.run_id(), "errors.csv"]);
    assert!(!ran.stdout.contains("nothing is left over"), "{}", ran.stdout);
    assert_eq!(bench.latest().summary["mode"], "retry");
    assert_eq!(bench.latest().counts(), "rejected 1");
    // Of what a retry leaves over there is a list of its own.
    let second = bench.latest().run_id().to_owned();
    bench.run(["retry"]).expect(3).says(&[&second]);
}

#[test]
fn retry_does_not_take_a_list_that_is_gone_for_an_empty_one() {
    let mut bench = Workbench::new();
    bench.run(["retry"]).expect(0).shows(&["nothing is left over"]);
    bench.set("guard.max_rejected", "50%").export(&flawed()).sync(3);
    let list = bench.latest().dir.join("errors.csv");
    let text = fs::read(&list).unwrap();
    fs::remove_file(&list).unwrap();
    bench.run(["retry"]).expect(4).says(&["2 are left over", "errors.csv", "sync the export again"]);
    fs::create_dir(&list).unwrap();
    bench.run(["retry"]).expect(4).says(&["errors.csv"]);
    fs::remove_dir(&list).unwrap();
    bench.run(["retry", "--errors", "nowhere.csv"]).expect(4).says(&["nowhere.csv"]);
    fs::write(&list, text).unwrap();
    bench.run(["retry"]).expect(3);
    // It is not there yet: the run that will write it is on.
    bench.set("api.timeout", "20s");
    bench.export(&people(30));
    bench.faults("[[fault]]\ncount = 1\neffect = \"hang\"");
    let on = bench.command(["sync"]).spawn().unwrap();
    until("a request hangs", || bench.model().faults_played() == 1);
    bench.run(["retry"]).expect(6).says(&[&on.id().to_string()]);
    signal(&on, "KILL");
    finish(on);
    bench.faults("");
    // Mended in the DMS: nothing is left, and no list is needed to say so.
    bench.export(&people(30)).sync(0);
    fs::remove_file(bench.latest().dir.join("errors.csv")).unwrap();
    bench.run(["retry"]).expect(0).shows(&["nothing is left over"]);
}

#[test]
fn a_checkpoint_that_cannot_be_locked_is_not_somebody_elses() {
    let bench = Workbench::new();
    bench.export(&people(3)).sync(0);
    bench.run(["checkpoint", "backup", "copy.sqlite"]).expect(0);
    let mut state = fs::read_dir(bench.path("state")).unwrap().map(|entry| entry.unwrap().path());
    let lock = state.find(|path| path.extension().is_some_and(|ext| ext == "lock")).unwrap();
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    bench.run(["checkpoint", "restore", "copy.sqlite"]).expect(1).says(&["cannot lock"]);
    fs::remove_dir(&lock).unwrap();
    bench.run(["checkpoint", "restore", "copy.sqlite"]).expect(0);
}

#[test]
fn the_time_in_a_files_name_is_of_the_departments_clock() {
    let mut bench = Workbench::new();
    bench.set("guard.max_age", "2h").set_department("input", vec!["exports/*.csv"]);
    fs::create_dir(bench.path("exports")).unwrap();
    for (zone, code) in [("Pacific/Honolulu", 0), ("UTC", 4)] {
        bench.set_department("time_zone", zone);
        let there = jiff::Timestamp::now().in_tz("Pacific/Honolulu").unwrap();
        let name = format!("exports/customers_{}.csv", there.strftime("%Y%m%d_%H%M%S"));
        bench.write(&name, people(3).to_csv());
        let ran = bench.run(["diff"]).expect(code);
        assert_eq!(ran.stdout.contains("max_age"), code == 4, "{zone}: {}", ran.stdout);
        fs::remove_file(bench.path(&name)).unwrap();
    }
}

#[test]
fn what_ends_a_run_is_a_line_of_its_logs() {
    let mut bench = Workbench::new();
    bench.export(&people(3)).sync(0);
    fs::remove_file(bench.path("export.csv")).unwrap();
    let told = |stderr: &str| stderr.matches("no such file").count();
    let ran = bench.run(["sync", "--log-format", "json"]).expect(4);
    let lines: Vec<Value> = ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let errors: Vec<_> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(errors.len(), 1, "{}", ran.stderr);
    assert_eq!(errors[0]["department"], DEPARTMENT);
    assert!(errors[0]["message"].as_str().unwrap().contains("export.csv: no such file"), "{}", errors[0]);
    assert_eq!(told(&bench.latest().log), 1, "{}", bench.latest().log);
    // As text, quietly, or with a filter that asks for something else: once.
    for args in [&["sync"] as &[_], &["sync", "--quiet"], &["diff"], &["diff", "--log-format", "json"]] {
        assert_eq!(told(&bench.run(args).expect(4).stderr), 1, "{args:?}");
    }
    bench.env("DMS_SYNC_LOG", Some("dms_sync::push=trace"));
    assert_eq!(told(&bench.run(["sync"]).expect(4).stderr), 1);
}

#[test]
fn a_cell_that_names_another_source_is_not_repeated() {
    let mut bench = Workbench::new();
    let profile = bench.run(["profile", "show", "generic"]).expect(0).stdout;
    bench.write(
        "mine.toml",
        format!("{profile}\n").replacen("[file]", "source_id = { column = [\"store\"] }\n[file]", 1),
    );
    bench.set_department("profile", "mine.toml").set_department("source_id", "S-1");
    // A delimiter too many shifts a name to where the store should be.
    bench.write(
        "export.csv",
        "customerKey,firstName,lastName,store\nc1,Anselm,Quibbleworth,S-1\nc2,,Bo,Wobblethorpe\n",
    );
    let ran = bench.sync(4).says(&["export.csv:3", "S-1", "source_id"]);
    assert!(!ran.stderr.contains("Wobblethorpe"), "{}", ran.stderr);
    assert!(!bench.latest().log.contains("Wobblethorpe"));
}

/// A `diff` that is reading an export on standard input, and what of it is still to be written: what was is more than
/// a pipe holds.
fn reading(bench: &Workbench) -> (Child, Vec<u8>) {
    let mut child = bench.command(["diff", "--input", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut text = many();
    let rest = text.split_off(1 << 20);
    child.stdin.as_mut().unwrap().write_all(&text).unwrap();
    (child, rest)
}

/// Enough rows for several looks at the brake.
fn many() -> Vec<u8> {
    let mut text = b"customerKey,firstName,lastName\n".to_vec();
    for n in 0..60_000 {
        writeln!(text, "m{n},Anselm,Quibbleworth").unwrap();
    }
    text
}

#[test]
fn a_dry_run_that_is_stopped_says_so() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let bench = Workbench::new();
        let (mut child, rest) = reading(&bench);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        signal(&child, name);
        assert!(lines.any(|line| line.unwrap().contains("once more stops at once")));
        child.stdin.take().unwrap().write_all(&rest).unwrap();
        assert!(lines.any(|line| line.unwrap().contains("stopped while reading")));
        finish(child).expect(code);
    }
    let mut bench = Workbench::new();
    bench.set("run.max_duration", "1ms");
    let (mut child, rest) = reading(&bench);
    child.stdin.take().unwrap().write_all(&rest).unwrap();
    finish(child).expect(5).says(&["stopped while reading"]);
}

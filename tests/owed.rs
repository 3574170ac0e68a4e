//! What a delta said and could not send is owed: no later delta says it again, so it is sent with the next, whatever that
//! is about; and a list of errors that is fed back neither undoes what is newer nor makes another person of somebody.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::time::{Duration, Instant};

use dms_sync::sandbox::{Customer, Phone};
use harness::{Ran, Workbench, finish, signal};

const HEADER: &str = "customerKey,firstName,lastName,city,state,cellPhone,homePhone,email,okToText";

/// A store whose exports are deltas, all of one name.
fn store() -> Workbench {
    let mut bench = Workbench::new();
    bench.set_department("export", "delta").set("guard.max_rejected", "100%");
    bench.set("retry.max_attempts", 2).set("run.error_budget", "100%").set("breaker.consecutive", 100);
    bench
}

/// A row: key, first name, last digits of cell and home, e-mail, permission for texts.
fn row(key: &str, first: &str, cell: &str, home: &str, email: &str, text: &str) -> String {
    let number = |line: &str| if line.is_empty() { String::new() } else { format!("(202) 555-01{line}") };
    let last = if first.is_empty() { "" } else { "Threlkeld" };
    let email = if email.is_empty() { String::new() } else { format!("{email}@example.com") };
    format!("{key},{first},{last},,,{},{},{email},{text}\n", number(cell), number(home))
}

fn ann(cell: &str, home: &str, email: &str) -> String {
    row("c1", "Ann", cell, home, email, "")
}

fn bob() -> String {
    row("c2", "Bob", "91", "", "", "")
}

#[track_caller]
fn night(bench: &Workbench, rows: &[String], code: i32) -> Ran {
    bench.write("export.csv", format!("{HEADER}\n{}", rows.concat()));
    bench.model().clear_journal();
    bench.sync(code)
}

/// Last digits by label, then e-mails.
fn reached(customer: &Customer) -> String {
    let phones = customer.phone_numbers.iter().map(|phone| {
        let number = phone.phone_number.as_deref().unwrap();
        format!("{} {}", phone.label.as_deref().unwrap(), &number[number.len() - 2..])
    });
    let emails = customer.emails.iter().filter_map(|email| email.email_address.clone());
    let mut all: Vec<_> = phones.chain(emails).collect();
    all.sort();
    all.join(", ")
}

const FAILURES: [&str; 4] = [
    "[[fault]]\nroute = \"update\"\nstatus = 503\nwhen = \"before\"",
    // Applied, and nobody hears of it.
    "[[fault]]\nroute = \"update\"\nstatus = 503\nwhen = \"after\"\n[[fault]]\nroute = \"read\"\nafter = 1\nstatus = 503",
    "[[fault]]\nroute = \"update\"\nstatus = 429",
    "[[fault]]\nroute = \"read\"\nstatus = 503",
];

#[test]
fn what_a_delta_could_not_send_goes_with_the_customers_next_row() {
    let said_by = |fault, tonight, expected| {
        let bench = store();
        night(&bench, &[ann("01", "02", "")], 0);
        bench.faults(fault);
        night(&bench, &[ann("", "12", "")], 3);
        bench.faults("");
        night(&bench, &[tonight], 0);
        assert_eq!(reached(&bench.customer("c1")), expected, "{fault}");
        night(&bench, &[bob()], 0);
        assert_eq!(bench.asked().len(), 1, "nothing is left to do for c1: {fault}");
        assert_eq!(reached(&bench.customer("c1")), expected, "{fault}");
    };
    for fault in FAILURES {
        said_by(fault, ann("", "", "new"), "cell 01, home 12, new@example.com");
    }
    for fault in [FAILURES[1], FAILURES[3]] {
        said_by(fault, ann("", "13", "new"), "cell 01, home 13, new@example.com");
        // What base has is news where something else is owed.
        said_by(fault, ann("", "02", ""), "cell 01, home 02");
    }
}

#[test]
fn who_comes_again_with_the_row_of_before_is_not_sent_what_is_owed() {
    // The row is the very one that was last pushed: pass 1 alone would find it unchanged.
    for fault in FAILURES {
        let bench = store();
        night(&bench, &[ann("01", "02", "")], 0);
        bench.faults(fault);
        night(&bench, &[ann("01", "12", "")], 3);
        bench.faults("");
        night(&bench, &[ann("01", "02", "")], 0);
        assert_eq!(reached(&bench.customer("c1")), "cell 01, home 02", "{fault}");
        night(&bench, &[bob()], 0);
        assert_eq!(reached(&bench.customer("c1")), "cell 01, home 02", "{fault}");
    }
}

#[test]
fn what_is_learned_of_one_nights_write_takes_nothing_of_the_next_nights_with_it() {
    let bench = store();
    night(&bench, &[ann("01", "02", "")], 0);
    bench.faults(FAILURES[1]);
    night(&bench, &[ann("", "12", "")], 3);
    // It is seen to have arrived; tonight's own is not sent.
    bench.faults("[[fault]]\nroute = \"read\"\nafter = 1\nstatus = 503");
    night(&bench, &[ann("", "", "new")], 3);
    assert_eq!(reached(&bench.customer("c1")), "cell 01, home 12");
    bench.faults("");
    night(&bench, &[bob()], 0);
    assert_eq!(reached(&bench.customer("c1")), "cell 01, home 12, new@example.com");
}

#[test]
fn who_failed_is_tried_and_counted_every_night_until_it_went_through() {
    for (fault, first, expected) in [
        (FAILURES[0], false, "updated"),
        (FAILURES[2], false, "updated"),
        (FAILURES[3], false, "updated"),
        ("[[fault]]\nroute = \"create\"\nkey = \"c1\"\nstatus = 429", true, "created"),
    ] {
        let bench = store();
        if !first {
            night(&bench, &[ann("01", "02", "")], 0);
        }
        bench.faults(fault);
        night(&bench, &[ann("01", "12", "")], 3);
        night(&bench, &[bob()], 3);
        let run = bench.latest();
        assert_eq!((run.keys("failed"), run.count("failed")), (vec!["c1"], 1), "{fault}");
        bench.faults("");
        night(&bench, &[], 4);
        night(&bench, &[row("c3", "Cy", "93", "", "", "")], 0);
        assert_eq!(
            (bench.latest().keys(expected).contains(&"c1"), reached(&bench.customer("c1")).as_str()),
            (true, "cell 01, home 12"),
            "{fault}"
        );
        assert_eq!(
            bench.journal().iter().filter(|entry| entry.route == "listMinimal").count(),
            0,
            "it never left: {fault}"
        );
        assert_eq!(bench.remote().len(), 3);
    }
}

#[test]
fn a_run_that_was_stopped_owes_the_rest_of_its_plan() {
    for (fault, code) in [
        ("[[fault]]\nroute = \"any\"\nafter = 3\nstatus = 401\n", 5),
        ("[[fault]]\nroute = \"create\"\nstatus = 429\n", 5),
    ] {
        let mut bench = store();
        bench.set("breaker.consecutive", 2).set("rate.max_in_flight", 1);
        let rows: Vec<_> =
            (10..60).map(|n| row(&format!("d{n}"), "Dee", &n.to_string(), "", "", "")).collect();
        bench.faults(fault);
        night(&bench, &rows, code);
        assert!(bench.remote().len() < 10, "{fault}");
        bench.faults("");
        night(&bench, &[bob()], 0);
        assert_eq!(bench.remote().len(), 51, "{fault}");
        night(&bench, &[bob()], 0);
        assert_eq!(bench.journal(), [], "{fault}");
    }
}

#[test]
fn a_killed_run_owes_all_of_its_plan() {
    let mut bench = store();
    bench.set("rate.max_in_flight", 1);
    let known = |text: &str| row("c1", "Ann", "01", "", "", text);
    night(&bench, &[known("Y")], 0);
    bench.faults("[[fault]]\nroute = \"any\"\neffect = \"hang\"");
    let rows: Vec<_> = (10..60).map(|n| row(&format!("d{n}"), "Dee", &n.to_string(), "", "", "")).collect();
    let nameless = row("c1", "", "77", "", "", "N");
    bench.write("export.csv", format!("{HEADER}\n{}{nameless}", rows.concat()));
    let child = bench.command(["sync"]).spawn().unwrap();
    let begun = Instant::now();
    while bench.model().faults_played() == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "no request came");
        std::thread::sleep(Duration::from_millis(2));
    }
    signal(&child, "KILL");
    finish(child);
    bench.faults("");
    night(&bench, &[bob()], 0);
    assert_eq!(bench.remote().len(), 52);
    assert_eq!(bench.customer("c1").phone_numbers[0].ok_to_text, Some(false), "the opt-out of a refused row");
    assert_eq!(reached(&bench.customer("c1")), "cell 01", "and nothing else of it");
}

#[test]
fn what_was_refused_in_so_many_words_is_for_a_person_and_told_until_it_is_done() {
    let bench = store();
    night(&bench, &[ann("01", "", "")], 0);
    bench.faults("[[fault]]\nroute = \"update\"\nstatus = 400\n");
    night(&bench, &[ann("", "12", "")], 3);
    let errors = bench.latest().dir.join("errors.csv").display().to_string();
    bench.faults("");
    let ran = night(&bench, &[bob()], 0);
    assert!(ran.stderr.contains("1 customer or row of earlier runs is left over"), "{}", ran.stderr);
    assert_eq!(reached(&bench.customer("c1")), "cell 01");
    bench.run(["retry", "--errors", &errors]).expect(0);
    assert_eq!(reached(&bench.customer("c1")), "cell 01, home 12");
    assert!(!night(&bench, &[bob()], 0).stderr.contains("left over"));
}

#[test]
fn a_number_in_a_refused_row_that_says_no_is_never_allowed_to_anybody() {
    let refused = row("c1", "", "77", "", "", "N");
    let cut = refused.replace(",,,,,", ",,,Sal\0em,,");
    let unknown = row("x1", "", "77", "", "", "N");
    for said in [refused, cut, unknown] {
        let bench = store();
        night(&bench, &[row("c1", "Ann", "01", "", "", "Y")], 0);
        night(&bench, std::slice::from_ref(&said), 3);
        assert_eq!(reached(&bench.customer("c1")), "cell 01");
        night(&bench, &[row("c2", "Bob", "77", "", "", "Y")], 0);
        assert_eq!(bench.customer("c2").phone_numbers[0].ok_to_text, Some(false), "{said:?}");
        assert_eq!(bench.customer("c2").phone_numbers[0].ok_to_call, None);
    }
}

#[test]
fn who_is_in_doubt_and_has_no_row_tonight_is_named() {
    let bench = store();
    let lost = "[[fault]]\nroute = \"create\"\nkey = \"c1\"\nstatus = 502\n[[fault]]\nroute = \"listMinimal\"\nstatus = 500\n";
    bench.faults(lost);
    night(&bench, &[ann("01", "", "")], 3);
    let ran = night(&bench, &[bob()], 3);
    let run = bench.latest();
    assert_eq!((run.keys("in_doubt"), run.errors.len()), (vec!["c1"], 0));
    assert!(ran.stderr.contains("errors.csv has no row of 1 customer"), "{}", ran.stderr);
    assert!(ran.stderr.contains("c1"), "{}", ran.stderr);
    bench.run(["retry"]).expect(0).shows(&["dms-sync sync"]);
}

#[test]
fn an_opt_out_that_is_owed_is_not_undone_by_an_allowance_that_could_not_be_sent_either() {
    let bench = store();
    let texts = |text: &str| row("c1", "Ann", "01", "", "", text);
    night(&bench, &[texts("Y")], 0);
    // A number that the export does not know: nothing but the customer's flag blocks it.
    bench.edit("c1", |customer| {
        customer.phone_numbers.push(Phone {
            phone_number: Some("+12025550171".into()),
            label: Some("work".into()),
            ok_to_text: Some(true),
            ..Phone::default()
        });
    });
    bench.faults(FAILURES[3]);
    night(&bench, &[texts("N")], 3);
    night(&bench, &[texts("Y")], 3);
    bench.faults("");
    night(&bench, &[bob()], 0);
    let flags: Vec<_> = bench.customer("c1").phone_numbers.iter().map(|phone| phone.ok_to_text).collect();
    assert_eq!(flags, [Some(false); 2]);
}

#[test]
fn an_opt_out_of_who_is_in_no_later_full_export_is_sent_and_nothing_else_is() {
    let mut bench = store();
    bench.set_department("export", "full");
    night(&bench, &[row("c1", "Ann", "01", "", "", "Y"), bob()], 0);
    bench.faults(FAILURES[0]);
    night(&bench, &[row("c1", "Ann", "01", "12", "", "N"), bob()], 3);
    bench.faults("");
    night(&bench, &[bob()], 0);
    let ann = bench.customer("c1");
    assert_eq!((reached(&ann).as_str(), ann.phone_numbers[0].ok_to_text), ("cell 01", Some(false)));
    night(&bench, &[bob()], 0);
    assert_eq!(bench.journal(), []);
}

/// The list of errors of the latest run, with `from` replaced.
fn edited(bench: &Workbench, name: &str, from: &str, to: &str) {
    let list = std::fs::read_to_string(bench.latest().dir.join("errors.csv")).unwrap();
    assert!(list.contains(from), "{list}");
    bench.write(name, list.replace(from, to));
}

#[test]
fn a_list_from_before_the_customer_was_sent_is_an_older_one() {
    for export in ["delta", "full"] {
        let mut bench = store();
        bench.set_department("export", export);
        let nameless = |cell: &str| row("c1", "", cell, "", "", "");
        night(&bench, &[nameless("05"), bob()], 3);
        edited(&bench, "edited.csv", "c1,,,", "c1,Ann,Edited,");
        edited(&bench, "again.csv", "c1,,,", "c1,Ann,Corrected,");
        // It is left over: a list repairs it, and what was wrong with the first edit a second one does.
        bench.run(["retry", "--errors", "edited.csv"]).expect(0);
        assert_eq!(bench.customer("c1").last_name.as_deref(), Some("Edited"));
        bench.run(["retry", "--errors", "again.csv"]).expect(0);
        assert_eq!(bench.customer("c1").last_name.as_deref(), Some("Corrected"));
        // A row of the export went through since: what the list says is older than that.
        night(&bench, &[ann("08", "", ""), bob()], 0);
        bench.run(["retry", "--errors", "edited.csv"]).expect(0);
        assert_eq!(bench.latest().keys("skipped"), ["c1"], "{export}");
        assert_eq!(reached(&bench.customer("c1")), "cell 08");
        assert_eq!(bench.customer("c1").last_name.as_deref(), Some("Threlkeld"));
        // It is left over once more, and the list that says so is no older one.
        night(&bench, &[nameless("09"), bob()], 3);
        edited(&bench, "third.csv", "c1,,,", "c1,Ann,Third,");
        bench.run(["retry", "--errors", "third.csv"]).expect(0);
        assert_eq!(reached(&bench.customer("c1")), "cell 09", "{export}");
    }
}

#[test]
fn a_row_that_was_given_anothers_number_is_two_people() {
    let bench = store();
    night(&bench, &[row("c1", "Ann", "01", "", "", "Y"), bob()], 0);
    night(&bench, &[row("x1", "", "77", "", "", "N")], 3);
    edited(&bench, "edited.csv", "x1,,,", "c1,Xavier,Quist,");
    bench.model().clear_journal();
    for _ in 0..2 {
        bench.run(["retry", "--errors", "edited.csv"]).expect(3);
        let run = bench.latest();
        assert_eq!(
            (run.keys("rejected"), run.errors[0]["error_code"].as_str()),
            (vec!["c1"], "key.two_people")
        );
        assert_eq!((bench.journal(), reached(&bench.customer("c1")).as_str()), (vec![], "cell 01"));
        // Nor by the list that says so.
        let again = std::fs::read_to_string(run.dir.join("errors.csv")).unwrap();
        bench.write("edited.csv", again);
    }
    // One that shares something with the customer is taken for it.
    night(&bench, &[row("x2", "", "01", "", "", "")], 3);
    edited(&bench, "edited.csv", "x2,,,", "c1,Anna,Quist,");
    bench.run(["retry", "--errors", "edited.csv"]).expect(0);
    assert_eq!(bench.customer("c1").last_name.as_deref(), Some("Quist"));
}

/// What may be texted at myKaarma, entry by entry.
fn may_text(bench: &Workbench) -> Vec<Option<bool>> {
    bench.customer("c1").phone_numbers.iter().map(|phone| phone.ok_to_text).collect()
}

/// A last night that brings everything to an end, and another that finds nothing to do.
#[track_caller]
fn settled(bench: &Workbench, rows: &[String]) {
    bench.faults("");
    night(bench, rows, 0);
    let asked = bench.asked();
    night(bench, rows, 0);
    assert_eq!(bench.journal(), [], "after {asked:?}");
}

const REFUSED: &str = "[[fault]]\nroute = \"update\"\nstatus = 400";

#[test]
fn an_opt_out_that_is_owed_outlives_the_failure_of_the_row_that_carries_it() {
    let texts = |cell: &str, text: &str| row("c1", "Ann", cell, "", "", text);
    let no_name = || row("c1", "", "01", "", "", "N");
    // Owed by a refused row, carried by a sound one that is silent.
    let mut bench = store();
    bench.set_department("export", "full");
    night(&bench, &[texts("01", "Y"), bob()], 0);
    for rows in [no_name(), texts("02", "")] {
        bench.faults(FAILURES[3]);
        night(&bench, &[rows, bob()], 3);
    }
    settled(&bench, &[texts("02", ""), bob()]);
    assert_eq!((may_text(&bench), reached(&bench.customer("c1")).as_str()), (vec![Some(false)], "cell 02"));
    // The same of a delta, where the sound row is refused at myKaarma: that is for a person, but for the opt-out.
    let bench = store();
    night(&bench, &[texts("01", "Y")], 0);
    bench.faults(FAILURES[3]);
    night(&bench, &[no_name()], 3);
    bench.faults(REFUSED);
    night(&bench, &[texts("02", "")], 3);
    settled(&bench, &[bob()]);
    assert_eq!((may_text(&bench), reached(&bench.customer("c1")).as_str()), (vec![Some(false)], "cell 01"));
    // And where it says no itself.
    for export in ["delta", "full"] {
        let mut bench = store();
        bench.set_department("export", export);
        night(&bench, &[texts("01", "Y"), bob()], 0);
        bench.faults(REFUSED);
        night(&bench, &[texts("02", "N"), bob()], 3);
        settled(&bench, &[bob()]);
        assert_eq!(may_text(&bench), [Some(false)], "{export}");
        assert_eq!(reached(&bench.customer("c1")), "cell 01", "{export}");
    }
}

#[test]
fn a_sound_row_says_yes_over_an_opt_out_that_is_owed_only_where_the_dms_has_newer_consent() {
    for (newer, said, expected) in
        [(false, "", false), (false, "Y", false), (true, "", false), (true, "Y", true)]
    {
        let mut bench = store();
        bench.set_department("export", "full");
        if newer {
            bench.set_department("consent", toml::toml! { dms_is_newer = true });
        }
        night(&bench, &[row("c1", "Ann", "01", "", "", "Y"), bob()], 0);
        bench.faults(FAILURES[3]);
        night(&bench, &[row("c1", "", "01", "", "", "N"), bob()], 3);
        settled(&bench, &[row("c1", "Ann", "02", "", "", said), bob()]);
        assert_eq!(may_text(&bench), [Some(expected)], "newer: {newer}, {said}");
    }
}

#[test]
fn what_may_have_arrived_is_not_forgotten_over_what_is_said_after_it() {
    for (fault, code) in [("[[fault]]\nroute = \"any\"\nstatus = 401", 5), (FAILURES[3], 3)] {
        for home in ["02", "13"] {
            let bench = store();
            night(&bench, &[ann("01", "02", "")], 0);
            bench.faults(FAILURES[1]);
            night(&bench, &[ann("01", "12", "")], 3);
            bench.faults(fault);
            night(&bench, &[ann("01", home, "")], code);
            settled(&bench, &[bob()]);
            assert_eq!(reached(&bench.customer("c1")), format!("cell 01, home {home}"), "{code}");
        }
    }
}

/// A create that is applied, and nobody hears of it.
const LOST: &str = "[[fault]]\nroute = \"create\"\nkey = \"c1\"\nstatus = 502\nwhen = \"after\"\n\
                    [[fault]]\nroute = \"listMinimal\"\nstatus = 500";

fn cy() -> String {
    row("c3", "Cy", "93", "", "", "")
}

#[track_caller]
fn creates_of_c1(bench: &Workbench) -> usize {
    let is_its = |entry: &&dms_sync::sandbox::JournalEntry| {
        entry.route == "create" && entry.customer_key.as_deref() == Some("c1")
    };
    bench.journal().iter().filter(is_its).count()
}

#[test]
fn who_is_known_is_never_created_for_what_is_owed() {
    let no_name = || row("c1", "", "", "", "", "N");
    for (tonight, code, flags) in [(cy(), 0, [None]), (no_name(), 3, [Some(false)])] {
        let bench = store();
        bench.faults(LOST);
        night(&bench, &[ann("01", "", "")], 3);
        // It is found to be there; what tonight says of it fails.
        bench.faults("[[fault]]\nroute = \"read\"\nafter = 1\nstatus = 503");
        night(&bench, &[ann("", "", "new")], 3);
        bench.faults("");
        night(&bench, &[tonight], code);
        assert_eq!(creates_of_c1(&bench), 0);
        assert_eq!(reached(&bench.customer("c1")), "cell 01, new@example.com");
        assert_eq!(may_text(&bench), flags);
        settled(&bench, &[bob()]);
    }
}

#[test]
fn what_was_found_and_could_not_be_adopted_is_adopted_and_never_created() {
    for (export, attempts, fault) in [
        ("delta", 2, "[[fault]]\nroute = \"read\"\nafter = 1\nstatus = 503"),
        ("delta", 1, FAILURES[2]),
        ("full", 2, "[[fault]]\nroute = \"read\"\nafter = 1\nstatus = 503"),
        ("full", 1, FAILURES[2]),
    ] {
        let mut bench = store();
        bench.set_department("export", export).set("retry.max_attempts", attempts);
        let rows =
            |other: String| if export == "delta" { vec![other] } else { vec![ann("01", "", ""), other] };
        bench.faults(LOST);
        night(&bench, &[ann("01", "", "")], 3);
        bench.edit("c1", |customer| customer.first_name = Some("Anita".into()));
        bench.faults(fault);
        night(&bench, &rows(bob()), 3);
        assert_eq!(creates_of_c1(&bench), 0, "{export} {fault}");
        bench.faults("");
        night(&bench, &rows(cy()), 0);
        assert_eq!(creates_of_c1(&bench), 0, "{export} {fault}");
        assert_eq!(bench.customer("c1").first_name.as_deref(), Some("Ann"), "{export} {fault}");
        settled(&bench, &rows(cy()));
    }
}

#[test]
fn a_block_of_one_channel_takes_none_of_another_with_it() {
    let mut bench = store();
    bench.set_department("export", "full");
    let said = |first: &str, home: &str, text: &str, email: &str, code| {
        let name = if first.is_empty() { "," } else { "Ann,Threlkeld" };
        let phones = format!("(202) 555-0101,{home}");
        let rows = format!("{HEADER},okToEmail\nc1,{name},,,{phones},a@example.com,{text},{email}\n");
        bench.write("export.csv", rows);
        bench.sync(code)
    };
    said("Ann", "", "Y", "Y", 0);
    // A number that the export does not know: nothing but the customer's flag blocks it.
    bench.edit("c1", |customer| {
        customer.phone_numbers.push(Phone {
            phone_number: Some("+12025550171".into()),
            label: Some("work".into()),
            ok_to_text: Some(true),
            ..Phone::default()
        });
    });
    bench.faults(FAILURES[0]);
    said("Ann", "(202) 555-0112", "N", "Y", 3);
    bench.faults("");
    said("", "", "", "N", 3);
    assert_eq!(
        (may_text(&bench), bench.customer("c1").emails[0].ok_to_email),
        (vec![Some(false); 2], Some(false))
    );
    assert_eq!(reached(&bench.customer("c1")), "a@example.com, cell 01, work 71");
}

#[test]
fn what_was_owed_before_outlives_the_refusal_of_what_is_said_over_it() {
    let bench = store();
    night(&bench, &[ann("01", "02", "")], 0);
    bench.faults(FAILURES[0]);
    night(&bench, &[ann("", "12", "")], 3);
    // Tonight's e-mail is refused, and with it what was owed: that alone was not.
    bench.faults(REFUSED);
    night(&bench, &[ann("", "", "new")], 3);
    bench.faults("");
    night(&bench, &[bob()], 0);
    assert_eq!(reached(&bench.customer("c1")), "cell 01, home 12");
    // What is refused by itself is for a person, and not tried every night.
    bench.faults(FAILURES[0]);
    night(&bench, &[ann("", "13", "")], 3);
    bench.faults(REFUSED);
    night(&bench, &[bob()], 3);
    bench.faults("");
    night(&bench, &[bob()], 0);
    assert_eq!(reached(&bench.customer("c1")), "cell 01, home 12");
}

#[test]
fn who_was_deleted_meanwhile_is_not_sent_what_was_owed_though_that_night_was_stopped() {
    let mut bench = store();
    let profile = bench.run(["profile", "show", "generic"]).expect(0).stdout;
    bench.write("store.toml", profile + "\n[skip]\ndeleted = [\"gone\"]\n");
    bench.set_department("profile", "store.toml");
    let write = |rows: &[(String, &str)]| {
        let rows: Vec<_> = rows.iter().map(|(row, gone)| format!("{},{gone}\n", row.trim_end())).collect();
        bench.write("export.csv", format!("{HEADER},gone\n{}", rows.concat()));
    };
    write(&[(ann("01", "", ""), "")]);
    bench.sync(0);
    bench.faults("[[fault]]\nstatus = 401");
    write(&[(ann("02", "", ""), ""), (bob(), "")]);
    bench.sync(5);
    write(&[(ann("02", "", ""), "Y"), (bob(), "Y"), (cy(), "")]);
    bench.sync(5);
    bench.faults("");
    write(&[(row("c4", "Dee", "94", "", "", ""), "")]);
    bench.sync(0);
    assert_eq!(reached(&bench.customer("c1")), "cell 01");
    let keys: Vec<_> = bench.remote().into_iter().filter_map(|customer| customer.customer_key).collect();
    assert!(!keys.contains(&"c2".to_owned()) && keys.len() == 3, "{keys:?}");
}

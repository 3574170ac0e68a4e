//! A no that stands in a row which is rejected reaches its customer all the same, where the checkpoint knows it; and
//! nothing else of such a row does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::time::{Duration, Instant};

use dms_sync::sandbox::{Customer, Phone};
use harness::export::people;
use harness::{Export, Workbench, finish, signal};

/// Customers of every store here: enough that one who is rejected holds no run.
const EVERYBODY: usize = 30;

/// Everybody, who may be texted; the columns that a test needs beside the usual ones are blank.
fn everybody() -> Export {
    let text = String::from_utf8(people(EVERYBODY).to_csv()).unwrap();
    let mut lines = text.lines();
    let header = format!("{},okToCall,okToEmail,vin\n", lines.next().unwrap());
    let rows: Vec<_> = lines.map(|line| format!("{line},,,")).collect();
    let mut export = Export::parse((header + &rows.join("\n")).as_bytes());
    export.set_all("okToText", "Y");
    export
}

/// After a first load of everybody; an advisor has renamed c0001 and given it another phone.
fn loaded() -> Workbench {
    let bench = Workbench::new();
    bench.export(&everybody()).sync(0);
    bench.edit("c0001", |customer| {
        customer.first_name = Some("Aurelia".into());
        customer.phone_numbers.push(Phone {
            phone_number: Some("+12025550171".into()),
            label: Some("work".into()),
            ok_to_call: Some(true),
            ok_to_text: Some(true),
            ..Phone::default()
        });
    });
    bench.model().clear_journal();
    bench
}

fn texts(customer: &Customer) -> Vec<Option<bool>> {
    customer.phone_numbers.iter().map(|phone| phone.ok_to_text).collect()
}

/// c0001 as it is where its flags for texts alone were turned.
fn without_texts(mut customer: Customer) -> Customer {
    for phone in &mut customer.phone_numbers {
        phone.ok_to_text = Some(false);
    }
    customer
}

/// The night's export with the lines of c0001 replaced.
fn with_lines(export: &mut Export, lines: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = export.drop_customer("c0001").to_csv();
    for line in lines {
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    bytes
}

/// A line of c0001 with these cells, the others blank.
fn line(cells: &[(&str, &[u8])]) -> Vec<u8> {
    let export = everybody();
    let text = export.to_csv();
    let header = String::from_utf8(text.split(|byte| *byte == b'\n').next().unwrap().to_vec()).unwrap();
    let cell = |name: &str| {
        let found = cells.iter().find(|(own, _)| *own == name).map(|(_, cell)| cell.to_vec());
        found.unwrap_or_default()
    };
    let all: Vec<_> = header.trim().split(',').map(cell).collect();
    all.join(&b',')
}

const KEY: (&str, &[u8]) = ("customerKey", b"c0001");
const NO: (&str, &[u8]) = ("okToText", b"N");
const NAMED: [(&str, &[u8]); 2] = [("firstName", b"Oswin"), ("lastName", b"Threlkeld")];

#[test]
fn a_no_in_a_rejected_row_reaches_every_entry_of_its_channel_and_once() {
    let two_people = vec![
        line(&[KEY, NAMED[0], NAMED[1], ("cellPhone", b"2015550177")]),
        line(&[KEY, ("firstName", b"Ysolde"), ("lastName", b"Marchbanks"), NO]),
    ];
    let nameless = vec![line(&[KEY, NO, ("cellPhone", b"2015550177"), ("vehicleMake", b"Audi")])];
    let invalid_vin = vec![line(&[KEY, NAMED[0], NAMED[1], NO, ("vin", b"1HGCM82633A004353")])];
    let nul = vec![line(&[KEY, NAMED[0], NAMED[1], NO, ("city", b"Sal\0em")])];
    let bytes =
        vec![line(&[KEY, NAMED[0], NAMED[1], NO, ("city", b"Sal\xFFem"), ("state", "ééé".as_bytes())])];
    let rows = "rows";
    for (what, lines, code, counted) in [
        ("no name", nameless, "name.missing", "rejected 1, unchanged 29"),
        ("two people", two_people, "key.two_people", "rejected 1, unchanged 29"),
        ("an invalid VIN", invalid_vin, "vin.check_digit", "rejected 1, unchanged 29"),
        (rows, nul, "row.nul", "missing 1, unchanged 29"),
        (rows, bytes, "row.encoding", "missing 1, unchanged 29"),
    ] {
        let mut bench = loaded();
        bench.set_department("invalid_vin", "reject");
        // A changed policy has everybody looked at again: not tonight's business.
        bench.sync(0);
        bench.model().clear_journal();
        let before = bench.customer("c0001");
        bench.write("export.csv", with_lines(&mut everybody(), &lines));
        bench.sync(3);
        let run = bench.latest();
        assert_eq!(run.counts(), counted, "{what}: {code}");
        assert_eq!(run.results.len(), usize::from(what != rows), "one outcome per customer: {code}");
        assert!(run.codes().iter().all(|found| *found == code), "{code}: {:?}", run.codes());
        let told: Vec<_> = run.warnings.iter().filter(|line| line["code"] == "consent.of_rejected").collect();
        assert_eq!(told.len(), 1, "{code}");
        assert_eq!((told[0]["customer_key"].as_str(), told[0]["field"].as_str()), ("c0001", "okToText"));
        assert_eq!(run.summary["requests"]["total"], 2, "read, and written: {code}");
        let after = bench.customer("c0001");
        assert_eq!(texts(&after), [Some(false), Some(false)], "{code}");
        let expected = without_texts(before);
        assert_eq!(
            (&after.first_name, &after.last_name, &after.phone_numbers, &after.emails, &after.addresses),
            (
                &expected.first_name,
                &expected.last_name,
                &expected.phone_numbers,
                &expected.emails,
                &expected.addresses
            ),
            "{code}"
        );
        assert_eq!(after.vehicles.len(), 1, "{code}");
        assert!(
            bench.journal().iter().all(|entry| entry.body_valid != Some(false) && entry.warnings.is_empty())
        );
        // The second night says the same, and sends nothing.
        bench.model().clear_journal();
        bench.sync(3);
        assert_eq!((bench.journal(), bench.latest().counts().as_str()), (vec![], counted), "{code}");
    }
}

#[test]
fn the_no_outlives_the_row_and_its_number_is_remembered() {
    let bench = loaded();
    let mut export = everybody();
    let number = export.rows()[0]["cellPhone"].clone();
    bench.write("export.csv", with_lines(&mut export, &[line(&[KEY, NO])]));
    bench.sync(3);
    assert_eq!(bench.latest().errors[0]["times_seen"], "1");
    bench.sync(3);
    assert_eq!(bench.latest().errors[0]["times_seen"], "2", "sending the opt-out settles no leftover");
    // The row is repaired and says nothing, then yes; and the number shows up on somebody else.
    let mut export = everybody();
    for word in ["", "Y"] {
        export.set("c0001", "okToText", word).set("c0001", "city", &format!("Salem{word}"));
        export.set("c0002", "cellPhone", &number);
        bench.export(&export).sync(0);
        assert_eq!(texts(&bench.customer("c0001")), [Some(false), Some(false)], "{word:?}");
        assert_eq!(texts(&bench.customer("c0002")), [Some(false)], "{word:?}");
    }
}

#[test]
fn a_refused_row_blocks_beside_rows_that_are_sound() {
    let bench = loaded();
    let sound = everybody().to_csv();
    let nul = line(&[KEY, NAMED[0], NAMED[1], NO, ("city", b"Sal\0em")]);
    bench.write("export.csv", [sound.clone(), nul, b"\n".to_vec()].concat());
    bench.sync(3);
    let run = bench.latest();
    assert_eq!(run.counts(), "unchanged 29, updated 1", "its other row is what was last pushed");
    assert_eq!(texts(&bench.customer("c0001")), [Some(false), Some(false)]);
    bench.model().clear_journal();
    bench.sync(3);
    assert_eq!((bench.journal(), bench.latest().counts().as_str()), (vec![], "unchanged 30"));
    bench.write("export.csv", sound);
    bench.sync(0);
    assert_eq!(texts(&bench.customer("c0001")), [Some(false), Some(false)]);
}

#[test]
fn what_cannot_be_told_apart_makes_no_claim_and_a_stranger_is_sent_nothing() {
    let whole = line(&[KEY, NAMED[0], NAMED[1], NO]);
    let ragged = [whole.clone(), b",N".to_vec()].concat();
    let short = whole[..whole.len() - 2].to_vec();
    let open = line(&[KEY, NO, ("city", b"\"Salem")]);
    let nul_in_it = line(&[KEY, NAMED[0], NAMED[1], ("okToText", b"N\0")]);
    let nul_and_ragged = [line(&[KEY, NO, ("city", b"Sal\0em")]), b",".to_vec()].concat();
    let nul_in_key = line(&[("customerKey", b"c0001\0"), NO]);
    let stranger = line(&[("customerKey", b"x0001"), NO]);
    let strange_nul = line(&[("customerKey", b"x0001"), NAMED[0], NAMED[1], NO, ("city", b"Sal\0em")]);
    let a_yes = line(&[KEY, ("okToText", b"Y")]);
    let no_word = line(&[KEY, ("okToText", b"perhaps")]);
    for (code, bad) in [
        ("row.fields", ragged),
        ("row.fields", short),
        ("row.quote", open),
        ("row.nul", nul_in_it),
        ("row.nul", nul_and_ragged),
        ("row.nul", nul_in_key),
        ("name.missing", stranger),
        ("row.nul", strange_nul),
        ("name.missing", a_yes),
        ("name.missing", no_word),
    ] {
        let bench = loaded();
        let before = bench.remote();
        bench.write("export.csv", with_lines(&mut everybody(), &[bad]));
        bench.sync(3);
        assert_eq!((bench.latest().codes(), bench.journal()), (vec![code], vec![]));
        assert_eq!(bench.remote(), before, "{code}");
    }
}

#[test]
fn a_global_opt_out_without_a_name_blocks_every_channel_in_a_delta() {
    let mut bench = Workbench::new();
    bench.set_department("profile", "dealervault-sv").set("guard.max_rejected", "100%");
    let header = "DV Dealer ID\tCustomer Number\tFirst Name\tLast Name\tCell Phone\tHome Phone\tEmail 1\tOpt Out\tBlock Phone\n";
    let row = |cells: &str| format!("{header}{}\n", cells.replace(',', "\t"));
    bench.write("export.csv", row("D,1,Ann,Smith,2025550101,2025550102,ann@example.com,N,N"));
    bench.sync(0);
    bench.write("export.csv", row("D,1,,,2025550103,,bo@example.com,Y,N"));
    bench.sync(3);
    let customer = bench.customer("1");
    assert_eq!(customer.first_name.as_deref(), Some("Ann"));
    let phones: Vec<_> =
        customer.phone_numbers.iter().map(|phone| (phone.ok_to_call, phone.ok_to_text)).collect();
    assert_eq!(phones, [(Some(false), Some(false)); 2]);
    let emails: Vec<_> = customer.emails.iter().map(|email| email.ok_to_email).collect();
    assert_eq!(emails, [Some(false)]);
    let fields: Vec<_> = bench.latest().warnings.iter().map(|line| line["field"].clone()).collect();
    assert_eq!(fields, ["okToCall", "okToText", "okToEmail"]);
    bench.model().clear_journal();
    bench.sync(3);
    assert_eq!(bench.journal(), []);
}

#[test]
fn who_is_left_alone_on_purpose_is_sent_no_opt_out_and_reported() {
    let header = "SerialNumber,ContactId,ContactFirstName,ContactLastName,ContactIsInactive,ContactCellPhone,CommPrefTextMessage";
    let mut bench = Workbench::new();
    bench.set_department("profile", "pbs");
    bench.write("export.csv", format!("{header}\nS,1,Ann,Smith,False,2025550101,Y\n"));
    bench.sync(0);
    bench.model().clear_journal();
    for row in ["S,1,Ann,Smith,True,2025550101,N", "S,1,,,True,2025550101,N"] {
        bench.write("export.csv", format!("{header}\n{row}\n"));
        bench.sync(0);
        let run = bench.latest();
        assert_eq!((run.keys("skipped"), run.results[0]["code"].as_str()), (vec!["1"], "customer.inactive"));
        assert_eq!(bench.journal(), []);
    }
    // Nor where the row that says so cannot be read to its end.
    bench.write("export.csv", format!("{header}\nS,1,An\0n,Smith,True,2025550101,N\nS,2,Bo,Jones,False,,\n"));
    bench.set("guard.max_rejected", "100%");
    bench.sync(3);
    assert!(bench.journal().iter().all(|entry| entry.route == "create"));
}

#[test]
fn a_deleted_customer_is_reported_and_what_was_open_of_it_is_not_sent() {
    let header = "contact_id,first_name,last_name,cell phone,isDeleteDataFlag,allow_email_solicitation";
    let mut bench = Workbench::new();
    bench.set_department("profile", "tekion").set("retry.max_attempts", 1);
    let night = |row: &str| bench.write("export.csv", format!("{header}\n{row}\n"));
    night("1,Ann,Smith,2025550101,N,Y");
    bench.sync(0);
    // Tonight's update gets no answer, and was not applied.
    bench.faults("[[fault]]\nroute = \"update\"\nstatus = 503\nwhen = \"before\"");
    night("1,Ann,Smith,2025550102,N,Y");
    bench.sync(3);
    bench.faults("");
    bench.model().clear_journal();
    let before = bench.customer("1");
    night("1,Ann,Smith,2025550103,Y,N");
    bench.sync(0);
    let run = bench.latest();
    assert_eq!((run.counts().as_str(), run.results.len()), ("skipped 1", 1));
    assert_eq!(
        (run.results[0]["customer_key"].as_str(), run.results[0]["code"].as_str()),
        ("1", "customer.deleted")
    );
    assert_eq!(
        bench.asked().into_iter().collect::<Vec<_>>(),
        [("read".to_owned(), 1)],
        "looked at, not sent"
    );
    assert_eq!(bench.customer("1"), before);
    // Settled for good: the next night has nothing open.
    bench.model().clear_journal();
    bench.sync(0);
    assert_eq!(bench.journal(), []);
}

#[test]
fn the_dry_run_shows_it_masked_and_the_guard_counts_it() {
    let bench = loaded();
    bench.write("export.csv", with_lines(&mut everybody(), &[line(&[KEY, NO])]));
    let shown = bench.run(["diff"]).expect(3).stdout;
    assert!(shown.contains("~ block c0001: text, though its row is rejected"), "{shown}");
    assert!(shown.contains("    okToText: allowed -> blocked\n"), "{shown}");
    assert!(shown.contains("! reject c0001: name.missing"), "{shown}");
    let plan = bench.run(["diff", "--format", "json"]).expect(3).json();
    let fields = serde_json::json!([{"field": "okToText", "item": null, "old": "allowed", "new": "blocked"}]);
    assert_eq!((&plan["changes"][0]["action"], &plan["changes"][0]["fields"]), (&"block".into(), &fields));
    assert_eq!(plan["summary"]["customers"]["total"], EVERYBODY);
    assert_eq!(plan["summary"]["customers"]["rejected"], 1);
    for format in ["csv", "html"] {
        let shown = bench.run(["diff", "--format", format]).expect(3).stdout;
        assert!(shown.contains("block") && shown.contains("okToText"), "{shown}");
    }
    assert_eq!(bench.run(["diff", "--exit-code", "--summary-only"]).code, 3);
    assert_eq!(bench.journal(), []);

    let mut bench = loaded();
    bench.set("guard.min_customers", 10).set("guard.max_rejected", "100%").set("guard.max_updates", 0);
    bench.set("guard.max_missing", "100%");
    bench.write("export.csv", with_lines(&mut everybody(), &[line(&[KEY, NO])]));
    bench.sync(4).shows(&["max_updates: 1 of 30"]);
    let run = bench.latest();
    assert_eq!((run.counts().as_str(), bench.journal()), ("rejected 1, unchanged 29", vec![]));
    assert_eq!(run.warnings.iter().filter(|line| line["code"] == "consent.unsent").count(), 1);
}

#[test]
fn one_that_is_refused_all_night_is_told_and_sent_the_next() {
    let mut bench = loaded();
    bench.set("retry.max_attempts", 2).set("run.error_budget", "100%");
    bench.faults("[[fault]]\nroute = \"update\"\nstatus = 503\nwhen = \"before\"");
    bench.write("export.csv", with_lines(&mut everybody(), &[line(&[KEY, NO])]));
    bench.sync(3).says(&["c0001", "http.503"]);
    let run = bench.latest();
    assert_eq!(run.counts(), "rejected 1, unchanged 29");
    assert_eq!(run.warnings.last().unwrap()["code"], "consent.unsent");
    assert_eq!(texts(&bench.customer("c0001")), [Some(true), Some(true)]);
    bench.faults("");
    bench.sync(3);
    assert_eq!(texts(&bench.customer("c0001")), [Some(false), Some(false)]);
}

#[test]
fn a_run_that_is_killed_over_it_is_taken_up() {
    for when in ["before", "after"] {
        let bench = loaded();
        bench.faults(&format!("[[fault]]\nroute = \"update\"\ndelay = \"30s\"\nwhen = \"{when}\""));
        bench.write("export.csv", with_lines(&mut everybody(), &[line(&[KEY, NO])]));
        let child = bench.command(["sync"]).spawn().unwrap();
        let begun = Instant::now();
        // Its intent is on disk; and where the write is applied before its answer is lost, it was applied.
        while !bench.run(["status"]).stdout.contains("being sent")
            || (when == "after" && texts(&bench.customer("c0001")) != [Some(false), Some(false)])
        {
            assert!(begun.elapsed() < Duration::from_secs(20), "the update never came");
        }
        signal(&child, "KILL");
        finish(child);
        bench.faults("");
        bench.sync(3);
        assert_eq!(texts(&bench.customer("c0001")), [Some(false), Some(false)], "{when}");
        assert_eq!(bench.latest().counts(), "rejected 1, unchanged 29");
        bench.model().clear_journal();
        bench.sync(3);
        assert_eq!(bench.journal(), [], "{when}");
    }
}

#[test]
fn a_stop_that_was_learned_after_the_backup_outlives_a_restore() {
    let bench = loaded();
    bench.run(["checkpoint", "backup", "copy.sqlite"]).expect(0);
    let cell = everybody().rows()[0]["cellPhone"].clone();
    bench.edit("c0001", |customer| {
        customer.phone_numbers.iter_mut().for_each(|phone| phone.ok_to_text = Some(false));
    });
    let mut export = everybody();
    bench.export(export.set("c0001", "city", "Salem")).sync(0);
    let told = "carried over from it (opt-outs: 2, forgotten customers: 0)";
    bench.run(["checkpoint", "restore", "copy.sqlite"]).expect(0).shows(&[told]);
    export.drop_customer("c0001").push(&[
        ("customerKey", "c0099"),
        ("firstName", "Oswin"),
        ("lastName", "Threlkeld"),
        ("cellPhone", &cell),
        ("okToText", "Y"),
    ]);
    bench.export(&export).sync(0);
    assert_eq!(texts(&bench.customer("c0099")), [Some(false)], "it is the number that opted out");
    // What cannot be carried over is said: the backup of a lost checkpoint, and a checkpoint that is damaged.
    std::fs::remove_file(bench.checkpoint()).unwrap();
    bench.sync(0);
    bench.edit("c0002", |customer| customer.phone_numbers[0].ok_to_text = Some(false));
    bench.export(export.set("c0002", "city", "Salem")).sync(0);
    let restore = || bench.run(["checkpoint", "restore", "copy.sqlite"]).expect(0);
    restore().shows(&["WARNING", "NOT carried over", "whose key differs", "opt-outs: "]);
    std::fs::write(bench.checkpoint(), "garbage").unwrap();
    restore().shows(&["WARNING", "NOT carried over", "is damaged"]);
}

#[test]
fn one_that_was_still_to_be_sent_outlives_a_restore() {
    let mut bench = loaded();
    bench.set("retry.max_attempts", 2).set("run.error_budget", "100%");
    bench.run(["checkpoint", "backup", "copy.sqlite"]).expect(0);
    let mut export = everybody();
    export.push(&[
        ("customerKey", "c0099"),
        ("firstName", "Oswin"),
        ("lastName", "Threlkeld"),
        ("cellPhone", "2025550188"),
        ("okToText", "Y"),
    ]);
    bench.export(&export).sync(0);
    bench.faults("[[fault]]\nroute = \"update\"\nstatus = 503\nwhen = \"before\"");
    let mut night = with_lines(&mut everybody(), &[line(&[KEY, NO])]);
    night.extend_from_slice(&line(&[("customerKey", b"c0099"), NO]));
    night.push(b'\n');
    bench.write("export.csv", night);
    bench.sync(3).says(&["c0001", "c0099"]);
    assert_eq!(texts(&bench.customer("c0001")), [Some(true), Some(true)]);
    bench.run(["checkpoint", "restore", "copy.sqlite"]).expect(0).shows(&[
        "opt-outs that were still to be sent are sent by the next run (customers: 1)",
        "NOT carried over where the backup does not know the customer: c0099;",
    ]);
    // No later export repeats it.
    bench.faults("");
    bench.export(&everybody()).sync(0);
    assert_eq!(texts(&bench.customer("c0001")), [Some(false), Some(false)]);
    bench.model().clear_journal();
    bench.sync(0);
    assert_eq!(bench.journal().iter().filter(|entry| entry.route == "update").count(), 0);
}

/// A department of deltas after a first load of everybody, and tonight's delta: c0001 says no, in a row without names.
fn delta_that_says_no() -> Workbench {
    let mut bench = Workbench::new();
    bench.set_department("export", "delta").set("retry.max_attempts", 2).set("run.error_budget", "100%");
    bench.set("guard.max_rejected", "100%");
    bench.export(&everybody()).sync(0);
    bench.write("export.csv", with_lines(&mut nobody(), &[line(&[KEY, NO])]));
    bench
}

/// An export of nobody.
fn nobody() -> Export {
    let mut export = everybody();
    for number in 1..=EVERYBODY {
        export.drop_customer(&format!("c{number:04}"));
    }
    export
}

/// The delta after it: another customer with the number of c0001, who may be texted.
fn later_delta(bench: &Workbench) {
    let number = everybody().rows()[0]["cellPhone"].clone();
    let cells =
        [("customerKey", "n0001"), ("firstName", "Oswin"), ("lastName", "Threlkeld"), ("okToText", "Y")];
    let cells: Vec<_> = cells.iter().map(|(name, cell)| (*name, cell.as_bytes())).collect();
    let row = line(&[&cells[..], &[("cellPhone", number.as_bytes())]].concat());
    bench.write("export.csv", with_lines(&mut nobody(), &[row]));
}

#[test]
fn one_that_a_delta_could_not_send_is_sent_by_the_next_which_is_silent_about_it() {
    let bench = delta_that_says_no();
    bench.faults("[[fault]]\nroute = \"read\"\nstatus = 503");
    bench.sync(3);
    let run = bench.latest();
    let told: Vec<_> = run.warnings.iter().filter(|line| line["code"] == "consent.unsent").collect();
    assert_eq!((told.len(), told[0]["message"].contains("the next run tries again")), (1, true));
    assert_eq!(texts(&bench.customer("c0001")), [Some(true)]);
    // Whom it concerns cannot be read; the number is known to say no all the same.
    later_delta(&bench);
    bench.sync(3);
    assert_eq!(texts(&bench.customer("n0001")), [Some(false)]);
    bench.faults("");
    bench.sync(0);
    assert_eq!(texts(&bench.customer("c0001")), [Some(false)]);
    bench.model().clear_journal();
    bench.sync(0);
    assert_eq!(bench.journal(), []);
}

#[test]
fn of_one_that_was_held_nothing_is_promised_and_the_same_file_sends_it() {
    let mut bench = delta_that_says_no();
    bench.set("guard.min_customers", 10).set("guard.max_updates", 0);
    bench.sync(4);
    let run = bench.latest();
    let told: Vec<_> = run.warnings.iter().filter(|line| line["code"] == "consent.unsent").collect();
    assert_eq!((told.len(), told[0]["message"].contains("run the same file again")), (1, true));
    assert!(!told[0]["message"].contains("the next run"), "{:?}", told[0]);
    let run_id = run.run_id().to_owned();
    bench.run(["sync", "--approve", &run_id, "--reason", "looked at"]).expect(3);
    assert_eq!(texts(&bench.customer("c0001")), [Some(false)]);
}

//! Whose record is it? Where that cannot be told nothing is written, a person is told what to do, and once that is done
//! the customer goes on by itself. The judge is what the remote was asked and what it holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeMap;

use dms_sync::sandbox::{Customer, Email, JournalEntry, SandboxOptions};
use harness::export::people;
use harness::nights::{entered, loaded};
use harness::{Export, TOKEN, Workbench};
use serde_json::json;

/// Whom all of this is about.
const KEY: &str = "c0001";
const OTHERS: usize = 2;

/// What stands at the remote, or no longer does, when the run comes to the customer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum There {
    /// Two records with the key, both of them the same person.
    Twins,
    /// Two with the key, one of them somebody else.
    TwinAndStranger,
    /// One with the key, and no name, phone, e-mail or VIN in common.
    Stranger,
    /// None.
    Nobody,
    /// The record that was pushed, under another key.
    OtherKey,
}

/// What the run does about the customer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// A create, which is refused because the key exists.
    Create,
    /// A create whose answer is lost.
    CreateInDoubt,
    /// An update of a record that was pushed before. Unless its key has changed, it is gone.
    Update,
}

use Sent::{Create, CreateInDoubt, Update};
use There::{Nobody, OtherKey, Stranger, TwinAndStranger, Twins};

const MERGE: &str = "merge them at myKaarma";
const REUSED: &str = "if the DMS reused the number, give the old record another key";
const GONE: &str = "to create it again set vanished = \"recreate\"";
const CHANGED: &str = "two customers may have been merged at myKaarma";

/// What stands there and what is sent; the code, the tip, and what is asked on the customer's behalf the first night.
type Case = (There, Sent, &'static str, &'static str, &'static [(&'static str, usize)]);

#[rustfmt::skip]
const CASES: [Case; 11] = [
    (Twins, Create, "adopt.several", MERGE, &[("create", 1), ("listMinimal", 1)]),
    (Twins, CreateInDoubt, "adopt.several", MERGE, &[("create", 1), ("listMinimal", 1)]),
    (Twins, Update, "adopt.several", MERGE, &[("read", 1), ("listMinimal", 1)]),
    (TwinAndStranger, Create, "adopt.several", MERGE, &[("create", 1), ("listMinimal", 1)]),
    (TwinAndStranger, CreateInDoubt, "adopt.several", MERGE, &[("create", 1), ("listMinimal", 1)]),
    (TwinAndStranger, Update, "adopt.several", MERGE, &[("read", 1), ("listMinimal", 1)]),
    (Stranger, Create, "adopt.mismatch", REUSED, &[("create", 1), ("listMinimal", 1)]),
    (Stranger, CreateInDoubt, "adopt.mismatch", REUSED, &[("create", 1), ("listMinimal", 1)]),
    (Stranger, Update, "adopt.mismatch", REUSED, &[("read", 1), ("listMinimal", 1)]),
    (Nobody, Update, "remote.gone", GONE, &[("read", 1), ("listMinimal", 2)]),
    (OtherKey, Update, "remote.key_changed", CHANGED, &[("read", 1)]),
];

impl There {
    /// Records of the customer that are there, oldest first.
    fn seed(self, bench: &Workbench) -> Vec<String> {
        let row = people(1).rows()[0].clone();
        let same = entered(KEY, &row["firstName"], &row["lastName"]);
        let other = entered(KEY, "Oswin", "Threlkeld");
        let records = match self {
            Twins => vec![same.clone(), same],
            TwinAndStranger => vec![same, other],
            Stranger => vec![other],
            Nobody | OtherKey => vec![],
        };
        records.into_iter().map(|record| bench.model().seed(TOKEN, record).unwrap()).collect()
    }

    /// Does what the tip says. Answers the records that are nobody's any more.
    fn mend(self, bench: &mut Workbench, seeded: &[String]) -> Vec<Customer> {
        match self {
            Twins | TwinAndStranger => bench.model().remove(TOKEN, &seeded[1]).unwrap(),
            Stranger => {
                bench.edit(KEY, |customer| customer.customer_key = Some("old-1".into()));
                return vec![bench.customer("old-1")];
            }
            Nobody => drop(bench.set_department("vanished", "recreate")),
            OtherKey => bench.edit("c9001", |customer| customer.customer_key = Some(KEY.into())),
        }
        vec![]
    }
}

/// A night that comes to the customer, before it is run. Answers the uuid that it was pushed under.
fn eve(there: There, sent: Sent) -> (Workbench, Option<String>) {
    if sent != Update {
        let bench = Workbench::new();
        if sent == CreateInDoubt {
            bench.faults(&format!(
                "[[fault]]\nroute = \"create\"\nkey = \"{KEY}\"\ncount = 1\nstatus = 504\nwhen = \"after\""
            ));
        }
        bench.export(&tonight());
        return (bench, None);
    }
    let bench = loaded(1 + OTHERS);
    let uuid = bench.customer(KEY).customer_uuid;
    match there {
        OtherKey => bench.edit(KEY, |customer| customer.customer_key = Some("c9001".into())),
        _ => bench.model().remove(TOKEN, &uuid).unwrap(),
    }
    bench.export(&tonight());
    (bench, Some(uuid))
}

fn tonight() -> Export {
    let mut export = people(1 + OTHERS);
    export.set_all("city", "Salem");
    export
}

/// What the remote was asked on the customer's behalf, since the journal was last cleared.
fn asked(bench: &Workbench, uuid: Option<&str>) -> Vec<JournalEntry> {
    let ours = |entry: &JournalEntry| {
        entry.customer_key.as_deref() == Some(KEY) || uuid.is_some() && entry.customer_uuid.as_deref() == uuid
    };
    bench.journal().into_iter().filter(ours).collect()
}

/// Everyone at the remote but the others, who are sent as always.
fn concerned(bench: &Workbench) -> Vec<Customer> {
    let is_other = |key: &str| key != KEY && tonight().rows().iter().any(|row| row["customerKey"] == key);
    let everyone = bench.remote().into_iter();
    everyone.filter(|customer| !customer.customer_key.as_deref().is_some_and(is_other)).collect()
}

/// A run that leaves the customer to a person.
#[track_caller]
fn left_to_a_person(bench: &Workbench, uuid: Option<&str>, (code, tip): (&str, &str)) {
    let before = concerned(bench);
    bench.model().clear_journal();
    bench.sync(3);
    let run = bench.latest();
    assert_eq!(run.count("in_doubt"), 1, "{code}: {}", run.counts());
    let result = run.results.iter().find(|line| line["customer_key"] == KEY).unwrap();
    assert_eq!((result["outcome"].as_str(), result["code"].as_str()), ("in_doubt", code));
    assert_eq!(run.codes(), [code]);
    let error = &run.errors[0];
    assert_eq!((error["customerKey"].as_str(), error["city"].as_str()), (KEY, "Salem"));
    assert!(error["error_tip"].contains(tip), "{code}: {}", error["error_tip"]);
    bench.run(["status"]).expect(0).shows(&[code]);
    let applied = asked(bench, uuid).into_iter().find(|entry| entry.applied);
    assert_eq!(applied, None, "{code}");
    assert_eq!(concerned(bench), before, "{code}: nothing is written");
}

#[test]
fn whose_record_it_is_is_not_guessed() {
    // Each is a process that mostly waits for the disk.
    std::thread::scope(|scope| CASES.map(|case| drop(scope.spawn(move || two_nights_and_a_person(case)))));
}

fn two_nights_and_a_person((there, sent, code, tip, expected): Case) {
    let (mut bench, uuid) = eve(there, sent);
    let seeded = there.seed(&bench);
    left_to_a_person(&bench, uuid.as_deref(), (code, tip));
    assert_eq!(bench.remote().len(), concerned(&bench).len() + OTHERS, "the others are sent");
    let mut counts = BTreeMap::new();
    for entry in asked(&bench, uuid.as_deref()) {
        *counts.entry(entry.route).or_insert(0) += 1;
    }
    let expected: BTreeMap<_, _> =
        expected.iter().map(|(route, times)| ((*route).to_owned(), *times)).collect();
    assert_eq!(counts, expected, "{code}");
    // The next night knows no better, and no create is tried over an open one.
    left_to_a_person(&bench, uuid.as_deref(), (code, tip));
    let creates = asked(&bench, uuid.as_deref()).into_iter().filter(|entry| entry.route == "create");
    assert_eq!(creates.count(), usize::from(sent == Create), "{code}");
    // A person has done what the tip says; a record that is gone is the next question then.
    if (there, sent) == (Stranger, Update) {
        bench.set_department("vanished", "recreate");
    }
    let strangers = there.mend(&mut bench, &seeded);
    bench.sync(0);
    let customer = bench.customer(KEY);
    assert_eq!(customer.addresses[0].city.as_deref(), Some("Salem"), "{code}");
    let kept = |uuid: &String| *uuid == customer.customer_uuid;
    match there {
        Twins | TwinAndStranger => assert!(kept(&seeded[0]), "{code}: the one that was left is adopted"),
        Stranger | Nobody => assert!(!seeded.iter().chain(&uuid).any(kept), "{code}: it is created anew"),
        OtherKey => assert!(uuid.iter().any(kept), "{code}"),
    }
    assert_eq!(bench.remote().len(), 1 + OTHERS + strangers.len(), "{code}: nobody is there twice");
    assert!(strangers.iter().all(|stranger| bench.remote().contains(stranger)), "{code}: untouched");
    bench.model().clear_journal();
    bench.sync(0);
    assert_eq!(bench.journal(), [], "{code}: one more night sends nothing");
}

#[test]
fn two_records_of_one_key_come_from_a_state_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.jsonl");
    let record = |id: u8, first: &str| {
        json!({ "op": "put", "department": TOKEN, "last": id, "customer": {
            "id": id, "customerUuid": format!("uuid-{id}"),
            "customerKey": KEY, "firstName": first, "lastName": "Quibbleworth",
        }})
    };
    let row = people(1).rows()[0].clone();
    std::fs::write(&state, format!("{}\n{}\n", record(1, &row["firstName"]), record(2, "Oswin"))).unwrap();
    let bench = Workbench::with(SandboxOptions { state_file: Some(state), ..SandboxOptions::default() });
    bench.export(&tonight());
    left_to_a_person(&bench, None, ("adopt.several", MERGE));
    assert_eq!(bench.remote().len(), 2 + OTHERS);
}

#[test]
fn a_stranger_who_turns_out_to_be_the_customer_is_adopted() {
    let bench = Workbench::new();
    let uuid = Stranger.seed(&bench).remove(0);
    bench.export(&tonight());
    left_to_a_person(
        &bench,
        None,
        ("adopt.mismatch", "if it is the same person, correct one of these at myKaarma"),
    );
    bench.edit(KEY, |customer| customer.emails = emails_of_the_export());
    bench.sync(0);
    let customer = bench.customer(KEY);
    assert_eq!((&customer.customer_uuid, bench.remote().len()), (&uuid, 1 + OTHERS));
    assert_eq!(customer.phone_numbers.len(), 2, "what stood there stays");
}

/// The e-mail that the export has, too.
fn emails_of_the_export() -> Vec<Email> {
    let address = people(1).rows()[0]["email"].clone();
    let email = Email { email_address: Some(address), label: Some("personal".into()), ..Email::default() };
    vec![email]
}

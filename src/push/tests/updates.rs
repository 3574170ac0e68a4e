//! Updates: merged, gone, refused, replaced.

use super::*;
use crate::domain::policy::{MergeMode, Vanished};
use crate::domain::{Consent, Consents, Vehicle, Vin};
use crate::plan::samples::VINS;

#[tokio::test(start_paused = true)]
async fn an_update_reads_merges_and_writes() {
    let world = pushed(&["k1"]);
    let ended = Night::default().push(&world, vec![update("k1")]).await;
    assert_eq!((ended.stop, ended.of("k1")), (None, (OutcomeKind::Updated, "")));
    let (key, uuid) = ("k1".to_owned(), "u-k1".to_owned());
    assert_eq!(
        world.inner().log,
        [
            Entry::Call(Op::Read, uuid.clone()),
            Entry::Intend(key.clone()),
            Entry::Call(Op::Update, uuid),
            Entry::Settle(key, Some(OutcomeKind::Updated)),
        ]
    );
    let phones = world.record("u-k1")["customer"]["phoneNumbers"].clone();
    assert_eq!(phones[0]["phoneNumber"], "+12175550102");
    assert_eq!(phones.as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_there_already_is_not_written() {
    let world = World::new();
    world.has_pushed("u-k1", &with_cell("k1", 2));
    let ended = Night::default().push(&world, vec![update("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Unchanged, ""));
    let inner = world.inner();
    assert!(inner.log.iter().all(|entry| !matches!(entry, Entry::Intend(_))));
    assert!(
        inner.settled[0].learned.as_ref().unwrap().base == with_cell("k1", 2),
        "the checkpoint learns it"
    );
}

#[tokio::test(start_paused = true)]
async fn replace_makes_no_read() {
    let policies = || Policies { merge: MergeMode::Replace, ..Policies::default() };
    let world = pushed(&["k1"]);
    let ended = Night { policies: policies(), ..Night::default() }.push(&world, vec![update("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Updated, ""));
    assert_eq!(world.calls(), [(Op::Update, "u-k1".to_owned())]);

    // Gone is gone in either mode.
    let policies = Policies { vanished: Vanished::Recreate, ..policies() };
    let world = World::new();
    let ended = Night { policies, ..Night::default() }.push(&world, vec![update("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Created, ""));
}

#[tokio::test(start_paused = true)]
async fn a_vanished_record_is_held_recreated_or_adopted() {
    let world = World::new();
    let ended = Night::default().push(&world, vec![update("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::InDoubt, "remote.gone"));
    assert_eq!((world.count(Op::Create), world.open()), (0, vec![]));

    let policies = Policies { vanished: Vanished::Recreate, ..Policies::default() };
    let ended = Night { policies, ..Night::default() }.push(&world, vec![update("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Created, ""));
    assert_eq!(world.keys(), ["k1"]);

    let world = World::new();
    world.has_pushed("elsewhere", &with_cell("k1", 5));
    let ended = Night::default().push(&world, vec![update("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Updated, ""));
    assert_eq!(world.inner().settled[0].learned.as_ref().unwrap().uuid, uuid("elsewhere"));

    // It goes between the read and the write.
    let world = pushed(&["k1"]);
    world.fails(Op::Update, "u-k1", &[Fault::Gone]).fails(Op::Read, "u-k1", &[]);
    let ended = Night::default().push(&world, vec![update("k1")]).await;
    assert_ne!(ended.of("k1").0, OutcomeKind::InDoubt, "found under its key after all");
}

#[tokio::test(start_paused = true)]
async fn a_record_with_another_key_is_left_alone() {
    let world = World::new();
    world.has_pushed("u-k1", &with_cell("k9", 1));
    let ended = Night::default().push(&world, vec![update("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::InDoubt, "remote.key_changed"));
    assert_eq!(world.count(Op::Update), 0);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_answered_with_another_record_writes_nothing() {
    for (named, expected) in [
        (json!("u-k2"), (OutcomeKind::InDoubt, "remote.other_record")),
        (json!("u-k1"), (OutcomeKind::Updated, "")),
        (json!(""), (OutcomeKind::Updated, "")),
        (Value::Null, (OutcomeKind::Updated, "")),
    ] {
        let world = pushed(&["k1"]);
        let mut record = world.record("u-k1");
        record["customer"]["customerUuid"] = named.clone();
        record["customer"]["customerKey"] = Value::Null;
        world.has("u-k1", &record);
        let ended = Night::default().push(&world, vec![update("k1")]).await;
        assert_eq!(ended.of("k1"), expected, "{named}");
        assert_eq!(world.count(Op::Update), usize::from(expected.0 == OutcomeKind::Updated), "{named}");
        assert!(world.open().is_empty(), "{named}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_back_fails_that_customer() {
    let world = World::new();
    let unlabelled = json!({"phoneNumber": "+12175550109"});
    world.has(
        "u-k1",
        &json!({"customer": {"customerKey": "k1", "firstName": "Ana", "lastName": "Ruiz", "phoneNumbers": [unlabelled]}}),
    );
    let ended = Night::default().push(&world, vec![update("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Failed, "remote.unsendable"));
    assert_eq!((world.count(Op::Update), world.open()), (0, vec![]));
    assert_eq!(world.inner().settled[0].refused, None, "a person may repair it tomorrow");
}

#[tokio::test(start_paused = true)]
async fn an_update_may_have_been_applied_unless_it_was_plainly_refused() {
    for (fault, code, open) in [
        (Fault::Refused, "api.4711", false),
        (Fault::RefusedAfterAll, "api.4711", true),
        (Fault::Exhausted { applied: true }, "http.503", true),
        (Fault::Exhausted { applied: false }, "http.503", true),
        (Fault::Forbidden, "http.403", false),
    ] {
        let world = pushed(&["k1"]);
        world.fails(Op::Update, "u-k1", &[fault]);
        let ended = Night::default().push(&world, vec![update("k1")]).await;
        assert_eq!(ended.of("k1"), (OutcomeKind::Failed, code), "{fault:?}");
        assert_eq!(!world.open().is_empty(), open, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_has_left_is_in_doubt_where_nothing_more_may_be_sent() {
    let (doubt, not_attempted) =
        ((OutcomeKind::InDoubt, "run.cut_off"), (OutcomeKind::NotAttempted, "run.stopped"));
    for (fault, expected) in [
        (Fault::Again { applied: true }, doubt),
        (Fault::Again { applied: false }, doubt),
        (Fault::NotSentAgain, doubt),
        (Fault::Late, not_attempted),
        (Fault::NotSent, not_attempted),
    ] {
        let world = pushed(&["k1"]);
        world.fails(Op::Update, "u-k1", &[fault]).inner().allowance = Some(2);
        let ended = Night::default().push(&world, vec![update("k1")]).await;
        assert_eq!((ended.stop, ended.of("k1")), (Some(Stop::DailyBudget), expected), "{fault:?}");
        assert_eq!(world.count(Op::Read), 1, "{fault:?}: the second is not sent");
        assert_eq!(world.open().is_empty(), fault == Fault::NotSent, "{fault:?}");
    }
    // A create that is kept from being sent again was surely not applied.
    let world = World::new();
    world.fails(Op::Create, "k001", &[Fault::NotSentAgain]);
    let ended = Night::default().push(&world, creates(1..2)).await;
    assert_eq!((ended.of("k001"), world.open()), (not_attempted, vec![]));
}

#[tokio::test(start_paused = true)]
async fn the_record_as_it_was_is_kept_with_the_intent() {
    let world = pushed(&["k1"]);
    world.fails(Op::Update, "u-k1", &[Fault::Exhausted { applied: true }]);
    let before = world.record("u-k1");
    Night::default().push(&world, vec![update("k1")]).await;
    let kept = world.inner().open["k1"].before.clone().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), before);
}

/// The record of an update of `k1` in which somebody has said STOP and an advisor has added a number meanwhile.
fn stopped(line: u8) -> Value {
    let number = |line: u8, label: &str, may_text: bool| json!({"phoneNumber": phone(line).e164(), "label": label, "okToText": may_text});
    let phones = [number(line, "cell", false), number(77, "work", true)];
    json!({"customer": {"customerKey": "k1", "firstName": "Ana", "lastName": "Ruiz", "phoneNumbers": phones}})
}

/// An update that allows texts to the number it keeps and adds another one.
fn allowing() -> Change {
    let slot = |label| PhoneSlot { label, ordinal: 1 };
    let numbers = [(PhoneLabel::Cell, 1), (PhoneLabel::Home, 2)];
    let ours = Customer {
        phones: numbers.map(|(label, line)| (slot(label), Claim::Value(vec![phone(line)]))).into(),
        consents: Consents { text: Consent::Allowed, ..Consents::default() },
        ..customer("k1")
    };
    change(Action::Update { uuid: uuid("u-k1"), base: Box::new(with_cell("k1", 1)) }, ours)
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_late_or_again_is_read_and_merged_again() {
    for fault in [Fault::Again { applied: false }, Fault::Again { applied: true }, Fault::Late] {
        let world = pushed(&["k1"]);
        world.fails(Op::Update, "u-k1", &[fault]).inner().meanwhile.insert("u-k1".to_owned(), stopped(1));
        let ended = Night::default().push(&world, vec![allowing()]).await;
        assert_eq!((ended.of("k1"), world.count(Op::Read)), ((OutcomeKind::Updated, ""), 2), "{fault:?}");
        let phones = world.record("u-k1")["customer"]["phoneNumbers"].clone();
        let found: Vec<_> = phones
            .as_array()
            .unwrap()
            .iter()
            .map(|phone| (phone["phoneNumber"].as_str().unwrap(), phone["okToText"].clone()))
            .collect();
        let expected =
            [("+12175550101", json!(false)), ("+12175550177", json!(true)), ("+12175550102", Value::Null)];
        assert_eq!(found, expected, "{fault:?}");
        assert!(world.open().is_empty() && world.inner().settled[0].learned.is_some(), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_reading_that_leaves_nothing_to_write_ends_the_update() {
    let done = || {
        let world = World::new();
        world.has_pushed("u-k1", &allowing().ours);
        world.record("u-k1")
    };
    let other = json!({"customer": {"customerKey": "k9", "firstName": "Bo", "lastName": "Lee"}});
    for (fault, meanwhile, expected, open) in [
        (Fault::Again { applied: true }, None, (OutcomeKind::Updated, ""), false),
        (Fault::Again { applied: false }, Some(done()), (OutcomeKind::Updated, ""), false),
        (Fault::Late, Some(done()), (OutcomeKind::Unchanged, ""), false),
        (
            Fault::Again { applied: false },
            Some(other.clone()),
            (OutcomeKind::InDoubt, "remote.key_changed"),
            true,
        ),
        (Fault::Late, Some(other), (OutcomeKind::InDoubt, "remote.key_changed"), false),
    ] {
        let world = pushed(&["k1"]);
        world.fails(Op::Update, "u-k1", &[fault]);
        world.inner().meanwhile.extend(meanwhile.map(|record| ("u-k1".to_owned(), record)));
        let ended = Night::default().push(&world, vec![allowing()]).await;
        assert_eq!((ended.stop, ended.of("k1")), (None, expected), "{fault:?}");
        assert_eq!(!world.open().is_empty(), open, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_reading_that_fails_leaves_the_write_to_the_next_run() {
    for (fault, open) in [(Fault::Again { applied: false }, true), (Fault::Late, false)] {
        let world = pushed(&["k1"]);
        world.fails(Op::Update, "u-k1", &[fault]);
        world.fails(Op::Read, "u-k1", &[Fault::None, Fault::Exhausted { applied: false }]);
        let ended = Night::default().push(&world, vec![allowing()]).await;
        assert_eq!((ended.stop, ended.of("k1")), (None, (OutcomeKind::Failed, "http.503")), "{fault:?}");
        assert_eq!(!world.open().is_empty(), open, "{fault:?}");
    }
}

/// Two numbers and a car known, an earlier yes to texts; tonight one new number is said, and nothing else.
fn sparse_update() -> Change {
    let slot = |label| PhoneSlot { label, ordinal: 1 };
    let numbers = |lines: &[(PhoneLabel, u8)]| -> BTreeMap<_, _> {
        let claim = |line| Claim::Value(vec![phone(line)]);
        lines.iter().map(|(label, line)| (slot(*label), claim(*line))).collect()
    };
    let car =
        |at: usize, owned| Vehicle { vin: Some(Vin::parse(VINS[at]).unwrap()), owned, ..Vehicle::default() };
    let base = Customer {
        phones: numbers(&[(PhoneLabel::Cell, 1), (PhoneLabel::Home, 2)]),
        consents: Consents { text: Consent::Allowed, call: Consent::Blocked, ..Consents::default() },
        vehicles: vec![car(0, Claim::Silent), car(1, Claim::Value(false))],
        ..customer("k1")
    };
    let now = Customer { phones: numbers(&[(PhoneLabel::Cell, 3)]), ..customer("k1") };
    let next_base =
        Customer { phones: numbers(&[(PhoneLabel::Cell, 3), (PhoneLabel::Home, 2)]), ..base.clone() };
    let canonical = next_base.canonical().unwrap();
    let action = Action::Update { uuid: uuid("u-k1"), base: Box::new(base) };
    Change { next_base, canonical, ..change(action, now) }
}

#[tokio::test(start_paused = true)]
async fn what_replaces_or_makes_a_record_is_all_that_is_known_not_only_tonights_words() {
    let recreate = Policies { vanished: Vanished::Recreate, ..Policies::default() };
    let replace = Policies { merge: MergeMode::Replace, ..Policies::default() };
    for (policies, there, may_text, vehicles) in
        [(recreate, false, Value::Null, 1), (replace, true, json!(true), 2)]
    {
        let world = World::new();
        if there {
            world.has_pushed("u-k1", sparse_update().base().unwrap());
        }
        Night { policies, ..Night::default() }.push(&world, vec![sparse_update()]).await;
        let uuid = world.inner().settled[0].learned.as_ref().unwrap().uuid.clone();
        let record = world.record(uuid.as_str());
        let phones = record["customer"]["phoneNumbers"].as_array().unwrap().clone();
        let numbers: Vec<_> = phones.iter().map(|phone| phone["phoneNumber"].clone()).collect();
        assert_eq!(numbers, ["+12175550103", "+12175550102"], "the number that only base knew is there too");
        assert_eq!(phones[0]["okToText"], may_text, "a new record gets no allowance of an earlier night");
        assert_eq!(phones[0]["okToCall"], json!(false), "and every block");
        let sent = record["vehicles"].as_array().unwrap().len();
        assert_eq!(sent, vehicles, "what was disowned is not made anew, and is not silently dropped either");
    }
}

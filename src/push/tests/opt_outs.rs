//! What is owed to a customer whose rows are refused, and what a customer that is set aside tonight has open.

use super::intents::cut_off;
use super::*;
use crate::domain::policy::{ExportKind, Vanished};
use crate::domain::{Consent, Consents};
use crate::plan::{Decision, Standing, opt_outs};

fn no_texts() -> Consents {
    Consents { text: Consent::Blocked, ..Consents::default() }
}

/// A no to texts over `base`, as the plan makes it.
fn block_over(base: Customer) -> Change {
    let standing =
        Standing { uuid: uuid(&format!("u-{}", base.key)), canonical: Some(base.canonical().unwrap()), base };
    let at = Position { file: "export.csv".into(), line: 7, record: 6 };
    match opt_outs(no_texts(), standing, at).unwrap() {
        (Decision::Change(change), _) => *change,
        (Decision::Same, _) => panic!("a block that changes nothing"),
    }
}

fn block(key: &str) -> Change {
    block_over(with_cell(key, 1))
}

/// The flags for texts at myKaarma.
fn may_text(world: &World, uuid: &str) -> Vec<Value> {
    let record = world.record(uuid);
    let phones = record["customer"]["phoneNumbers"].as_array().unwrap();
    phones.iter().map(|phone| phone["okToText"].clone()).collect()
}

/// Codes of the warnings of the last settlement, each with its field and line.
fn warned(world: &World) -> Vec<String> {
    let inner = world.inner();
    let of = |warning: &crate::domain::Warning| {
        let finding = &warning.finding;
        let at = warning.at.as_ref().map_or(0, |at| at.line);
        format!("{} {} {at}", finding.code, finding.field.unwrap())
    };
    inner.settled.last().unwrap().warnings.iter().map(of).collect()
}

fn of_kind(export: ExportKind) -> Policies {
    Policies { export, ..Policies::default() }
}

#[tokio::test(start_paused = true)]
async fn a_no_reaches_every_entry_and_nothing_else_is_touched() {
    let world = pushed(&["k1"]);
    let mut record = world.record("u-k1");
    record["customer"]["firstName"] = json!("Anita");
    record["customer"]["preferredLocale"] = json!("fr-ca");
    let theirs = json!({"phoneNumber": "+12175550109", "label": "work", "okToText": true, "okToCall": true});
    record["customer"]["phoneNumbers"].as_array_mut().unwrap().push(theirs);
    world.has("u-k1", &record);
    let ended = Night::default().push(&world, vec![block("k1")]).await;
    assert_eq!((ended.stop, ended.outcomes.len()), (None, 0), "it is counted as what it is: rejected");
    assert_eq!(may_text(&world, "u-k1"), [json!(false), json!(false)]);
    let after = world.record("u-k1");
    for field in ["firstName", "lastName", "preferredLocale", "isBusiness", "emails", "addresses"] {
        assert_eq!(after["customer"][field], record["customer"][field], "{field}");
    }
    assert_eq!(after["customer"]["phoneNumbers"][1]["okToCall"], true);
    assert_eq!((world.count(Op::Read), world.count(Op::Update), world.open()), (1, 1, vec![]));
    assert_eq!(warned(&world), ["consent.of_rejected okToText 7"]);
    let inner = world.inner();
    let settled = inner.settled.last().unwrap();
    let learned = settled.learned.as_ref().unwrap();
    assert!(learned.base == Customer { consents: no_texts(), ..with_cell("k1", 1) });
    assert_eq!(learned.source, None, "the rows are looked at again");
    assert!(settled.opt_outs.contains(&(Channel::Text, "+12175550109".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn what_is_blocked_there_already_is_learned_without_a_write() {
    let world = World::new();
    world.has_pushed("u-k1", &Customer { consents: no_texts(), ..with_cell("k1", 1) });
    Night::default().push(&world, vec![block("k1")]).await;
    assert_eq!((world.count(Op::Update), warned(&world)), (0, vec![]));
    assert!(world.inner().settled[0].learned.is_some());
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_is_told_learned_by_nobody_and_tried_again() {
    for (op, fault) in [
        (Op::Read, Fault::Exhausted { applied: false }),
        (Op::Update, Fault::Refused),
        (Op::Update, Fault::Exhausted { applied: false }),
        (Op::Update, Fault::Exhausted { applied: true }),
    ] {
        let world = pushed(&["k1"]);
        world.fails(op, "u-k1", &[fault]);
        let unsettled = cut_off(&world, vec![block("k1")]).await;
        assert_eq!(warned(&world), ["consent.unsent okToText 7"], "{fault:?}");
        assert_eq!(unsettled.len(), 1, "{fault:?}");
        {
            let inner = world.inner();
            let settled = inner.settled.last().unwrap();
            assert!(settled.learned.is_none() && settled.refused.is_none(), "{fault:?}");
        }
        let ended = Night { unsettled, ..Night::default() }.push(&world, vec![block("k1")]).await;
        assert!(ended.outcomes.is_empty() && world.open().is_empty(), "{fault:?}");
        assert_eq!(may_text(&world, "u-k1"), [json!(false)], "{fault:?}");
        let again = usize::from(fault != Fault::Exhausted { applied: true });
        assert_eq!(world.count(Op::Update), again, "{fault:?}");
        assert!(world.inner().settled.last().unwrap().learned.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_killed_run_is_taken_up_also_where_the_row_is_not_repeated() {
    for export in [ExportKind::Full, ExportKind::Delta] {
        for (fault, writes) in [(Fault::Hangs, 0), (Fault::Exhausted { applied: false }, 1)] {
            for planned in [true, false] {
                let world = pushed(&["k1"]);
                world.fails(Op::Update, "u-k1", &[fault]);
                let unsettled = cut_off(&world, vec![block("k1")]).await;
                assert_eq!(unsettled.len(), 1);
                let mut record = world.record("u-k1");
                record["customer"]["firstName"] = json!("Anita");
                world.has("u-k1", &record);
                let plan = if planned { vec![block("k1")] } else { Vec::new() };
                let night = Night { unsettled, policies: of_kind(export), ..Night::default() };
                let ended = night.push(&world, plan).await;
                let what = format!("{export:?} {fault:?} planned: {planned}");
                assert_eq!((ended.stop, world.count(Op::Update)), (None, writes), "{what}");
                assert!(ended.outcomes.is_empty(), "counted by nobody: {what}");
                assert_eq!(may_text(&world, "u-k1"), [json!(false)], "{what}");
                assert_eq!(world.record("u-k1")["customer"]["firstName"], "Anita", "{what}");
                assert_eq!(world.open(), Vec::<String>::new(), "{what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_leaves_it_for_the_next_run_and_says_so() {
    let world = pushed(&["k1"]);
    let night = Night::default();
    night.brake.stop(Stop::MaxDuration);
    let ended = night.push(&world, vec![block("k1")]).await;
    assert_eq!((ended.stop, ended.outcomes.len()), (Some(Stop::MaxDuration), 0));
    assert_eq!((world.calls(), warned(&world)), (vec![], vec!["consent.unsent okToText 7".to_owned()]));
    assert_eq!(world.open(), ["k1"], "no later export need say it again");
}

#[tokio::test(start_paused = true)]
async fn its_failures_count_where_failures_end_a_run() {
    let world = pushed(&["k1", "k2", "k3"]);
    world.always(Op::Read, Fault::Exhausted { applied: false });
    let mut night = Night::default();
    night.limits.lives = 1;
    night.limits.consecutive = 2;
    let ended = night.push(&world, ["k1", "k2", "k3"].map(block).to_vec()).await;
    assert_eq!((ended.stop, world.count(Op::Read)), (Some(Stop::Breaker), 2));
}

#[tokio::test(start_paused = true)]
async fn where_the_dms_is_the_sole_authority_all_that_is_known_is_sent_with_it() {
    let world = pushed(&["k1"]);
    let policies = Policies { merge: crate::domain::policy::MergeMode::Replace, ..Policies::default() };
    Night { policies, ..Night::default() }.push(&world, vec![block("k1")]).await;
    assert_eq!((world.count(Op::Read), may_text(&world, "u-k1")), (0, vec![json!(false)]));
    assert_eq!(world.record("u-k1")["customer"]["firstName"], "Ana");
}

#[tokio::test(start_paused = true)]
async fn who_is_refused_is_not_created_anew_for_a_flag() {
    let world = World::new();
    let policies = Policies { vanished: Vanished::Recreate, ..Policies::default() };
    Night { policies, ..Night::default() }.push(&world, vec![block("k1")]).await;
    assert_eq!((world.count(Op::Create), warned(&world)), (0, vec!["consent.unsent okToText 7".to_owned()]));
    assert_eq!(world.open(), Vec::<String>::new(), "there is nobody to block");
}

// --------------------------------------------------------------- not sent, and nobody says it again

/// A night in which `plan` is pushed over what is open, with the base of k1 as it was at first.
async fn night_after(world: &World, tonight: Tonight, policies: Policies, plan: Vec<Change>) -> Ended {
    let known = Some((uuid("u-k1"), with_cell("k1", 1)));
    let unsettled = world.unsettled().into_iter();
    let unsettled = unsettled.map(|one| Unsettled { known: known.clone(), tonight, ..one }).collect();
    Night { policies, unsettled, ..Night::default() }.push(world, plan).await
}

/// A world in which a block was planned, and no read was answered.
async fn unread() -> World {
    let world = pushed(&["k1"]);
    world.always(Op::Read, Fault::Exhausted { applied: false });
    Night::default().push(&world, vec![block("k1")]).await;
    assert_eq!((world.count(Op::Update), world.open()), (0, vec!["k1".to_owned()]));
    world
}

#[tokio::test(start_paused = true)]
async fn one_that_was_not_sent_is_sent_though_no_later_row_says_it() {
    for export in [ExportKind::Delta, ExportKind::Full] {
        for tonight in [Tonight::Open, Tonight::Refused] {
            let what = format!("{export:?} {tonight:?}");
            let world = unread().await;
            // A second night without an answer: who is refused is counted as that, else somebody must look.
            let ended = night_after(&world, tonight, of_kind(export), Vec::new()).await;
            assert_eq!(ended.outcomes.contains_key("k1"), tonight == Tonight::Open, "{what}");
            assert_eq!(world.open(), ["k1"], "{what}");
            // A third that reads it, and whose write is refused in so many words.
            world.inner().script.clear();
            world.fails(Op::Update, "u-k1", &[Fault::Refused]);
            let ended = night_after(&world, tonight, of_kind(export), Vec::new()).await;
            assert_eq!(ended.outcomes.contains_key("k1"), tonight == Tonight::Open, "{what}");
            assert_eq!(world.open(), ["k1"], "{what}");
            let ended = night_after(&world, tonight, of_kind(export), Vec::new()).await;
            assert_eq!((ended.outcomes.len(), may_text(&world, "u-k1")), (0, vec![json!(false)]), "{what}");
            assert_eq!(world.open(), Vec::<String>::new(), "{what}");
            let learned = world.inner().settled.last().unwrap().learned.clone().unwrap();
            assert!(learned.base == Customer { consents: no_texts(), ..with_cell("k1", 1) }, "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_told_of_an_earlier_update_is_a_block_too_from_now_on() {
    for applied in [true, false] {
        let world = pushed(&["k1"]);
        world.fails(Op::Update, "u-k1", &[Fault::Exhausted { applied }]);
        cut_off(&world, vec![update("k1")]).await;
        world.always(Op::Read, Fault::Exhausted { applied: false });
        night_after(&world, Tonight::Refused, of_kind(ExportKind::Delta), vec![block("k1")]).await;
        assert_eq!(
            (warned(&world), world.open()),
            (vec!["consent.unsent okToText 7".to_owned()], vec!["k1".to_owned()])
        );
        world.inner().script.clear();
        let ended = night_after(&world, Tonight::Open, of_kind(ExportKind::Delta), Vec::new()).await;
        assert_eq!(ended.of("k1"), (OutcomeKind::Updated, ""));
        let phones = world.record("u-k1")["customer"]["phoneNumbers"].clone();
        assert_eq!(
            (&phones[0]["phoneNumber"], &phones[0]["okToText"]),
            (&json!("+12175550102"), &json!(false))
        );
        assert_eq!((phones.as_array().unwrap().len(), world.open()), (1, vec![]));
    }
}

#[tokio::test(start_paused = true)]
async fn what_no_later_delta_says_stays_open_until_it_is_done_or_refused() {
    let world = pushed(&["k1"]);
    world.fails(Op::Update, "u-k1", &[Fault::Exhausted { applied: false }]);
    cut_off(&world, vec![update("k1")]).await;
    for (read, update, kind, open) in [
        (Some(Fault::Exhausted { applied: false }), None, OutcomeKind::InDoubt, 1),
        (None, Some(Fault::Exhausted { applied: false }), OutcomeKind::Failed, 1),
        // Turned away, and nobody else is.
        (None, Some(Fault::Forbidden), OutcomeKind::Failed, 1),
        (None, Some(Fault::Refused), OutcomeKind::Failed, 0),
    ] {
        world.inner().script.clear();
        world.fails(Op::Read, "u-k1", read.as_slice()).fails(Op::Update, "u-k1", update.as_slice());
        let ended = night_after(&world, Tonight::Open, of_kind(ExportKind::Delta), Vec::new()).await;
        assert_eq!((ended.of("k1").0, world.open().len()), (kind, open), "{read:?} {update:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_block_of_one_channel_learns_what_is_open_of_another() {
    let world = pushed(&["k1"]);
    world.fails(Op::Update, "u-k1", &[Fault::Exhausted { applied: false }]);
    let Change { ours, action, .. } = update("k1");
    let whole = change(action, Customer { consents: no_texts(), ..ours });
    Night::default().push(&world, vec![whole]).await;
    let base = with_cell("k1", 1);
    let standing = Standing { uuid: uuid("u-k1"), canonical: None, base: base.clone() };
    let no_mails = Consents { email: Consent::Blocked, ..Consents::default() };
    let at = Position { file: "export.csv".into(), line: 7, record: 6 };
    let (Decision::Change(block), _) = opt_outs(no_mails, standing, at).unwrap() else { panic!("no change") };
    night_after(&world, Tonight::Refused, Policies::default(), vec![*block]).await;
    let learned = world.inner().settled.last().unwrap().learned.clone().unwrap();
    assert!(learned.base == Customer { consents: no_mails.and(no_texts()), ..base });
    assert_eq!((may_text(&world, "u-k1"), world.open()), (vec![json!(false)], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_follows_a_lost_answer_is_no_proof_that_nothing_arrived() {
    for export in [ExportKind::Delta, ExportKind::Full] {
        let world = pushed(&["k1"]);
        world.fails(Op::Update, "u-k1", &[Fault::RefusedAfterAll]);
        let night = Night { policies: of_kind(export), ..Night::default() };
        let ended = night.push(&world, vec![update("k1")]).await;
        assert_eq!(ended.of("k1").0, OutcomeKind::Failed, "{export:?}");
        let (doubts, debts) = {
            let inner = world.inner();
            (inner.open.len(), inner.owed.len())
        };
        assert_eq!((doubts, debts), (1, 0), "{export:?}");
        night_after(&world, Tonight::Refused, of_kind(export), Vec::new()).await;
        let learned = world.inner().settled.last().unwrap().learned.clone().unwrap();
        assert!(learned.base == with_cell("k1", 2), "{export:?}");
        assert_eq!((world.count(Op::Update), world.open()), (1, vec![]), "{export:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_neither_undoes_nor_replaces_what_an_earlier_run_has_left_open() {
    for (export, applied, cell) in [
        (ExportKind::Delta, true, "+12175550102"),
        (ExportKind::Full, true, "+12175550102"),
        (ExportKind::Delta, false, "+12175550102"),
        // The export will repeat it as soon as its row is right.
        (ExportKind::Full, false, "+12175550101"),
    ] {
        let world = pushed(&["k1"]);
        world.fails(Op::Update, "u-k1", &[Fault::Exhausted { applied }]);
        let unsettled = cut_off(&world, vec![update("k1")]).await;
        let night = Night { unsettled, policies: of_kind(export), ..Night::default() };
        let ended = night.push(&world, vec![block("k1")]).await;
        let what = format!("{export:?} applied: {applied}");
        assert!(ended.outcomes.is_empty(), "{what}");
        let phones = world.record("u-k1")["customer"]["phoneNumbers"].clone();
        assert_eq!(
            (&phones[0]["phoneNumber"], &phones[0]["okToText"]),
            (&json!(cell), &json!(false)),
            "{what}"
        );
        assert_eq!(phones.as_array().unwrap().len(), 1, "{what}");
        let inner = world.inner();
        let learned = inner.settled.last().unwrap().learned.clone().unwrap();
        let line = if cell.ends_with('2') { 2 } else { 1 };
        assert!(learned.base == Customer { consents: no_texts(), ..with_cell("k1", line) }, "{what}");
        assert_eq!(learned.canonical, learned.base.canonical().unwrap(), "{what}");
    }
}

// --------------------------------------------------------------- open, and its customer is set aside tonight

/// A night that plans nothing, and in which every customer with an open intent is `tonight`.
async fn set_aside(world: &World, tonight: Tonight, export: ExportKind, open: Vec<Unsettled>) -> Ended {
    let unsettled = open.into_iter().map(|one| Unsettled { tonight, ..one }).collect();
    Night { unsettled, policies: of_kind(export), ..Night::default() }.push(world, Vec::new()).await
}

#[tokio::test(start_paused = true)]
async fn what_is_open_of_a_customer_that_is_set_aside_is_settled_and_not_sent_anew() {
    for (tonight, export, applied, stays) in [
        (Tonight::Skipped, ExportKind::Delta, false, false),
        (Tonight::Skipped, ExportKind::Full, false, false),
        (Tonight::Refused, ExportKind::Delta, false, true),
        (Tonight::Refused, ExportKind::Full, false, false),
        (Tonight::Skipped, ExportKind::Delta, true, false),
        (Tonight::Refused, ExportKind::Delta, true, false),
    ] {
        let world = pushed(&["k1"]);
        world.fails(Op::Update, "u-k1", &[Fault::Exhausted { applied }]);
        world.fails(Op::Create, "k2", &[Fault::WrongHost { applied }]);
        let open = cut_off(&world, vec![update("k1"), create("k2")]).await;
        let what = format!("{tonight:?} {export:?} applied: {applied}");
        assert_eq!(open.len(), 2, "{what}");
        let before = world.inner().settled.len();
        let ended = set_aside(&world, tonight, export, open).await;
        assert_eq!((ended.stop, ended.outcomes.len()), (None, 0), "counted elsewhere: {what}");
        assert_eq!((world.count(Op::Create), world.count(Op::Update)), (0, 0), "{what}");
        assert_eq!(world.open().len(), if stays { 2 } else { 0 }, "{what}");
        let inner = world.inner();
        let learned = inner.settled[before..].iter().filter(|settled| settled.learned.is_some()).count();
        assert_eq!(learned, if applied { 2 } else { 0 }, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_was_edited_is_adopted_unwritten_for_who_is_skipped_and_waits_for_who_is_refused() {
    for (tonight, stays) in [(Tonight::Skipped, false), (Tonight::Refused, true)] {
        let world = World::new();
        world.fails(Op::Create, "k1", &[Fault::Hangs]);
        let open = cut_off(&world, vec![create("k1")]).await;
        let edited = json!({"customer": {"customerKey": "k1", "firstName": "Ana", "lastName": "Ruiz"}});
        world.has("new-k1-0", &edited);
        set_aside(&world, tonight, ExportKind::Delta, open).await;
        assert_eq!((world.count(Op::Create), world.count(Op::Update)), (0, 0));
        assert_eq!(!world.open().is_empty(), stays);
        let inner = world.inner();
        let learned = inner.settled.last().unwrap().learned.as_ref();
        assert_eq!(learned.map(|learned| learned.uuid.as_str()), (!stays).then_some("new-k1-0"));
        assert!(learned.is_none_or(|learned| learned.base == customer("k1") && learned.source.is_none()));
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_told_of_a_customer_that_is_set_aside_stays_open_and_is_counted_once() {
    for tonight in [Tonight::Skipped, Tonight::Refused] {
        let world = World::new();
        world.fails(Op::Create, "k1", &[Fault::Hangs]);
        let open = cut_off(&world, vec![create("k1")]).await;
        world.always(Op::Find, Fault::Exhausted { applied: false });
        let ended = set_aside(&world, tonight, ExportKind::Delta, open).await;
        assert!(ended.outcomes.is_empty());
        assert_eq!(world.open(), ["k1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_to_be_blocked_of_a_customer_that_is_set_aside_is_sent_and_nothing_else_is() {
    let saying_no = || {
        let Change { ours, action, .. } = update("k1");
        change(action, Customer { consents: no_texts(), ..ours })
    };
    for tonight in [Tonight::Skipped, Tonight::Refused] {
        for export in [ExportKind::Delta, ExportKind::Full] {
            for planned in [block("k1"), saying_no()] {
                let what = format!("{tonight:?} {export:?} {:?}", planned.scope);
                let waits =
                    (tonight, export, planned.scope) == (Tonight::Refused, ExportKind::Delta, Scope::Whole);
                let world = pushed(&["k1"]);
                world.always(Op::Read, Fault::Exhausted { applied: false });
                Night { policies: of_kind(export), ..Night::default() }.push(&world, vec![planned]).await;
                // The first time it is not heard there either.
                let ended = night_after(&world, tonight, of_kind(export), Vec::new()).await;
                assert!(ended.outcomes.is_empty(), "counted elsewhere: {what}");
                assert_eq!(world.open(), ["k1"], "{what}");
                world.inner().script.clear();
                let ended = night_after(&world, tonight, of_kind(export), Vec::new()).await;
                assert!(ended.outcomes.is_empty(), "counted elsewhere: {what}");
                assert_eq!(!world.open().is_empty(), waits, "{what}");
                let flag = if waits { Value::Null } else { json!(false) };
                assert_eq!(may_text(&world, "u-k1"), [flag], "{what}");
                let phones = world.record("u-k1")["customer"]["phoneNumbers"].clone();
                assert_eq!(phones[0]["phoneNumber"], "+12175550101", "{what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_to_be_blocked_of_a_record_that_is_adopted_unwritten_is_owed() {
    let world = World::new();
    world.fails(Op::Create, "k1", &[Fault::Hangs]);
    let made = change(Action::Create, Customer { consents: no_texts(), ..with_cell("k1", 1) });
    let open = cut_off(&world, vec![made]).await;
    let edited = json!({"customer": {"customerKey": "k1", "firstName": "Ana", "lastName": "Ruiz",
        "phoneNumbers": [{"phoneNumber": "+12175550101", "label": "cell", "okToText": true}]}});
    world.has("new-k1-0", &edited);
    set_aside(&world, Tonight::Skipped, ExportKind::Full, open).await;
    assert_eq!((world.count(Op::Update), world.open()), (0, vec!["k1".to_owned()]));
    let known = Some((uuid("new-k1-0"), customer("k1")));
    let open = world.unsettled().into_iter().map(|one| Unsettled { known: known.clone(), ..one }).collect();
    set_aside(&world, Tonight::Skipped, ExportKind::Full, open).await;
    assert_eq!((may_text(&world, "new-k1-0"), world.open()), (vec![json!(false)], vec![]));
    assert_eq!(world.count(Op::Create), 0);
}

// --------------------------------------------------------------- a no that is read holds for everybody at once

#[tokio::test(start_paused = true)]
async fn a_number_that_moves_takes_a_no_with_it_that_was_just_read() {
    let world = pushed(&["k1"]);
    let mut record = world.record("u-k1");
    record["customer"]["phoneNumbers"][0]["okToText"] = json!(false);
    world.has("u-k1", &record);
    // Not settled for long, and then not as it should be.
    world.fails(Op::Update, "u-k1", &[Fault::Slow]);
    let consents = Consents { text: Consent::Allowed, ..Consents::default() };
    let heir = change(Action::Create, Customer { consents, ..with_cell("k2", 1) });
    let plan = vec![update("k1"), heir].into_iter().map(Ok).collect();
    Night::default().push_all(&world, plan, Duration::from_secs(1)).await;
    let order: Vec<_> = world.calls().into_iter().map(|(op, _)| op).collect();
    assert_eq!(order, [Op::Read, Op::Update, Op::Create]);
    let log = world.inner().log.clone();
    let at = |wanted: &dyn Fn(&Entry) -> bool| log.iter().position(wanted).unwrap();
    let settled = at(&|entry| matches!(entry, Entry::Settle(key, _) if key == "k1"));
    assert!(at(&|entry| matches!(entry, Entry::Call(Op::Create, _))) < settled, "the no was not settled yet");
    let uuid = world.inner().settled[0].learned.as_ref().unwrap().uuid.clone();
    assert_eq!((uuid.as_str(), may_text(&world, uuid.as_str())), ("new-k2-1", vec![json!(false)]));
    assert_eq!(world.inner().heard, [(Channel::Text, "+12175550101".to_owned())], "and it is on disk");
}

/// A text to number 1 of `change` is allowed by the DMS.
fn allowing(action: Action, key: &str) -> Change {
    let consents = Consents { text: Consent::Allowed, ..Consents::default() };
    change(action, Customer { consents, ..with_cell(key, 1) })
}

/// What is heard on number 1 while `waiting` waits for its turn: somebody's record with that number is adopted.
async fn heard_while_it_waits(
    world: &World,
    policies: Policies,
    op: Op,
    whom: &str,
    waiting: Change,
) -> Ended {
    let mut record = {
        let other = World::new();
        other.has_pushed("theirs", &with_cell("k1", 1));
        other.record("theirs")
    };
    record["customer"]["phoneNumbers"][0]["okToText"] = json!(false);
    world.has("theirs", &record).fails(op, whom, &[Fault::Slow]);
    let plan = vec![waiting, create("k1")].into_iter().map(Ok).collect();
    let night = Night { policies, ..Night::default() };
    let ended = night.push_all(world, plan, Duration::from_secs(1)).await;
    let calls = world.calls();
    let at = |wanted: (Op, &str)| calls.iter().position(|call| (call.0, call.1.as_str()) == wanted);
    assert!(at((op, whom)) < at((Op::Read, "theirs")), "it waited already: {calls:?}");
    ended
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_its_turn_hears_a_no_that_is_read_meanwhile() {
    let replace = || Policies { merge: crate::domain::policy::MergeMode::Replace, ..Policies::default() };
    for policies in [Policies::default(), replace()] {
        let world = World::new();
        let heir = allowing(Action::Create, "k2");
        let ended = heard_while_it_waits(&world, policies.clone(), Op::Create, "k2", heir).await;
        assert_eq!((ended.of("k2").0, world.count(Op::Create)), (OutcomeKind::Created, 2));
        assert_eq!(may_text(&world, "new-k2-1"), [json!(false)]);

        // An update that brings the number.
        let world = World::new();
        world.has_pushed("u-k2", &with_cell("k2", 2));
        let base = Box::new(with_cell("k2", 2));
        let heir = allowing(Action::Update { uuid: uuid("u-k2"), base }, "k2");
        let ended = heard_while_it_waits(&world, policies, Op::Update, "u-k2", heir).await;
        assert_eq!(ended.of("k2"), (OutcomeKind::Updated, ""));
        assert_eq!(may_text(&world, "u-k2"), [json!(false)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_yes_to_a_number_of_its_own_becomes_a_no_while_it_waits() {
    let world = World::new();
    let mut record = {
        let other = World::new();
        other.has_pushed("u-k2", &with_cell("k2", 1));
        other.record("u-k2")
    };
    record["customer"]["phoneNumbers"][0].as_object_mut().unwrap().remove("okToText");
    world.has("u-k2", &record);
    let base = Box::new(with_cell("k2", 1));
    let yes = allowing(Action::Update { uuid: uuid("u-k2"), base }, "k2");
    let ended = heard_while_it_waits(&world, Policies::default(), Op::Update, "u-k2", yes).await;
    assert_eq!((ended.stop, ended.of("k2")), (None, (OutcomeKind::Updated, "")));
    assert_eq!(may_text(&world, "u-k2"), [json!(false)]);
    assert!(world.open().is_empty());
}

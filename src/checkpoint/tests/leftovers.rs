//! Leftovers: who is new, how often, since when.

use super::*;

fn leave(checkpoint: &mut Checkpoint, entry: &LeftoverEntry) -> (i64, u32, bool) {
    let Seen { first_seen, times_seen, is_new } = checkpoint.batch(|batch| batch.leave_over(entry)).unwrap();
    (first_seen, times_seen, is_new)
}

#[test]
fn a_cause_counts_the_runs_that_meet_it_and_another_cause_starts_anew() {
    let state = State::new();
    let mut checkpoint = state.open();
    let mut leave = |code, n| leave(&mut checkpoint, &entry(key("1"), code, n));
    assert_eq!(leave("http.400", 1), (1_001, 1, true));
    assert_eq!(leave("http.400", 1), (1_001, 1, true), "told twice by one run");
    assert_eq!(leave("http.400", 2), (1_001, 2, false));
    assert_eq!(leave("http.400", 3), (1_001, 3, false));
    assert_eq!(leave("http.409", 4), (1_004, 1, true));
    assert_eq!(leave("http.400", 5), (1_005, 1, true));
}

#[test]
fn a_leftover_comes_back_as_it_was_told() {
    let state = State::new();
    let mut checkpoint = state.open();
    let of_row = LeftoverEntry {
        stage: crate::domain::outcome::Stage::Read,
        kind: crate::domain::OutcomeKind::InDoubt,
        http_status: None,
        attempts: 0,
        canonical: None,
        payload: None,
        ..entry(Subject::Row(print("row")), "row.malformed", 1)
    };
    let of_customer = entry(key("1"), "http.400", 1);
    checkpoint.batch(|batch| batch.leave_over(&of_row).and_then(|_| batch.leave_over(&of_customer))).unwrap();
    let left = checkpoint.leftovers().unwrap();
    let entries: Vec<_> = left.iter().map(|leftover| leftover.entry.clone()).collect();
    assert_eq!(entries, [of_customer, of_row.clone()]);
    let one = checkpoint.leftover(&of_row.subject).unwrap().unwrap();
    assert_eq!(one, left[1]);
    assert!(checkpoint.leftover(&key("2").into()).unwrap().is_none());
    checkpoint.batch(|batch| batch.clear_leftover(&of_row.subject)).unwrap();
    assert_eq!(checkpoint.leftovers().unwrap().len(), 1);
    assert!(!format!("{left:?}").contains("2065550143"), "no payload in logs");
}

#[test]
fn the_last_attempt_is_kept_while_the_same_refusal_is_not_sent_again() {
    let state = State::new();
    let mut checkpoint = state.open();
    let mut last_attempt = |entry: &LeftoverEntry| {
        leave(&mut checkpoint, entry);
        checkpoint.leftover(&entry.subject).unwrap().unwrap().last_attempt
    };
    let sent = |n| entry(key("1"), "http.400", n);
    let withheld = |n| LeftoverEntry { attempts: 0, ..sent(n) };
    assert_eq!(last_attempt(&sent(1)), Some(1_001));
    assert_eq!(last_attempt(&withheld(2)), Some(1_001), "withheld: the clock runs on");
    assert_eq!(last_attempt(&withheld(3)), Some(1_001));
    assert_eq!(last_attempt(&sent(4)), Some(1_004));
    let changed = LeftoverEntry { canonical: Some(print("other")), ..withheld(5) };
    assert_eq!(last_attempt(&changed), None, "what would be sent now never was");
}

#[test]
fn what_a_full_run_no_longer_sees_goes() {
    let state = State::new();
    let mut checkpoint = state.open();
    let pruned = checkpoint
        .batch(|batch| {
            batch.leave_over(&entry(key("1"), "http.400", 1))?;
            batch.leave_over(&entry(key("2"), "http.400", 1))?;
            batch.leave_over(&entry(Subject::Row(print("row")), "row.malformed", 1))?;
            batch.leave_over(&entry(key("2"), "http.400", 2))?;
            batch.prune_leftovers_not_seen(&run(2))
        })
        .unwrap();
    assert_eq!(pruned, 2);
    assert_eq!(checkpoint.leftovers().unwrap()[0].entry.subject, key("2").into());
}

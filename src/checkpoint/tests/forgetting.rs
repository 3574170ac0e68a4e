//! Opt-outs without numbers, and customers of whom nothing stays.

use super::*;
use crate::domain::Channel;

const NUMBER: &str = "+12065550143";

#[test]
fn an_opt_out_is_remembered_without_its_number() {
    let state = State::new();
    let mut checkpoint = state.open();
    checkpoint
        .batch(|batch| {
            batch.suppress(Channel::Text, NUMBER, 50)?;
            batch.suppress(Channel::Text, NUMBER, 70)?;
            batch.suppress(Channel::Email, "Ann.Lee@example.com", 60)
        })
        .unwrap();
    let known = checkpoint.suppressions().unwrap();
    assert_eq!(known.len(), 2);
    assert!(known.contains(Channel::Text, "(206) 555-0143"));
    assert!(!known.contains(Channel::Call, NUMBER), "per channel");
    assert!(known.contains(Channel::Email, "ann.lee@EXAMPLE.com"));
    let since: i64 =
        checkpoint.connection.query_row("SELECT min(since) FROM suppressed", [], |row| row.get(0)).unwrap();
    assert_eq!(since, 50, "the earliest stays");
    for needle in ["2065550143", "555-0143", "ann.lee", "Ann.Lee"] {
        assert!(!state.holds(needle), "{needle}");
    }
    assert!(!format!("{known:?} {checkpoint:?}").contains("2065550143"));
    drop(checkpoint);
    assert!(!state.holds("2065550143"));

    let known = state.open().suppressions().unwrap();
    assert!(known.len() == 2 && known.contains(Channel::Text, "1-206-555-0143"));
}

#[test]
fn clones_of_the_set_share_what_they_learn() {
    let state = State::new();
    let set = state.open().suppressions().unwrap();
    assert!(set.is_empty());
    let clone = set.clone();
    std::thread::spawn(move || assert!(clone.insert(Channel::Call, NUMBER))).join().unwrap();
    assert!(set.contains(Channel::Call, NUMBER));
    assert!(!set.insert(Channel::Call, NUMBER));
}

#[test]
fn two_checkpoints_hash_differently() {
    let hashes = [State::new(), State::new()].map(|state| {
        let mut checkpoint = state.open();
        checkpoint.batch(|batch| batch.suppress(Channel::Text, NUMBER, 1)).unwrap();
        let hash: [u8; 16] =
            checkpoint.connection.query_row("SELECT hash FROM suppressed", [], |row| row.get(0)).unwrap();
        hash
    });
    assert_ne!(hashes[0], hashes[1]);
}

/// A checkpoint with 400 customers that fill pages, each known in every table.
fn crowded(state: &State) -> Checkpoint {
    let mut checkpoint = state.open();
    begin(&checkpoint, 1, "sync");
    checkpoint
        .batch(|batch| {
            (0..400).try_for_each(|n| {
                let text = format!("forget-me-{:03}", (n * 137) % 400);
                batch.settle(&settled(&text, 1))?;
                batch.intend(&intent(&text, 1))?;
                batch.leave_over(&entry(key(&text), "http.400", 1))?;
                batch.remember_before(&run(1), &key(&text), &uuid("u"), &format!("{{\"was\":\"{text}\"}}"), 1)
            })
        })
        .unwrap();
    checkpoint
}

#[test]
fn a_forgotten_customer_leaves_no_trace_but_stays_skipped() {
    let state = State::new();
    let mut checkpoint = crowded(&state);
    let gone = key("forget-me-123");
    assert!(state.holds(gone.as_str()));
    checkpoint.batch(|batch| batch.forget(&gone)).unwrap();
    checkpoint.scrub().unwrap();
    assert!(!state.holds(gone.as_str()), "while it is open");
    drop(checkpoint);
    assert!(!state.holds(gone.as_str()));

    let checkpoint = state.open();
    checkpoint.integrity_check().unwrap();
    assert!(checkpoint.is_forgotten(&gone).unwrap());
    assert!(!checkpoint.is_forgotten(&key("forget-me-124")).unwrap());
    assert_eq!(checkpoint.forgotten_count().unwrap(), 1);
    assert_eq!(checkpoint.customers().unwrap(), 399);
    assert!(checkpoint.known(&gone).unwrap().is_none());
    assert!(checkpoint.open_intent(&gone).unwrap().is_none());
    assert!(checkpoint.leftover(&gone.clone().into()).unwrap().is_none());
    assert!(checkpoint.before_images(&run(1)).unwrap().iter().all(|image| image.key != gone));
}

#[test]
fn scrubbing_gives_the_room_of_the_forgotten_back() {
    let state = State::new();
    let mut checkpoint = crowded(&state);
    checkpoint
        .batch(|batch| (0..400).try_for_each(|n| batch.forget(&key(&format!("forget-me-{n:03}")))))
        .unwrap();
    let before = checkpoint.size_bytes().unwrap();
    checkpoint.scrub().unwrap();
    let after = checkpoint.size_bytes().unwrap();
    assert!(after < before / 2, "written anew: {before} became {after}");
    assert!(!state.holds("forget-me"));
    assert_eq!(checkpoint.forgotten_count().unwrap(), 400);
}

#[test]
fn forgetting_overwrites_at_once_where_rows_did_not_move() {
    let state = State::new();
    let mut checkpoint = state.open();
    checkpoint.batch(|batch| batch.settle(&settled("forget-me", 1))).unwrap();
    checkpoint.batch(|batch| batch.forget(&key("forget-me"))).unwrap();
    checkpoint.batch(|batch| batch.forget(&key("forget-me"))).unwrap();
    assert!(!state.holds("forget-me"), "neither in the file nor in its log");
    assert_eq!(checkpoint.forgotten_count().unwrap(), 1);
}

#[test]
fn scrubbing_says_when_a_reader_is_in_the_way() {
    let state = State::new();
    let mut checkpoint = crowded(&state);
    checkpoint.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let reader = state.reader();
    let mut statement = reader.connection.prepare("SELECT key FROM customer").unwrap();
    let mut rows = statement.query([]).unwrap();
    assert!(rows.next().unwrap().is_some());
    checkpoint.batch(|batch| batch.forget(&key("forget-me-123"))).unwrap();
    assert!(matches!(checkpoint.scrub(), Err(CheckpointError::Busy { .. })));
    drop(rows);
    checkpoint.scrub().unwrap();
    assert!(!state.holds("forget-me-123"));
}

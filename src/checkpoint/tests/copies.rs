//! Backup and restore.

use super::*;
use crate::domain::Channel;

#[test]
fn a_copy_is_consistent_while_a_writer_is_at_work() {
    let state = State::new();
    let mut writer = state.open();
    let copy = state.root.path().join("copy.sqlite");
    writer.batch(|batch| (0..500).try_for_each(|n| batch.settle(&settled(&format!("k{n}"), 1)))).unwrap();
    writer
        .batch(|batch| {
            (500..900).try_for_each(|n| batch.settle(&settled(&format!("k{n}"), 1)))?;
            state.reader().backup_to(&copy)
        })
        .unwrap();
    writer.batch(|batch| batch.settle(&settled("later", 1))).unwrap();
    assert!(!copy.with_file_name("copy.sqlite-wal").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    }
    drop(writer);
    let lock = lock(&state);
    let replaced = Checkpoint::restore(&lock, &copy).unwrap().replaced.unwrap();
    let journal: String =
        state.reader().connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(journal, "wal", "a reader does not keep the next run out");
    assert_eq!(state.open().customers().unwrap(), 500);
    assert_eq!(state.reader().known(&key("k7")).unwrap().unwrap().base, customer("k7"));
    std::fs::rename(replaced, state.file()).unwrap();
    assert_eq!(state.open().customers().unwrap(), 901, "what was replaced is whole");
}

#[test]
fn a_restore_heals_damage_and_its_log_is_not_replayed() {
    let state = State::new();
    let mut writer = state.open();
    writer.batch(|batch| batch.settle(&settled("1", 1))).unwrap();
    let copy = state.root.path().join("copy.sqlite");
    writer.backup_to(&copy).unwrap();
    writer.batch(|batch| batch.settle(&settled("2", 1))).unwrap();
    let log = std::fs::read(state.dir().join("springfield.sqlite-wal")).unwrap();
    drop(writer);
    std::fs::write(state.file(), "garbage").unwrap();
    std::fs::write(state.dir().join("springfield.sqlite-wal"), &log).unwrap();
    let restored = Checkpoint::restore(&lock(&state), &copy).unwrap();
    assert!(matches!(restored.carried, Carried::Unreadable(_)), "{:?}", restored.carried);
    assert_eq!(std::fs::read(restored.replaced.unwrap()).unwrap(), b"garbage");
    let restored = state.open();
    assert_eq!(scanned(&restored).len(), 1);
    restored.integrity_check().unwrap();
    drop(restored);
    std::fs::remove_file(state.file()).unwrap();
    std::fs::write(state.dir().join("springfield.sqlite-wal"), &log).unwrap();
    let restored = Checkpoint::restore(&lock(&state), &copy).unwrap();
    assert!(
        matches!(restored, Restored { replaced: None, carried: Carried::Nothing, .. }),
        "nothing was there"
    );
    assert_eq!(state.reader().customers().unwrap(), 1);
}

#[test]
fn a_bad_copy_changes_nothing() {
    let (state, other) = (State::new(), State::new());
    let mut checkpoint = state.open();
    checkpoint.batch(|batch| (0..300).try_for_each(|n| batch.settle(&settled(&format!("k{n}"), 1)))).unwrap();
    let copy = state.root.path().join("copy.sqlite");
    checkpoint.backup_to(&copy).unwrap();
    drop(checkpoint);
    let good = std::fs::read(&copy).unwrap();
    let newer = State::new();
    newer.open().connection.pragma_update(None, "user_version", 99).unwrap();
    let shelbyville = DepartmentName::parse("shelbyville").unwrap();
    drop(Checkpoint::open(&other.dir(), &shelbyville).unwrap());
    std::fs::write(other.root.path().join("cut"), &good[..good.len() / 2]).unwrap();
    let mut inside = good.clone();
    inside[24 * 4096..].fill(0xA5);
    std::fs::write(other.root.path().join("inside"), inside).unwrap();
    let lock = lock(&state);
    for (from, expected) in [
        (state.file(), "is the checkpoint itself"),
        (other.root.path().join("missing"), "cannot read"),
        (other.root.path().join("cut"), "is damaged"),
        (other.root.path().join("inside"), "is damaged"),
        (other.dir().join("shelbyville.sqlite"), "belongs to department `shelbyville`"),
        (newer.file(), "has schema 99"),
    ] {
        let refused = Checkpoint::restore(&lock, &from).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
        assert_eq!(state.listing(), ["springfield.lock", "springfield.sqlite"], "{expected}");
    }
    assert_eq!(state.open().customers().unwrap(), 300);
}

#[test]
fn a_backup_replaces_nothing_but_an_earlier_one() {
    let state = State::new();
    let mut checkpoint = state.open();
    let copy = state.root.path().join("copy.sqlite");
    checkpoint.backup_to(&copy).unwrap();
    checkpoint.batch(|batch| batch.settle(&settled("1", 1))).unwrap();
    checkpoint.backup_to(&copy).unwrap();
    let notes = state.root.path().join("notes.txt");
    std::fs::write(&notes, "mine").unwrap();
    let shelbyville = DepartmentName::parse("shelbyville").unwrap();
    let in_use = Checkpoint::open(&state.dir(), &shelbyville).unwrap();
    for path in [&notes, &state.file(), &state.dir(), &in_use.path().to_owned()] {
        let refused = checkpoint.backup_to(path).unwrap_err();
        assert!(matches!(refused, CheckpointError::BadCopy { .. }), "{refused}");
    }
    assert_eq!(std::fs::read(&notes).unwrap(), b"mine");
    let nowhere = checkpoint.backup_to(&state.root.path().join("no/such/copy")).unwrap_err();
    assert!(matches!(nowhere, CheckpointError::Io { .. }), "{nowhere}");
    Checkpoint::restore(&lock(&State::new()), &copy).unwrap();
    assert!(
        checkpoint.size_bytes().unwrap() > std::fs::metadata(state.file()).unwrap().len(),
        "with its log"
    );
}

const STOPPED: &str = "+12065550143";

#[test]
fn a_restore_keeps_opt_outs_and_the_forgotten_that_the_copy_does_not_know() {
    let state = State::new();
    let mut checkpoint = state.open();
    checkpoint
        .batch(|batch| {
            batch.suppress(Channel::Call, STOPPED, 70)?;
            ["forget-me", "stays"].iter().try_for_each(|key| batch.settle(&settled(key, 1)))
        })
        .unwrap();
    let copy = state.root.path().join("copy.sqlite");
    checkpoint.backup_to(&copy).unwrap();
    checkpoint
        .batch(|batch| {
            batch.suppress(Channel::Call, STOPPED, 50)?;
            batch.suppress(Channel::Text, STOPPED, 80)?;
            batch.forget(&key("forget-me"))
        })
        .unwrap();
    drop(checkpoint);
    let restored = Checkpoint::restore(&lock(&state), &copy).unwrap();
    assert!(
        matches!(restored.carried, Carried::Over { opt_outs: 1, forgotten: 1 }),
        "{:?}",
        restored.carried
    );
    let checkpoint = state.open();
    let known = checkpoint.suppressions().unwrap();
    assert!(known.contains(Channel::Text, STOPPED) && known.contains(Channel::Call, STOPPED));
    let since: i64 =
        checkpoint.connection.query_row("SELECT min(since) FROM suppressed", [], |row| row.get(0)).unwrap();
    assert_eq!(since, 50, "the earliest stays");
    assert!(checkpoint.is_forgotten(&key("forget-me")).unwrap());
    assert_eq!(checkpoint.customers().unwrap(), 1, "what the copy had of the forgotten is gone");
    drop(checkpoint);
    std::fs::remove_file(restored.replaced.unwrap()).unwrap();
    assert!(!state.holds("forget-me"));
    // Once more: there is nothing that the restored checkpoint does not give on.
    let restored = Checkpoint::restore(&lock(&state), &copy).unwrap();
    assert!(matches!(restored.carried, Carried::Over { opt_outs: 1, forgotten: 1 }));
}

#[test]
fn a_copy_of_another_checkpoint_has_another_key_and_that_is_told() {
    let (state, other) = (State::new(), State::new());
    let copy = state.root.path().join("copy.sqlite");
    other.open().backup_to(&copy).unwrap();
    let restore = || Checkpoint::restore(&lock(&state), &copy).unwrap().carried;
    drop(state.open());
    assert!(matches!(restore(), Carried::Over { opt_outs: 0, forgotten: 0 }), "there is nothing to lose");
    std::fs::remove_file(state.file()).unwrap();
    state.open().batch(|batch| batch.suppress(Channel::Text, STOPPED, 1)).unwrap();
    assert!(matches!(restore(), Carried::OtherKey { opt_outs: 1, forgotten: 0 }));
    assert!(state.open().suppressions().unwrap().is_empty());
}

#[test]
fn a_restored_checkpoint_is_marked_until_it_is_said_to_be_an_ordinary_one() {
    let state = State::new();
    let copy = state.root.path().join("copy.sqlite");
    let checkpoint = state.open();
    checkpoint.backup_to(&copy).unwrap();
    assert!(!checkpoint.is_restored().unwrap());
    drop(checkpoint);
    Checkpoint::restore(&lock(&state), &copy).unwrap();
    let checkpoint = state.open();
    begin(&checkpoint, 1, "sync");
    checkpoint.finish_run(&run(1), 100, 0, &serde_json::Value::Null).unwrap();
    assert!(state.reader().is_restored().unwrap(), "that a run completes says not whom it has looked for");
    checkpoint.unmark_restored().unwrap();
    assert!(!state.reader().is_restored().unwrap());
    drop(checkpoint);
    // A backup of a marked checkpoint, and one of another, are marked where they are put back.
    Checkpoint::restore(&lock(&state), &copy).unwrap();
    assert!(state.reader().is_restored().unwrap());
    std::fs::remove_file(state.file()).unwrap();
    Checkpoint::restore(&lock(&state), &copy).unwrap();
    assert!(state.reader().is_restored().unwrap());
}

//! Copies that are not what was written: refused before they take a checkpoint's place.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::checkpoint::digest;
use crate::domain::Channel;

/// A checkpoint with something in every table.
fn filled() -> State {
    let state = State::new();
    let mut checkpoint = state.open();
    begin(&checkpoint, 1, "sync");
    checkpoint
        .batch(|batch| {
            (0..60).try_for_each(|n| batch.settle(&settled(&format!("k{n}"), 1)))?;
            batch.intend(&intent("open", 1))?;
            batch.leave_over(&entry(key("k2"), "http.400", 1))?;
            batch.remember_before(&run(1), &key("k3"), &uuid("-f1o2o"), "{}", 5)?;
            batch.suppress(Channel::Text, "+12065550143", 1)?;
            batch.forget(&key("k4"))
        })
        .unwrap();
    state
}

/// A state and a backup of it.
fn backed_up() -> (State, PathBuf) {
    let state = filled();
    let copy = state.root.path().join("copy.sqlite");
    state.reader().backup_to(&copy).unwrap();
    (state, copy)
}

/// All that a checkpoint says, but for what a restore adds.
fn said(state: &State) -> Vec<u8> {
    let path = state.root.path().join("said.sqlite");
    let checkpoint = state.open();
    checkpoint.connection.execute("DELETE FROM meta WHERE name = 'restored'", []).unwrap();
    checkpoint.backup_to(&path).unwrap();
    drop(checkpoint);
    rusqlite::Connection::open(path)
        .unwrap()
        .query_row("SELECT value FROM meta WHERE name = 'digest'", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_copy_that_lost_its_end_or_has_another_byte_is_refused() {
    let (state, copy) = backed_up();
    let (good, all) = (fs::read(&copy).unwrap(), said(&state));
    let damaged = state.root.path().join("damaged.sqlite");
    for cut in [1, 16, 60, 100, 1000, 4095, 4096, good.len() - 600, good.len() - 1, good.len()] {
        fs::write(&damaged, &good[..good.len() - cut]).unwrap();
        let refused = Checkpoint::restore(&lock(&state), &damaged).unwrap_err().to_string();
        assert!(
            refused.contains("is damaged") && refused.contains("choose another copy"),
            "{cut}: {refused}"
        );
    }
    let mut found = 0;
    for at in (0..good.len()).step_by(good.len() / 70 + 1) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x01;
        fs::write(&damaged, &bytes).unwrap();
        match Checkpoint::restore(&lock(&state), &damaged) {
            Err(_) => found += 1,
            // A byte that nothing stands in.
            Ok(_) => assert_eq!(said(&state), all, "{at}"),
        }
    }
    assert!(found > 15, "{found}");
    Checkpoint::restore(&lock(&state), &copy).unwrap();
    assert_eq!(said(&state), all);
}

#[test]
fn a_copy_that_no_backup_made_is_read_value_by_value() {
    let (state, copy) = backed_up();
    rusqlite::Connection::open(&copy).unwrap().execute("DELETE FROM meta WHERE name = 'digest'", []).unwrap();
    let good = fs::read(&copy).unwrap();
    Checkpoint::restore(&lock(&state), &copy).unwrap();
    for damage in [
        "UPDATE customer SET base = replace(base, 'Ann', '\"') WHERE key = 'k7'",
        "UPDATE customer SET last_run = 'never' WHERE key = 'k7'",
        "UPDATE intent SET next_base = '{'",
        "UPDATE leftover SET kind = 'odd'",
        "UPDATE run SET inputs = '['",
        "UPDATE before_image SET uuid = ''",
        "UPDATE suppressed SET channel = 'fax'",
    ] {
        fs::write(&copy, &good).unwrap();
        assert!(rusqlite::Connection::open(&copy).unwrap().execute(damage, []).unwrap() > 0, "{damage}");
        let refused = Checkpoint::restore(&lock(&state), &copy).unwrap_err().to_string();
        assert!(refused.contains("choose another copy"), "{damage}: {refused}");
    }
    for cut in [1, 60] {
        fs::write(&copy, &good[..good.len() - cut]).unwrap();
        let refused = Checkpoint::restore(&lock(&state), &copy).unwrap_err().to_string();
        assert!(refused.contains("cut short"), "{refused}");
    }
    assert_eq!(state.open().customers().unwrap(), 59);
}

#[test]
fn a_checkpoint_that_is_damaged_replaces_no_copy() {
    let (state, copy) = backed_up();
    let good = fs::read(&copy).unwrap();
    state.open().connection.execute("UPDATE customer SET base = '{' WHERE key = 'k7'", []).unwrap();
    let refused = state.reader().backup_to(&copy).unwrap_err().to_string();
    assert!(refused.contains("springfield.sqlite is damaged (column `base`"), "{refused}");
    assert_eq!(fs::read(&copy).unwrap(), good);
    assert_eq!(names(state.root.path()), ["copy.sqlite", "state"]);
}

#[test]
fn what_is_written_after_a_copy_has_no_digest() {
    let (state, copy) = backed_up();
    let sealed = |state: &State| digest::is_sealed(&state.reader().connection).unwrap();
    Checkpoint::restore(&lock(&state), &copy).unwrap();
    assert!(!sealed(&state));
    // By hand, and then a copy by hand of what came of it.
    fs::copy(&copy, state.file()).unwrap();
    state.open().batch(|batch| batch.settle(&settled("later", 1))).unwrap();
    assert!(!sealed(&state));
    fs::copy(state.file(), state.root.path().join("by-hand.sqlite")).unwrap();
    Checkpoint::restore(&lock(&state), &state.root.path().join("by-hand.sqlite")).unwrap();
    assert_eq!(state.open().customers().unwrap(), 60);
}

#[test]
fn a_directory_is_no_copy() {
    let (state, _) = backed_up();
    let refused = Checkpoint::restore(&lock(&state), state.root.path()).unwrap_err().to_string();
    assert!(refused.contains("is a directory; name another file"), "{refused}");
}

#[test]
fn a_backup_takes_the_place_of_an_earlier_copy_of_this_checkpoint_alone() {
    let (state, copy) = backed_up();
    let reader = state.reader();
    reader.backup_to(&copy).unwrap();
    let shelbyville = DepartmentName::parse("shelbyville").unwrap();
    let other = Checkpoint::open(&state.dir(), &shelbyville).unwrap();
    let theirs = state.root.path().join("theirs.sqlite");
    other.backup_to(&theirs).unwrap();
    drop(other);
    let anew = State::new();
    let of_another = state.root.path().join("of-another.sqlite");
    anew.open().backup_to(&of_another).unwrap();
    let by_hand = state.root.path().join("by-hand.sqlite");
    fs::copy(state.file(), &by_hand).unwrap();
    let replaced = state.dir().join("springfield.sqlite.replaced");
    fs::copy(&copy, &replaced).unwrap();
    let cut = state.root.path().join("cut.sqlite");
    fs::write(&cut, &fs::read(&copy).unwrap()[..700]).unwrap();
    std::os::unix::fs::symlink(state.dir(), state.root.path().join("link")).unwrap();
    for (path, why) in [
        (state.dir().join("shelbyville.sqlite"), "itself uses"),
        (state.dir().join("not-yet-there.sqlite"), "itself uses"),
        (state.dir().join("springfield.lock"), "itself uses"),
        (state.dir().join("springfield.sqlite-shm"), "itself uses"),
        (state.dir().join("requests-today.json"), "itself uses"),
        (state.root.path().join("link/shelbyville.sqlite"), "itself uses"),
        (replaced, "itself uses"),
        (theirs, "is of department `shelbyville`"),
        (of_another, "an earlier checkpoint of this department"),
        (by_hand, "no whole copy"),
        (cut, "no whole copy"),
        (state.root.path().to_owned(), "is a directory"),
    ] {
        let before = fs::read(&path).ok();
        let refused = reader.backup_to(&path).unwrap_err();
        let text = refused.to_string();
        assert!(matches!(refused, CheckpointError::BadCopy { .. }), "{text}");
        assert!(text.contains(why) && text.contains("name another file"), "{text}");
        assert!(text.contains(path.file_name().unwrap().to_str().unwrap()), "{text}");
        assert_eq!(fs::read(&path).ok(), before, "{text}");
    }
    reader.backup_to(&state.dir().join("springfield.sqlite.nightly")).unwrap();
}

/// Elsewhere drafts are not locked, and stay.
#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_backup_left_goes_with_the_next() {
    let (state, copy) = backed_up();
    let dir = state.root.path();
    let left = |name: &str| dir.join(name);
    for name in [
        ".springfield.backup-abc123.new",
        ".springfield.backup-abc123.new-journal",
        ".springfield.backup-abc124.new-journal",
        ".springfield.backup-abc125.new",
        ".shelbyville.backup-abc123.new",
        ".springfield.backup-abc.new",
        ".springfield.abc123.new",
    ] {
        fs::write(left(name), "personal").unwrap();
    }
    let under_way = fs::File::open(left(".springfield.backup-abc125.new")).unwrap();
    under_way.lock().unwrap();
    state.reader().backup_to(&copy).unwrap();
    let others = [
        ".shelbyville.backup-abc123.new",
        ".springfield.abc123.new",
        ".springfield.backup-abc.new",
        ".springfield.backup-abc125.new",
        "copy.sqlite",
        "state",
    ];
    assert_eq!(names(dir), others);
    drop(under_way);
    state.reader().backup_to(&copy).unwrap();
    assert!(!left(".springfield.backup-abc125.new").exists());
    // In the checkpoint's own directory a run takes none of them for its own.
    let draft = crate::checkpoint::drafts::BackupDraft::new(&state.dir(), &state.department).unwrap();
    drop(state.open());
    assert!(draft.path.exists());
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_was_open_and_blocks_is_owed_by_the_restored_checkpoint() {
    let state = State::new();
    let silent = |text: &str| Customer { consents: Consents::default(), ..customer(text) };
    let known = |text: &str| {
        let base = silent(text);
        Settled { canonical: base.canonical().unwrap(), base, ..settled(text, 1) }
    };
    let mut checkpoint = state.open();
    checkpoint
        .batch(|batch| {
            ["silent", "update", "owed", "sent", "blocked", "forgotten"]
                .iter()
                .try_for_each(|text| batch.settle(&known(text)))?;
            batch.settle(&settled("blocked", 1))?;
            batch.forget(&key("gone"))?;
            batch.intend(&Intent { next_base: silent("sent"), ..intent("sent", 1) })
        })
        .unwrap();
    let copy = state.root.path().join("copy.sqlite");
    checkpoint.backup_to(&copy).unwrap();
    let email = Consents { email: Consent::Blocked, ..Consents::default() };
    checkpoint
        .batch(|batch| {
            batch.intend(&Intent { next_base: silent("silent"), ..intent("silent", 2) })?;
            // Whole, owed, over what the copy itself has open, of a block that the copy knows, of a stranger.
            batch.intend(&intent("update", 2))?;
            let owed = Customer { consents: email, ..customer("owed") };
            batch.intend(&Intent {
                next_base: owed,
                departure: crate::domain::Departure::Owed,
                ..intent("owed", 2)
            })?;
            ["sent", "blocked", "stranger"].iter().try_for_each(|text| batch.intend(&intent(text, 2)))?;
            // Beside what is owed to it.
            batch.intend(&Intent { next_base: silent("owed"), ..intent("owed", 2) })?;
            batch.forget(&key("forgotten"))?;
            batch.intend(&intent("gone", 2))
        })
        .unwrap();
    drop(checkpoint);
    let restored = Checkpoint::restore(&lock(&state), &copy).unwrap();
    assert_eq!(restored.unsent, Unsent { owed: 3, unknown: vec![key("stranger")] });
    let checkpoint = state.reader();
    let found: Vec<_> = checkpoint
        .open_intents()
        .unwrap()
        .into_iter()
        .filter(|found| found.departure == crate::domain::Departure::Owed)
        .map(|found| {
            let base = Customer { consents: Consents::default(), ..found.next_base.clone() };
            assert_eq!(base, silent(found.key.as_str()), "nothing but the block");
            assert_eq!((found.canonical, found.source), (found.next_base.canonical().unwrap(), None));
            (found.key.to_string(), found.uuid.is_some(), found.next_base.consents)
        })
        .collect();
    let text = customer("any").consents;
    assert_eq!(
        found,
        [
            ("owed".to_owned(), true, email),
            ("sent".to_owned(), true, text),
            ("update".to_owned(), true, text)
        ]
    );
    let doubt = checkpoint.open_intent(&key("sent"), crate::domain::Departure::Sent).unwrap();
    assert_eq!(doubt, Some(Intent { next_base: silent("sent"), ..intent("sent", 1) }));
}

//! The lock: who holds it, and that it goes with its process.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use super::*;

/// Tells the re-executed test where to take the lock.
const DIR: &str = "DMS_SYNC_TEST_LOCK_DIR";

fn holder(n: u16) -> Holder {
    Holder {
        run_id: run(n),
        pid: std::process::id(),
        started_at: 1_788_868_800,
        command: "dms-sync sync".into(),
    }
}

fn acquire(state: &State, n: u16) -> Result<Lock, LockError> {
    Lock::acquire(&state.dir(), &state.department, &holder(n))
}

#[test]
fn a_second_run_learns_who_holds_the_department() {
    let state = State::new();
    let lock = acquire(&state, 1).unwrap();
    assert_eq!((lock.dir(), lock.department()), (state.dir().as_path(), &state.department));
    let refused = acquire(&state, 2).unwrap_err();
    let text = refused.to_string();
    assert!(matches!(refused, LockError::Held { holder: Some(found), .. } if found == holder(1)));
    for part in ["20260908T120000Z-0001", "dms-sync sync", "2026-09-08T12:00:00Z", "springfield.lock"] {
        assert!(text.contains(part), "{text}");
    }
    let other = DepartmentName::parse("other").unwrap();
    Lock::acquire(&state.dir(), &other, &holder(3)).unwrap();
    drop(lock);
    let lock = acquire(&state, 2).unwrap();
    std::fs::write(state.dir().join("springfield.lock"), "{\"pid\":").unwrap();
    let refused = acquire(&state, 3).unwrap_err();
    assert!(matches!(&refused, LockError::Held { holder: None, .. }));
    assert!(refused.to_string().contains("held by another run"), "{refused}");
    drop(lock);
    assert_eq!(std::fs::read(state.dir().join("springfield.lock")).unwrap(), b"", "nobody holds it");
}

#[test]
#[cfg(unix)]
fn the_locks_file_and_directory_are_ours_alone() {
    use std::os::unix::fs::PermissionsExt;
    let state = State::new();
    let _lock = acquire(&state, 1).unwrap();
    for (path, expected) in [(state.dir(), 0o700), (state.dir().join("springfield.lock"), 0o600)] {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, expected, "{}", path.display());
    }
}

#[test]
fn a_lock_that_cannot_be_made_is_named() {
    let state = State::new();
    std::fs::write(state.root.path().join("state"), "").unwrap();
    let refused = acquire(&state, 1).unwrap_err();
    assert!(matches!(refused, LockError::NoDirectory { .. }), "{refused}");
    assert!(refused.to_string().contains("state is a file, and no directory"), "{refused}");
}

/// Not a test of its own: the other process of the next one.
#[test]
fn hold_for_another_process() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let department = DepartmentName::parse("springfield").unwrap();
    let _lock = Lock::acquire(dir.as_ref(), &department, &holder(7)).unwrap();
    println!("\nheld");
    let _ = std::io::stdin().read(&mut [0]);
}

#[test]
fn a_lock_dies_with_its_process() {
    let state = State::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "checkpoint::tests::locking::hold_for_another_process", "--nocapture"])
        .env(DIR, state.dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "held"), "the other process took the lock");
    let refused = acquire(&state, 1).unwrap_err();
    assert!(matches!(refused, LockError::Held { holder: Some(found), .. } if found.pid == child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
    acquire(&state, 1).unwrap();
}

/// What a run has open when somebody tidies up under it.
fn on(state: &State) -> (Lock, Checkpoint) {
    let lock = acquire(state, 1).unwrap();
    let mut checkpoint = Checkpoint::open_under(&lock).unwrap();
    checkpoint.batch(|batch| batch.settle(&settled("before", 1))).unwrap();
    (lock, checkpoint)
}

#[test]
#[cfg(target_os = "linux")]
fn a_lock_whose_file_was_removed_lets_nobody_in() {
    let state = State::new();
    let (lock, checkpoint) = on(&state);
    std::fs::remove_file(state.dir().join("springfield.lock")).unwrap();
    let refused = acquire(&state, 2).unwrap_err();
    assert!(matches!(&refused, LockError::Held { holder: None, .. }));
    assert!(refused.to_string().contains("springfield.sqlite is held by another run"), "{refused}");
    // Not before the last of its connections is closed.
    drop(lock);
    assert!(matches!(acquire(&state, 2), Err(LockError::Held { .. })));
    drop(checkpoint);
    acquire(&state, 2).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn of_two_that_lock_before_there_is_a_database_one_gets_it() {
    let state = State::new();
    let first = acquire(&state, 1).unwrap();
    std::fs::remove_file(state.dir().join("springfield.lock")).unwrap();
    let second = acquire(&state, 2).unwrap();
    let _made = Checkpoint::open_under(&second).unwrap();
    let refused = Checkpoint::open_under(&first).unwrap_err();
    assert!(matches!(refused, CheckpointError::Gone { .. }), "{refused}");
    // The other way round: the file is there, and locked, when the second comes to open it.
    let state = State::new();
    let first = acquire(&state, 1).unwrap();
    let path = state.dir().join("springfield.lock");
    std::fs::rename(&path, state.dir().join("aside")).unwrap();
    let second = acquire(&state, 2).unwrap();
    std::fs::rename(&path, state.dir().join("theirs")).unwrap();
    std::fs::rename(state.dir().join("aside"), &path).unwrap();
    let _made = Checkpoint::open_under(&first).unwrap();
    std::fs::rename(state.dir().join("theirs"), &path).unwrap();
    let refused = Checkpoint::open_under(&second).unwrap_err();
    assert!(matches!(refused, CheckpointError::Held { .. }), "{refused}");
}

#[test]
#[cfg(unix)]
fn nothing_is_committed_once_what_is_held_is_gone() {
    type Tidy = fn(&State);
    let cases: [(&str, Tidy); 7] = [
        ("springfield.lock", |state| std::fs::remove_file(state.dir().join("springfield.lock")).unwrap()),
        ("springfield.lock", |state| {
            std::fs::rename(state.dir().join("springfield.lock"), state.dir().join("old")).unwrap();
            std::fs::write(state.dir().join("springfield.lock"), "").unwrap();
        }),
        ("springfield.lock", |state| std::fs::rename(state.dir(), state.root.path().join("old")).unwrap()),
        ("springfield.lock", |state| std::fs::remove_dir_all(state.dir()).unwrap()),
        ("springfield.sqlite ", |state| std::fs::remove_file(state.file()).unwrap()),
        ("springfield.sqlite ", |state| {
            std::fs::copy(state.file(), state.dir().join("copy")).unwrap();
            std::fs::rename(state.dir().join("copy"), state.file()).unwrap();
        }),
        ("springfield.sqlite-wal", |state| {
            std::fs::remove_file(state.dir().join("springfield.sqlite-wal")).unwrap();
        }),
    ];
    for (file, tidy) in cases {
        let state = State::new();
        let (lock, mut checkpoint) = on(&state);
        let is_there = |state: &State| (state.dir().exists(), state.file().exists());
        tidy(&state);
        let left = is_there(&state);
        let refused = checkpoint.batch(|batch| batch.settle(&settled("after", 1))).unwrap_err();
        let text = refused.to_string();
        assert!(matches!(refused, CheckpointError::Gone { .. }) && text.contains(file), "{file}: {text}");
        let after = checkpoint.known(&key("after"));
        assert!(!matches!(after, Ok(Some(_))), "{file}: nothing was written");
        drop(checkpoint);
        if !file.ends_with("-wal") {
            let refused = Checkpoint::open_under(&lock).unwrap_err();
            assert!(matches!(refused, CheckpointError::Gone { .. }), "{file}: {refused}");
        }
        assert_eq!(is_there(&state), left, "{file}: nothing is made anew");
    }
}

/// What the statements of a run's own row, of the token, the mark and a customer would change.
#[cfg(unix)]
fn written(state: &State) -> String {
    let reader = state.reader();
    let (runs, customers) = (reader.runs(9).unwrap(), reader.customers().unwrap());
    format!("{runs:?} {customers} {:?} {}", reader.match_token("another"), reader.is_restored().unwrap())
}

#[test]
#[cfg(unix)]
fn no_way_of_writing_passes_by_what_is_held() {
    type Write = fn(&mut Checkpoint) -> Result<(), CheckpointError>;
    let ways: [(&str, Write); 12] = [
        ("begin_run", |checkpoint| {
            let inputs = serde_json::Value::Null;
            checkpoint.begin_run(&NewRun { run_id: run(2), mode: "sync".into(), started_at: 1, inputs })
        }),
        ("set_inputs", |checkpoint| checkpoint.set_inputs(&run(1), &serde_json::json!({ "newest": 1 }))),
        ("note_listed", |checkpoint| checkpoint.note_listed(&run(1), [&key("1")])),
        ("set_mode", |checkpoint| checkpoint.set_mode(&run(1), "retry")),
        ("set_guard", |checkpoint| checkpoint.set_guard(&run(1), "passed", None)),
        ("approve", |checkpoint| checkpoint.approve(&run(1), "right", 1)),
        ("spend_approval", |checkpoint| checkpoint.spend_approval(&run(1), &run(2)).map(drop)),
        ("finish_run", |checkpoint| checkpoint.finish_run(&run(1), 1, 0, &serde_json::Value::Null)),
        ("remember_token", |checkpoint| checkpoint.remember_token("another")),
        ("token_met_nobody", |checkpoint| checkpoint.token_met_nobody()),
        ("unmark_restored", |checkpoint| checkpoint.unmark_restored()),
        ("batch", |checkpoint| checkpoint.batch(|batch| batch.settle(&settled("after", 1)))),
    ];
    for (name, write) in ways {
        let state = State::new();
        let (_lock, mut checkpoint) = on(&state);
        begin(&checkpoint, 1, "sync");
        let before = written(&state);
        std::fs::remove_file(state.dir().join("springfield.lock")).unwrap();
        let refused = write(&mut checkpoint).unwrap_err();
        assert!(matches!(refused, CheckpointError::Gone { .. }), "{name}: {refused}");
        assert_eq!(written(&state), before, "{name}");
    }
}

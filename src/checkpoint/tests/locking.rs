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
    assert!(matches!(refused, LockError::Io { .. }) && refused.to_string().contains("springfield.lock"));
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

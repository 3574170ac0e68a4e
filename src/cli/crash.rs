//! A defect that panics: told by its place alone, and an exit code like any other.
//!
//! Of several departments it ends the one whose work is under way, and the next has its turn.
//!
//! What a panic says may quote the value that it stumbled over, and values are people's. So nothing of it is shown. The
//! checkpoint is what it was after the last commit, and the next run goes on from there.

use std::panic::{self, AssertUnwindSafe, Location, PanicHookInfo, UnwindSafe};
use std::sync::{Mutex, PoisonError};

use super::Failed;
use super::setup::say_error;
use crate::domain::DepartmentName;
use crate::pipeline::Exit;

/// Whose work is under way, on whatever thread.
static UNDER_WAY: Mutex<Option<DepartmentName>> = Mutex::new(None);

/// Runs `command`; a panic in it is [`Exit::Unexpected`].
pub(super) fn guarded(command: impl FnOnce() -> Exit + UnwindSafe) -> Exit {
    panic::set_hook(Box::new(tell));
    panic::catch_unwind(command).unwrap_or(Exit::Unexpected)
}

/// Does one department's part of a command. Whatever becomes of it, a panic included, is told and is this code: it is no
/// trouble of the departments that follow.
pub(super) fn apart(department: &DepartmentName, work: impl FnOnce() -> Result<Exit, Failed>) -> Exit {
    under_way(Some(department.clone()));
    // What departments share counts, or is locked and as good as the last that was done to it. What a panic leaves
    // half done on disk is what a kill leaves.
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    under_way(None);
    match done {
        Ok(Ok(exit)) => exit,
        Ok(Err(Failed { exit, error })) => {
            say_error(&format!("{department}: {error:#}"));
            exit
        }
        Err(_) => Exit::Unexpected,
    }
}

fn under_way(department: Option<DepartmentName>) {
    *UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner) = department;
}

fn tell(info: &PanicHookInfo<'_>) {
    // Not waited for: whoever panics may hold it.
    let department = UNDER_WAY.try_lock().ok().and_then(|name| Some(format!("{}: ", name.as_ref()?)));
    let department = department.unwrap_or_default();
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), Location::to_string);
    say_error(&format!(
        "{department}panicked at {place}: this is a defect: please report the place; what was sent is in the checkpoint, run again"
    ));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Has the re-executed test panic.
    const SUBJECT: &str = "DMS_SYNC_TEST_PANIC";

    /// Not a test of its own: the other process of the next one.
    #[test]
    fn panic_in_another_process() {
        let Some(name) = std::env::var_os(SUBJECT) else { return };
        let exit = guarded(move || {
            let name = name.into_string().unwrap();
            // Cuts a letter in half, as a careless slice does.
            Exit::from_slice(&name[..4])
        });
        std::process::exit(i32::from(exit.code()));
    }

    /// Has the re-executed test panic in one department of two.
    const ONE_OF_TWO: &str = "DMS_SYNC_TEST_PANIC_OF_ONE";

    /// Not a test of its own: the other process of the last one.
    #[test]
    fn panic_of_one_department_in_another_process() {
        let Some(name) = std::env::var_os(ONE_OF_TWO) else { return };
        let exit = guarded(move || {
            let name = name.into_string().unwrap();
            let [north, east, south] =
                ["north", "east", "south"].map(|name| DepartmentName::parse(name).unwrap());
            let careless = apart(&north, || Ok(Exit::from_slice(&name[..4])));
            let failed = apart(&east, || Err(Failed::usage(anyhow::anyhow!("no input"))));
            let next = apart(&south, || {
                say_error("south has its turn");
                Ok(Exit::Held)
            });
            assert_eq!((careless, failed, next), (Exit::Unexpected, Exit::Usage, Exit::Held));
            careless.worse(failed).worse(next)
        });
        std::process::exit(i32::from(exit.code()));
    }

    #[test]
    fn a_panic_of_one_department_names_it_and_leaves_the_next_its_turn() {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cli::crash::tests::panic_of_one_department_in_another_process", "--nocapture"])
            .env(ONE_OF_TWO, "José Threlkeld")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stderr);
        assert_eq!(child.status.code(), Some(1), "{said}");
        let told: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
        let [panicked, failed, next] = told[..] else { panic!("{said}") };
        assert!(panicked.starts_with("north: panicked at src/cli/crash.rs:"), "{said}");
        assert!(panicked.contains("this is a defect"), "{said}");
        assert_eq!((failed, next), ("east: no input", "south has its turn"));
        assert!(!said.contains("Threlkeld") && !said.contains("Jos"), "{said}");
    }

    impl Exit {
        fn from_slice(text: &str) -> Self {
            if text.is_empty() { Self::Complete } else { Self::Locked }
        }
    }

    #[test]
    fn a_panic_says_where_and_not_what() {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cli::crash::tests::panic_in_another_process", "--nocapture"])
            .env(SUBJECT, "José Threlkeld")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stderr);
        assert_eq!(child.status.code(), Some(1), "{said}");
        assert!(said.contains("panicked at src/cli/crash.rs:") && said.contains("report"), "{said}");
        assert!(!said.contains("Threlkeld") && !said.contains("Jos"), "{said}");
    }
}

//! A defect that panics: told by its place alone, and an exit code like any other.
//!
//! What a panic says may quote the value that it stumbled over, and values are people's. So nothing of it is shown. The
//! checkpoint is what it was after the last commit, and the next run goes on from there.

use std::panic::{self, Location, PanicHookInfo, UnwindSafe};

use super::setup::say_error;
use crate::pipeline::Exit;

/// Runs `command`; a panic in it is [`Exit::Unexpected`].
pub(super) fn guarded(command: impl FnOnce() -> Exit + UnwindSafe) -> Exit {
    panic::set_hook(Box::new(tell));
    panic::catch_unwind(command).unwrap_or(Exit::Unexpected)
}

fn tell(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), Location::to_string);
    say_error(&format!(
        "panicked at {place}: this is a defect: please report the place; what was sent is in the checkpoint, run again"
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

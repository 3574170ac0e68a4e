//! `checkpoint backup` and `checkpoint restore`.

use std::path::Path;

use anyhow::Context as _;

use super::args::{CheckpointCommand, Common};
use super::{Failed, setup};
use crate::checkpoint::{Carried, Checkpoint, CheckpointError, Holder, Lock, LockError, Restored, Unsent};
use crate::config::{Department, Settings};
use crate::domain::CustomerKey;
use crate::pipeline::{Exit, new_run_id};

pub(super) fn run(common: &Common, command: &CheckpointCommand) -> Result<Exit, Failed> {
    let settings = setup::settings(common, None)?;
    let [department] = settings.departments.as_slice() else {
        let text = "which checkpoint? name one department with --department";
        return Err(Failed::usage(anyhow::anyhow!(text)));
    };
    match command {
        CheckpointCommand::Backup { file } => backup(&settings, department, file),
        CheckpointCommand::Restore { file } => restore(&settings, department, file),
    }
}

fn backup(settings: &Settings, department: &Department, file: &Path) -> Result<Exit, Failed> {
    let found = Checkpoint::open_existing_read_only(&settings.checkpoint.dir, &department.name);
    let Some(checkpoint) = found.map_err(Failed::unexpected)? else {
        return Err(Failed::usage(anyhow::anyhow!("{} has no checkpoint yet", department.name)));
    };
    checkpoint.backup_to(file).map_err(refused)?;
    let size = std::fs::metadata(file).map_err(Failed::unexpected)?.len();
    setup::print(&format!("{}: {size} bytes, checked; it holds personal data\n", file.display()))?;
    Ok(Exit::Complete)
}

fn restore(settings: &Settings, department: &Department, file: &Path) -> Result<Exit, Failed> {
    let lock = lock(settings, department, "checkpoint restore")?;
    let Restored { replaced, carried, unsent } = Checkpoint::restore(&lock, file).map_err(refused)?;
    let kept = replaced.map_or_else(String::new, |path| {
        format!("; what was there is now {} (personal data: delete it once all is well)", path.display())
    });
    let file = file.display();
    let (name, told, owed) = (&department.name, told(&carried), told_unsent(&unsent));
    setup::print(&format!("{name} has the checkpoint of {file}{kept}\n{told}{owed}{LOOKED_UP}"))?;
    Ok(Exit::Complete)
}

/// A file that was named wrongly is a matter of the command line.
fn refused(error: CheckpointError) -> Failed {
    match error {
        CheckpointError::BadCopy { .. } => Failed::usage(error),
        _ => Failed::unexpected(error),
    }
}

/// What the next run does about those whom the backup does not know.
const LOOKED_UP: &str = "until a full export has gone through with nobody left over, everyone whom it does not know is looked up at myKaarma \
     before being created\n";

/// What became of the opt-outs, as lines; where they are lost, it is the operator who has to know.
fn told(carried: &Carried) -> String {
    let what = |opt_outs, forgotten| format!("opt-outs: {opt_outs}, forgotten customers: {forgotten}");
    let lost = "who opted out since the backup may be told as allowed: have them blocked in the DMS, or restore a newer \
                backup of the same checkpoint";
    match carried {
        Carried::Nothing => String::new(),
        Carried::Over { opt_outs, forgotten } => {
            format!("carried over from it ({}): what the backup did not know\n", what(opt_outs, forgotten))
        }
        Carried::OtherKey { opt_outs, forgotten } => {
            let what = what(opt_outs, forgotten);
            format!(
                "WARNING: NOT carried over from it ({what}): the backup is of another checkpoint, whose key differs; {lost}\n"
            )
        }
        Carried::Unreadable(error) => {
            format!(
                "WARNING: opt-outs since the backup are NOT carried over, what was there cannot be read: {error}; {lost}\n"
            )
        }
    }
}

/// What became of opt-outs that were still to be sent, as lines.
fn told_unsent(Unsent { owed, unknown }: &Unsent) -> String {
    let sent = match owed {
        0 => String::new(),
        owed => {
            format!("opt-outs that were still to be sent are sent by the next run (customers: {owed})\n")
        }
    };
    if unknown.is_empty() {
        return sent;
    }
    let keys: Vec<_> = unknown.iter().map(CustomerKey::as_str).collect();
    format!(
        "{sent}WARNING: opt-outs that were still to be sent are NOT carried over where the backup does not know the \
         customer: {}; block them at myKaarma, or see that the next export does\n",
        keys.join(", ")
    )
}

/// The department's lock, or who has it: exit 6 where somebody does, 1 where the file system refuses.
pub(super) fn lock(settings: &Settings, department: &Department, command: &str) -> Result<Lock, Failed> {
    let now = jiff::Timestamp::now();
    let holder = Holder {
        run_id: new_run_id(now).context("no run id").map_err(Failed::unexpected)?,
        pid: std::process::id(),
        started_at: now.as_second(),
        command: command.to_owned(),
    };
    Lock::acquire(&settings.checkpoint.dir, &department.name, &holder).map_err(|error| {
        let exit = match error {
            LockError::Held { .. } => Exit::Locked,
            LockError::NoDirectory { .. } | LockError::Io { .. } => Exit::Unexpected,
        };
        Failed { exit, error: error.into() }
    })
}

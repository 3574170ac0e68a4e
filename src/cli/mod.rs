//! The command line: what a person says to what the rooms do, and back to an exit code.
//!
//! [`args`] is the whole grammar; each command has a file of its own. Results go to standard output, everything else
//! to standard error. Nothing here decides about customers.

pub mod args;
mod check;
mod checkpoint;
mod complete;
mod crash;
mod diff;
mod init;
mod lookup;
mod profile;
mod retry;
#[cfg(feature = "sandbox")]
mod sandbox;
mod setup;
mod show;
mod signals;
mod status;
mod sync;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::pipeline::Exit;
use args::{Cli, Command};

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) struct Failed {
    exit: Exit,
    error: anyhow::Error,
}

impl Failed {
    /// The command line, the configuration or the profile is wrong.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Usage, error: error.into() }
    }

    /// The world is wrong.
    pub(crate) fn unexpected(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Unexpected, error: error.into() }
    }
}

/// Runs the program on its arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A reader that has gone away does not need the help text.
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if asked { ExitCode::SUCCESS } else { ExitCode::from(Exit::Usage.code()) };
        }
    };
    let exit = crash::guarded(move || {
        run(&cli).unwrap_or_else(|Failed { exit, error }| {
            setup::say_error(&format!("{error:#}"));
            exit
        })
    });
    ExitCode::from(exit.code())
}

fn run(cli: &Cli) -> Result<Exit, Failed> {
    let common = &cli.common;
    match &cli.command {
        Command::Sync(sync) if sync.dry_run => diff::run(common, &args::Diff::of_dry_run()),
        Command::Sync(sync) => sync::run(common, sync),
        Command::Retry(retry) => retry::run(common, retry),
        Command::Diff(diff) => diff::run(common, diff),
        Command::Status(status) => status::run(common, status),
        Command::Check(check) => check::run(common, check),
        Command::Lookup(lookup) => lookup::run(common, lookup),
        Command::Checkpoint(checkpoint) => checkpoint::run(common, checkpoint),
        Command::Profile(profile) => profile::run(profile),
        Command::Config(config) => show::run(common, config),
        Command::Init(init) => init::run(init),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(sandbox) => sandbox::run(common, sandbox),
        Command::Completions { shell } => complete::completions(*shell),
        Command::Man => complete::man(),
    }
}

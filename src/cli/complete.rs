//! `completions` and `man`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Cli;
use super::{Failed, setup};
use crate::pipeline::Exit;

pub(super) fn completions(shell: Shell) -> Result<Exit, Failed> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "dms-sync", &mut script);
    setup::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Complete)
}

pub(super) fn man() -> Result<Exit, Failed> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(Failed::unexpected)?;
    setup::print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Complete)
}

//! `config show`.

use super::args::{Common, ConfigCommand};
use super::{Failed, setup};
use crate::config::{ShowOrigin, show};
use crate::pipeline::Exit;

pub(super) fn run(common: &Common, command: &ConfigCommand) -> Result<Exit, Failed> {
    let ConfigCommand::Show { origin } = command;
    let settings = setup::settings(common, None)?;
    let with = if *origin { ShowOrigin::Yes } else { ShowOrigin::No };
    setup::print(&show(&settings, with))?;
    Ok(Exit::Complete)
}

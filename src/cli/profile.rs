//! `profile list` and `profile show`.

use super::args::ProfileCommand;
use super::{Failed, setup};
use crate::map::Profile;
use crate::pipeline::Exit;

pub(super) fn run(command: &ProfileCommand) -> Result<Exit, Failed> {
    match command {
        ProfileCommand::List => setup::print(&list()?)?,
        ProfileCommand::Show { name } => setup::print(builtin(name)?)?,
    }
    Ok(Exit::Complete)
}

fn builtin(name: &str) -> Result<&'static str, Failed> {
    Profile::builtin_text(name).ok_or_else(|| {
        let known = Profile::builtin_names().collect::<Vec<_>>().join(", ");
        Failed::usage(anyhow::anyhow!("no profile {name:?} is built in; there are: {known}"))
    })
}

fn list() -> Result<String, Failed> {
    let line = |name| {
        let profile = Profile::load(name, std::path::Path::new("")).map_err(Failed::unexpected)?;
        Ok(format!("{name:<18} {}\n", profile.description))
    };
    Profile::builtin_names().map(line).collect()
}

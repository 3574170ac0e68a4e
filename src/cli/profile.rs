//! `profile list` and `profile show`.

use std::path::Path;

use super::args::ProfileCommand;
use super::{Failed, setup};
use crate::map::{Profile, likely_delimiter, propose};
use crate::pipeline::Exit;
use crate::read::{Dialect, Quote, resolve};

pub(super) fn run(command: &ProfileCommand) -> Result<Exit, Failed> {
    match command {
        ProfileCommand::List => setup::print(&list()?)?,
        ProfileCommand::Init { file, name } => setup::print(&proposed(file, name)?)?,
        ProfileCommand::Show { name } => setup::print(builtin(name)?)?,
    }
    Ok(Exit::Complete)
}

/// Rows that tell what a column holds.
const SAMPLE: usize = 50;

fn proposed(file: &Path, name: &str) -> Result<String, Failed> {
    let refused = |error| Failed { exit: Exit::Held, error: anyhow::Error::new(error) };
    let inputs = resolve(&[file.to_owned()], &std::env::temp_dir()).map_err(refused)?;
    let [input] = inputs.files() else {
        return Err(Failed::usage(anyhow::anyhow!("{} is several files: name one", file.display())));
    };
    // A delimiter that no export uses leaves the first line whole.
    let whole = Dialect { delimiter: 0x1F, quote: Quote::None, ..Dialect::default() };
    let line = input.open(&whole).map_err(refused)?.header().concat();
    let delimiter = likely_delimiter(&line);
    let mut records = input.open(&Dialect { delimiter, ..Dialect::default() }).map_err(refused)?;
    let header = records.header().to_vec();
    let decoder = records.decoder();
    let (mut rows, mut row) = (Vec::new(), csv::ByteRecord::new());
    while rows.len() < SAMPLE
        && let Some(read) = records.read(&mut row).map_err(refused)?
    {
        if read.is_ok() {
            rows.push(row.iter().map(|cell| decoder.escaped(cell).into_owned()).collect());
        }
    }
    Ok(propose(&header, &rows, delimiter, name))
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

//! `init`: a first configuration.

use std::io::Write;

use anyhow::Context as _;

use super::args::Init;
use super::{Failed, setup};
use crate::config;
use crate::pipeline::Exit;

pub(super) fn run(init: &Init) -> Result<Exit, Failed> {
    let path = &init.file;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options
        .open(path)
        .with_context(|| {
            format!("{} cannot be written; a file that exists is never replaced", path.display())
        })
        .map_err(Failed::usage)?;
    file.write_all(config::template().as_bytes()).map_err(Failed::unexpected)?;
    setup::print(&format!(
        "{} is written. Fill in what it says is missing, then run `dms-sync check --config {}`.\n",
        path.display(),
        path.display()
    ))?;
    Ok(Exit::Complete)
}

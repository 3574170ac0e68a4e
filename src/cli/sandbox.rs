//! `sandbox`: a local myKaarma until it is told to stop.

use super::args::{Common, Sandbox as Args};
use super::{Failed, setup};
use crate::pipeline::Exit;
use crate::sandbox::{Faults, Sandbox, SandboxOptions};

pub(super) fn run(common: &Common, args: &Args) -> Result<Exit, Failed> {
    setup::telemetry(common)?;
    let faults = args.faults.as_deref().map(Faults::load).transpose().map_err(Failed::usage)?;
    let options = SandboxOptions {
        listen: args.listen(),
        state_file: args.state.clone(),
        journal_file: args.journal.clone(),
        faults: faults.unwrap_or_else(Faults::none),
        ..SandboxOptions::default()
    };
    let (username, password) = options.credentials.clone();
    let runtime = setup::runtime()?;
    runtime.block_on(async {
        let running = Sandbox::start(options).await.map_err(Failed::unexpected)?;
        setup::print(&format!(
            "listening on {}\nuser {username}, password {password}; every department token is granted; Ctrl-C ends it\n",
            running.base_url()
        ))?;
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
            .map_err(Failed::unexpected)?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.map_err(Failed::unexpected)?,
            _ = terminated.recv() => {}
        }
        running.stop().await;
        Ok(Exit::Complete)
    })
}

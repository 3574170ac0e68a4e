//! SIGINT and SIGTERM: the first drains, the second stops at once.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::Failed;
use crate::pipeline::{Context, Exit};
use crate::push::Stop;

/// How long a run that is told to stop at once may take to write its report.
const GRACE: Duration = Duration::from_secs(5);

/// Ends the process where the run does not: it may wait for a file that nobody writes, which no brake reaches.
async fn leave(why: Stop) {
    tokio::time::sleep(GRACE).await;
    let exit = if why == Stop::Terminated { Exit::Terminated } else { Exit::Interrupted };
    std::process::exit(i32::from(exit.code()));
}

/// Has signals, and the time allowed, pull the context's brake.
pub(super) fn watch(context: &Context) -> Result<(), Failed> {
    let _within = context.runtime.enter();
    let mut interrupts = signal(SignalKind::interrupt()).map_err(Failed::unexpected)?;
    let mut terminations = signal(SignalKind::terminate()).map_err(Failed::unexpected)?;
    let brake = context.brake.clone();
    context.runtime.spawn(async move {
        let mut signalled = false;
        loop {
            let why = tokio::select! {
                _ = interrupts.recv() => Stop::Interrupted,
                _ = terminations.recv() => Stop::Terminated,
            };
            if signalled {
                tracing::warn!("stopping at once; what is in flight is looked up by the next run");
                brake.halt(why);
                tokio::spawn(leave(why));
            } else {
                tracing::warn!("{why}: finishing what is in flight; once more stops at once");
                brake.stop(why);
            }
            signalled = true;
        }
    });
    if let Some(allowed) = context.settings.run.max_duration {
        let brake = context.brake.clone();
        context.runtime.spawn(async move {
            tokio::time::sleep(allowed).await;
            brake.stop(Stop::MaxDuration);
        });
    }
    Ok(())
}

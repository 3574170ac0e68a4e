//! SIGINT and SIGTERM: the first drains, the second stops at once, the third does not wait for the report either.
//!
//! Nothing is lost however a run ends: the checkpoint has the intent of whatever was sent. So each step has its bound,
//! also where the run is deaf to the brake: it may read a pipe that nobody writes.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::Failed;
use crate::pipeline::{Context, Exit};
use crate::push::Stop;

/// How long a run that has drained may take to write its report: the rows that need work are read once more.
const REPORT: Duration = Duration::from_secs(60);

/// How long a run that is told to stop at once may take for that.
const GRACE: Duration = Duration::from_secs(5);

/// Ends the process where the run has not ended by itself.
async fn leave(why: Stop, patience: Duration) {
    tokio::time::sleep(patience).await;
    let exit = if why == Stop::Terminated { Exit::Terminated } else { Exit::Interrupted };
    std::process::exit(i32::from(exit.code()));
}

/// Has signals, and the time allowed, pull the context's brake.
pub(super) fn watch(context: &Context) -> Result<(), Failed> {
    let _within = context.runtime.enter();
    let mut interrupts = signal(SignalKind::interrupt()).map_err(Failed::unexpected)?;
    let mut terminations = signal(SignalKind::terminate()).map_err(Failed::unexpected)?;
    let brake = context.brake.clone();
    let drain = context.settings.run.drain;
    context.runtime.spawn(async move {
        for signals in 1_u32.. {
            let why = tokio::select! {
                _ = interrupts.recv() => Stop::Interrupted,
                _ = terminations.recv() => Stop::Terminated,
            };
            // Counted as ended by the first.
            let why = brake
                .pulled()
                .filter(|first| matches!(first, Stop::Interrupted | Stop::Terminated))
                .unwrap_or(why);
            let patience = match signals {
                1 => {
                    tracing::warn!("{why}: finishing what is in flight; once more stops at once");
                    brake.stop(why);
                    drain.saturating_add(REPORT)
                }
                2 => {
                    tracing::warn!("stopping at once; what is in flight is looked up by the next run");
                    brake.halt(why);
                    GRACE
                }
                _ => Duration::ZERO,
            };
            tokio::spawn(leave(why, patience));
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

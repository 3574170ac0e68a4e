//! SIGINT and SIGTERM: the first drains, the second stops at once.

use tokio::signal::unix::{SignalKind, signal};

use super::Failed;
use crate::pipeline::Context;
use crate::push::Stop;

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

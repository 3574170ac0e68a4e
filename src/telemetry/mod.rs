//! What a run lets people see while it goes on: log lines, the run's own log, and a progress bar.
//!
//! `log` sets tracing up once for the process; `run_log` writes `run.log` into the directory of whichever run is
//! on; `screen` lets log lines and the bar share standard error; `lines` and `bar` are the observers of the
//! pipeline's events, and `tally` is what they count. Reports are `report`'s business, exit codes `cli`'s.
//!
//! Nothing personal reaches this room: events carry no value, and `cap` keeps the HTTP crates, which would print
//! headers and bodies, below the level where they do.

mod bar;
mod cap;
mod lines;
mod log;
mod run_log;
mod screen;
mod tally;
mod wait;

use std::sync::Arc;
use std::time::Instant;

use crate::domain::{Event, Observer};

pub use bar::Bar;
pub use lines::Lines;
pub use log::{Color, Format, Log, Progress, Terminal};
pub use run_log::RunLog;
pub use screen::Screen;
pub use tally::Tally;

/// The target of the lines that report progress: they leave the screen to the bar where there is one.
pub(crate) const PROGRESS: &str = "dms_sync::progress";

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `DMS_SYNC_LOG` is not a filter.
    #[error(
        "DMS_SYNC_LOG is no filter: {0}; it is a level, or levels by target, e.g. \"debug\" or \"dms_sync::push=trace\""
    )]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The log's file cannot be opened.
    #[error("cannot open the log file {}: {source}", .path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The process has a log already.
    #[error("the log is set up already: it can be set up once for a process")]
    Twice,
}

/// The handles of what has been set up.
#[derive(Clone)]
pub struct Telemetry {
    /// Standard error, as log lines and the bar share it.
    pub screen: Screen,
    /// The log of the run that is on, if one is.
    pub run_log: RunLog,
    /// How progress is shown.
    pub progress: Progress,
}

impl Telemetry {
    /// A new observer, of one run after another: log lines, and the bar where progress is shown as one.
    pub fn observer(&self) -> Arc<dyn Observer> {
        let start = Instant::now();
        let lines = Lines::new(move || start.elapsed());
        match self.progress {
            Progress::Lines => Arc::new(lines),
            Progress::Bar => Arc::new(Both(lines, Bar::new(self.screen.clone()))),
        }
    }
}

/// Two observers of the same events.
struct Both(Lines, Bar);

impl Observer for Both {
    fn on(&self, event: &Event) {
        let Self(lines, bar) = self;
        lines.on(event);
        bar.on(event);
    }
}

#[cfg(test)]
mod tests;

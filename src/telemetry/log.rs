//! [`Log`]: how the process logs. Text or JSON on standard error, or in a file; and the run's own log beside it.
//!
//! Times are RFC 3339 in UTC, the same in every locale. Nothing is ever printed in trouble's place: a log that cannot
//! be written does not end a run.

use std::collections::BTreeMap;
use std::fmt;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use indicatif::ProgressDrawTarget;
use jiff::Timestamp;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::{EnvFilter, Registry};

use super::cap;
use super::run_log::{RunLog, open_private};
use super::screen::Screen;
use super::{PROGRESS, Telemetry, TelemetryError};

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Whether text has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Yes.
    Always,
    /// No.
    Never,
}

/// Whether standard error is a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminal {
    /// It is.
    Yes,
    /// It is a file, a pipe, a journal.
    No,
}

impl Terminal {
    /// Looks at the process's standard error.
    pub fn of_stderr() -> Self {
        if std::io::stderr().is_terminal() { Self::Yes } else { Self::No }
    }
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// As a bar, where standard error is a terminal and the log is not told to be quiet.
    #[default]
    Bar,
    /// As log lines (`--no-progress`).
    Lines,
}

/// How to log.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// Text or JSON.
    pub format: Format,
    /// -1 (errors alone) to 3; 0: what an operator wants to know of a night.
    pub verbosity: i8,
    /// Colours in text.
    pub color: Color,
    /// A file to append to instead of standard error; a new one is the owner's alone.
    pub file: Option<PathBuf>,
    /// What is wished for; [`Telemetry::progress`] is what comes of it.
    pub progress: Progress,
}

impl Log {
    /// Sets up the process's log; `DMS_SYNC_LOG` in `env` has the last word on what is logged, our own
    /// errors aside.
    pub fn install(
        &self,
        env: &BTreeMap<String, String>,
        terminal: Terminal,
    ) -> Result<Telemetry, TelemetryError> {
        let (subscriber, telemetry) = self.build(env, terminal, Screen::stderr())?;
        tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::Twice)?;
        Ok(telemetry)
    }

    /// The log and its handles, not yet the process's.
    pub(super) fn build(
        &self,
        env: &BTreeMap<String, String>,
        terminal: Terminal,
        screen: Screen,
    ) -> Result<(impl Subscriber + Send + Sync + use<>, Telemetry), TelemetryError> {
        let progress = match (self.progress, terminal) {
            (Progress::Bar, Terminal::Yes) if self.verbosity >= 0 && screen.draws() => Progress::Bar,
            _ => Progress::Lines,
        };
        let telemetry = Telemetry { screen, run_log: RunLog::default(), progress };
        let asked = env.get("DMS_SYNC_LOG").filter(|filter| !filter.trim().is_empty());
        let filter = EnvFilter::try_new(asked.map_or(cap::directives(self.verbosity), String::as_str))?;
        // The bar shows what these lines say; in a file they are wanted.
        let muted = progress == Progress::Bar && self.file.is_none();
        let shown = move |metadata: &Metadata<'_>| {
            cap::allows(metadata)
                && !(muted && metadata.target() == PROGRESS && *metadata.level() > Level::WARN)
        };
        let filter = filter.or(filter_fn(ends_a_run)).and(filter_fn(shown));
        let main = self.main_layer(env, terminal, &telemetry)?.with_filter(filter);
        let of_run = EnvFilter::try_new(cap::directives(self.verbosity.max(0)))?;
        let run = json(telemetry.run_log.clone()).with_filter(of_run.and(filter_fn(cap::allows)));
        Ok((tracing_subscriber::registry().with(vec![main.boxed(), run.boxed()]), telemetry))
    }

    /// The layer that an operator reads.
    fn main_layer(
        &self,
        env: &BTreeMap<String, String>,
        terminal: Terminal,
        telemetry: &Telemetry,
    ) -> Result<Box<dyn Layer<Registry> + Send + Sync>, TelemetryError> {
        let writer = match &self.file {
            Some(path) => file_screen(path)?,
            None => telemetry.screen.clone(),
        };
        let colored = match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let refused = env.get("NO_COLOR").is_some_and(|value| !value.is_empty());
                terminal == Terminal::Yes && self.file.is_none() && !refused
            }
        };
        Ok(match self.format {
            Format::Json => json(writer),
            Format::Text => tracing_subscriber::fmt::layer()
                .compact()
                .with_timer(Utc { now: Timestamp::now, digits: 0 })
                .with_target(self.verbosity > 0)
                .with_ansi(colored)
                .log_internal_errors(false)
                .with_writer(writer)
                .boxed(),
        })
    }
}

/// Why a run ended is said whatever the filter: it takes the place of a bare line on standard error.
fn ends_a_run(metadata: &Metadata<'_>) -> bool {
    *metadata.level() == Level::ERROR && metadata.target().starts_with("dms_sync")
}

/// A file as a screen on which no bar is drawn.
fn file_screen(path: &Path) -> Result<Screen, TelemetryError> {
    let file = open_private(path).map_err(|source| TelemetryError::File { path: path.to_owned(), source })?;
    Ok(Screen::new(ProgressDrawTarget::hidden(), Arc::new(Mutex::new(file))))
}

/// A layer of JSON lines: time, level, target, message, and the fields beside them.
fn json<W>(writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> tracing_subscriber::fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_timer(Utc { now: Timestamp::now, digits: 3 })
        .log_internal_errors(false)
        .with_writer(writer)
        .boxed()
}

/// Times as RFC 3339 in UTC.
pub(super) struct Utc {
    /// What time it is.
    pub(super) now: fn() -> Timestamp,
    /// Decimals of a second.
    pub(super) digits: u8,
}

impl FormatTime for Utc {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        write!(w, "{:.*}", usize::from(self.digits), (self.now)())
    }
}

//! [`Screen`]: standard error, shared by log lines and the progress bar so that neither tears the other.
//!
//! A log line takes the bar away, is written, and the bar comes back below it. Writes, but decides nothing: what is
//! shown is up to `log` and `bar`.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};
use tracing_subscriber::fmt::MakeWriter;

/// How often the bar is drawn while nothing happens, so that a wait is seen to be one.
const TICK: Duration = Duration::from_millis(250);

/// Where log lines and bars go; clones share it.
#[derive(Clone)]
pub struct Screen {
    bars: MultiProgress,
    out: Arc<Mutex<dyn Write + Send>>,
    tick: Option<Duration>,
}

impl Screen {
    /// Standard error. A bar is drawn only where that is a terminal.
    pub fn stderr() -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(10);
        Self {
            bars: MultiProgress::with_draw_target(target),
            out: Arc::new(Mutex::new(io::stderr())),
            tick: Some(TICK),
        }
    }

    /// Log lines to `out`, bars to `target`, which draws when it is told and not by itself.
    pub fn new(target: ProgressDrawTarget, out: Arc<Mutex<dyn Write + Send>>) -> Self {
        Self { bars: MultiProgress::with_draw_target(target), out, tick: None }
    }

    /// Whether a bar would be seen: a terminal that cannot move its cursor draws none.
    pub(super) fn draws(&self) -> bool {
        !self.bars.is_hidden()
    }

    /// Shows `bar` below the log lines.
    pub(super) fn show(&self, bar: ProgressBar) -> ProgressBar {
        let bar = self.bars.add(bar);
        if let Some(tick) = self.tick {
            bar.enable_steady_tick(tick);
        }
        bar
    }

    /// Takes `bar` away and leaves nothing of it.
    pub(super) fn hide(&self, bar: &ProgressBar) {
        bar.finish_and_clear();
        self.bars.remove(bar);
    }
}

/// Writes one line to a screen.
pub struct ScreenWriter<'a>(&'a Screen);

impl Write for ScreenWriter<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let Screen { bars, out, tick: _ } = self.0;
        bars.suspend(|| out.lock().unwrap_or_else(PoisonError::into_inner).write_all(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.out.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

impl<'a> MakeWriter<'a> for Screen {
    type Writer = ScreenWriter<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        ScreenWriter(self)
    }
}

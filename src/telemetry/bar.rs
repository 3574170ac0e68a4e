//! [`Bar`]: progress as a bar at the foot of the terminal. What it shows goes when a phase is over; the log keeps
//! what is worth keeping.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::screen::Screen;
use super::tally::Tally;
use super::wait::rough_duration;
use crate::domain::{Event, Observer, Phase};

/// Bytes, of a known whole.
const BYTES: &str = "{prefix:>6} [{bar:30}] {binary_bytes}/{binary_total_bytes}, {left} left";
/// Customers, of a known whole; on two lines, each of which fits 80 columns.
const CUSTOMERS: &str = "{prefix:>6} [{bar:30}] {pos}/{len}, {pace}/s, {left} left\n       {tally}";
/// Other units, of a known whole.
const UNITS: &str = "{prefix:>6} [{bar:30}] {pos}/{len}, {left} left";
/// Anything whose whole is not known.
const OPEN: &str = "{prefix:>6} {spinner} {elapsed}";

/// Draws progress on a screen.
pub struct Bar {
    screen: Screen,
    tally: Arc<Tally>,
    running: Mutex<Option<Running>>,
}

/// The phase that is on.
struct Running {
    phase: Phase,
    bar: ProgressBar,
    /// Units as they were reported, and customers that settled: in push they are the same customers.
    advanced: u64,
    settled: u64,
}

impl Running {
    fn draw(&self) {
        let done = if self.phase == Phase::Push { self.advanced.max(self.settled) } else { self.advanced };
        self.bar.set_position(done);
    }
}

impl Bar {
    /// A bar on `screen`, once a phase begins.
    pub fn new(screen: Screen) -> Self {
        Self { screen, tally: Arc::default(), running: Mutex::new(None) }
    }

    fn begin(&self, phase: Phase, total: Option<u64>) {
        self.end();
        if phase == Phase::Scan {
            self.tally.clear();
        }
        let bar = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
        bar.set_style(style(phase, total, &self.tally));
        bar.set_prefix(phase.as_str());
        let bar = self.screen.show(bar);
        bar.tick();
        *self.lock() = Some(Running { phase, bar, advanced: 0, settled: 0 });
    }

    fn end(&self) {
        if let Some(running) = self.lock().take() {
            self.screen.hide(&running.bar);
        }
    }

    /// Notes progress of the phase that is on.
    fn advance(&self, note: impl FnOnce(&mut Running)) {
        if let Some(running) = self.lock().as_mut() {
            note(running);
            running.draw();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Bar {
    /// A run that ends in the middle of a phase leaves no bar behind.
    fn drop(&mut self) {
        self.end();
    }
}

impl Observer for Bar {
    fn on(&self, event: &Event) {
        match event {
            Event::Started { phase, total } => self.begin(*phase, *total),
            Event::Advanced { phase, by } => self.advance(|running| {
                if running.phase == *phase {
                    running.advanced += by;
                }
            }),
            Event::Settled { kind } => {
                self.tally.add(*kind);
                self.advance(|running| running.settled += 1);
            }
            Event::Finished { .. } => self.end(),
            // A log line, which the screen puts above the bar.
            Event::Notice { .. } => {}
        }
    }
}

/// How a phase looks.
fn style(phase: Phase, total: Option<u64>, tally: &Arc<Tally>) -> ProgressStyle {
    let template = match (total, phase) {
        (None, _) => OPEN,
        (Some(_), Phase::Push) => CUSTOMERS,
        (Some(_), Phase::Report) => UNITS,
        (Some(_), Phase::Scan | Phase::Build) => BYTES,
    };
    let tally = Arc::clone(tally);
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
        .with_key("left", left)
        .with_key("pace", |state: &ProgressState, out: &mut dyn Write| {
            let _ = write!(out, "{:.1}", state.per_sec());
        })
        .with_key("tally", move |_: &ProgressState, out: &mut dyn Write| {
            let _ = write!(out, "{tally}");
        })
}

/// The time that is left; a dash before the first unit is done, when nobody can know.
fn left(state: &ProgressState, out: &mut dyn Write) {
    let text = if state.pos() == 0 { "-".to_owned() } else { rough_duration(state.eta()) };
    let _ = out.write_str(&text);
}

//! The room as a whole: what is written where, what never is, and a bar that no line tears.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use indicatif::{ProgressDrawTarget, TermLike};
use tracing::{debug, error, info, trace, warn};

use super::*;
use crate::domain::{OutcomeKind, Phase};

/// Columns of the terminal below.
const WIDTH: usize = 200;

/// A terminal that remembers what stands on it.
#[derive(Debug, Clone, Default)]
struct Glass(Arc<Mutex<Grid>>);

#[derive(Debug, Default)]
struct Grid {
    rows: Vec<Vec<char>>,
    row: usize,
    col: usize,
}

impl Grid {
    fn put(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' => (self.row, self.col) = (self.row + 1, 0),
                '\r' => self.col = 0,
                _ => {
                    // As terminals do: a full row wraps when the next character comes.
                    if self.col == WIDTH {
                        (self.row, self.col) = (self.row + 1, 0);
                    }
                    self.rows.resize(self.rows.len().max(self.row + 1), Vec::new());
                    let row = &mut self.rows[self.row];
                    row.resize(row.len().max(self.col + 1), ' ');
                    row[self.col] = c;
                    self.col += 1;
                }
            }
        }
    }
}

impl Glass {
    fn grid(&self) -> MutexGuard<'_, Grid> {
        self.0.lock().unwrap()
    }

    fn text(&self) -> String {
        let rows = self
            .grid()
            .rows
            .iter()
            .map(|row| row.iter().collect::<String>().trim_end().to_owned())
            .collect::<Vec<_>>();
        rows.join("\n").trim_end().to_owned()
    }
}

impl TermLike for Glass {
    fn width(&self) -> u16 {
        u16::try_from(WIDTH).unwrap()
    }
    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        let mut grid = self.grid();
        grid.row = grid.row.saturating_sub(n);
        Ok(())
    }
    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.grid().row += n;
        Ok(())
    }
    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.grid().col += n;
        Ok(())
    }
    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        let mut grid = self.grid();
        grid.col = grid.col.saturating_sub(n);
        Ok(())
    }
    fn write_line(&self, s: &str) -> io::Result<()> {
        self.grid().put(&format!("{s}\n"));
        Ok(())
    }
    fn write_str(&self, s: &str) -> io::Result<()> {
        self.grid().put(s);
        Ok(())
    }
    fn clear_line(&self) -> io::Result<()> {
        let mut grid = self.grid();
        grid.col = 0;
        let row = grid.row;
        if let Some(row) = grid.rows.get_mut(row) {
            row.clear();
        }
        Ok(())
    }
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Glass {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.grid().put(std::str::from_utf8(bytes).unwrap());
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What `log` puts on a screen while `work` runs.
fn shown(log: &Log, terminal: Terminal, pairs: &[(&str, &str)], work: impl FnOnce(&Telemetry)) -> String {
    let glass = Glass::default();
    let target = ProgressDrawTarget::term_like(Box::new(glass.clone()));
    let screen = Screen::new(target, Arc::new(Mutex::new(glass.clone())));
    let (subscriber, telemetry) = log.build(&env(pairs), terminal, screen).unwrap();
    tracing::subscriber::with_default(subscriber, || work(&telemetry));
    glass.text()
}

/// One line of ours and one of another crate at every level.
fn speak() {
    error!("e");
    warn!("w");
    info!("i");
    debug!("d");
    trace!("t");
    error!(target: "other", "oe");
    warn!(target: "other::part", "ow");
    info!(target: "other", "oi");
    debug!(target: "other", "od");
}

/// The messages alone.
fn messages(text: &str) -> String {
    text.lines().filter_map(|line| line.split(' ').next_back()).collect::<Vec<_>>().join(" ")
}

#[test]
fn verbosity_is_about_us_and_the_variable_wins() {
    for (verbosity, filter, expected) in [
        (-1, "", "e oe"),
        (0, "", "e w i oe ow"),
        (1, "", "e w i d oe ow"),
        (2, "", "e w i d t oe ow"),
        (3, "", "e w i d t oe ow"),
        (3, "error", "e oe"),
        (-1, "info", "e w i oe ow oi"),
        // But our own errors are what a run ended of.
        (0, "off,other=debug", "e oe ow oi od"),
    ] {
        let log = Log { verbosity, ..Log::default() };
        let text = shown(&log, Terminal::No, &[("DMS_SYNC_LOG", filter)], |_| speak());
        assert_eq!(messages(&text), expected, "{verbosity} {filter:?}");
    }
    let bad = Log::default().build(&env(&[("DMS_SYNC_LOG", "a=b=c")]), Terminal::No, Screen::stderr());
    assert!(bad.err().unwrap().to_string().starts_with("DMS_SYNC_LOG is no filter"));
}

#[test]
fn the_wire_is_never_overheard() {
    let text = shown(
        &Log { verbosity: 3, ..Log::default() },
        Terminal::No,
        &[("DMS_SYNC_LOG", "trace")],
        |telemetry| {
            let dir = tempfile::tempdir().unwrap();
            telemetry.run_log.attach(&dir.path().join("run.log")).unwrap();
            tracing::debug_span!(target: "hyper_util::client", "send", secret = "span").in_scope(|| {
                debug!(target: "hyper::proto", "secret");
                trace!(target: "h2", "secret");
                debug!(target: "reqwest::connect", "secret");
                debug!(target: "rustls::client::hs", "secret");
                info!(target: "hyper", "allowed");
                debug!(target: "hyperbole", "allowed");
            });
            let written = std::fs::read_to_string(dir.path().join("run.log")).unwrap();
            assert!(!written.contains("secret"), "{written}");
        },
    );
    assert!(!text.contains("secret"), "{text}");
    assert_eq!(text.matches("allowed").count(), 2, "{text}");
}

/// Without the moment, which differs.
fn timeless(text: &str) -> String {
    let digits = |c: char| if c.is_ascii_digit() { '0' } else { c };
    text.lines()
        .map(|line| {
            let end = line.find('Z').unwrap();
            line[..end].chars().map(digits).collect::<String>() + &line[end..]
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn text_and_json() {
    let work = |_: &Telemetry| {
        let run = tracing::info_span!("run", department = "springfield");
        run.in_scope(|| info!(target: "dms_sync::plan", customers = 3, "planned"));
        warn!("fed \u{1b}[31m raw");
    };
    let text = shown(&Log::default(), Terminal::No, &[], work);
    insta::assert_snapshot!(timeless(&text), @r##"
0000-00-00T00:00:00Z  INFO run: planned customers=3 department="springfield"
0000-00-00T00:00:00Z  WARN fed \x1b[31m raw
"##);
    let text = shown(&Log { format: Format::Json, ..Log::default() }, Terminal::No, &[], work);
    insta::assert_snapshot!(timeless(&text), @r##"
{"timestamp":"0000-00-00T00:00:00.000Z","level":"INFO","message":"planned","customers":3,"target":"dms_sync::plan","span":{"department":"springfield","name":"run"}}
{"timestamp":"0000-00-00T00:00:00.000Z","level":"WARN","message":"fed \u001b[31m raw","target":"dms_sync::telemetry::tests"}
"##);
}

#[test]
fn colours_are_for_terminals() {
    for (color, terminal, no_color, expected) in [
        (Color::Auto, Terminal::Yes, "", true),
        (Color::Auto, Terminal::Yes, "1", false),
        (Color::Auto, Terminal::No, "", false),
        (Color::Always, Terminal::No, "1", true),
        (Color::Never, Terminal::Yes, "", false),
    ] {
        let log = Log { color, ..Log::default() };
        let text = shown(&log, terminal, &[("NO_COLOR", no_color)], |_| info!("x"));
        assert_eq!(text.contains('\u{1b}'), expected, "{color:?} {terminal:?} {no_color:?}");
    }
}

#[test]
fn each_run_has_its_own_log_however_quiet_the_screen_is() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("1.log"), dir.path().join("2.log"));
    let log = Log { verbosity: -1, ..Log::default() };
    let text = shown(&log, Terminal::No, &[("DMS_SYNC_LOG", "off")], |telemetry| {
        info!("before");
        telemetry.run_log.attach(&first).unwrap();
        info!(customers = 1, "one");
        debug!("quiet");
        telemetry.run_log.detach();
        info!("between");
        telemetry.run_log.attach(&second).unwrap();
        info!("two");
        telemetry.run_log.attach(&first).unwrap();
        info!("again");
    });
    assert_eq!(text, "");
    let read = |path: &std::path::Path| -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(read(&first), ["one", "again"]);
    assert_eq!(read(&second), ["two"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(first.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(RunLog::default().attach(&dir.path().join("missing/run.log")).is_err());
}

#[test]
fn a_log_file_takes_the_place_of_the_screen() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x.log");
    let log = Log { file: Some(file.clone()), ..Log::default() };
    for _ in 0..2 {
        assert_eq!(shown(&log, Terminal::Yes, &[], |_| info!("hello")), "");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap().matches(" INFO hello\n").count(), 2);
    let log = Log { file: Some(dir.path().join("missing/x.log")), ..Log::default() };
    let failed = log.build(&env(&[]), Terminal::No, Screen::stderr());
    assert!(failed.err().unwrap().to_string().starts_with("cannot open the log file"));
}

#[test]
fn a_bar_is_for_terminals_that_want_one() {
    for (wish, verbosity, terminal, expected) in [
        (Progress::Bar, 0, Terminal::Yes, Progress::Bar),
        (Progress::Bar, 0, Terminal::No, Progress::Lines),
        (Progress::Bar, -1, Terminal::Yes, Progress::Lines),
        (Progress::Lines, 0, Terminal::Yes, Progress::Lines),
    ] {
        let log = Log { progress: wish, verbosity, ..Log::default() };
        shown(&log, terminal, &[], |telemetry| assert_eq!(telemetry.progress, expected));
    }
}

#[test]
fn log_lines_stand_above_a_whole_bar_which_goes_when_the_phase_is_over() {
    let glass = Glass::default();
    let target = ProgressDrawTarget::term_like(Box::new(glass.clone()));
    let screen = Screen::new(target, Arc::new(Mutex::new(glass.clone())));
    let dir = tempfile::tempdir().unwrap();
    let (subscriber, telemetry) = Log::default().build(&env(&[]), Terminal::Yes, screen).unwrap();
    tracing::subscriber::with_default(subscriber, || {
        telemetry.run_log.attach(&dir.path().join("run.log")).unwrap();
        let observer = telemetry.observer();
        observer.on(&Event::Started { phase: Phase::Push, total: Some(4) });
        observer.on(&Event::Settled { kind: OutcomeKind::Created });
        observer.on(&Event::Advanced { phase: Phase::Push, by: 1 });
        observer.on(&Event::Notice { text: "the server asks for patience".to_owned() });
        observer.on(&Event::Settled { kind: OutcomeKind::InDoubt });
        info!("a line");
        let text = glass.text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines[0].ends_with("the server asks for patience") && lines[1].ends_with("a line"), "{text}");
        assert!(lines[2].starts_with("  push [===============>              ] 2/4, "), "{text}");
        assert!(lines[3] == "       1 created, 0 updated, 0 unchanged, 0 failed, 1 in doubt", "{text}");
        observer.on(&Event::Finished { phase: Phase::Push, took: Duration::from_secs(1) });
    });
    assert_eq!(glass.text().lines().count(), 2, "{}", glass.text());
    let written = std::fs::read_to_string(dir.path().join("run.log")).unwrap();
    assert!(written.contains("push begins") && written.contains("push is over"), "{written}");
}

#[test]
fn every_kind_of_bar_can_be_drawn_and_is_taken_away_by_an_early_end() {
    for (phase, total, start) in [
        (Phase::Scan, Some(2048), "  scan [===============>              ] 1.00 KiB/2.00 KiB, "),
        (Phase::Build, None, " build "),
        (Phase::Report, Some(2048), "report [===============>              ] 1024/2048, "),
    ] {
        let glass = Glass::default();
        let target = ProgressDrawTarget::term_like(Box::new(glass.clone()));
        let bar = Bar::new(Screen::new(target, Arc::new(Mutex::new(glass.clone()))));
        bar.on(&Event::Advanced { phase, by: 7 });
        bar.on(&Event::Started { phase, total });
        bar.on(&Event::Advanced { phase: Phase::Push, by: 7 });
        bar.on(&Event::Advanced { phase, by: 1024 });
        assert!(glass.text().starts_with(start), "{:?}", glass.text());
        drop(bar);
        assert_eq!(glass.text(), "");
    }
}

#[test]
fn a_bar_counts_one_department_after_the_other() {
    let glass = Glass::default();
    let target = ProgressDrawTarget::term_like(Box::new(glass.clone()));
    let bar = Bar::new(Screen::new(target, Arc::new(Mutex::new(glass.clone()))));
    for (kind, expected) in
        [(OutcomeKind::Created, "1 created, 0 updated"), (OutcomeKind::Updated, "0 created, 1 updated")]
    {
        bar.on(&Event::Started { phase: Phase::Scan, total: None });
        bar.on(&Event::Started { phase: Phase::Push, total: Some(1) });
        bar.on(&Event::Settled { kind });
        assert!(glass.text().contains(expected), "{}", glass.text());
    }
}

#[test]
fn lines_come_at_the_ends_of_a_phase_and_every_ten_seconds() {
    let text = shown(&Log::default(), Terminal::No, &[], |_| {
        let seconds = Arc::new(AtomicU64::new(100));
        let clock = Arc::clone(&seconds);
        let lines = Lines::new(move || Duration::from_secs(clock.load(Ordering::Relaxed)));
        let settle = |n: u64, kind| (0..n).for_each(|_| lines.on(&Event::Settled { kind }));
        let pass = |n: u64| {
            seconds.fetch_add(n, Ordering::Relaxed);
        };
        lines.on(&Event::Started { phase: Phase::Scan, total: Some(2048) });
        lines.on(&Event::Finished { phase: Phase::Scan, took: Duration::from_millis(1234) });
        lines.on(&Event::Started { phase: Phase::Push, total: Some(1000) });
        settle(98, OutcomeKind::Created);
        pass(9);
        settle(1, OutcomeKind::Failed);
        pass(1);
        settle(1, OutcomeKind::Updated);
        settle(50, OutcomeKind::Created);
        pass(25);
        settle(25, OutcomeKind::Created);
        lines.on(&Event::Advanced { phase: Phase::Push, by: 175 });
        lines.on(&Event::Finished { phase: Phase::Push, took: Duration::from_secs(35) });
        lines.on(&Event::Notice { text: "stopped".to_owned() });
        // The next department counts for itself.
        lines.on(&Event::Started { phase: Phase::Scan, total: None });
        settle(2, OutcomeKind::Rejected);
        lines.on(&Event::Started { phase: Phase::Push, total: Some(1) });
        settle(1, OutcomeKind::Updated);
        lines.on(&Event::Finished { phase: Phase::Push, took: Duration::from_secs(1) });
    });
    insta::assert_snapshot!(timeless(&text), @r##"
0000-00-00T00:00:00Z  INFO scan begins bytes=2048
0000-00-00T00:00:00Z  INFO scan is over seconds=1.2
0000-00-00T00:00:00Z  INFO push begins customers=1000
0000-00-00T00:00:00Z  INFO push: 98 created, 1 updated, 0 unchanged, 1 failed done=100 total=1000 per_second=10.0 left=1m30s
0000-00-00T00:00:00Z  INFO push: 149 created, 1 updated, 0 unchanged, 1 failed done=151 total=1000 per_second=2.0 left=6m56s
0000-00-00T00:00:00Z  INFO push is over: 173 created, 1 updated, 0 unchanged, 1 failed seconds=35.0
0000-00-00T00:00:00Z  WARN stopped
0000-00-00T00:00:00Z  INFO scan begins
0000-00-00T00:00:00Z  INFO push begins customers=1
0000-00-00T00:00:00Z  INFO push is over: 0 created, 1 updated, 0 unchanged, 0 failed, 2 rejected seconds=1.0
"##);
}

#[test]
fn observers_are_shared_between_threads() {
    let tally = Arc::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1000).for_each(|_| tally.add(OutcomeKind::Updated)));
        }
    });
    assert_eq!(tally.of(OutcomeKind::Updated), 4000);
    let observers: [&(dyn Observer + Send + Sync); 2] =
        [&Lines::new(|| Duration::ZERO), &Bar::new(Screen::stderr())];
    for observer in observers {
        observer.on(&Event::Settled { kind: OutcomeKind::Created });
    }
}

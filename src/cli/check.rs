//! `check`: everything that a run needs, without a run. Sends no customer.
//!
//! With `--input` it also reads the files to their end and tells what they are worth: `pipeline::quality` counts, and
//! `report::quality` shows.

use std::sync::{Mutex, PoisonError};

use super::args::{Check, CheckFormat, Common};
use super::{Failed, crash, setup};
use crate::api::wire::{MinimalField, MinimalQuery};
use crate::api::{Client, Failure};
use crate::config::{Department, RateSettings, Settings};
use crate::domain::{Event, Observer};
use crate::pipeline::Exit;
use crate::pipeline::connect::Connection;
use crate::pipeline::intake::{Intake, IntakeError};
use crate::pipeline::quality::{Refused, quality as inspect};
use crate::pipeline::vetoes;
use crate::report::quality::{self, Checked, Mark, Quality};
use crate::report::text::Color;

/// A term that no customer has: the answer says that we may ask, and nothing about anybody.
const PROBE: &str = "dms-sync-check";

pub(super) fn run(common: &Common, check: &Check) -> Result<Exit, Failed> {
    let settings = setup::settings(common, None)?;
    let telemetry = setup::telemetry(common)?;
    let depth = if common.input.is_empty() { Depth::Header } else { Depth::Data };
    let mut page = Page { checks: Vec::new(), qualities: Vec::new(), exit: Exit::Complete };
    let several = if settings.departments.len() == 1 { "" } else { "s" };
    page.good(&format!(
        "configuration {}: {} department{several}",
        settings.file.display(),
        settings.departments.len()
    ));
    for department in &settings.departments {
        let looked = crash::apart(&department.name, || {
            page.input(department, depth, &settings.rate, &*telemetry.observer());
            Ok(Exit::Complete)
        });
        if looked != Exit::Complete {
            page.bad(looked, &format!("{}: ended by a defect; the log names the place", department.name));
        }
    }
    if !check.offline {
        remote(&settings, &mut page)?;
    }
    setup::print(&page.show(check.format, setup::color(common))?)?;
    Ok(page.exit)
}

/// How far files are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Their first line.
    Header,
    /// To their end.
    Data,
}

/// One line per thing that was looked at, and what files are worth.
struct Page {
    checks: Vec<Checked>,
    qualities: Vec<Quality>,
    exit: Exit,
}

impl Page {
    fn good(&mut self, what: &str) {
        self.checks.push(Checked::new(Mark::Ok, what));
    }

    fn note(&mut self, what: &str) {
        self.checks.push(Checked::new(Mark::Note, what));
    }

    fn bad(&mut self, exit: Exit, what: &str) {
        self.checks.push(Checked::new(Mark::Fail, what));
        self.exit = self.exit.worse(exit);
    }

    /// Everything, as it is printed.
    fn show(&self, format: CheckFormat, color: Color) -> Result<String, Failed> {
        if format == CheckFormat::Json {
            return quality::document(&self.checks, &self.qualities).map_err(Failed::unexpected);
        }
        let mut shown: String = self.checks.iter().map(Checked::line).collect();
        for quality in &self.qualities {
            shown.push('\n');
            shown.push_str(&quality::text(quality, color));
        }
        Ok(shown)
    }

    /// The profile, the files, and how the one fits the other.
    fn input(&mut self, department: &Department, depth: Depth, rate: &RateSettings, observer: &dyn Observer) {
        let name = &department.name;
        if department.input.is_empty() {
            return self.bad(
                Exit::Usage,
                &format!("{name}: no input is configured, and none is given with --input"),
            );
        }
        let notices = Notices::default();
        let opened = Intake::open(department, &std::env::temp_dir(), jiff::Timestamp::now(), &notices);
        for text in notices.0.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.note(&format!("{name}: {text}"));
        }
        match opened {
            Ok(intake) => {
                self.fits(department, &intake, depth);
                if depth == Depth::Data {
                    self.data(department, &intake, rate, observer);
                }
            }
            Err(error) => {
                let exit = if matches!(error, IntakeError::Profile(_)) { Exit::Usage } else { Exit::Held };
                self.bad(exit, &format!("{name}: {error}"));
            }
        }
    }

    fn fits(&mut self, department: &Department, intake: &Intake, depth: Depth) {
        for source in intake.sources() {
            let ignored = &source.binding.ignored;
            // Read to its end, the file has a paragraph that names them.
            let rest = if ignored.is_empty() || depth == Depth::Data {
                String::new()
            } else {
                format!("; not mapped: {}", ignored.join(", "))
            };
            let (name, width) = (&department.name, source.binding.width());
            let columns = if width == 1 { "1 column".to_owned() } else { format!("{width} columns") };
            let (file, profile) = (&source.file.display, &intake.profile.name);
            self.good(&format!("{name}: {file} fits profile {profile}: {columns}{rest}"));
            for text in vetoes::not_there(source) {
                self.note(&format!("{name}: {text}"));
            }
        }
    }

    /// What the files are worth.
    fn data(
        &mut self,
        department: &Department,
        intake: &Intake,
        rate: &RateSettings,
        observer: &dyn Observer,
    ) {
        match inspect(intake, department, rate, observer) {
            Ok(quality) => {
                if quality.rejects() {
                    self.exit = self.exit.worse(Exit::LeftOver);
                }
                self.qualities.push(quality);
            }
            Err(Refused { exit, error }) => self.bad(exit, &format!("{}: {error}", department.name)),
        }
    }

    fn answer(&mut self, department: &Department, failure: Option<&Failure>) {
        let name = &department.name;
        let Some(failure) = failure else {
            return self.good(&format!("{name}: myKaarma answers, and lets us search"));
        };
        let tip = crate::push::cause::refused(failure).tip;
        self.bad(Exit::Stopped, &format!("{name}: {} ({}); {tip}", failure.message(), failure.code()));
    }
}

/// What reading says of files that are left out, or not what they seem.
#[derive(Default)]
struct Notices(Mutex<Vec<String>>);

impl Observer for Notices {
    fn on(&self, event: &Event) {
        if let Event::Notice { text } = event {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text.clone());
        }
    }
}

fn remote(settings: &Settings, page: &mut Page) -> Result<(), Failed> {
    let (runtime, env) = (setup::runtime()?, setup::env()?);
    runtime.block_on(async {
        let connection = match Connection::open(settings, &env).await {
            Ok(connection) => connection,
            Err(error) => {
                page.bad(Exit::Usage, &error.to_string());
                return;
            }
        };
        for department in &settings.departments {
            let failure = probe(&connection.client, department).await;
            page.answer(department, failure.as_ref());
        }
        connection.close().await;
    });
    Ok(())
}

/// One search that finds nobody.
async fn probe(client: &Client, department: &Department) -> Option<Failure> {
    let query = MinimalQuery {
        term: PROBE.to_owned(),
        fields: vec![MinimalField::CustomerKey],
        max_results: Some(1),
    };
    client.search_minimal(department.token.expose(), &query).await.err().map(|error| error.failure)
}

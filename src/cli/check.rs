//! `check`: everything that a run needs, without a run. Sends no customer.

use std::fmt::Write as _;

use super::args::{Check, Common};
use super::{Failed, setup};
use crate::api::wire::{MinimalField, MinimalQuery};
use crate::api::{Client, Failure};
use crate::config::{Department, Settings};
use crate::domain::event::Unobserved;
use crate::pipeline::Exit;
use crate::pipeline::connect::Connection;
use crate::pipeline::intake::{Intake, IntakeError};

/// A term that no customer has: the answer says that we may ask, and nothing about anybody.
const PROBE: &str = "dms-sync-check";

pub(super) fn run(common: &Common, check: &Check) -> Result<Exit, Failed> {
    let settings = setup::settings(common, None)?;
    setup::telemetry(common)?;
    let mut page = Page { text: String::new(), exit: Exit::Complete };
    page.good(&format!(
        "configuration {}: {} departments",
        settings.file.display(),
        settings.departments.len()
    ));
    for department in &settings.departments {
        page.input(department);
    }
    if !check.offline {
        remote(&settings, &mut page)?;
    }
    setup::print(&page.text)?;
    Ok(page.exit)
}

/// One line per thing that was looked at.
struct Page {
    text: String,
    exit: Exit,
}

impl Page {
    fn good(&mut self, what: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "ok    {what}");
    }

    fn bad(&mut self, exit: Exit, what: &str) {
        let _ = writeln!(self.text, "FAIL  {what}");
        self.exit = self.exit.worse(exit);
    }

    /// The profile, the files, and how the one fits the other.
    fn input(&mut self, department: &Department) {
        let name = &department.name;
        if department.input.is_empty() {
            return self.bad(
                Exit::Usage,
                &format!("{name}: no input is configured, and none is given with --input"),
            );
        }
        match Intake::open(department, &std::env::temp_dir(), &Unobserved) {
            Ok(intake) => {
                for source in intake.sources() {
                    let (mapped, ignored) = (source.binding.mapped.len(), &source.binding.ignored);
                    let file = &source.file.display;
                    let rest = if ignored.is_empty() {
                        String::new()
                    } else {
                        format!("; not mapped: {}", ignored.join(", "))
                    };
                    self.good(&format!(
                        "{name}: {file} fits profile {}: {mapped} columns{rest}",
                        intake.profile.name
                    ));
                }
            }
            Err(error) => {
                let exit = if matches!(error, IntakeError::Profile(_)) { Exit::Usage } else { Exit::Held };
                self.bad(exit, &format!("{name}: {error}"));
            }
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

fn remote(settings: &Settings, page: &mut Page) -> Result<(), Failed> {
    let runtime = setup::runtime()?;
    runtime.block_on(async {
        let connection = match Connection::open(settings, &setup::env()).await {
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

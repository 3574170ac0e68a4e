//! `sync`: reads the export and sends what changed; and how a run that sends is begun and shown, for `retry` too.

use std::path::PathBuf;

use super::args::{Common, Sync};
use super::{Failed, crash, setup, signals};
use crate::config::Settings;
use crate::domain::{Action, RunId};
use crate::pipeline::Exit;
use crate::pipeline::department::{self, Approval, Ended, Report};
use crate::pipeline::intake::near;
use crate::report::Values;
use crate::report::text::{SummaryContext, diff_text, summary};
use crate::telemetry::Telemetry;

pub(super) fn run(common: &Common, sync: &Sync) -> Result<Exit, Failed> {
    let settings = setup::settings(common, sync.max_duration.as_deref())?;
    settings.require_inputs().map_err(Failed::usage)?;
    let approval = approval(sync)?;
    if approval.is_some() && settings.departments.len() > 1 {
        let text = "--approve releases one department's plan: name the department with --department";
        return Err(Failed::usage(anyhow::anyhow!(text)));
    }
    let telemetry = setup::telemetry(common)?;
    send(common, &telemetry, settings, "sync", approval.as_ref())
}

/// Runs every department, and shows how it ended.
pub(super) fn send(
    common: &Common,
    telemetry: &Telemetry,
    settings: Settings,
    command: &'static str,
    approval: Option<&Approval>,
) -> Result<Exit, Failed> {
    if settings.departments.is_empty() {
        return Ok(Exit::Complete);
    }
    let context = setup::context(settings, telemetry, command)?;
    // An unattended night must not end, hours later, at what could be seen before its first row.
    context.check_connection().map_err(Failed::usage)?;
    signals::watch(&context)?;
    let mut exit = Exit::Complete;
    for department in &context.settings.departments {
        exit = exit.worse(crash::apart(&department.name, || {
            show(&department::sync(&context, department, approval), common)
        }));
        // One that ended by a defect has left its log to the next.
        context.run_log.detach();
    }
    context.close();
    Ok(exit)
}

fn approval(sync: &Sync) -> Result<Option<Approval>, Failed> {
    let (Some(run), Some(reason)) = (&sync.approve, &sync.reason) else { return Ok(None) };
    let Some(id) = RunId::parse(run) else {
        return Err(Failed::usage(anyhow::anyhow!(
            "--approve: `{run}` is no run; a run is called YYYYMMDDTHHMMSSZ-xxxx, as its directory is"
        )));
    };
    if reason.trim().is_empty() {
        return Err(Failed::usage(anyhow::anyhow!(
            "--reason: say why the plan is right; it is kept with the run"
        )));
    }
    Ok(Some(Approval { run: id, reason: reason.clone() }))
}

fn show(ended: &Ended, common: &Common) -> Result<Exit, Failed> {
    // An error is in the log by now.
    let Ended { exit, report, error: _ } = ended;
    if let Some(Report { summary: run, directory, tips, shown }) = report {
        let mut text = Vec::new();
        for change in shown {
            match change.action {
                Action::Create => {
                    text.extend(format!("+ create {}  {}\n", change.ours.key, change.at).into_bytes());
                }
                Action::Update { .. } => {
                    diff_text(&mut text, change, Values::Masked).map_err(Failed::unexpected)?;
                }
            }
        }
        if !text.is_empty() {
            text.push(b'\n');
        }
        let directory = directory.as_ref().map(|path| PathBuf::from(near(&path.display().to_string())));
        let context = SummaryContext {
            report_path: directory.as_deref(),
            top_changes: &[],
            tips,
            options: &setup::options(common),
            color: setup::color(common),
        };
        setup::print(&String::from_utf8_lossy(&text))?;
        setup::print(&summary(run, &context))?;
    }
    Ok(*exit)
}
